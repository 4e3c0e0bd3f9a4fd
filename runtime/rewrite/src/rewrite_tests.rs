//! Tests of the rewriter: each rule, that results validate, and that broken modules never panic.

use std::time::Instant;

use wasmparser::Operator;
use wasmparser::Parser;
use wasmparser::Payload;
use wasmparser::ValType;
use wasmparser::Validator;
use wasmparser::WasmFeatures;

use crate::budget::Budget;
use crate::odd_modules::MODULES;
use crate::options::Options;
use crate::rewrite::DEPTH_EXPORT;
use crate::rewrite::Rewritten;
use crate::rewrite::rewrite;
use crate::rewrite_error::LimitExceeded;
use crate::rewrite_error::RewriteError;
use crate::sections::Id;
use crate::sections::Sections;
use crate::summary::Kind;
use crate::symbols::Symbols;

pub(crate) const ALL: Options = Options {
  host_bytes: u64::MAX,
  deadline: true,
  objects: false,
  call_depth: None,
  host_spent: 0,
  memory_growth: u64::MAX,
  table_growth: u64::MAX,
  memory_pages: 16,
  table_elements: 100,
  export_globals: true,
  export_first: false,
  defer_start: true,
};
/// The same and a limit on the depth of calls.
pub(crate) const DEEP: Options = Options { call_depth: Some(64), ..ALL };
/// Only that.
pub(crate) const DEPTH: Options = Options { call_depth: Some(64), ..Options::NONE };

pub(crate) fn wat(text: &str) -> Vec<u8> {
  wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(crate) fn validate(module: &[u8]) -> Result<(), String> {
  validate_with(module, WasmFeatures::all())
}

fn validate_with(module: &[u8], features: WasmFeatures) -> Result<(), String> {
  match Validator::new_with_features(features).validate_all(module) {
    Ok(_) => Ok(()),
    Err(error) => Err(error.to_string()),
  }
}

pub(crate) fn rewritten(text: &str, options: &Options) -> Rewritten {
  let result = rewrite(&wat(text), options).unwrap_or_else(|error| panic!("{error}\n{text}"));
  validate(&result.bytes).unwrap_or_else(|error| panic!("{error}\n{text}"));
  result
}

pub(crate) fn refused(text: &str, options: &Options) -> RewriteError {
  rewrite(&wat(text), options).err().unwrap_or_else(|| panic!("accepted: {text}"))
}

/// The memories that a module defines, in words.
fn memories(module: &[u8]) -> Vec<String> {
  let mut found = Vec::new();
  for payload in Parser::new(0).parse_all(module) {
    if let Payload::MemorySection(section) = payload.unwrap() {
      for ty in section {
        found.push(crate::summary::ImportType::Memory(ty.unwrap()).to_string());
      }
    }
  }
  found
}

fn tables(module: &[u8]) -> Vec<String> {
  let mut found = Vec::new();
  for payload in Parser::new(0).parse_all(module) {
    if let Payload::TableSection(section) = payload.unwrap() {
      for table in section {
        found.push(crate::summary::ImportType::Table(table.unwrap().ty).to_string());
      }
    }
  }
  found
}

/// The operators of every function with their offsets.
fn operators(module: &[u8]) -> Vec<Vec<(String, usize)>> {
  let mut functions = Vec::new();
  for payload in Parser::new(0).parse_all(module) {
    if let Payload::CodeSectionEntry(body) = payload.unwrap() {
      let operators = body.get_operators_reader().unwrap().into_iter_with_offsets();
      functions.push(operators.map(Result::unwrap).map(|(operator, at)| (format!("{operator:?}"), at)).collect());
    }
  }
  functions
}

/// Where a function's checks are: after which operators.
pub(crate) fn checked(result: &Rewritten) -> Vec<Vec<String>> {
  let memory = result.interrupt_memory.unwrap();
  let load = format!("memory: {memory} }}");
  let functions = operators(&result.bytes).into_iter().map(|operators| {
    let mut before = "entry".to_owned();
    let mut places = Vec::new();
    for window in operators.windows(5) {
      let is_check = window[0].0 == format!("{:?}", Operator::I32Const { value: 0 })
        && window[1].0.contains("I32Load")
        && window[1].0.contains(&load)
        && window[2].0 == "If { blockty: Empty }"
        && window[3].0 == "Unreachable"
        && window[4].0 == "End";
      if is_check {
        places.push(before.clone());
      }
      before = window[0].0.split(' ').next().unwrap().to_owned();
    }
    places
  });
  functions.collect()
}

fn exports(module: &[u8]) -> Vec<(String, Kind, u32)> {
  let exports = rewrite(module, &Options::NONE).map(|result| result.summary.exports);
  // The rewriter refuses its own exports.
  if let Ok(exports) = exports {
    return exports.into_iter().map(|export| (export.name.into(), export.kind, export.index)).collect();
  }
  let mut found = Vec::new();
  for payload in Parser::new(0).parse_all(module) {
    if let Payload::ExportSection(section) = payload.unwrap() {
      for export in section {
        let export = export.unwrap();
        let kind = match export.kind {
          wasmparser::ExternalKind::Func => Kind::Function,
          wasmparser::ExternalKind::Memory => Kind::Memory,
          wasmparser::ExternalKind::Table => Kind::Table,
          wasmparser::ExternalKind::Global => Kind::Global,
          wasmparser::ExternalKind::Tag => Kind::Tag,
        };
        found.push((export.name.to_owned(), kind, export.index));
      }
    }
  }
  found
}

#[test]
fn loops_and_functions_that_call_have_checks() {
  let result = rewritten(
    r#"(module
      (memory 1)
      (func $leaf (param i32) (result i32) local.get 0)
      (func $calls (local i32 i64) (drop (call $leaf (i32.const 1))))
      (func $loops (local i32) (loop $a (loop $b (br_if $b (local.get 0)) (br $a))))
      (func $both (loop (result i32) (call $leaf (i32.const 1))) drop))"#,
    &ALL,
  );
  assert_eq!(checked(&result), [vec![], vec!["entry"], vec!["Loop", "Loop"], vec!["entry", "Loop"]]);
  assert_eq!(result.checks, 5);
  assert_eq!(result.interrupt_memory, Some(1));
  assert_eq!(memories(&result.bytes), ["memory 1..16", "shared memory 1..1"]);
  assert_eq!(exports(&result.bytes), [("plugbay:interrupt".to_owned(), Kind::Memory, 1)]);
}

