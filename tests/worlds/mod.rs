//! Worlds of guests, and what they and providers give together.

mod toy;

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use plugbay::Caller;
use plugbay::Grant;
use plugbay::Module;
use plugbay::OpFailure;
use plugbay::Permissions;
use plugbay::Plugin;
use plugbay::Runtime;
use plugbay::Value;
use plugbay::World;

use crate::harness::build_guests;
use crate::harness::builds_guests;
use crate::harness::builds_wasi_guests;
use crate::harness::describe;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::harness::wasm_tool;
use crate::harness::wasm_tools;

/// What stands in a log after what is said of each line.
fn printed(output: &std::process::Output) -> Vec<String> {
  assert!(output.status.success(), "{}", describe(output));
  let text = String::from_utf8_lossy(&output.stderr).into_owned();
  let message =
    |line: &str| line.split_once("print: ")?.1.rsplit_once(" plugin=").map(|(message, _)| message.to_string());
  text.lines().filter_map(message).collect()
}

/// The apps of `fixtures/trek`, in a folder; `None` when there is nothing to build them with.
fn apps() -> Option<PathBuf> {
  builds_guests().then(|| build_guests("wasm32-unknown-unknown", &["trek_apps"]))
}

const OF_BOTH_APPS: [&str; 10] = [
  "call print:start app 1 [11]",
  "call print:操作成功 [12]",
  "call print:data 1 [6]",
  "inner exit 0",
  "call print:操作成功 [12]",
  "call print:操作成功 [12]",
  "call print:start app 2 [11]",
  "初始化过了",
  "call print:data 3 [6]",
  "inner exit 0",
];

#[test]
fn the_smallest_guest_of_trek_prints_what_wasm_manager_prints() {
  let Some(kind) = wasm_tool("PLUGBAY_WASM_RUST") else { return eprintln!("skipped: no Rust for guests") };
  let folder = tempfile::tempdir().expect("a folder can be made");
  let module = folder.path().join("minimal.wasm");
  let tools = wasm_tools();
  let tool = |name: &str| tools.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
  let mut rustc = Command::new(tool("RUSTC").unwrap_or_else(|| "rustc".to_string()));
  rustc.args(["--target", "wasm32-unknown-unknown", "-C", "opt-level=z"]);
  if kind == "sysroot" {
    rustc.args(tool("CARGO_ENCODED_RUSTFLAGS").iter().flat_map(|flags| flags.split('\u{1f}')));
    let linker = tool("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER").expect("a sysroot comes with a linker");
    rustc.arg("-C").arg(format!("linker={linker}"));
  }
  succeed(rustc.arg(root().join("tests/fixtures/trek/minimal.rs")).arg("-o").arg(&module));
  let script = folder.path().join("main.js");
  // However the program ends.
  for end in ["", "Deno.exit();"] {
    let text = format!("Deno.plugins.open(1, Deno.args[0]).ops.start(); {end}");
    std::fs::write(&script, text).expect("the folder can be written");
    let output = plugbay().args(["run", "--allow-read"]).arg(&script).arg(&module).output().expect("plugbay runs");
    let lines = ["call print:Trek World!  [12]", "inner exit 0", "drop TrekFunctionEnv store_raw 1"];
    assert_eq!(printed(&output), lines, "{end}");
  }
}

#[test]
fn apps_of_trek_share_their_counter_whoever_manages_them() {
  let Some(folder) = apps() else { return };
  let script = root().join("tests/fixtures/trek/manager.js");
  let output = plugbay().args(["run", "--allow-read"]).arg(script).arg(&folder).output().expect("plugbay runs");
  let mut lines = printed(&output);
  let mut drops = lines.split_off(OF_BOTH_APPS.len());
  assert_eq!(lines, OF_BOTH_APPS);
  drops.sort();
  assert_eq!(drops, ["drop TrekFunctionEnv store_raw 1", "drop TrekFunctionEnv store_raw 2"]);
}

/// A runtime that reads everything, with these worlds.
fn runtime(world: impl World + 'static) -> Runtime {
  let permissions = Permissions { read: Grant::All, ..Default::default() };
  Runtime::builder().permissions(permissions).world(world).build().expect("a runtime can be made")
}

fn call(runtime: &mut Runtime, plugin: &Plugin, op: &str, args: Vec<Value>) -> Result<Value, OpFailure> {
  let caller = Caller::host();
  let op = runtime.bind(&caller, plugin, op)?;
  runtime.invoke(&caller, &op, args)
}

