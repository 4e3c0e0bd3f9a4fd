//! What a component says of itself, as text in WIT.

use wit_component::DecodedWasm;
use wit_component::WitPrinter;

use crate::componentize::check_descriptions;
use crate::kind::Kind;
use crate::kind::classify;
use crate::limits::Counter;
use crate::limits::Limits;
use crate::plan_error::PlanError;
use crate::planned::with_stack;
use crate::survey::Purpose;
use crate::survey::survey;

/// The WIT of a component, of a core module with a component-type section, or of a package of WIT in binary form: its
/// world, and the packages that this refers to. Components that use what [`crate::plan`] refuses are told of as well.
///
/// # Errors
///
/// When it is none of these, is not valid or is larger than the limits allow.
pub fn wit(bytes: &[u8], limits: &Limits) -> Result<String, PlanError> {
  with_stack(|| {
    let decoded = decode(bytes, limits)?;
    let resolve = decoded.resolve();
    let main = decoded.package();
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main).collect();
    let mut printer = WitPrinter::default();
    printer.print(resolve, main, &others).map_err(undescribed)?;
    Ok(printer.output.to_string())
  })
}

/// What is known of the world or the package.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedWasm, PlanError> {
  Counter::new("bytes", limits.bytes).add(bytes.len())?;
  match classify(bytes) {
    Kind::Component => {
      survey(bytes, Purpose::Describe, limits)?;
      wit_component::decode(bytes).map_err(undescribed)
    }
    Kind::ModuleWithComponentType => {
      survey(bytes, Purpose::Describe, limits)?;
      check_descriptions(bytes, limits)?;
      let (_, metadata) = wit_component::metadata::decode(bytes).map_err(undescribed)?;
      Ok(DecodedWasm::Component(metadata.resolve, metadata.world))
    }
    Kind::Module | Kind::Other => Err(PlanError::NotAComponent),
  }
}

pub(crate) fn undescribed(error: impl std::fmt::Display) -> PlanError {
  PlanError::Undescribed(format!("{error:#}"))
}
