//! Every kind of value in plugin_abi's table has ops of the kit that take and give it, for `scripts/every_kind.js` to
//! call, and the types that the table says.

use plugin_abi::Kind;
use serde_json::json;

use crate::harness::fixtures;
use crate::harness::guests;
use crate::harness::library;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

/// Has the script call an op for each kind; gives what it prints: the name of each op and what of it is of which kind.
fn call_every_kind(substrate: &str) -> String {
  let kinds = Kind::ALL.iter().map(|kind| kind.description()).map(|it| {
    let (is_parameter, is_result) = (it.parameter.is_some(), it.result.is_some());
    json!({ "name": it.name, "wants": it.wants, "isParameter": is_parameter, "isResult": is_result })
  });
  let kinds = serde_json::Value::from_iter(kinds).to_string();
  let script = root().join("tests/scripts/every_kind.js");
  let mut command = plugbay();
  command.args(["run", "--allow-plugin", "--allow-read", "--v8-flags=--allow-natives-syntax"]).arg(script);
  succeed(command.arg(fixtures()).arg("").arg(substrate).arg(kinds))
}

#[test]
fn every_kind_is_passed_and_given_on_every_path() {
  call_every_kind("native");
}

#[test]
fn every_kind_is_passed_to_a_guest_and_given_by_it() {
  if guests() {
    call_every_kind("wasm");
  }
}

#[test]
fn every_kind_has_the_type_that_the_table_says() {
  let types = succeed(plugbay().arg("types").arg(library("kit")));
  let method = |op: &str| {
    let line = types.lines().find_map(|line| line.trim().strip_prefix(op)?.strip_prefix('('));
    line.unwrap_or_else(|| panic!("there is no type of {op}:\n{types}"))
  };
  for line in call_every_kind("native").lines() {
    let [kind, taking, giving] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
    let it = Kind::from_name(kind).expect("the kinds are those of the table").description();
    // The author's own types stand where the values are any.
    if it.name == "value" {
      continue;
    }
    if let Some(passed) = it.parameter {
      assert!(method(taking).contains(&format!(": {}", passed.typescript)), "{kind}: {}", method(taking));
    }
    if let Some(given) = it.result {
      assert!(method(giving).ends_with(&format!("): {};", given.typescript)), "{kind}: {}", method(giving));
    }
  }
}
