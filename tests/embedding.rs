//! The library: runtimes made by a Rust program.

use std::fs::write;
use std::process::Command;
use std::sync::Arc;

use plugbay::Grant;
use plugbay::HandlerGrants;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay::Totals;
use plugbay::services::Grants;
use plugbay::services::Services;
use plugbay::services::Variable;

use crate::harness::fixtures;
use crate::harness::library;
use crate::harness::plugbay;
use crate::harness::succeed;

/// A runtime that may open plugins, and the path of a script with this text.
fn runtime_and_script(source: &str) -> (Runtime, tempfile::TempDir, std::path::PathBuf) {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  write(&path, source).expect("the folder can be written");
  let permissions = Permissions { plugin: Grant::Paths(vec![fixtures().to_owned()]), ..Default::default() };
  let library = library("kit");
  let runtime = Runtime::builder().permissions(permissions).args([library.to_string_lossy()]).build();
  (runtime.expect("a runtime can be made"), folder, path)
}

/// Decides by the host alone, and answers one itself.
struct Decider;

impl plugbay::Reach for Decider {
  fn check(&self, url: &plugbay::Url) -> Result<(), String> {
    match url.host_str() {
      Some("here.example") => Ok(()),
      host => Err(format!("nobody may ask {}", host.unwrap_or_default())),
    }
  }

  fn denied(&self) -> Vec<String> {
    Vec::new()
  }

  fn was_denied(&self, host: &str) -> String {
    format!("{host} is denied")
  }

  fn log_refusal(&self, _: &str, _: Option<&str>) {}

  fn answer(&self, request: http::Request<plugbay::RequestBody>) -> plugbay::Answered {
    let body = plugbay::message_body(request.into_body());
    Ok(Box::pin(async { Ok(http::Response::new(body)) }))
  }
}

#[test]
fn a_script_has_what_the_program_grants_it() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let script = folder.path().join("main.js");
  let text = r#"
    const failed = async (work) => { try { await work(); } catch (error) { return `${error.name}: ${error.message}`; } };
    const { keyValue, sqlite, variables } = Deno.services;
    if (Deno.services.keyValue !== keyValue) throw new Error("it is another");
    await keyValue("default").set("key", "value");
    if (await keyValue("default").getText("key") !== "value") throw new Error("nothing was kept");
    if ((await sqlite("default").execute("SELECT 41 + ?", [1])).rows[0][0] !== 42) throw new Error("no answer");
    if (await variables.get("greeting") !== "hello") throw new Error("no variable");
    const refused = await failed(() => keyValue("other"));
    if (!refused.includes(`NotCapable: component script`)) throw new Error(refused);
    if (Deno.env.get("COLOR") !== "blue" || Deno.env.get("PATH") !== undefined) throw new Error("another environment");
    const body = new ReadableStream({ start(controller) {
      for (const letter of "text") controller.enqueue(new TextEncoder().encode(letter));
      controller.close();
    } });
    const answer = await fetch("http://here.example/", { method: "POST", body, duplex: "half" });
    if (await answer.text() !== "text") throw new Error("another body");
    const broken = new ReadableStream({ pull(controller) { controller.error(new Error("it breaks")); } });
    const half = await failed(async () => (await fetch("http://here.example/", { method: "POST", body: broken })).text());
    if (!half.includes("not written to its end")) throw new Error(half);
    const elsewhere = await failed(() => fetch("http://there.example/"));
    if (elsewhere !== "NotCapable: nobody may ask there.example") throw new Error(elsewhere);
    if (await (await fetch("data:text/plain,hello")).text() !== "hello") throw new Error("no data");
    const unknown = await failed(() => fetch("ftp://here.example/"));
    if (!unknown.includes("ftp")) throw new Error(unknown);
  "#;
  write(&script, text).expect("the folder can be written");
  let greeting = Variable { default: Some("hello".to_string()) };
  let services = Services::builder(folder.path().join("state")).variable("greeting", greeting).build();
  let granted = services.expect("its names are names").grant(Grants {
    component: "script".to_string(),
    key_value_stores: vec!["default".to_string()],
    sqlite_databases: vec!["default".to_string()],
    variables: [("greeting".to_string(), "{{ greeting }}".to_string())].into(),
  });
  let grants = HandlerGrants {
    services: Some(granted.expect("there is such a variable")),
    reach: Some(Arc::new(Decider)),
    ..Default::default()
  };
  let environment = [("COLOR".to_string(), "blue".to_string())].into();
  let runtime = Runtime::builder().grants(grants).environment(environment).build();
  assert_eq!(runtime.expect("a runtime can be made").run(&script).expect("the script runs"), 0);
}

