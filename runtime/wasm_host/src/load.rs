//! From the bytes of a module to what `js/wasm/open.js` makes a guest of.

use std::borrow::Cow;
use std::time::Duration;
use std::time::Instant;

use deno_core::v8;
use guest_worlds::Claim;
use plugbay_core::OpFailure;
use plugin_handshake::file_kind;
use v8_bridge::Exception;
use v8_bridge::exception::text_of;
use v8_bridge::object::ObjectBuilder;
use wasm_rewrite::Options;
use wasm_rewrite::RewriteError;
use wasm_rewrite::Rewritten;

use super::cache;
use super::cache::Found;
use super::loaded::Loaded;
use super::rewriting::WHOLE;
use super::rewriting::rewrite_within;
use crate::host::Guests;

/// The most bytes that V8 may take for the values of an exception: those of 32 numbers of 64 bits. The stack has room
/// for some hundred thousand references to exceptions, which then keep some hundred megabytes at most. Compilers give
/// them one or two values.
const MAX_EXCEPTION: u64 = 1024;

/// What a module may have, from `options.limits`.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
  /// Whether its calls may take too long.
  pub has_deadline: bool,
  /// How long it may take to read it; nothing where there is no limit.
  pub deadline: Duration,
  /// How deep its functions may call one another, if that is limited.
  pub call_depth: Option<u32>,
  /// Pages of memory.
  pub memory_pages: u64,
  /// Elements of tables.
  pub table_elements: u64,
  /// Of a component's modules, which share these two: what each memory may have more than it starts with, and each
  /// table.
  pub growth: Growth,
  /// The length of the module.
  pub module_bytes: u64,
  /// Bytes that the host holds for it.
  pub host_bytes: u64,
  /// Those that it holds already, for other modules of a component.
  pub host_spent: u64,
}

/// How much more memories and tables may have than they start with.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
  pub(super) memory_pages: u64,
  pub(super) table_elements: u64,
}

impl Growth {
  /// As much as the limits allow.
  pub const WHOLE: Self = Self { memory_pages: WHOLE, table_elements: WHOLE };
}

impl Limits {
  /// What is put into a module that has these limits, in a runtime that lets modules make objects or does not.
  pub(super) fn options(self, objects: bool) -> Options {
    Options {
      host_bytes: self.host_bytes,
      host_spent: self.host_spent,
      deadline: self.has_deadline,
      objects,
      call_depth: self.call_depth,
      memory_pages: self.memory_pages,
      table_elements: self.table_elements,
      memory_growth: self.growth.memory_pages,
      table_growth: self.growth.table_elements,
      export_globals: true,
      export_first: true,
      defer_start: true,
    }
  }
}

/// # Errors
///
/// `ERR_WASM_LIMIT` when a module is longer than it may be.
pub fn check_length(name: &str, length: u64, limits: Limits) -> Result<(), OpFailure> {
  if length <= limits.module_bytes {
    return Ok(());
  }
  Err(OpFailure::module_length(name, length, limits.module_bytes))
}

/// Compiles the core module `bytes` of a plugin and tells what it has: see `Guest` in `js/wasm/guest.js`.
///
/// # Errors
///
/// `ERR_WASM_COMPILE` when it is no module or V8 refuses it, `ERR_WASM_LIMIT` when it starts with more than it may
/// have.
pub(super) fn load_module<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  guests: &Guests,
  name: &str,
  bytes: Cow<'_, [u8]>,
  limits: Limits,
) -> Result<v8::Local<'s, v8::Object>, Exception> {
  let found = compile_within(scope, guests, name, bytes, limits)?;
  Ok(to_object(scope, guests, name, limits, found))
}

/// The compiled module with its limits, made or found.
///
/// # Errors
///
/// As [`load_module`].
pub(super) fn compile_within<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  guests: &Guests,
  name: &str,
  bytes: Cow<'_, [u8]>,
  limits: Limits,
) -> Result<Found<'s>, Exception> {
  let options = limits.options(guests.makes_objects);
  if let Some(found) = cache::find(scope, guests.folder(), &bytes, options) {
    return Ok(found);
  }
  let rewritten = rewrite_supported(name, &bytes, options, limits.deadline);
  let rewritten = rewritten.map_err(|refused| refused.explain(scope, name, &bytes))?;
  let compiled = compile(scope, name, &rewritten.bytes)?;
  Ok(cache::keep(guests.folder(), bytes.into_owned(), options, rewritten, compiled))
}

/// What JavaScript is told of a module that is a guest of its own.
pub(super) fn to_object<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  guests: &Guests,
  name: &str,
  limits: Limits,
  (module, compiled): Found<'s>,
) -> v8::Local<'s, v8::Object> {
  let world = guests.worlds.of(&*module);
  let object = describe(scope, guests, name, (module, compiled));
  let mut object = ObjectBuilder::of(scope, object);
  object.number("memoryPages", limits.memory_pages as u32);
  match world {
    Claim::Named(name) => object.text("world", name),
    Claim::Script(place) => object.number("world", place as u32),
  };
  object.build()
}

