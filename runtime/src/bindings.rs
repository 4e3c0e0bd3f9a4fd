//! The native functions that `js/plugin.js` builds the Deno namespace from: each layer has its own.

use std::io::IsTerminal;

use deno_core::v8;
use plugbay_core::GrantedBy;
use plugbay_core::Need;
use v8_bridge::Functions;
use v8_bridge::object::without_prototype;
use v8_bridge::reports::set;

use crate::host::Host;
use crate::invoke::calls;
use crate::opening;
use crate::printing;
use crate::serving;
use crate::stack;
use crate::threads;

/// What a program may lack, by what Deno's flags call it.
const NEEDS: &[(&str, Need)] = &[
  ("read", Need::Read),
  ("write", Need::Write),
  ("env", Need::Environment),
  ("net", Need::Network),
  ("ffi", Need::Plugin),
  ("other", Need::Everything),
];

/// The object of native functions. Scripts do not get hold of one.
pub(crate) fn functions<'s>(scope: &mut v8::PinScope<'s, '_>, host: &Host) -> Option<v8::Local<'s, v8::Object>> {
  let functions = without_prototype(scope);
  // SAFETY: the host, with the hosts of the layers below in it, outlives the isolate and does not move.
  let mut of_bridge = unsafe { Functions::<v8_bridge::Host>::new(scope, functions, host.as_ref()) };
  v8_bridge::register(&mut of_bridge);
  // SAFETY: as above.
  let mut of_guests = unsafe { Functions::new(scope, functions, &host.guests) };
  wasm_host::register(&mut of_guests);
  // SAFETY: as above.
  let mut own = unsafe { Functions::new(scope, functions, host) };
  calls::register(&mut own);
  opening::register(&mut own);
  printing::register(&mut own);
  serving::register(&mut own);
  stack::register(&mut own);
  threads::register(&mut own);
  let pid = v8::Number::new(scope, std::process::id().into());
  set(scope, functions, "pid", pid.into());
  let no_color = without_prototype(scope);
  for (key, is_terminal) in [("stdout", std::io::stdout().is_terminal()), ("stderr", std::io::stderr().is_terminal())] {
    let plain =
      host.printing.is_some() || !is_terminal || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let plain = v8::Boolean::new(scope, plain);
    set(scope, no_color, key, plain.into());
  }
  set(scope, functions, "noColor", no_color.into());
  let prints = v8::Boolean::new(scope, host.printing.is_some());
  set(scope, functions, "prints", prints.into());
  let by = host.granted_by();
  if by != GrantedBy::Flags {
    let advice = without_prototype(scope);
    for (name, need) in NEEDS {
      let text = v8::String::new(scope, &by.advice(&[*need], ""))?;
      set(scope, advice, name, text.into());
    }
    set(scope, functions, "advice", advice.into());
  }
  let version = v8::Object::new(scope);
  for (key, text) in [("plugbay", env!("CARGO_PKG_VERSION")), ("v8", v8::V8::get_version())] {
    let text = v8::String::new(scope, text)?;
    set(scope, version, key, text.into());
  }
  set(scope, functions, "version", version.into());
  Some(functions)
}

/// Calls `globalThis.bootstrap(host, args, environment)` of `js/main.js`, which sets up the Deno namespace.
/// `environment` is what it has as variables, in JSON, if those are not the process's.
pub(crate) fn bootstrap(
  scope: &mut v8::PinScope<'_, '_>,
  host: &Host,
  args: &[String],
  environment: Option<&str>,
) -> Option<()> {
  let functions = functions(scope, host)?;
  let args = args.iter().map(|arg| Some(v8::String::new(scope, arg)?.into())).collect::<Option<Vec<_>>>()?;
  let args = v8::Array::new_with_elements(scope, &args);
  let environment = match environment {
    Some(environment) => v8::String::new(scope, environment)?.into(),
    None => v8::undefined(scope).into(),
  };
  let global = scope.get_current_context().global(scope);
  let key = v8::String::new(scope, "bootstrap")?;
  let bootstrap = v8::Local::<v8::Function>::try_from(global.get(scope, key.into())?).ok()?;
  bootstrap.call(scope, global.into(), &[functions.into(), args.into(), environment])?;
  Some(())
}
