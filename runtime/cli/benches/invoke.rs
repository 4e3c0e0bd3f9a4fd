//! What a call of an op from Rust costs, beside the same call from a script:
//! `cargo bench -p plugbay_cli --bench invoke`.

mod bench_plugin;

use std::time::Duration;
use std::time::Instant;

use plugbay::Caller;
use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay::Value;

const REPETITIONS: usize = 11;
const REPETITION: Duration = Duration::from_millis(100);

fn main() {
  // `cargo test --benches` only asks whether this builds.
  if std::env::args().any(|argument| argument == "--test") {
    return;
  }
  let folder = tempfile::tempdir().expect("a folder can be made");
  let permissions = Permissions { plugin: Grant::All, read: Grant::All, ..Default::default() };
  let mut runtime = Runtime::builder().permissions(permissions).build().expect("a runtime can be made");
  let native = runtime.open(bench_plugin::build()).expect("it opens");
  let module = r#"(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;
  let path = folder.path().join("guest.wasm");
  std::fs::write(&path, wat::parse_str(module).expect("it is a module")).expect("the folder can be written");
  let guest = runtime.open(path).expect("it opens");
  let path = folder.path().join("script.js");
  std::fs::write(&path, "export const add = (a, b) => a + b;").expect("the folder can be written");
  let script = runtime.open_script(path).expect("it runs");
  let caller = Caller::host();

  println!("| `add(i32, i32)` | Runtime::invoke | Handle::invoke_blocking, another thread |");
  println!("|---|---|---|");
  for (name, plugin) in [("a native plugin's", &native), ("a guest's", &guest), ("a script's", &script)] {
    let op = runtime.bind(&caller, plugin, "add").expect("it is there");
    let args = || vec![Value::from(1), Value::from(2)];
    let own = median_of(|| assert_eq!(runtime.invoke(&caller, &op, args()), Ok(Value::from(3))));
    let handle = runtime.handle();
    let other = std::thread::spawn({
      let (caller, op) = (caller.clone(), op.clone());
      move || median_of(|| assert_eq!(handle.invoke_blocking(&caller, &op, args()), Ok(Value::from(3))))
    });
    runtime.serve().expect("it serves");
    let other = other.join().expect("the thread ends well");
    println!("| {name} | {own:.2} µs | {other:.2} µs |");
  }
}

/// Microseconds of one call: the median of several repetitions.
fn median_of(mut call: impl FnMut()) -> f64 {
  let times = (0..REPETITIONS).map(|_| {
    let (began, mut calls) = (Instant::now(), 0_u32);
    while began.elapsed() < REPETITION {
      (0..16).for_each(|_| call());
      calls += 16;
    }
    began.elapsed().as_secs_f64() * 1e6 / f64::from(calls)
  });
  let mut times = times.collect::<Vec<_>>();
  times.sort_by(f64::total_cmp);
  times[times.len() / 2]
}
