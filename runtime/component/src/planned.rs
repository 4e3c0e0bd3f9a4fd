//! From bytes to a plan.

use std::borrow::Cow;

use crate::componentize::componentize;
use crate::kind::Kind;
use crate::kind::classify;
use crate::limits::Limits;
use crate::plan::Plan;
use crate::plan_error::PlanError;
use crate::translate::translate;

/// What there is to run of a component.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Planned {
  /// How to instantiate it.
  pub plan: Plan,
  /// The core modules, by the indices that the plan gives them.
  pub modules: Vec<Vec<u8>>,
}

/// Makes a plan of a component, or of a core module with a component-type section, which is made a component first.
///
/// # Errors
///
/// When it is neither, is not valid, uses what is not supported, or asks for more than the limits allow.
pub fn plan(bytes: &[u8], _limits: &Limits) -> Result<Planned, PlanError> {
  let component = match classify(bytes) {
    Kind::Component => Cow::Borrowed(bytes),
    Kind::ModuleWithComponentType => Cow::Owned(componentize(bytes)?),
    Kind::Module | Kind::Other => return Err(PlanError::NotAComponent),
  };
  let (plan, modules) = translate(&component)?;
  Ok(Planned { plan, modules })
}
