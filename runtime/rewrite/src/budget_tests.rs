//! Tests of what the host holds for a module.

use std::time::Instant;

use wasm_encoder::Encode;

use crate::options::Options;
use crate::rewrite::rewrite;
use crate::rewrite::rewrite_until;
use crate::rewrite_error::RewriteError;
use crate::rewrite_tests::ALL;
use crate::rewrite_tests::wat;

/// A quarter of what a plugin has unless told otherwise.
const USUAL: Options = Options { host_bytes: 64 << 20, table_elements: 100_000, ..ALL };

/// A section of `count` entries that are all the same.
fn section(id: u8, count: u32, entry: &[u8]) -> Vec<u8> {
  let mut body = Vec::new();
  count.encode(&mut body);
  body.extend(entry.repeat(count as usize));
  let mut section = vec![id];
  body.encode(&mut section);
  section
}

fn module(sections: &[Vec<u8>]) -> Vec<u8> {
  [&b"\0asm\x01\0\0\0"[..], &sections.concat()].concat()
}

/// A custom section.
fn custom(name: &str, contents: &[u8]) -> Vec<u8> {
  let mut body = Vec::new();
  name.encode(&mut body);
  body.extend_from_slice(contents);
  let mut section = vec![0];
  body.encode(&mut section);
  section
}

/// A type with so many parameters.
fn wide(parameters: u32) -> Vec<u8> {
  let mut ty = vec![0x60];
  parameters.encode(&mut ty);
  ty.extend(vec![0x7f; parameters as usize]);
  ty.push(0);
  ty
}

fn spent(module: &[u8]) -> u64 {
  rewrite(module, &USUAL).unwrap_or_else(|error| panic!("{error}")).host_bytes
}

#[test]
fn claims_are_refused_before_there_is_anything_of_them() {
  let one = section(1, 1, &wide(0));
  let thousand = section(1, 1, &wide(1000));
  // Names that differ are of three bytes.
  let exports = |count: u32| {
    let mut body = Vec::new();
    count.encode(&mut body);
    for number in 0..count {
      body.push(3);
      body.extend([(number & 0x7f) as u8, (number >> 7 & 0x7f) as u8, (number >> 14 & 0x7f) as u8, 0, 0]);
    }
    let mut section = vec![7];
    body.encode(&mut section);
    section
  };
  let function = section(3, 1, &[0]);
  let code = section(10, 1, &[2, 0, 0x0b]);
  let names = |length: usize| {
    let mut function = vec![1, 0];
    vec![b'n'; length].encode(&mut function);
    let mut part = vec![1];
    function.encode(&mut part);
    custom("name", &part)
  };
  let loops = [vec![0_u8], [3, 0x40, 0x0b].repeat(600_000), vec![0x0b]].concat();
  let mut long = Vec::new();
  loops.encode(&mut long);
  for (what, module) in [
    ("exports", module(&[thousand.clone(), function.clone(), exports(20_000), code.clone()])),
    ("exports", module(&[one.clone(), function.clone(), exports(900_000), code.clone()])),
    ("imports", module(&[thousand.clone(), section(2, 100_000, &[1, b'a', 1, b'b', 0, 0])])),
    ("imports", module(&[thousand.clone(), section(2, 100_000, &[1, b'a', 1, b'b', 4, 0, 0])])),
    ("types", module(&[section(1, 1_000_000, &[0x60, 0, 0])])),
    ("types", module(&[section(1, 10_000, &wide(1000))])),
    ("functions", module(&[one.clone(), section(3, 1_000_000, &[0])])),
    ("tables", module(&[section(4, 100_000, &[0x70, 0, 0])])),
    ("memories", module(&[section(5, 100_000, &[0, 0])])),
    ("tags", module(&[thousand.clone(), section(13, 100_000, &[0, 0])])),
    ("globals", module(&[section(6, 1_000_000, &[0x7f, 1, 0x41, 0, 0x0b])])),
    ("elements", module(&[one.clone(), function.clone(), section(9, 1_000_000, &[1, 0, 1, 0])])),
    (
      "elements",
      module(&[
        one.clone(),
        function.clone(),
        section(9, 1, &[&[1, 0][..], &section(0, 5_000_000, &[0])[5..]].concat()),
      ]),
    ),
    ("segments of data", module(&[section(5, 1, &[0, 0]), section(11, 1_000_000, &[1, 0])])),
    ("names", module(&[names(30 << 20)])),
    ("custom sections", module(&[custom("x", b"").repeat(1_000_000)])),
    ("URLs", module(&[custom("sourceMappingURL", &[b'u'; 20 << 20])])),
    ("checks of its limits", module(&[one, section(3, 4, &[0]), section(10, 4, &long)])),
  ] {
    match rewrite(&module, &USUAL) {
      Err(RewriteError::Host(exceeded)) => assert_eq!((exceeded.what, exceeded.allowed), (what, 64 << 20)),
      Err(other) => panic!("{what}: {other}"),
      Ok(_) => panic!("{what} are not counted"),
    }
  }
}