#[test]
fn every_kind_of_call_is_checked() {
  let result = rewritten(
    r#"(module
      (type $f (func))
      (table 1 funcref)
      (func $leaf)
      (func call $leaf)
      (func (call_indirect (type $f) (i32.const 0)))
      (func (param (ref $f)) (call_ref $f (local.get 0)))
      (func return_call $leaf)
      (func (return_call_indirect (type $f) (i32.const 0)))
      (func (param (ref $f)) (return_call_ref $f (local.get 0))))"#,
    &ALL,
  );
  // What a table or a reference leads to may be the host's.
  let places: [&[&str]; 7] =
    [&[], &["entry"], &["entry", "CallIndirect"], &["entry", "CallRef"], &["entry"], &["entry"], &["entry"]];
  assert_eq!(checked(&result), places);
  assert_eq!(result.interrupt_memory, Some(0));
}

/// The globals, exports, locals and operators of a module, in words.
fn decoded(module: &[u8]) -> Vec<String> {
  let mut found = Vec::new();
  for payload in Parser::new(0).parse_all(module) {
    match payload.unwrap() {
      Payload::GlobalSection(section) => {
        for global in section {
          let global = global.unwrap();
          let operators = global.init_expr.get_operators_reader().into_iter().map(Result::unwrap);
          found.push(format!("{:?} {:?}", global.ty, operators.collect::<Vec<_>>()));
        }
      }
      Payload::ExportSection(section) => {
        found.extend(section.into_iter().map(|export| format!("{:?}", export.unwrap())))
      }
      Payload::CodeSectionEntry(body) => {
        let groups = body.get_locals_reader().unwrap().into_iter().map(Result::unwrap);
        let locals = groups.flat_map(|(count, ty)| std::iter::repeat_n(ty, count as usize));
        found.push(format!("{:?}", locals.collect::<Vec<_>>()));
        let operators = body.get_operators_reader().unwrap().into_iter().map(Result::unwrap);
        found.extend(operators.map(|operator| format!("{operator:?}")));
      }
      _ => {}
    }
  }
  found
}

#[test]
fn functions_that_call_count_their_depth() {
  let result = rewritten(
    r#"(module
      (func $leaf (param i32) (result i32) local.get 0)
      (func (export "f") (result i32) (i32.add (call $leaf (i32.const 1)) (call $leaf (i32.const 2)))))"#,
    &DEPTH,
  );
  let expected = r#"(module
    (global $depth (mut i32) (i32.const 0))
    (func $leaf (param i32) (result i32) local.get 0)
    (func (export "f") (result i32) (local $base i32)
      (if (i32.ge_u (local.tee $base (global.get $depth)) (i32.const 64))
        (then (global.set $depth (i32.const -1)) unreachable))
      i32.const 1
      (global.set $depth (i32.add (local.get $base) (i32.const 1)))
      call $leaf
      (global.set $depth (local.get $base))
      i32.const 2
      (global.set $depth (i32.add (local.get $base) (i32.const 1)))
      call $leaf
      (global.set $depth (local.get $base))
      i32.add)
    (export "plugbay:depth" (global $depth)))"#;
  assert_eq!(decoded(&result.bytes), decoded(&wat(expected)));
  assert_eq!((result.interrupt_memory, result.checks), (None, 0));
}

