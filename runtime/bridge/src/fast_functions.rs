//! V8 functions that optimised code calls directly, without the way through V8's callbacks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;

use deno_core::v8;
use deno_core::v8::fast_api::CFunction;
use deno_core::v8::fast_api::CFunctionInfo;
use deno_core::v8::fast_api::CTypeInfo;
use deno_core::v8::fast_api::Int64Representation;
use deno_core::v8::fast_api::Type;
use plugbay_ops::Kind;
use plugbay_ops::Signature;

use super::exchange;
use super::external;
use super::lending;
use super::typed_calls;
use crate::host::Host;

/// The functions made so far, by the address of the code and the types of what it takes and gives. What they do depends
/// on nothing else (the types of a lending call are no typed op's), so that a plugin that is opened again at the same address has the same functions.
pub(crate) type NativeFunctions = RefCell<HashMap<(usize, Vec<u8>), v8::Global<v8::Function>>>;

/// The function of JavaScript for a plugin's fast function at `address`: it takes the address of an
/// [`plugin_abi::FastContext`] and the op's arguments. Where V8 does not call it directly, [`typed_calls::call_native`] does
/// the same work.
pub fn native_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  signature: &Signature,
  address: *const c_void,
) -> Option<v8::Local<'s, v8::Function>> {
  let (parameters, result) = types_of(signature);
  cached(scope, host, typed_calls::call_native, address, &parameters, result)
}

/// The function that was made for this address and these types, or a new one.
fn cached<'s>(
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

/// The function of JavaScript for a plugin's function for lending calls at `address`, as [`plugin_abi::LentContext`] says: it takes the
/// address of one, a view, where its bytes lie or 0, how many there are, and the number of buffers.
pub(super) fn lent_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  address: *const c_void,
) -> Option<v8::Local<'s, v8::Function>> {
  let parameters =
    [Type::V8Value, Type::Float64, Type::V8Value, Type::Float64, Type::Uint32, Type::Uint32, Type::CallbackOptions];
  cached(scope, host, lending::call_native, address, &parameters, Type::Void)
}

/// `writeText(text, at)` of `js/wire.js`.
pub(super) fn write_text_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
) -> Option<v8::Local<'s, v8::Function>> {
  let parameters = [Type::V8Value, Type::SeqOneByteString, Type::Uint32, Type::CallbackOptions];
  let address = exchange::write_one_byte_text as *const c_void;
  build(scope, host, exchange::write_text, address, &parameters, Type::Uint32)
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

/// The C types of a fast function, as [`plugin_abi::FastContext`] says.
fn types_of(signature: &Signature) -> (Vec<Type>, Type) {
  // The receiver and the context.
  let mut types = vec![Type::V8Value, Type::Float64];
  for parameter in &signature.parameters {
    match parameter.kind {
      Kind::Bool => types.push(Type::Bool),
      Kind::I8 | Kind::I16 | Kind::I32 => types.push(Type::Int32),
      Kind::U8 | Kind::U16 | Kind::U32 | Kind::Resource | Kind::Value => types.push(Type::Uint32),
      Kind::I64 | Kind::U64 | Kind::F32 | Kind::F64 => types.push(Type::Float64),
      Kind::String => types.push(Type::SeqOneByteString),
      kind if kind.lent().is_some() => types.extend([Type::V8Value, Type::Float64, Type::Uint32]),
      _ => {}
    }
  }
  let result = match signature.result {
    Kind::Bool => Type::Bool,
    Kind::I8 | Kind::I16 | Kind::I32 => Type::Int32,
    Kind::I64 | Kind::U64 | Kind::F32 | Kind::F64 => Type::Float64,
    Kind::U8 | Kind::U16 | Kind::U32 | Kind::String | Kind::Bytes | Kind::Value => Type::Uint32,
    _ => Type::Void,
  };
  (types, result)
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