#[test]
fn metrics_count_every_call_exactly() {
  let (mut runtime, _folder, path) = runtime_and_script(
    r#"
      const kit = Deno.openPlugin(Deno.args[0]);
      for (let i = 0; i < 1000; i++) kit.ops.echo(new Uint8Array(10), new Uint8Array(20));
      await Promise.all([1, 2, 3].map(() => kit.ops.async_ready(new Uint8Array(5))));
      try { kit.ops.not_found(); } catch {}
      kit.ops.async_never(new Uint8Array(1));
    "#,
  );
  assert_eq!(runtime.run(path).expect("the script runs"), 0);
  let metrics = runtime.metrics();
  let op =
    |name: &str| metrics.ops.iter().find(|op| op.name == name).unwrap_or_else(|| panic!("there is an op {name}"));

  let echo = op("echo");
  assert_eq!(
    (echo.plugin.as_str(), echo.calls, echo.completed, echo.errors, echo.in_flight),
    ("kit", 1000, 1000, 0, 0)
  );
  assert_eq!((echo.bytes_sent_control, echo.bytes_sent_data, echo.bytes_received), (10_000, 20_000, 30_000));
  assert_eq!(echo.latency.count, 1000);
  assert!(echo.latency.min > 0.0 && echo.latency.min <= echo.latency.p50 && echo.latency.p50 <= echo.latency.max);
  assert_eq!((op("not_found").calls, op("not_found").errors), (1, 1));
  assert_eq!((op("async_never").calls, op("async_never").completed, op("async_never").in_flight), (1, 0, 1));

  let received = op("async_ready").bytes_received;
  let expected = Totals {
    ops_dispatched_sync: 1001,
    ops_dispatched_async: 3,
    ops_dispatched_async_unref: 1,
    ops_completed_sync: 1001,
    ops_completed_async: 3,
    ops_completed_async_unref: 0,
    bytes_sent_control: 10_000 + 15 + 1,
    bytes_sent_data: 20_000,
    bytes_received: 30_000 + received,
  };
  assert_eq!(metrics.totals, expected);
  assert_eq!((metrics.totals.ops_dispatched(), metrics.totals.ops_completed()), (1005, 1004));
}

#[test]
fn a_script_that_throws_is_an_error_with_its_stack() {
  let (mut runtime, _folder, path) = runtime_and_script("\n  throw new RangeError('out of luck');\n");
  let message = runtime.run(path).expect_err("the script throws").to_string();
  assert!(message.contains("RangeError: out of luck"), "{message}");
  assert!(message.contains("main.js:2:9"), "{message}");
}

#[test]
fn the_example_runs_a_script_with_plugins() {
  let (_, folder, path) = runtime_and_script("console.log(Deno.openPlugin(Deno.args[0]).ops.sum({ a: 1, b: 2 }))");
  let library = library("kit");
  let example = fixtures().join("examples").join(format!("embed{}", std::env::consts::EXE_SUFFIX));
  let printed = succeed(Command::new(example).arg(path).arg(library).current_dir(&folder));
  assert!(printed.starts_with("3\nkit.sum: 1 calls, median "), "{printed}");
}

