//! What is wrong in a manifest, and where.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

/// A place in a file, counted from one. Columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
  /// The line.
  pub line: usize,
  /// The column.
  pub column: usize,
}

/// What kind of fault it is, for whoever mends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultCode {
  /// The file is not there or cannot be read.
  Unreadable,
  /// The file is no TOML or no JSON.
  Syntax,
  /// A version that nobody knows.
  Version,
  /// A key that means nothing there.
  UnknownKey,
  /// A key that has to be there.
  MissingKey,
  /// A value of another type.
  Type,
  /// A value of the right type that says nothing sensible.
  Value,
  /// A name that is there already.
  Duplicate,
  /// A name of something that is not there.
  Reference,
  /// Something that plugbay does not do.
  Unsupported,
  /// A component's file that is not there.
  Source,
  /// A path that leaves the app's directory.
  Outside,
}

impl FaultCode {
  /// The name that stays the same.
  #[must_use]
  pub fn as_str(self) -> &'static str {
    match self {
      Self::Unreadable => "manifest-unreadable",
      Self::Syntax => "manifest-syntax",
      Self::Version => "manifest-version",
      Self::UnknownKey => "manifest-unknown-key",
      Self::MissingKey => "manifest-missing-key",
      Self::Type => "manifest-type",
      Self::Value => "manifest-value",
      Self::Duplicate => "manifest-duplicate",
      Self::Reference => "manifest-reference",
      Self::Unsupported => "manifest-unsupported",
      Self::Source => "manifest-source",
      Self::Outside => "manifest-outside",
    }
  }
}

/// One thing that is wrong, or worth a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
  /// The file, as it was asked for.
  pub path: PathBuf,
  /// Where in it, if it has lines.
  pub at: Option<Position>,
  /// What kind of fault it is.
  pub code: FaultCode,
  /// What is wrong.
  pub message: String,
  /// What to do.
  pub help: Option<String>,
}

impl fmt::Display for Fault {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{}", self.path.display())?;
    if let Some(Position { line, column }) = self.at {
      write!(f, ":{line}:{column}")?;
    }
    write!(f, ": {}", self.message)?;
    match &self.help {
      Some(help) => write!(f, "; {help}"),
      None => Ok(()),
    }
  }
}

/// Everything that is wrong with a manifest, in the order of the file; one a line when printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
  /// What has to be mended. Never empty in an error.
  pub faults: Vec<Fault>,
  /// What is worth a look besides.
  pub warnings: Vec<Fault>,
}

impl Faults {
  /// One, of a file as a whole.
  pub(crate) fn one(path: &Path, code: FaultCode, message: String, help: &str) -> Self {
    let fault = Fault { path: path.to_owned(), at: None, code, message, help: Some(help.to_owned()) };
    Self { faults: vec![fault], warnings: Vec::new() }
  }
}

impl fmt::Display for Faults {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, fault) in self.faults.iter().enumerate() {
      if index > 0 {
        writeln!(f)?;
      }
      write!(f, "{fault}")?;
    }
    Ok(())
  }
}

impl std::error::Error for Faults {}
