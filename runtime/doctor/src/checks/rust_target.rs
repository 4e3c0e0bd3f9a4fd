//! The targets that Rust builds components for.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

/// A target that is not installed.
pub(super) struct RustTarget;

impl Check for RustTarget {
  fn name(&self) -> &'static str {
    "Rust targets"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let commands = patient.components().iter().filter_map(|component| component.build.as_ref());
    let commands = commands.flat_map(|build| &build.commands).filter(|command| command.contains("cargo"));
    let targets = commands.flat_map(|command| targets_of(command)).collect::<BTreeSet<_>>();
    let missing = targets.into_iter().filter(|target| patient.machine.has_rust_target(target) == Some(false));
    let found = missing.map(|target| {
      Finding::run(format!("Rust does not build for {target} here"), &["rustup", "target", "add", target])
    });
    found.collect()
  }
}

fn targets_of(command: &str) -> impl Iterator<Item = &str> {
  let words = command.split([' ', '=']).collect::<Vec<_>>();
  let pairs = words.windows(2).filter(|pair| pair[0] == "--target" && pair[1].starts_with("wasm32-"));
  pairs.map(|pair| pair[1]).collect::<Vec<_>>().into_iter()
}