#[test]
fn nothing_is_granted_by_default() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  write(&path, "Deno.readTextFileSync('/etc/hostname')").expect("the folder can be written");
  let mut runtime = Runtime::builder().build().expect("a runtime can be made");
  let message = runtime.run(path).expect_err("the script may not read").to_string();
  assert!(message.contains("NotCapable"), "{message}");
}

#[test]
fn a_runtime_runs_scripts_one_after_the_other() {
  let (mut runtime, folder, path) = runtime_and_script("globalThis.kit = Deno.openPlugin(Deno.args[0]);");
  assert_eq!(runtime.run(path).expect("the first script runs"), 0);
  let second = folder.path().join("second.js");
  write(&second, "if (kit.ops.sum({ a: 1, b: 2 }) !== 3) throw new Error('wrong');")
    .expect("the folder can be written");
  assert_eq!(runtime.run(second).expect("the second script runs"), 0);
}

#[test]
fn runtimes_on_several_threads_do_not_meet() {
  let threads = [1, 2, 3].map(|calls| {
    std::thread::spawn(move || {
      let source = format!(
        "const kit = Deno.openPlugin(Deno.args[0]); for (let i = 0; i < {calls}; i++) kit.ops.echo(new Uint8Array(1));"
      );
      let (mut runtime, _folder, path) = runtime_and_script(&source);
      runtime.run(path).expect("the script runs");
      runtime.metrics().totals.ops_dispatched_sync
    })
  });
  assert_eq!(threads.map(|thread| thread.join().expect("the thread ends well")), [1, 2, 3]);
}

