//! What is not here is named.

use component_plan::PlanError;

use crate::inputs::binary;
use crate::inputs::of_world;
use crate::inputs::planned;
use crate::inputs::refusal;

#[track_caller]
fn assert_unsupported(text: &str, expected: &str) {
  match refusal(text) {
    PlanError::Unsupported { feature } => assert!(feature.contains(expected), "{feature:?} does not say {expected:?}"),
    other => panic!("{expected}: {other:?}"),
  }
}

#[test]
fn wasi_0_3_is_refused_by_name_and_version() {
  for (direction, version) in [("import", "0.3.0"), ("import", "0.3.0-rc-2026-03-15"), ("export", "0.3.1")] {
    let name = format!("wasi:http/types@{version}");
    let text = match direction {
      "import" => format!(r#"(component (import "{name}" (instance (export "f" (func async)))))"#),
      _ => format!(r#"(component (instance $i) (export "{name}" (instance $i)))"#),
    };
    match refusal(&text) {
      PlanError::UnsupportedInterface { direction: found, name: full, .. } => {
        assert_eq!((found, full), (direction, name));
      }
      other => panic!("{text}: {other:?}"),
    }
  }
}

#[test]
fn a_module_of_wasi_0_3_is_refused_by_name_and_version() {
  let module = r#"(module (import "wasi:clocks/monotonic-clock@0.3.0" "now" (func (result i64))))"#;
  let wit = "package a:b; world w {}";
  let error = planned(&of_world(module, wit)).expect_err("it is of another WASI");
  assert!(error.to_string().contains("wasi:clocks/monotonic-clock@0.3.0"), "{error}");
}

#[test]
fn other_versions_are_for_the_host_to_judge() {
  for name in
    ["wasi:http/types@0.2.0", "wasi:http/types@0.2.0-rc-2023-10-18", "wasi:keyvalue/store@0.2.0-draft2", "a:b/c@0.3.0"]
  {
    let text = format!(r#"(component (import "{name}" (instance (export "f" (func)))))"#);
    assert_eq!(planned(&binary(&text)).map(|planned| planned.plan.imports[0].name.full.clone()), Ok(name.to_string()));
  }
}

#[test]
fn async_is_refused_by_what_uses_it() {
  assert_unsupported(r#"(component (import "f" (func async)))"#, "async functions");
  assert_unsupported(r#"(component (import "f" (func (param "x" (stream u8)))))"#, "streams");
  assert_unsupported(r#"(component (import "f" (func (result (future)))))"#, "futures");
  assert_unsupported(r#"(component (import "f" (func (result error-context))))"#, "error contexts");
  assert_unsupported(
    r#"(component (import "i" (instance (type $s (stream u8)) (export "f" (func (param "x" $s))))))"#,
    "streams",
  );
  assert_unsupported(
    r#"(component
      (import "f" (func $f))
      (core module $m (memory (export "memory") 1))
      (core instance $m (instantiate $m))
      (core func (canon lower (func $f) async (memory (core memory $m "memory")))))"#,
    "async functions",
  );
  assert_unsupported("(component (core func (canon waitable-set.new)))", "waitable-set-new");
  assert_unsupported("(component (core func (canon backpressure.inc)))", "backpressure-inc");
  assert_unsupported("(component (core func (canon context.get i32 0)))", "context-get");
}

#[test]
fn threads_are_refused() {
  assert_unsupported("(component (core func (canon thread.available_parallelism)))", "threads");
  assert_unsupported("(component (core func (canon thread.index)))", "threads");
}

#[test]
fn a_module_with_async_names_is_refused() {
  let module = r#"(module (import "$root" "[async-lower]f" (func)))"#;
  let error = planned(&of_world(module, "package a:b; world w { import f: func(); }")).expect_err("it is async");
  assert!(error.to_string().contains("[async-lower]f"), "{error}");
}

#[test]
fn garbage_collected_values_are_refused() {
  let text = r#"(component
    (import "f" (func $f (param "x" string)))
    (core type $t (func (param externref)))
    (core func (canon lower (func $f) gc (core-type $t))))"#;
  assert_unsupported(text, "garbage-collected");
}

#[test]
fn modules_and_components_are_no_imports_or_exports() {
  assert_unsupported(r#"(component (import "m" (core module)))"#, "core modules as imports");
  assert_unsupported(r#"(component (core module $m) (export "m" (core module $m)))"#, "core modules as imports");
  assert_unsupported(r#"(component (import "c" (component)))"#, "components as imports");
  assert_unsupported(r#"(component (component $c) (export "c" (component $c)))"#, "components as imports");
  assert_unsupported(
    r#"(component (component $c (import "m" (core module))) (core module $m)
      (instance (instantiate $c (with "m" (core module $m)))))"#,
    "core modules as imports",
  );
  assert_unsupported(r#"(component (import "i" (instance (export "m" (core module)))))"#, "core modules as imports");
}

#[test]
fn a_reexported_import_is_refused() {
  let error = refusal(r#"(component (import "f" (func $f)) (export "g" (func $f)))"#);
  assert!(matches!(&error, PlanError::Untranslated(why) if why.contains("reexport")), "{error:?}");
}

#[test]
fn what_is_not_valid_is_refused_with_its_place() {
  let mut bytes = binary(r#"(component (import "f" (func)))"#);
  let end = bytes.len();
  bytes[end - 1] = 0x55;
  assert!(matches!(planned(&bytes), Err(PlanError::Invalid { offset, .. }) if offset > 8), "{:?}", planned(&bytes));
}
