//! What JavaScript calls: each op takes the number of what a component was granted. Failures are data, which the faces
//! in JavaScript make errors of an interface's own of.

mod connection;
pub(crate) mod key_value;
pub(crate) mod postgres;
pub(crate) mod redis;
pub(crate) mod sql;
pub(crate) mod variables;

use std::borrow::Cow;

use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use serde::Serialize;

use crate::Failure;
use crate::Granted;

/// What a component may use, as an isolate has it.
struct GrantedResource(Granted);

impl Resource for GrantedResource {
  fn name(&self) -> Cow<'_, str> {
    "services".into()
  }
}

/// Gives an isolate what a component may use. The number is `services` of the component when it is opened.
pub fn grant(state: &mut OpState, granted: Granted) -> ResourceId {
  state.resource_table.add(GrantedResource(granted))
}

/// What the isolate's script may use.
struct OfScript(ResourceId);

/// Gives an isolate what its script may use.
pub fn grant_to_script(state: &mut OpState, granted: Granted) {
  let rid = grant(state, granted);
  state.put(OfScript(rid));
}

/// The number of what the script may use, if it may use anything.
#[op2]
pub(crate) fn op_services(state: &mut OpState) -> Option<ResourceId> {
  state.try_borrow::<OfScript>().map(|of_script| of_script.0)
}

fn granted(state: &OpState, rid: ResourceId) -> Result<Granted, ResourceError> {
  Ok(state.resource_table.get::<GrantedResource>(rid)?.0.clone())
}

/// What an op gives.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Given<T, F = Failure> {
  Value { value: T },
  Failed { failure: F },
}

impl<T, F> From<Result<T, F>> for Given<T, F> {
  fn from(result: Result<T, F>) -> Self {
    match result {
      Ok(value) => Self::Value { value },
      Err(failure) => Self::Failed { failure },
    }
  }
}

/// An integer that is a BigInt in JavaScript, however small.
type BigInteger = deno_core::serde_v8::BigInt;

fn big_integer(number: impl Into<num_bigint::BigInt>) -> BigInteger {
  BigInteger::from(number.into())
}
