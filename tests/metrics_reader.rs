//! Metrics that another thread reads while the isolate's does not come to anything else.

use std::path::Path;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use plugbay::Caller;
use plugbay::Grant;
use plugbay::Metrics;
use plugbay::MetricsReader;
use plugbay::Permissions;
use plugbay::Runtime;

use crate::harness::library;

/// The script and the guest loop until this file of the folder is there, which is what ends them.
const END: &str = "end";

fn runtime() -> Runtime {
  let permissions = Permissions { plugin: Grant::All, read: Grant::All, ..Default::default() };
  Runtime::builder().permissions(permissions).build().expect("a runtime can be made")
}

/// Calls of an op, and bytes that it took.
fn counts(metrics: &Metrics, plugin: &str, op: &str) -> Option<(u64, u64)> {
  let op = metrics.ops.iter().find(|row| row.plugin == plugin && row.name == op)?;
  Some((op.calls, op.bytes_sent_control + op.bytes_sent_data))
}

/// Reads until what it reads will do; whatever is counted goes up meanwhile.
fn read_until(reader: &MetricsReader, will_do: impl Fn(&Metrics) -> bool) -> Metrics {
  let began = Instant::now();
  let mut last = 0;
  loop {
    let metrics = reader.metrics();
    let calls = metrics.totals.ops_dispatched();
    assert!(calls >= last, "{calls} calls after {last}");
    last = calls;
    if will_do(&metrics) {
      return metrics;
    }
    assert!(began.elapsed() < Duration::from_secs(60), "{metrics:?}");
    thread::sleep(Duration::from_millis(1));
  }
}

/// Runs the script, and has another thread read until each of these ops was called so often, three times.
fn run_and_read(folder: &Path, script: &str, ops: &'static [(&str, &str)]) -> (Runtime, Vec<Metrics>) {
  let mut runtime = runtime();
  let (script, end) = (folder.join("loop.js").with_file_name(script), folder.join(END));
  let reader = runtime.metrics_reader();
  let watcher = thread::spawn(move || {
    let mut goal = 0;
    let readings = [(); 3].map(|()| {
      goal += 5000;
      read_until(&reader, |metrics| {
        ops.iter().all(|(plugin, op)| counts(metrics, plugin, op).is_some_and(|it| it.0 > goal))
      })
    });
    std::fs::write(end, "").expect("the folder can be written");
    readings.to_vec()
  });
  assert_eq!(runtime.run(script).expect("it runs to its end"), 0);
  (runtime, watcher.join().expect("what is read goes up"))
}

#[test]
fn another_thread_reads_while_a_script_loops() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let module = r#"(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;
  std::fs::write(folder.path().join("adder.wasm"), wat::parse_str(module).expect("it is a module"))
    .expect("it is written");
  // The plugins are opened when the reader is there already. Nothing of the event loop runs before the end is there.
  let script = format!(
    "const kit = Deno.openPlugin({kit:?}), adder = Deno.openPlugin(new URL('adder.wasm', import.meta.url));
    const {{ t_i32, t_sum, echo }} = kit.ops, {{ add }} = adder.ops, bytes = new Uint8Array(4);
    const isOver = () => {{ try {{ return Deno.statSync(new URL('{END}', import.meta.url)).isFile; }} catch {{ return false; }} }};
    do {{
      for (let i = 0; i < 500; i++) {{ t_i32(i); t_sum(bytes); echo(bytes); add(i, 1); }}
    }} while (!isOver());",
    kit = library("kit"),
  );
  std::fs::write(folder.path().join("loop.js"), script).expect("the folder can be written");
  let (runtime, readings) =
    run_and_read(folder.path(), "loop.js", &[("kit", "t_i32"), ("kit", "t_sum"), ("kit", "echo"), ("adder", "add")]);
  for metrics in &readings {
    for op in ["t_sum", "echo"] {
      // Bytes are read after calls, and those of the call that runs may be to come.
      let (calls, bytes) = counts(metrics, "kit", op).expect("it is listed");
      assert!(bytes >= 4 * (calls - 16), "{calls} calls of {op} with {bytes} bytes");
    }
    assert!(metrics.ops.iter().any(|op| op.name == "t_i32" && op.latency.count > 0), "{metrics:?}");
  }
  let (calls, bytes) = counts(&runtime.metrics(), "kit", "t_sum").expect("it is listed");
  assert_eq!(bytes, 4 * calls);
  // When nothing runs both say the same.
  assert_eq!(runtime.metrics_reader().metrics().totals, runtime.metrics().totals);
  let reader = runtime.metrics_reader();
  let totals = runtime.metrics().totals;
  drop(runtime);
  assert_eq!((reader.metrics().totals, reader.metrics().ops), (totals, vec![]), "the sums are left");
}

#[test]
fn another_thread_reads_while_a_guest_loops() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let module = r#"(module (func (export "spin") (loop (br 0))))"#;
  let path = folder.path().join("spinner.wasm");
  std::fs::write(&path, wat::parse_str(module).expect("it is a module")).expect("it is written");
  let mut runtime = runtime();
  let guest = runtime.open(path).expect("it opens");
  let spin = runtime.bind(&Caller::host(), &guest, "spin").expect("it is there");
  let reader = runtime.metrics_reader();
  let watcher = thread::spawn(move || {
    let in_flight =
      |metrics: &Metrics| metrics.ops.iter().find(|op| op.name == "spin").map(|op| (op.calls, op.in_flight));
    read_until(&reader, |metrics| in_flight(metrics) == Some((1, 1)));
    read_until(&reader, |metrics| in_flight(metrics) == Some((1, 0)));
  });
  // The guest's own deadline ends it.
  let failure = runtime.invoke(&Caller::host(), &spin, vec![]).expect_err("it does not end");
  assert_eq!(&*failure.code, "ERR_WASM_DEADLINE");
  watcher.join().expect("it is counted as a call that runs");
}
