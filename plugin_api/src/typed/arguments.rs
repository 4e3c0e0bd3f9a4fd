//! Arguments that are more than a number, and the slow road's arguments.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ops::Range;
use std::ptr::NonNull;

use plugin_abi as abi;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::message::decode;
use super::scalar::Scalar;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::zero_copy_buf;

/// A script's string.
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
  /// # Safety
  ///
  /// The bytes are valid UTF-8.
  pub(super) unsafe fn from_utf8(bytes: &'a [u8]) -> Self {
    // SAFETY: the caller's promise.
    Self(Cow::Borrowed(unsafe { str::from_utf8_unchecked(bytes) }))
  }

  #[inline]
  pub(super) fn from_latin1(bytes: &'a [u8]) -> Self {
    match bytes.is_ascii() {
      // SAFETY: ASCII is UTF-8.
      true => unsafe { Self::from_utf8(bytes) },
      false => Self(Cow::Owned(latin1(bytes))),
    }
  }

  /// For an op that keeps it.
  #[inline]
  pub fn into_owned(self) -> String {
    self.0.into_owned()
  }
}

#[cold]
fn latin1(bytes: &[u8]) -> String {
  bytes.iter().copied().map(char::from).collect()
}

impl Deref for Text<'_> {
  type Target = str;

  #[inline]
  fn deref(&self) -> &str {
    &self.0
  }
}

/// Bytes of the script, which another argument may be too.
pub struct Bytes<'a> {
  start: NonNull<u8>,
  length: usize,
  lent: PhantomData<&'a mut [u8]>,
}

impl Bytes<'_> {
  /// # Safety
  ///
  /// The bytes are there for as long as the result lives, and are written only through it or another of these.
  #[inline]
  pub(super) unsafe fn new(bytes: abi::Slice) -> Self {
    let start = NonNull::new(bytes.ptr.cast_mut()).unwrap_or(NonNull::dangling());
    Self { start, length: bytes.len, lent: PhantomData }
  }

  /// Where they are.
  #[inline]
  pub fn as_ptr_range(&self) -> Range<*const u8> {
    let start = self.start.as_ptr().cast_const();
    start..start.wrapping_add(self.length)
  }

  /// To be read.
  ///
  /// # Safety
  ///
  /// Nobody writes them while the result lives.
  #[inline]
  pub unsafe fn as_slice(&self) -> &[u8] {
    // SAFETY: the promises of `new` and of the caller.
    unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
  }

  /// To be written.
  ///
  /// # Safety
  ///
  /// Nobody else uses them while the result lives.
  #[inline]
  pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
    // SAFETY: the promises of `new` and of the caller.
    unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
  }

  /// A copy.
  #[inline]
  pub fn to_vec(&self) -> Vec<u8> {
    // SAFETY: nobody writes them here.
    unsafe { self.as_slice() }.to_vec()
  }
}

/// The arguments of the slow road, which are taken one after the other.
pub struct Arguments<'a> {
  rest: std::slice::Iter<'a, abi::Argument>,
}

impl<'a> Arguments<'a> {
  /// # Safety
  ///
  /// They are those that the op's signature says, in that order, and they are taken as that.
  pub(crate) unsafe fn new(arguments: &'a [abi::Argument]) -> Self {
    Self { rest: arguments.iter() }
  }

  fn next(&mut self) -> abi::Argument {
    *self.rest.next().expect("an op takes as many arguments as its signature says")
  }

  fn slice(&mut self) -> abi::Slice {
    // SAFETY: the promise of `new`.
    unsafe { self.next().bytes }
  }

  fn lent(&mut self) -> &'a [u8] {
    let slice = self.slice();
    match slice.ptr.is_null() {
      true => &[],
      // SAFETY: the host lends them for the call.
      false => unsafe { std::slice::from_raw_parts(slice.ptr, slice.len) },
    }
  }

  /// A boolean, a number or a resource's number.
  pub fn scalar<T: Scalar>(&mut self) -> T {
    // SAFETY: the promise of `new`.
    unsafe { T::from_argument(self.next()) }
  }

  /// A string.
  pub fn text(&mut self) -> Text<'a> {
    // SAFETY: the host says it is UTF-8.
    unsafe { Text::from_utf8(self.lent()) }
  }

  /// Bytes that are lent.
  pub fn bytes(&mut self) -> Bytes<'a> {
    // SAFETY: the host lends them for the call.
    unsafe { Bytes::new(self.slice()) }
  }

  /// A buffer to keep.
  pub fn buffer(&mut self) -> ZeroCopyBuf {
    let buffer = self.buffers().first_mut().expect("the host passes a buffer");
    std::mem::replace(buffer, ZeroCopyBuf::EMPTY)
  }

  /// All further buffers.
  pub fn buffers(&mut self) -> &'a mut [ZeroCopyBuf] {
    // SAFETY: the promise of `new`.
    let buffers = unsafe { self.next().buffers };
    // SAFETY: they are the caller's, and nobody else touches them until the op returns.
    unsafe { zero_copy_buf::from_raw_parts_mut(buffers.ptr, buffers.len) }
  }

  /// What serde makes of a value.
  pub fn value<T: Deserialize<'a>>(&mut self, name: &str) -> Result<T, OpError> {
    decode(self.lent(), name)
  }

  /// What serde makes of a value that is gone when the op's future runs.
  pub fn owned_value<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, OpError> {
    decode(self.lent(), name)
  }

  /// A value as it is.
  pub(crate) fn wire(&mut self) -> &'a [u8] {
    self.lent()
  }
}
