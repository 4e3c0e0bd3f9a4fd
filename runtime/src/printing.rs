//! What the console of a script calls.

use v8_bridge::Arguments;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;

use crate::host::Host;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("printOfConsole", print);
}

/// `printOfConsole(text, isError)`
fn print<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(printing) = &host.printing else { return Ok(None) };
  let text = arguments.get(0).to_rust_string_lossy(scope);
  let stream = if arguments.get(1).is_true() { &printing.stderr } else { &printing.stdout };
  stream.print(plugbay_http::request_id(scope), text.as_bytes());
  Ok(None)
}
