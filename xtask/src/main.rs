//! `cargo xtask`: the chores of this repository. Nothing here depends on V8, so it builds in moments and before V8 is
//! in place.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::Subcommand;

mod bench;
mod book;
mod circles;
mod comments;
mod crates;
mod demo;
mod demo_app;
mod deny;
mod dprint;
mod errors;
mod format;
mod fuzz;
mod generated;
mod header;
mod links;
mod lint;
mod npm;
mod oxlint;
mod setup;
mod startup_order;
mod test;
mod tool;
mod toolchain;
mod typescript;
mod wasm;
mod wasmtime;
mod whole;
mod workspace;

/// The chores of the plugbay repository.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
  #[command(subcommand)]
  command: Command,
}

#[derive(Subcommand)]
enum Command {
  /// Put the prebuilt V8 where the v8 crate looks for it (the other commands do it first)
  Setup,
  /// Build the runtime and three plugins and run plugins/demo/main.js on this repository
  Demo,
  /// Run all tests
  Test {
    /// Passed to `cargo test`
    #[arg(last = true)]
    args: Vec<OsString>,
  },
  /// Run the benchmarks
  Bench {
    /// Where the peers that the benchmarks compare with are built
    #[arg(long, value_name = "DIR")]
    peers: Option<PathBuf>,
    /// Passed to `cargo bench`
    #[arg(last = true)]
    args: Vec<OsString>,
  },
  /// Run the fuzz targets of what reads the bytes of guests
  Fuzz {
    /// How long all of them run together
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// Only this one
    target: Option<String>,
    /// Run it with what is in this file and with nothing else
    #[arg(long, value_name = "FILE", requires = "target")]
    input: Option<PathBuf>,
  },
  /// Format Rust and JavaScript
  Format,
  /// Check the format, run clippy, and look at the runtime's JavaScript
  Lint,
  /// Make plugin_api/include/plugbay.h from plugin_api/abi
  Header {
    /// Only tell whether the file is what would be made
    #[arg(long)]
    check: bool,
  },
  /// Make the table of crates in ARCHITECTURE.md, and check what each and its files import
  Crates {
    /// Only tell whether the table is what would be made
    #[arg(long)]
    check: bool,
  },
  /// Build the book in docs/ into target/book, and check its links
  Book,
  /// Make the table of errors in docs/src/errors.md
  Errors {
    /// Only tell whether the table is what would be made
    #[arg(long)]
    check: bool,
  },
  /// Write third_party/v8/startup.order: what V8 runs at the start, which release builds lay together
  StartupOrder,
  /// Find what builds WebAssembly guests (Rust, C, Zig, AssemblyScript, JavaScript), or put it there where that is
  /// possible, and try it
  Wasm,
}

fn main() -> ExitCode {
  let result = match Cli::parse().command {
    Command::Setup => setup::run().map(|()| ExitCode::SUCCESS),
    Command::Demo => demo::run(),
    Command::Test { args } => test::run(&args),
    Command::Bench { peers, args } => bench::run(peers.as_deref(), &args),
    Command::Fuzz { seconds, target, input } => fuzz::run(seconds, target.as_deref(), input.as_deref()),
    Command::Format => format::run(false),
    Command::Lint => lint::run(),
    Command::Header { check } => header::run(check).map(|()| ExitCode::SUCCESS),
    Command::Crates { check } => crates::run(check).map(|()| ExitCode::SUCCESS),
    Command::Book => book::run().map(|()| ExitCode::SUCCESS),
    Command::Errors { check } => errors::run(check).map(|()| ExitCode::SUCCESS),
    Command::StartupOrder => startup_order::run().map(|()| ExitCode::SUCCESS),
    Command::Wasm => wasm::run(),
  };
  result.unwrap_or_else(|error| {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
  })
}
