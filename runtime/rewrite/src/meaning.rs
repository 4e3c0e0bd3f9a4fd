//! What an instruction means for the checks, told while it is read: the compiler works most of it out for each
//! instruction, so that code goes by quickly.

use wasmparser::ControlStack;
use wasmparser::FrameKind;
use wasmparser::FrameStack;
use wasmparser::Operator;
use wasmparser::VisitOperator;
use wasmparser::VisitSimdOperator;

use crate::durations::Duration;
use crate::index_uses::IndexUses;
use crate::index_uses::take_index;
use crate::moves::Moves;
use crate::straight::Flow;
use crate::summary::Effects;

/// What an instruction means.
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
