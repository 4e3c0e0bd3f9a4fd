//! The plugin's side of [`Interface`]: a trait object that is made inside the plugin, over the host's C table.

use std::cell::Cell;

use plugin_abi as abi;

use crate::IntoOp;
use crate::OpError;
use crate::OpId;
use crate::Resources;
use crate::entry;
use crate::op::OpObject;

/// What a plugin can ask of the host while its init or one of its ops runs.
///
/// # Examples
///
/// An op can register another:
///
/// ```
/// use plugin_api::{Interface, Op, ZeroCopyBuf};
///
/// fn open_channel(interface: &mut dyn Interface, _: &mut [ZeroCopyBuf]) -> Op {
///   interface.register_op("send", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
///     Op::Sync(buffers[0].to_vec().into())
///   });
///   Op::Sync(Box::new([]))
/// }
/// ```
pub trait Interface {
  /// Has the init fail, and with it `Deno.openPlugin`: nothing of the plugin stays registered. In an op it has the call
  /// fail. The last error given counts.
  fn fail(&mut self, error: OpError);

  /// The plugin's resources: values of its own that a script holds by number.
  fn resources(&self) -> Resources;

  /// Writes a line to the host's log.
  fn log(&self, level: LogLevel, message: &str);

  /// What [`register_op`](trait.Interface.html#method.register_op) calls.
  #[doc(hidden)]
  fn register_object(&mut self, name: &str, op: OpObject) -> OpId;
}

impl dyn Interface + '_ {
  /// Puts an op into the host's table under `name` and answers its id.
  ///
  /// # Errors
  ///
  /// The id is 0 when the host refused, because the plugin has an op of that name or the name is empty. The init or the
  /// op that is running then fails with an error that says so.
  pub fn register_op<Shape>(&mut self, name: &str, op: impl IntoOp<Shape>) -> OpId {
    self.register_object(name, op.into_op())
  }
}

/// How much a line in the log matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
  /// Something failed.
  Error = 1,
  /// Something is odd.
  Warn = 2,
  /// Something happened.
  Info = 3,
  /// For whoever looks for a fault.
  Debug = 4,
}

/// The host's table and the number of this open plugin: all there is behind an [`Interface`].
#[derive(Clone, Copy)]
pub(crate) struct HostRef {
  pub(crate) table: &'static abi::HostTable,
  pub(crate) instance: u64,
}

impl HostRef {
  pub(crate) fn slice(text: &str) -> abi::Slice {
    abi::Slice { ptr: text.as_ptr(), len: text.len() }
  }
}

impl Interface for HostRef {
  fn fail(&mut self, error: OpError) {
    let mut report = error.into_report();
    // SAFETY: the report is whole, and the host takes its buffers; an Interface only exists on the isolate's thread,
    // because it is lent to init and ops there.
    unsafe { (self.table.fail)(self.instance, &mut report) };
  }

  fn resources(&self) -> Resources {
    Resources::new(*self)
  }

  fn log(&self, level: LogLevel, message: &str) {
    // SAFETY: the text outlives the call.
    unsafe { (self.table.log)(self.instance, level as u32, Self::slice(message)) };
  }

  fn register_object(&mut self, name: &str, op: OpObject) -> OpId {
    let definition = abi::OpDefinition {
      size: size_of::<abi::OpDefinition>(),
      name: Self::slice(name),
      encoding: op.encoding,
      reserved: 0,
      call: Some(entry::call_op),
      data: Box::into_raw(Box::new(op)).cast(),
      drop: Some(entry::drop_op),
    };
    // SAFETY: the definition and the name outlive the call; `data` is what `call_op` and `drop_op` expect, and the host
    // drops it once whatever it answers. The thread is the isolate's, as in `fail`.
    unsafe { (self.table.register_op)(self.instance, &definition) as OpId }
  }
}

thread_local! {
  static CURRENT: Cell<Option<HostRef>> = const { Cell::new(None) };
}

/// Runs `work` with `host` as the answer of [`current`], which is put back as it was even when `work` panics.
pub(crate) fn enter<R>(host: HostRef, work: impl FnOnce() -> R) -> R {
  struct Restore<'a> {
    current: &'a Cell<Option<HostRef>>,
    previous: Option<HostRef>,
  }
  impl Drop for Restore<'_> {
    fn drop(&mut self) {
      self.current.set(self.previous);
    }
  }
  // Looked up once: it takes a call in a dynamic library.
  CURRENT.with(|current| {
    let _restore = Restore { current, previous: current.replace(Some(host)) };
    work()
  })
}

/// The plugin whose init, op or future is running on this thread.
///
/// # Panics
///
/// Elsewhere, with a message that says so.
#[track_caller]
pub(crate) fn current(what: &str) -> HostRef {
  CURRENT.get().unwrap_or_else(|| {
    panic!("{what} was called outside of a plugin's init, op or op future; call it in the op and move what it gives")
  })
}
