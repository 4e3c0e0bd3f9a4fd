//! Core modules that say which world they are for.

use component_plan::ExportItem;
use component_plan::Kind;
use component_plan::ModuleRole;
use component_plan::PlanError;
use component_plan::classify;

use crate::inputs::binary;
use crate::inputs::of_world;
use crate::inputs::planned;

const WIT: &str = r#"
  package test:greeter@1.2.3;
  interface host { log: func(line: string); }
  world greeter {
    import host;
    export greet: func(name: string) -> option<u32>;
  }"#;

const MODULE: &str = r#"(module
  (import "test:greeter/host@1.2.3" "log" (func (param i32 i32)))
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
  (func (export "greet") (param i32 i32) (result i32) unreachable))"#;

#[test]
fn bytes_are_told_apart() {
  assert_eq!(classify(&binary("(component)")), Kind::Component);
  assert_eq!(classify(&of_world(MODULE, WIT)), Kind::ModuleWithComponentType);
  assert_eq!(classify(&binary(MODULE)), Kind::Module);
  for other in [&b""[..], b"\0asm", b"\0asm\x02\0\0\0", b"MZ", b"(module)"] {
    assert_eq!(classify(other), Kind::Other, "{other:?}");
  }
}

#[test]
fn a_module_is_made_a_component() {
  let planned = planned(&of_world(MODULE, WIT)).expect("there is a plan");
  let plan = &planned.plan;
  assert_eq!(plan.imports[0].name.full, "test:greeter/host@1.2.3");
  assert_eq!(plan.exports[0].name.full, "greet");
  assert!(matches!(plan.exports[0].item, ExportItem::Function { .. }));
  assert_eq!(plan.modules[0].role, ModuleRole::Code);
  // Lowering an import that reads memory needs a shim.
  assert!(plan.modules[1..].iter().all(|module| module.role == ModuleRole::Forwarding), "{:?}", plan.modules);
}

#[test]
fn a_module_that_uses_preview_1_gets_an_adapter() {
  let wit = "package test:w; world w { export run: func(); }";
  for (start, command) in [("", false), (r#"(func (export "_start"))"#, true)] {
    let module = format!(
      r#"(module
        (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        {start}
        (func (export "run")))"#
    );
    let plan = planned(&of_world(&module, wit)).expect("there is a plan").plan;
    let imports: Vec<&str> = plan.imports.iter().map(|import| import.name.full.as_str()).collect();
    assert!(imports.iter().any(|name| name.starts_with("wasi:random/random@0.2.")), "{imports:?}");
    let exports: Vec<&str> = plan.exports.iter().map(|export| export.name.full.as_str()).collect();
    assert!(exports.contains(&"run"), "{exports:?}");
    assert_eq!(exports.iter().any(|name| name.starts_with("wasi:cli/run@0.2.")), command, "{exports:?}");
  }
}

#[test]
fn a_module_that_does_not_fit_its_world_is_refused() {
  let module = r#"(module (memory (export "memory") 1))"#;
  let Err(PlanError::NotOfItsWorld(why)) = planned(&of_world(module, WIT)) else { panic!("it has no greet") };
  assert!(why.contains("greet"), "{why}");
}

#[test]
fn a_module_of_no_world_is_refused() {
  assert_eq!(planned(&binary(MODULE)), Err(PlanError::NotAComponent));
  assert_eq!(planned(b"nothing"), Err(PlanError::NotAComponent));
}

#[test]
fn a_module_that_could_run_long_is_code() {
  let text = |body: &str, memory: &str| {
    format!(
      r#"(component (core module $m {memory} (table 1 funcref) (type $t (func (param i32)))
        (func (export "f") (param i32) {body})) (core instance (instantiate $m)))"#
    )
  };
  let role = |text: &str| crate::inputs::plan(text).modules[0].role;
  let forwarding = "(call_indirect (type $t) (local.get 0) (i32.const 0))";
  assert_eq!(role(&text(forwarding, "")), ModuleRole::Forwarding);
  assert_eq!(role(&text(forwarding, "(memory 1)")), ModuleRole::Code);
  assert_eq!(role(&text("(loop (br 0))", "")), ModuleRole::Code);
  assert_eq!(role(&text(&format!("{forwarding} {forwarding}"), "")), ModuleRole::Code);
}
