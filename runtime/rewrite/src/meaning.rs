//! What an instruction means for the checks, told while it is read: the compiler works most of it out for each
//! instruction, so that code goes by quickly.

use wasmparser::BlockType;
use wasmparser::ControlStack;
use wasmparser::FrameKind;
use wasmparser::FrameStack;
use wasmparser::Operator;
use wasmparser::ValType;
use wasmparser::VisitOperator;
use wasmparser::VisitSimdOperator;

use crate::durations::Duration;
use crate::index_uses::IndexUses;
use crate::index_uses::take_index;
use crate::moves::Moves;
use crate::plain;
use crate::straight::Flow;
use crate::summary::Effects;

/// What an instruction means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
  pub(crate) duration: Duration,
  pub(crate) flow: Flow,
  pub(crate) uses: IndexUses,
  /// The function that it makes a reference to.
  pub(crate) referenced: Option<u32>,
  /// The values that it moves, but a few of its own.
  pub(crate) moves: Option<Moves>,
}

/// Tells what instructions mean, and keeps what they change.
pub(crate) struct Meanings {
  /// What the last one means. It is not what a visit gives: the processor would have to wait for a result that is
  /// written in parts and copied whole.
  pub(crate) last: Meaning,
  pub(crate) effects: Effects,
  /// The blocks that have begun, and the function itself.
  pub(crate) frames: ControlStack,
  imported_functions: u32,
}

impl Meanings {
  /// Of instructions in a module that imports so many functions.
  pub(crate) fn new(effects: Effects, imported_functions: u32) -> Self {
    let last =
      Meaning { duration: Duration::Short, flow: Flow::On, uses: IndexUses::default(), referenced: None, moves: None };
    Self { last, effects, frames: ControlStack::default(), imported_functions }
  }

  #[inline(always)]
  fn take(&mut self, operator: &Operator<'_>, uses: IndexUses) {
    self.effects.add(operator);
    self.follow(operator);
    self.last.duration = Duration::of(operator, self.imported_functions);
    self.last.flow = Flow::of(operator);
    self.last.uses = uses;
    self.last.referenced = match *operator {
      Operator::RefFunc { function_index } => Some(function_index),
      _ => None,
    };
    self.last.moves = Moves::of(operator);
  }
}

impl Meanings {
  /// Of a function that begins, with what was allocated for others.
  pub(crate) fn with_frames(self, mut frames: ControlStack) -> Self {
    frames.clear();
    frames.push(FrameKind::Block);
    Self { frames, ..self }
  }

  /// Takes in the instruction that `code` begins with if it is one of the frequent ones, written in the usual way;
  /// gives its length, or 0 where it is not. Within the frames any of these may be.
  #[inline]
  pub(crate) fn take_common(&mut self, code: &[u8]) -> usize {
    let [first, rest @ ..] = code else { return 0 };
    let none = IndexUses::default();
    match first {
      0x02..=0x04 => {
        let Some(blockty) = rest.first().and_then(|&byte| block_type(byte)) else { return 0 };
        match first {
          0x02 => self.take(&Operator::Block { blockty }, none),
          0x03 => self.take(&Operator::Loop { blockty }, none),
          _ => self.take(&Operator::If { blockty }, none),
        }
        2
      }
      0x0b => {
        self.take(&Operator::End, none);
        1
      }
      0x0f => {
        self.take(&Operator::Return, none);
        1
      }
      0x0c | 0x0d | 0x10 | 0x23 | 0x24 => {
        let Some((index, length)) = plain::index(rest) else { return 0 };
        match first {
          0x0c => self.take(&Operator::Br { relative_depth: index }, none),
          0x0d => self.take(&Operator::BrIf { relative_depth: index }, none),
          0x10 => self.take(&Operator::Call { function_index: index }, none),
          0x23 => self.take(&Operator::GlobalGet { global_index: index }, IndexUses { global: Some(index), ..none }),
          _ => self.take(&Operator::GlobalSet { global_index: index }, IndexUses { global: Some(index), ..none }),
        }
        1 + length
      }
      _ => 0,
    }
  }

