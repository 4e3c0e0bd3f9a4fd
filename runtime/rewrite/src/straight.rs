//! How much code runs from one check of a deadline to the next.
//!
//! Loops have checks at their heads and functions that call at their entries, but code without loops can take long,
//! too: a long function that calls long functions. So no way through a function is longer than [`MAX_UNCHECKED`]
//! without a check, and a function that does not call has one at its entry unless it is [`SHORT`]. What runs after the
//! last check is then no more than that for each function that returns.

use wasmparser::Operator;

/// The bytes of code that run without a check at most.
pub(crate) const MAX_UNCHECKED: u32 = 4096;
/// The bytes of a function that has no check at all: a call counts as so many.
pub(crate) const SHORT: u32 = 256;

/// Where the way goes on after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
  /// At the next one, or elsewhere in blocks that have begun.
  On,
  /// In a block that begins.
  Block,
  /// In a loop that begins.
  Loop,
  /// In the other part of an `if`.
  Else,
  /// In the part of a block that catches.
  Catch,
  /// Behind a block that ends.
  End,
}

impl Flow {
  #[inline(always)]
  pub(crate) fn of(operator: &Operator<'_>) -> Self {
    match operator {
      Operator::Block { .. } | Operator::If { .. } | Operator::Try { .. } | Operator::TryTable { .. } => Self::Block,
      Operator::Loop { .. } => Self::Loop,
      Operator::Else => Self::Else,
      Operator::Catch { .. } | Operator::CatchAll => Self::Catch,
      Operator::End | Operator::Delegate { .. } => Self::End,
      _ => Self::On,
    }
  }
}

/// The way to a place in a function.
#[derive(Default)]
pub(crate) struct Way {
  /// The bytes of code since the last check, on the longest way here.
  unchecked: u32,
  /// All bytes up to here, with what calls count as, and without that.
  total: u32,
  read: u32,
  blocks: Vec<Block>,
  deepest: usize,
  /// How many bytes were read up to the beginnings of the blocks that have begun, added up; and the most that it was.
  begun: u64,
  most_begun: u64,
}

/// A block that has begun.
struct Block {
  /// What was unchecked when it began, unless it is a loop.
  unchecked: Option<u32>,
  total: u32,
  read: u32,
}

impl Way {
  /// A function begins.
  pub(crate) fn begin(&mut self) {
    self.unchecked = 0;
    self.total = 0;
    self.read = 0;
    self.blocks.clear();
    self.deepest = 0;
    self.begun = 0;
    self.most_begun = 0;
  }

  /// The deepest nesting of blocks up to here.
  fn deepest(&self) -> u64 {
    self.deepest as u64
  }

  /// For each block that has begun, as many as V8 may have to remember of what the code pushed up to its beginning, an
  /// operand for each byte, and `others` besides; the most that it is anywhere.
  pub(crate) fn remembered(&self, others: u64) -> u64 {
    others.saturating_mul(self.deepest()).saturating_add(self.most_begun)
  }

  /// The nesting depth of blocks here.
  pub(crate) fn depth(&self) -> usize {
    self.blocks.len()
  }

  /// Takes in an instruction of so many bytes, and what it calls counts as; answers whether a check has to be before
  /// it.
  #[inline]
  pub(crate) fn step(&mut self, flow: Flow, bytes: u32, called: u32) -> bool {
    self.read += bytes;
    let bytes = bytes.saturating_add(called);
    let is_too_long = self.unchecked.saturating_add(bytes) > MAX_UNCHECKED;
    if is_too_long {
      self.unchecked = 0;
    }
    self.unchecked = self.unchecked.saturating_add(bytes);
    self.total = self.total.saturating_add(bytes);
    match flow {
      Flow::On => {}
      Flow::Block => self.open(Some(self.unchecked)),
      Flow::Loop => self.open(None),
      Flow::Else => self.unchecked = self.blocks.last().and_then(|block| block.unchecked).unwrap_or_default(),
      Flow::Catch => {
        let way = self.blocks.last().and_then(|block| self.through(block));
        self.unchecked = way.unwrap_or(self.unchecked);
      }
      Flow::End => {
        let way = self.blocks.pop().and_then(|block| {
          self.begun -= u64::from(block.read);
          self.through(&block)
        });
        self.unchecked = way.unwrap_or(self.unchecked);
      }
    }
    is_too_long
  }

  /// How many bytes of code may follow before a check has to be.
  pub(crate) fn left(&self) -> u32 {
    MAX_UNCHECKED.saturating_sub(self.unchecked)
  }

  /// Takes in instructions of so many bytes, which are left, after each of which the way goes on.
  pub(crate) fn pass(&mut self, bytes: u32) {
    self.unchecked += bytes;
    self.read += bytes;
    self.total = self.total.saturating_add(bytes);
  }

  fn open(&mut self, unchecked: Option<u32>) {
    self.blocks.push(Block { unchecked, total: self.total, read: self.read });
    self.deepest = self.deepest.max(self.blocks.len());
    self.begun += u64::from(self.read);
    self.most_begun = self.most_begun.max(self.begun);
  }

  /// There is a check here.
  pub(crate) fn checked(&mut self) {
    self.unchecked = 0;
  }

  /// The longest way to what follows a part of `block`: a branch comes from anywhere in it, past its checks, but
  /// nowhere is more unchecked than may be. Branches to a loop lead to its head.
  fn through(&self, block: &Block) -> Option<u32> {
    let before = block.unchecked?;
    Some(before.saturating_add(self.total - block.total).min(MAX_UNCHECKED))
  }
}
