//! What a module does before its code runs: in its globals, tables and segments.

use wasmparser::BinaryReader;
use wasmparser::Operator;
use wasmparser::OperatorsReader;

use crate::budget::Budget;
use crate::exceptions::Exceptions;
use crate::objects::Objects;
use crate::rewrite_error::RewriteError;
use crate::summary::Effects;

/// What a module does before its code runs, as far as that was read.
pub(crate) struct Constants {
  pub(crate) effects: Effects,
  pub(crate) exceptions: Exceptions,
  /// The objects that it may make; nothing where that is not for the rewriter to limit.
  pub(crate) objects: Option<Objects>,
  /// Which functions code may take references to: those that are named outside of code, other than as the start. The
  /// exports that are added would let it have the start function, too.
  declared: Vec<bool>,
}

impl Constants {
  /// Of a module that has so many functions, imports such exceptions and may make such objects.
  pub(crate) fn new(functions: usize, exceptions: Exceptions, objects: Option<Objects>) -> Self {
    Self { effects: Effects::default(), exceptions, objects, declared: vec![false; functions] }
  }

  /// Reads a constant expression up to its end. wasmparser's own reader of them looks for the end first, however far
  /// that is.
  pub(crate) fn read(&mut self, reader: &mut BinaryReader<'_>, budget: &mut Budget) -> Result<(), RewriteError> {
    let mut operators = OperatorsReader::new(reader.clone());
    let mut before = None;
    loop {
      budget.step()?;
      let (operator, at) = operators.read_with_offset()?;
      if matches!(operator, Operator::End) {
        *reader = operators.get_binary_reader();
        return Ok(());
      }
      self.effects.add(&operator);
      if let Some(objects) = &mut self.objects {
        objects.add_constant(at, &operator, before.as_ref())?;
      }
      if let Operator::RefFunc { function_index } = operator {
        self.declare(function_index);
      }
      before = Some(operator);
    }
  }

  pub(crate) fn declare(&mut self, function: u32) {
    if let Some(declared) = self.declared.get_mut(function as usize) {
      *declared = true;
    }
  }

  /// Whether code may take a reference to a function. Of one that there is not V8 says so.
  pub(crate) fn is_declared(&self, function: u32) -> bool {
    self.declared.get(function as usize).is_none_or(|&declared| declared)
  }
}
