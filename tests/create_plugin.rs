//! `plugbay create-plugin`: what it writes builds, runs and passes its tests at once.

use std::path::Path;

use crate::harness::cargo;
use crate::harness::describe;
use crate::harness::plugbay;
use crate::harness::succeed;
use crate::harness::wasm_tool;
use crate::harness::wasm_tools;

/// Generates a plugin as a user would, and takes every step that its README names.
fn generate_build_run_and_test(style: &[&str]) {
  let temp = tempfile::tempdir().expect("a folder can be made");
  succeed(plugbay().args(["create-plugin", "my-plugin"]).args(style).current_dir(temp.path()));
  let folder = temp.path().join("my-plugin");
  for file in ["Cargo.toml", "src/lib.rs", "main.js", "README.md", ".gitignore"] {
    assert!(folder.join(file).is_file(), "{file} is written");
  }
  // The script looks for the library where cargo puts it by default.
  let cargo_in = |command: &str| {
    let mut cargo = cargo();
    cargo.arg(command).current_dir(&folder).env_remove("CARGO_TARGET_DIR");
    cargo
  };
  succeed(&mut cargo_in("build"));
  let printed = succeed(plugbay().args(["run", "--allow-plugin", "main.js"]).current_dir(&folder));
  assert_ne!(printed, "", "the script shows what the plugin does");
  let tested = succeed(&mut cargo_in("test"));
  assert!(tested.contains("test result: ok.") && !tested.contains("\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\nok"), "{tested}");
}

#[test]
fn a_generated_plugin_builds_runs_and_passes_its_tests() {
  generate_build_run_and_test(&[]);
}

#[test]
fn a_generated_plugin_in_the_style_of_2020_builds_runs_and_passes_its_tests() {
  generate_build_run_and_test(&["--2020"]);
}

#[test]
fn a_generated_guest_builds_and_runs() {
  if wasm_tool("PLUGBAY_WASM_RUST").is_none() {
    eprintln!("skipped: no Rust for wasm32-unknown-unknown; run the tests with `cargo xtask test`");
    return;
  }
  let temp = tempfile::tempdir().expect("a folder can be made");
  succeed(plugbay().args(["create-plugin", "my-guest", "--wasm"]).current_dir(temp.path()));
  let folder = temp.path().join("my-guest");
  let mut build = cargo();
  build.args(["build", "--target", "wasm32-unknown-unknown"]).current_dir(&folder).envs(wasm_tools());
  succeed(build.env_remove("CARGO_TARGET_DIR"));
  let printed = succeed(plugbay().args(["run", "--allow-read=target", "main.js"]).current_dir(&folder));
  for text in ["rot13: Uryyb, jbeyq!", "ERR_NO_VALUES", "countPrimes: 9592", "counter: 41 42"] {
    assert!(printed.contains(text), "{text:?} is not in {printed}");
  }
}

#[test]
fn names_that_are_no_crate_names_are_refused_and_nothing_is_written() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  for name in ["", "1st", "a b", "../up", "fn", "naïve", "-x"] {
    let output = plugbay().args(["create-plugin", "--", name]).current_dir(temp.path()).output().expect("plugbay runs");
    assert!(!output.status.success(), "{name:?}: {}", describe(&output));
    assert_eq!(entries(temp.path()), 0, "{name:?} wrote something");
  }
}

#[test]
fn a_folder_that_is_not_empty_is_refused_and_left_alone() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let folder = temp.path().join("taken");
  std::fs::create_dir(&folder).expect("a folder can be made");
  std::fs::write(folder.join("mine.txt"), "precious").expect("a file can be written");
  let output = plugbay().args(["create-plugin", "taken"]).current_dir(temp.path()).output().expect("plugbay runs");
  assert_eq!(output.status.code(), Some(1), "{}", describe(&output));
  assert!(String::from_utf8_lossy(&output.stderr).contains("has mine.txt in it"), "{}", describe(&output));
  assert_eq!(std::fs::read_to_string(folder.join("mine.txt")).expect("it is there"), "precious");
  assert_eq!((entries(temp.path()), entries(&folder)), (1, 1));
}

fn entries(folder: &Path) -> usize {
  std::fs::read_dir(folder).expect("the folder can be read").count()
}
