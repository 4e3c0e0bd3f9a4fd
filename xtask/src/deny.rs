//! `cargo deny`: licences, sources and advisories of the crates, as deny.toml has it.

use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;

use anyhow::Result;

use crate::tool::Tool;
use crate::workspace;

const CARGO_DENY: Tool = Tool { name: "cargo-deny", version: "0.20.2", options: &[] };

/// # Errors
///
/// When cargo-deny cannot be built.
pub(crate) fn run() -> Result<ExitStatus> {
  let binary = CARGO_DENY.binary()?;
  let deny = |arguments: &[&str]| {
    let mut command = Command::new(&binary);
    command.current_dir(workspace::root()).args(["--all-features", "--locked"]).args(arguments);
    command
  };
  let fetched = workspace::status(deny(&["fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null()))?;
  let mut checks = vec!["check", "bans", "licenses", "sources"];
  match fetched.success() {
    true => checks.push("advisories"),
    false => eprintln!("the database of advisories cannot be had: they are not looked at"),
  }
  workspace::status(&mut deny(&checks))
}
