//! Components with services of an app's host: those of Spin's SDKs, and one that uses every interface.

use std::path::Path;
use std::process::Command;

use crate::components_http::build_spin;
use crate::harness::build_guests;
use crate::harness::builds_guests;
use crate::harness::builds_wasi_guests;
use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::root;
use crate::scripts::poison;

/// Runs a script with a component that has services, also under the prelude that tells when the runtime asks for what a
/// script can replace.
pub(crate) fn check(script: &str, component: &Path, servers: &[&str]) {
  let example = fixtures().join("examples").join(format!("services{}", std::env::consts::EXE_SUFFIX));
  let script = root().join("tests/fixtures").join(script);
  let folder = tempfile::tempdir().expect("a folder can be made");
  let state = folder.path().join("state");
  for script in [script.clone(), poison(&script, folder.path())] {
    let output =
      Command::new(&example).args([&script, &state]).arg(component).args(servers).output().expect("the example runs");
    let said = describe(&output);
    assert!(output.status.success() && said.contains("ok") && !said.contains("POISONED"), "{said}");
  }
}

#[test]
fn apps_for_spin_have_services() {
  if builds_wasi_guests() {
    for component in build_spin() {
      check("spin/services.js", &component, &[]);
    }
  }
}

#[test]
fn components_have_services_by_all_interfaces() {
  if builds_guests() {
    let component = build_guests("wasm32-unknown-unknown", &["services_guest"]).join("services_guest.wasm");
    check("services_guest/check.js", &component, &[]);
  }
}
