//! What an op is: the 2020 shapes, and how each becomes the one shape that crosses to the host.

use std::cell::RefCell;
use std::ffi::c_void;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use plugin_abi as abi;

use crate::BufVec;
use crate::Interface;
use crate::JsonOp;
use crate::OpError;
use crate::OpState;
use crate::TypedOp;
use crate::ZeroCopyBuf;
use crate::instance::Instance;
use crate::typed::Done;
use crate::typed::DoneFuture;
use crate::typed::Signature;

/// Id of an op in the table, as `Deno.core.dispatch` takes it. 0 is never a plugin's: it is answered when a
/// registration was refused.
pub type OpId = usize;

/// The answer of an op.
pub type Buf = Box<[u8]>;

/// The answer of an op that is under way. It is polled on the isolate's thread, so it need not be `Send`.
pub type OpAsyncFuture = Pin<Box<dyn Future<Output = Buf>>>;

/// What an op of the 2020 shape answers.
pub enum Op {
  /// Done: the script gets the bytes, or `undefined` when there are none.
  Sync(Buf),
  /// Under way: the script gets a Promise, or its handler is called. Keeps the program alive.
  Async(OpAsyncFuture),
  /// Like [`Op::Async`], but the program may end before it is done.
  AsyncUnref(OpAsyncFuture),
  /// The op does not know what was asked: the script gets an error that says so.
  NotFound,
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

/// Everything that [`register_op`](trait.Interface.html#method.register_op) takes as an op. `Shape` only tells the
/// implementations apart:
///
/// - `Fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Op`: functions and closures of Deno 1.2 to 1.8, boxed or not
/// - `Fn(&mut dyn Interface, &[u8], &mut [ZeroCopyBuf]) -> Op`: those of Deno 1.1; the script's first buffer is the
///   second argument
/// - `Fn(Rc<RefCell<OpState>>, BufVec) -> Op`: those of Deno's own ops from 1.4 on, with [`OpState`]
/// - functions under `#[op]` and `#[json_op]`, and what [`json_op_sync`](crate::json_op_sync) and
///   [`json_op_async`](crate::json_op_async) give
///
/// The parameters of a closure must be written with their types: the compiler takes them from a bound by `Fn`, and
/// there is none that all of these meet.
#[diagnostic::on_unimplemented(
  message = "`{Self}` is not an op",
  label = "wants `Fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Op` or a function under `#[op]` or `#[json_op]`",
  note = "write the types of a closure's parameters: `|interface: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| …`"
)]
pub trait IntoOp<Shape> {
  /// The op in the shape that crosses to the host.
  #[doc(hidden)]
  fn into_op(self) -> OpObject;
}

/// Marks the shape of Deno 1.2 to 1.8.
pub struct ZeroCopyShape;
/// Marks the shape of Deno 1.1.
pub struct ControlShape;
/// Marks the shape of Deno's own ops from 1.4 on.
pub struct StateShape;
/// Marks a [`JsonOp`] itself.
pub struct JsonOpShape;
/// Marks functions under `#[json_op]`.
pub struct JsonShape;
/// Marks functions under `#[op]`.
pub struct TypedShape;

/// An op of any shape.
#[doc(hidden)]
pub struct OpObject {
  pub(crate) code: Code,
}

/// The code of an op.
pub(crate) enum Code {
  /// Buffers in, a buffer out.
  Bytes(Box<BytesCode>),
  Json(JsonOp),
  Typed(TypedOp),
}

type BytesCode = dyn Fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Answer;

impl OpObject {
  fn of_bytes(code: impl Fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Answer + 'static) -> Self {
    Self { code: Code::Bytes(Box::new(code)) }
  }

  pub(crate) fn encoding(&self) -> u32 {
    match &self.code {
      Code::Bytes(_) => abi::encoding::BYTES,
      Code::Json(_) => abi::encoding::JSON,
      Code::Typed(_) => abi::encoding::TYPED,
    }
  }

  /// Its function for lending calls, or null. Of a guest the host asks for none.
  pub(crate) fn lent(&self) -> *const c_void {
    match &self.code {
      Code::Bytes(_) if cfg!(not(target_family = "wasm")) => crate::lending::call_lent as *const c_void,
      _ => std::ptr::null(),
    }
  }

  /// What it takes and gives, and its fast function or null.
  pub(crate) fn signature(&self) -> Option<(&Signature, *const c_void)> {
    match &self.code {
      Code::Bytes(_) => None,
      Code::Json(op) => Some((&op.signature, op.fast())),
      Code::Typed(op) => Some((&op.signature, op.fast)),
    }
  }
}

/// An op that is registered: what its [`abi::OpDefinition::data`] points to.
pub(crate) struct Registered {
  pub(crate) op: OpObject,
  pub(crate) instance: Rc<Instance>,
}

/// What an op of any shape answers.
pub(crate) enum Answer {
  Sync(Result<Buf, OpError>),
  Async(DoneFuture),
  AsyncUnref(OpAsyncFuture),
  NotFound,
}

impl From<Op> for Answer {
  // Inlined, an answer of an op that is done stays in registers.
  #[inline(always)]
  fn from(op: Op) -> Self {
    match op {
      Op::Sync(buf) => Self::Sync(Ok(buf)),
      Op::Async(future) => Self::Async(Box::pin(async { Ok(Done::Bytes(future.await.into())) })),
      Op::AsyncUnref(future) => Self::AsyncUnref(future),
      Op::NotFound => Self::NotFound,
    }
  }
}

impl<F> IntoOp<ZeroCopyShape> for F
where
  F: Fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Op + 'static,
{
  fn into_op(self) -> OpObject {
    OpObject::of_bytes(move |interface, buffers| self(interface, buffers).into())
  }
}

impl<F> IntoOp<ControlShape> for F
where
  F: Fn(&mut dyn Interface, &[u8], &mut [ZeroCopyBuf]) -> Op + 'static,
{
  fn into_op(self) -> OpObject {
    OpObject::of_bytes(move |interface, buffers| match buffers.split_first_mut() {
      Some((control, buffers)) => self(interface, control, buffers).into(),
      None => self(interface, &[], &mut []).into(),
    })
  }
}

impl<F> IntoOp<StateShape> for F
where
  F: Fn(Rc<RefCell<OpState>>, BufVec) -> Op + 'static,
{
  fn into_op(self) -> OpObject {
    OpObject::of_bytes(move |interface, buffers| self(OpState::of(interface), buffers.to_vec()).into())
  }
}

impl IntoOp<JsonOpShape> for JsonOp {
  fn into_op(self) -> OpObject {
    OpObject { code: Code::Json(self) }
  }
}

impl<F> IntoOp<JsonShape> for F
where
  F: Fn() -> JsonOp,
{
  fn into_op(self) -> OpObject {
    OpObject { code: Code::Json(self()) }
  }
}

impl<F> IntoOp<TypedShape> for F
where
  F: Fn() -> TypedOp,
{
  fn into_op(self) -> OpObject {
    OpObject { code: Code::Typed(self()) }
  }
}