#[test]
fn a_program_manages_plugins_by_ids() {
  let Some(folder) = apps() else { return };
  let mut runtime = runtime(toy::Toy);
  let first = runtime.plugins().open("1", folder.join("app1.wasm")).expect("it opens");
  call(&mut runtime, &first, "start", vec![]).expect("it starts");
  let taken = runtime.plugins().open("1", folder.join("app2.wasm")).expect_err("the id is taken");
  assert!(taken.to_string().contains(r#"there is a plugin with the id "1""#), "{taken}");
  let found = runtime.plugins().get("1").expect("the runtime goes on").expect("it is open");
  assert_eq!(found.name(), "app1");
  call(&mut runtime, &found, "test_api", vec![]).expect("it is the same");
  let second = runtime.plugins().replace("1", folder.join("app2.wasm")).expect("it opens");
  assert_eq!(second.name(), "app2");
  assert_eq!(runtime.bind(&Caller::host(), &first, "start").expect_err("it is closed").code, "ERR_PLUGIN_CLOSED");
  runtime.plugins().close("1").expect("it is open");
  assert!(runtime.plugins().get("1").expect("the runtime goes on").is_none());
  assert!(runtime.plugins().close("1").expect_err("it is closed").to_string().contains("no plugin with the id"));
}

fn module(folder: &Path, name: &str, text: &str) -> PathBuf {
  let path = folder.join(name).with_extension("wasm");
  std::fs::write(&path, wat::parse_str(text).expect("it is a module")).expect("the folder can be written");
  path
}

const TOLD: &str = r#"(module
  (import "toy" "tell" (func $tell (param i32)))
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock (param i32 i64 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "answer") (param i32)
    (call $tell (call $clock (i32.const 0) (i64.const 1) (i32.const 8)))
    (call $tell (local.get 0))
    (if (i32.eq (local.get 0) (i32.const 13)) (then unreachable))
    (loop $spin (br_if $spin (i32.eq (local.get 0) (i32.const 14))))
    (call $tell (i32.const 1))))"#;

#[test]
fn a_world_is_added_by_one_line() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let told = module(folder.path(), "told", TOLD);
  let permissions = Permissions { read: Grant::All, ..Default::default() };
  let mut runtime = Runtime::builder().permissions(permissions).world(toy::Toy).build().expect("a runtime can be made");

  let plugin = runtime.open(&told).expect("it opens");
  assert_eq!(call(&mut runtime, &plugin, "ask", vec![Value::from(41)]), Ok(Value::from(42)));
  assert_eq!(call(&mut runtime, &plugin, "askLater", vec![Value::from(1)]), Ok(Value::from(2)));
  // It fails in its own words, traps as guests do, and goes on in a new instance.
  let own = call(&mut runtime, &plugin, "ask", vec![Value::from(-1)]).expect_err("it is negative");
  assert_eq!((own.class.as_ref(), own.code.as_ref()), ("RangeError", "ERR_TOY"));
  let trap = call(&mut runtime, &plugin, "ask", vec![Value::from(13)]).expect_err("it traps");
  assert_eq!(trap.code, "ERR_WASM_TRAP");
  assert_eq!(call(&mut runtime, &plugin, "ask", vec![Value::from(2)]), Ok(Value::from(3)));
  let unknown = runtime.bind(&Caller::host(), &plugin, "answer").expect_err("it is no op");
  assert_eq!(unknown.code, "ERR_OP_UNKNOWN");
  let metrics = runtime.metrics();
  let ask = metrics.ops.iter().find(|op| op.name == "ask").expect("it is an op");
  assert_eq!((ask.calls, ask.completed, ask.errors), (4, 4, 2));
  runtime.close(&plugin).expect("it is open");

  // Its guests have limits, and are stateless and several where the script says so, as others.
  let script = folder.path().join("main.js");
  let source = r#"
    const [told] = Deno.args;
    const { ops } = Deno.openPlugin(told, { limits: { deadline: 50 } });
    let code;
    try { ops.ask(14); } catch (error) { ({ code } = error); }
    if (code !== "ERR_WASM_DEADLINE") throw new Error(code);
    const stateless = Deno.openPlugin(told, { stateless: true, pool: 2 });
    if (stateless.ops.ask(1) !== 2 || stateless.ops.ask(1) !== 2) throw new Error("stateless");
    if (stateless.ops.resets() < 2) throw new Error(`${stateless.ops.resets()} resets`);
    const threads = Deno.openPlugin(told, { threads: 2 });
    if (await threads.ops.ask(4) !== 5) throw new Error("threads");
    const own = Deno.openPlugin(told, { imports: { toy: { tell() {} } } });
    if (own.ops.ask(4) !== 0) throw new Error("the script's functions go first");
  "#;
  std::fs::write(&script, source).expect("the folder can be written");
  drop(runtime);
  let permissions = Permissions { read: Grant::All, ..Default::default() };
  let mut runtime = Runtime::builder()
    .permissions(permissions)
    .args([told.to_string_lossy()])
    .world(toy::Toy)
    .build()
    .expect("a runtime can be made");
  runtime.run(&script).expect("the script runs");
}

