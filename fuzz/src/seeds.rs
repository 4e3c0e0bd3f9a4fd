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
