//! What a guest is given.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::Deadline;
use super::Guard;

/// Where a guest's standard input comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stdin {
  /// It ends at once.
  #[default]
  Null,
  /// The process's own. A read waits until there is some.
  Inherit,
  /// These bytes.
  Bytes(Vec<u8>),
}

/// Somebody who takes what a guest writes.
pub trait Sink: fmt::Debug + Send + Sync {
  /// Takes some of it: what is written at once.
  fn write(&self, bytes: &[u8]);
}

/// Where a guest's standard output or standard error goes.
#[derive(Clone, Debug, Default)]
pub enum Output {
  /// Nowhere.
  #[default]
  Null,
  /// To the process's own.
  Inherit,
  /// Into memory, up to [`WasiOptions::capture_limit`].
  Capture,
  /// To somebody who takes it as it comes.
  Sink(Arc<dyn Sink>),
  /// Into a file, a plain one, and if `inherit` to the process's own, too.
  File {
    /// The file, to which others may append.
    file: Arc<File>,
    /// Whether it goes to the process's own stream, too.
    inherit: bool,
  },
}

/// A directory that a guest may use.
#[derive(Clone, Debug)]
pub struct Preopen {
  /// What the guest calls it.
  pub guest: String,
  /// Where it is.
  pub host: PathBuf,
  /// Whether the guest may change anything in it.
  pub write: bool,
  /// Says which of the system's own files the guest may have to do with, where there are any below the directory. Paths
  /// that this is asked for begin with `host`, which must be an absolute path without symbolic links then.
  pub guard: Option<Guard>,
}

/// What a guest is given. The default is no argument, no variable, no directory, no input and no output.
#[derive(Clone, Debug)]
pub struct WasiOptions {
  /// The arguments; by custom the first is the program's name.
  pub args: Vec<String>,
  /// The environment: names and values.
  pub env: Vec<(String, String)>,
  /// Descriptor 0.
  pub stdin: Stdin,
  /// Descriptor 1.
  pub stdout: Output,
  /// Descriptor 2.
  pub stderr: Output,
  /// Descriptors from 3 on.
  pub preopens: Vec<Preopen>,
  /// Whether the guest may read clocks and sleep.
  pub clocks: bool,
  /// Ends the guest when its call has taken as long as it may: no sleep, no wait for a stream goes beyond.
  pub deadline: Deadline,
  /// How many bytes of output are captured between two takes, for stdout and stderr each. A write that finds no room is
  /// refused with `ENOSPC`.
  pub capture_limit: usize,
  /// How many descriptors may be open at once, with the standard streams and the directories given here.
  pub descriptor_limit: usize,
}

impl Default for WasiOptions {
  fn default() -> Self {
    Self {
      args: Vec::new(),
      env: Vec::new(),
      stdin: Stdin::Null,
      stdout: Output::Null,
      stderr: Output::Null,
      preopens: Vec::new(),
      clocks: true,
      deadline: Deadline::default(),
      capture_limit: 16 << 20,
      descriptor_limit: 1024,
    }
  }
}

/// Why a guest cannot be given what the options say.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WasiError {
  /// An argument has a NUL byte in it.
  #[error("the argument {0:?} has a NUL byte in it")]
  Argument(String),
  /// The name of a variable is empty or has `=` in it, or its name or value has a NUL byte in it.
  #[error("the environment variable {0:?} has no valid name or has a NUL byte in it")]
  Variable(String),
  /// Arguments or environment are longer than a guest's memory can be.
  #[error("the arguments or the environment are too long")]
  TooLong,
  /// The guest's name of a directory is empty or has a NUL byte in it.
  #[error("{0:?} cannot be the name of a directory for a guest")]
  PreopenName(String),
  /// More directories than descriptors.
  #[error("there are more directories than the guest may have descriptors")]
  TooManyPreopens,
  /// A directory cannot be opened.
  #[error("the directory {} cannot be opened: {source}", host.display())]
  Preopen {
    /// Where it should be.
    host: PathBuf,
    /// Why not.
    source: io::Error,
  },
}
