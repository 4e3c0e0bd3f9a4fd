//! Calls of ops from Rust: a native function, a guest's, a script's, from the runtime's thread and from others.

use std::fs::write;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use plugbay::Caller;
use plugbay::CancellationToken;
use plugbay::Grant;
use plugbay::OpFailure;
use plugbay::Permissions;
use plugbay::Plugin;
use plugbay::Runtime;
use plugbay::Value;

use crate::harness::fixtures;
use crate::harness::library;
use crate::harness::text_modules;

/// A runtime that may do what these tests want.
fn runtime() -> Runtime {
  let permissions = Permissions { plugin: Grant::All, read: Grant::All, ..Default::default() };
  Runtime::builder().permissions(permissions).build().expect("a runtime can be made")
}

fn file(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
  let path = folder.join(name);
  write(&path, text).expect("the folder can be written");
  path
}

/// A plain module: `add`, and `spin`, which does not end.
fn guest(folder: &Path) -> PathBuf {
  let text = r#"(module
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "wide") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1)))
    (func (export "spin") (loop (br 0)))
    (func (export "trap") unreachable))"#;
  file(folder, "guest.wasm", wat::parse_str(text).expect("it is a module"))
}

const HANDLERS: &str = r#"
  export const greet = (name) => `hello ${name}`;
  export const later = async (value) => value;
  export const shapes = (value) => ({ got: value, big: 2n ** 70n, bytes: Uint8Array.of(1, 2), map: new Map([["k", 1.5]]) });
  export const never = () => new Promise(() => setTimeout(() => {}, 60_000));
  export const hopeless = () => new Promise(() => {});
  export function fail() { throw Object.assign(new RangeError("too far"), { code: "ERR_OF_MINE" }); }
  export async function failLater() { throw new TypeError("later"); }
  export function failOddly() { throw 5; }
  export const noData = () => () => {};
  export const count = 7;
  export default (a, b) => a + b;
"#;

/// A runtime with one of each kind: a native plugin, a guest, a script.
struct Scene {
  runtime: Runtime,
  kit: Plugin,
  guest: Plugin,
  script: Plugin,
}

impl Scene {
  fn new() -> Self {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut runtime = runtime();
    Self {
      kit: runtime.open(library("kit")).expect("it opens"),
      guest: runtime.open(guest(folder.path())).expect("it opens"),
      script: runtime.open_script(file(folder.path(), "handlers.js", HANDLERS)).expect("it runs"),
      runtime,
    }
  }
}

/// Binds and calls.
fn call(runtime: &mut Runtime, plugin: &Plugin, op: &str, args: Vec<Value>) -> Result<Value, OpFailure> {
  let caller = Caller::host();
  let op = runtime.bind(&caller, plugin, op)?;
  runtime.invoke(&caller, &op, args)
}

fn code(result: Result<Value, OpFailure>) -> String {
  result.expect_err("it fails").code.to_string()
}

#[test]
fn what_stands_behind_an_op_makes_no_difference() {
  let Scene { mut runtime, kit, guest, script } = Scene::new();
  assert_eq!((kit.name(), guest.name(), script.name()), ("kit", "guest", "handlers"));

  let mut call = |plugin, op: &str, args| call(&mut runtime, plugin, op, args).expect("it answers");
  // A native plugin: typed, of the 2020 shape, JSON, with values, and async.
  assert_eq!(call(&kit, "t_i32", vec![5.into()]), 5.into());
  assert_eq!(call(&kit, "t_u64", vec![u64::MAX.into()]), u64::MAX.into());
  assert_eq!(call(&kit, "t_string", vec!["grüß".into()]), "grüß".into());
  assert_eq!(call(&kit, "echo", vec![vec![1_u8, 2, 3].into()]), vec![1_u8, 2, 3].into());
  assert_eq!(call(&kit, "empty", vec![]), Value::Null);
  assert_eq!(call(&kit, "sum", vec![Value::from_iter([("a", 1), ("b", 2)])]), 3.into());
  assert_eq!(call(&kit, "async_ready", vec![vec![9_u8].into()]), vec![9_u8].into());
  assert_eq!(call(&kit, "async_json_echo", vec!["later".into()]), "later".into());
  // A guest.
  assert_eq!(call(&guest, "add", vec![2.into(), 3.into()]), 5.into());
  assert_eq!(call(&guest, "wide", vec![i128::from(i64::MAX - 1).into()]), i64::MAX.into());
  // A script.
  assert_eq!(call(&script, "greet", vec!["you".into()]), "hello you".into());
  assert_eq!(call(&script, "default", vec![1.5.into(), 2.into()]), 3.5.into());
  assert_eq!(
    call(&script, "later", vec![vec![Value::Null, true.into()].into()]),
    vec![Value::Null, true.into()].into()
  );
  let expected = Value::from_iter([
    ("got", Value::from_iter([("x", vec![7_u8])])),
    ("big", Value::Integer(1 << 70)),
    ("bytes", vec![1_u8, 2].into()),
    ("map", Value::from_iter([("k", 1.5)])),
  ]);
  assert_eq!(call(&script, "shapes", vec![Value::from_iter([("x", vec![7_u8])])]), expected);

  // They are counted as a script's calls are.
  let metrics = runtime.metrics();
  let counts = |plugin: &str, name: &str| {
    let op = metrics.ops.iter().find(|op| op.plugin == plugin && op.name == name).expect("it is listed");
    (op.calls, op.completed, op.errors)
  };
  for (plugin, op) in [
    ("kit", "t_i32"),
    ("kit", "echo"),
    ("kit", "async_ready"),
    ("guest", "add"),
    ("handlers", "greet"),
    ("handlers", "later"),
  ] {
    assert_eq!(counts(plugin, op), (1, 1, 0), "{plugin}.{op}");
  }
}

