//! Bytes that a script and a plugin share.

use std::ops::Deref;
use std::ops::DerefMut;
use std::sync::Arc;

use plugin_abi as abi;

/// The bytes of a script's buffer, without a copy: what is written here, the script sees. It behaves much like an
/// `Arc<[u8]>`: the memory stays until the last clone is dropped, even when the script lets go of it.
///
/// The bytes are shared: the script can write them whenever its code runs, and so can whoever holds a clone. Do not
/// rely on them to stay the same across an await or a call into the host, and let one thread at a time write them. A
/// script may pass the same buffer twice, or two that overlap: an op that writes one while it reads another copies
/// first.
///
/// To copy the bytes do `buffer.to_vec()`.
#[repr(transparent)]
#[derive(Debug)]
pub struct ZeroCopyBuf(abi::OwnedBuffer);

impl ZeroCopyBuf {
  /// No bytes.
  // SAFETY: it is whole, and needs no release.
  pub(crate) const EMPTY: Self = Self(unsafe { abi::OwnedBuffer::from_raw(abi::Buffer::EMPTY) });

  /// The bytes of words, without a copy.
  pub(crate) fn from_words(words: Vec<u64>) -> Self {
    static VTABLE: abi::BufferVTable = abi::BufferVTable {
      size: size_of::<abi::BufferVTable>(),
      retain: Some(retain_words),
      release: Some(release_words),
    };

    let words = Arc::new(words);
    let (ptr, len) = (words.as_ptr().cast_mut().cast(), words.len() * size_of::<u64>());
    let owner = Arc::into_raw(words).expose_provenance();
    // SAFETY: the words stay where they are until the last holder gives up its count. Nobody looks at the Vec
    // meanwhile.
    Self(unsafe { abi::OwnedBuffer::from_raw(abi::Buffer { ptr, len, vtable: &VTABLE, owner: [owner, 0] }) })
  }

  pub(crate) fn into_raw(self) -> abi::Buffer {
    self.0.into_raw()
  }

  /// Takes over a buffer.
  ///
  /// # Safety
  ///
  /// As [`abi::OwnedBuffer::from_raw`].
  pub(crate) unsafe fn from_raw(buffer: abi::Buffer) -> Self {
    // SAFETY: the caller's promise.
    Self(unsafe { abi::OwnedBuffer::from_raw(buffer) })
  }

  /// Whether the buffer was made with that vtable, and that word as its owner.
  #[inline]
  pub(crate) fn is_of(&self, vtable: &'static abi::BufferVTable, owner: usize) -> bool {
    let buffer = self.0.as_raw();
    std::ptr::eq(buffer.vtable, vtable) && buffer.owner[0] == owner
  }
}

/// # Safety
///
/// `from` is a live buffer made from words; `to` can be written.
unsafe extern "C" fn retain_words(from: *const abi::Buffer, to: *mut abi::Buffer) {
  // SAFETY: the caller's promise: the owner is an Arc with at least one count.
  unsafe {
    Arc::increment_strong_count(std::ptr::with_exposed_provenance::<Vec<u64>>((*from).owner[0]));
    to.copy_from_nonoverlapping(from, 1);
  }
}

/// # Safety
///
/// `buffer` is a live buffer made from words, and is given up.
unsafe extern "C" fn release_words(buffer: *mut abi::Buffer) {
  // SAFETY: the caller's promise; this count is given up.
  unsafe { Arc::decrement_strong_count(std::ptr::with_exposed_provenance::<Vec<u64>>((*buffer).owner[0])) };
}

/// The host's buffers as those of this crate, in place.
///
/// # Safety
///
/// `count` whole buffers at `buffers` (null when there are none), which nobody else touches while the result lives.
pub(crate) unsafe fn from_raw_parts_mut<'a>(buffers: *mut abi::Buffer, count: usize) -> &'a mut [ZeroCopyBuf] {
  if count == 0 {
    return &mut [];
  }
  // SAFETY: the caller's promise; ZeroCopyBuf and OwnedBuffer are transparent wrappers.
  unsafe { std::slice::from_raw_parts_mut(buffers.cast::<ZeroCopyBuf>(), count) }
}

impl Clone for ZeroCopyBuf {
  /// Another holder of the same bytes.
  fn clone(&self) -> Self {
    Self(self.0.try_clone().expect("the host's buffers and those of this crate can be shared"))
  }
}

impl Deref for ZeroCopyBuf {
  type Target = [u8];

  fn deref(&self) -> &[u8] {
    &self.0
  }
}

impl DerefMut for ZeroCopyBuf {
  fn deref_mut(&mut self) -> &mut [u8] {
    &mut self.0
  }
}

impl AsRef<[u8]> for ZeroCopyBuf {
  fn as_ref(&self) -> &[u8] {
    self
  }
}

impl AsMut<[u8]> for ZeroCopyBuf {
  fn as_mut(&mut self) -> &mut [u8] {
    self
  }
}

impl From<Box<[u8]>> for ZeroCopyBuf {
  /// A buffer of the plugin's own: for answers, and to call an op in a test.
  fn from(bytes: Box<[u8]>) -> Self {
    Self(bytes.into())
  }
}

impl From<Vec<u8>> for ZeroCopyBuf {
  fn from(bytes: Vec<u8>) -> Self {
    Self(bytes.into())
  }
}
