//! Buffers of scripts on their way to ops, and answers of ops on their way to scripts, without a copy.

use std::ffi::c_void;
use std::mem::transmute;

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::Buffers;
use plugin_abi::Buffer;
use plugin_abi::BufferVTable;
use plugin_abi::OwnedBuffer;

use super::Arguments;
use super::Exception;
use super::Returned;
use super::Scope;
use super::Value;
use super::arguments::describe;
use super::arguments::whole_number;
use super::functions::Functions;
use super::values::number;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("bufferLength", buffer_length);
  functions.add("viewOf", view_of);
}

/// A copy of the bytes of a Uint8Array.
pub fn copy_of(value: v8::Local<'_, v8::Value>) -> Option<Vec<u8>> {
  let view = v8::Local::<v8::Uint8Array>::try_from(value).ok()?;
  let mut bytes = vec![0; view.byte_length()];
  view.copy_contents(&mut bytes);
  Some(bytes)
}

type Store = v8::SharedRef<v8::BackingStore>;

static VTABLE: BufferVTable =
  BufferVTable { size: size_of::<BufferVTable>(), retain: Some(retain), release: Some(release) };

/// A reference to a backing store in the two owner words of a buffer.
fn to_owner(store: Store) -> [usize; 2] {
  // SAFETY: both are two words, which the transmute checks; the words are only ever made into a `Store` again.
  unsafe { transmute::<Store, [usize; 2]>(store) }
}

/// # Safety
///
/// `from` is a live buffer with the vtable above; `to` can be written.
unsafe extern "C" fn retain(from: *const Buffer, to: *mut Buffer) {
  // SAFETY: the owner words of `from` are a `Store`, which is borrowed here.
  unsafe {
    let store = &*(&raw const (*from).owner).cast::<Store>();
    to.write(Buffer { owner: to_owner(store.clone()), ..from.read() });
  }
}

/// # Safety
///
/// `buffer` is a live buffer with the vtable above, and is given up. A backing store may be freed on any thread.
unsafe extern "C" fn release(buffer: *mut Buffer) {
  // SAFETY: the owner words are a `Store`, which is given up here.
  drop(unsafe { transmute::<[usize; 2], Store>((*buffer).owner) });
}

/// A buffer that holds a backing store, with `len` bytes of it from `ptr` on.
pub(super) fn hold(store: Store, ptr: *mut u8, len: usize) -> Buffer {
  Buffer { ptr, len, vtable: &VTABLE, owner: to_owner(store) }
}

/// Adds the bytes of a view or an ArrayBuffer to `buffers`. `index` is its place among the arguments, for the error.
///
/// # Errors
///
/// When it is none, when it is detached, and when its memory could be taken away or changed under a plugin that holds
/// it: a resizable or a shared buffer.
#[inline(always)]
pub fn take(
  scope: &v8::PinScope<'_, '_>,
  value: v8::Local<'_, v8::Value>,
  index: usize,
  buffers: &mut Buffers,
) -> Result<(), OpFailure> {
  let (buffer, view) = if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) {
    (view.buffer(scope).ok_or_else(|| gone(index))?, Some(view))
  } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
    (buffer, None)
  } else {
    return Err(not_a_buffer(scope, value, index));
  };
  let owner = to_owner(buffer.get_backing_store());
  // SAFETY: the vtable belongs to this owner. The reference to the store goes to its final place before anything is
  // known of it, which spares the copies; on an error the caller drops it with the others.
  buffers.push(unsafe { OwnedBuffer::from_raw(Buffer { vtable: &VTABLE, owner, ..Buffer::EMPTY }) });
  // SAFETY: only the pointer and the length are set below.
  let taken = unsafe { buffers.last_mut().expect("it was just added").as_raw_mut() };
  // SAFETY: the owner words are a `Store`, which is borrowed here.
  let store: &v8::BackingStore = unsafe { &*(&raw const taken.owner).cast::<Store>() };

  if store.is_shared() {
    return Err(OpFailure::buffer_shared(index));
  }
  let (start, length) = match view {
    // SAFETY: the storage is only for bytes that are in V8's heap; these left it above, when the view's buffer was
    // asked for.
    Some(view) => unsafe { view.get_contents_raw_parts(&mut []) },
    None => (store.data().map_or(std::ptr::null_mut(), |start| start.cast().as_ptr()), store.byte_length()),
  };
  if store.is_resizable_by_user_javascript() {
    // V8 says 0 for a view that its buffer has shrunk away from.
    if length == 0 {
      return Err(gone(index));
    }
    return Err(OpFailure::buffer_resizable(index));
  }
  if length == 0 {
    return if buffer.was_detached() { Err(gone(index)) } else { Ok(()) };
  }
  debug_assert!(
    store.data().is_some_and(|data| {
      let data = data.as_ptr() as usize;
      (data..=data + store.byte_length() - length).contains(&(start as usize))
    }),
    "a view lies inside its store"
  );
  taken.ptr = start;
  taken.len = length;
  Ok(())
}

