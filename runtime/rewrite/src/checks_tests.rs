//! Tests of where the checks of a deadline are, and of what constant expressions do.

use crate::options::Options;
use crate::rewrite::rewrite;
use crate::rewrite_error::RewriteError;
use crate::rewrite_tests::ALL;
use crate::rewrite_tests::DEEP;
use crate::rewrite_tests::DEPTH;
use crate::rewrite_tests::checked;
use crate::rewrite_tests::refused;
use crate::rewrite_tests::rewritten;
use crate::rewrite_tests::validate;
use crate::rewrite_tests::wat;

const DEADLINE: Options = Options { deadline: true, ..Options::NONE };

#[test]
fn what_moves_memory_or_elements_is_followed_by_a_check() {
  for (instruction, name) in [
    ("(memory.fill (i32.const 0) (i32.const 0) (i32.const 9))", "MemoryFill"),
    ("(memory.copy (i32.const 0) (i32.const 0) (i32.const 9))", "MemoryCopy"),
    ("(memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))", "MemoryInit"),
    ("(drop (memory.grow (i32.const 1)))", "MemoryGrow"),
    ("(table.fill $t (i32.const 0) (ref.null func) (i32.const 1))", "TableFill"),
    ("(table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1))", "TableCopy"),
    ("(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))", "TableInit"),
    ("(drop (table.grow $t (ref.null func) (i32.const 1)))", "TableGrow"),
    ("(array.fill $a (local.get 0) (i32.const 0) (i32.const 1) (i32.const 9))", "ArrayFill"),
    ("(array.copy $a $a (local.get 0) (i32.const 0) (local.get 0) (i32.const 1) (i32.const 9))", "ArrayCopy"),
    ("(array.init_data $a $d (local.get 0) (i32.const 0) (i32.const 0) (i32.const 1))", "ArrayInitData"),
    ("(drop (array.new_default $a (i32.const 9)))", "ArrayNewDefault"),
  ] {
    let text = format!(
      r#"(module (type $a (array (mut i8))) (memory 1) (table $t 2 funcref) (data $d "x") (elem $e func)
        (func (param (ref null $a)) {instruction} {instruction}))"#
    );
    let result = rewritten(&text, &DEADLINE);
    assert_eq!(checked(&result), [[name, name]]);
    assert_eq!(result.checks, 2);
    assert_eq!(rewritten(&text, &Options::NONE).bytes, wat(&text));
  }
}

#[test]
fn calls_that_may_be_the_hosts_are_followed_by_a_check() {
  let text = r#"(module
    (import "a" "f" (func $import))
    (type $f (func))
    (table 1 funcref)
    (func $own)
    (func call $import call $own call $import)
    (func (param (ref $f)) (call_ref $f (local.get 0)) (call_indirect (type $f) (i32.const 0)))
    (func return_call $import))"#;
  for options in [&DEADLINE, &ALL] {
    let places: [&[&str]; 4] = [&[], &["entry", "Call", "Call"], &["entry", "CallRef", "CallIndirect"], &["entry"]];
    assert_eq!(checked(&rewritten(text, options)), places);
  }
  // The depth is put back before.
  let places: [&[&str]; 4] = [&[], &["End", "GlobalSet", "GlobalSet"], &["End", "GlobalSet", "GlobalSet"], &["End"]];
  assert_eq!(checked(&rewritten(text, &DEEP)), places);
}

#[test]
fn constant_expressions_that_make_objects_are_told() {
  let types = "(type $a (array (mut i64))) (type $s (struct)) (type $f (array funcref)) (func $g)";
  for text in [
    "(global (ref $a) (array.new_default $a (i32.const 100000000)))",
    "(global (ref $a) (array.new $a (i64.const 1) (i32.const 100000000)))",
    "(global (ref $a) (array.new_fixed $a 1 (i64.const 1)))",
    "(global (ref $s) (struct.new $s))",
    "(global (ref $s) (struct.new_default $s))",
    "(table 1 (ref null $a)) (elem (i32.const 0) (ref null $a) (item (array.new_default $a (i32.const 9))))",
    "(elem (ref null $a) (item (array.new_default $a (i32.const 9))))",
    "(elem declare (ref null $a) (item (array.new_default $a (i32.const 9))))",
    "(table 1 (ref $a) (array.new_default $a (i32.const 9)))",
  ] {
    let result = rewritten(&format!("(module {types} {text})"), &ALL);
    assert!(result.summary.effects.allocates, "{text}");
  }
  for text in [
    "(global (ref null $a) (ref.null $a))",
    "(global (ref i31) (ref.i31 (i32.const 1)))",
    "(table 1 (ref func) (ref.func $g)) (elem (i32.const 0) (ref func) (item (ref.func $g)))",
    "(global i64 (i64.add (i64.const 1) (i64.const 2)))",
  ] {
    let result = rewritten(&format!("(module {types} {text})"), &ALL);
    assert!(!result.summary.effects.allocates, "{text}");
  }
}

