//! The shapes of ops, and how each becomes the one that is registered.

use std::cell::RefCell;
use std::rc::Rc;

use plugin_abi as abi;

use crate::BufVec;
use crate::Interface;
use crate::JsonOp;
use crate::Op;
use crate::OpState;
use crate::TypedOp;
use crate::ZeroCopyBuf;
use crate::answer::Answer;

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
  #[cfg(http_handlers)]
  Http(Box<crate::http::HttpCode>),
  /// Each message is the body of a request.
  #[cfg(redis_handlers)]
  Redis(Box<crate::http::HttpCode>),
}

type BytesCode = dyn Fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Answer;

impl OpObject {
  fn of_bytes(code: impl Fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Answer + 'static) -> Self {
    Self { code: Code::Bytes(Box::new(code)) }
  }
}

impl Code {
  pub(crate) fn encoding(&self) -> u32 {
    match self {
      Self::Bytes(_) => abi::encoding::BYTES,
      Self::Json(_) => abi::encoding::JSON,
      Self::Typed(_) => abi::encoding::TYPED,
      #[cfg(http_handlers)]
      Self::Http(_) => abi::encoding::HTTP,
      #[cfg(redis_handlers)]
      Self::Redis(_) => abi::encoding::REDIS,
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
