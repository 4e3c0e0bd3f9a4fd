//! Lending calls: V8 calls an op of the 2020 shape directly, and the op looks at the script's buffer in place, held by
//! nobody. Only what outlives the call, because the op kept or cloned it, is held by the host. [`abi::LentContext`] has
//! the rules.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::ptr::NonNull;

use plugin_abi as abi;

use crate::OpError;
use crate::ZeroCopyBuf;
use crate::answer::Answer;
use crate::answer::write_answer;
use crate::future;
use crate::host::HostRef;
use crate::into_op::Code;
use crate::loan::lend;
use crate::outcome::write_error;
use crate::registered::Registered;
use crate::typed::Local;
use crate::typed::to_usize;

/// [`abi::OpDefinition::lent`] of every op with the encoding "bytes".
///
/// # Safety
///
/// As [`abi::LentContext`] says, of an op that was registered with it.
pub(crate) unsafe extern "C" fn call_lent(
  _receiver: Local,
  context: abi::Address,
  view: Local,
  address: abi::Address,
  length: u32,
  count: u32,
  options: *const c_void,
) {
  // SAFETY: the caller's promise: addresses.
  let (context, address) = unsafe { (to_usize(context), to_usize(address)) };
  // SAFETY: the caller's promise: the host waits for this call, and the op is registered.
  let (context, op) = unsafe {
    let context = std::ptr::with_exposed_provenance_mut::<abi::LentContext>(context);
    (Context(NonNull::new_unchecked(context)), &*(*context).fast.data.cast::<Registered<Code>>())
  };
  // SAFETY: the table lives for ever.
  let table = unsafe { &*(*context.get()).table };
  let mut bytes = abi::Slice { ptr: std::ptr::with_exposed_provenance(address), len: length as usize };
  // SAFETY: the view and the options of this call.
  if count != 0 && bytes.ptr.is_null() && unsafe { (table.lend)(view, options, &mut bytes) } == 0 {
    context.set_status(abi::status::RETRY);
    return;
  }
  // SAFETY: the context is the op's while it is called.
  if unsafe { (*context.get()).is_answered } != 0 {
    context.drop_answer();
  }
  op.instance.has_registered.set(false);
  let answer = match count {
    0 => context.run(op, &mut []),
    _ => {
      // SAFETY: as above.
      unsafe { abi::FastContext::add_sent(&raw mut (*context.get()).fast, bytes.len) };
      lend(
        &op.instance.spare_loan,
        bytes,
        |buffer| context.run(op, std::slice::from_mut(buffer)),
        // SAFETY: the view and the options of this call.
        |buffer| unsafe { (table.hold)(view, options, buffer) },
      )
    }
  };
  let must_tell = op.instance.has_failed.take() | op.instance.has_registered.take();
  match answer {
    Ok(Answer::Sync(Ok(bytes))) if bytes.is_empty() && !must_tell => {}
    answer => context.tell(answer),
  }
}

/// The circumstances of the call that is running. Nobody has a reference to all of them: other threads read the counts
/// among them.
#[derive(Clone, Copy)]
struct Context(NonNull<abi::LentContext>);

impl Context {
  fn get(self) -> *mut abi::LentContext {
    self.0.as_ptr()
  }

  #[inline]
  fn host(self) -> HostRef {
    // SAFETY: the context is the op's while it is called.
    let (table, instance) = unsafe { ((*self.get()).call.host, (*self.get()).call.instance) };
    HostRef { table, instance }
  }

  #[cold]
  fn set_status(self, status: u32) {
    // SAFETY: the exchange is the host's, which waits.
    unsafe { (*(*self.get()).fast.exchange).status = status };
  }

  /// Calls the author's code. A panic is an answer of its own.
  #[inline]
  fn run(self, op: &Registered<Code>, buffers: &mut [ZeroCopyBuf]) -> Result<Answer, OpError> {
    let host = self.host();
    let mut interface = host;
    let Code::Bytes(code) = &op.code else { return Ok(Answer::NotFound) };
    // SAFETY: the context is the op's while it is called.
    let current = unsafe { (*self.get()).fast.current };
    // SAFETY: the cell of this thread, which only plugins that run on it use.
    let previous = unsafe { current.replace(host.instance) };
    let answer = catch_unwind(AssertUnwindSafe(|| code(&mut interface, buffers)));
    // SAFETY: as above.
    unsafe { current.write(previous) };
    answer.map_err(OpError::from_panic)
  }

  /// Leaves an answer for the host to take.
  #[cold]
  fn tell(self, answer: Result<Answer, OpError>) {
    // SAFETY: the context is the op's while it is called.
    let out = unsafe { &mut (*self.get()).outcome };
    out.kind = abi::outcome::NOT_FOUND;
    match answer {
      Ok(answer) => write_answer(out, answer, self.host()),
      Err(error) => write_error(out, error),
    }
    // SAFETY: as above.
    unsafe { (*self.get()).is_answered = 1 };
    self.set_status(abi::status::ANSWERED);
  }

  /// Drops an answer that the host never took.
  #[cold]
  fn drop_answer(self) {
    // SAFETY: the context is the op's while it is called.
    let (is_answered, outcome) = unsafe { (&mut (*self.get()).is_answered, &mut (*self.get()).outcome) };
    *is_answered = 0;
    let payload = &mut outcome.payload;
    // SAFETY: `tell` wrote it, and nobody has taken it: the kind says which field is set.
    unsafe {
      match outcome.kind {
        abi::outcome::SYNC => drop(abi::OwnedBuffer::from_raw(ManuallyDrop::take(&mut payload.buffer))),
        abi::outcome::ASYNC | abi::outcome::ASYNC_UNREF => future::drop_raw(payload.future),
        abi::outcome::ERROR => {
          let abi::ErrorReport { class, code, message, .. } = ManuallyDrop::take(&mut payload.error);
          for text in [class, code, message] {
            drop(abi::OwnedBuffer::from_raw(text));
          }
        }
        _ => {}
      }
    }
  }
}
