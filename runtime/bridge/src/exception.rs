//! How a failure becomes a JavaScript exception.

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_native::PluginError;

use crate::host::Host;
use crate::scope::Scope;

/// Why a native function does not return.
pub enum Exception {
  /// It throws this.
  Failure(OpFailure),
  /// V8 has an exception already.
  Pending,
}

impl From<OpFailure> for Exception {
  fn from(failure: OpFailure) -> Self {
    Self::Failure(failure)
  }
}

impl From<PluginError> for Exception {
  fn from(error: PluginError) -> Self {
    Self::Failure(error.into())
  }
}

impl Exception {
  pub(crate) fn throw(self, scope: &mut v8::PinScope<'_, '_>, host: &Host) {
    if let Self::Failure(failure) = self
      && let Some(error) = error_value(scope, host, &failure)
    {
      scope.throw_exception(error);
    }
  }
}

/// What a message of V8's says of an exception: the class of the error and its own message.
pub fn text_of(scope: &v8::PinScope<'_, '_>, message: v8::Local<'_, v8::Message>) -> String {
  let text = message.get(scope).to_rust_string_lossy(scope);
  text.strip_prefix("Uncaught ").unwrap_or(&text).to_string()
}

/// The error object of a failure. `None` when an exception is on its way instead: the script is being terminated, or
/// its stack is full.
pub(super) fn error_value<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  failure: &OpFailure,
) -> Option<v8::Local<'s, v8::Value>> {
  let factory = host.js.error_factory.borrow().clone().expect("bootstrap sets it before it runs a script");
  let factory = v8::Local::new(scope, factory);
  let class = v8::String::new(scope, beginning(&failure.class))?.into();
  let code = v8::String::new(scope, beginning(&failure.code))?.into();
  let message = v8::String::new(scope, beginning(&failure.message))?.into();
  let names_op = v8::Boolean::new(scope, failure.names_op).into();
  let undefined = v8::undefined(scope).into();
  factory.call(scope, undefined, &[class, code, message, names_op])
}

/// A text that V8 takes as a string, however long a plugin made it.
fn beginning(text: &str) -> &str {
  &text[..text.floor_char_boundary(1 << 16)]
}

/// What `work` gives, which calls JavaScript.
///
/// # Errors
///
/// The text of what was thrown, when it gives nothing.
pub fn caught<'s, R>(scope: Scope<'_, 's, '_>, work: impl FnOnce(Scope<'_, 's, '_>) -> Option<R>) -> Result<R, String> {
  v8::tc_scope!(let scope, scope);
  let done = work(scope);
  done.ok_or_else(|| scope.message().map(|message| text_of(scope, message)).unwrap_or_default())
}
