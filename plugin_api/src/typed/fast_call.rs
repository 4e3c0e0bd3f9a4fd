//! The fast path: V8 calls an op's C function with the arguments in registers.
//!
//! What a fast function does besides its op is a handful of instructions; it allocates only where a type says so.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use plugin_abi as abi;
use serde::Deserialize;

use super::arguments::Text;
use super::call::Call;
use super::lent::Element;
use super::lent::Lent;
use super::message::bytes_of;
use super::message::decode;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::host::HostRef;
use crate::registered::Registered;

/// A value of V8's, which only V8 can look into.
pub type Local = *const c_void;

/// Why a fast call has no result.
pub enum Stopped {
  /// The op has not been called: the host takes the slow path.
  Retry,
  /// It failed.
  Failed(OpError),
  /// It failed, and the host has been told why.
  Noted,
}

impl From<OpError> for Stopped {
  #[inline]
  fn from(error: OpError) -> Self {
    Self::Failed(error)
  }
}

/// A call on the fast path.
pub struct FastCall<'a> {
  call: Call<'a>,
  context: NonNull<abi::FastContext>,
  /// What the op had counted before.
  sent_before: u64,
  lent: PhantomData<&'a mut abi::FastContext>,
}

/// # Safety
///
/// It is an address, and so a whole number.
#[inline]
pub(crate) unsafe fn to_usize(address: abi::Address) -> usize {
  #[cfg(target_family = "wasm")]
  return address;
  // SAFETY: the caller's promise. The cast `as` would take longer.
  #[cfg(not(target_family = "wasm"))]
  return unsafe { address.to_int_unchecked::<i64>() as usize };
}

/// Runs an op: `run` makes its arguments, calls it and gives the result. Answers what the fast function returns.
///
/// # Safety
///
/// V8 has called the fast function of the op that `context` belongs to, and `run` takes the arguments as the op's
/// signature says.
#[inline(always)]
pub unsafe fn call_fast<'a, C: Default>(
  context: abi::Address,
  run: impl FnOnce(&FastCall<'a>) -> Result<C, Stopped>,
) -> C {
  // SAFETY: the caller's promise.
  let context = std::ptr::with_exposed_provenance_mut::<abi::FastContext>(unsafe { to_usize(context) });
  // SAFETY: the caller's promise; an address that is not null.
  let (context, call) = unsafe {
    let host = HostRef { table: &*(*context).host, instance: (*context).instance };
    // Of whatever code: the instance lies where it does with all of them.
    let op = &*(*context).data.cast::<Registered<()>>();
    (NonNull::new_unchecked(context), Call::new(host, &op.instance))
  };
  // SAFETY: as above.
  let (sent_before, instance) =
    unsafe { (abi::FastContext::counts(context.as_ptr())[0].load(Ordering::Relaxed), (*context.as_ptr()).instance) };
  let call = FastCall { call, context, sent_before, lent: PhantomData };
  let before = call.replace_current(instance);
  let returned = catch_unwind(AssertUnwindSafe(|| run(&call)));
  call.replace_current(before);
  match returned {
    Ok(Ok(result)) => result,
    Ok(Err(stopped)) => {
      call.stop(stopped);
      C::default()
    }
    Err(panic) => {
      call.stop(OpError::from_panic(panic).into());
      C::default()
    }
  }
}

impl<'a> Deref for FastCall<'a> {
  type Target = Call<'a>;

  #[inline]
  fn deref(&self) -> &Call<'a> {
    &self.call
  }
}

