//! Components of several component instances, and the adapters between them.

use component_plan::CoreDefinition;
use component_plan::Initializer;
use component_plan::ModuleRole;
use component_plan::Plan;
use component_plan::ResourceTable;
use component_plan::Trampoline;
use component_plan::Transcode;

use crate::inputs::plan;

/// One component calls another's functions; their strings are encoded as said.
fn linked(caller: &str, callee: &str) -> String {
  format!(
    r#"(component
  (component $callee
    (core module $m
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "echo") (param i32 i32) (result i32) unreachable)
      (func (export "look") (param i32)))
    (core instance $i (instantiate $m))
    (type $r' (resource (rep i32)))
    (export $r "r" (type $r'))
    (core func $new (canon resource.new $r'))
    (func (export "echo") (param "x" string) (result string)
      (canon lift (core func $i "echo") string-encoding={callee} (memory (core memory $i "memory"))
        (realloc (core func $i "realloc"))))
    (func (export "look") (param "x" (borrow $r)) (canon lift (core func $i "look")))
    (func (export "make") (param "x" u32) (result (own $r)) (canon lift (core func $new))))
  (component $caller
    (import "callee" (instance $callee
      (export "r" (type $r (sub resource)))
      (export "echo" (func (param "x" string) (result string)))
      (export "look" (func (param "x" (borrow $r))))
      (export "make" (func (param "x" u32) (result (own $r))))))
    (core module $memory
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $memory (instantiate $memory))
    (core func $echo (canon lower (func $callee "echo") string-encoding={caller} (memory (core memory $memory "memory"))
      (realloc (core func $memory "realloc"))))
    (core func $look (canon lower (func $callee "look")))
    (core func $make (canon lower (func $callee "make")))
    (core module $m
      (import "callee" "echo" (func (param i32 i32 i32)))
      (import "callee" "look" (func (param i32)))
      (import "callee" "make" (func (param i32) (result i32)))
      (func (export "run")))
    (core instance $i (instantiate $m (with "callee" (instance
      (export "echo" (func $echo)) (export "look" (func $look)) (export "make" (func $make))))))
    (func (export "run") (canon lift (core func $i "run"))))
  (instance $a (instantiate $callee))
  (instance $b (instantiate $caller (with "callee" (instance $a))))
  (func (export "run") (alias export $b "run"))
)"#
  )
}

fn transcodes(plan: &Plan) -> Vec<Transcode> {
  let ops = plan.trampolines.iter().filter_map(|trampoline| match trampoline {
    Trampoline::Transcode { op, .. } => Some(*op),
    _ => None,
  });
  ops.collect()
}

#[test]
fn calls_between_instances_go_through_a_fused_adapter() {
  let plan = plan(&linked("utf8", "utf8"));
  let fused: Vec<usize> = (0..plan.modules.len()).filter(|it| plan.modules[*it].role == ModuleRole::Fused).collect();
  assert_eq!(fused.len(), 1, "{:?}", plan.modules);
  let (instance, imports) = plan
    .initializers
    .iter()
    .find_map(|step| match step {
      Initializer::Instantiate { module, instance, imports } if *module as usize == fused[0] => {
        Some((instance, imports))
      }
      _ => None,
    })
    .expect("the adapter is instantiated");
  assert_eq!(*instance, None);
  for flags in [1, 2] {
    assert!(imports.iter().any(|it| it.value == CoreDefinition::InstanceFlags { instance: flags }), "{imports:?}");
  }
  assert_eq!(plan.component_instances, 3);
}

#[test]
fn handles_pass_from_instance_to_instance() {
  let plan = plan(&linked("utf8", "utf8"));
  for expected in [
    Trampoline::ResourceTransferOwn,
    Trampoline::ResourceTransferBorrow,
    Trampoline::EnterSyncCall,
    Trampoline::ExitSyncCall,
  ] {
    assert!(plan.trampolines.contains(&expected), "{expected:?} is not in {:?}", plan.trampolines);
  }
  let instances: Vec<u32> = plan
    .resource_tables
    .iter()
    .filter_map(|table| match table {
      ResourceTable::Concrete { resource: 0, instance } => Some(*instance),
      _ => None,
    })
    .collect();
  assert!(instances.contains(&1) && instances.contains(&2), "{instances:?}");
  let trap = plan.trampolines.iter().find_map(|trampoline| match trampoline {
    Trampoline::Trap { messages } => Some(messages),
    _ => None,
  });
  let messages = trap.expect("an adapter may trap");
  assert!(messages.iter().any(|it| it.message == "cannot leave component instance"), "{messages:?}");
}

#[test]
fn strings_pass_from_encoding_to_encoding() {
  use Transcode::*;
  for (caller, callee, expected) in [
    ("utf8", "utf8", &[CopyUtf8][..]),
    ("utf8", "utf16", &[Utf8ToUtf16, Utf16ToUtf8]),
    ("utf8", "latin1+utf16", &[Utf8ToLatin1, Utf8ToCompactUtf16, Utf16ToUtf8, Latin1ToUtf8]),
    ("utf16", "utf16", &[CopyUtf16]),
    ("utf16", "latin1+utf16", &[Utf16ToLatin1, Utf16ToCompactUtf16, CopyUtf16, Latin1ToUtf16]),
    ("latin1+utf16", "latin1+utf16", &[Utf16ToCompactProbablyUtf16, CopyLatin1]),
  ] {
    let found = transcodes(&plan(&linked(caller, callee)));
    for op in expected {
      assert!(found.contains(op), "{caller} to {callee}: {op:?} is not in {found:?}");
    }
  }
}

#[test]
fn two_instances_of_one_component_are_apart() {
  let plan = plan(
    r#"(component
      (component $c
        (core module $m (memory (export "memory") 1) (func (export "f")))
        (core instance $i (instantiate $m))
        (type $r (resource (rep i32)))
        (export "r" (type $r))
        (func (export "f") (canon lift (core func $i "f"))))
      (instance $a (instantiate $c))
      (instance $b (instantiate $c))
      (export "a" (instance $a))
      (export "b" (instance $b)))"#,
  );
  assert_eq!((plan.modules.len(), plan.component_instances, plan.resources.len()), (1, 3, 2));
  let instances = plan.initializers.iter().filter(|step| matches!(step, Initializer::Instantiate { module: 0, .. }));
  assert_eq!(instances.count(), 2);
}

#[test]
fn lists_of_a_fixed_length_pass_on_the_stack_and_in_memory() {
  for (ty, core) in [("(list u8 4)", "i32 i32 i32 i32"), ("(list string 20)", "i32")] {
    let text = format!(
      r#"(component
        (component $callee
          (core module $m
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
            (func (export "f") (param {core})))
          (core instance $i (instantiate $m))
          (type $t {ty})
          (func (export "f") (param "x" $t)
            (canon lift (core func $i "f") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
        (component $caller
          (type $t {ty})
          (import "f" (func $f (param "x" $t)))
          (core module $memory (memory (export "memory") 1))
          (core instance $memory (instantiate $memory))
          (core func $f (canon lower (func $f) (memory (core memory $memory "memory"))))
          (core module $m (import "" "f" (func (param {core}))) (func (export "run")))
          (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
          (func (export "run") (canon lift (core func $i "run"))))
        (instance $a (instantiate $callee))
        (instance $b (instantiate $caller (with "f" (func $a "f"))))
        (func (export "run") (alias export $b "run")))"#
    );
    let plan = plan(&text);
    assert!(plan.modules.iter().any(|module| module.role == ModuleRole::Fused), "{ty}: {:?}", plan.modules);
  }
}