#[test]
fn what_fails_says_why() {
  let Scene { mut runtime, kit, guest, script } = Scene::new();
  let mut call = |plugin, op: &str, args| call(&mut runtime, plugin, op, args);

  let failure = call(&script, "fail", vec![]).expect_err("it throws");
  assert_eq!((&*failure.class, &*failure.code, &*failure.message), ("RangeError", "ERR_OF_MINE", "too far"));
  let failure = call(&script, "failLater", vec![]).expect_err("it rejects");
  assert_eq!((&*failure.class, &*failure.message), ("TypeError", "later"));
  assert!(call(&script, "failOddly", vec![]).expect_err("it throws").message.contains("the number 5"));
  assert_eq!(code(call(&script, "noData", vec![])), "ERR_OP_RESULT");
  assert_eq!(code(call(&script, "hopeless", vec![])), "ERR_CALL_RUNTIME");
  assert_eq!(code(call(&kit, "t_u8", vec![300.into()])), "ERR_OP_ARGUMENT");
  assert_eq!(code(call(&kit, "not_found", vec![])), "ERR_OP_NOT_FOUND");
  assert_eq!(code(call(&kit, "nothing_of_the_kind", vec![])), "ERR_OP_UNKNOWN");
  assert_eq!(code(call(&script, "count", vec![])), "ERR_OP_UNKNOWN");
  let failure = call(&guest, "trap", vec![]).expect_err("it traps");
  assert_eq!(&*failure.class, "WebAssembly.RuntimeError");
  let deep = (0..200).fold(Value::Null, |inner, _| vec![inner].into());
  assert_eq!(code(call(&kit, "json_echo", vec![deep])), "ERR_OP_ARGUMENT");
  assert_eq!(call(&guest, "add", vec![2.into(), 3.into()]), Ok(5.into()), "the runtime goes on");
}

#[test]
fn a_caller_may_call_what_it_was_granted() {
  let mut runtime = runtime();
  let kit = runtime.open(library("kit")).expect("it opens");
  let failure = runtime.bind(&Caller::new("shop").grant("hash"), &kit, "sum").expect_err("it was not granted");
  assert_eq!((&*failure.class, &*failure.code), ("NotCapable", "ERR_CALL_PERMISSION"));
  let shop = Caller::new("shop").grant("kit");
  let sum = runtime.bind(&shop, &kit, "t_i32").expect("it was granted");
  assert_eq!(runtime.invoke(&shop, &sum, vec![1.into()]), Ok(1.into()));

  // What is bound goes with its plugin, whatever is opened under its name later.
  runtime.close(&kit).expect("it closes");
  assert_eq!(code(runtime.invoke(&shop, &sum, vec![1.into()])), "ERR_PLUGIN_CLOSED");
  assert_eq!(&*runtime.bind(&shop, &kit, "t_i32").expect_err("it is closed").code, "ERR_PLUGIN_CLOSED");
  let again = runtime.open(library("kit")).expect("it opens");
  assert_eq!(code(runtime.invoke(&shop, &sum, vec![1.into()])), "ERR_PLUGIN_CLOSED");
  runtime.close(&again).expect("it closes");
  runtime.close(&again).expect("a plugin that is closed is no error");

  // And is nothing to another runtime.
  let elsewhere = thread::spawn(move || {
    let mut other = self::runtime();
    let kit = other.open(library("kit")).expect("it opens");
    other.bind(&Caller::host(), &kit, "t_i32").expect("it is there");
    code(other.invoke(&Caller::host(), &sum, vec![1.into()]))
  });
  assert_eq!(elsewhere.join().expect("the thread ends well"), "ERR_OP_ID");
}

#[test]
fn a_call_ends_by_its_deadline_and_when_it_is_cancelled() {
  let Scene { mut runtime, kit, guest, script } = Scene::new();
  let soon = || Caller::host().deadline(Instant::now() + Duration::from_millis(50));
  let began = Instant::now();
  for (plugin, op, args) in [(&kit, "async_never", vec![vec![0_u8].into()]), (&script, "never", vec![])] {
    let op = runtime.bind(&Caller::host(), plugin, op).expect("it is there");
    assert_eq!(code(runtime.invoke(&soon(), &op, args)), "ERR_CALL_DEADLINE");
  }
  // A guest that loops has 5 seconds of its own.
  let spin = runtime.bind(&Caller::host(), &guest, "spin").expect("it is there");
  assert_eq!(code(runtime.invoke(&soon(), &spin, vec![])), "ERR_WASM_DEADLINE");
  assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
  // What is too late from the beginning is not called.
  let add = runtime.bind(&Caller::host(), &guest, "add").expect("it is there");
  let late = Caller::host().deadline(Instant::now());
  assert_eq!(code(runtime.invoke(&late, &add, vec![1.into(), 2.into()])), "ERR_CALL_DEADLINE");
  assert_eq!(runtime.metrics().ops.iter().find(|op| op.name == "add").map(|op| op.calls), Some(0));

  let token = CancellationToken::new();
  let caller = Caller::host().cancellation(token.clone());
  let never = runtime.bind(&caller, &script, "never").expect("it is there");
  let canceller = thread::spawn(move || {
    thread::sleep(Duration::from_millis(50));
    token.cancel();
  });
  assert_eq!(code(runtime.invoke(&caller, &never, vec![])), "ERR_CALL_CANCELLED");
  canceller.join().expect("the thread ends well");
  assert_eq!(code(runtime.invoke(&caller, &never, vec![])), "ERR_CALL_CANCELLED");
}

