//! What is to hold for a module.

/// What is to hold for a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
  /// The host holds no more bytes for what it declares and for what is added to it.
  pub host_bytes: u64,
  /// What of that the host holds already, for other modules.
  pub host_spent: u64,
  /// Its loops and calls end once the first word of the memory `plugbay:interrupt` is not 0.
  pub deadline: bool,
  /// It may make objects of the garbage collection proposal: its code looks at that word, whether or not there is a
  /// deadline, after each that it makes, and what constant expressions make is limited.
  pub objects: bool,
  /// Its call depth, of functions that call, is no more than this.
  pub call_depth: Option<u32>,
  /// None of its memories has more pages of 64 KiB.
  pub memory_pages: u64,
  /// None of its tables has more elements.
  pub table_elements: u64,
  /// Each memory that it defines has at most so many pages more than it starts with: where several share a limit.
  pub memory_growth: u64,
  /// The same of its tables and their elements.
  pub table_growth: u64,
  /// The mutable globals that it defines are exported, so that their values can be put back.
  pub export_globals: bool,
  /// The memory and the table with index 0 are exported under reserved names.
  pub export_first: bool,
  /// Its start function does not run when it is instantiated: it is exported as `plugbay:start`. Before the instance is
  /// there, nobody has the memory that could end it.
  pub defer_start: bool,
}

impl Options {
  /// Nothing is to hold: the module stays as it is.
  pub const NONE: Self = Self {
    host_bytes: u64::MAX,
    host_spent: 0,
    deadline: false,
    objects: false,
    call_depth: None,
    memory_pages: u64::MAX,
    table_elements: u64::MAX,
    memory_growth: u64::MAX,
    table_growth: u64::MAX,
    export_globals: false,
    export_first: false,
    defer_start: false,
  };
}
