//! What happens where a script has filled V8's heap, or another thread ends what it does.
//!
//! V8 ends the process there, and with it the program that embeds it, unless it is told that the heap may grow. So it
//! is told so, and the script is ended: what has begun gets the memory that it needs to come to its end, and the
//! runtime runs nothing after that. Guests have checks of their own in their code, which are told as well.
//!
//! To be ended once is not enough. A native function that was about to make something of V8's says by an error that it
//! could not, and the script may catch that: so it is ended again and again until it has.

use std::cell::Cell;
use std::ffi::CStr;
use std::ffi::c_char;
use std::io::Write;
use std::panic;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::sync::mpsc::RecvTimeoutError;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use deno_core::JsRuntime;
use deno_core::v8;
use plugbay_core::ErrorCode;
use wasm_host::Interrupts;

use crate::Error;

/// What the snapshot and V8 itself need, and a little for the script.
const MIN_LIMIT: usize = 16 << 20;
/// What V8 starts with for new objects: two spaces of 4 MiB and as much for large ones. In spaces of 1 MiB, as it has
/// by itself, opening a component has it collect twice what nearly all stays.
const YOUNG: usize = 3 * (4 << 20);
/// How much the heap grows each time V8 asks: no object of V8's is larger, and a script is ended between two objects.
const STEP: usize = 1 << 30;
/// How much it grows at most. Some of V8's functions make many objects before they look whether they are to end.
const MAX_GROWTH: usize = 4 << 30;

/// How long a script runs on at most that has caught its end.
const AGAIN: Duration = Duration::from_millis(1);

/// How an isolate's heap fares.
pub(crate) struct Heap {
  /// The limit that was reached.
  filled: Rc<Cell<Option<usize>>>,
  /// Another thread has ended what runs.
  is_ended: Arc<AtomicBool>,
  ending: Arc<Mutex<Option<Ending>>>,
  isolate: v8::IsolateHandle,
}

impl Heap {
  /// Settings for an isolate.
  ///
  /// # Errors
  ///
  /// When the limit is too low for any script.
  pub(crate) fn create_params(limit: Option<usize>, params: v8::CreateParams) -> Result<v8::CreateParams, Error> {
    let params = match limit {
      None => params,
      Some(limit) if limit < MIN_LIMIT => return Err(Error::SmallHeap { limit, least: MIN_LIMIT }),
      Some(limit) => params.heap_limits(0, limit),
    };
    Ok(params.set_initial_young_generation_size_in_bytes(YOUNG))
  }

  /// Has the script and all guests ended, instead of the process, when the isolate's heap is full.
  pub(crate) fn watch(js: &mut JsRuntime, limit: Option<usize>, guests: Interrupts) -> Self {
    let isolate = js.v8_isolate().thread_safe_handle();
    let heap = Self { filled: Rc::default(), is_ended: Arc::default(), ending: Arc::default(), isolate };
    let (filled, ending, isolate) = (heap.filled.clone(), heap.ending.clone(), heap.isolate.clone());
    js.add_near_heap_limit_callback(move |current, initial| {
      filled.set(Some(limit.unwrap_or(initial)));
      guests.end_all();
      end(&isolate, &ending);
      (current + STEP).min(initial + MAX_GROWTH)
    });
    js.v8_isolate().set_oom_error_handler(out_of_memory);
    heap
  }

  /// Ends what runs, from any thread; the runtime is at its end then.
  pub(crate) fn ender(&self) -> impl Fn() + Send + Sync + use<> {
    let (is_ended, ending, isolate) = (self.is_ended.clone(), self.ending.clone(), self.isolate.clone());
    move || {
      is_ended.store(true, Ordering::SeqCst);
      end(&isolate, &ending);
    }
  }

  /// # Errors
  ///
  /// When the heap was filled or another thread has ended what runs, now or before: the runtime is at its end.
  pub(crate) fn check(&self) -> Result<(), Error> {
    match self.filled.get() {
      Some(limit) => Err(Error::HeapLimit { limit }),
      None if self.is_ended.load(Ordering::SeqCst) => Err(Error::Ended),
      None => Ok(()),
    }
  }

  /// Does what runs code of the script, unless the runtime is at its end.
  ///
  /// # Errors
  ///
  /// What `work` gives, but what [`Heap::check`] says, whatever it gave.
  pub(crate) fn run<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    self.check()?;
    // Deno's crates do not expect everywhere that a script is ended, and panic.
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    drop(self.ending.lock().unwrap_or_else(PoisonError::into_inner).take());
    self.check()?;
    done.unwrap_or_else(|payload| panic::resume_unwind(payload))
  }
}

fn end(isolate: &v8::IsolateHandle, ending: &Mutex<Option<Ending>>) {
  isolate.terminate_execution();
  let mut ending = ending.lock().unwrap_or_else(PoisonError::into_inner);
  ending.get_or_insert_with(|| Ending::begin(isolate.clone()));
}

/// Ends what an isolate runs, again and again until this is dropped.
struct Ending {
  /// Nothing is sent: the thread waits for its end.
  until: Option<mpsc::Sender<()>>,
  thread: Option<JoinHandle<()>>,
}

impl Ending {
  fn begin(isolate: v8::IsolateHandle) -> Self {
    let (until, ended) = mpsc::channel::<()>();
    let again = move || {
      while ended.recv_timeout(AGAIN) == Err(RecvTimeoutError::Timeout) {
        isolate.terminate_execution();
      }
    };
    // Where the system has no thread left, the script has been ended once.
    let thread = thread::Builder::new().name("heap_limit".to_owned()).spawn(again).ok();
    Self { until: Some(until), thread }
  }
}

impl Drop for Ending {
  fn drop(&mut self) {
    drop(self.until.take());
    if let Some(thread) = self.thread.take() {
      let _ = thread.join();
    }
  }
}

/// The last word, where not even what the heap may grow by is enough, or the system has no more memory: V8 ends the
/// process after this.
unsafe extern "C" fn out_of_memory(location: *const c_char, details: &v8::OomDetails) {
  // SAFETY: V8 passes a string that ends with a zero.
  let location = unsafe { CStr::from_ptr(location) }.to_string_lossy();
  let what =
    if details.is_heap_oom { "the script has filled V8's heap, and far more" } else { "there is no memory left" };
  let _ =
    writeln!(std::io::stderr(), "error: {what} ({location}): the process ends here ({})", ErrorCode::HeapLimit.code());
}
