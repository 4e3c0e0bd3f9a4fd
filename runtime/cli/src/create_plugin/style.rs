//! Kinds of plugins.

/// Which kind of plugin is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
  /// As plugins are written today: `#[op]` with bytes, serde types, resources, work on other threads.
  #[default]
  Current,
  /// The same source as [`Style::Current`], with a script that opens it as a WebAssembly module.
  Wasm,
  /// A WebAssembly component in Rust, with a WIT world of its own.
  Component,
  /// As for Deno 1.4 to 1.8: edition 2018, `deno_core`, `Deno.core.dispatch`.
  Deno2020,
}

/// How a written plugin is built and run.
pub(super) struct Commands {
  pub(super) build: &'static str,
  pub(super) run: &'static str,
  /// Where cargo puts it, but for the profile.
  pub(super) directory: &'static str,
}

impl Style {
  /// Whether its crate is written over plugin_api.
  pub(super) fn needs_plugin_api(self) -> bool {
    self != Self::Component
  }

  pub(super) fn commands(self) -> Commands {
    match self {
      Self::Current | Self::Deno2020 => {
        Commands { build: "cargo build", run: "plugbay run --allow-plugin main.js", directory: "target" }
      }
      Self::Wasm | Self::Component => Commands {
        build: "cargo build --target wasm32-unknown-unknown",
        run: "plugbay run --allow-read=target main.js",
        directory: "target/wasm32-unknown-unknown",
      },
    }
  }
}
