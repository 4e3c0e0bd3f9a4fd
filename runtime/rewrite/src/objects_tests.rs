//! Tests of what is put into modules that make objects, and of what they may make.

use crate::options::Options;
use crate::rewrite_error::RewriteError;
use crate::rewrite_tests::checked;
use crate::rewrite_tests::refused;
use crate::rewrite_tests::rewritten;

const OBJECTS: Options = Options { objects: true, ..Options::NONE };
const TYPES: &str = r#"(type $s (struct (field (mut i32)) (field v128) (field i8))) (type $b (array (mut i8))) (type $w (array i64))
  (type $f (array funcref)) (data $d "x") (elem $e func)"#;

#[test]
fn a_check_follows_whatever_makes_an_object() {
  for (instruction, name) in [
    ("(struct.new $s (i32.const 1) (v128.const i64x2 1 2) (i32.const 3))", "StructNew"),
    ("(struct.new_default $s)", "StructNewDefault"),
    ("(array.new $b (i32.const 1) (local.get 0))", "ArrayNew"),
    ("(array.new_default $w (local.get 0))", "ArrayNewDefault"),
    ("(array.new_fixed $w 2 (i64.const 1) (i64.const 2))", "ArrayNewFixed"),
    ("(array.new_data $b $d (i32.const 0) (local.get 0))", "ArrayNewData"),
    ("(array.new_elem $f $e (i32.const 0) (local.get 0))", "ArrayNewElem"),
  ] {
    let text = format!("(module {TYPES} (func (param i32) (drop {instruction}) (drop {instruction})))");
    for options in [OBJECTS, Options { deadline: true, ..OBJECTS }] {
      let result = rewritten(&text, &options);
      assert_eq!(checked(&result), [[name, name]]);
      assert!(result.summary.effects.allocates && result.interrupt_memory.is_some(), "{name}");
    }
    let result = rewritten(&text, &Options::NONE);
    assert!(result.summary.effects.allocates && result.checks == 0, "{name}");
  }
}

#[test]
fn what_has_no_types_of_objects_is_left_as_it_is() {
  let result = rewritten("(module (func (loop (br 0))))", &OBJECTS);
  assert_eq!((result.interrupt_memory, result.checks), (None, 0));
  // A loop is where V8 itself looks; the rewriter does not tell one kind of check from another.
  let result = rewritten("(module (type (struct (field i32))) (func (loop (br 0))))", &OBJECTS);
  assert_eq!((result.interrupt_memory, result.checks), (Some(0), 1));
  // One without fields takes memory, too.
  let result = rewritten("(module (type $s (struct)) (func (drop (struct.new $s))))", &OBJECTS);
  assert_eq!((result.interrupt_memory, result.checks), (Some(0), 1));
}

#[test]
fn objects_of_constant_expressions_are_limited_all_together() {
  let of = |parts: &str| format!("(module {TYPES} (table $t 9 (ref null $w)) {parts})");
  let most = "(global (ref $w) (array.new_default $w (i32.const 4000000)))";
  for parts in [
    most.repeat(2),
    "(global (ref $b) (array.new $b (i32.const 1) (i32.const 64000000)))".to_string(),
    "(global (ref $s) (struct.new_default $s))".repeat(1000),
    "(global (ref $w) (array.new_fixed $w 2 (i64.const 1) (i64.const 2)))".repeat(1000),
    "(global i32 (i32.const 7)) (global (ref i31) (ref.i31 (global.get 0)))".to_string(),
  ] {
    rewritten(&of(&parts), &OBJECTS);
  }
  for parts in [
    "(global (ref $w) (array.new_default $w (i32.const 100000000)))".to_string(),
    "(global (ref $w) (array.new_default $w (i32.const -1)))".to_string(),
    most.repeat(3),
    format!(
      "{most}{most}(elem (table $t) (i32.const 0) (ref null $w) (item (array.new_default $w (i32.const 4000000))))"
    ),
    format!("{most}{most}(elem (ref null $w) (item (array.new $w (i64.const 1) (i32.const 4000000))))"),
    format!("{most}{most}(elem declare (ref null $w) (item (array.new $w (i64.const 1) (i32.const 4000000))))"),
    format!("(table 1 (ref $w) (array.new_default $w (i32.const 4000000))){most}{most}"),
    "(global (ref $b) (array.new_default $b (i32.const 9000)))".repeat(10_000),
  ] {
    let error = refused(&of(&parts), &OBJECTS);
    assert!(matches!(error, RewriteError::ConstantObjects { allowed: 0x400_0000, .. }), "{error}");
  }
}

#[test]
fn lengths_of_arrays_in_constant_expressions_are_written_there() {
  for (length, make) in [
    ("(global.get 0)", "array.new_default $w"),
    ("(i32.add (i32.const 1) (i32.const 2))", "array.new_default $w"),
    ("(i32.mul (global.get 0) (i32.const 2))", "array.new $w (i64.const 1)"),
  ] {
    let text = format!(r#"(module {TYPES} (import "a" "b" (global i32)) (global (ref $w) ({make} {length})))"#);
    let error = refused(&text, &OBJECTS);
    assert!(matches!(error, RewriteError::ConstantLength { .. }), "{error}");
    assert!(rewritten(&text, &Options::NONE).summary.effects.allocates);
  }
}

#[test]
fn objects_hold_no_exceptions() {
  let keeps = |text: &str| rewritten(text, &OBJECTS).summary.effects.keeps_exceptions;
  assert!(keeps("(module (type (struct (field i32) (field exnref))))"));
  assert!(keeps("(module (type (array (mut (ref null exn)))))"));
  assert!(keeps("(module (rec (type (func)) (type (sub (struct (field (ref exn)))))))"));
  assert!(!keeps("(module (type (struct (field anyref) (field externref) (field i8))) (type (array i16)))"));
}
