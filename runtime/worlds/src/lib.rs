//! The worlds of WebAssembly guests. A world is what a guest finds around it, and what is made of what it exports: each
//! is a folder here with two sides, a [`World`] in Rust that says which modules are its, and a class in JavaScript that
//! runs them (`js/wasm/world.js` says what it may have).
//!
//! | world | modules |
//! |---|---|
//! | [`Plugbay`] | what plugin_api and plugbay.h make |
//! | [`Trek`] | guests of wasm_manager |
//! | [`Spin`] | apps of Spin's from before components |
//! | [`Command`] | WASI's commands |
//! | [`Exports`] | all others: each function that they export is an op |
//!
//! What guests may import whatever their world is in `providers/`: WASI, and plugins that a guest opens.

#![forbid(unsafe_code)]

mod command;
mod exports;
mod plugbay;
mod spin;
mod trek;

use std::fmt::Debug;
use std::sync::Arc;

pub use command::Command;
pub use exports::Exports;
pub use plugbay::Plugbay;
pub use spin::Spin;
pub use trek::Trek;

/// A module that is about to be opened.
pub trait Module {
  /// Its bytes, as they came. They are a module of WebAssembly.
  fn bytes(&self) -> &[u8];

  /// Whether it imports something from a module of that name.
  fn imports_from(&self, module: &str) -> bool;

  /// Whether it exports something under that name.
  fn exports(&self, name: &str) -> bool;
}

/// A world of guests. See the crate's documentation; `Builder::world` of plugbay adds one.
pub trait World: Debug + Send + Sync {
  /// What it is called: in errors, and where its script is named in stacks.
  fn name(&self) -> &str;

  /// Whether a module is one of its guests. Worlds are asked in their order, and the first that claims a module has it.
  fn claims(&self, module: &dyn Module) -> bool;

  /// Its side in JavaScript: a script whose value is a function. That is called once for each runtime, when the first
  /// guest of the world is opened, with an object
  /// `{ World, ExportsWorld, addOp, isolate, makeError, primordials, core }`, and gives a class that extends `World`,
  /// or `ExportsWorld` if all functions that a guest exports are ops. Each guest has an instance of the class.
  ///
  /// The script belongs to the runtime: it is handed what no script is, and a guest's script may have changed every
  /// prototype of the language before it runs. `primordials` has them as they were.
  ///
  /// `None` for the worlds that the runtime itself has by their names.
  fn script(&self) -> Option<&str>;
}

/// The worlds that a runtime knows, in the order in which they are asked.
#[derive(Clone, Debug)]
pub struct Worlds(Vec<Arc<dyn World>>);

/// Which of [`Worlds`] a guest belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim<'w> {
  /// One of the runtime's own, by its name.
  Named(&'w str),
  /// One that brings its script, by its place.
  Script(usize),
}

impl Worlds {
  /// Those that a program adds, and after them those that there are anyway.
  pub fn new(added: impl IntoIterator<Item = Arc<dyn World>>) -> Self {
    let own: [Arc<dyn World>; 5] =
      [Arc::new(Plugbay), Arc::new(Trek), Arc::new(Spin), Arc::new(Command), Arc::new(Exports)];
    Self(added.into_iter().chain(own).collect())
  }

  /// The world of a module.
  pub fn of(&self, module: &dyn Module) -> Claim<'_> {
    let claimed = self.0.iter().enumerate().find(|(_, world)| world.claims(module));
    let (place, world) = claimed.expect("the last world claims every module");
    if world.script().is_some() { Claim::Script(place) } else { Claim::Named(world.name()) }
  }

  /// The world at a place, if it brings its script: its name and the script.
  pub fn script(&self, place: usize) -> Option<(&str, &str)> {
    let world = self.0.get(place)?;
    Some((world.name(), world.script()?))
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  struct Names {
    imports: &'static [&'static str],
    exports: &'static [&'static str],
  }

  impl Module for Names {
    fn bytes(&self) -> &[u8] {
      b""
    }
    fn imports_from(&self, module: &str) -> bool {
      self.imports.contains(&module)
    }
    fn exports(&self, name: &str) -> bool {
      self.exports.contains(&name)
    }
  }

  #[derive(Debug)]
  struct Greedy;

  impl World for Greedy {
    fn name(&self) -> &str {
      "greedy"
    }
    fn claims(&self, module: &dyn Module) -> bool {
      !module.exports("_start")
    }
    fn script(&self) -> Option<&str> {
      Some("() => {}")
    }
  }

  #[test]
  fn the_first_world_that_claims_a_module_has_it() {
    let worlds = Worlds::new([]);
    let of = |imports, exports| match worlds.of(&Names { imports, exports }) {
      Claim::Named(name) => name.to_string(),
      Claim::Script(place) => worlds.script(place).expect("it has a script").0.to_string(),
    };
    assert_eq!(of(&["plugbay", "wasi_snapshot_preview1"], &["PLUGBAY_PLUGIN_ABI"]), "plugbay");
    assert_eq!(of(&["trek"], &["start"]), "trek");
    assert_eq!(of(&[], &["handle-http-request", "canonical_abi_realloc"]), "spin");
    assert_eq!(of(&[], &["handle-redis-message", "canonical_abi_realloc"]), "spin");
    assert_eq!(of(&["wasi_snapshot_preview1"], &["_start", "memory"]), "command");
    assert_eq!(of(&["wasi_snapshot_preview1"], &["_initialize"]), "exports");
    assert_eq!(of(&[], &["_start"]), "exports");
  }

  #[test]
  fn worlds_that_are_added_are_asked_first() {
    let worlds = Worlds::new([Arc::new(Greedy) as Arc<dyn World>]);
    let of = |exports| worlds.of(&Names { imports: &[], exports });
    assert_eq!(of(&["PLUGBAY_PLUGIN_ABI"]), Claim::Script(0));
    assert_eq!(of(&["_start"]), Claim::Named("exports"));
    assert_eq!(worlds.script(0), Some(("greedy", "() => {}")));
    assert_eq!(worlds.script(1), None);
    assert_eq!(worlds.script(99), None);
  }
}
