//! `cargo xtask startup-order`: third_party/v8/startup.order, the functions of V8's archive that an empty script runs,
//! in the order in which they first run. runtime/cli/build.rs has the linker lay them together.
//!
//! valgrind tells which they are. Functions of Rust are left out: their names change with the code.

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

use crate::setup;
use crate::workspace;

const FILE: &str = "third_party/v8/startup.order";

pub(crate) fn run() -> Result<()> {
  setup::run()?;
  // A command whose functions have names.
  let mut build = workspace::cargo();
  build.args(["rustc", "--release", "--package", "plugbay_cli", "--bin", "plugbay", "--", "-C", "strip=none"]);
  ensure!(workspace::status(&mut build)?.success(), "the command cannot be built");
  let command = workspace::target_dir()?.join("release/plugbay");
  let folder = tempfile::tempdir()?;
  let (script, profile) = (folder.path().join("empty.js"), folder.path().join("profile"));
  fs::write(&script, "")?;
  let mut valgrind = Command::new("valgrind");
  valgrind.args(["--quiet", "--tool=callgrind", "--demangle=no"]);
  valgrind.arg(format!("--callgrind-out-file={}", profile.display())).arg(&command).arg("run").arg(&script);
  let status = valgrind.status().context("valgrind cannot be run: install it")?;
  ensure!(status.success(), "the command failed under valgrind");
  let profile = fs::read_to_string(&profile)?;
  let functions = functions(&profile);
  ensure!(!functions.is_empty(), "valgrind has named no function");
  fs::write(workspace::root().join(FILE), functions.join("\n") + "\n")?;
  println!("startup-order: {FILE} has {} functions", functions.len());
  Ok(())
}

/// The functions that a profile of callgrind's names, once each.
fn functions(profile: &str) -> Vec<&str> {
  let mut seen = HashSet::new();
  let names = profile.lines().filter_map(|line| {
    // "fn=(7) name" is a function, "cfn=(7) name" one that is called; further lines have its number alone.
    let (_, name) = line.trim_start_matches('c').strip_prefix("fn=(")?.split_once(") ")?;
    // A call of a function by itself has a name of its own.
    Some(name.split_once('\'').map_or(name, |(name, _)| name))
  });
  names.filter(|name| is_of_archive(name) && seen.insert(*name)).collect()
}

/// Whether a name is neither an address, nor of a library of the system's, nor of Rust.
fn is_of_archive(name: &str) -> bool {
  let is_of_rust = name.starts_with("_R") || name.rsplit_once("17h").is_some_and(|(_, hash)| hash.len() == 17);
  !name.starts_with("0x") && !name.contains('@') && !is_of_rust
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn functions_of_the_archive_stand_once_in_the_order_in_which_they_run() {
    let profile = "fl=(1) a.c\nfn=(2) _ZN2v88internal4HeapC2Ev\n1 5\ncfn=(3) Builtins_JSEntry\ncalls=1 1\nfn=(3)\n\
      cfn=(4) _ZN2v88internal4HeapC2Ev'2\nfn=(5) 0x00010240\nfn=(6) log2@@GLIBC_2.29\n\
      fn=(7) _ZN4core3fmt5write17h0123456789abcdefE\nfn=(8) _RNvCs1_4main\ncfn=(9) udat_open_77\n";
    assert_eq!(functions(profile), ["_ZN2v88internal4HeapC2Ev", "Builtins_JSEntry", "udat_open_77"]);
  }
}