/// Functions that do not end, in all the ways there are.
const ENDLESS: &str = r#"
  export function spin() { for (;;); }
  export function stubborn() { for (;;) { try { for (;;); } catch {} finally { for (;;); } } }
  export async function afterwards() { await null; for (;;); }
  export function leftovers() { Promise.resolve().then(() => { for (;;); }); for (;;); }
  export const getter = () => ({ get x() { for (;;); } });
  export const sorts = () => [2, 1].sort(() => { for (;;); });
  export const matches = () => { for (;;) /(a+)+b/.test("aaaaaaaaaaaaaaaaaaaa"); };
  export const encodes = () => kit.ops.v_any({ get x() { for (;;); } });
  export const calls = () => { for (;;) kit.ops.t_i32(1); };
  export const callsGuest = () => { for (;;) guest.ops.add(1, 2); };
  const kit = Deno.openPlugin(KIT), guest = Deno.openPlugin(GUEST);
  export const works = (value) => [kit.ops.v_any({ value }).value, guest.ops.add(value, 1), typeof Deno.metrics()];
  export const soon = async (value) => { await new Promise((resolve) => setTimeout(resolve, 1)); return value; };
"#;

#[test]
fn a_function_of_a_script_is_ended_by_the_deadline_of_its_caller() {
  const NAMES: &[&str] =
    &["spin", "stubborn", "afterwards", "leftovers", "getter", "sorts", "matches", "encodes", "calls", "callsGuest"];
  let folder = tempfile::tempdir().expect("a folder can be made");
  let guest = guest(folder.path());
  let text = ENDLESS.replace("KIT", &format!("{:?}", library("kit"))).replace("GUEST", &format!("{guest:?}"));
  let mut runtime = runtime();
  let script = runtime.open_script(file(folder.path(), "endless.js", text)).expect("it runs");
  let caller = Caller::host();
  let bind = |runtime: &Runtime, op: &str| runtime.bind(&caller, &script, op).expect("it is there");
  let (works, soon) = (bind(&runtime, "works"), bind(&runtime, "soon"));
  let works_as_ever = Ok(vec![Value::from(5), 6.into(), "object".into()].into());
  let late = || Caller::host().deadline(Instant::now() + Duration::from_millis(100));
  let endless = NAMES.iter().map(|name| (*name, bind(&runtime, name))).collect::<Vec<_>>();
  // What was called before goes on, also where it is its turn while another is ended.
  for (name, op) in &endless {
    let began = Instant::now();
    assert_eq!(code(runtime.invoke(&late(), op, vec![])), "ERR_CALL_DEADLINE", "{name}");
    assert!(began.elapsed() < Duration::from_secs(20), "{name}: {:?}", began.elapsed());
    assert_eq!(runtime.invoke(&caller, &works, vec![5.into()]), works_as_ever, "after {name}");
    assert_eq!(runtime.invoke(&late().deadline(began + Duration::from_secs(60)), &soon, vec![7.into()]), Ok(7.into()));
  }
  // The same from another thread.
  let handle = runtime.handle();
  let poster = thread::spawn(move || {
    let others = handle.clone();
    for (name, op) in endless {
      let waiting = others.invoke(&caller, &soon, vec![8.into()]);
      let in_time = late();
      let called = handle.invoke(&in_time, &op, vec![]);
      let (waited, failed) = block_on_both(waiting, called);
      assert_eq!((waited, code(failed)), (Ok(8.into()), "ERR_CALL_DEADLINE".to_string()), "{name}");
      assert_eq!(handle.invoke_blocking(&caller, &works, vec![5.into()]), works_as_ever, "after {name}");
    }
  });
  runtime.serve().expect("it serves");
  poster.join().expect("the calls are answered");
  // No call is under way but those that left a promise.
  let metrics = runtime.metrics();
  for name in NAMES.iter().filter(|name| **name != "afterwards") {
    let op = metrics.ops.iter().find(|op| op.plugin == "endless" && op.name == *name).expect("it is listed");
    assert_eq!((op.calls, op.completed, op.in_flight), (2, 2, 0), "{name}");
  }
}