#[test]
fn what_there_is_is_what_is_spent() {
  assert_eq!(spent(&wat("(module)")), 0);
  let one = spent(&wat(r#"(module (func (export "a")))"#));
  let two = spent(&wat(r#"(module (func (export "a")) (export "b" (func 0)))"#));
  let wide = spent(&wat(r#"(module (func (export "a")) (export "bcd" (func 1)) (func (param i32 i32)))"#));
  assert!(one > 0 && two > one && wide > two, "{one} {two} {wide}");
  // A limit that is reached is not passed.
  let module = wat(r#"(module (func (export "a")))"#);
  rewrite(&module, &Options { host_bytes: one, ..USUAL }).unwrap();
  let error = rewrite(&module, &Options { host_bytes: one - 1, ..USUAL }).unwrap_err();
  let expected = format!("with its exports the host would hold {one} bytes and more for it, and may hold {}", one - 1);
  assert_eq!(error.to_string(), expected);
}

#[test]
fn large_modules_as_compilers_make_them_are_far_from_the_limit() {
  // 40,000 functions with names of Rust's length, some thousand exports, calls and loops.
  let functions: String = (0..40_000)
    .map(|number| {
      format!(
        "(func $_ZN4core3ops8function6FnOnce40call_once$u7b$$u7b$vtable.shim$u7d$$u7d$17h{number:016x}E (param i32 i32) \
         (result i32) (loop (br_if 0 (i32.eqz (call 0 (local.get 0) (local.get 1))))) (call 1 (local.get 1) (i32.const 2)))"
      )
    })
    .collect();
  let exports: String =
    (0..3000).map(|number| format!(r#"(export "exported_function_{number}" (func {number}))"#)).collect();
  let module = wat(&format!("(module {functions} {exports} (table 40000 funcref))"));
  let spent = spent(&module);
  assert!(spent < 32 << 20, "{spent}");
}

#[test]
fn whatever_a_module_has_many_of_the_clock_is_looked_at() {
  const MANY: u32 = 5000;
  let many = |bytes: &[u8]| bytes.repeat(MANY as usize);
  // A vector of as many.
  let vector = |bytes: &[u8]| {
    let mut vector = Vec::new();
    MANY.encode(&mut vector);
    vector.extend(many(bytes));
    vector
  };
  let one = |id, parts: &[&[u8]]| section(id, 1, &parts.concat());
  let body = |code: &[u8]| {
    let mut body = Vec::new();
    code.encode(&mut body);
    body
  };
  let (types, functions) = (section(1, 1, &wide(0)), section(3, 1, &[0]));
  let mut exports = Vec::new();
  MANY.encode(&mut exports);
  exports.extend((0..MANY).flat_map(|number| [&[4][..], format!("{number:04}").as_bytes(), &[2, 0]].concat()));
  let exports = [vec![7], body(&exports)].concat();
  let names = {
    let mut names = vec![1];
    vector(&[0, 1, b'a']).encode(&mut names);
    custom("name", &names)
  };
  let of_code = |bodies: Vec<u8>| module(&[types.clone(), functions.clone(), bodies]);
  let modules = [
    ("types", module(&[section(1, MANY, &wide(0))])),
    ("imports", module(&[section(2, MANY, &[0, 0, 3, 0x7f, 0])])),
    ("functions", module(&[types.clone(), section(3, MANY, &[0])])),
    ("tables", module(&[section(4, MANY, &[0x70, 0, 0])])),
    ("memories", module(&[section(5, MANY, &[0, 0])])),
    ("tags", module(&[types.clone(), section(13, MANY, &[0, 0])])),
    ("globals", module(&[section(6, MANY, &[0x7f, 0, 0x41, 0, 0x0b])])),
    ("a constant", module(&[one(6, &[&[0x7f, 0], &many(&[0x41, 0]), &[0x0b]])])),
    ("exports", module(&[section(5, 1, &[0, 0]), exports])),
    ("segments of elements", module(&[section(9, MANY, &[1, 0, 0])])),
    ("elements", module(&[one(9, &[&[1, 0], &vector(&[0])])])),
    ("expressions", module(&[one(9, &[&[5, 0x70], &vector(&[0xd0, 0x70, 0x0b])])])),
    ("bodies", module(&[types.clone(), section(3, MANY, &[0]), section(10, MANY, &[2, 0, 0x0b])])),
    ("code", of_code(one(10, &[&body(&[&[0][..], &many(&[1]), &[0x0b]].concat())]))),
    ("locals", of_code(one(10, &[&body(&[&vector(&[0, 0x7f])[..], &[0x0b]].concat())]))),
    ("data", module(&[section(11, MANY, &[1, 0])])),
    ("custom sections", module(&vec![custom("a", b""); MANY as usize])),
    ("names", module(&[names])),
  ];
  let options = Options { host_bytes: u64::MAX, ..USUAL };
  for (what, module) in modules {
    assert_eq!(rewrite_until(&module, &options, Some(Instant::now())).err(), Some(RewriteError::Late), "{what}");
    assert_eq!(rewrite(&module, &options).err(), None, "{what}");
  }
}
