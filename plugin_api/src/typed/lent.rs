//! Memory of the script that an op borrows for a call.

use std::marker::PhantomData;
use std::ops::Range;
use std::ptr::NonNull;

use plugin_abi as abi;

/// What JavaScript has typed arrays of.
///
/// # Safety
///
/// Every pattern of bits is a value of the type, and it is aligned to its size.
pub unsafe trait Element: Copy {
  /// The [`abi::kind`] of a slice that may be read.
  const SLICE: u32;
  /// The [`abi::kind`] of one that may be written.
  const SLICE_MUT: u32;
}

macro_rules! elements {
  ($($ty:ident $slice:ident $slice_mut:ident)*) => {
    $(
      // SAFETY: it is an integer or a float.
      unsafe impl Element for $ty {
        const SLICE: u32 = abi::kind::$slice;
        const SLICE_MUT: u32 = abi::kind::$slice_mut;
      }
    )*
  };
}

elements! {
  u8 BYTES BYTES_MUT
  i8 I8_SLICE I8_SLICE_MUT
  i16 I16_SLICE I16_SLICE_MUT
  u16 U16_SLICE U16_SLICE_MUT
  i32 I32_SLICE I32_SLICE_MUT
  u32 U32_SLICE U32_SLICE_MUT
  i64 I64_SLICE I64_SLICE_MUT
  u64 U64_SLICE U64_SLICE_MUT
  f32 F32_SLICE F32_SLICE_MUT
  f64 F64_SLICE F64_SLICE_MUT
}

/// Elements of the script, which another argument may be too.
pub struct Lent<'a, T> {
  start: NonNull<T>,
  length: usize,
  lent: PhantomData<&'a mut [T]>,
}

impl<T: Element> Lent<'_, T> {
  /// The elements that lie in bytes; `None` where they cannot lie.
  ///
  /// # Safety
  ///
  /// The bytes are there for as long as the result lives, and are written only through it or another of these.
  #[inline]
  pub(super) unsafe fn new(bytes: abi::Slice) -> Option<Self> {
    let start = NonNull::new(bytes.ptr.cast_mut().cast::<T>()).unwrap_or(NonNull::dangling());
    start.is_aligned().then_some(Self { start, length: bytes.len / size_of::<T>(), lent: PhantomData })
  }

  /// Where they are.
  #[inline]
  pub fn as_ptr_range(&self) -> Range<*const T> {
    let start = self.start.as_ptr().cast_const();
    start..start.wrapping_add(self.length)
  }

  /// To be read.
  ///
  /// # Safety
  ///
  /// Nobody writes them while the result lives.
  #[inline]
  pub unsafe fn as_slice(&self) -> &[T] {
    // SAFETY: the promises of `new` and of the caller; any bits are an element, and `new` has looked at the alignment.
    unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
  }

  /// To be written.
  ///
  /// # Safety
  ///
  /// Nobody else uses them while the result lives.
  #[inline]
  pub unsafe fn as_mut_slice(&mut self) -> &mut [T] {
    // SAFETY: as above.
    unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
  }

  /// A copy.
  #[inline]
  pub fn to_vec(&self) -> Vec<T> {
    // SAFETY: nobody writes them here.
    unsafe { self.as_slice() }.to_vec()
  }
}
