//! `plugbay create-plugin`: what it writes builds, runs and passes its tests at once.

use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::harness::builds_guests;
use crate::harness::cargo;
use crate::harness::describe;
use crate::harness::plugbay;
use crate::harness::succeed;
use crate::harness::wasm_tools;
use crate::types;

/// Creates a plugin as a user would.
fn create(temp: &TempDir, arguments: &[&str]) -> Created {
  let printed = succeed(plugbay().arg("create-plugin").args(arguments).current_dir(temp.path()));
  let (files, next) = printed.split_once("\n\nNext:\n").expect("it says what to do next");
  let mut steps = next.lines().map(|step| step.trim().to_string());
  let folder = steps.next().and_then(|step| Some(temp.path().join(step.strip_prefix("cd ")?)));
  let folder = folder.expect("the first step is into the plugin's folder");
  for file in files.lines().skip(1) {
    assert!(folder.join(file.trim()).is_file(), "{file} is written");
  }
  Created { folder, steps: steps.collect() }
}

/// A plugin that was created.
struct Created {
  folder: PathBuf,
  /// What to do next, as it is printed: to build, to run and to test it.
  steps: Vec<String>,
}

impl Created {
  /// Takes a step; gives what it prints.
  fn take(&self, step: &str) -> String {
    let mut words = step.split(' ');
    let mut command = match words.next() {
      Some("cargo") => cargo(),
      Some("plugbay") => plugbay(),
      other => panic!("{other:?} is no program that a user was told to run"),
    };
    if step.contains("--target") {
      command.envs(wasm_tools());
    }
    // The script looks for the plugin where cargo puts it by default.
    succeed(command.args(words).current_dir(&self.folder).env_remove("CARGO_TARGET_DIR"))
  }

  /// Builds and runs it; gives what its script prints.
  fn build_and_run(&self) -> String {
    self.take(&self.steps[0]);
    self.take(&self.steps[1])
  }

  /// Runs its tests, of which there are some.
  fn test(&self) {
    assert_eq!(self.steps.len(), 3, "{:?}", self.steps);
    let tested = self.take(&self.steps[2]);
    assert!(tested.contains("test result: ok.") && !tested.contains("test result: ok. 0 passed"), "{tested}");
  }
}

fn folder() -> TempDir {
  tempfile::tempdir().expect("a folder can be made")
}

#[test]
fn a_generated_plugin_builds_runs_and_passes_its_tests() {
  let temp = folder();
  let created = create(&temp, &["my-plugin"]);
  assert_ne!(created.build_and_run(), "", "the script shows what the plugin does");
  created.test();
}

#[test]
fn a_generated_plugin_in_the_style_of_2020_builds_runs_and_passes_its_tests() {
  let temp = folder();
  let created = create(&temp, &["my-plugin", "--2020"]);
  assert_ne!(created.build_and_run(), "", "the script shows what the plugin does");
  created.test();
}

#[test]
fn a_generated_guest_builds_and_runs() {
  if !builds_guests() {
    return;
  }
  let temp = folder();
  let printed = create(&temp, &["my-guest", "--wasm"]).build_and_run();
  for text in ["rot13: Uryyb, jbeyq!", "ERR_NO_VALUES", "countPrimes: 9592", "counter: 41 42"] {
    assert!(printed.contains(text), "{text:?} is not in {printed}");
  }
}

#[test]
fn a_generated_component_builds_runs_and_passes_its_tests() {
  if !builds_guests() {
    return;
  }
  let temp = folder();
  let created = create(&temp, &["--component", "my-guest"]);
  let printed = created.build_and_run();
  assert_eq!(
    printed.lines().skip(1).collect::<Vec<_>>(),
    [
      "rot13: Uryyb, jbeyq!",
      "summarize: { min: 1, max: 6, mean: 3 }",
      "summarize: ERR_COMPONENT_RESULT: cannot summarize no numbers: pass at least one",
      "log: the counter starts again",
      "counter: 4294967295 0",
    ],
    "{printed}"
  );
  created.test();

  // Its types are those that its README says how to write, and its script is right by them.
  let types = created.take("plugbay types --wit wit target/wasm32-unknown-unknown/debug/my_guest.wasm");
  assert_eq!(std::fs::read_to_string(created.folder.join("my_guest.d.ts")).expect("it is there"), types);
  succeed(&mut types::check(&[created.folder.join("main.js")]));
}

#[test]
fn a_plugin_is_created_in_one_style() {
  let temp = folder();
  let styles = ["--2020", "--wasm", "--component"];
  for (index, style) in styles.iter().enumerate() {
    for other in &styles[index + 1..] {
      let mut command = plugbay();
      let output = command.args(["create-plugin", "two", style, other]).current_dir(temp.path()).output();
      let output = output.expect("plugbay runs");
      let said = String::from_utf8_lossy(&output.stderr);
      assert!(!output.status.success() && said.contains("cannot be used with"), "{style} {other}: {said}");
      assert!(said.contains(style) && said.contains(other), "{style} {other}: {said}");
    }
  }
  assert_eq!(entries(temp.path()), 0);
}

#[test]
fn names_that_are_no_crate_names_are_refused_and_nothing_is_written() {
  let temp = folder();
  for name in ["", "1st", "a b", "../up", "fn", "naïve", "-x"] {
    let output = plugbay().args(["create-plugin", "--", name]).current_dir(temp.path()).output().expect("plugbay runs");
    assert!(!output.status.success(), "{name:?}: {}", describe(&output));
    assert_eq!(entries(temp.path()), 0, "{name:?} wrote something");
  }
}

#[test]
fn a_folder_that_is_not_empty_is_refused_and_left_alone() {
  let temp = folder();
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
