//! Scripts that fill V8's heap: they end, and nothing else does.

use std::fs::write;

use plugbay::Error;
use plugbay::Runtime;

use crate::harness::describe;
use crate::harness::plugbay;

/// Runs a script in the least heap, which it must fill.
fn fill_heap(source: &str) {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  write(&path, source).expect("the folder can be written");
  let mut runtime = Runtime::builder().heap_limit(MIN_HEAP).build().expect("a runtime can be made");
  let error = runtime.run(&path).expect_err("it fills the heap");
  assert!(matches!(error, Error::HeapLimit { limit: MIN_HEAP }), "{source}: {error}");
}

const MIN_HEAP: usize = 16 << 20;

/// `fill()` never comes back.
const FILL: &str = "const kept = []; function fill() { for (;;) kept.push({ x: kept.length, y: [1, 2, 3] }); }\n";

#[test]
fn a_full_heap_is_the_end_of_its_runtime_and_of_nothing_else() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  write(&path, format!("{FILL}fill();")).expect("the folder can be written");
  let mut runtime = Runtime::builder().heap_limit(MIN_HEAP).build().expect("a runtime can be made");
  for _ in 0..2 {
    let error = runtime.run(&path).expect_err("it fills the heap").to_string();
    assert!(error.contains("heap of 16 MiB") && error.contains("Builder::heap_limit"), "{error}");
  }
  let error = runtime.types("x.wasm", None).expect_err("the runtime is at its end");
  assert!(matches!(error, Error::HeapLimit { .. }), "{error}");
  drop(runtime);
  // The process goes on, and so does the thread.
  let mut runtime = Runtime::builder().heap_limit(MIN_HEAP).build().expect("a runtime can be made");
  write(&path, "if ([1, 2, 3].length !== 3) throw 0;").expect("the folder can be written");
  assert_eq!(runtime.run(&path).expect("the script runs"), 0);
}

#[test]
fn a_loop_that_is_compiled_while_it_runs_is_ended_too() {
  for body in [
    "for (;;) kept.push(new Array(1000));",
    "for (let i = 0;;) kept[i++] = new Array(1000);",
    "for (;;) kept.push(new Array(1000).fill(1.5));",
    "setTimeout(() => { for (;;) kept.push(new Array(1000).fill(1.5)); }, 1);",
    "const add = () => kept.push(new Array(1000).fill(1.5)); for (;;) add();",
  ] {
    fill_heap(&format!("const kept = []; {body}"));
  }
}

#[test]
fn a_script_that_fills_the_heap_is_ended_wherever_it_does() {
  for end in [
    "fill();",
    "try { fill(); } catch {} finally { fill(); }",
    "setTimeout(fill, 1);",
    "setInterval(fill, 1);",
    "queueMicrotask(fill);",
    "await null; fill();",
    "Promise.reject(1).catch(fill);",
    "new Promise(fill);",
    "addEventListener('unhandledrejection', fill); Promise.reject(1);",
    "addEventListener('error', fill); setTimeout(() => { throw 1 }, 1);",
    "JSON.stringify({ toJSON: fill });",
    "[2, 1].sort(fill);",
    "'x'.replace(/x/, fill);",
    "console.log({ [Symbol.for('Deno.customInspect')]: fill });",
    "const error = new Error('x'); Object.defineProperty(error, 'message', { get: fill }); throw error;",
    "await Deno.stat('x').catch(fill);",
    "await import('data:text/javascript,1').catch(fill);",
    "new FinalizationRegistry(fill); fill();",
    "function* all() { for (;;) yield {}; } [...all()];",
  ] {
    fill_heap(&format!("{FILL}{end}"));
  }
}

#[test]
fn objects_that_are_larger_than_the_heap_end_the_script() {
  for source in [
    "const all = []; for (;;) all.push(new Array(10_000_000).fill(1.5));",
    "const map = new Map(); for (let i = 0; ; i++) map.set(i, i);",
    "const set = new Set(); for (let i = 0; ; i++) set.add(i);",
    "const object = {}; for (let i = 0; ; i++) object['a' + i] = i;",
    "const all = []; for (let i = 0; ; i++) all.push(`${i}`.padEnd(50_000_000, '\u{1234}'));",
    "const table = new WebAssembly.Table({ initial: 1, element: 'externref' }); for (let i = 0; i < 9; i++) table.grow(1_000_000);",
    "JSON.parse('[' + '[],'.repeat(1_000_000) + '0]');",
    "Array.from({ length: 2_000_000 }, () => ({}));",
    // Its failure is an error, which a script can catch.
    "const kept = [], text = Array(50).fill('z'.repeat(1e6)); for (;;) try { kept.push(structuredClone(text)); } catch {}",
    "structuredClone(Array.from({ length: 300_000 }, () => [{}]));",
  ] {
    fill_heap(source);
  }
}

