//! Arguments that are more than a number, and the slow path's arguments.

use std::borrow::Cow;
use std::ops::Deref;

use plugin_abi as abi;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::lent::Element;
use super::lent::Lent;
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

/// The arguments of the slow path, which are taken one after the other.
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

  fn read(&mut self) -> &'a [u8] {
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
    unsafe { Text::from_utf8(self.read()) }
  }

  /// Bytes or elements that are lent.
  pub fn lent<T: Element>(&mut self) -> Lent<'a, T> {
    let slice = self.slice();
    // SAFETY: the host lends them for the call.
    let lent = unsafe { Lent::new(slice) };
    lent.expect("the host lends elements where elements can lie")
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
    decode(self.read(), name)
  }

  /// What serde makes of a value that is gone when the op's future runs.
  pub fn owned_value<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, OpError> {
    decode(self.read(), name)
  }

  /// A value as it is.
  pub(crate) fn wire(&mut self) -> &'a [u8] {
    self.read()
  }
}
