//! Modules that are malformed, not valid, not linkable, that trap or that never end: those of `wast/`, in the language
//! of the WebAssembly specification's own tests, and what `scripts/guest_bad_modules.js` makes of a good one. One
//! process opens them all.
//!
//! An assertion's text says what the message of the error includes, where V8 gives the words (traps, links); of a
//! module that is refused it is only for people. A text that begins with `ERR_` is the code of the error.

use std::fs::create_dir;
use std::fs::read_dir;
use std::fs::read_to_string;
use std::fs::write;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use wast::QuoteWat;
use wast::Wast;
use wast::WastArg;
use wast::WastDirective;
use wast::WastExecute;
use wast::WastInvoke;
use wast::WastRet;
use wast::core::WastArgCore;
use wast::core::WastRetCore;
use wast::parser::ParseBuffer;
use wast::parser::parse;

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

/// A module with every section, some of whose bytes are changed or missing later.
const GOOD: &str = r#"
  (module $good
    (type $pair (func (param i32 i64) (result i64)))
    (import "given" "noop" (func $noop))
    (import "given" "number" (global $number i32))
    (memory (export "memory") 1 4)
    (table $table (export "table") 4 8 funcref)
    (tag $tag (param i32))
    (global $state (export "state") (mut i32) (i32.const 7))
    (export "odd \u{1f980}" (func $pair))
    (start $start)
    (elem $passive func $pair $start)
    (elem (table $table) (i32.const 0) func $pair $start)
    (func $start (global.set $state (i32.add (global.get $state) (global.get $number))))
    (func $pair (type $pair) (local i32 i32 f64)
      (local.set 2 (local.get 0))
      (block $done (loop $again
        (br_if $done (i32.eqz (local.get 2)))
        (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
        (i32.store8 (local.get 2) (local.get 0))
        (br $again)))
      (i64.add (local.get 1) (i64.extend_i32_u (local.get 0))))
    (func (export "classify") (param i32) (result i32)
      (block $c (block $b (block $a (br_table $a $b $c (local.get 0)))
        (return (i32.const 10))) (call $noop) (return (i32.const 20)))
      (i32.const 30))
    (func (export "call") (param i32) (result i64)
      (call_indirect $table (type $pair) (i32.const 3) (i64.const 4) (local.get 0)))
    (func (export "vector") (result i32) (i32x4.extract_lane 2 (v128.const i32x4 1 2 3 4)))
    (func (export "catch") (result i32)
      (block $caught (result i32) (try_table (catch $tag $caught) (throw $tag (i32.const 9))) (i32.const 0)))
    (func (export "copy") (memory.init $text (i32.const 16) (i32.const 0) (i32.const 4)) (data.drop $text))
    (data (i32.const 32) "somewhere in memory")
    (data $text "text")
    (@custom "note" "nothing of importance"))
"#;

#[test]
fn bad_modules() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let temp = temp.path().canonicalize().expect("it is there");
  let modules = temp.join("modules");
  create_dir(&modules).expect("a folder can be made");

  let mut cases = Vec::new();
  let mut files = read_dir(root().join("tests/wast"))
    .expect("the folder can be read")
    .map(|entry| entry.expect("the folder can be read").path())
    .collect::<Vec<_>>();
  files.sort();
  for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "wast")) {
    cases_of(file, &modules, &mut cases);
  }
  assert!(cases.len() > 150, "there are {} cases", cases.len());
  write(temp.join("cases.json"), Value::from(cases).to_string()).expect("the file can be written");
  write(temp.join("good.wasm"), wat::parse_str(GOOD).expect("it is a module")).expect("the file can be written");

  let script = root().join("tests/scripts/guest_bad_modules.js");
  let mut command = plugbay();
  command.args(["run", "--allow-read", "--allow-write"]).arg(script).arg(&temp).arg(&temp).current_dir(&temp);
  let printed = succeed(&mut command);
  assert!(printed.contains("all bad modules are refused"), "{printed}");
}

