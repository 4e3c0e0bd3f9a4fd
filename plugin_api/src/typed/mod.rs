//! Ops with a signature: what `#[op]` makes of a function.
//!
//! The host calls such an op on one of two paths. On the slow one the arguments come in an array ([`arguments`]) and
//! the outcome is an [`abi::Outcome`]. On the fast one ([`fast_call`]) V8 calls a C function of the op's own with the
//! arguments in registers. In between both are alike: the closure that `#[op]` writes makes each argument, calls the
//! author's function and gives what that returned to `call.give`.

mod arguments;
mod call;
mod fast_call;
mod lent;
mod message;
mod overlap;
mod result;
mod scalar;
mod signature;

use std::ffi::c_void;

pub use self::arguments::Arguments;
pub use self::arguments::Text;
pub use self::call::Call;
pub use self::call::borrow_state;
pub use self::fast_call::FastCall;
pub use self::fast_call::Local;
pub(crate) use self::fast_call::Stopped;
pub use self::fast_call::call_fast;
pub(crate) use self::fast_call::to_usize;
pub use self::lent::Element;
pub use self::lent::Lent;
pub(crate) use self::message::bytes_of;
pub(crate) use self::message::decode;
pub(crate) use self::message::encode;
pub use self::overlap::Span;
pub use self::overlap::check_overlap;
pub use self::result::OpResult;
pub use self::result::Value;
pub use self::result::blocking;
pub use self::result::future;
pub use self::result::give;
pub use self::result::unwrap;
pub use self::result::value;
pub use self::scalar::Scalar;
pub use self::signature::Parameter;
pub use self::signature::Signature;
pub use crate::outcome::Done;
pub use crate::outcome::DoneFuture;
pub use crate::outcome::Started;

use crate::OpError;

/// A function under `#[op]` returns this in place of what it did, for
/// [`register_op`](trait.Interface.html#method.register_op) to take.
pub struct TypedOp {
  pub(crate) signature: Signature,
  pub(crate) call: Box<SlowPath>,
  /// The fast function, or null.
  pub(crate) fast: *const c_void,
}

type SlowPath = dyn Fn(&Call<'_>, &mut Arguments<'_>) -> Result<Started, OpError>;

/// Of an op that V8 cannot call directly.
pub const NO_FAST_FUNCTION: *const c_void = std::ptr::null();

impl TypedOp {
  /// For `#[op]`.
  #[doc(hidden)]
  pub fn new(
    signature: Signature,
    fast: *const c_void,
    call: impl Fn(&Call<'_>, &mut Arguments<'_>) -> Result<Started, OpError> + 'static,
  ) -> Self {
    Self { signature, call: Box::new(call), fast }
  }
}