#[test]
fn a_guest_that_waits_has_the_deadline_of_its_caller_afterwards_too() {
  text_modules();
  let mut runtime = runtime();
  let guest = runtime.open(fixtures().join("guests/wasi2_waits.wasm")).expect("it opens");
  let bind = |runtime: &Runtime, op| runtime.bind(&Caller::host(), &guest, op).expect("it is there");
  let (spin, block) = (bind(&runtime, "spin"), bind(&runtime, "block"));
  let began = Instant::now();
  let soon = Caller::host().deadline(began + Duration::from_millis(300));
  let code = code(runtime.invoke(&soon, &spin, vec![20_000_000_u64.into()]));
  assert!(["ERR_WASM_DEADLINE", "ERR_CALL_DEADLINE"].contains(&code.as_str()), "{code}");
  // It has 10 seconds of its own, and the next call comes after it.
  let waited = runtime.invoke(&Caller::host(), &block, vec![1_u64.into()]);
  assert!(waited.is_ok(), "{waited:?}");
  assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

#[test]
fn any_thread_may_call() {
  const THREADS: i32 = 8;
  const CALLS: i32 = 200;

  let Scene { mut runtime, kit, guest, script } = Scene::new();
  let handle = runtime.handle();
  let caller = Caller::host();
  let own = runtime.bind(&caller, &guest, "add").expect("it is there");
  assert_eq!(code(handle.invoke_blocking(&caller, &own, vec![1.into(), 2.into()])), "ERR_CALL_OWN_THREAD");

  let threads = (0..THREADS).map(|thread| {
    let (handle, kit, guest, script) = (handle.clone(), kit.clone(), guest.clone(), script.clone());
    thread::spawn(move || {
      let caller = Caller::host();
      let bind = |plugin, op| block_on(handle.bind(&caller, plugin, op)).expect("it is there");
      let (echo, add, later) = (bind(&kit, "echo"), bind(&guest, "add"), bind(&script, "later"));
      for i in 0..CALLS {
        let bytes = i.to_le_bytes().to_vec();
        assert_eq!(handle.invoke_blocking(&caller, &echo, vec![bytes.clone().into()]), Ok(bytes.into()));
        assert_eq!(handle.invoke_blocking(&caller, &add, vec![i.into(), thread.into()]), Ok((i + thread).into()));
        assert_eq!(block_on(handle.invoke(&caller, &later, vec![i.into()])), Ok(i.into()));
      }
      let soon = Caller::host().deadline(Instant::now() + Duration::from_millis(20));
      let hopeless = bind(&script, "hopeless");
      assert_eq!(code(handle.invoke_blocking(&soon, &hopeless, vec![])), "ERR_CALL_DEADLINE");
      let shop = Caller::new("shop");
      let refused = block_on(handle.bind(&shop, &kit, "echo")).expect_err("it was not granted");
      assert_eq!(&*refused.code, "ERR_CALL_PERMISSION");
    })
  });
  let threads = threads.collect::<Vec<_>>();
  drop(handle);
  runtime.serve().expect("it serves");
  threads.into_iter().for_each(|thread| thread.join().expect("the calls are answered"));
}

#[test]
fn a_runtime_serves_until_its_handles_are_gone() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let mut runtime = runtime();
  let script = runtime.open_script(file(folder.path(), "handlers.js", HANDLERS)).expect("it runs");
  let handle = runtime.handle();
  let caller = Caller::host();
  let greet = runtime.bind(&caller, &script, "greet").expect("it is there");
  let hopeless = runtime.bind(&caller, &script, "hopeless").expect("it is there");
  let client = thread::spawn({
    let (handle, caller, greet) = (handle.clone(), caller.clone(), greet.clone());
    move || {
      let answers = (0..50).map(|i| handle.invoke_blocking(&caller, &greet, vec![i.into()]));
      answers.collect::<Result<Vec<_>, _>>().map(|answers| answers.len())
    }
  });
  drop(handle);
  runtime.serve().expect("it serves");
  assert_eq!(client.join().expect("the thread ends well"), Ok(50));
  runtime.serve().expect("without handles there is nothing to do");

  // A runtime that is gone answers nobody.
  let handle = runtime.handle();
  let waiting = thread::spawn({
    let (handle, caller) = (handle.clone(), caller.clone());
    move || code(handle.invoke_blocking(&caller, &hopeless, vec![]))
  });
  thread::sleep(Duration::from_millis(20));
  drop(runtime);
  assert_eq!(waiting.join().expect("the thread ends well"), "ERR_RUNTIME_GONE");
  assert_eq!(code(handle.invoke_blocking(&caller, &greet, vec![])), "ERR_RUNTIME_GONE");
}

#[test]
fn a_script_that_changes_prototypes_sees_nothing_of_a_call() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let poison = r#"
    let seen = "";
    for (const key of ["0", "value", "host", "ticket"]) {
      Object.defineProperty(Object.prototype, key, { __proto__: null, set(value) { seen += key; }, get() { seen += key; return undefined; }, configurable: true });
    }
    Array.prototype[Symbol.iterator] = function () { seen += "iterator"; throw new Error("not this way"); };
    Promise.prototype.then = function () { seen += "then of promises"; throw new Error("not this way"); };
    export const echo = (value) => value;
    export const whatIsSeen = () => seen;
    export const later = (value) => new Promise((resolve) => setTimeout(resolve, 1, value));
  "#;
  let mut runtime = runtime();
  let script = runtime.open_script(file(folder.path(), "poison.js", poison)).expect("it runs");
  let kit = runtime.open(library("kit")).expect("it opens");
  let mut call = |plugin, op: &str, args| call(&mut runtime, plugin, op, args);
  let value = Value::from_iter([("list", Value::from(vec![Value::from(1), "x".into()])), ("bytes", vec![1_u8].into())]);
  assert_eq!(call(&script, "echo", vec![value.clone()]), Ok(value.clone()));
  assert_eq!(call(&script, "later", vec![5.into()]), Ok(5.into()));
  assert_eq!(call(&kit, "json_echo", vec![value.clone()]).map(|_| ()), Ok(()));
  assert_eq!(call(&kit, "async_ready", vec![vec![1_u8].into()]), Ok(vec![1_u8].into()));
  assert_eq!(call(&script, "whatIsSeen", vec![]), Ok("".into()));
}