#[test]
fn the_count_follows_what_the_module_has() {
  let text = r#"(module
    (import "a" "g" (global (mut i64)))
    (import "a" "f" (func $f (param f64)))
    (global (mut f32) (f32.const 1))
    (func $both (param i32 i64) (result i32) (local f32 i32 i32)
      (loop $again
        (call $f (f64.const 1))
        (block $leave (br_if $leave (local.get 4)) (return_call $both (local.get 0) (local.get 1)))
        (br_if $again (local.get 3)))
      (global.set 1 (local.get 2))
      local.get 0)
    (func $loops (local i64) (loop)))"#;
  let expected = r#"(module
    (import "a" "g" (global (mut i64)))
    (import "a" "f" (func $f (param f64)))
    MEMORY
    (global (mut f32) (f32.const 1))
    (global (mut i32) (i32.const 0))
    (func $both (param i32 i64) (result i32) (local f32 i32 i32) (local i32)
      (if (i32.ge_u (local.tee 5 (global.get 2)) (i32.const -1)) (then (global.set 2 (i32.const -1)) unreachable))
      CHECK
      (loop $again
        CHECK
        f64.const 1
        (global.set 2 (i32.add (local.get 5) (i32.const 1)))
        call $f
        (global.set 2 (local.get 5))
        CHECK
        (block $leave
          (br_if $leave (local.get 4))
          local.get 0
          local.get 1
          (global.set 2 (local.get 5))
          return_call $both)
        (br_if $again (local.get 3)))
      (global.set 1 (local.get 2))
      local.get 0)
    (func $loops (local i64) (loop CHECK))
    EXPORT
    (export "plugbay:depth" (global 2)))"#;
  let check = "(if (i32.load (i32.const 0)) (then unreachable))";
  for (deadline, memory, check, export, checks) in
    [(false, "", "", "", 0), (true, "(memory 1 1 shared)", check, r#"(export "plugbay:interrupt" (memory 0))"#, 4)]
  {
    let result = rewritten(text, &Options { deadline, call_depth: Some(u32::MAX), ..Options::NONE });
    let expected = expected.replace("MEMORY", memory).replace("CHECK", check).replace("EXPORT", export);
    assert_eq!(decoded(&result.bytes), decoded(&wat(&expected)));
    assert_eq!(result.checks, checks);
  }
  // The added one is none of those whose values are put back.
  let result = rewritten(text, &Options { export_globals: true, ..DEPTH });
  assert_eq!(result.globals.iter().map(|global| global.index).collect::<Vec<_>>(), [1]);
}

#[test]
fn every_kind_of_call_is_counted() {
  let text = r#"(module
    (type $f (func))
    (type $c (cont $f))
    (tag $t)
    (table 1 funcref)
    (func $leaf)
    (func call $leaf)
    (func (call_indirect (type $f) (i32.const 0)))
    (func (param (ref $f)) (call_ref $f (local.get 0)))
    (func return_call $leaf)
    (func (return_call_indirect (type $f) (i32.const 0)))
    (func (param (ref $f)) (return_call_ref $f (local.get 0)))
    (func (param (ref $c)) (resume $c (local.get 0)))
    (func (param (ref $c)) (resume_throw $c $t (local.get 0)))
    (func (suspend $t))
    (func unreachable call $leaf))"#;
  let result = rewritten(text, &DEPTH);
  let functions = operators(&result.bytes);
  let (leaf, calling) = functions.split_first().unwrap();
  assert_eq!(leaf.len(), 1);
  for (operators, before) in calling.iter().zip(operators(&wat(text)).iter().skip(1)) {
    let names: Vec<_> = operators.iter().map(|(operator, _)| operator.split(' ').next().unwrap()).collect();
    let check = ["GlobalGet", "LocalTee", "I32Const", "I32GeU", "If", "I32Const", "GlobalSet", "Unreachable", "End"];
    assert_eq!(names[..9], check);
    // The call is the last one but the end.
    let (own, put_back) = (&before[before.len() - 2].0, ["LocalGet", "GlobalSet"]);
    let call = own.split(' ').next().unwrap();
    let around = match call.starts_with("Return") {
      true => [&put_back[..], &[call, "End"]].concat(),
      false => [&["LocalGet", "I32Const", "I32Add", "GlobalSet", call][..], &put_back, &["End"]].concat(),
    };
    assert!(names.ends_with(&around), "{names:?}");
    assert_eq!(names.len(), check.len() + before.len() - 2 + around.len());
  }
}

#[test]
fn nothing_but_the_count_uses_the_global_and_the_local_that_are_added() {
  let malformed = |text: &str, options: &Options| match refused(text, options) {
    RewriteError::Malformed { message, .. } => message,
    other => panic!("{other}"),
  };
  for options in [&DEPTH, &DEEP] {
    for text in [
      "(module (global i32 (i32.const 0)) (func (global.set 1 (i32.const 0))))",
      r#"(module (import "a" "g" (global i32)) (func $f (drop (global.get 1)) call $f))"#,
      "(module (global i32 (i32.const 0)) (func (drop (global.atomic.get seqcst 1))))",
      "(module (global i32 (i32.const 0)) (func (global.atomic.set acqrel 1 (i32.const 0))))",
      "(module (global i32 (i32.const 0)) (func (drop (global.atomic.rmw.and seqcst 1 (i32.const 0)))))",
      "(module (global i32 (i32.const 0)) (func (drop (global.atomic.rmw.cmpxchg seqcst 1 (i32.const 0) (i32.const 0)))))",
      r#"(module (global i32 (i32.const 0)) (export "g" (global 1)))"#,
    ] {
      assert_eq!(malformed(text, options), "Invalid global index: 1", "{text}");
    }
    for text in [
      "(module (func $f (param i32) (local i64) (local.set 2 (i32.const 0)) (call $f (i32.const 0))))",
      "(module (func $f (param i64 f32) (drop (local.get 2)) (return_call $f (i64.const 0) (f32.const 0))))",
      "(module (func $f (local i32 i64) call $f (drop (local.tee 2 (i32.const 0)))))",
    ] {
      assert_eq!(malformed(text, options), "invalid local index: 2", "{text}");
    }
    // Nothing is added to a function that does not call.
    let text = "(module (func (drop (local.get 0))))";
    assert!(validate(&rewrite(&wat(text), options).unwrap().bytes).is_err());
    // Constant expressions cannot have it.
    for text in [
      "(module (global i32 (global.get 0)))",
      "(module (global i32 (global.get 1)))",
      "(module (table 1 i31ref (ref.i31 (global.get 0))))",
      "(module (table 1 funcref) (elem (offset (global.get 0)) funcref))",
      "(module (table 1 i31ref) (elem i31ref (item (ref.i31 (global.get 0)))))",
      r#"(module (memory 1) (data (offset (global.get 0)) "x"))"#,
    ] {
      let result = rewrite(&wat(text), options).unwrap();
      assert!(validate(&result.bytes).is_err(), "{text}");
    }
  }
}

