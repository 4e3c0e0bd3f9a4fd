//! What the JavaScript functions of typed ops are made from.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use deno_core::v8;
use deno_core::v8::fast_api::Type;
use plugbay_native as native;
use plugbay_ops::FastFunction;
use plugbay_ops::OpEntry;
use plugbay_ops::Signature;
use plugbay_ops::Target;
use plugin_abi as abi;
use plugin_abi::FastType;

use super::Scope;
use super::Value;
use super::contexts::TypedOp;
use super::fast_functions;
use super::object::without_prototype;
use super::reports::set;
use super::typed_calls;
use crate::host::Host;

static FAST_TABLE: abi::FastTable =
  abi::FastTable { size: size_of::<abi::FastTable>(), view_bytes: fast_functions::view_bytes };

pub(super) fn make_function<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  let signature = entry.signature.clone()?;
  // That of a closed op only says so.
  let fast = entry.target().ok().and_then(Target::code).and_then(|code| code.fast());
  let op = Rc::new(TypedOp::new(fast_context(host, fast), entry.clone()));
  let address = op.context();
  let object = without_prototype(scope);
  let index = host.js.contexts.keep(scope, &host.js.kept, op, object);
  let numbers = [("index", index as f64), ("id", entry.id.into()), ("rid", entry.plugin.rid.get().into())];
  for (key, number) in numbers {
    let number = v8::Number::new(scope, number);
    set(scope, object, key, number.into());
  }
  let is_async = v8::Boolean::new(scope, signature.is_async);
  set(scope, object, "isAsync", is_async.into());
  set_text(scope, object, "name", &entry.name)?;
  set_text(scope, object, "result", signature.result.name())?;
  let parameters = signature.parameters.iter().map(|parameter| {
    let object = without_prototype(scope);
    set_text(scope, object, "name", &parameter.name)?;
    set_text(scope, object, "kind", parameter.kind.name())?;
    Some(object.into())
  });
  let parameters = parameters.collect::<Option<Vec<_>>>()?;
  let parameters = v8::Array::new_with_elements(scope, &parameters);
  set(scope, object, "parameters", parameters.into());
  let factory = host.js.op_factory.borrow().clone()?;
  let factory = v8::Local::new(scope, factory);
  let undefined = v8::undefined(scope).into();
  let Some(fast) = fast else { return factory.call(scope, undefined, &[object.into()]) };
  // Whoever had these could call into a library with addresses of their own, also after it is unmapped. V8 passes a
  // plugin's function what JavaScript says, and a check there would be one for each call; so nothing but the closure of
  // the op's function has them: they are no properties of anything, and nothing that a script can have is called with
  // them.
  let native = native_function(scope, host, &signature, fast.address)?;
  // SAFETY: the context takes itself out of the metrics when it goes.
  unsafe { entry.metrics.open_fast_path(NonNull::new_unchecked(address)) };
  let left = ints_over(scope, host, entry)?;
  let address = v8::Number::new(scope, address as usize as f64);
  factory.call(scope, undefined, &[object.into(), native.into(), left, address.into()])
}

/// The circumstances of calls of a function on this thread.
pub(super) fn fast_context(host: &Host, fast: Option<FastFunction>) -> abi::FastContext {
  abi::FastContext {
    size: size_of::<abi::FastContext>(),
    data: fast.map_or(std::ptr::null_mut(), |fast| fast.data),
    host: &native::HOST_TABLE,
    instance: fast.map_or(0, |fast| fast.instance),
    // SAFETY: it may be called on any thread.
    current: unsafe { (native::HOST_TABLE.current)() },
    exchange: host.js.exchange.as_ptr(),
    table: &FAST_TABLE,
    bytes_sent: 0,
    bytes_received: 0,
  }
}

fn set_text<'s>(scope: Scope<'_, 's, '_>, object: v8::Local<'s, v8::Object>, key: &str, text: &str) -> Option<()> {
  let text = v8::String::new(scope, text)?;
  set(scope, object, key, text.into());
  Some(())
}

/// The number of calls that may take the fast form, which the op has, as an Int32Array of one element.
pub(super) fn ints_over<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  let buffer = words_of(scope, host, entry, entry.metrics.fast_calls_left());
  Some(v8::Int32Array::new(scope, buffer, 0, 1)?.into())
}

/// A place in the metrics of an op as an ArrayBuffer, which keeps the op. Scripts do not get it.
pub fn words_of<'s, T>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &Rc<OpEntry>,
  place: *mut T,
) -> v8::Local<'s, v8::ArrayBuffer> {
  unsafe extern "C" fn leave(_: *mut c_void, _: usize, _: *mut c_void) {}
  // SAFETY: the place lies in the entry, which is held until nothing has the buffer, and V8 frees nothing.
  let store =
    unsafe { v8::ArrayBuffer::new_backing_store_from_ptr(place.cast(), size_of::<T>(), leave, std::ptr::null_mut()) };
  let buffer = v8::ArrayBuffer::with_backing_store(scope, &store.make_shared());
  host.js.kept.keep_for(scope, buffer.into(), Box::new(entry.clone()));
  buffer
}

/// The function of JavaScript for a plugin's fast function at `address`: it takes the address of an
/// [`plugin_abi::FastContext`] and the op's arguments. Where V8 does not call it directly, [`typed_calls::call_native`]
/// does the same work.
pub fn native_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  signature: &Signature,
  address: *const c_void,
) -> Option<v8::Local<'s, v8::Function>> {
  let (parameters, result) = types_of(signature);
  fast_functions::cached(scope, host, typed_calls::call_native, address, &parameters, result)
}

/// The C types of a fast function, as [`plugin_abi::FastContext`] says.
fn types_of(signature: &Signature) -> (Vec<Type>, Type) {
  // The receiver and the context.
  let mut types = vec![Type::V8Value, Type::Float64];
  let passed = signature.parameters.iter().filter_map(|parameter| parameter.kind.description().parameter?.fast);
  types.extend(passed.flat_map(types_passed));
  let given = signature.result.description().result.and_then(|result| result.fast);
  (types, type_given(given.unwrap_or(FastType::Nothing)))
}

fn types_passed(type_: FastType) -> &'static [Type] {
  match type_ {
    FastType::Nothing => &[],
    FastType::Bool => &[Type::Bool],
    FastType::Int32 => &[Type::Int32],
    FastType::Uint32 => &[Type::Uint32],
    FastType::Double => &[Type::Float64],
    FastType::Text => &[Type::SeqOneByteString],
    FastType::View => &[Type::V8Value, Type::Float64, Type::Uint32],
  }
}

fn type_given(type_: FastType) -> Type {
  match types_passed(type_) {
    [given] => *given,
    _ => Type::Void,
  }
}
