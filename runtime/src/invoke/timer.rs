//! Ends a function of a script that runs past its caller's deadline.
//!
//! A thread waits for the deadline and has V8 interrupt what runs then, on the isolate's thread, where the stack says
//! whose code that is. V8 ends it without `finally`: so nothing is ended in the middle of the runtime's own JavaScript,
//! nor anywhere within a call of a guest, which has a deadline of its own. There it is tried again a millisecond later.

use std::cell::OnceCell;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use deno_core::v8;
use v8_bridge::Scope;

/// When it is tried again.
const AGAIN: Duration = Duration::from_millis(1);
/// Frames of the stack that are looked at, which a stack of the usual size does not have.
const MAX_FRAMES: usize = i32::MAX as usize;

/// What ends calls of one runtime. The thread is there from the first call on that has a deadline.
#[derive(Default)]
pub(crate) struct CallTimer(OnceCell<Box<Watched>>);

/// What an interrupt gets.
struct Watched {
  shared: Arc<Shared>,
  context: v8::Global<v8::Context>,
}

/// What the isolate's thread and the timer's tell each other.
#[derive(Default)]
struct Shared {
  state: Mutex<State>,
  changed: Condvar,
}

#[derive(Default)]
struct State {
  /// When the call has to be done that runs, if it has to.
  ends_at: Option<Instant>,
  /// It was ended.
  has_ended: bool,
  /// V8 was asked to interrupt it, and has not yet.
  is_asked: bool,
  /// Until when the thread sleeps; nothing when it waits to be woken.
  sleeps_until: Option<Instant>,
  is_closed: bool,
}

impl State {
  fn is_late(&self) -> bool {
    self.ends_at.is_some_and(|at| at <= Instant::now())
  }
}

impl Shared {
  fn state(&self) -> MutexGuard<'_, State> {
    self.state.lock().unwrap_or_else(PoisonError::into_inner)
  }
}

impl CallTimer {
  /// A call begins that has to be done by then; `finish` follows. Where the system has no thread left, nothing ends it.
  pub(crate) fn begin(&self, scope: Scope<'_, '_, '_>, ends_at: Instant) {
    let watched = self.0.get_or_init(|| start(scope));
    let mut state = watched.shared.state();
    state.ends_at = Some(ends_at);
    state.has_ended = false;
    // To wake the thread takes longer than all else here: one that wakes too early sleeps on.
    if state.sleeps_until.is_none_or(|until| until > ends_at) {
      drop(state);
      watched.shared.changed.notify_one();
    }
  }

  /// Whether the call was ended.
  pub(crate) fn has_ended(&self) -> bool {
    self.0.get().is_some_and(|watched| watched.shared.state().has_ended)
  }

  /// The call is done. Whatever runs next is not ended for it.
  pub(crate) fn finish(&self, scope: Scope<'_, '_, '_>) {
    let Some(watched) = self.0.get() else { return };
    let mut state = watched.shared.state();
    state.ends_at = None;
    if state.has_ended {
      scope.cancel_terminate_execution();
    }
  }
}

impl Drop for CallTimer {
  fn drop(&mut self) {
    if let Some(watched) = self.0.get() {
      watched.shared.state().is_closed = true;
      watched.shared.changed.notify_one();
    }
  }
}

fn start(scope: Scope<'_, '_, '_>) -> Box<Watched> {
  let context = scope.get_current_context();
  let watched = Box::new(Watched { shared: Arc::default(), context: v8::Global::new(scope, context) });
  let (shared, isolate, data) =
    (watched.shared.clone(), scope.thread_safe_handle(), (&raw const *watched).expose_provenance());
  let work = move || keep_time(&shared, &isolate, data);
  let _ = thread::Builder::new().name("plugbay-timer".to_string()).spawn(work);
  watched
}

fn keep_time(shared: &Shared, isolate: &v8::IsolateHandle, data: usize) {
  let mut state = shared.state();
  while !state.is_closed {
    let now = Instant::now();
    let until = match state.ends_at {
      Some(at) if at <= now => {
        if !std::mem::replace(&mut state.is_asked, true) {
          isolate.request_interrupt(interrupt, std::ptr::with_exposed_provenance_mut(data));
        }
        Some(now + AGAIN)
      }
      ends_at => ends_at,
    };
    state.sleeps_until = until;
    state = match until {
      Some(until) => shared.changed.wait_timeout(state, until - now).unwrap_or_else(PoisonError::into_inner).0,
      None => shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
    };
  }
}

/// # Safety
///
/// V8 calls it on the isolate's thread, while JavaScript runs, with what [`keep_time`] passed on.
unsafe extern "C" fn interrupt(isolate: v8::UnsafeRawIsolatePtr, watched: *mut c_void) {
  // SAFETY: the timer has it in a box; that is the host's, which outlives the isolate.
  let watched = unsafe { &*watched.cast::<Watched>() };
  let mut state = watched.shared.state();
  state.is_asked = false;
  if !state.is_late() {
    return;
  }
  // SAFETY: it is the isolate that was interrupted, whose thread this is.
  let mut isolate = unsafe { v8::Isolate::from_raw_isolate_ptr(isolate) };
  v8::scope!(let scope, &mut isolate);
  let context = v8::Local::new(scope, &watched.context);
  let scope = &mut v8::ContextScope::new(scope, context);
  if may_end(scope) {
    state.has_ended = true;
    scope.terminate_execution();
  }
}

/// Whether what runs may be ended where it is.
fn may_end(scope: &v8::PinScope<'_, '_>) -> bool {
  let Some(stack) = v8::StackTrace::current_stack_trace(scope, MAX_FRAMES) else { return false };
  let frames = stack.get_frame_count();
  frames > 0
    && (0..frames).all(|index| {
      let Some(frame) = stack.get_frame(scope, index) else { return false };
      let name = frame.get_script_name(scope).map(|name| name.to_rust_string_lossy(scope)).unwrap_or_default();
      let is_of_guests = frame.is_wasm() || OF_GUESTS.iter().any(|of_guests| name.starts_with(of_guests));
      !is_of_guests && (index > 0 || !name.starts_with("ext:"))
    })
}

/// The runtime's JavaScript that calls guests.
const OF_GUESTS: [&str; 3] = ["ext:plugbay/wasm/", "ext:plugbay/worlds/", "ext:plugbay/providers/"];
