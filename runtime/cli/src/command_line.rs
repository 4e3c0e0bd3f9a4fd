//! What may stand on the command line.

use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use plugbay_app::SqlSource;
use plugbay_app::VariableSource;

use crate::from_template::FromTemplate;
use crate::pair::pair;

/// Runs JavaScript with native and WebAssembly plugins.
#[derive(Parser)]
#[command(name = "plugbay", version)]
pub(crate) struct Cli {
  #[command(subcommand)]
  pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
  /// Run a script: an ES module.
  Run(Run),
  /// Run an app: what its manifest names is opened and served until SIGTERM or SIGINT.
  Up(Up),
  /// Build an app and run it; build it again when what it is built of changes, and reload it.
  Watch(Up),
  /// Write a new app from a template.
  New(FromTemplate),
  /// Write a component from a template, and add it to an app.
  Add {
    /// The app: a manifest, or a directory with one.
    #[arg(short = 'f', long, visible_alias = "file", value_name = "PATH", default_value = ".")]
    from: PathBuf,
    #[command(flatten)]
    component: FromTemplate,
  },
  /// Build the components of an app, each by the command that its manifest names.
  Build {
    /// The app: a manifest, or a directory with one.
    #[arg(short, long, visible_alias = "file", value_name = "PATH", default_value = ".")]
    from: PathBuf,
    /// Build only these components.
    #[arg(short = 'c', long = "component-id", value_name = "ID")]
    components: Vec<String>,
    /// The profile of the manifest.
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
  },
  /// Serve one kind of an app's triggers. Hosts of Spin's protocol start triggers so: the app is that of
  /// $SPIN_LOCKED_URL, if there is one.
  Trigger(Trigger),
  /// Install, list and remove plugins: triggers that are programs of their own. They are in $PLUGBAY_PLUGINS, or by
  /// default in the user's folder for data.
  #[command(subcommand)]
  Plugins(Plugins),
  /// Look for the usual mistakes in an app, and offer to mend them. The exit code is 1 if something is left.
  Doctor {
    /// The app: a manifest, or a directory with one.
    #[arg(short, long, visible_alias = "file", value_name = "PATH", default_value = ".")]
    from: PathBuf,
    /// Mend everything that can be, without a question.
    #[arg(long)]
    fix: bool,
  },
  /// Print the WIT of a WebAssembly component: its world, and the packages that this refers to. Nothing of it runs.
  Inspect {
    /// The component, or a core module that says which world it is for.
    component: PathBuf,
  },
  /// Print TypeScript types of a plugin's ops: what belongs into a .d.ts file beside the scripts that use it.
  ///
  /// Its init runs, with all that native code may do.
  Types {
    /// The plugin: a library or a .wasm file.
    plugin: PathBuf,
    /// The WIT of a component, for its comments, which compilers leave out: a .wit file, or a folder of them.
    #[arg(long, value_name = "PATH")]
    wit: Option<PathBuf>,
  },
  /// Print a world in WIT that has a plugin's ops as functions.
  ///
  /// Its init runs, with all that native code may do.
  Wit {
    /// The plugin: a library or a .wasm file.
    plugin: PathBuf,
  },
  /// Make a component of a plugin, for other hosts of components: it exports the world that `plugbay wit` prints.
  ///
  /// The plugin is a WebAssembly module, built for wasm32-unknown-unknown or wasm32-wasip1. Its init runs.
  Component {
    /// The plugin: a .wasm file.
    plugin: PathBuf,
    /// The file to write.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
  },
  /// Write the crate of a new plugin, with a script that uses it and a test.
  CreatePlugin {
    /// Name of the crate.
    name: String,
    /// Directory to write: a new or an empty one; ./NAME by default.
    #[arg(long, value_name = "D")]
    dir: Option<PathBuf>,
    /// In the style of plugins for Deno 1.4 to 1.8.
    #[arg(long = "2020")]
    style_2020: bool,
    /// To be built as a WebAssembly module.
    #[arg(long, conflicts_with = "style_2020")]
    wasm: bool,
    /// To be built as a WebAssembly component, with a WIT world of its own.
    #[arg(long, conflicts_with_all = ["style_2020", "wasm"])]
    component: bool,
  },
}

