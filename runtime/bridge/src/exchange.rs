//! What JavaScript sees of the memory that arguments and results of typed ops go through.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::mem::offset_of;
use std::sync::PoisonError;

use deno_core::v8;
use deno_core::v8::fast_api::FastApiCallbackOptions;
use deno_core::v8::fast_api::FastApiOneByteString;
use deno_core::v8::fast_api::Type;
use plugin_abi as abi;

use super::Arguments;
use super::Exception;
use super::Returned;
use super::Scope;
use super::Value;
use super::buffers;
use super::exchange_memory::SLAB_LONGEST;
use super::exchange_memory::SpareSlabs;
use super::exchange_memory::Store;
use super::exchange_memory::data;
use super::fast_functions;
use super::functions::Functions;
use super::functions::host_of;
use super::kinds;
use super::object::without_prototype;
use super::reports::set;
use super::values::number;
use crate::host::Host;

const OUTPUT_LENGTH: usize = 64 * 1024;

const SLAB_LENGTH: usize = 64 * 1024;

/// More are freed: 16 MiB.
const MAX_SPARE_SLABS: usize = 256;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("forbidDetaching", forbid_detaching_of);
  functions.add("newGuestSlab", new_guest_slab);
  functions.add("newSlab", new_slab);
  functions.add("setUpExchange", set_up_exchange);
  functions.add("useInput", use_input);
}

/// `setUpExchange()`: the memory of typed ops, when there is the first.
fn set_up_exchange<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  set_up(scope, host).map(Some).ok_or(Exception::Pending)
}

fn set_up<'s>(scope: Scope<'_, 's, '_>, host: &Host) -> Option<Value<'s>> {
  let exchange = &host.js.exchange;
  let object = without_prototype(scope);

  // Those of its words that are numbers: not the pointers, which plugins follow.
  const START: usize = offset_of!(abi::Exchange, status);
  const END: usize = offset_of!(abi::Exchange, overflow);
  // SAFETY: the exchange lives as long as the host, which outlives the isolate, and V8 frees nothing.
  let store = unsafe {
    let words = exchange.as_ptr().byte_add(START).cast();
    v8::ArrayBuffer::new_backing_store_from_ptr(words, END - START, keep, std::ptr::null_mut())
  };
  let buffer = v8::ArrayBuffer::with_backing_store(scope, &store.make_shared());
  forbid_detaching(scope, buffer);
  set(scope, object, "words", buffer.into());
  for (key, number) in [
    ("statusAt", 0),
    ("slabOffsetAt", offset_of!(abi::Exchange, slab_offset) - START),
    ("integerAt", offset_of!(abi::Exchange, integer) - START),
    ("slabLongest", SLAB_LONGEST),
  ] {
    let number = v8::Number::new(scope, number as f64);
    set(scope, object, key, number.into());
  }

  let output = v8::ArrayBuffer::new(scope, OUTPUT_LENGTH);
  let store = output.get_backing_store();
  exchange.with(|memory, stores| {
    memory.output = data(&store);
    memory.output_capacity = OUTPUT_LENGTH;
    stores.output = Some(store);
  });
  set(scope, object, "output", output.into());
  let write_text = write_text_function(scope, host)?;
  set(scope, object, "writeText", write_text.into());
  let kind_of = kinds::kind_of_function(scope, host)?;
  set(scope, object, "kindOf", kind_of.into());
  Some(object.into())
}

unsafe extern "C" fn keep(_: *mut c_void, _: usize, _: *mut c_void) {}

/// `useInput(buffer)`: arguments are in this ArrayBuffer from now on, if it is one that stays as it is.
fn use_input<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(arguments.get(0)) else { return Ok(None) };
  let store = buffer.get_backing_store();
  if store.is_shared() || store.is_resizable_by_user_javascript() || !data(&store).addr().is_multiple_of(8) {
    return Ok(None);
  }
  host.js.exchange.with(|memory, stores| {
    memory.input = data(&store);
    memory.input_length = store.byte_length();
    stores.input = Some(store);
  });
  Ok(None)
}

/// A slab on its way through V8.
struct Slab {
  bytes: Box<[u8]>,
  spare: SpareSlabs,
}

/// # Safety
///
/// `slab` is the box that was given to V8 with the bytes; V8 gives it back once, on any thread.
unsafe extern "C" fn recycle_slab(_: *mut c_void, _: usize, slab: *mut c_void) {
  // SAFETY: the caller's promise.
  let Slab { bytes, spare } = *unsafe { Box::from_raw(slab.cast::<Slab>()) };
  let mut spare = spare.lock().unwrap_or_else(PoisonError::into_inner);
  if spare.len() < MAX_SPARE_SLABS {
    spare.push(bytes);
  }
}

/// `newSlab()`: an ArrayBuffer for the small results of native plugins, which are written there; `undefined` when there
/// is room in the one there is.
fn new_slab<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  if !host.js.exchange.wants_slab() {
    return Ok(None);
  }
  let (buffer, start, store) = make_slab(scope, host);
  host.js.exchange.with(|memory, stores| {
    memory.slab = start;
    memory.slab_capacity = SLAB_LENGTH;
    memory.slab_used = 0;
    stores.slab = Some(store);
  });
  Ok(Some(buffer.into()))
}

