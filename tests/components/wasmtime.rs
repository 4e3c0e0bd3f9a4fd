//! Values are lowered and lifted as wasmtime does it: `shapes.rs` has the guests, `scripts/component_wasmtime.js` calls
//! them in plugbay, and `wasmtime/`, a program of its own, calls them in wasmtime and compares the answers.

use std::env;
use std::fs;
use std::process::Command;

use serde_json::json;

use super::ENCODINGS;
use super::parse;
use super::shapes;
use super::with_world;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

/// Of one component.
const TYPES: usize = 20;

/// `PLUGBAY_DIFFERENTIAL` says how many times so many types are tried, and from which seed on: `100` or `100:7`.
#[test]
fn values_lie_in_memory_as_wasmtime_has_them() {
  let wasmtime = env::var_os("PLUGBAY_WASMTIME").expect("PLUGBAY_WASMTIME names a program: run `cargo xtask test`");
  let wanted = env::var("PLUGBAY_DIFFERENTIAL").unwrap_or_default();
  let (rounds, first) = wanted.split_once(':').unwrap_or((&wanted, "1"));
  let (rounds, first) = (rounds.parse().unwrap_or(2), first.parse().expect("the seed is a number"));
  for seed in first..first + rounds {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (text, types) = shapes::world(seed, TYPES);
    let (resolve, world) = parse(&text);
    let components = ENCODINGS.iter().map(|(suffix, encoding)| {
      let path = folder.path().join(format!("shapes{suffix}.wasm"));
      let component = component(with_world(shapes::module(&resolve, world, TYPES), &resolve, world, *encoding));
      fs::write(&path, component).expect("a file can be written");
      // For a text in another encoding wasmtime allocates what it may take, and then less.
      json!({ "path": path, "types": types, "hasImages": suffix.is_empty() })
    });
    let told = json!({ "seed": seed, "components": components.collect::<Vec<_>>() });
    fs::write(folder.path().join("components.json"), told.to_string()).expect("a file can be written");

    let mut command = plugbay();
    command.args(["run", "--allow-read"]).arg(root().join("tests/scripts/component_wasmtime.js"));
    let calls = folder.path().join("calls.json");
    fs::write(&calls, succeed(command.arg(folder.path()).arg(folder.path()))).expect("a file can be written");
    let told = succeed(Command::new(&wasmtime).arg(&calls));
    assert!(told.lines().last().is_some_and(|line| line.starts_with("0 of ")), "seed {seed} of {text}\n{told}");
  }
}

fn component(module: Vec<u8>) -> Vec<u8> {
  let encoder = wit_component::ComponentEncoder::default().module(&module).expect("it says its world");
  encoder.validate(false).encode().unwrap_or_else(|error| panic!("{error:#}"))
}
