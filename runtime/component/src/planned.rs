//! From bytes to a plan.

use std::borrow::Cow;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::componentize::check_descriptions;
use crate::componentize::componentize;
use crate::kind::Kind;
use crate::kind::classify;
use crate::limits::Counter;
use crate::limits::Limits;
use crate::plan::Plan;
use crate::plan_error::PlanError;
use crate::survey::Purpose;
use crate::survey::survey;
use crate::translate::translate;
use crate::versions;

/// What there is to run of a component.
#[derive(Clone, Debug, PartialEq)]
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
pub fn plan(bytes: &[u8], limits: &Limits) -> Result<Planned, PlanError> {
  with_stack(|| {
    let component = component(bytes, limits)?;
    versions::check_component(&component)?;
    survey(&component, Purpose::Run, limits)?;
    let (plan, modules) = translate(&component, limits)?;
    plan.check_size(limits.plan_bytes)?;
    Ok(Planned { plan, modules })
  })
}

/// The component that bytes are, or are made.
fn component<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, [u8]>, PlanError> {
  Counter::new("bytes", limits.bytes).add(bytes.len())?;
  match classify(bytes) {
    Kind::Component => Ok(Cow::Borrowed(bytes)),
    Kind::ModuleWithComponentType => {
      versions::check_module(bytes)?;
      survey(bytes, Purpose::Run, limits)?;
      check_descriptions(bytes, limits)?;
      Ok(Cow::Owned(componentize(bytes)?))
    }
    Kind::Module | Kind::Other => Err(PlanError::NotAComponent),
  }
}

/// Runs what follows types by recursion: the limit of types bounds how deep, and this is room for it. What decodes
/// descriptions of worlds takes some things for granted that a guest's bytes need not keep to, and panics.
pub(crate) fn with_stack<T>(run: impl FnOnce() -> Result<T, PlanError>) -> Result<T, PlanError> {
  const STACK: usize = 64 << 20;
  let run = AssertUnwindSafe(run);
  let done = stacker::grow(STACK, || catch_unwind(run));
  done.unwrap_or_else(|_| Err(PlanError::Undescribed("its types are not as they should be".to_string())))
}
