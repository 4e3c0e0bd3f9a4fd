//! The native functions that `js/plugin.js` builds the Deno namespace from: each module has its own.

use std::io::IsTerminal;

use deno_core::v8;

use super::buffers;
use super::call;
use super::exception;
use super::exchange;
use super::functions::Functions;
use super::guests;
use super::invoke;
use super::lending;
use super::object::without_prototype;
use super::op_functions;
use super::opening;
use super::random;
use super::reports::set;
use super::table;
use super::threads;
use super::typed_calls;
use super::values;
use super::wasi;
use crate::host::Host;

/// What adds the functions of each module.
const REGISTERED: &[fn(&mut Functions<'_, '_, '_>)] = &[
  buffers::register,
  call::register,
  exception::register,
  exchange::register,
  guests::register,
  invoke::register,
  lending::register,
  op_functions::register,
  opening::register,
  random::register,
  table::register,
  threads::register,
  typed_calls::register,
  values::register,
  wasi::register,
];

/// The object of native functions. Scripts do not get hold of one.
pub(super) fn functions<'s>(scope: &mut v8::PinScope<'s, '_>, host: &Host) -> Option<v8::Local<'s, v8::Object>> {
  let functions = without_prototype(scope);
  // SAFETY: the host outlives the isolate.
  let mut registered = unsafe { Functions::new(scope, functions, host) };
  REGISTERED.iter().for_each(|register| register(&mut registered));
  let pid = v8::Number::new(scope, std::process::id().into());
  set(scope, functions, "pid", pid.into());
  let no_color = without_prototype(scope);
  for (key, is_terminal) in [("stdout", std::io::stdout().is_terminal()), ("stderr", std::io::stderr().is_terminal())] {
    let plain = !is_terminal || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let plain = v8::Boolean::new(scope, plain);
    set(scope, no_color, key, plain.into());
  }
  set(scope, functions, "noColor", no_color.into());
  let version = v8::Object::new(scope);
  for (key, text) in [("plugbay", env!("CARGO_PKG_VERSION")), ("v8", v8::V8::get_version())] {
    let text = v8::String::new(scope, text)?;
    set(scope, version, key, text.into());
  }
  set(scope, functions, "version", version.into());
  Some(functions)
}

/// Calls `globalThis.bootstrap(host, args)` of `js/main.js`, which sets up the Deno namespace.
pub(crate) fn bootstrap(scope: &mut v8::PinScope<'_, '_>, host: &Host, args: &[String]) -> Option<()> {
  let functions = functions(scope, host)?;
  let args = args.iter().map(|arg| Some(v8::String::new(scope, arg)?.into())).collect::<Option<Vec<_>>>()?;
  let args = v8::Array::new_with_elements(scope, &args);
  let global = scope.get_current_context().global(scope);
  let key = v8::String::new(scope, "bootstrap")?;
  let bootstrap = v8::Local::<v8::Function>::try_from(global.get(scope, key.into())?).ok()?;
  bootstrap.call(scope, global.into(), &[functions.into(), args.into()])?;
  Some(())
}
