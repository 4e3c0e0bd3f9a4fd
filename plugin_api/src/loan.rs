//! Lends a [`ZeroCopyBuf`] without the op's noticing: its owner is a [`Loan`], which counts the holders. This module is
//! one of them. When the op has returned and nobody else is left, nothing has escaped, and the loan serves the next
//! call. Else the host is asked to hold the memory, now, while it is still there, and its buffer is put into the loan;
//! whoever escaped has the loan, and through it the memory. The last holder releases both, on whatever thread.

use std::cell::Cell;
use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::ptr::null_mut;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use plugin_abi as abi;

use crate::ZeroCopyBuf;

/// What the owner of a lent buffer points to.
struct Loan {
  /// Buffers that name it, and this module while it waits for the op.
  holders: AtomicUsize,
  /// The host's buffer of the same bytes, once one has escaped: written before this module lets go of the loan, and not
  /// looked at before the last holder has. Nothing until then.
  held: UnsafeCell<abi::Buffer>,
}

static VTABLE: abi::BufferVTable =
  abi::BufferVTable { size: size_of::<abi::BufferVTable>(), retain: Some(retain), release: Some(release) };

/// # Safety
///
/// `from` is a live buffer with the vtable above; `to` can be written.
unsafe extern "C" fn retain(from: *const abi::Buffer, to: *mut abi::Buffer) {
  // SAFETY: the caller's promise: the owner is a loan, which lives while `from` counts.
  unsafe {
    let loan = &*std::ptr::with_exposed_provenance::<Loan>((*from).owner[0]);
    // As `Arc` does it: whoever has a holder can make another without looking at anything.
    loan.holders.fetch_add(1, Ordering::Relaxed);
    to.copy_from_nonoverlapping(from, 1);
  }
}

/// # Safety
///
/// `buffer` is a live buffer with the vtable above, and is given up.
unsafe extern "C" fn release(buffer: *mut abi::Buffer) {
  // SAFETY: the caller's promise.
  unsafe { let_go(std::ptr::with_exposed_provenance_mut((*buffer).owner[0]), 1) };
}

/// Takes `holders` from a loan, and frees it with the last.
///
/// # Safety
///
/// So many are the caller's to give up.
unsafe fn let_go(loan: *mut Loan, holders: usize) {
  // SAFETY: the loan lives while the caller's holders count.
  if unsafe { &(*loan).holders }.fetch_sub(holders, Ordering::AcqRel) == holders {
    // SAFETY: it was the last, and `AcqRel` has what the others did before come before this. The loan came from a box.
    let loan = unsafe { Box::from_raw(loan) };
    // SAFETY: nothing, or a whole buffer of the host's.
    drop(unsafe { abi::OwnedBuffer::from_raw(loan.held.into_inner()) });
  }
}

/// The loan of a plugin that nobody holds, for the next call.
pub(crate) struct SpareLoan(Cell<*mut Loan>);

impl Default for SpareLoan {
  fn default() -> Self {
    Self(Cell::new(null_mut()))
  }
}

impl Drop for SpareLoan {
  fn drop(&mut self) {
    let loan = self.0.get();
    if !loan.is_null() {
      // SAFETY: nobody holds it, and it came from a box.
      drop(unsafe { Box::from_raw(loan) });
    }
  }
}

impl SpareLoan {
  /// A loan that no one else knows of.
  #[inline]
  fn take(&self) -> NonNull<Loan> {
    NonNull::new(self.0.replace(null_mut())).unwrap_or_else(|| {
      let loan = Loan { holders: AtomicUsize::new(0), held: UnsafeCell::new(abi::Buffer::EMPTY) };
      NonNull::from(Box::leak(Box::new(loan)))
    })
  }
}

/// Lends bytes to an op while it runs. `hold` is asked for a buffer of the host's if something of them outlives that.
///
/// What the op sees is built and looked at in one place, and never moved: a copy by wide loads of what narrow stores
/// have just written would cost more than all the rest.
#[inline]
pub(crate) fn lend<R>(
  spare: &SpareLoan,
  bytes: abi::Slice,
  op: impl FnOnce(&mut ZeroCopyBuf) -> R,
  hold: impl FnOnce(&mut abi::Buffer),
) -> R {
  let loan = spare.take();
  let owner = loan.as_ptr().expose_provenance();
  // SAFETY: it came from a box.
  let holders = unsafe { &loan.as_ref().holders };
  // The buffer and this. Nobody else knows of the loan.
  holders.store(2, Ordering::Relaxed);
  let buffer = abi::Buffer { ptr: bytes.ptr.cast_mut(), len: bytes.len, vtable: &VTABLE, owner: [owner, 0] };
  // SAFETY: it is one holder of the loan. The bytes are there while the op runs; what outlives that is held below.
  let mut buffer = ManuallyDrop::new(unsafe { ZeroCopyBuf::from_raw(buffer) });
  let result = op(&mut buffer);
  let mut ours = 1;
  if buffer.is_of(&VTABLE, owner) {
    // It is not dropped: that would be an atomic operation, and a spare loan begins anew.
    ours = 2;
  } else {
    // The op has exchanged it for another.
    // SAFETY: it is not used again.
    unsafe { ManuallyDrop::drop(&mut buffer) };
  }
  // What others did with what they let go of comes before.
  if holders.load(Ordering::Acquire) == ours {
    spare.0.set(loan.as_ptr());
  } else {
    // SAFETY: this is a holder, and the others do not look at it before this lets go.
    hold(unsafe { &mut *loan.as_ref().held.get() });
    // SAFETY: so many are this one's.
    unsafe { let_go(loan.as_ptr(), ours) };
  }
  result
}
