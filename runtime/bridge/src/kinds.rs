//! What an object is, whatever its prototype says: how `js/wire.js` writes those that are not plain.

use std::ffi::c_void;

use deno_core::v8;
use deno_core::v8::fast_api::Type;

use super::fast_functions;
use crate::host::Host;

type Test = fn(&v8::Value) -> bool;

/// The kinds by their numbers, which `js/wire.js` has names for; 0 is none of them. The most frequent first.
const KINDS: [Test; 21] = [
  |it| {
    it.is_uint8_array()
      || it.is_uint8_clamped_array()
      || it.is_array_buffer()
      || it.is_data_view()
      || it.is_shared_array_buffer()
  },
  |it| it.is_float64_array() || it.is_float32_array() || it.is_uint32_array() || it.is_float16_array(),
  |it| it.is_int32_array() || it.is_int16_array() || it.is_uint16_array() || it.is_int8_array(),
  v8::Value::is_big_int64_array,
  v8::Value::is_big_uint64_array,
  v8::Value::is_map,
  v8::Value::is_set,
  v8::Value::is_number_object,
  v8::Value::is_string_object,
  v8::Value::is_boolean_object,
  v8::Value::is_big_int_object,
  v8::Value::is_native_error,
  v8::Value::is_reg_exp,
  v8::Value::is_promise,
  v8::Value::is_weak_map,
  v8::Value::is_weak_set,
  v8::Value::is_symbol_object,
  v8::Value::is_generator_object,
  v8::Value::is_map_iterator,
  v8::Value::is_set_iterator,
  // Not one that was given a toJSON.
  v8::Value::is_date,
];

fn kind_of_value(value: &v8::Value) -> u32 {
  KINDS.iter().position(|is| is(value)).map_or(0, |index| index as u32 + 1)
}

/// `kindOf(object)`, which optimised code calls directly.
pub(super) fn kind_of_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
) -> Option<v8::Local<'s, v8::Function>> {
  let address = fast_kind_of as *const c_void;
  fast_functions::build(scope, host, kind_of, address, &[Type::V8Value, Type::V8Value], Type::Uint32)
}

/// # Safety
///
/// `object` is a value that V8 lends for this call.
unsafe extern "C" fn fast_kind_of(_receiver: *const c_void, object: *const c_void) -> u32 {
  // SAFETY: the caller's promise: a value of V8's lies there.
  kind_of_value(unsafe { &*object.cast::<v8::Value>() })
}

fn kind_of(
  _: &mut v8::PinScope<'_, '_>,
  arguments: v8::FunctionCallbackArguments<'_>,
  mut result: v8::ReturnValue<'_>,
) {
  result.set_uint32(kind_of_value(&arguments.get(0)));
}
