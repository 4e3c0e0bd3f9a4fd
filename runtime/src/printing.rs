//! What the console of a script calls, and its standard streams.

use deno_core::v8;
use v8_bridge::Arguments;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;

use crate::host::Host;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("printOfConsole", print);
  functions.add("printBytes", print_bytes);
}

/// `printOfConsole(text, isError)`
fn print<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(printing) = &host.printing else { return Ok(None) };
  let text = arguments.get(0).to_rust_string_lossy(scope);
  printing.stream(arguments.get(1).is_true()).print(plugbay_http::request_id(scope), text.as_bytes());
  Ok(None)
}

/// `printBytes(bytes, isError)`: gives how many they are, or nothing of what is no view of bytes.
fn print_bytes<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let (Some(printing), Ok(view)) = (&host.printing, arguments.get(0).try_cast::<v8::ArrayBufferView>()) else {
    return Ok(None);
  };
  let mut bytes = vec![0; view.byte_length()];
  let length = view.copy_contents(&mut bytes);
  printing.stream(arguments.get(1).is_true()).write_for(plugbay_http::request_id(scope), &bytes[..length]);
  Ok(Some(v8::Number::new(scope, length as f64).into()))
}
