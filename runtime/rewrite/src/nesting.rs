//! What V8's compilers keep of blocks that have begun.
//!
//! For each they remember where every local and operand is, until it ends: that grows with the square of the code, and
//! 30 KB of it can take gigabytes.

use std::sync::OnceLock;

use crate::straight::Flow;
use wasmparser::BinaryReader;
use wasmparser::FuncToValidate;
use wasmparser::FuncValidatorAllocations;
use wasmparser::OperatorsReader;
use wasmparser::Parser;
use wasmparser::ValidPayload;
use wasmparser::Validator;
use wasmparser::ValidatorResources;
use wasmparser::WasmFeatures;

use crate::budget::Budget;
use crate::rewrite_error::RewriteError;

/// How many places of locals and operands V8 may have to remember at once, for all blocks that have begun. Each takes
/// 36 bytes.
pub(crate) const MAX_REMEMBERED: u64 = 8 << 20;

/// The heights of stacks in a module's functions. A validator knows them, which reads the module anew when they are
/// first asked for.
pub(crate) struct Heights<'a> {
  module: &'a [u8],
  resources: OnceLock<Result<ValidatorResources, RewriteError>>,
}

impl<'a> Heights<'a> {
  pub(crate) fn of(module: &'a [u8]) -> Self {
    Self { module, resources: OnceLock::new() }
  }

  /// How many places of locals and operands have to be remembered at most in a function of that index and type, whose
  /// body is that.
  ///
  /// # Errors
  ///
  /// When the function or what it depends on is malformed.
  pub(crate) fn remembered(
    &self,
    index: u32,
    ty: u32,
    mut body: BinaryReader<'_>,
    budget: &mut Budget,
  ) -> Result<u64, RewriteError> {
    let resources = self.resources.get_or_init(|| validated(self.module)).as_ref().map_err(Clone::clone)?;
    let function = FuncToValidate { resources, index, ty, features: WasmFeatures::all() };
    let mut validator = function.into_validator(FuncValidatorAllocations::default());
    validator.read_locals(&mut body)?;
    let mut operators = OperatorsReader::new(body);
    let (mut begun, mut now, mut most) = (Vec::new(), 0, 0);
    while !operators.eof() {
      budget.step()?;
      let (operator, at) = operators.read_with_offset()?;
      validator.op(at, &operator)?;
      match Flow::of(&operator) {
        Flow::Block | Flow::Loop => {
          let places = u64::from(validator.len_locals()) + u64::from(validator.operand_stack_height());
          begun.push(places);
          now += places;
          most = most.max(now);
        }
        Flow::End => now -= begun.pop().unwrap_or_default(),
        Flow::On | Flow::Else | Flow::Catch => {}
      }
    }
    Ok(most)
  }
}

/// What validates functions of the module.
fn validated(module: &[u8]) -> Result<ValidatorResources, RewriteError> {
  let mut validator = Validator::new_with_features(WasmFeatures::all());
  for payload in Parser::new(0).parse_all(module) {
    if let ValidPayload::Func(function, _) = validator.payload(&payload?)? {
      return Ok(function.resources);
    }
  }
  Err(RewriteError::malformed(module.len(), "there is no code"))
}
