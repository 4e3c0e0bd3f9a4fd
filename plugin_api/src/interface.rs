//! [`Interface`], which the author's code gets to reach the host by.

use crate::Op;
use crate::OpError;
use crate::OpId;
use crate::Resources;
use crate::ZeroCopyBuf;
use crate::host::HostRef;

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
  /// [`register_op`](trait.Interface.html#method.register_op) of its own, which takes ops of every kind.
  // By `&self`, so that a call on `&mut dyn Interface` finds the other one first.
  fn register_op(&self, name: &str, op: DispatchOpFn) -> OpId;

  /// What stands behind it.
  #[doc(hidden)]
  fn host(&self) -> HostRef;
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

/// A function that is an op. One under `#[json_op]` is a `fn() -> JsonOp`, and is listed as such:
///
/// ```
/// use plugin_api::{Interface, JsonOp, error::AnyError, json_op, serde_json::Value};
///
/// #[json_op]
/// fn op_echo(value: Value) -> Result<Value, AnyError> {
///   Ok(value)
/// }
///
/// const OPS: &[(&str, fn() -> JsonOp)] = &[("echo", op_echo)];
///
/// fn deno_plugin_init(interface: &mut dyn Interface) {
///   for (name, op) in OPS {
///     interface.register_op(name, *op);
///   }
/// }
/// ```
pub type DispatchOpFn = fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Op;

/// The function that a plugin exports as `deno_plugin_init`.
pub type InitFn = fn(&mut dyn Interface);