#[test]
fn what_keeps_exceptions_is_told() {
  let keeps = |text: &str| rewritten(text, &ALL).summary.effects.keeps_exceptions;
  for text in [
    "(module (global (mut exnref) (ref.null exn)))",
    "(module (global (ref null exn) (ref.null noexn)))",
    "(module (table 1 exnref))",
    "(module (tag (param i32 exnref)))",
    "(module (tag (param (ref exn))))",
    r#"(module (import "a" "b" (global exnref)))"#,
    r#"(module (import "a" "b" (table 1 exnref)))"#,
    r#"(module (import "a" "b" (tag (param exnref))))"#,
  ] {
    assert!(keeps(text), "{text}");
  }
  // As compilers use them.
  for text in [
    r#"(module (tag $e (param i32)) (import "a" "t" (tag (param i64 externref))) (func $f (throw 1 (i32.const 1)))
      (func (local exnref) (block $h (result exnref) (try_table (catch_all_ref $h) (call $f)) (return))
        (local.set 0) (throw_ref (local.get 0))))"#,
    "(module (tag $e (param i32)) (func (param exnref) (result exnref) (local.get 0)))",
    "(module (tag $e (param i32)) (func try (throw $e (i32.const 1)) catch $e drop catch_all rethrow 0 end))",
  ] {
    assert!(!keeps(text), "{text}");
  }
  let largest = |text: &str| rewritten(text, &ALL).summary.claims.largest_exception;
  assert_eq!(largest("(module (tag) (tag (param i32 i64 v128)) (tag (param f32 f64 externref)))"), 112);
  assert_eq!(largest(&format!(r#"(module (import "a" "b" (tag (param{}))))"#, " i64".repeat(900))), 28_800);
}

#[test]
fn references_to_functions_have_to_be_declared() {
  let message = |text: &str, options: &Options| match refused(text, options) {
    RewriteError::Malformed { message, .. } => message,
    other => panic!("{other}"),
  };
  for options in [&ALL, &DEPTH, &Options::NONE] {
    for text in [
      "(module (func $f (drop (ref.func $f))))",
      // What is added exports the start function.
      "(module (start $f) (func $f (drop (ref.func $f))))",
      "(module (func $f) (func (export \"g\") (drop (ref.func $f))))",
    ] {
      assert!(validate(&wat(text)).is_err());
      assert_eq!(message(text, options), "undeclared reference to function #0", "{text}");
    }
    for declared in [
      r#"(export "f" (func $f))"#,
      "(elem declare func $f)",
      "(elem func $f)",
      "(table 1 funcref) (elem (i32.const 0) func $f)",
      "(elem funcref (item (ref.func $f)))",
      "(global funcref (ref.func $f))",
      "(table 1 funcref (ref.func $f))",
    ] {
      rewritten(&format!("(module (start $f) {declared} (func $f (drop (ref.func $f))))"), options);
    }
  }
  // There is no such function: that is for V8 to say.
  let unknown = wat("(module (func (drop (ref.func 7))))");
  assert!(validate(&rewrite(&unknown, &ALL).unwrap().bytes).is_err());
}

/// Where the checks of the last function are.
fn checks(text: &str) -> Vec<String> {
  checked(&rewritten(text, &DEADLINE)).pop().expect("there is a function")
}

#[test]
fn code_without_loops_has_checks_where_it_is_long() {
  // Each is of three bytes.
  let code = |count: usize| "(global.set $g (global.get $g))".repeat(count / 4 + 1);
  let function =
    |body: &str| format!("(module (global $g (mut i64) (i64.const 0)) (func $leaf) (func (param i32) {body}))");
  assert_eq!(checks(&function(&code(240))), [""; 0]);
  assert_eq!(checks(&function(&code(260))), ["entry"]);
  assert_eq!(checks(&function(&code(9000))).len(), 3);
  // A call counts as the largest function without a check.
  assert_eq!(checks(&function(&"(call $leaf)".repeat(15))), ["entry"]);
  assert_eq!(checks(&function(&"(call $leaf)".repeat(33))), ["entry", "Call", "Call"]);
  // Ways that go past a check.
  let (most, half) = (code(3000), code(2000));
  let past = format!("(block {most} (br_if 0 (local.get 0)) {most} (br_if 0 (local.get 0)) {most}) {half}");
  assert_eq!(checks(&function(&past)).len(), 4);
  let arms = |then: &str, other: &str| format!("(if (local.get 0) (then {then}) (else {other})) {half}");
  assert_eq!(checks(&function(&arms(&half, &half))).len(), 2);
  assert_eq!(checks(&function(&arms(&code(100), &code(100)))).len(), 1);
  // What is after a loop is as far as its fallthrough.
  let looped = format!("{most} (loop (br_if 0 (local.get 0))) {most}");
  assert_eq!(checks(&function(&looped)), ["entry", "Loop"]);
}
