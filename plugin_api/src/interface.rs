//! The plugin's side of [`Interface`]: a trait object that is made inside the plugin, over the host's C table.

use std::cell::RefCell;
use std::ptr::null;
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering;

use plugin_abi as abi;

use crate::DispatchOpFn;
use crate::IntoOp;
use crate::OpError;
use crate::OpId;
use crate::Resources;
use crate::entry;
use crate::instance::Instance;
use crate::op::OpObject;
use crate::op::Registered;
use crate::op::ZeroCopyShape;

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

  /// What functions over any `I: Interface + ?Sized` call, as Deno 1 declared it. `&mut dyn Interface` has a
  /// [`register_op`](trait.Interface.html#method.register_op-1) of its own, which takes ops of every kind.
  // By `&self`, so that a call on `&mut dyn Interface` finds the other one first.
  fn register_op(&self, name: &str, op: DispatchOpFn) -> OpId;

  /// What [`register_op`](trait.Interface.html#method.register_op) calls.
  #[doc(hidden)]
  fn register_object(&mut self, name: &str, op: OpObject) -> OpId;

  /// What [`put_state`](trait.Interface.html#method.put_state) calls.
  #[doc(hidden)]
  fn instance_number(&self) -> u64;
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

  /// Keeps a value that ops under `#[op]` get as `&mut T`: the plugin's state of type `T`, one for each time that the
  /// plugin is opened. It replaces the state of that type, if there is one. It is dropped on the isolate's thread, when
  /// the plugin is closed and its last op is gone.
  ///
  /// ```
  /// use plugin_api::{Interface, op};
  ///
  /// struct Counter {
  ///   next: u32,
  /// }
  ///
  /// #[op]
  /// fn next(counter: &mut Counter) -> u32 {
  ///   counter.next += 1;
  ///   counter.next
  /// }
  ///
  /// fn deno_plugin_init(interface: &mut dyn Interface) {
  ///   interface.put_state(Counter { next: 0 });
  ///   interface.register_op("next", next);
  /// }
  /// ```
  pub fn put_state<T: 'static>(&mut self, value: T) {
    Instance::of(self.instance_number()).put_state(value);
  }

  /// The state that was given to [`put_state`](trait.Interface.html#method.put_state), for ops that are not under
  /// `#[op]`.
  ///
  /// # Errors
  ///
  /// When there is none of that type.
  pub fn state<T: 'static>(&self) -> Result<Rc<RefCell<T>>, OpError> {
    Instance::of(self.instance_number()).state()
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
  /// Has the init or the call that is running fail.
  pub(crate) fn tell_failure(self, error: OpError) {
    let mut report = error.into_report();
    // SAFETY: the report is whole, and the host takes its buffers. A HostRef only exists on the isolate's thread,
    // because it is lent to init and ops there.
    unsafe { (self.table.fail)(self.instance, &mut report) };
  }

  pub(crate) fn slice(text: &str) -> abi::Slice {
    abi::Slice { ptr: text.as_ptr(), len: text.len() }
  }
}

impl Interface for HostRef {
  fn fail(&mut self, error: OpError) {
    Instance::of(self.instance).has_failed.set(true);
    self.tell_failure(error);
  }

  fn resources(&self) -> Resources {
    Resources::new(*self)
  }

  fn log(&self, level: LogLevel, message: &str) {
    // SAFETY: the text outlives the call.
    unsafe { (self.table.log)(self.instance, level as u32, Self::slice(message)) };
  }

  fn register_op(&self, name: &str, op: DispatchOpFn) -> OpId {
    let mut host = *self;
    host.register_object(name, IntoOp::<ZeroCopyShape>::into_op(op))
  }

  fn register_object(&mut self, name: &str, op: OpObject) -> OpId {
    let instance = Instance::of(self.instance);
    let registered = Box::new(Registered { op, instance: instance.clone() });
    let encoding = registered.op.encoding();
    let lent = registered.op.lent();
    let parameters;
    let signature = match registered.op.signature() {
      Some((signature, fast)) => {
        parameters = signature.abi_parameters();
        Some(signature.to_abi(&parameters, entry::call_typed, fast))
      }
      None => None,
    };
    let data = Box::into_raw(registered);
    let definition = abi::OpDefinition {
      size: size_of::<abi::OpDefinition>(),
      name: Self::slice(name),
      encoding,
      reserved: 0,
      call: Some(entry::call_op),
      data: data.cast(),
      drop: Some(entry::drop_op),
      signature: signature.as_ref().map_or(null(), |signature| signature),
      lent,
    };
    // SAFETY: the definition and the name outlive the call, and the signature, which borrows from what the host drops,
    // is not read after that; `data` is what the functions expect, and the host drops it once whatever it answers. The
    // thread is the isolate's, as in `fail`.
    let id = unsafe { (self.table.register_op)(self.instance, &definition) };
    match id {
      0 => instance.has_failed.set(true),
      _ => instance.has_registered.set(true),
    }
    id as OpId
  }

  fn instance_number(&self) -> u64 {
    self.instance
  }
}

/// The host's table, once the entry was called. There is one host in a process, and it never goes away.
static TABLE: AtomicPtr<abi::HostTable> = AtomicPtr::new(null_mut());

/// Keeps the host's table for [`current`].
pub(crate) fn set_table(table: &'static abi::HostTable) {
  TABLE.store(std::ptr::from_ref(table).cast_mut(), Ordering::Release);
}

/// The host's table.
pub(crate) fn table() -> Option<&'static abi::HostTable> {
  // SAFETY: null, or the host's table, which is valid for as long as the process runs.
  unsafe { TABLE.load(Ordering::Acquire).as_ref() }
}

/// Runs `work` with `host` as the answer of [`current`], which is put back as it was even when `work` panics. In a
/// guest it stays: nobody else is there, and fast functions rely on it.
pub(crate) fn enter<R>(host: HostRef, work: impl FnOnce() -> R) -> R {
  struct Restore {
    cell: *mut u64,
    previous: u64,
  }
  impl Drop for Restore {
    fn drop(&mut self) {
      if cfg!(not(target_family = "wasm")) {
        // SAFETY: the cell of this thread, which only plugins that run on it use.
        unsafe { *self.cell = self.previous };
      }
    }
  }
  // SAFETY: may be called on any thread; the cell is this thread's, and lives as long as it.
  let _restore = unsafe {
    let cell = (host.table.current)();
    Restore { cell, previous: cell.replace(host.instance) }
  };
  work()
}

/// The plugin whose init, op or future is running on this thread.
///
/// # Panics
///
/// Elsewhere, with a message that says so.
#[track_caller]
pub(crate) fn current(what: &str) -> HostRef {
  // SAFETY: may be called on any thread; the cell is this thread's.
  let host = table().map(|table| HostRef { table, instance: unsafe { *(table.current)() } });
  host.filter(|host| host.instance != 0).unwrap_or_else(|| {
    panic!("{what} was called outside of a plugin's init, op or op future; call it in the op and move what it gives")
  })
}
