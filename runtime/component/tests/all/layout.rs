//! The layout of types in memory and as core values.

use component_plan::CoreSignature;
use component_plan::CoreType;
use component_plan::CoreType::F32;
use component_plan::CoreType::F64;
use component_plan::CoreType::I32;
use component_plan::CoreType::I64;
use component_plan::Function;
use component_plan::ImportItem;
use component_plan::Plan;
use component_plan::Shape;
use component_plan::Type;

use crate::inputs::importing;
use crate::inputs::plan;

/// The first parameter's type of an imported function.
fn parameter(types: &str, ty: &str) -> (Plan, Type) {
  let plan = plan(&importing(types, &format!("(param \"x\" {ty})")));
  let ty = plan.types[function(&plan).params[0].ty as usize].clone();
  (plan, ty)
}

fn function(plan: &Plan) -> &Function {
  let import = plan.imports.iter().find(|import| import.name.full == "f").expect("the function is imported");
  let ImportItem::Function { function } = import.item else { panic!("not a function: {import:?}") };
  &plan.functions[function as usize]
}

#[track_caller]
fn assert_layout(types: &str, ty: &str, size: u32, align: u32, flat: Option<&[CoreType]>) -> Shape {
  let (_, ty) = parameter(types, ty);
  assert_eq!((ty.size, ty.align, ty.flat.as_deref()), (size, align, flat), "{types}");
  ty.shape
}

#[test]
fn scalars_have_the_size_of_their_type() {
  for (ty, size, flat) in [
    ("bool", 1, I32),
    ("s8", 1, I32),
    ("u8", 1, I32),
    ("s16", 2, I32),
    ("u16", 2, I32),
    ("s32", 4, I32),
    ("u32", 4, I32),
    ("s64", 8, I64),
    ("u64", 8, I64),
    ("f32", 4, F32),
    ("f64", 8, F64),
    ("char", 4, I32),
  ] {
    assert_layout("", ty, size, size, Some(&[flat]));
  }
  assert_eq!(assert_layout("", "string", 8, 4, Some(&[I32, I32])), Shape::String);
}