#[test]
fn a_script_cannot_stand_for_another_plugin() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let evil = r#"
    export function setUp() {
      const rid = +Object.keys(Deno.resources()).find((rid) => Deno.resources()[rid] === "plugin");
      for (const [key, value] of Object.entries({ rid, name: "kit", version: "1" })) {
        Object.defineProperty(Deno.Plugin.prototype, key, { get: () => value });
      }
    }
    export const t_i32 = () => -1;
  "#;
  let mut runtime = runtime();
  let evil = runtime.open_script(file(folder.path(), "evil.js", evil)).expect("it runs");
  assert_eq!(call(&mut runtime, &evil, "setUp", vec![]), Ok(Value::Null));
  let kit = runtime.open(library("kit")).expect("it opens");
  assert_eq!((kit.name(), call(&mut runtime, &kit, "t_i32", vec![5.into()])), ("kit", Ok(5.into())));
}

#[test]
fn a_plugin_is_of_one_runtime() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let script = file(folder.path(), "shop.js", "export const take = () => 1;");
  let shop = thread::spawn({
    let script = script.clone();
    move || runtime().open_script(script).expect("it runs")
  });
  let shop = shop.join().expect("the thread ends well");
  let mut bank = runtime();
  let own = bank.open_script(script).expect("it runs");
  let failure = bank.bind(&Caller::new("c").grant("shop"), &shop, "take").expect_err("it is another's");
  assert_eq!(&*failure.code, "ERR_OP_ID");
  bank.close(&shop).expect("that is no error");
  assert_eq!(call(&mut bank, &own, "take", vec![]), Ok(1.into()));
}

#[test]
fn whatever_a_script_throws_is_an_answer() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let text = r#"
    const hostile = () => Object.setPrototypeOf(new Error("x"), new Proxy({}, { getPrototypeOf() { throw new Error("gotcha"); } }));
    export const now = () => { throw hostile(); };
    export const later = async () => { throw hostile(); };
    export const frozen = () => Object.freeze(Promise.resolve(5));
    let count = 0;
    export const microtask = () => { Promise.resolve().then(() => count++); return count; };
  "#;
  let mut runtime = runtime();
  let script = runtime.open_script(file(folder.path(), "hostile.js", text)).expect("it runs");
  assert_eq!(call(&mut runtime, &script, "frozen", vec![]), Ok(5.into()));
  for op in ["now", "later"] {
    let failure = call(&mut runtime, &script, op, vec![]).expect_err("it fails");
    assert!(!failure.message.is_empty(), "{op}");
  }
  assert!(runtime.metrics().ops.iter().all(|op| op.in_flight == 0), "{:?}", runtime.metrics());
  // What a call has left for later runs before the next.
  let counts = [0, 1, 2].map(|_| call(&mut runtime, &script, "microtask", vec![]));
  assert_eq!(counts, [Ok(0.into()), Ok(1.into()), Ok(2.into())]);
  // A module of which not all can be shown is not open.
  let before = runtime.metrics().ops.len();
  let bad = file(folder.path(), "bad.js", "const f = () => 1; export { f as ok, f as '' };");
  assert!(runtime.open_script(bad).is_err());
  assert_eq!(runtime.metrics().ops.len(), before);
}

#[test]
fn a_runtime_at_its_end_answers_everybody() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let text = "export const wait = () => new Promise(() => {});\n\
    export function fill() { const all = []; for (let i = 0;; i++) all.push({ i, text: `${i}` }); }";
  let permissions = Permissions { plugin: Grant::All, read: Grant::All, ..Default::default() };
  let builder = Runtime::builder().permissions(permissions).heap_limit(32 << 20);
  let mut runtime = builder.build().expect("a runtime can be made");
  let kit = runtime.open(library("kit")).expect("it opens");
  let script = runtime.open_script(file(folder.path(), "full.js", text)).expect("it runs");
  let caller = Caller::host();
  let never = runtime.bind(&caller, &kit, "async_never").expect("it is there");
  let [wait, fill] = ["wait", "fill"].map(|op| runtime.bind(&caller, &script, op).expect("it is there"));
  let handle = runtime.handle();
  // JavaScript has no part in this one.
  let native = thread::spawn({
    let (handle, caller) = (handle.clone(), caller.clone());
    move || code(block_on(handle.invoke(&caller, &never, vec![vec![1_u8].into()])))
  });
  thread::sleep(Duration::from_millis(200));
  let waiting = thread::spawn({
    let (handle, caller) = (handle.clone(), caller.clone());
    move || {
      let waits = block_on_both(handle.invoke(&caller, &wait, vec![]), handle.invoke(&caller, &fill, vec![]));
      (code(waits.0), waits.1.is_err())
    }
  });
  assert!(runtime.serve().is_err(), "the heap is full");
  assert_eq!(waiting.join().expect("the thread ends well"), ("ERR_RUNTIME_GONE".to_string(), true));
  assert_eq!(native.join().expect("the thread ends well"), "ERR_RUNTIME_GONE");
  assert!(block_on(handle.bind(&caller, &script, "wait")).is_err());
  drop(runtime);
}

