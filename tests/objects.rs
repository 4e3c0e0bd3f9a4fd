//! Modules that make more objects than there is room for: their lane ends, and nothing else does. Most ended the
//! process when they were let run on threads as other modules are.

use std::fmt::Write;
use std::fs::write;

use crate::harness::describe;
use crate::harness::plugbay;

/// Types, something to keep arrays and structs in, and an op that tells that the plugin is there.
const HEAD: &str = r#"
  (type $bytes (array (mut i8))) (type $longs (array (mut i64))) (type $functions (array (mut funcref)))
  (type $kept (array (mut anyref)))
  (global $kept (ref $kept) (array.new_default $kept (i32.const 100000)))
  (func (export "alive") (result i32) i32.const 1)"#;

/// `make(i)` is kept, so many times, without a loop or a call.
fn straight(times: usize, make: &str) -> String {
  (0..times).fold(String::new(), |mut code, at| {
    let _ = writeln!(code, "(array.set $kept (global.get $kept) (i32.const {at}) {make})");
    code
  })
}

/// What `make` makes is kept again and again.
fn looped(make: &str) -> String {
  format!(
    "(local i32) (loop (array.set $kept (global.get $kept) (local.get 0) {make})
      (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 0))"
  )
}

fn fields(count: usize) -> String {
  "(field v128)".repeat(count)
}

/// Modules with an op `go`, by what becomes of them.
fn modules() -> Vec<(&'static str, &'static str, String)> {
  let (filled, refused) = ("ERR_HEAP_LIMIT", "ERR_WASM_COMPILE");
  let go = |code: &str| format!(r#"(func (export "go") {code})"#);
  let huge = "(array.new_default $longs (i32.const 100000000))";
  let largest = "(array.new_default $bytes (i32.const 0x3fffff00))";
  let none = go("");
  vec![
    ("structs in a loop", filled, {
      let list = "(type $node (struct (field (ref null $node)) (field i64))) (global $head (mut (ref null $node)) (ref.null $node))";
      let code = "(loop (global.set $head (struct.new $node (global.get $head) (i64.const 1))) (br 0))";
      format!("{list} {}", go(code))
    }),
    ("arrays in a loop", filled, go(&looped("(array.new_default $longs (i32.const 1000000))"))),
    ("the largest arrays in a loop", filled, go(&looped(largest))),
    ("huge arrays without a loop", filled, go(&straight(300, huge))),
    ("huge arrays of a value", filled, go(&straight(300, "(array.new $longs (i64.const 7) (i32.const 100000000))"))),
    ("arrays of data", filled, {
      let make = "(array.new_data $bytes $data (i32.const 0) (i32.const 4000000))";
      format!("(data $data \"{}\") {}", "x".repeat(4_000_000), go(&straight(1500, make)))
    }),
    ("arrays of elements", filled, {
      let make = "(array.new_elem $functions $all (i32.const 0) (i32.const 400000))";
      let all = "(ref.func 0)".repeat(400_000);
      format!("(elem $all funcref {all}) {}", go(&straight(1500, make)))
    }),
    // Behind calls that return there is no loop, and no beginning of a function.
    ("structs on the way back", filled, {
      let make = "(array.set $kept (global.get $kept) (i32.add (i32.mul (local.get 0) (i32.const 20)) (i32.const {at})) (struct.new_default $wide))";
      let code = (0..20).map(|at| make.replace("{at}", &at.to_string())).collect::<String>();
      format!(
        "(type $wide (struct {})) {} (func $deep (param i32)
          (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))) {code})",
        fields(1900),
        go("(call $deep (i32.const 4900))"),
      )
    }),
    // A trap is not caught.
    ("arrays where all is caught", filled, {
      let code = straight(9, huge);
      go(&format!("(loop $again (block $caught (try_table (catch_all $caught) {code})) {code} (br $again))"))
    }),
    ("arrays where all is caught as it was before", filled, {
      let code = straight(9, huge);
      go(&format!("(loop $again try {code} catch_all end {code} (br $again))"))
    }),
    ("a start function", filled, format!("{none} (start $start) (func $start {})", straight(300, huge))),
    // V8 writes code for each field.
    ("code for a billion fields", refused, {
      format!("(type $wide (struct {})) {}", fields(1900), go(&"(drop (struct.new_default $wide))".repeat(100_000)))
    }),
    ("globals", refused, format!("{none} {}", format!("(global (ref $longs) {huge})").repeat(10))),
    ("tables", refused, format!("{none} {}", format!("(table 1 (ref null $longs) {huge})").repeat(10))),
    ("active elements", refused, {
      format!("{none} (table 100 anyref) (elem (i32.const 0) anyref {})", format!("(item {huge})").repeat(10))
    }),
    ("passive elements", refused, {
      let code = "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 10))";
      format!("(table $t 100 anyref) (elem $e anyref {}) {}", format!("(item {huge})").repeat(10), go(code))
    }),
    ("a length that is computed", refused, {
      let array = "(array.new_default $longs (i32.mul (i32.const 10000) (i32.const 10000)))";
      format!("{none} {}", format!("(global (ref $longs) {array})").repeat(10))
    }),
    ("many small arrays in globals", refused, {
      let array = "(array.new_fixed $longs 2 (i64.const 1) (i64.const 2))";
      let wide = "(array.new_default $longs (i32.const 10000))";
      format!("{none} {}", format!("(global (ref $longs) {array}) (global (ref $longs) {wide})").repeat(3000))
    }),
  ]
}

/// Opens each, calls `go`, which fails as it should, and then `alive`.
const SCRIPT: &str = r#"
  const [folder, deadline, ...expected] = Deno.args;
  const limits = { heap: 16, deadline: +deadline };
  for (let i = 0; i < expected.length; i++) {
    let code, message;
    try {
      const { ops } = Deno.openPlugin(`${folder}/${i}.wasm`, { threads: 1, limits });
      try {
        await ops.go();
      } catch (error) {
        ({ code, message } = error);
      }
      if (await ops.alive() !== 1) throw new Error("it is gone");
    } catch (error) {
      ({ code, message } = error);
    }
    console.log(code === expected[i] ? "as expected" : `${code}: ${message}`);
  }
"#;

fn run(deadline: &str) {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let modules = modules();
  for (number, (name, _, text)) in modules.iter().enumerate() {
    let module = wat::parse_str(format!("(module {HEAD} {text})"));
    let module = module.unwrap_or_else(|error| panic!("{name}: {error}"));
    write(folder.path().join(format!("{number}.wasm")), module).expect("the folder can be written");
  }
  let path = folder.path().join("main.js");
  write(&path, SCRIPT).expect("the folder can be written");
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(&path).arg(folder.path()).arg(deadline);
  command.args(modules.iter().map(|(_, code, _)| code));
  let output = command.output().expect("plugbay runs");
  let says = String::from_utf8_lossy(&output.stdout);
  // What is not told of has ended the process.
  let told = says.lines().chain(std::iter::repeat("the process ended"));
  let wrong: Vec<_> = modules.iter().zip(told).filter(|(_, told)| *told != "as expected").collect();
  let wrong: Vec<_> = wrong.into_iter().map(|((name, code, _), told)| format!("{name} ({code}): {told}")).collect();
  assert!(output.status.success() && wrong.is_empty(), "{}\n{}", wrong.join("\n"), describe(&output));
}

#[test]
fn modules_that_fill_the_heap_end_their_lanes_alone() {
  run("60000");
}

#[test]
fn so_do_those_without_a_deadline() {
  run("0");
}
