//! What a plugin fills in, and how what it passes is read: texts and errors.

use std::mem::ManuallyDrop;

use plugbay_core::OpFailure;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

/// An outcome for a plugin to fill in.
pub fn new_outcome() -> abi::Outcome {
  abi::Outcome {
    size: size_of::<abi::Outcome>(),
    kind: abi::outcome::NOT_FOUND,
    reserved: 0,
    payload: abi::OutcomePayload { future: abi::Future { data: std::ptr::null_mut(), vtable: std::ptr::null() } },
  }
}

/// Takes over an error.
///
/// # Safety
///
/// A plugin made it and gave it away.
pub unsafe fn take_report(report: abi::ErrorReport) -> OpFailure {
  let text = |buffer| {
    // SAFETY: the three buffers of a report are whole, and are the receiver's.
    let buffer = unsafe { OwnedBuffer::from_raw(buffer) };
    String::from_utf8_lossy(&buffer).into_owned()
  };
  OpFailure::from_texts(text(report.class), text(report.code), text(report.message))
}

/// Puts a failure into an outcome, for a plugin to take over.
pub(crate) fn write_failure(outcome: &mut abi::Outcome, failure: &OpFailure) {
  let text = |text: &str| OwnedBuffer::from(text.as_bytes().to_vec()).into_raw();
  outcome.payload.error = ManuallyDrop::new(abi::ErrorReport {
    size: size_of::<abi::ErrorReport>(),
    class: text(&failure.class),
    code: text(&failure.code),
    message: text(&failure.message),
  });
  outcome.kind = abi::outcome::ERROR;
}

pub(super) fn bad_outcome(found: String) -> OpFailure {
  OpFailure::abi_unknown_answer(found, abi::ABI_VERSION)
}

/// # Safety
///
/// The slice is valid for as long as the result is used.
pub(super) unsafe fn slice<'a>(slice: &abi::Slice) -> &'a [u8] {
  match slice.ptr.is_null() {
    true => &[],
    // SAFETY: the caller's promise.
    false => unsafe { std::slice::from_raw_parts(slice.ptr, slice.len) },
  }
}
