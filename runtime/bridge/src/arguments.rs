//! What JavaScript passes to native functions.

use deno_core::ResourceId;
use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::OpId;

use super::Value;

/// An op id as a script gives it.
///
/// # Errors
///
/// `ERR_OP_ID` when it is none.
#[inline]
pub fn op_id(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> Result<OpId, OpFailure> {
  whole_number(value).ok_or_else(|| {
    let found = describe(scope, value);
    OpFailure::no_op_id(found)
  })
}

/// A resource's id as a script gives it.
///
/// # Errors
///
/// `ERR_BAD_RESOURCE` when it is none.
pub fn resource_id(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> Result<ResourceId, OpFailure> {
  whole_number(value).ok_or_else(|| {
    let found = describe(scope, value);
    OpFailure::no_resource_id(found)
  })
}

#[inline]
pub(super) fn whole_number(value: Value<'_>) -> Option<u32> {
  let value = v8::Local::<v8::Number>::try_from(value).ok()?.value();
  let whole = value as u32;
  (f64::from(whole) == value).then_some(whole)
}

/// What a value is that is not what was wanted, for errors.
#[cold]
pub fn describe(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> String {
  match value.is_number() {
    true => value.to_rust_string_lossy(scope),
    false => format!("one of type {}", value.type_of(scope).to_rust_string_lossy(scope)),
  }
}