/// Whether a library is mapped into this process.
#[cfg(target_os = "linux")]
fn is_mapped(library: &str) -> bool {
  std::fs::read_to_string("/proc/self/maps").expect("the maps can be read").contains(library)
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_is_unmapped_when_the_last_of_it_is_gone() {
  let source = |then: &str| {
    format!(
      r#"
        const library = Deno.args[0].replace("libkit", "libhello");
        globalThis.plugin = Deno.openPlugin(library);
        globalThis.answer = plugin.ops.testSync(new Uint8Array(100));
        {then}
      "#
    )
  };
  let (mut runtime, folder, path) = runtime_and_script(&source("plugin.close();"));
  runtime.run(path).expect("the script runs");
  assert!(is_mapped("libhello"), "the answer's bytes are the plugin's, and the script still holds them");
  drop(runtime);
  assert!(!is_mapped("libhello"), "nothing of the plugin is left");

  let path = folder.path().join("open.js");
  let (mut runtime, _folder, _) = runtime_and_script("");
  write(&path, source("")).expect("the folder can be written");
  runtime.run(path).expect("the script runs");
  assert!(is_mapped("libhello"), "the plugin is open");
  drop(runtime);
  assert!(!is_mapped("libhello"), "the end of the runtime closes its plugins");
}

#[test]
fn a_second_runtime_on_one_thread_is_refused() {
  let first = Runtime::builder().build().expect("a runtime can be made");
  let error = Runtime::builder().build().err().expect("there is one already");
  assert!(error.to_string().contains("drop the first"), "{error}");
  drop(first);
  drop(Runtime::builder().build().expect("the first is gone"));
}

/// Runs a script on a thread with that much stack.
fn run_with_stack(kibibytes: usize, source: &'static str) -> Result<i32, plugbay::Error> {
  let work = move || {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let path = folder.path().join("main.js");
    write(&path, source).expect("the folder can be written");
    Runtime::builder().build()?.run(path)
  };
  let thread = std::thread::Builder::new().stack_size(kibibytes * 1024).spawn(work).expect("a thread can be made");
  thread.join().expect("the thread ends well")
}

#[test]
fn a_recursion_ends_within_the_stack_of_the_thread() {
  let recursion = r#"
    let depth = 0;
    const recurse = () => (depth++, recurse());
    try {
      recurse();
    } catch (error) {
      if (!(error instanceof RangeError && depth > 1000)) throw error;
    }
  "#;
  for kibibytes in [1792, 2048, 8192] {
    run_with_stack(kibibytes, recursion).unwrap_or_else(|error| panic!("{kibibytes} KiB: {error}"));
  }
}

#[test]
fn a_runtime_wants_room_on_the_stack() {
  /// Makes a runtime when that much of the stack is in use.
  fn build_at(kibibytes: usize) -> Option<String> {
    let used = [0_u8; 1024];
    let error = match kibibytes {
      0 => Runtime::builder().build().err().map(|error| error.to_string()),
      _ => build_at(kibibytes - 1),
    };
    std::hint::black_box(&used);
    error
  }
  let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(|| build_at(700)).expect("a thread can be made");
  let error = thread.join().expect("the thread ends well").expect("there is too little");
  assert!(error.contains("KiB of stack") && error.contains("at least 1496 KiB"), "{error}");
}

#[test]
fn each_runtime_keeps_its_modules_in_its_own_folder() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  // Bytes of no other test: modules in memory are the process's.
  let bytes = wat::parse_str(r#"(module (func (export "own") (result i32) i32.const 77))"#).expect("it is a module");
  write(&path, format!("Deno.openPlugin(new Uint8Array({bytes:?}), {{}}).close()")).expect("the folder can be written");
  let empty = folder.path().join("empty.js");
  write(&empty, "").expect("the folder can be written");
  let count = |name: &str| {
    let modules = folder.path().join(name).join("plugbay-modules");
    std::fs::read_dir(modules).map_or(0, Iterator::count)
  };
  let run = |script: &std::path::Path, name: &str| {
    let mut runtime = Runtime::builder().cache(folder.path().join(name)).build().expect("a runtime can be made");
    runtime.run(script).expect("the script runs");
    drop(runtime);
    count(name)
  };
  assert_eq!(run(&path, "first"), 1);
  // In memory by now, but not in this folder.
  assert_eq!(run(&path, "second"), 1);
  // What other runtimes opened is not written.
  assert_eq!(run(&empty, "third"), 0);
  assert_eq!((count("first"), count("second")), (1, 1));
  // A folder that was emptied is filled again.
  std::fs::remove_dir_all(folder.path().join("first")).expect("it can be removed");
  assert_eq!(run(&path, "first"), 1);
}

#[test]
fn the_threads_of_a_plugin_have_the_grants_of_the_start() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let here = folder.path().join("here");
  std::fs::create_dir_all(here.join("a")).expect("a folder can be made");
  std::fs::create_dir_all(here.join("out")).expect("a folder can be made");
  std::fs::create_dir_all(folder.path().join("out")).expect("a folder can be made");
  let module = wat::parse_str(r#"(module (func (export "one") (result i32) i32.const 1))"#).expect("it is a module");
  for path in [here.join("out/m.wasm"), folder.path().join("out/m.wasm")] {
    write(path, &module).expect("it can be written");
  }
  // What is granted is beside this folder; from within `a` the same words lead to the one in it.
  let source = r#"
    const [granted, other] = Deno.args;
    Deno.chdir("a");
    if (await Deno.openPlugin(granted, { threads: 1 }).ops.one() !== 1) throw new Error("it is granted");
    try {
      Deno.openPlugin(other, { threads: 1 });
    } catch (error) {
      if (!error.message.includes("--allow-read")) throw error;
      console.log("refused");
    }
  "#;
  write(here.join("main.js"), source).expect("it can be written");
  let mut command = plugbay();
  command.args(["run", "--allow-read=a,../out", "main.js"]).current_dir(&here);
  let printed = succeed(command.arg(folder.path().join("out/m.wasm")).arg(here.join("out/m.wasm")));
  assert_eq!(printed, "refused\n");
}
