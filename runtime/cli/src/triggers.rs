//! `plugbay trigger`: a kind of triggers as a process of its own, as Spin starts it; and `plugbay plugins`.

use std::io::Write;
use std::path::PathBuf;

use clap::CommandFactory;
use plugbay::Url;
use plugbay_app::UpOptions;
use plugbay_app::plugins;
use serde_json::json;

use crate::command_line::Cli;
use crate::command_line::Plugins;
use crate::command_line::Trigger;

impl Trigger {
  /// How the app is run; nothing where only flags were asked for, which are said then.
  ///
  /// # Errors
  ///
  /// When the environment names no app.
  pub(crate) fn options(self) -> Result<Option<UpOptions>, String> {
    if self.help_args_only || self.launch_metadata_only {
      say_flags(self.launch_metadata_only);
      return Ok(None);
    }
    let mut options = UpOptions { only: Some(self.kind), ..self.up.options() };
    if let Ok(locked) = std::env::var("SPIN_LOCKED_URL") {
      let path = Url::parse(&locked).ok().and_then(|url| url.to_file_path().ok());
      options.from = path.ok_or_else(|| format!("SPIN_LOCKED_URL is {locked:?}, which is no URL of a file"))?;
      options.directory = std::env::var_os("SPIN_LOCAL_APP_DIR").map(PathBuf::from);
    }
    Ok(Some(options))
  }
}

/// For hosts that start triggers as Spin does: as JSON to standard error, or for people.
fn say_flags(as_json: bool) {
  let mut command = Cli::command();
  command.build();
  let Some(command) = command.find_subcommand("trigger") else { return };
  if !as_json {
    let mut command = command.clone().disable_help_flag(true).help_template("{options}");
    // Nobody may read it.
    let _ = writeln!(std::io::stdout(), "{}", command.render_long_help());
    return;
  }
  let flags = command.get_arguments().filter(|flag| !flag.is_positional()).map(|flag| {
    let (short, long) = (flag.get_short().map(|short| format!("-{short}")), flag.get_long());
    json!({ "short": short, "long": long.map(|long| format!("--{long}")) })
  });
  let metadata = json!({ "all_flags": flags.collect::<Vec<_>>() });
  let _ = writeln!(std::io::stderr(), "{metadata}");
}

impl Plugins {
  /// What is said when it is done.
  ///
  /// # Errors
  ///
  /// Why it is not done.
  pub(crate) fn execute(self) -> Result<String, String> {
    let folder = folder().ok_or("there is no home directory: name a folder for plugins in PLUGBAY_PLUGINS")?;
    let said = match self {
      Self::Install { manifest } => {
        let installed = plugins::install(&folder, &manifest);
        installed.map(|plugin| format!("installed {} {}", plugin.name, plugin.version))
      }
      Self::List => plugins::installed(&folder).map(|all| {
        let lines = all.iter().map(|plugin| format!("{} {}", plugin.name, plugin.version));
        lines.collect::<Vec<_>>().join("\n")
      }),
      Self::Uninstall { name } => plugins::uninstall(&folder, &name).map(|()| format!("removed {name}")),
    };
    said.map_err(|error| error.to_string())
  }
}

/// Where plugins are: in $PLUGBAY_PLUGINS, or by default in the user's folder for data.
pub(crate) fn folder() -> Option<PathBuf> {
  match std::env::var_os("PLUGBAY_PLUGINS").filter(|folder| !folder.is_empty()) {
    Some(folder) => Some(folder.into()),
    None => Some(dirs::data_dir()?.join("plugbay/plugins")),
  }
}
