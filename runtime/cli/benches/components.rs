//! Components beside the same in wasmtime, as ratios in one run, with limits and metrics on.
//!
//! `cargo bench -p plugbay_cli --bench components`, by way of `cargo xtask bench`, which knows what builds guests and
//! builds wasmtime (`tests/wasmtime/src/bench.rs`). Every figure is the best of three runs, each of which gives a
//! median of 11 repetitions; opening in new processes is the median of 11.

mod component_guests;
mod peer_runs;

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;

use component_guests::build;
use component_guests::write_component;
use peer_runs::best;
use peer_runs::best_times;
use peer_runs::call_times;
use peer_runs::print_header;
use peer_runs::print_row;
use peer_runs::text;
use wit_component::StringEncoding;
use wit_parser::Resolve;

const PROCESSES: usize = 11;

/// What is measured, and its key in our script and in wasmtime's program.
const ROWS: &[(&str, &str)] = &[
  ("string → option<string>", "string"),
  ("record → option<record> (8 fields)", "record"),
  ("one import call, string → option<string>", "import"),
  ("list<u8> of 1 MiB in", "list"),
  ("a fresh instance of a Rust guest and a call (`stateless`, `pool`)", "instance"),
  ("a fresh instance of a Spin 5.2 app with its request, beside an instance alone", "instanceSpin"),
  ("open a Spin 5.2 app (374 KB), not known", "openCold"),
  ("the same, its file in the cache", "openCached"),
];

/// The guests: core modules that say which world they are for, and the components that they are made.
struct Guests {
  modules: Vec<PathBuf>,
  components: Vec<PathBuf>,
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
  let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
  let guests = build_guests(Path::new(&tools), &benches);
  let plugbay = [env!("CARGO_BIN_EXE_plugbay"), "run", "--allow-read"].map(String::from);
  let script = |name: &str| plugbay.iter().cloned().chain([text(benches.join(name))]);

  let wasmtime = std::env::var("PLUGBAY_WASMTIME_BENCH").ok();
  let theirs = wasmtime.map_or_else(HashMap::new, |program| {
    let command = [program].into_iter().chain(guests.components.iter().map(text)).collect::<Vec<_>>();
    best_times(&command, &[])
  });
  let command = script("components.js").chain(guests.modules.iter().map(text)).collect::<Vec<_>>();
  let mut ours = best_times(&command, &[]);
  let app = guests.modules.last().expect("there are guests");
  ours.extend(openings(&script("open_component.js").chain([text(app)]).collect::<Vec<_>>()));

  print_header("plugbay", &["wasmtime"]);
  for (title, key) in ROWS {
    print_row(title, ours.get(*key).copied(), &[best(&theirs, key, "")], time);
  }
  let ratio = |one: &str, other: &str| ours[one] / ours[other];
  println!(
    "\nA list of 1 MiB takes {:.2} of one memcpy, opening what is in the cache {:.2} of opening what is not known.",
    ratio("list", "copy"),
    ratio("openCached", "openCold")
  );
}

/// What it takes to open a component in new processes: with an empty cache, and with one that a process has left.
fn openings(command: &[String]) -> HashMap<String, f64> {
  let cache = tempfile::tempdir().expect("a folder can be made");
  let run = |name: &str| call_times(command, &[("PLUGBAY_CACHE", &text(cache.path().join(name)))])["open"];
  run("warm");
  let median = |name: &dyn Fn(usize) -> String| {
    let mut times = (0..PROCESSES).map(|round| run(&name(round))).collect::<Vec<_>>();
    times.sort_by(f64::total_cmp);
    times[PROCESSES / 2]
  };
  let cold = median(&|round| format!("cold{round}"));
  HashMap::from([("openCold".to_string(), cold), ("openCached".to_string(), median(&|_| "warm".to_string()))])
}

/// Builds the guests.
fn build_guests(tools: &Path, benches: &Path) -> Guests {
  let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
  let raisfast = build(tools, benches, &target.join("guests"), "wasm32-unknown-unknown", "raisfast_plugin");
  let fixtures = benches.join("../../../tests/fixtures/spin");
  let app = build(tools, &fixtures, &target.join("spin"), "wasm32-wasip1", "spin_sdk5");
  let bench = target.join("guests/bench_component.wasm");
  std::fs::write(&bench, bench_module(benches)).expect("it can be written");
  let modules = vec![raisfast, bench, app];
  let components = modules.iter().map(|path| write_component(path)).collect();
  Guests { modules, components }
}

/// The benchmark's own guest.
fn bench_module(benches: &Path) -> Vec<u8> {
  let mut module = wat::parse_file(benches.join("component.wat")).expect("it is a module");
  let mut resolve = Resolve::default();
  let (package, _) = resolve.push_path(benches.join("component.wit")).expect("it is WIT");
  let world = resolve.select_world(&[package], None).expect("it has one world");
  wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).expect("it fits");
  module
}

fn time(nanoseconds: f64) -> String {
  match nanoseconds {
    short if short < 10_000.0 => format!("{short:.1} ns"),
    longer if longer < 1_000_000.0 => format!("{:.1} µs", longer / 1e3),
    long => format!("{:.2} ms", long / 1e6),
  }
}