/// The bytes of a view or an ArrayBuffer, for a call that does not keep them: they stay where they are while no code of
/// the script runs, whatever kind of memory they are.
///
/// # Errors
///
/// When it is none, and when it is detached. `name` is the parameter's, for the error.
pub fn lend(
  scope: &v8::PinScope<'_, '_>,
  value: v8::Local<'_, v8::Value>,
  name: &str,
) -> Result<plugin_abi::Slice, OpFailure> {
  let slice = |ptr: *mut u8, len| plugin_abi::Slice { ptr, len };
  let of_store =
    |store: Store| slice(store.data().map_or(std::ptr::null_mut(), |data| data.as_ptr().cast()), store.byte_length());
  let (lent, was_detached) = if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(value) {
    // Asking for the buffer moves short views out of V8's heap.
    let buffer = view.buffer(scope);
    // SAFETY: the bytes are not in V8's heap, so that no storage is needed.
    let (ptr, len) = unsafe { view.get_contents_raw_parts(&mut []) };
    // V8 gives no address for a view that its buffer has shrunk away from.
    let is_gone = buffer.is_none_or(|buffer| {
      buffer.was_detached() || (ptr.is_null() && buffer.get_backing_store().is_resizable_by_user_javascript())
    });
    (slice(ptr, len), is_gone)
  } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(value) {
    (of_store(buffer.get_backing_store()), buffer.was_detached())
  } else if let Ok(buffer) = v8::Local::<v8::SharedArrayBuffer>::try_from(value) {
    (of_store(buffer.get_backing_store()), false)
  } else {
    let found = value.type_of(scope).to_rust_string_lossy(scope);
    return Err(OpFailure::argument_unfit(name, found));
  };
  match was_detached {
    true => Err(OpFailure::buffer_gone(format_args!("argument {name}"))),
    false => Ok(lent),
  }
}

/// The part of a Uint8Array that arguments name, `(bytes, start, length)`, as [`lend`] gives one; `None` when it does
/// not lie in it.
pub fn part_of(arguments: Arguments<'_, '_>) -> Option<plugin_abi::Slice> {
  let view = v8::Local::<v8::Uint8Array>::try_from(arguments.get(0)).ok()?;
  if !view.has_buffer() {
    return None;
  }
  // SAFETY: the bytes are not in V8's heap, so that no storage is needed.
  let (ptr, size) = unsafe { view.get_contents_raw_parts(&mut []) };
  let (start, len) = (number(arguments.get(1)) as usize, number(arguments.get(2)) as usize);
  let is_within = !ptr.is_null() && start.checked_add(len).is_some_and(|end| end <= size);
  // SAFETY: the start is within the view.
  is_within.then(|| plugin_abi::Slice { ptr: unsafe { ptr.add(start) }, len })
}

