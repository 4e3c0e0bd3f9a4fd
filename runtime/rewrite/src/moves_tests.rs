//! Tests of what V8's compilers would make of short code: values that are moved, and places that are remembered.

use crate::options::Options;
use crate::rewrite::rewrite;
use crate::rewrite_error::RewriteError;
use crate::rewrite_tests::refused;
use crate::rewrite_tests::rewritten;
use crate::rewrite_tests::wat;

const OBJECTS: Options = Options { objects: true, ..Options::NONE };

#[test]
fn fields_count_as_code_and_against_the_budget() {
  let fields = "(field i64)".repeat(2000);
  let text = |count: usize| {
    let make = "(drop (struct.new_default $s))".repeat(count);
    format!("(module (type $s (struct {fields})) (func {make}))")
  };
  rewritten(&text(400), &OBJECTS);
  let error = refused(&text(500), &OBJECTS);
  assert!(matches!(error, RewriteError::TooLarge { .. }) && error.to_string().contains("its function 0"), "{error}");
  // Where all objects are refused there is nothing to count.
  rewritten(&text(500), &Options::NONE);
  let spent = |count| rewritten(&text(count), &OBJECTS).host_bytes;
  let one = spent(2) - spent(1);
  assert!(one > 2000 * 8, "{one}");
  let module = wat(&text(400));
  let error = rewrite(&module, &Options { host_bytes: 1 << 20, ..OBJECTS }).unwrap_err();
  assert!(matches!(error, RewriteError::Host(_)), "{error}");
  let array = |count: usize| {
    let make = "(drop (array.new_fixed $a 9000 (call $f) (call $f) (call $f) (call $f) (call $f) (call $f) (call $f) (call $f) (call $f)))";
    let results = " i64".repeat(1000);
    let (values, make) = ("(i64.const 1)".repeat(1000), make.repeat(count));
    format!("(module (type $a (array i64)) (func $f (result{results}) {values}) (func {make}))")
  };
  rewritten(&array(50), &OBJECTS);
  assert!(matches!(refused(&array(55), &OBJECTS), RewriteError::TooLarge { .. }));
}

#[test]
fn values_that_instructions_move_count_as_code() {
  let (params, results) = (" i64".repeat(1000), " i64".repeat(1000));
  let types = format!("(type $t (func (param{params}) (result{results}))) (tag $e (param{params})) (table 1 funcref)");
  let module = |body: String| {
    let push = "(i64.const 1)".repeat(1000);
    format!("(module {types} (func $f (type $t) {push}) (func (type $t) {push} {body}))")
  };
  let branches = |count: usize| format!("(block (type $t) {} (br_table {} (i32.const 0)))", "", "0 ".repeat(count));
  for (name, instruction, values) in [
    ("call", "(call $f)", 2000),
    ("call_indirect", "(call_indirect (type $t) (i32.const 0))", 2000),
    ("block", "(block (type $t))", 2000),
    ("loop", "(loop (type $t))", 2000),
    ("if", "(if (type $t) (i32.const 1) (then) (else))", 2000),
    ("try_table", "(try_table (type $t))", 2000),
    ("br_if", "(br_if 0 (i32.const 1))", 1000),
    ("throw", "(throw $e)", 1000),
    ("return", "(return)", 1000),
    ("return_call", "(return_call $f)", 2000),
  ] {
    let count = |values_in_all: usize| instruction.repeat(values_in_all / values);
    rewritten(&module(count(900_000)), &Options::NONE);
    let error = refused(&module(count(1_100_000)), &Options::NONE);
    assert!(matches!(error, RewriteError::TooLarge { .. }) && error.to_string().contains("its function 1"), "{name}");
  }
  let within = |count: usize| format!("(try_table (type $t) {})", "(br_if 0 (i32.const 1))".repeat(count));
  let alone = |body: String| format!("(module {types} (func (result i64) (i64.const 1) {body} unreachable))");
  let pushed = "(i64.const 1)".repeat(1000);
  rewritten(&alone(format!("{pushed}{}", within(900))), &Options::NONE);
  assert!(matches!(
    refused(&alone(format!("{pushed}{}", within(1100))), &Options::NONE),
    RewriteError::TooLarge { .. }
  ));
  rewritten(&module(branches(900)), &Options::NONE);
  assert!(matches!(refused(&module(branches(1100)), &Options::NONE), RewriteError::TooLarge { .. }));
  let tries = |count: usize| {
    let caught = "(catch $e 0)".repeat(100);
    format!("(block (type $t) {})", format!("(try_table (param{params}) (result{results}) {caught})").repeat(count))
  };
  rewritten(&module(tries(8)), &Options::NONE);
  assert!(matches!(refused(&module(tries(12)), &Options::NONE), RewriteError::TooLarge { .. }));
  // Code that pushes what it moves is as long as that.
  let few = "(drop (call $g (i32.const 1) (i32.const 2) (i32.const 3)))".repeat(200_000);
  let text = format!("(module (func $g (param i32 i32 i32) (result i32) (i32.const 1)) (func {few}))");
  rewritten(&text, &Options::NONE);
}

#[test]
fn places_that_are_remembered_for_blocks_are_limited() {
  let nested = |locals: usize, before: &str, begin: &str, depth: usize| {
    let (locals, end) = (" i32".repeat(locals), "end ".repeat(depth));
    format!("(module (func (param i32) (local{locals}) {before} {} {end} unreachable))", begin.repeat(depth))
  };
  for begin in ["local.get 0 if ", "loop ", "block ", "try_table "] {
    rewritten(&nested(4000, "", begin, 2000), &Options::NONE);
    let error = refused(&nested(4000, "", begin, 2200), &Options::NONE);
    assert!(matches!(error, RewriteError::Nesting { function: 0, .. }), "{begin}: {error}");
    // Operands are remembered as well.
    let pushed = "i32.const 1 ".repeat(4000);
    rewritten(&nested(1, &pushed, begin, 2000), &Options::NONE);
    let error = refused(&nested(1, &pushed, begin, 2200), &Options::NONE);
    assert!(matches!(error, RewriteError::Nesting { function: 0, .. }), "{begin}: {error}");
  }
  // What was dropped, or a block that has ended, is not.
  rewritten(&nested(4000, &"i32.const 1 drop ".repeat(10_000), "block ", 2000), &Options::NONE);
  rewritten(&nested(4000, &"block end ".repeat(10_000), "block ", 2000), &Options::NONE);
}