/// `newGuestSlab()`: an ArrayBuffer for those of guests, which are copied there.
fn new_guest_slab<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let (buffer, ..) = make_slab(scope, host);
  Ok(Some(buffer.into()))
}

/// A slab, where it is and what holds it. Scripts see it as the buffer of results; they cannot detach it.
fn make_slab<'s>(scope: Scope<'_, 's, '_>, host: &Host) -> (v8::Local<'s, v8::ArrayBuffer>, *mut u8, Store) {
  buffers::let_collect(scope);
  let exchange = &host.js.exchange;
  let spare = exchange.spare_slabs.lock().unwrap_or_else(PoisonError::into_inner).pop();
  let bytes = spare.unwrap_or_else(|| vec![0; SLAB_LENGTH].into());
  let mut slab = Box::new(Slab { bytes, spare: exchange.spare_slabs.clone() });
  let start = slab.bytes.as_mut_ptr();
  // SAFETY: the bytes stay where they are until `recycle_slab` has the box again, once, when V8 is done with them.
  let store = unsafe {
    v8::ArrayBuffer::new_backing_store_from_ptr(start.cast(), SLAB_LENGTH, recycle_slab, Box::into_raw(slab).cast())
  };
  let store = store.make_shared();
  let buffer = v8::ArrayBuffer::with_backing_store(scope, &store);
  forbid_detaching(scope, buffer);
  (buffer, start, store)
}

/// `forbidDetaching(view)`: the memory of a view stays where it is.
fn forbid_detaching_of<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  if let Some(buffer) = v8::Local::<v8::Uint8Array>::try_from(arguments.get(0)).ok().and_then(|view| view.buffer(scope))
  {
    forbid_detaching(scope, buffer);
  }
  Ok(None)
}

/// The buffer's memory stays where it is.
fn forbid_detaching(scope: Scope<'_, '_, '_>, buffer: v8::Local<'_, v8::ArrayBuffer>) {
  // Nobody else has this key.
  let key = v8::Symbol::new(scope, None);
  buffer.set_detach_key(key.into());
}

/// Writes text to the input as UTF-8, from byte `at`, if there is room for it. Gives the number of bytes.
///
/// # Safety
///
/// V8 calls it, as the fast function of [`write_text`].
unsafe extern "C" fn write_one_byte_text(
  _receiver: *const c_void,
  text: *const FastApiOneByteString,
  at: u32,
  options: *const FastApiCallbackOptions<'_>,
) -> u32 {
  // SAFETY: V8 lends both for this call, and the function was made with the host as its data.
  let (host, text) = unsafe { (host_of((*options).data), (*text).as_bytes()) };
  host.js.exchange.with(|memory, _| {
    // A Latin-1 character takes two bytes at most.
    if memory.input_length < at as usize + 2 * text.len() {
      return 0;
    }
    // SAFETY: it is in the input, which is the host's.
    let to = unsafe { memory.input.cast_mut().add(at as usize) };
    if text.is_ascii() {
      // SAFETY: there is room.
      unsafe { to.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
      return text.len() as u32;
    }
    let mut length = 0;
    for character in text.iter().map(|byte| char::from(*byte)) {
      let mut utf8 = [0; 2];
      let utf8 = character.encode_utf8(&mut utf8).as_bytes();
      // SAFETY: as above.
      unsafe { to.add(length).copy_from_nonoverlapping(utf8.as_ptr(), utf8.len()) };
      length += utf8.len();
    }
    length as u32
  })
}

/// `writeText(text, at)`: the same for text that is not one byte a character; lone surrogates become U+FFFD.
fn write_text(
  scope: &mut v8::PinScope<'_, '_>,
  arguments: v8::FunctionCallbackArguments<'_>,
  mut result: v8::ReturnValue<'_>,
) {
  let Ok(text) = v8::Local::<v8::String>::try_from(arguments.get(0)) else { return };
  let at = number(arguments.get(1)) as usize;
  // SAFETY: `write_text_function` makes the function with the host as its data.
  let host = unsafe { host_of(arguments.data()) };
  let Some(room) = host.js.exchange.input_from(at) else { return result.set_uint32(0) };
  // SAFETY: the input is that long, and nobody else looks at it now; bytes may be seen as bytes that need not be set.
  let to = unsafe { std::slice::from_raw_parts_mut(room.ptr.cast_mut().cast::<MaybeUninit<u8>>(), room.len) };
  let written = text.write_utf8_uninit_v2(scope, to, v8::WriteFlags::kReplaceInvalidUtf8, None);
  result.set_double(written as f64);
}

/// `writeText(text, at)` of `js/wire.js`.
fn write_text_function<'s>(scope: &mut v8::PinScope<'s, '_>, host: &Host) -> Option<v8::Local<'s, v8::Function>> {
  let parameters = [Type::V8Value, Type::SeqOneByteString, Type::Uint32, Type::CallbackOptions];
  let address = write_one_byte_text as *const c_void;
  fast_functions::build(scope, host, write_text, address, &parameters, Type::Uint32)
}
