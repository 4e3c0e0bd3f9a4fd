//! `plugbay trigger`: a kind of triggers as a process of its own, as Spin starts it; and `plugbay plugins`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;
use plugbay::Url;
use plugbay_app::UpOptions;
use plugbay_app::plugins;
use serde_json::json;

use crate::command_line::Cli;
use crate::command_line::Plugins;
use crate::command_line::Trigger;
use crate::print;
use crate::print_error;
use crate::serve;

impl Trigger {
  pub(crate) fn execute(self) -> ExitCode {
    if self.help_args_only || self.launch_metadata_only {
      say_flags(self.launch_metadata_only);
      return ExitCode::SUCCESS;
    }
    let locked = std::env::var("SPIN_LOCKED_URL").ok().map(|text| {
      let path = Url::parse(&text).ok().and_then(|url| url.to_file_path().ok());
      path.ok_or_else(|| format!("SPIN_LOCKED_URL is {text:?}, which is no URL of a file"))
    });
    match locked.transpose() {
      Err(fault) => {
        print_error(fault);
        ExitCode::FAILURE
      }
      Ok(locked) => {
        let mut options = UpOptions { only: Some(self.kind), ..self.up.options() };
        if let Some(locked) = locked {
          options.from = locked;
          options.directory = std::env::var_os("SPIN_LOCAL_APP_DIR").map(PathBuf::from);
        }
        serve(Ok(options))
      }
    }
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
  pub(crate) fn execute(self) -> ExitCode {
    let Some(folder) = folder() else {
      print_error("there is no home directory: name a folder for plugins in PLUGBAY_PLUGINS");
      return ExitCode::FAILURE;
    };
    match self {
      Self::Install { manifest } => {
        let installed = plugins::install(&folder, &manifest);
        print(installed.map(|plugin| format!("installed {} {}", plugin.name, plugin.version)))
      }
      Self::List => print(plugins::installed(&folder).map(|all| {
        let lines = all.iter().map(|plugin| format!("{} {}", plugin.name, plugin.version));
        lines.collect::<Vec<_>>().join("\n")
      })),
      Self::Uninstall { name } => {
        let removed = plugins::uninstall(&folder, &name);
        print(removed.map(|()| format!("removed {name}")))
      }
    }
  }
}

/// Where plugins are: in $PLUGBAY_PLUGINS, or by default in the user's folder for data.
pub(crate) fn folder() -> Option<PathBuf> {
  match std::env::var_os("PLUGBAY_PLUGINS").filter(|folder| !folder.is_empty()) {
    Some(folder) => Some(folder.into()),
    None => Some(dirs::data_dir()?.join("plugbay/plugins")),
  }
}