/// A world with any script.
#[derive(Debug)]
struct Scripted(&'static str);

impl World for Scripted {
  fn name(&self) -> &str {
    "scripted"
  }

  fn claims(&self, module: &dyn Module) -> bool {
    assert!(module.bytes().starts_with(b"\0asm"));
    module.imports_from("toy")
  }

  fn script(&self) -> Option<&str> {
    Some(self.0)
  }
}

#[test]
fn a_script_that_is_no_world_is_told() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let told = module(folder.path(), "told", TOLD);
  for (script, why) in [
    ("5", "gives no class that extends"),
    ("() => class {}", "the script of world scripted gives no class that extends World"),
    ("() => undefined", "gives no class that extends"),
    ("(", "SyntaxError"),
    ("({ World }) => { throw new TypeError('not today'); }", "not today"),
    (
      "({ World }) => class extends World { imports() { return { toy: { tell() {} } }; } start() { throw new TypeError('no start'); } }",
      "no start",
    ),
    ("({ World }) => class extends World { imports() { return 5; } }", "toy.tell"),
  ] {
    let mut runtime = runtime(Scripted(script));
    let refused = runtime.open(&told).expect_err("it is no world").to_string();
    assert!(refused.contains(why), "{script}: {refused}");
    // Others are none the worse.
    let plain = module(folder.path(), "plain", r#"(module (func (export "one") (result i32) (i32.const 1)))"#);
    let plain = runtime.open(plain).expect("it opens");
    assert_eq!(call(&mut runtime, &plain, "one", vec![]), Ok(Value::from(1)), "{script}");
  }
}

/// A world that says that it is in the snapshot.
#[derive(Debug)]
struct Nowhere;

impl World for Nowhere {
  fn name(&self) -> &str {
    "nowhere"
  }

  fn claims(&self, module: &dyn Module) -> bool {
    module.imports_from("toy")
  }

  fn script(&self) -> Option<&str> {
    None
  }
}

#[test]
fn a_world_without_a_script_is_told() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let refused = runtime(Nowhere).open(module(folder.path(), "told", TOLD)).expect_err("it has no script").to_string();
  assert!(refused.contains("world nowhere has no script"), "{refused}");
}

#[test]
fn a_caller_with_a_deadline_calls_plugins_on_threads() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let one = module(folder.path(), "one", r#"(module (func (export "one") (result i32) (i32.const 1)))"#);
  let script = folder.path().join("main.js");
  let source = "Deno.plugins.open('x', Deno.args[0], { threads: 1 });";
  std::fs::write(&script, source).expect("the folder can be written");
  let permissions = Permissions { read: Grant::All, ..Default::default() };
  let builder = Runtime::builder().permissions(permissions).args([one.to_string_lossy()]);
  let mut runtime = builder.build().expect("a runtime can be made");
  runtime.run(&script).expect("the script runs");
  let plugin = runtime.plugins().get("x").expect("the runtime goes on").expect("it is open");
  let caller = Caller::host().deadline(Instant::now() + Duration::from_secs(60));
  let op = runtime.bind(&caller, &plugin, "one").expect("it is there");
  assert_eq!(runtime.invoke(&caller, &op, vec![]), Ok(Value::from(1)));
}

#[test]
fn what_a_guest_misses_is_told_with_what_to_do() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let mut runtime = runtime(toy::Toy);
  for (from, field, what) in [
    ("env", "deno_plugin_init", "it defines no deno_plugin_init; write #[unsafe(no_mangle)]"),
    ("plugbay_plugins", "open", "options.plugins lets a guest open plugins"),
    ("shop", "sell", "pass them as options.imports"),
  ] {
    let text = format!(r#"(module (import "{from}" "{field}" (func)))"#);
    let refused = runtime.open(module(folder.path(), "misses", &text)).expect_err("it misses something").to_string();
    assert!(refused.contains(what), "{refused}");
  }
}

#[test]
fn guests_of_plugin_api_have_wasi_by_the_same_options() {
  if !builds_wasi_guests() {
    return;
  }
  let built = build_guests("wasm32-wasip1", &["wasi_plugin"]);
  let folder = tempfile::tempdir().expect("a folder can be made");
  std::fs::write(folder.path().join("note.txt"), "from a file").expect("the folder can be written");
  let mut command = plugbay();
  command.args(["run", "--allow-read", "--allow-env"]).arg(root().join("tests/fixtures/wasi_plugin/check.js"));
  command.arg(built.join("wasi_plugin.wasm")).arg(folder.path());
  assert!(succeed(&mut command).ends_with("ok\n"));
}
