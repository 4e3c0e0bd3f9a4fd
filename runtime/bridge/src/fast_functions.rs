//! V8 functions that optimised code calls directly, without the way through V8's callbacks.

use std::ffi::c_void;

use deno_core::v8;
use deno_core::v8::fast_api::CFunction;
use deno_core::v8::fast_api::CFunctionInfo;
use deno_core::v8::fast_api::CTypeInfo;
use deno_core::v8::fast_api::Int64Representation;
use deno_core::v8::fast_api::Type;

use super::functions::external;
use crate::host::Host;

/// The function that was made for this address and these types, or a new one.
pub(super) fn cached<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  callback: impl v8::MapFnTo<v8::FunctionCallback>,
  address: *const c_void,
  parameters: &[Type],
  result: Type,
) -> Option<v8::Local<'s, v8::Function>> {
  let codes = parameters.iter().chain([&result]).map(|type_| *type_ as u8).collect::<Vec<_>>();
  let key = (address as usize, codes);
  let made = &host.js.native_functions;
  if let Some(function) = made.borrow().get(&key) {
    return Some(v8::Local::new(scope, function));
  }
  let function = build(scope, host, callback, address, parameters, result)?;
  made.borrow_mut().insert(key, v8::Global::new(scope, function));
  Some(function)
}

/// A function that V8 calls directly at `address`, and through `callback` where it does not.
pub(super) fn build<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  callback: impl v8::MapFnTo<v8::FunctionCallback>,
  address: *const c_void,
  parameters: &[Type],
  result: Type,
) -> Option<v8::Local<'s, v8::Function>> {
  // V8 keeps what these point to for ever.
  let parameters = parameters.iter().map(|type_| type_.as_info()).collect::<Box<[CTypeInfo]>>();
  let info = CFunctionInfo::new(result.as_info(), Box::leak(parameters), Int64Representation::Number);
  let function = CFunction::new(address, Box::leak(Box::new(info)));
  let data = external(scope, host);
  let template =
    v8::FunctionTemplate::builder(callback).data(data.into()).build_fast(scope, Box::leak(Box::new([function])));
  template.get_function(scope)
}

/// [`plugin_abi::FastTable::view_bytes`].
///
/// # Safety
///
/// `view` is a view that V8 has passed to the fast function that is running; `bytes` can be written.
pub(super) unsafe extern "C" fn view_bytes(view: *const c_void, bytes: *mut plugin_abi::Slice) -> u32 {
  // SAFETY: the caller's promise: a value of V8's lies there, and JavaScript has seen that it is a view.
  let view = unsafe { &*view.cast::<v8::ArrayBufferView>() };
  // The bytes of a short view may lie in V8's heap.
  if !view.has_buffer() {
    return 0;
  }
  // SAFETY: the bytes are not in V8's heap, so that no storage is needed.
  let (ptr, len) = unsafe { view.get_contents_raw_parts(&mut []) };
  // Detached, perhaps.
  if ptr.is_null() || len == 0 {
    return 0;
  }
  // SAFETY: the caller's promise.
  unsafe { bytes.write(plugin_abi::Slice { ptr, len }) };
  1
}