/// The bytes, if elements of that size may lie there.
///
/// # Errors
///
/// When a view of what a plugin answered with begins elsewhere: V8's own memory begins at multiples of 8.
pub(super) fn check_alignment(
  bytes: plugin_abi::Slice,
  size: usize,
  name: &str,
) -> Result<plugin_abi::Slice, OpFailure> {
  if bytes.ptr.addr().is_multiple_of(size) {
    return Ok(bytes);
  }
  Err(OpFailure::argument_unaligned(name, size))
}

#[cold]
fn gone(index: usize) -> OpFailure {
  OpFailure::buffer_gone(format_args!("buffer {index}"))
}

#[cold]
fn not_a_buffer(scope: &v8::PinScope<'_, '_>, value: v8::Local<'_, v8::Value>, index: usize) -> OpFailure {
  if value.is_shared_array_buffer() {
    return OpFailure::buffer_shared(index);
  }
  let found = value.type_of(scope).to_rust_string_lossy(scope);
  OpFailure::no_buffer(index, found)
}

/// Answers of so many bytes are worth a look at the garbage before them.
const LARGE_ANSWER: usize = 16 * 1024;

/// Has V8 collect garbage if much of it are young buffers: it only asks itself that when it allocates the memory of one
/// itself, which it does here in vain.
pub fn let_collect(scope: &mut v8::PinScope<'_, '_>) {
  v8::ArrayBuffer::new_backing_store(scope, 1);
}

/// A new Uint8Array over the bytes of an answer.
pub fn to_uint8_array<'s>(scope: &mut v8::PinScope<'s, '_>, answer: Answer) -> Option<v8::Local<'s, v8::Uint8Array>> {
  let length = answer.bytes.len();
  let buffer = if length == 0 {
    v8::ArrayBuffer::new(scope, 0)
  } else {
    if length >= LARGE_ANSWER {
      let_collect(scope);
    }
    let mut answer = Box::new(answer);
    let data = answer.bytes.as_mut_ptr().cast::<c_void>();
    // SAFETY: the bytes stay where they are until `free_answer` drops the box, once, when V8 is done with them.
    let store =
      unsafe { v8::ArrayBuffer::new_backing_store_from_ptr(data, length, free_answer, Box::into_raw(answer).cast()) };
    v8::ArrayBuffer::with_backing_store(scope, &store.make_shared())
  };
  v8::Uint8Array::new(scope, buffer, 0, length)
}

/// The same of bytes of the host's.
pub fn to_view<'s>(scope: &mut v8::PinScope<'s, '_>, bytes: Vec<u8>) -> Option<Value<'s>> {
  Some(to_uint8_array(scope, Answer::of_host(bytes))?.into())
}

/// # Safety
///
/// `answer` is the box that was given to V8 with the bytes; V8 gives it back once, on any thread.
unsafe extern "C" fn free_answer(_: *mut c_void, _: usize, answer: *mut c_void) {
  // SAFETY: the caller's promise. The bytes go first, then the library that freed them.
  drop(unsafe { Box::from_raw(answer.cast::<Answer>()) });
}

/// `bufferLength(length)`: the length of a buffer that a script wants, if it may have it.
fn buffer_length<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let length = arguments.get(0);
  if whole_number(length).is_some_and(|length| length > 0) {
    return Ok(Some(length));
  }
  let found = describe(scope, length);
  Err(OpFailure::buffer_length(found).into())
}

/// `viewOf(buffer)`: the bytes of a view or a buffer as a Uint8Array.
fn view_of<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let lent = lend(scope, arguments.get(0), "that is written")?;
  let bytes = match lent.len {
    0 => Vec::new(),
    // SAFETY: the bytes stay there while nothing of the script runs.
    len => unsafe { std::slice::from_raw_parts(lent.ptr, len) }.to_vec(),
  };
  to_view(scope, bytes).map(Some).ok_or(Exception::Pending)
}
