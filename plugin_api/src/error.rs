//! Errors of ops: what they are in Rust, and what the script gets.
//!
//! An op under `#[json_op]` may return any error. What the script gets is an instance of the class that [`OpError`]
//! names, or that fits the error: `NotFound` for an `std::io::Error` of that kind and so on, with the code `ERR_OP_IO`
//! and the op's name in the message; `SyntaxError` and `TypeError` for serde_json's, else `Error`.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::io::ErrorKind;

pub use anyhow::Context;
pub use anyhow::anyhow;
pub use anyhow::bail;
use plugin_abi as abi;
use plugin_abi::errors;
use plugin_abi::errors::ErrorName;

use crate::ZeroCopyBuf;

/// Any error at all.
pub type AnyError = anyhow::Error;

/// An error with the JavaScript class and the code that a script sees.
///
/// ```
/// use plugin_api::OpError;
///
/// let error = OpError::new("RangeError", "level is 12, wants 0 to 9").with_code("ERR_LEVEL");
/// assert_eq!(error.to_string(), "level is 12, wants 0 to 9");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpError(Box<Parts>);

/// Boxed, so that an op that does not fail does not carry their size around.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
  class: Cow<'static, str>,
  code: Cow<'static, str>,
  message: Cow<'static, str>,
}

impl OpError {
  /// `class` is the name of a JavaScript error class (`Error`, `TypeError`, `RangeError`, `SyntaxError`,
  /// `ReferenceError`, `URIError`) or of one in `Deno.errors`; a name that is none of these is the `name` of an
  /// `Error`.
  pub fn new(class: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
    Self(Box::new(Parts { class: class.into(), code: Cow::Borrowed(""), message: message.into() }))
  }

  /// With a stable `code` for programs to compare.
  pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
    self.0.code = code.into();
    self
  }

  /// Name of the JavaScript class.
  pub fn class(&self) -> &str {
    &self.0.class
  }

  /// The code, if there is one.
  pub fn code(&self) -> Option<&str> {
    Some(&*self.0.code).filter(|code| !code.is_empty())
  }

  /// One that the host knows as its own.
  pub(crate) fn of_host(error: ErrorName, message: impl Into<Cow<'static, str>>) -> Self {
    Self::new(error.class, message).with_code(error.code)
  }

  pub(crate) fn bad_resource(id: u32, why: impl fmt::Display) -> Self {
    Self::of_host(errors::BAD_RESOURCE, format!("cannot use resource {id}: {why}"))
  }

  pub(crate) fn from_panic(panic: Box<dyn Any + Send>) -> Self {
    let text = match panic.downcast::<String>() {
      Ok(text) => Cow::Owned(*text),
      Err(panic) => Cow::Borrowed(match panic.downcast::<&'static str>() {
        Ok(text) => *text,
        Err(panic) => {
          // A payload of the author's own may panic again when it is dropped, and nobody would catch that.
          std::mem::forget(panic);
          "no message"
        }
      }),
    };
    let advice = advice(&text);
    Self::of_host(errors::PLUGIN_PANIC, format!("panicked: {text}{advice}"))
  }

  /// Takes over an error of the host's.
  ///
  /// # Safety
  ///
  /// The host made it and gave it away.
  #[cfg(not(target_family = "wasm"))]
  pub(crate) unsafe fn from_report(report: abi::ErrorReport) -> Self {
    // SAFETY: the three buffers of a report are whole, and are the receiver's.
    let text = |buffer| String::from_utf8_lossy(&unsafe { ZeroCopyBuf::from_raw(buffer) }).into_owned();
    Self::new(text(report.class), text(report.message)).with_code(text(report.code))
  }

  /// Gives the error away, to be released by the host.
  pub(crate) fn into_report(self) -> abi::ErrorReport {
    let buffer = |text: Cow<'static, str>| ZeroCopyBuf::from(text.into_owned().into_bytes()).into_raw();
    abi::ErrorReport {
      size: size_of::<abi::ErrorReport>(),
      class: buffer(self.0.class),
      code: buffer(self.0.code),
      message: buffer(self.0.message),
    }
  }
}

impl fmt::Display for OpError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&self.0.message)
  }
}

impl std::error::Error for OpError {}

