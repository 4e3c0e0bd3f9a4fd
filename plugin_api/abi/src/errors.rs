//! Errors that plugin_api makes inside a plugin and the host knows as its own.

/// What a script sees of an error besides its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorName {
  /// Name of the class of the JavaScript error; empty where it is that of the cause.
  pub class: &'static str,
  /// Stable code.
  pub code: &'static str,
}

const fn name(class: &'static str, code: &'static str) -> ErrorName {
  ErrorName { class, code }
}

/// A resource is asked for by a number that is none.
pub const BAD_RESOURCE: ErrorName = name("BadResource", "ERR_BAD_RESOURCE");
/// A body is longer than its reader takes.
pub const HTTP_BODY_LIMIT: ErrorName = name("RangeError", "ERR_HTTP_BODY_LIMIT");
/// An argument does not fit.
pub const OP_ARGUMENT: ErrorName = name("TypeError", "ERR_OP_ARGUMENT");
/// An op returned an `std::io::Error`, whose kind gives the class.
pub const OP_IO: ErrorName = name("", "ERR_OP_IO");
/// An op's answer cannot cross.
pub const OP_RESULT: ErrorName = name("Error", "ERR_OP_RESULT");
/// A state is asked for that nobody put.
pub const OP_STATE: ErrorName = name("Error", "ERR_OP_STATE");
/// The plugin's code panicked.
pub const PLUGIN_PANIC: ErrorName = name("Error", "ERR_PLUGIN_PANIC");
/// A service of the host's could not do what it was asked for.
pub const SERVICE_FAILED: ErrorName = name("Error", "ERR_SERVICE");