#[test]
fn guests_that_fill_the_heap_end_the_script() {
  let bytes = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#).expect("it is a module");
  fill_heap(&format!(
    "{FILL}const {{ ops }} = Deno.openPlugin(new Uint8Array({bytes:?})); for (;;) kept.push([ops.one(), {{}}]);"
  ));
  let importing = wat::parse_str(r#"(module (import "host" "fill" (func $fill)) (func (export "call") (call $fill)))"#);
  let importing = importing.expect("it is a module");
  fill_heap(&format!(
    "{FILL}Deno.openPlugin(new Uint8Array({importing:?}), {{ imports: {{ host: {{ fill }} }} }}).ops.call();"
  ));
}

#[test]
fn modules_that_are_larger_than_the_heap_end_the_script() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let list = format!("[{}0]", "{},".repeat(1_000_000));
  write(folder.path().join("data.json"), &list).expect("the folder can be written");
  write(folder.path().join("module.js"), format!("export default {list};")).expect("the folder can be written");
  let path = folder.path().join("main.js");
  for import in [
    "import './module.js';",
    "await import('./module.js');",
    // Deno's crates panic here; the runtime does not.
    "import './data.json' with { type: 'json' };",
  ] {
    write(&path, import).expect("the folder can be written");
    let permissions = plugbay::Permissions { read: plugbay::Grant::All, ..Default::default() };
    let mut runtime =
      Runtime::builder().permissions(permissions).heap_limit(MIN_HEAP).build().expect("a runtime can be made");
    let error = runtime.run(&path).expect_err("it fills the heap");
    assert!(matches!(error, Error::HeapLimit { .. }), "{import}: {error}");
  }
}

#[test]
fn a_heap_that_holds_no_script_is_refused() {
  let error = Runtime::builder().heap_limit(1 << 20).build().err().expect("it is too small");
  assert!(error.to_string().contains("at least 16 MiB"), "{error}");
  drop(Runtime::builder().heap_limit(MIN_HEAP).build().expect("the least is enough"));
}

#[test]
fn the_command_says_so_and_has_an_exit_code_for_it() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  write(&path, format!("{FILL}fill();")).expect("the folder can be written");
  let output = plugbay().args(["run", "--max-heap=32"]).arg(&path).output().expect("plugbay runs");
  let says = String::from_utf8_lossy(&output.stderr);
  assert!(output.status.code() == Some(70) && says.lines().count() == 1, "{}", describe(&output));
  assert!(says.contains("heap of 32 MiB") && says.contains("--max-heap"), "{says}");

  let output = plugbay().args(["run", "--max-heap=4"]).arg(&path).output().expect("plugbay runs");
  assert!(output.status.code() == Some(1), "{}", describe(&output));
}

#[test]
fn a_thread_of_a_plugin_that_fills_its_heap_begins_anew() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  // A table is in V8's heap.
  let grow = r#"(module (table (export "table") 1 externref)
    (func (export "grow") (param i32) (result i32) (table.grow (ref.null extern) (local.get 0))))"#;
  write(folder.path().join("grow.wasm"), wat::parse_str(grow).expect("it is a module")).expect("it can be written");
  let source = r#"
    const { ops } = Deno.openPlugin(Deno.args[0], { threads: 1, limits: { table: 9_000_000 } });
    for (let i = 0; i < 3; i++) {
      if (await ops.grow(1) !== 1) throw new Error("it does not begin anew");
      try {
        for (let i = 0; i < 8; i++) await ops.grow(1_000_000);
        throw new Error("there is room");
      } catch (error) {
        if (!(error instanceof RangeError && error.code === "ERR_HEAP_LIMIT" && error.message.includes("32 MiB"))) throw error;
      }
    }
    console.log("done");
  "#;
  let path = folder.path().join("main.js");
  write(&path, source).expect("the folder can be written");
  let mut command = plugbay();
  command.args(["run", "--max-heap=32", "--allow-read"]).arg(&path).arg(folder.path().join("grow.wasm"));
  let output = command.output().expect("plugbay runs");
  assert!(output.status.success() && output.stdout == b"done\n", "{}", describe(&output));
}

/// A command that runs a script under a limit of the shell's.
#[cfg(target_os = "linux")]
fn run_limited(limit: &str) -> std::process::Output {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  write(&path, "console.log('done')").expect("the folder can be written");
  let mut command = std::process::Command::new("sh");
  command.arg("-c").arg(format!("{limit}; exec \"$0\" run \"$1\"")).arg(plugbay().get_program()).arg(path);
  command.env("PLUGBAY_CACHE", "").output().expect("sh runs")
}

#[test]
#[cfg(target_os = "linux")]
fn what_the_system_does_not_give_is_named() {
  for (limit, name) in [("ulimit -n 8", "file descriptors"), ("ulimit -v 4000000", "GiB of addresses")] {
    let output = run_limited(limit);
    let says = String::from_utf8_lossy(&output.stderr);
    assert!(
      output.status.code() == Some(1) && says.starts_with("error: cannot make a runtime: "),
      "{}",
      describe(&output)
    );
    assert!(says.contains(name) && says.contains(&limit[..9]) && says.lines().count() == 1, "{says}");
  }
  // Standard streams that are closed are none of the runtime's business.
  for limit in [":", "exec 0<&-", "exec 2>&-", "exec 1>&-"] {
    let output = run_limited(limit);
    assert!(output.status.success(), "{limit}: {}", describe(&output));
  }
}