#[test]
fn a_function_without_a_signature_is_refused() {
  let header = b"\0asm\x01\0\0\0".as_slice();
  let code = [10, 6, 1, 4, 0, 0x10, 0, 0x0b].as_slice();
  let message = |sections: &[&[u8]]| match rewrite(&[&[header], sections, &[code]].concat().concat(), &DEPTH) {
    Err(RewriteError::Malformed { offset, message }) => (offset, message),
    other => panic!("{other:?}"),
  };
  let (function, structure) = ([1, 4, 1, 0x60, 0, 0].as_slice(), [1, 3, 1, 0x5f, 0].as_slice());
  let has_type = |index| vec![3, 2, 1, index];
  assert_eq!(message(&[function, &has_type(7)]), (22, "no signature at index 7".to_owned()));
  assert_eq!(message(&[structure, &has_type(0)]), (21, "no signature at index 0".to_owned()));
  assert_eq!(message(&[function]), (18, "function and code section have inconsistent lengths".to_owned()));
  // More locals than there are numbers for.
  let groups = [vec![2], [0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f].repeat(2), vec![0x10, 0, 0x0b]].concat();
  let code = [vec![10, groups.len() as u8 + 2, 1, groups.len() as u8], groups].concat();
  let module = [header, function, &has_type(0), &code].concat();
  let error = rewrite(&module, &DEPTH).unwrap_err();
  assert_eq!(error, RewriteError::malformed(22, "local count too large"));
}

#[test]
fn groups_of_locals_stay() {
  for (groups, padding) in [(0, 0), (0, 2), (5, 1), (126, 0), (127, 0), (127, 1), (128, 0)] {
    let mut body = Vec::new();
    wasm_encoder::Encode::encode(&groups, &mut body);
    for _ in 0..padding {
      *body.last_mut().unwrap() |= 0x80;
      body.push(0);
    }
    body.extend((0..groups).flat_map(|_| [2, 0x7e]));
    body.extend([0x10, 0, 0x0b]);
    let mut code = vec![1_u8];
    wasm_encoder::Encode::encode(&body[..], &mut code);
    let mut module = b"\0asm\x01\0\0\0\x01\x05\x01\x60\x01\x7f\0\x03\x02\x01\0\x0a".to_vec();
    wasm_encoder::Encode::encode(&code[..], &mut module);
    // The call has no argument: that is for V8 to say.
    assert!(validate(&module).unwrap_err().contains("expected i32"));
    let result = rewrite(&module, &DEPTH).unwrap();
    assert!(validate(&result.bytes).unwrap_err().contains("expected i32"));
    let locals = decoded(&result.bytes)[2].clone();
    assert_eq!(locals, format!("{:?}", [vec![ValType::I64; 2 * groups as usize], vec![ValType::I32]].concat()));
    let tee = format!("{:?}", Operator::LocalTee { local_index: 1 + 2 * groups });
    assert_eq!(operators(&result.bytes)[0][1].0, tee);
    for (operator, at) in operators(&result.bytes)[0].iter().filter(|(_, at)| !result.offsets.added(*at)) {
      let at = result.offsets.original(*at);
      assert!(operators(&module)[0].contains(&(operator.clone(), at)), "{operator}");
    }
  }
}

#[test]
fn a_function_that_calls_too_often_is_refused() {
  let text = format!("(module (func $leaf) (func {}))", "call $leaf ".repeat(900_000));
  let module = wat(&text);
  rewrite(&module, &Options { deadline: true, ..Options::NONE }).unwrap();
  let error = rewrite(&module, &DEPTH).unwrap_err();
  assert!(
    error.to_string().starts_with("its function 1 takes 11700020 bytes with the checks of its limits"),
    "{error}"
  );
}

#[test]
fn without_options_a_module_stays_as_it_is() {
  for text in MODULES {
    let module = wat(text);
    let result = rewrite(&module, &Options::NONE).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(result.bytes, module, "{text}");
    assert!((0..module.len()).all(|at| result.offsets.original(at) == at && !result.offsets.added(at)));
  }
}

#[test]
fn padded_numbers_stay() {
  let header = b"\0asm\x01\0\0\0".as_slice();
  let types = [1, 0x84, 0x80, 0, 1, 0x60, 0, 0].as_slice();
  let functions = [3, 0x82, 0, 1, 0].as_slice();
  // A loop with a branch, in a function with padded sizes and a padded label.
  let code = [10, 0x8e, 0x80, 0, 1, 0x8a, 0x80, 0, 0, 3, 0x40, 0x0c, 0x80, 0x80, 0, 0x0b, 0x01, 0x0b].as_slice();
  let custom = [0, 0x83, 0, 1, b'x', 7].as_slice();
  let module = [header, types, functions, code, custom].concat();
  validate(&module).unwrap();
  let result = rewrite(&module, &Options { deadline: true, ..Options::NONE }).unwrap();
  validate(&result.bytes).unwrap();
  let has = |part: &[u8]| result.bytes.windows(part.len()).any(|window| window == part);
  assert!(has(types) && has(functions) && has(custom));
  assert!(has(&[
    1, 0x93, 0x80, 0, 0, 3, 0x40, 0x41, 0, 0x28, 2, 0, 4, 0x40, 0, 0x0b, 0x0c, 0x80, 0x80, 0, 0x0b, 1, 0x0b
  ]));
}

#[test]
fn memories_get_a_maximum() {
  let text = r#"(module
    (memory 1) (memory 2 3) (memory 4 100) (memory i64 5) (memory 1 100 shared) (memory i64 1 99 shared)
    (memory 65536 (pagesize 1)) (memory 100 2000000 (pagesize 1)))"#;
  let expected = [
    "memory 1..16",
    "memory 2..3",
    "memory 4..16",
    "memory64 5..16",
    "shared memory 1..16",
    "shared memory64 1..16",
    "memory 65536..1048576 (page size 1)",
    "memory 100..1048576 (page size 1)",
  ];
  let result = rewritten(text, &Options { memory_pages: 16, ..Options::NONE });
  assert_eq!(memories(&result.bytes), expected);
  assert_eq!(result.summary.memories, 8);
  // The largest maximum of a 32-bit memory changes nothing.
  let text = "(module (memory 1) (memory 1 65536) (memory 1 (pagesize 1)))";
  assert_eq!(rewritten(text, &Options { memory_pages: 65536, ..Options::NONE }).bytes, wat(text));
}