impl<'a> FastCall<'a> {
  /// The op.
  ///
  /// # Safety
  ///
  /// Its code is a `C`.
  #[inline]
  pub(crate) unsafe fn op<C>(&self) -> &'a Registered<C> {
    // SAFETY: `data` is what was registered, which lives while it is called; the caller's promise.
    unsafe { &*(*self.context.as_ptr()).data.cast::<Registered<C>>() }
  }

  /// Notes which plugin runs; gives which one did before, whose op may have called this one. A guest is the only plugin
  /// that runs in its memory, which its init has noted for good.
  #[inline]
  fn replace_current(&self, instance: u64) -> u64 {
    match cfg!(target_family = "wasm") {
      true => instance,
      // SAFETY: the cell of this thread, which only the plugin that runs uses.
      false => unsafe { (*self.context.as_ptr()).current.replace(instance) },
    }
  }

  #[inline]
  pub(super) fn exchange(&self) -> NonNull<abi::Exchange> {
    // SAFETY: the context and its exchange live while the op is called; the pointer is not null.
    unsafe { NonNull::new_unchecked((*self.context.as_ptr()).exchange) }
  }

  #[cold]
  fn stop(&self, stopped: Stopped) {
    // What the op told the host itself goes before what it returned, as on the slow path.
    let is_noted = self.call.instance.has_failed.take();
    let status = match stopped {
      Stopped::Retry => {
        // The host counts them again.
        // SAFETY: the op may write its count.
        unsafe { abi::FastContext::counts(self.context.as_ptr())[0].store(self.sent_before, Ordering::Relaxed) };
        abi::status::RETRY
      }
      Stopped::Failed(error) if !is_noted => {
        self.call.host.tell_failure(error);
        abi::status::FAILED
      }
      Stopped::Failed(_) | Stopped::Noted => abi::status::FAILED,
    };
    // SAFETY: the exchange is the host's, and the op has returned.
    unsafe { (*self.exchange().as_ptr()).status = status };
  }

  /// Whether the op has told the host to fail the call, which one that has the interface can do.
  #[inline]
  pub fn check(&self) -> Result<(), Stopped> {
    if self.call.instance.has_failed.get() { Err(Stopped::Noted) } else { Ok(()) }
  }

  /// A string.
  ///
  /// # Safety
  ///
  /// V8 passed it to the fast function.
  #[inline]
  pub unsafe fn text(&self, text: *const abi::OneByteString) -> Text<'a> {
    // SAFETY: the caller's promise: so many characters, until the fast function returns.
    let characters = unsafe {
      let text = &*text;
      match text.length {
        0 => &[],
        length => std::slice::from_raw_parts(text.data.cast::<u8>(), length as usize),
      }
    };
    Text::from_latin1(characters)
  }

  /// Bytes or elements; their address and number of bytes as far as JavaScript knows them.
  ///
  /// # Safety
  ///
  /// They were passed to the fast function.
  #[inline]
  pub unsafe fn lent<T: Element>(&self, view: Local, at: abi::Address, length: u32) -> Result<Lent<'a, T>, Stopped> {
    let mut bytes = abi::Slice { ptr: std::ptr::null(), len: length as usize };
    // SAFETY: the context is the op's; the caller's promise: an address, and a view of V8's.
    unsafe {
      let context = self.context.as_ptr();
      bytes.ptr = std::ptr::with_exposed_provenance(to_usize(at));
      if bytes.ptr.is_null() && ((*(*context).table).view_bytes)(view, &mut bytes) == 0 {
        return Err(Stopped::Retry);
      }
      abi::FastContext::add_sent(context, bytes.len);
      // They stay until the fast function returns, and no JavaScript runs meanwhile. The host says why elements cannot
      // lie there.
      Lent::new(bytes).ok_or(Stopped::Retry)
    }
  }

  /// What serde makes of the value at that byte of the input.
  ///
  /// # Safety
  ///
  /// It was passed to the fast function.
  #[inline]
  pub unsafe fn value<T: Deserialize<'a>>(&self, name: &str, start: u32) -> Result<T, OpError> {
    // SAFETY: the caller's promise.
    decode(unsafe { self.wire(start) }, name)
  }

  /// The input from that byte on.
  ///
  /// # Safety
  ///
  /// A value begins there.
  #[inline]
  pub(crate) unsafe fn wire(&self, start: u32) -> &'a [u8] {
    // SAFETY: the host writes the input only between calls; a value begins within it.
    unsafe {
      let exchange = self.exchange().as_ptr();
      let start = start as usize;
      std::slice::from_raw_parts((*exchange).input.add(start), (*exchange).input_length - start)
    }
  }

  /// Text, or a message in the wire format.
  #[inline]
  pub(crate) fn give_output(&self, bytes: &[u8], keep: impl FnOnce() -> ZeroCopyBuf) -> u32 {
    // SAFETY: the exchange is the host's, which waits for the op.
    let exchange = unsafe { &mut *self.exchange().as_ptr() };
    if bytes.len() > exchange.output_capacity {
      return overflow(exchange, keep());
    }
    // SAFETY: there is room.
    unsafe { exchange.output.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
    bytes.len() as u32
  }

  /// A message in the wire format.
  #[inline]
  pub(crate) fn give_message(&self, message: Vec<u64>) -> u32 {
    if message.len() > MAX_KEPT_MESSAGE {
      return self.give_output(bytes_of(&message), || ZeroCopyBuf::from_words(message.clone()));
    }
    let length = self.give_output(bytes_of(&message), || ZeroCopyBuf::from_words(message.clone()));
    self.call.instance.message.set(message);
    length
  }

  /// Bytes.
  #[inline]
  pub(super) fn give_bytes<B: Deref<Target = [u8]> + Into<ZeroCopyBuf>>(&self, bytes: B) -> u32 {
    // SAFETY: the exchange is the host's, which waits for the op.
    let exchange = unsafe { &mut *self.exchange().as_ptr() };
    let length = bytes.len();
    // SAFETY: the context is the op's, which is running.
    unsafe { abi::FastContext::add_received(self.context.as_ptr(), length) };
    let begin = exchange.slab_used;
    if length > exchange.slab_longest || length > exchange.slab_capacity.saturating_sub(begin) {
      return overflow(exchange, bytes.into());
    }
    // SAFETY: there is room.
    unsafe { exchange.slab.add(begin).copy_from_nonoverlapping(bytes.as_ptr(), length) };
    exchange.slab_offset = begin as u32;
    exchange.slab_used = begin + length.next_multiple_of(8);
    length as u32
  }
}

/// In words.
const MAX_KEPT_MESSAGE: usize = 1 << 17;

/// A result that is `null`.
pub(super) const NULL: u32 = u32::MAX;

#[cold]
fn overflow(exchange: &mut abi::Exchange, buffer: ZeroCopyBuf) -> u32 {
  // The number says nothing then, but must not be that of null.
  let length = u32::try_from(buffer.len()).unwrap_or(0).min(NULL - 1);
  exchange.overflow = buffer.into_raw();
  exchange.status = abi::status::OVERFLOW;
  length
}