/// What JavaScript is told of a core module. It is kept until JavaScript says that it is to be forgotten.
pub(super) fn describe<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  guests: &Guests,
  name: &str,
  (module, compiled): Found<'s>,
) -> v8::Local<'s, v8::Object> {
  let object = module.description.to_object(scope);
  let id = guests.keep(Loaded::new(module));
  let mut object = ObjectBuilder::of(scope, object);
  object.number("id", id).text("name", name).value("compiled", compiled.into());
  object.build()
}

/// Puts the limits into a module. No V8 is needed.
pub(super) fn rewrite_supported(
  name: &str,
  bytes: &[u8],
  options: Options,
  deadline: Duration,
) -> Result<Rewritten, Refused> {
  let until = if deadline.is_zero() { None } else { Instant::now().checked_add(deadline) };
  let rewritten = rewrite_within(bytes, options, until).map_err(|error| match error {
    RewriteError::Late => Refused::Failure(OpFailure::late_reading(name, deadline.as_millis())),
    error => Refused::Rewrite(error),
  })?;
  let (effects, claims) = (&rewritten.summary.effects, &rewritten.summary.claims);
  let unsupported = match () {
    () if effects.waits => Some(("it waits for other threads, and a plugin has one", WITHOUT)),
    // They are in V8's heap, which the plugin shares with the script unless it has threads.
    () if effects.allocates && !options.objects => Some((
      "it makes objects of the garbage collection proposal, on which only a heap of their own sets a limit",
      "open its file with options.threads: each thread has a heap of options.limits.heap MiB",
    )),
    // So are exceptions: what a function has of them is on the stack, and the stack is not long.
    () if effects.keeps_exceptions => {
      Some(("a global, a table, an object or an exception of it holds exceptions, on which there is no limit", WITHOUT))
    }
    () if claims.largest_exception > MAX_EXCEPTION => Some(("it has exceptions of too many values", WITHOUT)),
    () => None,
  };
  if let Some((why, remedy)) = unsupported {
    return Err(Refused::Failure(OpFailure::module_unsupported(name, why, remedy)));
  }
  Ok(rewritten)
}

/// What helps against most of what makes a module unsupported.
const WITHOUT: &str = "build it without that";

/// Why the limits could not be put into a module.
pub(super) enum Refused {
  Rewrite(RewriteError),
  Failure(OpFailure),
}

impl Refused {
  #[cold]
  pub(super) fn explain(self, scope: &mut v8::PinScope<'_, '_>, name: &str, bytes: &[u8]) -> OpFailure {
    match self {
      Self::Rewrite(error) => refusal(scope, name, bytes, error),
      Self::Failure(failure) => failure,
    }
  }
}

/// Has V8 compile a module, now.
///
/// # Errors
///
/// What V8 has against it.
pub(super) fn compile<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  name: &str,
  module: &[u8],
) -> Result<v8::Local<'s, v8::WasmModuleObject>, OpFailure> {
  try_compile(scope, module).map_err(|why| OpFailure::no_module(name, why))
}

fn try_compile<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  module: &[u8],
) -> Result<v8::Local<'s, v8::WasmModuleObject>, String> {
  v8::tc_scope!(let scope, scope);
  if let Some(module) = v8::WasmModuleObject::compile(scope, module) {
    return Ok(module);
  }
  let Some(exception) = scope.exception() else { return Err(String::new()) };
  let message = v8::Exception::create_message(scope, exception);
  Err(text_of(scope, message))
}

fn refusal(scope: &mut v8::PinScope<'_, '_>, name: &str, bytes: &[u8], error: RewriteError) -> OpFailure {
  let limit = |limit: &str| OpFailure::module_over_limit(name, error.to_string(), limit);
  match &error {
    _ if !bytes.starts_with(b"\0asm") => {
      let start = &bytes[..bytes.len().min(file_kind::START as usize)];
      OpFailure::no_module(name, format_args!("it is {}", file_kind::describe(start, bytes.len() as u64)))
    }
    // V8's own words, which people find elsewhere too; it knows no module that does not read as one.
    RewriteError::Malformed { .. } => match try_compile(scope, bytes) {
      Err(why) => OpFailure::no_module(name, why),
      Ok(_) => OpFailure::no_module(name, error.to_string()),
    },
    RewriteError::Memory(_) => limit("memory"),
    RewriteError::Table(_) => limit("table"),
    RewriteError::Host(_) => limit("host"),
    RewriteError::ConstantObjects { .. } | RewriteError::ConstantLength { .. } => {
      OpFailure::module_too_large_at_start(name, error.to_string())
    }
    RewriteError::Nesting { .. } => OpFailure::module_nested(name, error.to_string()),
    RewriteError::Component => OpFailure::component(name),
    _ => OpFailure::no_module(name, error.to_string()),
  }
}