#[test]
fn memories_and_tables_grow_by_no_more_than_their_share() {
  let text = r#"(module
    (memory 1) (memory 4 6) (memory 14) (memory 3 (pagesize 1))
    (table 1 funcref) (table 4 6 funcref) (table 9 funcref))"#;
  let result = rewritten(
    text,
    &Options { memory_pages: 16, memory_growth: 5, table_elements: 10, table_growth: 5, ..Options::NONE },
  );
  assert_eq!(
    memories(&result.bytes),
    ["memory 1..6", "memory 4..6", "memory 14..16", "memory 3..327683 (page size 1)"]
  );
  let tables = tables(&result.bytes);
  let limits: Vec<&str> = tables.iter().map(|table| table.split(' ').nth(1).unwrap()).collect();
  assert_eq!(limits, ["1..6", "4..6", "9..10"]);
  assert_eq!((result.summary.claims.pages, result.summary.claims.elements), (20, 14));
}

#[test]
fn a_maximum_that_is_too_large_is_not_hidden() {
  for (text, message) in [
    ("(module (memory 1 65537))", "memory size must be at most"),
    ("(module (memory i64 1 0x1000000000001))", "memory size must be at most"),
    ("(module (memory 1 0x100000000 (pagesize 1)))", "memory size must be at most"),
    ("(module (table 1 0x100000000 funcref))", "table size must be at most"),
  ] {
    let module = wat(text);
    assert!(validate(&module).is_err(), "{text}");
    let result = rewrite(&module, &Options { memory_pages: 16, table_elements: 16, ..Options::NONE });
    assert!(result.is_err_and(|error| error.to_string().contains(message)), "{text}");
  }
}

#[test]
fn a_memory_that_all_addresses_reach_stays() {
  let text = "(module (memory i64 1 (pagesize 1)) (memory i64 1 0xffffffffffffffff (pagesize 1)) (memory i64 1))";
  assert_eq!(rewritten(text, &Options::NONE).bytes, wat(text));
}

