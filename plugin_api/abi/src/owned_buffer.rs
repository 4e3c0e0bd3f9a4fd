//! [`Buffer`] with an owner in Rust: both sides hold buffers as this.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;
use core::mem::size_of;
use core::ops::Deref;
use core::ops::DerefMut;
use core::ptr::NonNull;

use crate::Buffer;
use crate::BufferVTable;

/// A [`Buffer`] that is released when it is dropped.
#[repr(transparent)]
#[derive(Debug)]
pub struct OwnedBuffer(Buffer);

// SAFETY: the functions of a buffer's vtable may be called on any thread, and the owner words are only theirs.
unsafe impl Send for OwnedBuffer {}

impl OwnedBuffer {
  /// Takes over a buffer.
  ///
  /// # Safety
  ///
  /// The buffer is whole, as its maker made it, and nobody else releases it.
  pub const unsafe fn from_raw(buffer: Buffer) -> Self {
    Self(buffer)
  }

  /// Gives the buffer away, for the receiver to release.
  pub fn into_raw(self) -> Buffer {
    let this = ManuallyDrop::new(self);
    // SAFETY: `this` is not dropped, so its buffer moves out.
    unsafe { core::ptr::read(&this.0) }
  }

  /// The buffer inside, to look at.
  pub const fn as_raw(&self) -> &Buffer {
    &self.0
  }

  /// The buffer inside.
  ///
  /// # Safety
  ///
  /// What is written must leave it a whole buffer, with the same owner.
  pub const unsafe fn as_raw_mut(&mut self) -> &mut Buffer {
    &mut self.0
  }

  /// Another holder of the same bytes; `None` when the maker does not share them.
  pub fn try_clone(&self) -> Option<Self> {
    // SAFETY: a vtable lives as long as the buffers that name it.
    let Some(vtable) = (unsafe { self.0.vtable.as_ref() }) else { return Some(Self(Buffer::EMPTY)) };
    let mut copy = Buffer::EMPTY;
    // SAFETY: `self` is a live buffer, and `copy` is written before it is used.
    unsafe { vtable.retain?(&self.0, &mut copy) };
    Some(Self(copy))
  }
}

impl Drop for OwnedBuffer {
  fn drop(&mut self) {
    // SAFETY: a vtable lives as long as the buffers that name it.
    if let Some(release) = unsafe { self.0.vtable.as_ref() }.and_then(|vtable| vtable.release) {
      // SAFETY: the buffer is whole, and is given up here.
      unsafe { release(&mut self.0) };
    }
  }
}

impl Deref for OwnedBuffer {
  type Target = [u8];

  fn deref(&self) -> &[u8] {
    let ptr = NonNull::new(self.0.ptr).unwrap_or(NonNull::dangling());
    // SAFETY: the buffer's maker keeps `len` bytes there until it is released.
    unsafe { core::slice::from_raw_parts(ptr.as_ptr(), self.0.len) }
  }
}

impl DerefMut for OwnedBuffer {
  fn deref_mut(&mut self) -> &mut [u8] {
    let ptr = NonNull::new(self.0.ptr).unwrap_or(NonNull::dangling());
    // SAFETY: as in `deref`, and the bytes may be written.
    unsafe { core::slice::from_raw_parts_mut(ptr.as_ptr(), self.0.len) }
  }
}

impl From<Box<[u8]>> for OwnedBuffer {
  /// Bytes that can be shared; the last holder frees them, whichever side of the boundary it is on.
  #[inline]
  fn from(bytes: Box<[u8]>) -> Self {
    static VTABLE: BufferVTable =
      BufferVTable { size: size_of::<BufferVTable>(), retain: Some(retain), release: Some(release) };

    if bytes.is_empty() {
      return Self(Buffer::EMPTY);
    }
    let bytes = Box::into_raw(bytes);
    let owner = Arc::into_raw(Arc::new(Allocation(bytes))) as usize;
    Self(Buffer { ptr: bytes.cast(), len: bytes.len(), vtable: &VTABLE, owner: [owner, 0] })
  }
}