impl From<AnyError> for OpError {
  /// The [`OpError`] inside, with the whole chain of contexts as its message, or one of the class that fits the cause.
  fn from(error: AnyError) -> Self {
    let message = format!("{error:#}");
    for cause in error.chain() {
      if let Some(op_error) = cause.downcast_ref::<OpError>() {
        return Self(Box::new(Parts { message: message.into(), ..(*op_error.0).clone() }));
      }
      if let Some(io) = cause.downcast_ref::<std::io::Error>() {
        return Self::new(io_class(io.kind()), message).with_code(errors::OP_IO.code);
      }
      if let Some(json) = cause.downcast_ref::<serde_json::Error>() {
        let class = if json.is_syntax() || json.is_eof() { "SyntaxError" } else { "TypeError" };
        return Self::new(class, message);
      }
    }
    Self::new("Error", message)
  }
}

/// What to do when tokio finds no runtime, for the message of a panic that says so.
fn advice(panic: &str) -> &'static str {
  match panic.contains("there is no reactor running") {
    false => "",
    true if cfg!(own_tokio) => "; the plugin's tokio runtime is there in async ops and HTTP handlers: make it one",
    true => {
      "; turn on the feature `tokio` of plugin_api, which runs async ops and HTTP handlers in a tokio runtime of the plugin's own"
    }
  }
}

fn io_class(kind: ErrorKind) -> &'static str {
  match kind {
    ErrorKind::NotFound => "NotFound",
    ErrorKind::PermissionDenied => "PermissionDenied",
    ErrorKind::ConnectionRefused => "ConnectionRefused",
    ErrorKind::ConnectionReset => "ConnectionReset",
    ErrorKind::ConnectionAborted => "ConnectionAborted",
    ErrorKind::NotConnected => "NotConnected",
    ErrorKind::AddrInUse => "AddrInUse",
    ErrorKind::AddrNotAvailable => "AddrNotAvailable",
    ErrorKind::BrokenPipe => "BrokenPipe",
    ErrorKind::AlreadyExists => "AlreadyExists",
    ErrorKind::InvalidInput => "TypeError",
    ErrorKind::InvalidData => "InvalidData",
    ErrorKind::TimedOut => "TimedOut",
    ErrorKind::Interrupted => "Interrupted",
    ErrorKind::WriteZero => "WriteZero",
    ErrorKind::UnexpectedEof => "UnexpectedEof",
    ErrorKind::WouldBlock => "WouldBlock",
    ErrorKind::IsADirectory => "IsADirectory",
    ErrorKind::NotADirectory => "NotADirectory",
    _ => "Error",
  }
}

/// An error of a class that the caller names, as in Deno 1.
pub fn custom_error(class: &'static str, message: impl Into<Cow<'static, str>>) -> AnyError {
  OpError::new(class, message).into()
}

/// An `Error`, as in Deno 1.
pub fn generic_error(message: impl Into<Cow<'static, str>>) -> AnyError {
  custom_error("Error", message)
}

/// A `TypeError`, as in Deno 1.
pub fn type_error(message: impl Into<Cow<'static, str>>) -> AnyError {
  custom_error("TypeError", message)
}

/// A `URIError`, as in Deno 1.
pub fn uri_error(message: impl Into<Cow<'static, str>>) -> AnyError {
  custom_error("URIError", message)
}

/// A `BadResource`, as in Deno 1.
pub fn bad_resource(message: impl Into<Cow<'static, str>>) -> AnyError {
  custom_error("BadResource", message)
}

/// A `BadResource` that says no more, as in Deno 1.
pub fn bad_resource_id() -> AnyError {
  bad_resource("Bad resource ID")
}

/// A `NotSupported`, as in Deno 1.
pub fn not_supported() -> AnyError {
  custom_error("NotSupported", "The operation is not supported")
}

/// A `Busy`, as in Deno 1.
pub fn resource_unavailable() -> AnyError {
  custom_error("Busy", "Resource is unavailable because it is in use by a promise")
}

/// What the system said last, as in Deno 1.
pub fn last_os_error() -> AnyError {
  std::io::Error::last_os_error().into()
}

/// An error of JavaScript, as in Deno 1. Plugins run none, so that no error is one: it is here for sources that look
/// whether theirs is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in Deno 1")]
pub struct JsError {
  pub message: String,
  pub source_line: Option<String>,
  pub script_resource_name: Option<String>,
  pub line_number: Option<i64>,
  pub start_column: Option<i64>,
  pub end_column: Option<i64>,
  pub stack: Option<String>,
}

impl fmt::Display for JsError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(self.stack.as_deref().unwrap_or(&self.message))
  }
}

impl std::error::Error for JsError {}

/// The class that an error was given, as in Deno 1.
pub fn get_custom_error_class(error: &AnyError) -> Option<&str> {
  error.downcast_ref::<OpError>().map(OpError::class)
}