#[test]
fn memories_that_start_too_large_are_refused() {
  let cap = Options { memory_pages: 16, ..Options::NONE };
  let memory = |index, imported, wants| {
    RewriteError::Memory(LimitExceeded { what: "memory", index, imported, wants, allowed: 16 })
  };
  assert_eq!(refused("(module (memory 17))", &cap), memory(0, false, 17));
  assert_eq!(refused(r#"(module (import "a" "b" (memory 17)))"#, &cap), memory(0, true, 17));
  assert_eq!(
    refused(r#"(module (import "a" "b" (memory 16)) (memory 16) (memory i64 99))"#, &cap),
    memory(2, false, 99)
  );
  assert_eq!(refused("(module (memory 1048577 (pagesize 1)))", &cap), memory(0, false, 17));
  assert_eq!(
    refused("(module (memory 17))", &cap).to_string(),
    "its memory 0 starts with 17 and may have at most 16 pages of 64 KiB"
  );
  let imported = r#"(module (import "a" "b" (memory 1 5000)))"#;
  assert_eq!(rewritten(imported, &cap).bytes, wat(imported));
}

#[test]
fn tables_get_a_maximum() {
  let text = r#"(module
    (type $f (func))
    (import "a" "b" (table 7 1000 externref))
    (func $g)
    (elem declare func $g)
    (table 1 funcref) (table 2 200 externref) (table i64 3 funcref) (table 4 9 (ref $f) (ref.func $g))
    (table 5 (ref $f) (ref.func $g)))"#;
  let result = rewritten(text, &Options { table_elements: 10, ..Options::NONE });
  let tables = tables(&result.bytes);
  let limits: Vec<&str> = tables.iter().map(|table| table.split(' ').nth(1).unwrap()).collect();
  assert_eq!(limits, ["1..10", "2..10", "3..10", "4..9", "5..10"]);
  let cap = Options { table_elements: 6, ..Options::NONE };
  let expected = LimitExceeded { what: "table", index: 0, imported: true, wants: 7, allowed: 6 };
  assert_eq!(refused(text, &cap), RewriteError::Table(expected));
  assert_eq!(
    refused("(module (table 1 funcref) (table 9 funcref))", &cap).to_string(),
    "its table 1 starts with 9 and may have at most 6 elements"
  );
}

#[test]
fn mutable_globals_are_exported() {
  let result = rewritten(
    r#"(module
      (import "a" "b" (global (mut i32)))
      (global i32 (i32.const 1))
      (global (mut i32) (i32.const 1))
      (global (mut i64) (i64.const 1))
      (global (mut f32) (f32.const 1))
      (global (mut f64) (f64.const 1))
      (global (mut v128) (v128.const i32x4 0 0 0 0))
      (global (mut externref) (ref.null extern))
      (export "g" (global 2)))"#,
    &Options { export_globals: true, ..Options::NONE },
  );
  let globals: Vec<_> = result.globals.iter().map(|global| (global.index, global.resettable)).collect();
  assert_eq!(globals, [(2, true), (3, true), (4, true), (5, true), (6, false), (7, false)]);
  assert_eq!(result.globals[4].ty, ValType::V128);
  assert_eq!(result.globals[4].export_name(), None);
  let names: Vec<_> = exports(&result.bytes).into_iter().map(|(name, _, index)| (name, index)).collect();
  let global = |index| (format!("plugbay:global:{index}"), index);
  assert_eq!(names, [("g".to_owned(), 2), global(2), global(3), global(4), global(5)]);
}

#[test]
fn reserved_names_are_refused() {
  for name in ["plugbay:interrupt", "plugbay:depth", "plugbay:start", "plugbay:global:7"] {
    let text = format!(r#"(module (func (export "{name}")))"#);
    assert_eq!(refused(&text, &Options::NONE), RewriteError::ReservedExport(name.to_owned()));
  }
  rewritten(r#"(module (func (export "plugbay:other")))"#, &ALL);
}

#[test]
fn the_first_memory_and_table_can_be_exported() {
  let options = Options { export_first: true, ..Options::NONE };
  let exports = |text: &str| {
    let rewritten = rewritten(text, &options);
    let summary = rewrite(&rewritten.bytes, &Options::NONE);
    assert_eq!(summary.map(drop), Err(RewriteError::ReservedExport("plugbay:memory".to_owned())));
    (rewritten.exports_memory, rewritten.exports_table)
  };
  assert_eq!(exports("(module (memory 1) (table 1 funcref))"), (true, true));
  assert_eq!(exports(r#"(module (memory 1) (memory (export "m") 1))"#), (true, false));
  let without = rewritten("(module)", &options);
  assert_eq!((without.exports_memory, without.exports_table), (false, false));
}

#[test]
fn a_start_function_can_be_deferred() {
  let text = r#"(module (func) (func $main) (start $main) (memory 1) (data "x"))"#;
  let result = rewritten(text, &ALL);
  assert!(result.start_deferred);
  assert_eq!(result.summary.start, Some(1));
  assert_eq!(exports(&result.bytes)[1], ("plugbay:start".to_owned(), Kind::Function, 1));
  assert_eq!(operators(&result.bytes).len(), 2);
  let result = rewritten(text, &Options { defer_start: false, ..ALL });
  assert!(!result.start_deferred);
  assert_eq!(exports(&result.bytes).len(), 1);
}

#[test]
fn only_core_modules_of_version_1_are_read() {
  let with_header = |header: [u8; 4]| rewrite(&[*b"\0asm", header].concat(), &ALL).err();
  assert_eq!(with_header([1, 0, 0, 0]), None);
  assert_eq!(with_header([0x0d, 0, 1, 0]), Some(RewriteError::Component));
  assert_eq!(with_header([2, 0, 0, 0]), Some(RewriteError::Version(2)));
  let malformed = |module: &[u8]| match rewrite(module, &ALL) {
    Err(RewriteError::Malformed { offset, message }) => (offset, message),
    other => panic!("{other:?}"),
  };
  assert_eq!(malformed(b"#!/bin/sh\n"), (0, "magic header not detected: bad magic number".to_owned()));
  assert_eq!(malformed(b"\0as"), (0, "unexpected end-of-file".to_owned()));
  assert_eq!(malformed(b"\0asm\x01\0\0\0\x03\x01\0\x01\x01\0"), (11, "section out of order".to_owned()));
  assert_eq!(malformed(b"\0asm\x01\0\0\0\x05\x01\0\x05\x01\0"), (11, "section out of order".to_owned()));
  assert_eq!(malformed(b"\0asm\x01\0\0\0\x63\0"), (8, "malformed section id: 99".to_owned()));
  assert_eq!(malformed(b"\0asm\x01\0\0\0\x07\x02\0\0").0, 11);
  assert_eq!(malformed(b"\0asm\x01\0\0\0\0\x02\x01\xff").1, "malformed UTF-8 encoding");
}

#[test]
fn a_summary_tells_what_the_module_says_of_itself() {
  let result = rewritten(
    r#"(module
      (type $t (func (param i32 i64) (result i32)))
      (import "env" "f" (func (type $t)))
      (import "env" "m" (memory 1 16))
      (import "env" "g" (global (mut i32)))
      (import "env" "t" (table 2 funcref))
      (import "env" "e" (tag (param f32)))
      (import "env" "h" (func (result i32 f64)))
      (func (export "own") (type $t) (local i32 i32 i64)
        (drop (memory.grow (i32.const 1)))
        (table.set (i32.const 0) (ref.null func))
        (data.drop 0)
        (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const 0)))
        i32.const 0)
      (export "memory" (memory 0))
      (export "again" (func 0))
      (data "passive")
      (@custom "note" "some"))"#,
    &Options { deadline: true, ..Options::NONE },
  );
  let summary = &result.summary;
  let words: Vec<String> = summary.imports.iter().map(|import| import.ty.to_string()).collect();
  assert_eq!(
    words,
    [
      "function (i32, i64) -> i32",
      "memory 1..16",
      "global mut i32",
      "table 2 funcref",
      "tag (f32)",
      "function () -> (i32, f64)",
    ]
  );
  assert_eq!((&*summary.imports[1].module, &*summary.imports[1].field), ("env", "m"));
  assert_eq!(summary.imports[4].ty.kind(), Kind::Tag);
  let exports: Vec<_> = summary.exports.iter().map(|export| (&*export.name, export.kind, export.index)).collect();
  assert_eq!(exports, [("own", Kind::Function, 2), ("memory", Kind::Memory, 0), ("again", Kind::Function, 0)]);
  assert_eq!(summary.exports[0].function.as_ref().unwrap().parameters[..], [ValType::I32, ValType::I64]);
  assert!(summary.exports[1].function.is_none());
  let effects = summary.effects;
  assert!(effects.changes_tables && effects.drops_segments && effects.waits);
  assert_eq!(summary.start, None);
  let note = summary.custom_sections.iter().find(|section| section.name() == "note");
  assert_eq!(note.unwrap().range().len(), 4);
  assert_eq!(result.interrupt_memory, Some(1));
}

#[test]
fn offsets_lead_back_to_the_original() {
  for (text, options) in MODULES.iter().flat_map(|text| [(text, &ALL), (text, &DEPTH), (text, &DEEP)]) {
    let module = wat(text);
    let result = rewritten(text, options);
    for (before, after) in operators(&module).iter().zip(operators(&result.bytes)) {
      let own: Vec<_> = after
        .into_iter()
        .filter(|(_, at)| !result.offsets.added(*at))
        .map(|(operator, at)| (operator, result.offsets.original(at)))
        .collect();
      assert_eq!(*before, own, "{text}");
    }
    for pair in (0..result.bytes.len()).collect::<Vec<_>>().windows(2) {
      let (a, b) = (result.offsets.original(pair[0]), result.offsets.original(pair[1]));
      assert!(a <= b && b <= module.len(), "{text}");
    }
  }
}

#[test]
fn hints_to_compilers_are_left_out() {
  let text = r#"(module
    (@custom "metadata.code.branch_hint" (before code) "\00")
    (@custom "other" (before code) "kept")
    (func (loop)))"#;
  let has = |module: &[u8], name: &[u8]| module.windows(name.len()).any(|window| window == name);
  for options in [ALL, DEPTH] {
    let result = rewritten(text, &options);
    assert!(!has(&result.bytes, b"branch_hint") && has(&result.bytes, b"kept"));
  }
  assert!(has(&rewritten(text, &Options::NONE).bytes, b"branch_hint"));
}

#[test]
fn odd_modules_validate() {
  for text in MODULES {
    for bits in 0..16 {
      let (deadline, export_globals, defer_start) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
      let call_depth = (bits & 8 != 0).then_some(9);
      let result = rewritten(text, &Options { deadline, call_depth, export_globals, defer_start, ..ALL });
      // What is exported and imported stays the same, and more only follows.
      let (before, after) = (exports(&wat(text)), exports(&result.bytes));
      let has_depth = after.iter().any(|(name, ..)| name == DEPTH_EXPORT);
      assert_eq!((result.interrupt_memory.is_some(), has_depth), (deadline, call_depth.is_some()));
      assert_eq!(before, after[..before.len()]);
    }
  }
}

#[test]
fn invalid_modules_stay_invalid() {
  for text in [
    "(module (func (result i32)))",
    "(module (func i32.add))",
    "(module (func (loop (result i32) nop)))",
    "(module (func call 9))",
    "(module (memory 9 8))",
    "(module (func (i32.load (i32.const 0)) drop))",
    r#"(module (export "a" (func 3)))"#,
    r#"(module (func (export "a")) (func (export "a")))"#,
    "(module (start 4))",
    "(module (func (param i64)) (start 0))",
    "(module (memory 1) (func (drop (memory.size 1))))",
    "(module (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))",
    "(module (memory 1) (func (memory.copy 0 1 (i32.const 0) (i32.const 0) (i32.const 0))))",
    "(module (func (drop (v128.load32_zero (i32.const 0)))))",
    "(module (func (drop (memory.atomic.notify (i32.const 0) (i32.const 0)))))",
    r#"(module (memory 1) (export "m" (memory 1)))"#,
    r#"(module (data (i32.const 0) "x"))"#,
    r#"(module (memory 1) (data (memory 1) (i32.const 0) "x"))"#,
    "(module (func (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 0))))",
    "(module (global (mut i32) (i64.const 0)))",
    "(module (type (func)) (func (br 5)))",
    "(module (func $f (param i32) call $f))",
    "(module (func $f (result i32) (return_call $f)) (func (result i64) (return_call $f)))",
  ] {
    let module = wat(text);
    assert!(validate(&module).is_err(), "{text}");
    for options in [ALL, DEPTH, DEEP] {
      if let Ok(result) = rewrite(&module, &options) {
        assert!(validate(&result.bytes).is_err(), "{text}");
      }
    }
  }
}

#[test]
fn deep_nesting_does_not_recurse() {
  let depth = 1_000_000;
  let mut body = vec![0_u8];
  body.extend([3_u8, 0x40].repeat(depth));
  body.extend(vec![0x0b; depth + 1]);
  let mut code = vec![1_u8];
  wasm_encoder::Encode::encode(&body[..], &mut code);
  let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a".to_vec();
  wasm_encoder::Encode::encode(&code[..], &mut module);
  let result = rewrite(&module, &Options::NONE).unwrap();
  assert_eq!(result.bytes, module);
  // The checks make it larger than V8 accepts.
  let error = rewrite(&module, &ALL).unwrap_err();
  assert!(matches!(error, RewriteError::TooLarge { .. }), "{error}");
}

#[test]
fn too_many_entries_are_refused() {
  let ty = [0x60, 0, 0];
  let group = |count: u32| {
    let mut bytes = vec![0x4e];
    wasm_encoder::Encode::encode(&count, &mut bytes);
    bytes.extend(ty.repeat(count as usize));
    bytes
  };
  let section = [vec![3], group(1_000_000), ty.to_vec(), group(1)].concat();
  let mut module = b"\0asm\x01\0\0\0\x01".to_vec();
  wasm_encoder::Encode::encode(&section[..], &mut module);
  assert!(matches!(rewrite(&module, &ALL), Err(RewriteError::Malformed { .. })));
  let memories = b"\0asm\x01\0\0\0\x05\x05\xff\xff\xff\xff\x0f";
  assert!(matches!(rewrite(memories, &ALL), Err(RewriteError::Malformed { offset: 10, .. })));
}

#[test]
fn truncated_modules_do_not_panic() {
  for text in MODULES {
    let module = wat(text);
    for end in 0..module.len() {
      for options in [ALL, DEEP] {
        let result = rewrite(&module[..end], &options);
        assert!(end >= 8 || result.is_err());
      }
      drop(Symbols::new(&module[..end]));
    }
  }
}

#[test]
fn flipped_bits_do_not_panic() {
  let mut state = 0x9e37_79b9_7f4a_7c15_u64;
  let mut random = |below: usize| {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    (state % below as u64) as usize
  };
  // As many as PLUGBAY_FLIPS says for each module.
  let flips = std::env::var("PLUGBAY_FLIPS").map_or(500, |flips| flips.parse().unwrap());
  for text in MODULES {
    let original = wat(text);
    for _ in 0..flips {
      let mut module = original.clone();
      for _ in 0..=random(4) {
        let at = 8 + random(module.len().max(9) - 8);
        if let Some(byte) = module.get_mut(at) {
          *byte = if random(2) == 0 { *byte ^ (1 << random(8)) } else { random(256) as u8 };
        }
      }
      // A function that is shared between threads cannot have the count.
      let (options, features) = match random(2) {
        0 => (ALL, WasmFeatures::all()),
        _ => (DEEP, WasmFeatures::all().difference(WasmFeatures::SHARED_EVERYTHING_THREADS)),
      };
      let Ok(result) = rewrite(&module, &options) else { continue };
      // A module that was valid is so afterwards, and one that was not is not.
      let (before, after) = (validate_with(&module, features), validate_with(&result.bytes, features));
      assert_eq!(before.is_ok(), after.is_ok(), "{text}\n{module:?}\n{before:?}\n{after:?}");
      assert!((0..result.bytes.len()).all(|at| result.offsets.original(at) <= module.len()));
      let symbols = Symbols::new(&module);
      let at = random(module.len());
      let _ = (symbols.function(0), symbols.line(at), symbols.function_at(at));
    }
  }
}

/// A module with one function and custom sections.
fn with_custom_sections(custom: &[(&str, &[u8])]) -> Vec<u8> {
  let mut module = wat("(module (func nop))");
  for (name, contents) in custom {
    let mut section = Vec::new();
    wasm_encoder::Encode::encode(*name, &mut section);
    section.extend_from_slice(contents);
    module.push(0);
    wasm_encoder::Encode::encode(&section[..], &mut module);
  }
  module
}

#[test]
fn lines_that_many_units_share_are_read_once() {
  let sized = |bytes: Vec<u8>| [&(bytes.len() as u32).to_le_bytes()[..], &bytes].concat();
  let files = b"a\0\0\0\0".repeat(4000);
  let header = [b"\x01\x01\x01\xfb\x0e\x0d\0\x01\x01\x01\x01\0\0\0\x01\0\0\x01\0".to_vec(), files, vec![0]].concat();
  // From address 3 on line 7, two bytes long.
  let program = b"\0\x05\x02\x03\0\0\0\x03\x06\x01\x02\x02\0\x01\x01".to_vec();
  let lines = sized([b"\x04\0".to_vec(), sized(header), program].concat());
  // A unit that has nothing but the place of its line table.
  let abbreviations = b"\x01\x11\0\x10\x17\0\0\0";
  let units = sized(b"\x04\0\0\0\0\0\x04\x01\0\0\0\0".to_vec()).repeat(4000);
  let module =
    with_custom_sections(&[(".debug_line", &lines), (".debug_abbrev", abbreviations), (".debug_info", &units)]);
  let start = Instant::now();
  let symbols = Symbols::new(&module);
  let sections = Sections::read(&module, &mut Budget::unlimited()).unwrap();
  let code = sections.get(Id::Code).unwrap().body.start;
  let found = [2, 3, 4, 5].map(|at| symbols.line(code + at));
  let line = Some(("a".to_owned(), 7));
  assert_eq!(found, [None, line.clone(), line, None]);
  assert!(start.elapsed().as_millis() < 1000, "it took {:?}", start.elapsed());
}

#[test]
fn symbols_are_names_and_lines() {
  let text = r#"(module $crate
  (func $_ZN4core9panicking5panic17h0123456789abcdefE (export "a")
    i32.const 1
    drop)
  (func $_RNvCs1234_7mycrate3foo
    unreachable)
  (func $plain\ name))"#
    .replace("\\ ", "_");
  let module =
    wat::Parser::new().generate_dwarf(wat::GenerateDwarf::Lines).parse_str(Some("a/b.wat".as_ref()), &text).unwrap();
  let symbols = Symbols::new(&module);
  assert_eq!(symbols.function(0).as_deref(), Some("core::panicking::panic"));
  assert_eq!(symbols.function(1).as_deref(), Some("mycrate::foo"));
  assert_eq!(symbols.function(2).as_deref(), Some("plain_name"));
  assert_eq!(symbols.function(3), None);
  let unreachable = operators(&module)[1][0].1;
  let (file, line) = symbols.line(unreachable).unwrap();
  assert!(file.ends_with("b.wat"), "{file}");
  assert_eq!(line, 6);
  assert_eq!(symbols.function_at(unreachable), Some(1));
  let last = operators(&module)[2][0].1;
  assert_eq!(symbols.function_at(last), Some(2));
  assert_eq!([0, last + 1, usize::MAX].map(|at| symbols.function_at(at)), [None; 3]);
  let module_with_import =
    wat(r#"(module (import "a" "b" (func)) (import "a" "c" (global i32)) (func nop) (func nop))"#);
  let nop = operators(&module_with_import)[1][0].1;
  assert_eq!(Symbols::new(&module_with_import).function_at(nop), Some(2));
  assert_eq!(symbols.line(0), None);
  assert_eq!(symbols.line(usize::MAX), None);
  // Broken DWARF and names are no more than left out.
  let result = rewrite(&module, &ALL).unwrap();
  validate(&result.bytes).unwrap();
  for at in 8..module.len() {
    for bit in [0x01, 0x80, 0xff] {
      let mut broken = module.clone();
      broken[at] ^= bit;
      let symbols = Symbols::new(&broken);
      let _ = (symbols.function(1), symbols.line(unreachable), symbols.line(unreachable + 2));
    }
  }
}
