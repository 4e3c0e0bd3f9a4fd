//! `plugbay doctor`: tells what is wrong with an app, and mends what it is told to.

use std::io;
use std::io::IsTerminal;
use std::io::Write;
use std::path::Path;

use app_doctor::DoctorError;
use app_doctor::Examined;
use app_doctor::Finding;
use app_doctor::ThisMachine;
use app_doctor::examine;

use crate::terminal;

/// Looks at an app. With `fix` everything is mended that can be; without, whoever sits at a terminal is asked.
pub(crate) fn doctor(from: &Path, fix: bool) -> Result<Examined, DoctorError> {
  let asks = !fix && io::stdin().is_terminal();
  examine(from, &ThisMachine, |check, finding| {
    let Finding { what, remedy } = finding;
    let mut text = format!("{check}: {what}\n");
    if let Some(remedy) = remedy {
      text += &format!("  to mend it: {remedy}\n");
    }
    // Nobody may read it.
    let _ = io::stdout().write_all(text.as_bytes());
    remedy.is_some() && (fix || asks && terminal::ask("  Mend it? [y/N] ").is_some_and(|answer| answer == "y"))
  })
}
