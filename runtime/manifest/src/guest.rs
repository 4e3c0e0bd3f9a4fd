//! A single guest: an app of one component, which answers every path.

use std::path::Path;

use crate::App;
use crate::Component;
use crate::ComponentKind;
use crate::Executor;
use crate::Format;
use crate::Hosting;
use crate::HttpTarget;
use crate::HttpTrigger;
use crate::Route;
use crate::Source;
use crate::Trigger;
use crate::TriggerConfig;
use crate::names::refused_id;

/// The kind of guest that a file is by its first bytes, or else by its name; None: it is none.
pub(crate) fn kind_of(path: &Path, head: &[u8]) -> Option<ComponentKind> {
  if head == b"\0asm" {
    return Some(ComponentKind::Wasm);
  }
  ComponentKind::of_file(path)
}

/// The app of the guest that `app.manifest` is.
pub(crate) fn app(mut app: App, kind: ComponentKind) -> App {
  let id = id_of(&app.manifest);
  let path = app.directory.join(app.manifest.file_name().unwrap_or_default());
  app.name = id.clone();
  app.format = Format::Guest;
  app.triggers.push(Trigger {
    id: format!("{id}-http-trigger"),
    at: None,
    config: TriggerConfig::Http(HttpTrigger {
      route: Route::Path("/...".to_owned()),
      target: HttpTarget::Component(id.clone()),
      executor: Executor::Http,
    }),
  });
  app.components.push(Component {
    id,
    description: None,
    at: None,
    source: Source::Path { path, digest: None },
    kind,
    environment: Default::default(),
    files: Vec::new(),
    exclude_files: Vec::new(),
    variables: Default::default(),
    allowed_outbound_hosts: Vec::new(),
    key_value_stores: Vec::new(),
    sqlite_databases: Vec::new(),
    build: None,
    hosting: Hosting { stateless: kind == ComponentKind::Wasm, ..Hosting::default() },
  });
  app
}

/// The name of the file, as a component's.
fn id_of(path: &Path) -> String {
  let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
  let words: Vec<&str> =
    stem.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
  let id = words.join("-");
  if refused_id(&id).is_none() { id } else { "guest".to_owned() }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn the_name_of_a_file_is_the_name_of_a_component() {
    for (file, id) in [("a/hello_world.wasm", "hello-world"), ("Hé.js", "h"), ("4.wasm", "guest"), ("x--y.so", "x-y")]
    {
      assert_eq!(id_of(Path::new(file)), id);
    }
  }
}
