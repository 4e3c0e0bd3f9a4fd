//! Opens a component with services of an app, a key-value store and a database of its own, and runs a script that
//! finds it as the plugin `app`.
//!
//!     cargo run --example services main.js state-folder component.wasm

use std::collections::BTreeMap;
use std::error::Error;

use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay::services::Grants;
use plugbay::services::Services;
use plugbay::services::Variable;

fn main() -> Result<(), Box<dyn Error>> {
  let [script, state, component] =
    std::env::args().skip(1).collect::<Vec<_>>().try_into().map_err(|_| "three paths")?;
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
  let permissions = Permissions { read: Grant::All, ..Default::default() };
  let mut runtime = Runtime::builder().permissions(permissions).build()?;
  runtime.plugins().open_component("app", component, granted)?;
  std::process::exit(runtime.run(script)?);
}
