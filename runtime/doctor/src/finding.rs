//! What is wrong, and what mends it.

use std::fmt;

use toml_edit::DocumentMut;

/// Something that is wrong.
#[derive(Debug)]
pub struct Finding {
  /// What, for people.
  pub what: String,
  /// What mends it, if something does that needs no thought.
  pub remedy: Option<Remedy>,
}

/// What mends something.
pub enum Remedy {
  /// Another text in the manifest.
  Edit {
    /// What it does, for people.
    what: String,
    /// Does it.
    edit: Box<dyn Fn(&mut DocumentMut)>,
  },
  /// A program with its arguments, as they are typed in the working directory.
  Run(Vec<String>),
}

impl Finding {
  pub(crate) fn told(what: impl Into<String>) -> Self {
    Self { what: what.into(), remedy: None }
  }

  pub(crate) fn edited(
    what: impl Into<String>,
    remedy: impl Into<String>,
    edit: impl Fn(&mut DocumentMut) + 'static,
  ) -> Self {
    Self { what: what.into(), remedy: Some(Remedy::Edit { what: remedy.into(), edit: Box::new(edit) }) }
  }

  pub(crate) fn run(what: impl Into<String>, command: &[&str]) -> Self {
    let command = command.iter().map(ToString::to_string).collect();
    Self { what: what.into(), remedy: Some(Remedy::Run(command)) }
  }
}

impl Remedy {
  /// What is typed to run it; nothing where nothing is run.
  pub(crate) fn command_line(&self) -> String {
    let Self::Run(command) = self else { return String::new() };
    let word = |word: &String| if word.contains(char::is_whitespace) { format!("\"{word}\"") } else { word.clone() };
    command.iter().map(word).collect::<Vec<_>>().join(" ")
  }
}

impl fmt::Display for Remedy {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::Edit { what, .. } => f.write_str(what),
      Self::Run(_) => write!(f, "run `{}`", self.command_line()),
    }
  }
}

impl fmt::Debug for Remedy {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{self}")
  }
}
