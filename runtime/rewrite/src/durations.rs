//! How long instructions may take.

use wasmparser::Operator;

/// How long an instruction may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Duration {
  /// About as long as any other.
  Short,
  /// As long as what it moves is large, or begins again, as a loop does. An instruction that makes an object may have
  /// V8 collect what it made before, and fill its heap.
  Long,
  /// It calls.
  Call {
    /// Whether what it calls may be the host's: an import, or what a table or a reference leads to.
    may_leave: bool,
  },
  /// It calls in the function's place.
  TailCall,
}

impl Duration {
  /// Of an operator in a module that imports so many functions.
  #[inline(always)]
  pub(crate) fn of(operator: &Operator<'_>, imported_functions: u32) -> Self {
    match *operator {
      Operator::Call { function_index } => Self::Call { may_leave: function_index < imported_functions },
      Operator::CallIndirect { .. }
      | Operator::CallRef { .. }
      | Operator::Resume { .. }
      | Operator::ResumeThrow { .. }
      | Operator::Suspend { .. }
      | Operator::Switch { .. } => Self::Call { may_leave: true },
      Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
        Self::TailCall
      }
      Operator::Loop { .. }
      | Operator::MemoryFill { .. }
      | Operator::MemoryCopy { .. }
      | Operator::MemoryInit { .. }
      | Operator::MemoryGrow { .. }
      | Operator::MemoryDiscard { .. }
      | Operator::TableFill { .. }
      | Operator::TableCopy { .. }
      | Operator::TableInit { .. }
      | Operator::TableGrow { .. }
      | Operator::StructNew { .. }
      | Operator::StructNewDefault { .. }
      | Operator::ArrayNew { .. }
      | Operator::ArrayNewDefault { .. }
      | Operator::ArrayNewFixed { .. }
      | Operator::ArrayNewData { .. }
      | Operator::ArrayNewElem { .. }
      | Operator::ArrayFill { .. }
      | Operator::ArrayCopy { .. }
      | Operator::ArrayInitData { .. }
      | Operator::ArrayInitElem { .. } => Self::Long,
      _ => Self::Short,
    }
  }
}
