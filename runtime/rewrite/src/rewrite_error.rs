//! Why a module was not rewritten.

use std::fmt;

use thiserror::Error;
use wasmparser::BinaryReaderError;

/// Why a module was not rewritten.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RewriteError {
  /// The bytes are a component of the component model, not a core module.
  #[error("it is a WebAssembly component, and only core modules can be loaded")]
  Component,
  /// The bytes are a core module of another version than 1.
  #[error("it has WebAssembly version {0}, and only version 1 can be loaded")]
  Version(u32),
  /// The bytes do not read as a module.
  #[error("{message} (at offset 0x{offset:x})")]
  Malformed {
    /// Where reading ended, from the start of the module.
    offset: usize,
    /// What is wrong there.
    message: String,
  },
  /// The module exports a name that the host keeps for itself.
  #[error("it exports the reserved name {0:?}")]
  ReservedExport(String),
  /// A memory starts with more pages than it may have.
  #[error("{0} pages of 64 KiB")]
  Memory(LimitExceeded),
  /// A table starts with more elements than it may have.
  #[error("{0} elements")]
  Table(LimitExceeded),
  /// What it declares takes more than the host may hold for it.
  #[error("{0}")]
  Host(HostExceeded),
  /// Its constant expressions make objects that take more than they may.
  #[error("the objects of its globals, tables and segments take {wants} bytes or more, and may take {allowed}")]
  ConstantObjects {
    /// The bytes that are wanted so far.
    wants: u64,
    /// The bytes that all of them may take.
    allowed: u64,
  },
  /// An array of a constant expression has a length that is not written there.
  #[error("an array of a global, a table or a segment has no `i32.const` for its length (at offset 0x{offset:x})")]
  ConstantLength {
    /// Where the array is made, from the start of the module.
    offset: usize,
  },
  /// A function has so many locals and operands in so many blocks that V8 would keep more of them than it may.
  #[error(
    "its function {function} has {wants} locals and operands, counted in each of the blocks that have begun, and may \
     have {allowed}"
  )]
  Nesting {
    /// Its index.
    function: u32,
    /// What it has.
    wants: u64,
    /// What it may have.
    allowed: u64,
  },
  /// To read it takes longer than it may.
  #[error("it takes too long to read")]
  Late,
  /// The module, or a function of it, is larger than V8 accepts once the checks are in it.
  #[error("{what} takes {size} bytes with the checks of its limits, and may take {allowed}")]
  TooLarge {
    /// `the module` or `function 12`.
    what: String,
    /// The size it would have.
    size: usize,
    /// The largest size that V8 accepts.
    allowed: usize,
  },
}

/// What a memory or a table wants and what it may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitExceeded {
  /// `memory` or `table`.
  pub(crate) what: &'static str,
  /// Its index.
  pub(crate) index: u32,
  /// Whether the module imports it.
  pub(crate) imported: bool,
  /// The smallest size that it accepts.
  pub(crate) wants: u64,
  /// The largest size that it may have.
  pub(crate) allowed: u64,
}

impl fmt::Display for LimitExceeded {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Self { what, index, imported, wants, allowed } = self;
    let imported = if *imported { "imported " } else { "" };
    write!(f, "its {imported}{what} {index} starts with {wants} and may have at most {allowed}")
  }
}

/// What a module's declarations take and what they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostExceeded {
  /// What it has too much of: `exports`.
  pub(crate) what: &'static str,
  /// The bytes that are wanted so far.
  pub(crate) wants: u64,
  /// The bytes that the host may hold.
  pub(crate) allowed: u64,
}

impl fmt::Display for HostExceeded {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Self { what, wants, allowed } = self;
    write!(f, "with its {what} the host would hold {wants} bytes and more for it, and may hold {allowed}")
  }
}

impl From<BinaryReaderError> for RewriteError {
  fn from(error: BinaryReaderError) -> Self {
    Self::Malformed { offset: error.offset(), message: error.message().to_owned() }
  }
}

impl RewriteError {
  pub(crate) fn malformed(offset: usize, message: impl Into<String>) -> Self {
    Self::Malformed { offset, message: message.into() }
  }

  pub(crate) fn unknown_memory(offset: usize, memory: u32) -> Self {
    Self::malformed(offset, format!("unknown memory {memory}"))
  }

  pub(crate) fn unknown_global(offset: usize, global: u32) -> Self {
    Self::malformed(offset, format!("Invalid global index: {global}"))
  }

  pub(crate) fn unknown_local(offset: usize, local: u32) -> Self {
    Self::malformed(offset, format!("invalid local index: {local}"))
  }
}
