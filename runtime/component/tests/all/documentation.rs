//! The WIT of what a plan can be made of.

use component_plan::Documentation;
use component_plan::Limits;
use component_plan::PlanError;
use component_plan::wit;

use crate::inputs::assert_undescribed;
use crate::inputs::binary;
use crate::inputs::of_world;
use crate::inputs::planned;

pub(crate) const WIT: &str = r#"
  package docs:adder@0.1.0;

  /// Adds.
  interface add {
    /// Where a number is.
    record point {
      /// To the right.
      x: u32,
      y: u32,
    }
    /// The sum of both.
    add: func(x: u32, y: u32) -> u32;
  }

  /// What the plugin does.
  world adder {
    export add;
    /// Begins.
    export run: func();
  }"#;

pub(crate) const MODULE: &str = r#"(module
  (func (export "docs:adder/add@0.1.0#add") (param i32 i32) (result i32) unreachable)
  (func (export "run")))"#;

fn limits() -> Limits {
  Limits::default()
}

#[test]
fn the_wit_of_a_module_is_that_of_its_world() {
  let text = wit(&of_world(MODULE, WIT), &limits()).expect("it has a world");
  for line in ["package docs:adder@0.1.0 {", "add: func(x: u32, y: u32) -> u32;", "export run: func();"] {
    assert!(text.contains(line), "{line:?} is not in\n{text}");
  }
}

#[test]
fn the_wit_of_a_component_is_told_from_its_types() {
  let text = r#"(component
    (import "wasi:io/streams@0.2.3" (instance $i
      (export "input-stream" (type $r (sub resource)))
      (export "[method]input-stream.read" (func (param "self" (borrow $r)) (result (list u8)))))))"#;
  let text = wit(&binary(text), &limits()).expect("it has types");
  for line in ["import wasi:io/streams@0.2.3;", "resource input-stream {", "read: func() -> list<u8>;"] {
    assert!(text.contains(line), "{line:?} is not in\n{text}");
  }
}

#[test]
fn the_wit_of_what_cannot_run_here_is_told_too() {
  let bytes = binary(
    r#"(component (import "wasi:cli/stdout@0.3.0" (instance (export "f" (func async (param "x" (stream u8)))))))"#,
  );
  assert!(planned(&bytes).is_err());
  let text = wit(&bytes, &limits()).expect("it has types");
  assert!(text.contains("f: async func(x: stream<u8>);"), "{text}");
}

/// The comments of a package in binary form.
pub(crate) fn of_package(wit: &str) -> Documentation {
  let mut resolve = wit_parser::Resolve::default();
  let package = resolve.push_str("test.wit", wit).expect("it is WIT");
  let binary = wit_component::encode(&resolve, package).expect("a package has a binary form");
  Documentation::of_binary(&binary, &limits()).expect("it is a package")
}

#[test]
fn comments_are_found_by_what_they_are_of() {
  let documentation = of_package(WIT);
  let expected = [
    ("adder", "What the plugin does."),
    ("adder#run", "Begins."),
    ("docs:adder/add@0.1.0", "Adds."),
    ("docs:adder/add@0.1.0#add", "The sum of both."),
    ("docs:adder/add@0.1.0#point", "Where a number is."),
    ("docs:adder/add@0.1.0#point.x", "To the right."),
  ];
  assert!(documentation.comments().eq(expected), "{documentation:?}");
}

#[test]
fn a_component_without_comments_has_none() {
  for bytes in [of_world(MODULE, WIT), binary("(component)")] {
    let documentation = Documentation::of_binary(&bytes, &limits()).expect("it has a world");
    assert_eq!(documentation.comments().next(), None);
  }
}

#[test]
fn other_bytes_have_no_wit() {
  assert_eq!(wit(&binary("(module)"), &limits()), Err(PlanError::NotAComponent));
}

#[test]
fn what_wit_has_no_words_for_is_refused() {
  for text in [
    r#"(component (type $f (func)) (export "f" (type $f)))"#,
    r#"(component (import "i" (instance (type $f (func)) (export "f" (type (eq $f))))))"#,
    r#"(component (type $c (component)) (import "c" (type (eq $c))))"#,
    r#"(component (type $c (component)) (export "a:b/c" (type $c)))"#,
    r#"(component (type $c (component (export "a:b/w" (component)))) (export "v" (type $c)) (export "w" (type $c)))"#,
    r#"(component (type $c (component (export "f" (func)))) (export "w" (type $c)))"#,
    r#"(component (type $i (instance)) (export "i" (type $i)))"#,
    r#"(component (instance $i) (type $c (component)) (export "c" (type $c)) (export "i" (instance $i)))"#,
    r#"(component (type $c (component)) (type $f (func)) (export "c" (type $c)) (export "f" (type $f)))"#,
    r#"(component
      (import "f" (func $f)) (type $c (component)) (export "c" (type $c)))"#,
    r#"(component (import "r" (type $r (sub resource))) (export "r" (type $r)))"#,
    r#"(component
      (import "i" (instance $i (export "r" (type (sub resource)))))
      (export "a" (instance $i))
      (export "b" (instance $i)))"#,
  ] {
    assert_undescribed(wit(&binary(text), &limits()), text);
  }
}
