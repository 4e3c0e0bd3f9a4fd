//! Ops of guests beside the same work in a bare WebAssembly instance of V8, as ratios in one run.
//!
//! `cargo bench -p plugbay --bench guests`, by way of `cargo xtask bench`, which knows what builds guests. Every figure is a
//! median of 11 repetitions.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

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
  let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/bare.wat");
  std::fs::write(&bare, wat::parse_file(source).expect("it is a module")).expect("a file can be written");

  let mut command = Command::new(env!("CARGO_BIN_EXE_plugbay"));
  command.args(["run", "--allow-read"]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/guests.js"));
  command.args([guests.join("bench_plugin.wasm"), bare, guests.join("markdown.wasm")]);
  let output = command.output().expect("plugbay runs");
  assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
  println!("| work | guest | bare V8 | ratio |\n|---|---|---|---|");
  for line in String::from_utf8_lossy(&output.stdout).lines() {
    let row: serde_json::Value = serde_json::from_str(line).expect("the script prints JSON");
    let (key, ours) = (row["key"].as_str().expect("a row has a key"), row["ours"].as_f64().expect("it was measured"));
    match row["bare"].as_f64() {
      Some(bare) => println!("| {key} | {} | {} | {:.2} |", time(ours), time(bare), ours / bare),
      None => println!("| {key} | {} | | |", time(ours)),
    }
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
  let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests");
  let mut command = Command::new(env!("CARGO"));
  command.args(["build", "--release", "--target", "wasm32-unknown-unknown", "-p", "bench_plugin", "-p", "markdown"]);
  let status = command.envs(variables).env("CARGO_TARGET_DIR", &target).status().expect("cargo runs");
  assert!(status.success(), "the guests do not build");
  target.join("wasm32-unknown-unknown/release")
}
