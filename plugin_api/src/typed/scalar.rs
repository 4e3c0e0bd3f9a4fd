//! Booleans, integers and floats.

use std::ptr::NonNull;

use plugin_abi as abi;

use crate::outcome::Done;

/// A type that crosses in a register.
pub trait Scalar: Copy {
  /// Its [`abi::kind`].
  const KIND: u32;
  /// What stands for it in C, as a parameter and as a result of a fast function.
  type C: Default;

  /// # Safety
  ///
  /// `c` is in the range of the type, as [`abi::FastContext`] says.
  unsafe fn from_c(c: Self::C) -> Self;

  /// The result of a fast function.
  ///
  /// # Safety
  ///
  /// `exchange` is the host's, and nobody else uses it meanwhile.
  #[doc(hidden)]
  unsafe fn into_c(self, exchange: NonNull<abi::Exchange>) -> Self::C;

  /// # Safety
  ///
  /// The argument is one of the kind.
  unsafe fn from_argument(argument: abi::Argument) -> Self;

  /// The result of the slow path.
  #[doc(hidden)]
  fn into_done(self) -> Done;
}

/// Those that are a number on the slow path.
macro_rules! numbers {
  ($($ty:ident $kind:ident $c:ident, $number:ident => $from_number:expr;)*) => {
    $(impl Scalar for $ty {
      const KIND: u32 = abi::kind::$kind;
      type C = $c;

      #[inline(always)]
      unsafe fn from_c(c: $c) -> Self {
        c as $ty
      }

      #[inline(always)]
      unsafe fn into_c(self, _: NonNull<abi::Exchange>) -> $c {
        self as $c
      }

      #[inline]
      unsafe fn from_argument(argument: abi::Argument) -> Self {
        // SAFETY: the caller's promise.
        let $number = unsafe { argument.number };
        $from_number
      }

      #[inline]
      fn into_done(self) -> Done {
        Done::Number(f64::from(self as $c))
      }
    })*
  };
}

numbers! {
  bool BOOL bool, number => number != 0.0;
  i8 I8 i32, number => number as i8;
  u8 U8 u32, number => number as u8;
  i16 I16 i32, number => number as i16;
  u16 U16 u32, number => number as u16;
  i32 I32 i32, number => number as i32;
  u32 U32 u32, number => number as u32;
  f32 F32 f64, number => number as f32;
  f64 F64 f64, number => number;
}

// In a wasm32 guest a script that passes more than these hold gets an error, as with any other number out of range.
#[cfg(target_pointer_width = "32")]
numbers! {
  isize I32 i32, number => number as isize;
  usize U32 u32, number => number as usize;
}

/// The largest integer up to which a double holds each.
const SAFE: u64 = (1 << 53) - 1;

/// Those of 64 bits.
macro_rules! integers {
  ($($ty:ident $kind:ident, $value:ident => $is_safe:expr;)*) => {
    $(impl Scalar for $ty {
      const KIND: u32 = abi::kind::$kind;
      type C = f64;

      #[inline(always)]
      unsafe fn from_c(c: f64) -> Self {
        // SAFETY: the caller's promise: a whole number within ±(2⁵³ - 1). The cast `as` would take longer. An u64 comes
        // by way of i64, which is one instruction.
        unsafe { c.to_int_unchecked::<i64>() as Self }
      }

      #[inline(always)]
      unsafe fn into_c(self, exchange: NonNull<abi::Exchange>) -> f64 {
        let $value = self;
        if $is_safe {
          return self as i64 as f64;
        }
        // SAFETY: the caller's promise.
        unsafe { (*exchange.as_ptr()).integer = self as u64 };
        f64::NAN
      }

      #[inline]
      unsafe fn from_argument(argument: abi::Argument) -> Self {
        // SAFETY: the caller's promise.
        unsafe { argument.integer as Self }
      }

      #[inline]
      fn into_done(self) -> Done {
        Done::Integer(self as u64)
      }
    })*
  };
}

integers! {
  i64 I64, value => value.unsigned_abs() <= SAFE;
  u64 U64, value => value <= SAFE;
}

#[cfg(target_pointer_width = "64")]
integers! {
  isize I64, value => value.unsigned_abs() as u64 <= SAFE;
  usize U64, value => value as u64 <= SAFE;
}
