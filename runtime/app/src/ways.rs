//! How triggers call the components of an app.

use app_manifest::App;
use app_manifest::Component;
use app_manifest::Executor;
use app_manifest::HttpTrigger;
use app_manifest::TriggerConfig;

/// How triggers call a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
  /// For HTTP requests.
  Requests,
  /// For HTTP requests, as a command.
  Command,
  /// For messages.
  Messages,
}

/// How triggers call a component; nothing if none does that the host serves itself.
pub(crate) fn way_of(app: &App, component: &Component) -> Result<Option<Way>, String> {
  let mut way = None;
  for trigger in app.triggers.iter().filter(|trigger| trigger.component() == Some(&component.id)) {
    let this = match &trigger.config {
      TriggerConfig::Http(HttpTrigger { executor: Executor::Http, .. }) => Way::Requests,
      TriggerConfig::Http(HttpTrigger { executor: Executor::Wagi(wagi), .. }) if wagi.entrypoint == "_start" => {
        Way::Command
      }
      TriggerConfig::Http(_) => return Err("a command is started by _start: leave out entrypoint".to_string()),
      TriggerConfig::Redis(_) => Way::Messages,
      TriggerConfig::Other(_) => continue,
    };
    if way.is_some_and(|other| other != this) {
      let ways = "its triggers call it in several ways (for requests, as a command, for messages)";
      return Err(format!("{ways}: name it once for each, by ids of their own"));
    }
    way = Some(this);
  }
  Ok(way)
}