impl From<Vec<u8>> for OwnedBuffer {
  fn from(bytes: Vec<u8>) -> Self {
    bytes.into_boxed_slice().into()
  }
}

/// What the first owner word of a buffer that was made from a box points to.
struct Allocation(*mut [u8]);

// SAFETY: nobody looks through the pointer but the drop, and a box of bytes may be dropped on any thread.
unsafe impl Send for Allocation {}
// SAFETY: as above.
unsafe impl Sync for Allocation {}

impl Drop for Allocation {
  fn drop(&mut self) {
    // SAFETY: it came from `Box::into_raw`, and the last holder is gone.
    drop(unsafe { Box::from_raw(self.0) });
  }
}

/// # Safety
///
/// `from` is a live buffer made from a box; `to` can be written.
unsafe extern "C" fn retain(from: *const Buffer, to: *mut Buffer) {
  // SAFETY: the caller's promise: the owner is an Arc with at least one count.
  unsafe {
    Arc::increment_strong_count((*from).owner[0] as *const Allocation);
    core::ptr::copy_nonoverlapping(from, to, 1);
  }
}

/// # Safety
///
/// `buffer` is a live buffer made from a box, and is given up.
unsafe extern "C" fn release(buffer: *mut Buffer) {
  // SAFETY: the caller's promise; this count is given up.
  unsafe { Arc::decrement_strong_count((*buffer).owner[0] as *const Allocation) };
}

/// A buffer's first owner word of [`OwnedBuffer::of_owner`] points to an Arc of the owner.
struct Shared<T>(T);

impl<T: AsRef<[u8]> + Send + Sync + 'static> Shared<T> {
  const VTABLE: BufferVTable =
    BufferVTable { size: size_of::<BufferVTable>(), retain: Some(Self::retain), release: Some(Self::release) };

  /// # Safety
  ///
  /// `from` is a live buffer with this vtable; `to` can be written.
  unsafe extern "C" fn retain(from: *const Buffer, to: *mut Buffer) {
    // SAFETY: the caller's promise: the owner is an Arc with at least one count.
    unsafe {
      Arc::increment_strong_count((*from).owner[0] as *const Self);
      core::ptr::copy_nonoverlapping(from, to, 1);
    }
  }

  /// # Safety
  ///
  /// `buffer` is a live buffer with this vtable, and is given up.
  unsafe extern "C" fn release(buffer: *mut Buffer) {
    // SAFETY: the caller's promise; this count is given up.
    unsafe { Arc::decrement_strong_count((*buffer).owner[0] as *const Self) };
  }
}

impl OwnedBuffer {
  /// The bytes of `owner`, which is dropped by the last holder, on any thread. They are only to be read: others may see
  /// them too.
  pub fn of_owner<T: AsRef<[u8]> + Send + Sync + 'static>(owner: T) -> Self {
    let owner = Arc::new(Shared(owner));
    let bytes = owner.0.as_ref();
    if bytes.is_empty() {
      return Self(Buffer::EMPTY);
    }
    let (ptr, len) = (bytes.as_ptr().cast_mut(), bytes.len());
    Self(Buffer { ptr, len, vtable: &Shared::<T>::VTABLE, owner: [Arc::into_raw(owner) as usize, 0] })
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  struct Bytes(#[expect(dead_code, reason = "held to be counted")] Arc<()>, &'static [u8]);

  impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
      self.1
    }
  }

  #[test]
  fn an_owner_lives_as_long_as_the_last_buffer_of_it() {
    let count = Arc::new(());
    let buffer = OwnedBuffer::of_owner(Bytes(count.clone(), b"bytes"));
    let other = buffer.try_clone().expect("it can be shared");
    drop(buffer);
    assert_eq!((&*other, Arc::strong_count(&count)), (&b"bytes"[..], 2));
    drop(other);
    assert_eq!(Arc::strong_count(&count), 1);
    let empty = OwnedBuffer::of_owner(Bytes(count.clone(), b""));
    assert_eq!((&*empty, Arc::strong_count(&count)), (&b""[..], 1));
  }
}
