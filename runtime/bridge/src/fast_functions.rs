//! V8 functions that optimised code calls directly, without the way through V8's callbacks.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;

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
  let key = (address as usize, codes_of(parameters, result));
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
  let data = external(scope, host);
  let functions = described(address, parameters, result);
  let template = v8::FunctionTemplate::builder(callback).data(data.into()).build_fast(scope, functions);
  template.get_function(scope)
}

/// What V8 is told of functions. It keeps pointers to that for ever, so that it is never freed: there is one for all
/// isolates, and one of each list of types for all functions.
#[derive(Default)]
struct Descriptions {
  types: HashMap<Vec<u8>, &'static CFunctionInfo>,
  functions: HashMap<(usize, Vec<u8>), &'static [CFunction]>,
}

// SAFETY: they are only read, and what V8 calls at the addresses is called on any thread.
unsafe impl Send for Descriptions {}

fn codes_of(parameters: &[Type], result: Type) -> Vec<u8> {
  parameters.iter().chain([&result]).map(|type_| *type_ as u8).collect()
}

/// A function of these types at `address`, as V8 takes it.
fn described(address: *const c_void, parameters: &[Type], result: Type) -> &'static [CFunction] {
  static DESCRIPTIONS: LazyLock<Mutex<Descriptions>> = LazyLock::new(Mutex::default);
  let mut descriptions = DESCRIPTIONS.lock().unwrap_or_else(PoisonError::into_inner);
  let Descriptions { types, functions } = &mut *descriptions;
  let codes = codes_of(parameters, result);
  functions.entry((address as usize, codes.clone())).or_insert_with(|| {
    let info = types.entry(codes).or_insert_with(|| {
      let parameters = parameters.iter().map(|type_| type_.as_info()).collect::<Box<[CTypeInfo]>>();
      let info = CFunctionInfo::new(result.as_info(), Box::leak(parameters), Int64Representation::Number);
      Box::leak(Box::new(info))
    });
    Box::leak(Box::new([CFunction::new(address, info)]))
  })
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

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn nothing_is_described_twice() {
    let at = |address: usize, parameters: &[Type]| described(address as *const c_void, parameters, Type::Void);
    let (first, again) = (at(8, &[Type::V8Value, Type::Float64]), at(8, &[Type::V8Value, Type::Float64]));
    assert!(std::ptr::eq(first, again));
    let elsewhere = at(16, &[Type::V8Value, Type::Float64]);
    assert!(!std::ptr::eq(first, elsewhere) && std::ptr::eq(first[0].type_info(), elsewhere[0].type_info()));
    assert!(!std::ptr::eq(first[0].type_info(), at(8, &[Type::V8Value])[0].type_info()));
  }
}
