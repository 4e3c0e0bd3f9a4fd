//! What may stand on the command line.

use std::path::PathBuf;

use clap::Args;
use clap::Parser;
use clap::Subcommand;

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
