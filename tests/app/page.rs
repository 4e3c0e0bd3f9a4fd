//! The operators' page says all that there is.

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

/// The long names of flags in a text, where each begins a line or a cell of a table.
fn flags(text: &str) -> Vec<String> {
  let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
  let mut flags = words.filter(|word| word.starts_with("--") && word.len() > 3).map(str::to_string).collect::<Vec<_>>();
  flags.sort();
  flags.dedup();
  flags
}

#[test]
fn every_flag_of_up_has_a_row() {
  let help = succeed(plugbay().args(["up", "--help"]));
  let options = help
    .lines()
    .map(str::trim_start)
    .filter(|line| line.starts_with('-') || line.starts_with("[alias"))
    .collect::<Vec<_>>()
    .join("\n");
  let page = std::fs::read_to_string(root().join("docs/src/app-host.md")).expect("there is a page");
  let (_, table) = page.split_once("## Flags").expect("it has a table of flags");
  let (table, _) = table.split_once("\n## ").expect("another heading follows");
  let rows = table.lines().filter_map(|line| line.strip_prefix("| `-")?.split(" | ").next()).collect::<Vec<_>>();
  let told = flags(&format!("`-{}", rows.join("\n`-")));
  let there = flags(&options).into_iter().filter(|flag| flag != "--help").collect::<Vec<_>>();
  assert_eq!(told, there, "docs/src/app-host.md and plugbay up --help");
}
