//! Opens a component with services of an app, a key-value store and a database of its own, and runs a script that
//! finds it as the plugin `app`. It may connect to the servers that are named, which the script has as `Deno.args`.
//!
//!     cargo run --example services main.js state-folder component.wasm redis://localhost:6379

use std::collections::BTreeMap;
use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;

use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay::services::Grants;
use plugbay::services::Servers;
use plugbay::services::Services;
use plugbay::services::Variable;

/// Those that may be connected to.
struct Named(Vec<String>);

impl Servers for Named {
  fn check(&self, scheme: &str, host: &str, port: u16) -> Result<(), String> {
    let server = format!("{scheme}://{host}:{port}");
    if self.0.contains(&server) { Ok(()) } else { Err(format!("{server} was not named")) }
  }

  fn check_address(&self, _: &str, _: IpAddr) -> Result<(), String> {
    Ok(())
  }

  fn log_refusal(&self, why: &str, _: Option<&str>) {
    eprintln!("{why}");
  }
}

fn main() -> Result<(), Box<dyn Error>> {
  let mut arguments = std::env::args().skip(1);
  let [script, state, component] = [(); 3].map(|()| arguments.next());
  let (script, state, component) =
    (script.ok_or("no script")?, state.ok_or("no folder")?, component.ok_or("no component")?);
  let servers = arguments.collect::<Vec<_>>();
  let greeting = Variable { default: Some("hello".to_owned()) };
  let services = Services::builder(state).variable("greeting", greeting).build().map_err(|faults| faults.join("\n"))?;
  // What the manifest of the app says of the component.
  let grants = Grants {
    component: "app".to_owned(),
    key_value_stores: vec!["default".to_owned()],
    sqlite_databases: vec!["default".to_owned()],
    variables: BTreeMap::from([("greeting".to_owned(), "{{ greeting }}".to_owned())]),
  };
  let granted = services.grant(grants).map_err(|faults| faults.join("\n"))?;
  let granted = granted.with_servers(Arc::new(Named(servers.clone())));
  let permissions = Permissions { read: Grant::All, ..Default::default() };
  let mut runtime = Runtime::builder().permissions(permissions).args(servers).build()?;
  runtime.plugins().open_component("app", component, granted)?;
  std::process::exit(runtime.run(script)?);
}
