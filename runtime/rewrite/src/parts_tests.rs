//! Tests that code read in parts, by any number of threads, gives what it gives read at once.

use std::cell::Cell;
use std::thread;

use wasmparser::BinaryReader;

use crate::budget::Budget;
use crate::odd_modules::MODULES;
use crate::options::Options;
use crate::parts::Division;
use crate::rewrite::rewrite_in_parts;
use crate::rewrite_error::RewriteError;
use crate::rewrite_tests::ALL;
use crate::rewrite_tests::DEEP;
use crate::rewrite_tests::DEPTH;
use crate::rewrite_tests::wat;

const AT_ONCE: Division = Division { threads: 0, part: usize::MAX, largest: usize::MAX };
const DIVISIONS: [Division; 4] = [
  Division { threads: 0, part: 1, largest: usize::MAX },
  Division { threads: 1, part: 1, largest: usize::MAX },
  Division { threads: 3, part: 12, largest: usize::MAX },
  // The calling thread reads most.
  Division { threads: 2, part: 1, largest: 8 },
];

/// All that rewriting gives, read in such parts.
fn result(module: &[u8], options: &Options, division: Division) -> String {
  format!("{:?}", rewrite_in_parts(module, options, None, |_| division))
}

#[track_caller]
fn expect_same(module: &[u8], options: &Options) {
  let expected = result(module, options, AT_ONCE);
  for division in DIVISIONS {
    assert_eq!(result(module, options, division), expected, "{division:?}");
  }
}

/// Functions that call, have loops, are nested ever deeper and less deep, and have nothing put into them.
fn functions() -> Vec<u8> {
  let functions: String = (0..40)
    .map(|number: usize| {
      let depth = number * 7 % 16;
      let nested = "(block ".repeat(depth) + "(loop)" + &")".repeat(depth);
      format!("(func (param i32) (local i64) {nested} (call {number} (local.get 0))) (func) (func (block (block)))")
    })
    .collect();
  wat(&format!("(module (memory 1) {functions})"))
}

#[test]
fn the_output_is_the_same() {
  for options in [&ALL, &DEEP, &DEPTH, &Options::NONE] {
    for text in MODULES {
      expect_same(&wat(text), options);
    }
    expect_same(&functions(), options);
  }
}

#[test]
fn the_first_error_is_the_same() {
  let text = "(module (memory 1) (func) (func (drop (i32.load 5 (i32.const 0)))) (func) (func (drop (i32.load 7 (i32.const 0)))))";
  let module = wat(text);
  expect_same(&module, &ALL);
  let error = rewrite_in_parts(&module, &ALL, None, |_| DIVISIONS[1]).unwrap_err();
  assert!(matches!(&error, RewriteError::Malformed { message, .. } if message == "unknown memory 5"), "{error}");
  // Whatever is broken.
  let module = functions();
  for at in (0..module.len()).step_by(7) {
    let mut broken = module.clone();
    broken[at] ^= 0xff;
    expect_same(&broken, &DEEP);
    expect_same(&module[..at], &DEEP);
  }
}

#[test]
fn the_budget_is_the_same() {
  let module = functions();
  for options in [&ALL, &DEEP] {
    let spent = rewrite_in_parts(&module, options, None, |_| AT_ONCE).unwrap().host_bytes;
    for host_bytes in (0..=spent).rev().step_by(17) {
      expect_same(&module, &Options { host_bytes, ..*options });
    }
  }
  // What comes first in a function counts.
  let module = wat("(module (memory 1) (func (loop) (loop) (block (block)) (drop (i32.load 5 (i32.const 0))) (loop)))");
  for host_bytes in 0..1000 {
    expect_same(&module, &Options { host_bytes, ..ALL });
  }
}

#[test]
fn the_budget_of_objects_is_the_same() {
  let make = "(drop (struct.new_default $s))";
  let functions = format!("(func {make}) (func (loop) {make} {make}) (func) (func {make} (block (block)))").repeat(5);
  let module = wat(&format!("(module (type $s (struct (field i32) (field i64) (field i8))) {functions})"));
  let options = Options { objects: true, ..DEEP };
  let spent = rewrite_in_parts(&module, &options, None, |_| AT_ONCE).unwrap().host_bytes;
  for host_bytes in (0..=spent).rev().step_by(17) {
    expect_same(&module, &Options { host_bytes, ..options });
  }
}

#[test]
fn the_calling_thread_reads_what_others_do_not() {
  let bodies = [1, 0].repeat(100);
  let division = Division { threads: 3, part: 6, largest: usize::MAX };
  let parts = division.divide(100, &mut BinaryReader::new(&bodies, 0), &mut Budget::unlimited()).unwrap();
  assert_eq!(parts.len(), 34);
  let mut numbers = Vec::new();
  // As if the threads had not been started, or only for a while.
  for most in [0, 2] {
    numbers.clear();
    let own = thread::current().id();
    let read = || {
      let count = Cell::new(0);
      move |part: &crate::parts::Part<'_>| {
        count.set(count.get() + 1);
        assert!(thread::current().id() == own || count.get() <= most, "the thread ends here");
        part.numbers.clone()
      }
    };
    let taken = division.read(&parts, read, |found| {
      numbers.extend(found);
      Ok(())
    });
    assert_eq!(taken, Ok(()));
    assert_eq!(numbers, (0..100).collect::<Vec<u32>>());
  }
}