#[derive(Args)]
pub(crate) struct Run {
  /// Let the script do all that the others grant.
  #[arg(short = 'A', long)]
  pub(crate) allow_all: bool,
  /// Let the script open native plugins: all, or these files and those in these directories. Native code is not
  /// sandboxed.
  #[arg(long, value_name = "PATH,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  pub(crate) allow_plugin: Option<Vec<PathBuf>>,
  /// Let the script read files: all, or these and those in these directories.
  #[arg(long, value_name = "PATH,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  pub(crate) allow_read: Option<Vec<PathBuf>>,
  /// Let the script write files: all, or these and those in these directories.
  #[arg(long, value_name = "PATH,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  pub(crate) allow_write: Option<Vec<PathBuf>>,
  /// Let the script read and set environment variables: all, or these.
  #[arg(long, value_name = "NAME,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  pub(crate) allow_env: Option<Vec<PathBuf>>,
  /// Let the script take WebAssembly plugins from the web: from everywhere, or from these hosts.
  #[arg(long, value_name = "HOST,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  pub(crate) allow_net: Option<Vec<PathBuf>>,
  /// How much of V8's heap the script may fill, in MiB: 16 at least. ArrayBuffers and WebAssembly memories are not in
  /// it.
  #[arg(long, value_name = "MIB", require_equals = true)]
  pub(crate) max_heap: Option<usize>,
  /// Flags of V8, such as --max-old-space-size=500.
  #[arg(long, value_name = "FLAG,…", num_args = 1.., require_equals = true, value_delimiter = ',')]
  pub(crate) v8_flags: Vec<String>,
  /// The script, then what it sees as Deno.args.
  #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "FILE")]
  pub(crate) script: Vec<String>,
}

#[derive(Args)]
pub(crate) struct Up {
  /// The app: a manifest (spin.toml, plugbay.toml, a locked app), a directory with one, or a WebAssembly file.
  #[arg(short, long, visible_alias = "file", alias = "from-file", value_name = "PATH", default_value = ".")]
  pub(crate) from: PathBuf,
  /// Build the components first, as plugbay build does.
  #[arg(long)]
  pub(crate) build: bool,
  /// Serve HTTP on this address.
  #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:3000", value_parser = address)]
  pub(crate) listen: SocketAddr,
  /// Take the next port that is free if that one is taken.
  #[arg(long)]
  pub(crate) find_free_port: bool,
  /// Speak TLS, with this certificate and its chain, in PEM.
  #[arg(long, value_name = "FILE", requires = "tls_key")]
  pub(crate) tls_cert: Option<PathBuf>,
  /// The key of the certificate, in PEM.
  #[arg(long, value_name = "FILE", requires = "tls_cert")]
  pub(crate) tls_key: Option<PathBuf>,
  /// An environment variable of every component.
  #[arg(short, long, value_name = "NAME=VALUE", value_parser = pair)]
  pub(crate) env: Vec<(String, String)>,
  /// The value of a variable of the app, or the file that it is in, or a file of many.
  #[arg(long, value_name = "NAME=VALUE | NAME=@FILE | @FILE.json | @FILE.toml")]
  pub(crate) variable: Vec<VariableSource>,
  /// Give a key of the default key-value store a value when the app is started.
  #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
  pub(crate) key_value: Vec<(String, String)>,
  /// Run SQL when the app is started: statements for the database default, or a file of them for one that is named.
  #[arg(long, value_name = "STATEMENT | @FILE | @FILE:DATABASE")]
  pub(crate) sqlite: Vec<SqlSource>,
  /// Where stores and databases are, and who has values of variables: a file in Spin's format.
  #[arg(long, value_name = "FILE", env = "RUNTIME_CONFIG_FILE")]
  pub(crate) runtime_config_file: Option<PathBuf>,
  /// Where key-value stores and databases are kept; .spin beside the manifest by default.
  #[arg(long, value_name = "DIR")]
  pub(crate) state_dir: Option<PathBuf>,
  /// Run only these components.
  #[arg(short = 'c', long = "component-id", value_name = "ID")]
  pub(crate) components: Vec<String>,
  /// The profile of the manifest.
  #[arg(long, value_name = "NAME")]
  pub(crate) profile: Option<String>,
  /// How many threads answer requests; as many as processors by default.
  #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
  pub(crate) lanes: Option<u16>,
  /// Where compiled modules are kept, and components from the web.
  #[arg(long, value_name = "DIR")]
  pub(crate) cache_dir: Option<PathBuf>,
  /// Let the app's native plugins run: all, or these files and those in these directories. Native code is not
  /// sandboxed.
  #[arg(long, value_name = "PATH,…", num_args = 0.., require_equals = true, value_delimiter = ',')]
  pub(crate) allow_plugin: Option<Vec<PathBuf>>,
  /// Where copies of the components' files are made.
  #[arg(long, visible_alias = "tmp", value_name = "DIR")]
  pub(crate) temp: Option<PathBuf>,
  /// Nothing yet: registries, whose certificates this is about, are not read.
  #[arg(short = 'k', long)]
  pub(crate) insecure: bool,
  /// An app in Bindle, which there is no more.
  #[arg(short, long, hide = true, value_name = "ID", conflicts_with = "from")]
  pub(crate) bindle: Option<String>,
  /// Let components see their folders as they are, in place of copies.
  #[arg(long)]
  pub(crate) direct_mounts: bool,
  /// Let components write to their files.
  #[arg(long)]
  pub(crate) allow_transient_write: bool,
  /// Reload the app when its files change.
  #[arg(long)]
  pub(crate) watch: bool,
  /// A folder for what components print: ID_stdout.txt and ID_stderr.txt of each.
  #[arg(short = 'L', long, value_name = "DIR")]
  pub(crate) log_dir: Option<PathBuf>,
  /// Begin these files anew.
  #[arg(long, requires = "log_dir")]
  pub(crate) truncate_logs: bool,
  /// Print what these components print, and not what others do.
  #[arg(long, value_name = "ID")]
  pub(crate) follow: Vec<String>,
  /// Print neither what is served where nor what components print.
  #[arg(short, long, conflicts_with = "follow")]
  pub(crate) quiet: bool,
  /// Serve /live, /ready and /metrics on this address, or this port of this machine: for whoever runs the app, not for
  /// its clients.
  #[arg(long, value_name = "ADDRESS", value_parser = admin_address)]
  pub(crate) admin: Option<SocketAddr>,
  /// How many connections there may be at once. When one more comes the oldest are closed that are idle.
  #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
  pub(crate) max_connections: u32,
  /// How many MiB the body of a request may have, whatever the manifest says; 100 if nobody says.
  #[arg(long, value_name = "MIB")]
  pub(crate) max_body: Option<u32>,
  /// How many seconds requests may take that are there when the app ends or is reloaded.
  #[arg(long, value_name = "SECONDS", default_value_t = 30)]
  pub(crate) drain_timeout: u32,
  /// How the log is written; $PLUGBAY_LOG_FORMAT by default.
  #[arg(long, value_name = "FORMAT")]
  pub(crate) log_format: Option<LogFormat>,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
  /// For people.
  #[default]
  Text,
  /// An object of JSON on each line.
  Json,
}

