//! Modules to begin with, made from text when they are first wanted.

use std::sync::LazyLock;

use wat::GenerateDwarf;

use crate::odd_modules::MODULES;

/// A module with names, line tables and what other tools leave in a module.
const SYMBOLS: &str = r#"(module $crate
  (import "env" "log" (func $log (param i32)))
  (memory (export "memory") 2)
  (func $_ZN4core9panicking5panic17h0123456789abcdefE (export "a") (call $log (i32.const 1)) unreachable)
  (func $_RNvCs1234_7mycrate3foo (param $left i32) (result i32) (local $sum i64)
    (loop $again (result i32)
      (br_if $again (local.get $left))
      (i32.add (local.get $left) (i32.const 1))))
  (func $plain (call $_ZN4core9panicking5panic17h0123456789abcdefE))
  (global $state (mut i32) (i32.const 7))
  (data $text "text")
  (@custom "producers" "\01\0cprocessed-by\01\05rustc\041.95")
  (@custom "target_features" "\01+\0bbulk-memory")
  (@custom "metadata.code.branch_hint" (before code) "\01\02\01\03\01\00"))"#;

/// All of them; every text once as it is and once with names and lines.
pub(crate) static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
  let texts = MODULES.iter().chain([&SYMBOLS]);
  let modules = texts.flat_map(|text| {
    let plain = wat::parse_str(text).expect("the text is a module");
    let path = Some("src/seed.wat".as_ref());
    [Some(plain), wat::Parser::new().generate_dwarf(GenerateDwarf::Full).parse_str(path, text).ok()]
  });
  modules.flatten().collect()
});

/// Components with values of all kinds, with resources, and with one component in another.
const COMPONENT_TEXTS: [&str; 3] = [
  r#"(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
    (func (export "f") (param i32 i32 i32 i32 i32 i64 f64) (result i32) i32.const 16)
    (func (export "done") (param i32)))
  (core instance $i (instantiate $m))
  (alias core export $i "memory" (core memory $memory))
  (alias core export $i "realloc" (core func $realloc))
  (type $point' (record (field "x" s8) (field "y" f64)))
  (type $shape' (variant (case "none") (case "dot" u16) (case "text" string)))
  (type $colour' (enum "red" "green"))
  (type $flags' (flags "a" "b" "c"))
  (export $point "point" (type $point'))
  (export $shape "shape" (type $shape'))
  (export $colour "colour" (type $colour'))
  (export $flags "flags" (type $flags'))
  (func (export "f") (param "a" string) (param "b" $colour) (param "c" $flags) (param "d" bool) (param "e" u64) (param "g" f64)
    (result (tuple (list $point) (option $shape) (result char (error string))))
    (canon lift (core func $i "f") (memory (core memory $memory)) (realloc (core func $realloc)) (post-return (core func $i "done")))))"#,
  r#"(component
  (import "test:host/api@0.2.1" (instance $api
    (export "blob" (type $blob (sub resource)))
    (export "[method]blob.read" (func (param "self" (borrow $blob)) (param "count" u32) (result (list u8))))
    (export "open" (func (param "path" string) (result (own $blob))))))
  (core module $memory (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $m (instantiate $memory))
  (alias core export $m "memory" (core memory $mem))
  (alias core export $m "realloc" (core func $realloc))
  (alias export $api "open" (func $open))
  (core func $open' (canon lower (func $open) (memory (core memory $mem)) (realloc (core func $realloc))))
  (alias export $api "blob" (type $blob))
  (core func $drop (canon resource.drop $blob))
  (core module $user (import "api" "open" (func (param i32 i32) (result i32))) (import "api" "drop" (func (param i32)))
    (func (export "run")))
  (core instance $u (instantiate $user (with "api" (instance (export "open" (func $open')) (export "drop" (func $drop))))))
  (func (export "run") (canon lift (core func $u "run"))))"#,
  r#"(component
  (component $inner
    (core module $m (func (export "add") (param i32 i32) (result i32) local.get 0))
    (core instance $i (instantiate $m))
    (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add"))))
  (instance $one (instantiate $inner))
  (instance $two (instantiate $inner))
  (export "one" (func $one "add"))
  (export "two" (func $two "add")))"#,
];

/// Components to begin with.
pub(crate) static COMPONENTS: LazyLock<Vec<Vec<u8>>> =
  LazyLock::new(|| COMPONENT_TEXTS.iter().map(|text| wat::parse_str(text).expect("the text is a component")).collect());
