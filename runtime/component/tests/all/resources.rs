//! Resources of the host's and of the component's own.

use component_plan::CoreDefinition;
use component_plan::ExportItem;
use component_plan::ImportItem;
use component_plan::Initializer;
use component_plan::NameForm;
use component_plan::Plan;
use component_plan::Resource;
use component_plan::ResourceTable;
use component_plan::Shape;
use component_plan::Trampoline;

use crate::inputs::binary;
use crate::inputs::plan;
use crate::inputs::planned;

const BOTH: &str = r#"(component
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "input-stream" (type $stream (sub resource)))
    (export "[method]input-stream.read" (func (param "self" (borrow $stream)) (param "len" u64) (result u32)))
    (export "[constructor]input-stream" (func (result (own $stream))))
    (export "[static]input-stream.merge" (func (param "a" (own $stream)) (param "b" (own $stream))))))
  (alias export $streams "input-stream" (type $stream))
  (alias export $streams "[method]input-stream.read" (func $read))
  (core func $read (canon lower (func $read)))
  (core func $drop (canon resource.drop $stream))
  (core module $destructor (func (export "destroy") (param i32)))
  (core instance $destructor (instantiate $destructor))
  (alias core export $destructor "destroy" (core func $destroy))
  (type $blob' (resource (rep i32) (dtor (core func $destroy))))
  (core func $new (canon resource.new $blob'))
  (core func $rep (canon resource.rep $blob'))
  (core module $main
    (import "host" "read" (func (param i32 i64) (result i32)))
    (import "host" "drop" (func (param i32)))
    (import "own" "new" (func (param i32) (result i32)))
    (import "own" "rep" (func (param i32) (result i32)))
    (func (export "make") (result i32) unreachable))
  (core instance $main (instantiate $main
    (with "host" (instance (export "read" (func $read)) (export "drop" (func $drop))))
    (with "own" (instance (export "new" (func $new)) (export "rep" (func $rep))))))
  (export $blob "blob" (type $blob'))
  (func (export "[constructor]blob") (result (own $blob)) (canon lift (core func $main "make")))
)"#;

#[test]
fn resources_of_both_sides_have_tables() {
  let plan = plan(BOTH);
  assert_eq!(
    plan.resources,
    [Resource::Imported { import: 0, path: vec!["input-stream".to_string()] }, Resource::Defined { instance: 0 }]
  );
  let of = |resource| ResourceTable::Concrete { resource, instance: 0 };
  assert_eq!(plan.resource_tables, [of(0), of(1)]);
  let destructor = plan.initializers.iter().find_map(|step| match step {
    Initializer::Resource { resource: 1, instance: 0, destructor } => destructor.clone(),
    _ => None,
  });
  assert_eq!(destructor, Some(export(0, "destroy")));
}

#[test]
fn core_modules_get_the_functions_that_handles_need() {
  let plan = plan(BOTH);
  let imports = imports_of(&plan, 1);
  let kinds: Vec<&Trampoline> = imports
    .iter()
    .map(|value| match value {
      CoreDefinition::Trampoline { index } => &plan.trampolines[*index as usize],
      other => panic!("not of the host: {other:?}"),
    })
    .collect();
  assert!(matches!(kinds[0], Trampoline::LowerImport { import: 0, .. }), "{kinds:?}");
  assert_eq!(kinds[1], &Trampoline::ResourceDrop { table: 0, instance: 0 });
  assert_eq!(kinds[2], &Trampoline::ResourceNew { table: 1, instance: 0 });
  assert_eq!(kinds[3], &Trampoline::ResourceRep { table: 1, instance: 0 });
}

#[test]
fn names_say_what_functions_are_of_a_resource() {
  let plan = plan(BOTH);
  let streams = &plan.imports[0];
  let interface = NameForm::Interface {
    package: "wasi:io".to_string(),
    interface: "streams".to_string(),
    version: Some("0.2.3".to_string()),
  };
  assert_eq!(streams.name.form, interface);
  let ImportItem::Instance { items } = &streams.item else { panic!("{streams:?}") };
  let resource = "input-stream".to_string();
  let forms: Vec<&NameForm> = items.iter().map(|item| &item.name.form).collect();
  let expected = [
    NameForm::Plain,
    NameForm::Method { resource: resource.clone(), member: "read".to_string() },
    NameForm::Constructor { resource: resource.clone() },
    NameForm::Static { resource, member: "merge".to_string() },
  ];
  assert!(forms.iter().copied().eq(&expected), "{forms:?}");
  // Only what core modules call is lowered.
  assert_eq!(plan.imported_functions.len(), 1);
  assert_eq!(plan.imported_functions[0].path, ["[method]input-stream.read"]);
}

#[test]
fn an_exported_function_gives_a_handle_of_its_resource() {
  let plan = plan(BOTH);
  let make = plan.exports.iter().find(|export| export.name.full == "[constructor]blob").expect("it is exported");
  let ExportItem::Function { function, value, .. } = &make.item else { panic!("{make:?}") };
  assert_eq!(value, &export(1, "make"));
  let result = plan.functions[*function as usize].result.expect("it has a result");
  assert_eq!(plan.types[result as usize].shape, Shape::Own { table: 1 });
  assert!(plan.exports.iter().any(|export| matches!(export.item, ExportItem::Resource { table: 1 })));
}

#[test]
fn a_plan_is_the_same_after_json() {
  let planned = planned(&binary(BOTH)).expect("there is a plan");
  let text = planned.plan.to_json();
  assert_eq!(Plan::from_json(&text).as_ref(), Some(&planned.plan));
  let version = format!("\"version\":{}", planned.plan.version);
  assert_eq!(Plan::from_json(&text.replacen(&version, "\"version\":0", 1)), None);
  for (module, bytes) in planned.plan.modules.iter().zip(&planned.modules) {
    assert_eq!(module.size as usize, bytes.len());
    assert_eq!(component_plan::classify(bytes), component_plan::Kind::Module);
  }
}

fn export(instance: u32, name: &str) -> CoreDefinition {
  CoreDefinition::Export { instance, name: name.to_string() }
}

fn imports_of(plan: &Plan, module: u32) -> Vec<CoreDefinition> {
  let imports = plan.initializers.iter().find_map(|step| match step {
    Initializer::Instantiate { module: it, imports, .. } if *it == module => Some(imports),
    _ => None,
  });
  imports.expect("the module is instantiated").iter().map(|import| import.value.clone()).collect()
}