#[derive(Args)]
pub(crate) struct Trigger {
  /// The kind of triggers.
  #[arg(value_parser = ["http", "redis"])]
  pub(crate) kind: String,
  #[command(flatten)]
  pub(crate) up: Up,
  /// Print the flags and what they are, and nothing else.
  #[arg(long)]
  pub(crate) help_args_only: bool,
  /// Print the flags as JSON to standard error, and nothing else.
  #[arg(long)]
  pub(crate) launch_metadata_only: bool,
}

#[derive(Subcommand)]
pub(crate) enum Plugins {
  /// Install a plugin, in place of the one of its name if there is one.
  Install {
    /// Its manifest: a path or a URL.
    manifest: String,
  },
  /// Print the plugins that are installed, a line each.
  List,
  /// Remove a plugin.
  Uninstall {
    /// Its name, such as trigger-cron.
    name: String,
  },
}

fn address(text: &str) -> Result<SocketAddr, String> {
  let found = text.to_socket_addrs().ok().and_then(|mut addresses| addresses.next());
  found.ok_or_else(|| "write an address and a port, such as 127.0.0.1:3000".to_string())
}

/// An address, or a port alone, which means one of this machine.
fn admin_address(text: &str) -> Result<SocketAddr, String> {
  match text.strip_prefix(':').unwrap_or(text).parse::<u16>() {
    Ok(port) => Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
    Err(_) => address(text),
  }
}

#[cfg(test)]
mod tests {
  use clap::CommandFactory;

  use super::Cli;

  #[test]
  fn the_page_has_every_command() {
    let page = include_str!("../../../docs/src/commands.md");
    for command in Cli::command().get_subcommands() {
      assert!(page.contains(&format!("`plugbay {}", command.get_name())), "{}", command.get_name());
    }
  }

  /// Those that a command has, a page says.
  #[test]
  fn the_page_has_every_flag_of_up() {
    let page = include_str!("../../../docs/src/app-host.md");
    let mut cli = Cli::command();
    cli.build();
    let up = cli.find_subcommand("up").expect("there is one");
    for flag in up.get_arguments().filter(|flag| !flag.is_hide_set()).filter_map(clap::Arg::get_long) {
      assert!(page.contains(&format!("`--{flag}")) || flag == "help", "{flag}");
    }
  }
}