  /// As [`wasmparser::OperatorsReader`] does it.
  #[inline(always)]
  fn follow(&mut self, operator: &Operator<'_>) {
    let begins = match operator {
      Operator::Block { .. } => FrameKind::Block,
      Operator::Loop { .. } => FrameKind::Loop,
      Operator::If { .. } => FrameKind::If,
      Operator::Try { .. } => FrameKind::LegacyTry,
      Operator::TryTable { .. } => FrameKind::TryTable,
      Operator::Else => FrameKind::Else,
      Operator::Catch { .. } => FrameKind::LegacyCatch,
      Operator::CatchAll => FrameKind::LegacyCatchAll,
      Operator::End | Operator::Delegate { .. } => {
        self.frames.pop();
        return;
      }
      _ => return,
    };
    if matches!(operator, Operator::Else | Operator::Catch { .. } | Operator::CatchAll) {
      self.frames.pop();
    }
    self.frames.push(begins);
  }
}

/// The type of a block that takes nothing and gives a number or nothing.
fn block_type(byte: u8) -> Option<BlockType> {
  Some(match byte {
    0x40 => BlockType::Empty,
    0x7f => BlockType::Type(ValType::I32),
    0x7e => BlockType::Type(ValType::I64),
    0x7d => BlockType::Type(ValType::F32),
    0x7c => BlockType::Type(ValType::F64),
    _ => return None,
  })
}

impl FrameStack for Meanings {
  fn current_frame(&self) -> Option<FrameKind> {
    self.frames.last()
  }
}

macro_rules! define_visits {
  ($(@$proposal:ident $operator:ident $({ $($argument:ident: $ty:ty),* })? => $visit:ident ($($rest:tt)*))*) => {
    $(
      #[allow(unused_mut)]
      fn $visit(&mut self $($(, $argument: $ty)*)?) {
        let mut uses = IndexUses::default();
        $($(take_index!(uses $argument $argument);)*)?
        self.take(&Operator::$operator $({ $($argument),* })?, uses);
      }
    )*
  };
}

impl<'a> VisitOperator<'a> for Meanings {
  type Output = ();

  fn simd_visitor(&mut self) -> Option<&mut dyn VisitSimdOperator<'a, Output = ()>> {
    Some(self)
  }

  wasmparser::for_each_visit_operator!(define_visits);
}

impl<'a> VisitSimdOperator<'a> for Meanings {
  wasmparser::for_each_visit_simd_operator!(define_visits);
}

#[cfg(test)]
mod tests {
  use wasmparser::BinaryReader;

  use super::*;

  fn meanings() -> Meanings {
    let mut meanings = Meanings::new(Effects::default(), 3).with_frames(ControlStack::default());
    meanings.frames.push(FrameKind::If);
    meanings
  }

  #[test]
  fn frequent_instructions_mean_what_the_visitor_says() {
    let mut common = 0;
    for first in 0..=255_u8 {
      for second in 0..=255_u8 {
        for rest in [
          &[][..],
          &[0; 9],
          &[0x83, 0x01, 0, 0],
          &[0x80, 0x80, 0x00],
          &[0x80, 0x80, 0x80, 0x0f],
          &[0x80, 0x80, 0x80, 0x10],
          &[0xff; 9],
        ] {
          let code = [&[first, second], rest].concat();
          let mut taken = meanings();
          let length = taken.take_common(&code);
          if length == 0 {
            continue;
          }
          let mut visited = meanings();
          let mut reader = BinaryReader::new(&code, 0);
          reader.visit_operator(&mut visited).expect("it is an instruction");
          assert_eq!(reader.original_position(), length, "{code:x?}");
          assert_eq!(taken.last, visited.last, "{code:x?}");
          assert_eq!(taken.effects, visited.effects, "{code:x?}");
          while let Some(frame) = visited.frames.last() {
            assert_eq!(taken.frames.last(), Some(frame), "{code:x?}");
            taken.frames.pop();
            visited.frames.pop();
          }
          assert!(taken.frames.last().is_none(), "{code:x?}");
          common += 1;
        }
      }
    }
    assert!(common > 5000, "{common}");
  }
}
