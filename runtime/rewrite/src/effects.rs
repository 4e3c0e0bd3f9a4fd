//! What instructions change.

use wasmparser::Operator;

use crate::summary::Effects;

impl Effects {
  /// Takes in what other code does.
  pub(crate) fn join(&mut self, other: Self) {
    let Self { changes_tables, drops_segments, allocates, keeps_exceptions, waits } = other;
    self.changes_tables |= changes_tables;
    self.drops_segments |= drops_segments;
    self.allocates |= allocates;
    self.keeps_exceptions |= keeps_exceptions;
    self.waits |= waits;
  }

  /// Takes in what `operator` does.
  #[inline(always)]
  pub(crate) fn add(&mut self, operator: &Operator<'_>) {
    match operator {
      Operator::TableSet { .. }
      | Operator::TableGrow { .. }
      | Operator::TableFill { .. }
      | Operator::TableCopy { .. }
      | Operator::TableInit { .. }
      | Operator::TableAtomicSet { .. }
      | Operator::TableAtomicRmwXchg { .. }
      | Operator::TableAtomicRmwCmpxchg { .. } => self.changes_tables = true,
      Operator::StructNew { .. }
      | Operator::StructNewDefault { .. }
      | Operator::ArrayNew { .. }
      | Operator::ArrayNewDefault { .. }
      | Operator::ArrayNewFixed { .. }
      | Operator::ArrayNewData { .. }
      | Operator::ArrayNewElem { .. } => self.allocates = true,
      Operator::DataDrop { .. } | Operator::ElemDrop { .. } => self.drops_segments = true,
      Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. } => self.waits = true,
      _ => {}
    }
  }
}
