//! Variables.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;

use crate::VariableFailure;
use crate::ops::Given;
use crate::ops::granted;

#[op2]
#[serde]
pub(crate) async fn op_variable(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
) -> Result<Given<String, VariableFailure>, ResourceError> {
  let granted = granted(&state.borrow(), rid)?;
  Ok(granted.variable(&name).await.into())
}

/// The same, and nothing for what is no variable of the component's.
#[op2]
#[serde]
pub(crate) async fn op_variable_or_nothing(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] name: String,
) -> Result<Given<Option<String>, VariableFailure>, ResourceError> {
  let granted = granted(&state.borrow(), rid)?;
  Ok(
    match granted.variable(&name).await {
      Err(VariableFailure::Undefined(_) | VariableFailure::InvalidName(_)) => Ok(None),
      found => found.map(Some),
    }
    .into(),
  )
}

/// All of a component's, by their names.
#[op2]
#[serde]
pub(crate) async fn op_variables(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
) -> Result<Given<Vec<(String, String)>, VariableFailure>, ResourceError> {
  let granted = granted(&state.borrow(), rid)?;
  Ok(granted.variables().await.into())
}