/// What an op that needs no JavaScript is passed, by itself and two at a time.
fn arguments() -> Vec<Vec<Value>> {
  let deep = |depth| (0..depth).fold(Value::from(1), |inner, _| vec![inner].into());
  let values = [
    Value::Null,
    true.into(),
    0.into(),
    5.into(),
    (-1).into(),
    127.into(),
    128.into(),
    65_536.into(),
    (1_i64 << 31).into(),
    u32::MAX.into(),
    ((1_i64 << 53) - 1).into(),
    (1_i64 << 53).into(),
    i64::MIN.into(),
    u64::MAX.into(),
    (i128::from(u64::MAX) + 1).into(),
    1.5.into(),
    (-0.0).into(),
    7.0.into(),
    3e9.into(),
    f64::NAN.into(),
    f64::INFINITY.into(),
    "".into(),
    "grüß 🦀".into(),
    vec![1_u8, 2, 3].into(),
    Vec::<u8>::new().into(),
    vec![Value::from(1), 2.into()].into(),
    Value::from_iter([("a", Value::from(1)), ("b", vec![Value::Null, "x".into()].into())]),
    Value::from_iter([("b", 1), ("1", 2), ("a", 3), ("0", 4)]),
    Value::from_iter([("twice", 1), ("twice", 2), ("__proto__", 3)]),
    Value::from_iter([("text \"\\\n\u{1}\u{7f}", Value::from(1e-7)), ("large", 1e21.into()), ("", 1e-3.into())]),
    Value::from_iter((0..40).map(|i| (format!("key{i}"), i))),
    deep(31),
    deep(40),
    deep(126),
  ];
  let one = values.iter().map(|value| vec![value.clone()]);
  let two = values.iter().map(|value| vec![value.clone(), vec![9_u8].into()]);
  let three = [vec![1.5.into(), vec![1_u8].into(), vec![2_u8, 3].into()]];
  let pairs = [vec!["a".into(), "b".into()], vec![vec![1_u8].into(), 7.into()], vec![1.into(), "later".into()]];
  std::iter::once(Vec::new()).chain(one).chain(two).chain(three).chain(pairs).collect()
}

#[test]
fn an_op_is_the_same_by_its_function_and_without_it() {
  const OPS: &[&str] = &[
    // Typed: scalars, text, bytes, buffers to keep, values, and what fails or panics.
    "t_bool",
    "t_i8",
    "t_u8",
    "t_i16",
    "t_u16",
    "t_i32",
    "t_u32",
    "t_i64",
    "t_u64",
    "t_isize",
    "t_usize",
    "t_f32",
    "t_f64",
    "t_nothing",
    "t_string",
    "t_str_length",
    "t_join",
    "t_static",
    "t_sum",
    "t_fill",
    "t_copy",
    "t_vec",
    "t_zero_copy",
    "t_lengths",
    "t_maybe_text",
    "t_maybe_bytes",
    "t_option",
    "t_list",
    "t_struct",
    "t_map",
    "t_enum",
    "t_json",
    "t_borrowed",
    "t_bytes_value",
    "t_i64_values",
    "t_fail",
    "t_io",
    "t_panic",
    "t_panic_odd",
    "t_async",
    "t_async_fail",
    "t_async_fill",
    "t_cell_add",
    "t_missing_state",
    "v_sum_i8",
    "v_copy_slice",
    // Values of any shape.
    "v_later",
    "v_any",
    "v_u8s",
    "v_f64s",
    "v_nested",
    "v_triple",
    "v_i128",
    "v_u128",
    "v_char",
    "v_unit",
    "v_bytes",
    "v_wrapped_bytes",
    "v_numbered",
    "v_booleans",
    "v_untagged",
    "v_tagged",
    "v_flattened",
    "v_json_op",
    "v_json_floats",
    "t_tuple",
    // Of the 2020 shape, sync and async, and JSON.
    "echo",
    "empty",
    "fill",
    "not_found",
    "error_of",
    "async_error_of",
    "async_ready",
    "exchange",
    "exchange_and_panic",
    "refuse",
    "json_echo",
    "async_json_echo",
    "answer_no_json",
    "sum",
    "lengths",
  ];
  let folder = tempfile::tempdir().expect("a folder can be made");
  let script = format!(
    "const {{ ops }} = Deno.openPlugin({kit:?}); export const call = (op, args) => ops[op](...args); export const has = (op) => op in ops;",
    kit = library("kit")
  );
  let mut runtime = runtime();
  let script = runtime.open_script(file(folder.path(), "both.js", script)).expect("it runs");
  let kit = runtime.open(library("kit")).expect("it opens");
  let caller = Caller::host();
  let of_script = runtime.bind(&caller, &script, "call").expect("it is there");
  for name in OPS {
    let Ok(op) = runtime.bind(&caller, &kit, name) else { panic!("kit has no {name}") };
    for args in arguments() {
      let by_function = runtime.invoke(&caller, &of_script, vec![(*name).into(), args.clone().into()]);
      let without = runtime.invoke(&caller, &op, args.clone());
      // NaN is not equal to itself.
      assert_eq!(format!("{without:?}"), format!("{by_function:?}"), "{name} with {args:?}");
    }
  }
  // And so is what is counted.
  let metrics = runtime.metrics();
  for name in OPS {
    let rows = metrics.ops.iter().filter(|op| op.plugin == "kit" && op.name == *name);
    let counted = rows.map(|op| {
      (op.calls, op.completed, op.errors, op.in_flight, op.bytes_sent_control, op.bytes_sent_data, op.bytes_received)
    });
    let counted = counted.collect::<Vec<_>>();
    assert!(counted.len() == 2 && counted[0] == counted[1], "{name}: {counted:?}");
  }
}

