//! The command line.

mod create_plugin;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use clap::CommandFactory;
use clap::Parser;
use clap::Subcommand;
use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use tracing_subscriber::EnvFilter;

use create_plugin::CreatePlugin;
use create_plugin::Style;

/// Runs JavaScript with native and WebAssembly plugins.
#[derive(Parser)]
#[command(version)]
struct Cli {
  #[command(subcommand)]
  command: Command,
}

#[derive(Subcommand)]
enum Command {
  /// Run a script: an ES module.
  Run(Run),
  /// Write the crate of a new plugin, with a script that uses it and a test.
  CreatePlugin {
    /// Name of the crate.
    name: String,
    /// Folder to write: a new or an empty one; ./NAME by default.
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,
    /// In the style of plugins for Deno 1.4 to 1.8.
    #[arg(long = "2020")]
    style_2020: bool,
  },
}

#[derive(Args)]
struct Run {
  /// Let the script open native plugins: all, or these files and those in these folders. Native code is not sandboxed.
  #[arg(long, value_name = "PATH,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  allow_plugin: Option<Vec<PathBuf>>,
  /// Let the script read files: all, or these and those in these folders.
  #[arg(long, value_name = "PATH,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  allow_read: Option<Vec<PathBuf>>,
  /// Let the script write files: all, or these and those in these folders.
  #[arg(long, value_name = "PATH,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  allow_write: Option<Vec<PathBuf>>,
  /// Let the script read and set environment variables: all, or these.
  #[arg(long, value_name = "NAME,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  allow_env: Option<Vec<PathBuf>>,
  /// The script, then what it sees as Deno.args.
  #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "FILE")]
  script: Vec<String>,
}

pub fn main() -> ExitCode {
  // PLUGBAY_LOG takes the directives of tracing, such as debug or plugin=info.
  let filter = EnvFilter::try_from_env("PLUGBAY_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
  tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).log_internal_errors(false).init();
  match Cli::parse().command {
    Command::Run(run) => run.execute(),
    Command::CreatePlugin { name, dir, style_2020 } => {
      let style = if style_2020 { Style::Deno2020 } else { Style::Current };
      create(CreatePlugin { name, dir, style })
    }
  }
}

impl Run {
  fn execute(self) -> ExitCode {
    let permissions = Permissions {
      plugin: grant(self.allow_plugin),
      read: grant(self.allow_read),
      write: grant(self.allow_write),
      env: grant(self.allow_env),
    };
    let mut script = self.script.into_iter();
    let path = script.next().unwrap_or_default();
    if path.starts_with('-') {
      let message = format!("unknown option {path}; options go before FILE, with = before their values");
      Cli::command().error(clap::error::ErrorKind::UnknownArgument, message).exit();
    }
    let result =
      Runtime::builder().permissions(permissions).args(script).build().and_then(|mut runtime| runtime.run(path));
    match result {
      Ok(code) => ExitCode::from(code as u8),
      Err(error) => {
        print_error(&error);
        ExitCode::FAILURE
      }
    }
  }
}

/// A flag without a value grants everything.
fn grant(flag: Option<Vec<PathBuf>>) -> Grant {
  match flag {
    None => Grant::None,
    Some(paths) if paths.is_empty() => Grant::All,
    Some(paths) => Grant::Paths(paths),
  }
}

fn create(plugin: CreatePlugin) -> ExitCode {
  match plugin.write() {
    Ok(created) => {
      let _ = writeln!(std::io::stdout(), "{created}");
      ExitCode::SUCCESS
    }
    Err(error) => {
      print_error(&error);
      ExitCode::FAILURE
    }
  }
}

/// Standard error may be closed or full; then there is nobody to tell.
fn print_error(error: &dyn std::error::Error) {
  let _ = writeln!(std::io::stderr(), "error: {error}");
}