/// The directives of a file as the cases that the script goes through, with their modules in `folder`.
fn cases_of(path: &Path, folder: &Path, cases: &mut Vec<Value>) {
  let text = read_to_string(path).expect("the file can be read");
  let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
  let buffer = ParseBuffer::new(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
  let wast = parse::<Wast<'_>>(&buffer).unwrap_or_else(|error| panic!("{name}: {error}"));
  for directive in wast.directives {
    let line = directive.span().linecol_in(&text).0 + 1;
    // The name of its file is that of the plugin.
    let plugin = format!("{name}_{line}");
    let place = format!("{name}.wast:{line}");
    let save = |bytes: Vec<u8>| write(folder.join(format!("{plugin}.wasm")), bytes).expect("the file can be written");
    let module = |mut module: QuoteWat<'_>| {
      save(module.encode().unwrap_or_else(|error| panic!("{place}: {error}")));
    };
    let case = match directive {
      WastDirective::AssertMalformed { module: mut text @ QuoteWat::QuoteModule(..), message, .. } => {
        // There are no bytes to open: it is the text that is wrong.
        assert!(text.encode().is_err(), "{place}: it is a module, and {message:?} is asserted");
        continue;
      }
      WastDirective::Module(given) => {
        module(given);
        json!({ "place": place, "plugin": plugin, "opens": true })
      }
      WastDirective::AssertMalformed { module: given, message, .. }
      | WastDirective::AssertInvalid { module: given, message, .. } => {
        module(given);
        json!({ "place": place, "plugin": plugin, "error": error_of(message, "ERR_WASM_COMPILE", false) })
      }
      WastDirective::AssertUnlinkable { module: given, message, .. } => {
        module(QuoteWat::Wat(given));
        json!({ "place": place, "plugin": plugin, "error": error_of(message, "ERR_WASM_LINK", true) })
      }
      WastDirective::AssertTrap { exec: WastExecute::Wat(given), message, .. } => {
        module(QuoteWat::Wat(given));
        json!({ "place": place, "plugin": plugin, "error": error_of(message, "ERR_WASM_TRAP", true) })
      }
      WastDirective::AssertTrap { exec: WastExecute::Invoke(call), message, .. }
      | WastDirective::AssertExhaustion { call, message, .. } => {
        json!({ "place": place, "call": call_of(&call), "error": error_of(message, "ERR_WASM_TRAP", true) })
      }
      WastDirective::AssertReturn { exec: WastExecute::Invoke(call), results, .. } => {
        let results = results.iter().map(result_of).collect::<Vec<_>>();
        json!({ "place": place, "call": call_of(&call), "returns": results })
      }
      _ => panic!("{place}: this test knows no such directive"),
    };
    cases.push(case);
  }
}

fn error_of(message: &str, code: &str, is_included: bool) -> Value {
  match (message.starts_with("ERR_"), is_included) {
    (true, _) => json!({ "code": message, "includes": "" }),
    (false, true) => json!({ "code": code, "includes": message }),
    (false, false) => json!({ "code": code, "includes": "" }),
  }
}

fn call_of(call: &WastInvoke<'_>) -> Value {
  let args = call.args.iter().map(|arg| match arg {
    WastArg::Core(WastArgCore::I32(value)) => json!({ "type": "i32", "value": value.to_string() }),
    WastArg::Core(WastArgCore::I64(value)) => json!({ "type": "i64", "value": value.to_string() }),
    WastArg::Core(WastArgCore::F64(value)) => json!({ "type": "f64", "value": f64::from_bits(value.bits).to_string() }),
    other => panic!("this test knows no argument {other:?}"),
  });
  json!({ "op": call.name, "args": args.collect::<Vec<_>>() })
}

fn result_of(result: &WastRet<'_>) -> Value {
  use wast::core::NanPattern;
  match result {
    WastRet::Core(WastRetCore::I32(value)) => json!({ "type": "i32", "value": value.to_string() }),
    WastRet::Core(WastRetCore::I64(value)) => json!({ "type": "i64", "value": value.to_string() }),
    WastRet::Core(WastRetCore::F64(NanPattern::Value(value))) => {
      json!({ "type": "f64", "value": f64::from_bits(value.bits).to_string() })
    }
    other => panic!("this test knows no result {other:?}"),
  }
}