/// Objects whose keys others of them have too, in other orders and numbers.
fn objects() -> Vec<Value> {
  let keys = ["a", "b", "c", "__proto__", "constructor", "7", "", "grüß", "a key that is longer than a word"];
  let object = |first: usize, count: usize| {
    Value::from_iter((0..count).map(|i| (keys[(first + i * 2) % keys.len()], Value::from(i as u32))))
  };
  let plain = (0..keys.len()).flat_map(|first| [0, 1, 4].map(|count| object(first, count))).collect::<Vec<_>>();
  let nested =
    plain.windows(2).map(|pair| Value::from_iter([("inner", pair[0].clone()), ("list", pair.to_vec().into())]));
  plain.iter().cloned().chain(nested.collect::<Vec<_>>()).collect()
}

#[test]
fn shapes_are_told_to_whoever_calls_first() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  // Often enough that V8 calls the op's fast function.
  let script = "export const call = (op, value, times) => {
      const { ops } = Deno.plugins.get(\"shapes\");
      for (let i = 1; i < times; i++) ops[op](value);
      return ops[op](value);
    };";
  let mut runtime = runtime();
  let script = runtime.open_script(file(folder.path(), "shapes.js", script)).expect("it runs");
  let caller = Caller::host();
  let of_script = runtime.bind(&caller, &script, "call").expect("it is there");
  // Who calls next, over and over.
  let orders: [&[&str]; 6] =
    [&["rust"], &["script"], &["rust", "script"], &["script", "rust"], &["script", "rust", "rust"], &["often", "rust"]];
  for order in orders {
    let kit = runtime.plugins().open("shapes", library("kit")).expect("it opens");
    let mut next = order.iter().cycle();
    for op in ["v_any", "json_echo", "v_later"] {
      let direct = runtime.bind(&caller, &kit, op).expect("it is there");
      for object in objects() {
        let who = *next.next().expect("there is no end");
        let result = match who {
          "rust" => runtime.invoke(&caller, &direct, vec![object.clone()]),
          _ => {
            let times = if who == "often" && op != "v_later" { 300 } else { 1 };
            runtime.invoke(&caller, &of_script, vec![op.into(), object.clone(), times.into()])
          }
        };
        assert_eq!(result.map(sorted), Ok(sorted(object)), "{op}, called by {who} of {order:?}");
      }
    }
    runtime.plugins().close("shapes").expect("it closes");
  }
}

/// The same with the entries of objects in one order.
fn sorted(value: Value) -> Value {
  match value {
    Value::List(list) => Value::List(list.into_iter().map(sorted).collect()),
    Value::Object(entries) => {
      let mut entries = entries.into_iter().map(|(key, value)| (key, sorted(value))).collect::<Vec<_>>();
      entries.sort_by(|a, b| a.0.cmp(&b.0));
      Value::Object(entries)
    }
    value => value,
  }
}

#[test]
fn json_text_in_a_result_is_its_value() {
  let Scene { mut runtime, kit, .. } = Scene::new();
  for op in ["v_raw", "v_raw_later"] {
    let mut raw = |text: &str| call(&mut runtime, &kit, op, vec![text.into()]);
    let expected = Value::from_iter([("list", Value::from(vec![Value::Integer(1 << 70), 0.5.into(), Value::Null]))]);
    assert_eq!(raw("{\"list\": [1180591620717411303424, 5e-1, null]}"), Ok(Value::from_iter([("raw", expected)])));
    for malformed in ["", "{", "[1,]"] {
      let failure = raw(malformed).expect_err("it is no JSON text");
      assert_eq!((&*failure.class, &*failure.code), ("Error", "ERR_OP_RESULT"), "{failure}");
      assert!(failure.message.contains(op) && failure.message.contains("JSON text"), "{failure}");
    }
  }
}

