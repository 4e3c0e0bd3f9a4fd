//! `plugbay doctor`: tells what is wrong with an app, and mends what it is told to.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;

use app_doctor::DoctorError;
use app_doctor::Examined;
use app_doctor::Finding;
use app_doctor::Keeper;
use app_doctor::Machine;
use app_doctor::examine;
use app_doctor::machine;
use plugbay_app::plugins;

use crate::terminal;
use crate::triggers;

/// Looks at an app. With `fix` everything is mended that can be; without, whoever sits at a terminal is asked.
pub(crate) fn doctor(from: &Path, fix: bool) -> Result<Examined, DoctorError> {
  let asks = !fix && io::stdin().is_terminal();
  examine(from, &ThisMachine, &mut Told { fix, asks })
}

/// The machine that this runs on.
struct ThisMachine;

impl Machine for ThisMachine {
  fn has_program(&self, name: &str) -> bool {
    machine::has_program(name)
  }

  fn has_rust_target(&self, target: &str) -> Option<bool> {
    machine::has_rust_target(target)
  }

  fn serves(&self, kind: &str) -> Result<(), String> {
    plugins::serves(triggers::folder().as_deref(), kind).map_err(|why| why.to_string())
  }

  fn run(&self, command: &[String]) -> io::Result<()> {
    machine::run(command)
  }
}

/// Whoever reads standard output.
struct Told {
  fix: bool,
  asks: bool,
}

impl Keeper for Told {
  fn found(&mut self, check: &str, Finding { what, remedy }: &Finding) -> bool {
    let mut text = format!("{check}: {what}\n");
    if let Some(remedy) = remedy {
      text += &format!("  to mend it: {remedy}\n");
    }
    say(&text);
    remedy.is_some()
      && (self.fix || self.asks && terminal::ask("  Mend it? [y/N] ").is_some_and(|answer| answer == "y"))
  }

  fn tried(&mut self, _: &Finding, result: Result<(), String>) {
    match result {
      Ok(()) => say("  mended\n"),
      Err(why) => say(&format!("  not mended: {why}\n")),
    }
  }
}

fn say(text: &str) {
  // Nobody may read it.
  let _ = io::stdout().write_all(text.as_bytes());
}