#[test]
fn fields_stand_at_multiples_of_their_alignment() {
  let types = r#"(type $r' (record (field "a" u8) (field "b-c" u64) (field "d" string) (field "e" u8)))
    (import "r" (type $r (eq $r')))"#;
  let Shape::Record { fields } = assert_layout(types, "$r", 32, 8, Some(&[I32, I64, I32, I32, I32])) else {
    panic!("not a record")
  };
  let fields: Vec<_> = fields.iter().map(|field| (field.name.as_str(), field.offset)).collect();
  assert_eq!(fields, [("a", 0), ("b-c", 8), ("d", 16), ("e", 24)]);
  let Shape::Tuple { items } = assert_layout("(type $t (tuple u8 u16 u8))", "$t", 6, 2, Some(&[I32, I32, I32])) else {
    panic!("not a tuple")
  };
  assert_eq!(items.iter().map(|item| item.offset).collect::<Vec<_>>(), [0, 2, 4]);
}

#[test]
fn payloads_of_cases_share_core_values() {
  let types = r#"(type $v' (variant (case "none") (case "i" u32) (case "f" f32) (case "d" f64) (case "s" string)))
    (import "v" (type $v (eq $v')))"#;
  let shape = assert_layout(types, "$v", 16, 8, Some(&[I32, I64, I32]));
  let Shape::Variant { discriminant, payload_offset, cases } = shape else { panic!("not a variant") };
  assert_eq!((discriminant, payload_offset), (1, 8));
  let names: Vec<_> = cases.iter().map(|case| (case.name.as_str(), case.ty.is_some())).collect();
  assert_eq!(names, [("none", false), ("i", true), ("f", true), ("d", true), ("s", true)]);
  let mixed = r#"(type $v' (variant (case "i" u32) (case "f" f32))) (import "v" (type $v (eq $v')))"#;
  assert_layout(mixed, "$v", 8, 4, Some(&[I32, I32]));
}

#[test]
fn discriminants_have_as_many_bytes_as_there_are_cases() {
  for (count, size) in [(1, 1), (256, 1), (257, 2)] {
    let names: String = (0..count).map(|index| format!("\"c{index}\" ")).collect();
    let types = format!("(type $e' (enum {names})) (import \"e\" (type $e (eq $e')))");
    let shape = assert_layout(&types, "$e", size, size, Some(&[I32]));
    assert!(matches!(shape, Shape::Enum { discriminant, names } if discriminant == size && names.len() == count));
  }
}

#[test]
fn options_and_results_are_variants() {
  let shape = assert_layout("(type $o (option u64))", "$o", 16, 8, Some(&[I32, I64]));
  assert!(matches!(shape, Shape::Option { payload_offset: 8, .. }), "{shape:?}");
  let shape = assert_layout("(type $r (result u8 (error string)))", "$r", 12, 4, Some(&[I32, I32, I32]));
  assert!(matches!(shape, Shape::Result { payload_offset: 4, ok: Some(_), err: Some(_) }), "{shape:?}");
  let shape = assert_layout("(type $r (result))", "$r", 1, 1, Some(&[I32]));
  assert_eq!(shape, Shape::Result { payload_offset: 1, ok: None, err: None });
}

#[test]
fn flags_have_a_bit_each() {
  for (count, size) in [(1, 1), (8, 1), (9, 2), (17, 4), (32, 4)] {
    let names: String = (0..count).map(|index| format!("\"f{index}\" ")).collect();
    let types = format!("(type $f' (flags {names})) (import \"flags\" (type $f (eq $f')))");
    let shape = assert_layout(&types, "$f", size, size, Some(&[I32]));
    assert!(matches!(shape, Shape::Flags { names } if names.len() == count));
  }
}

#[test]
fn lists_point_to_their_elements_or_hold_them() {
  let (plan, ty) = parameter("(type $l (list u16))", "$l");
  let Shape::List { element } = ty.shape else { panic!("not a list") };
  assert_eq!(plan.types[element as usize].shape, Shape::U16);
  assert_eq!((ty.size, ty.align), (8, 4));
  let flat = [I32; 5];
  let shape = assert_layout("(type $l (list u16 5))", "$l", 10, 2, Some(&flat));
  assert!(matches!(shape, Shape::FixedLengthList { length: 5, .. }), "{shape:?}");
}

#[test]
fn what_would_be_more_than_sixteen_core_values_is_passed_in_memory() {
  let fields = |count| (0..count).map(|index| format!("(param \"p{index}\" string)")).collect::<String>();
  let eight = plan(&importing("", &fields(8)));
  assert_eq!(function(&eight).flat_params.as_deref(), Some(&[I32; 16][..]));
  let nine = plan(&importing("", &format!("{} (result string)", fields(9))));
  let function = function(&nine);
  assert_eq!((&function.flat_params, &function.flat_result), (&None, &None));
  assert_eq!((function.params_size, function.params_align), (72, 4));
  assert_eq!(function.params[8].offset, 64);
  assert_eq!(function.lifted, signature(&[I32], &[I32]));
  assert_eq!(function.lowered, signature(&[I32, I32], &[]));
}

#[test]
fn one_core_value_is_returned_and_more_are_stored() {
  let scalar = plan(&importing("", "(param \"x\" u64) (result f32)"));
  let scalar = function(&scalar);
  assert_eq!(scalar.flat_result.as_deref(), Some(&[F32][..]));
  assert_eq!((&scalar.lifted, &scalar.lowered), (&signature(&[I64], &[F32]), &signature(&[I64], &[F32])));
  let text = plan(&importing("", "(param \"x\" u64) (result string)"));
  let text = function(&text);
  assert_eq!((&text.lifted, &text.lowered), (&signature(&[I64], &[I32]), &signature(&[I64, I32], &[])));
  let nothing = plan(&importing("", ""));
  let nothing = function(&nothing);
  assert_eq!((nothing.result, nothing.flat_result.as_deref()), (None, Some(&[][..])));
  assert_eq!(nothing.lifted, signature(&[], &[]));
}

fn signature(params: &[CoreType], results: &[CoreType]) -> CoreSignature {
  let json = serde_json::json!({ "params": params, "results": results });
  serde_json::from_value(json).expect("a signature reads")
}

#[test]
fn a_type_stands_after_what_it_is_made_of() {
  let types = r#"(type $a' (record (field "x" (list (option (tuple string u8))))))
    (import "a" (type $a (eq $a')))"#;
  let (plan, _) = parameter(types, "$a");
  for (index, ty) in plan.types.iter().enumerate() {
    let parts: Vec<u32> = match &ty.shape {
      Shape::List { element } => vec![*element],
      Shape::Option { some, .. } => vec![*some],
      Shape::Tuple { items } => items.iter().map(|item| item.ty).collect(),
      Shape::Record { fields } => fields.iter().map(|field| field.ty).collect(),
      _ => Vec::new(),
    };
    assert!(parts.iter().all(|part| (*part as usize) < index), "{index}: {ty:?}");
  }
}

#[test]
fn string_encodings_are_those_of_the_options() {
  for encoding in ["utf8", "utf16", "latin1+utf16"] {
    let text = format!(
      r#"(component
        (core module $m
          (memory (export "memory") 1)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
          (func (export "f") (param i32 i32) (result i32) unreachable)
          (func (export "after") (param i32)))
        (core instance $m (instantiate $m))
        (func (export "f") (param "x" string) (result string)
          (canon lift (core func $m "f") string-encoding={encoding} (memory (core memory $m "memory"))
            (realloc (core func $m "realloc")) (post-return (core func $m "after")))))"#
    );
    let plan = serde_json::to_value(plan(&text)).expect("a plan is JSON");
    let options = serde_json::json!({
      "instance": 0, "stringEncoding": encoding, "memory": 0, "realloc": 0, "postReturn": 0
    });
    assert_eq!(plan["options"], serde_json::json!([options]));
    for (kind, name) in [("memory", "memory"), ("realloc", "realloc"), ("post-return", "after")] {
      let value = serde_json::json!({ "kind": "export", "instance": 0, "name": name });
      let step = serde_json::json!({ "kind": kind, "index": 0, "value": value });
      assert!(plan["initializers"].as_array().is_some_and(|steps| steps.contains(&step)), "{plan:#}");
    }
  }
}