#[test]
fn an_op_that_is_called_directly_may_ask_the_host() {
  let Scene { mut runtime, kit, script, .. } = Scene::new();
  // What it registers is there for whoever comes next.
  let id = call(&mut runtime, &kit, "t_interface", vec!["registered".into()]).expect("it registers");
  assert!(matches!(id, Value::Integer(id) if id > 0), "{id:?}");
  assert_eq!(call(&mut runtime, &kit, "registered", vec![5.into()]), Ok(5.into()));
  let failure = call(&mut runtime, &kit, "t_interface", vec!["registered".into()]).expect_err("the name is taken");
  assert_eq!(&*failure.code, "ERR_OP_DUPLICATE");
  // Resources, and a future that is not ready at once.
  let cell = call(&mut runtime, &kit, "t_cell_open", vec![1.5.into()]).expect("it opens");
  assert_eq!(call(&mut runtime, &kit, "t_cell_add", vec![cell, 2.into()]), Ok(3.5.into()));
  assert!(call(&mut runtime, &kit, "t_blocking", vec![20.into(), vec![1_u8].into()]).is_ok());
  // What it is passed it may keep.
  assert!(call(&mut runtime, &kit, "t_keep", vec![vec![1_u8, 2, 3].into()]).is_ok());
  assert_eq!(call(&mut runtime, &kit, "t_keep", vec![vec![0_u8].into()]), Ok(6.into()));
  // From another thread too.
  let handle = runtime.handle();
  let caller = Caller::host();
  let [register, later] =
    ["t_interface", "async_ready"].map(|op| runtime.bind(&caller, &kit, op).expect("it is there"));
  let poster = thread::spawn(move || {
    assert!(handle.invoke_blocking(&caller, &register, vec!["posted".into()]).is_ok());
    assert_eq!(handle.invoke_blocking(&caller, &later, vec![vec![4_u8].into()]), Ok(vec![4_u8].into()));
    let posted = block_on(handle.bind(&caller, &kit, "posted")).expect("it was registered");
    assert_eq!(handle.invoke_blocking(&caller, &posted, vec![6.into()]), Ok(6.into()));
    kit
  });
  runtime.serve().expect("it serves");
  let kit = poster.join().expect("the calls are answered");
  runtime.close(&kit).expect("it closes");
  assert_eq!(call(&mut runtime, &script, "greet", vec!["you".into()]), Ok("hello you".into()));
}

#[test]
fn a_resource_is_its_number_and_of_its_plugin_alone() {
  let Scene { mut runtime, kit, .. } = Scene::new();
  let cell = call(&mut runtime, &kit, "t_cell_open", vec![1.5.into()]).expect("it opens");
  let counter = call(&mut runtime, &kit, "counter_new", vec![Value::Null]).expect("it opens");
  assert!(matches!((&cell, &counter), (Value::Integer(_), Value::Integer(_))), "{cell:?} {counter:?}");
  let mut add = |plugin: &Plugin, cell: &Value| call(&mut runtime, plugin, "t_cell_add", vec![cell.clone(), 2.into()]);
  assert_eq!(add(&kit, &cell), Ok(3.5.into()));
  // What is no number of a resource is refused by name.
  for nonsense in [Value::Null, (-1).into(), 1.5.into(), (1_i64 << 32).into(), "cell".into(), vec![cell.clone()].into()]
  {
    let failure = add(&kit, &nonsense).expect_err("it is none");
    assert_eq!((&*failure.class, &*failure.code), ("TypeError", "ERR_OP_ARGUMENT"), "{failure}");
    assert!(failure.message.contains("(cell): wants the number of a resource"), "{failure}");
  }
  // Neither is one that is none, or is something else.
  for other in [&counter, &u32::MAX.into()] {
    let failure = add(&kit, other).expect_err("it is no cell");
    assert_eq!((&*failure.class, &*failure.code), ("BadResource", "ERR_BAD_RESOURCE"), "{failure}");
  }
  assert_eq!(call(&mut runtime, &kit, "counter_next", vec![counter.clone()]), Ok(1.into()));
  assert_eq!(call(&mut runtime, &kit, "counter_close", vec![counter.clone()]), Ok(Value::Null));
  assert_eq!(code(call(&mut runtime, &kit, "counter_next", vec![counter])), "ERR_BAD_RESOURCE");
  // The same library once more is another plugin.
  let other = runtime.open(library("kit")).expect("it opens");
  assert_eq!(code(call(&mut runtime, &other, "t_cell_add", vec![cell.clone(), 2.into()])), "ERR_BAD_RESOURCE");
  assert_eq!(call(&mut runtime, &kit, "t_cell_add", vec![cell, 2.into()]), Ok(5.5.into()));
}

/// Waits for two futures on this thread.
fn block_on_both<A, B>(a: impl Future<Output = A>, b: impl Future<Output = B>) -> (A, B) {
  block_on(async { tokio::join!(a, b) })
}

/// Waits for a future on this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
  let tokio = tokio::runtime::Builder::new_current_thread().build().expect("an event loop can be made");
  tokio.block_on(future)
}

#[test]
fn bytes_that_are_shared_stay_what_they_are() {
  let Scene { mut runtime, kit, .. } = Scene::new();
  let bytes = plugbay::Bytes::from(vec![1_u8, 2, 3]);
  let shared = || Value::from(bytes.clone());
  // An op that reads them gets them as they lie: it can say where.
  let address = call(&mut runtime, &kit, "t_address", vec![shared()]);
  assert_eq!(address, Ok(Value::from(bytes.as_ptr() as u64)));
  // One that writes or keeps them has its own.
  for (op, more) in [("t_fill", Some(9)), ("t_keep", None), ("echo", None)] {
    let args = [Some(shared()), more.map(Value::from)].into_iter().flatten().collect();
    assert!(call(&mut runtime, &kit, op, args).is_ok(), "{op}");
    assert_eq!(&*bytes, [1, 2, 3], "{op}");
  }
  assert_eq!(call(&mut runtime, &kit, "echo", vec![shared()]), Ok(shared()));
}
