//! What Rust calls of `js/serving.js`, which answers the requests that a server hands over.

use v8_bridge::Arguments;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::Value;
use v8_bridge::exception;
use v8_bridge::functions::call_kept;
use v8_bridge::functions::keep_each;

use crate::Error;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("setServing", set_serving);
}

/// The functions of `js/serving.js`, as `host.js.serving` has them.
pub(crate) enum Function {
  OpenPlugin,
  OpenCommand,
  OpenReceiver,
  OpenModule,
  Begin,
  KeepRunning,
}

/// `setServing(openPlugin, openCommand, openReceiver, openModule, begin, keepRunning)`: for bootstrap.
fn set_serving<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_each(scope, &host.js.serving, arguments);
  Ok(None)
}

pub(crate) fn call<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  function: Function,
  arguments: &[Value<'s>],
) -> Result<Value<'s>, Error> {
  exception::caught(scope, |scope| call_kept(scope, &host.js.serving[function as usize], arguments))
    .map_err(Error::Script)
}

/// Of a text that V8 does not take.
pub(crate) fn too_long() -> Error {
  Error::Script("a text is longer than V8 takes".to_string())
}
