//! Instructions that move many values at once.
//!
//! V8's compilers write code for each value that a call, a branch or an object takes, and one short instruction may
//! take a thousand. Code that pushes them one by one is as long as they are many. So a function may move as many values
//! as it has bytes, and those beyond count as code.

use wasmparser::BlockType;
use wasmparser::Operator;

use crate::contents::Arity;
use crate::contents::Contents;

/// The code that a value counts as which is beyond a function's bytes, where a function may have as much as V8 accepts:
/// that of an instruction which says its value.
pub(crate) const VALUE_CODE: u64 = 8;

/// What an instruction moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
  /// The fields of a struct of the type of that index.
  Struct(u32),
  /// The elements of an array, so many.
  Array(u32),
  /// The parameters and results of the function of that index.
  Function(u32),
  /// Those of a function or a block of the type of that index.
  Type(u32),
  /// The parameters of the exception of that index.
  Tag(u32),
  /// Those of so many exceptions that are caught, and of a block of the type of that index, if it has one.
  Catches(u32, Option<u32>),
  /// What so many blocks that have begun give, or take.
  Branches(u32),
  /// The function's results.
  Results,
}

impl Moves {
  #[inline(always)]
  pub(crate) fn of(operator: &Operator<'_>) -> Option<Self> {
    Some(match *operator {
      Operator::StructNew { struct_type_index } | Operator::StructNewDefault { struct_type_index } => {
        Self::Struct(struct_type_index)
      }
      Operator::ArrayNewFixed { array_size, .. } => Self::Array(array_size),
      Operator::Call { function_index } | Operator::ReturnCall { function_index } => Self::Function(function_index),
      Operator::CallIndirect { type_index, .. }
      | Operator::ReturnCallIndirect { type_index, .. }
      | Operator::CallRef { type_index }
      | Operator::ReturnCallRef { type_index }
      | Operator::Block { blockty: BlockType::FuncType(type_index) }
      | Operator::Loop { blockty: BlockType::FuncType(type_index) }
      | Operator::If { blockty: BlockType::FuncType(type_index) }
      | Operator::Try { blockty: BlockType::FuncType(type_index) } => Self::Type(type_index),
      Operator::TryTable { ref try_table } => {
        let ty = match try_table.ty {
          BlockType::FuncType(index) => Some(index),
          _ => None,
        };
        Self::Catches(try_table.catches.len() as u32, ty)
      }
      Operator::Throw { tag_index } | Operator::Catch { tag_index } => Self::Tag(tag_index),
      Operator::Br { .. }
      | Operator::BrIf { .. }
      | Operator::BrOnNull { .. }
      | Operator::BrOnNonNull { .. }
      | Operator::BrOnCast { .. }
      | Operator::BrOnCastFail { .. } => Self::Branches(1),
      Operator::BrTable { ref targets } => Self::Branches(targets.len().saturating_add(1)),
      Operator::Return => Self::Results,
      _ => return None,
    })
  }
}

/// Counts what a function moves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Moved {
  pub(crate) values: u64,
  /// The function's results.
  results: u64,
  /// The most that a block of it takes or gives, itself included: no branch moves more.
  widest: u64,
}

impl Moved {
  /// Of a function with so many results.
  pub(crate) fn new(results: u32) -> Self {
    Self { values: 0, results: results.into(), widest: results.into() }
  }

  /// Takes in what an instruction moves.
  pub(crate) fn add(&mut self, moves: Moves, contents: &Contents<'_>) {
    let values = match moves {
      Moves::Struct(ty) => contents.constants.objects.as_ref().map_or(0, |objects| objects.fields(ty)).into(),
      Moves::Array(length) => length.into(),
      Moves::Function(index) => contents.function_arity(index).values(),
      Moves::Type(index) => self.block(contents.type_arity(index)),
      Moves::Tag(index) => contents.tag_arity(index).values(),
      Moves::Catches(count, ty) => {
        let block = ty.map_or(0, |index| self.block(contents.type_arity(index)));
        block.saturating_add(contents.widest_tag.saturating_mul(count.into()))
      }
      Moves::Branches(count) => self.widest.saturating_mul(count.into()),
      Moves::Results => self.results,
    };
    self.values = self.values.saturating_add(values);
  }
  /// What a block takes and gives, or a call: branches to it move as much.
  fn block(&mut self, arity: Arity) -> u64 {
    self.widest = self.widest.max(arity.parameters.into()).max(arity.results.into());
    arity.values()
  }
}
