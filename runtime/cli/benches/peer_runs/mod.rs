//! What the benchmarks share: running peers, reading their times, and the table.
//!
//! They print a line of JSON for each thing they time.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

/// A path as an argument.
pub fn text(path: impl AsRef<Path>) -> String {
  path.as_ref().to_string_lossy().into_owned()
}

/// A program and its arguments.
pub fn command(arguments: &[String]) -> Command {
  let mut command = Command::new(&arguments[0]);
  command.args(&arguments[1..]).env("PEER_PRINT", "1").env("NO_COLOR", "1").env("DENO_NO_UPDATE_CHECK", "1");
  command
}

/// Runs a program that prints `{"key", "ns"}` lines.
pub fn call_times(arguments: &[String], environment: &[(&str, &str)]) -> HashMap<String, f64> {
  let output = command(arguments).envs(environment.iter().copied()).output().expect("the program runs");
  assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
  let lines = String::from_utf8_lossy(&output.stdout).lines().map(serde_json::from_str).collect::<Vec<_>>();
  let row = |line: serde_json::Value| Some((line["key"].as_str()?.to_string(), line["ns"].as_f64()?));
  lines.into_iter().flatten().filter_map(row).collect()
}

/// How often a program runs that times calls.
const RUNS: usize = 3;

/// The best of what several runs of such a program print: whatever else the machine does makes it slower only.
pub fn best_times(arguments: &[String], environment: &[(&str, &str)]) -> HashMap<String, f64> {
  let mut best = HashMap::new();
  for (key, ns) in (0..RUNS).flat_map(|_| call_times(arguments, environment)) {
    best.entry(key).and_modify(|best| *best = ns.min(*best)).or_insert(ns);
  }
  best
}

/// The best of the times whose keys begin so: for "9.inst" that of "9.inst" and "9.inst.pool". `except` does not count,
/// unless it is asked for.
pub fn best(times: &HashMap<String, f64>, key: &str, except: &str) -> Option<f64> {
  let variants = format!("{key}.");
  let counts = |found: &str| found == key || (found.starts_with(&variants) && found != except);
  times.iter().filter(|(found, _)| counts(found)).map(|(_, ns)| *ns).reduce(f64::min)
}

/// Begins a table with what is ours and what it is beside.
pub fn print_header(ours: &str, peers: &[&str]) {
  let columns = peers.iter().map(|peer| format!(" {peer} | {ours} / {peer} |")).collect::<String>();
  println!("| work | {ours} |{columns}");
  println!("|---|---|{}", "---|---|".repeat(peers.len()));
}

/// A row of the table, with the ratios; what there is not is a dash.
pub fn print_row(title: &str, ours: Option<f64>, theirs: &[Option<f64>], figure: impl Fn(f64) -> String) {
  let figure = |value: Option<f64>| value.map_or("–".to_string(), &figure);
  let columns = theirs.iter().map(|theirs| {
    let ratio = ours.zip(*theirs).map_or("–".to_string(), |(ours, theirs)| ratio(ours / theirs));
    format!(" {} | {ratio} |", figure(*theirs))
  });
  println!("| {title} | {} |{}", figure(ours), columns.collect::<String>());
}

/// With at least two digits that say something.
fn ratio(ratio: f64) -> String {
  if ratio < 0.095 { format!("{ratio:.3}") } else { format!("{ratio:.2}") }
}
