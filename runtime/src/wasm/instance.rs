//! Compiles and instantiates a module.

use deno_core::v8;

use super::function::WasmFunction;
use super::signature::exported_functions;
use crate::js::Exception;
use crate::ops::OpFailure;

/// Compiles `module`, gives it `imports` and answers its exported functions.
///
/// # Errors
///
/// `ERR_WASM_COMPILE` and `ERR_WASM_LINK` with V8's words; what the module's start function throws is passed on.
pub(crate) fn instantiate<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  name: &str,
  module: &[u8],
  imports: v8::Local<'s, v8::Value>,
) -> Result<Vec<(String, WasmFunction)>, Exception> {
  let compiled = compile(scope, name, module)?;
  let exports = link(scope, name, compiled, imports)?;
  let functions = exported_functions(module);
  let mut found = Vec::with_capacity(functions.len());
  // An op has a name; an export need not have one.
  for (name, signature) in functions.into_iter().filter(|(name, _)| !name.is_empty()) {
    let key = v8::String::new(scope, &name).ok_or(Exception::Pending)?;
    let export = exports.get(scope, key.into()).ok_or(Exception::Pending)?;
    if let Ok(function) = v8::Local::<v8::Function>::try_from(export) {
      found.push((name, WasmFunction::new(scope, function, signature)));
    }
  }
  Ok(found)
}

fn compile<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  name: &str,
  module: &[u8],
) -> Result<v8::Local<'s, v8::WasmModuleObject>, Exception> {
  v8::tc_scope!(let scope, scope);
  if let Some(module) = v8::WasmModuleObject::compile(scope, module) {
    return Ok(module);
  }
  let exception = scope.exception();
  let why = exception_text(scope, exception);
  scope.reset();
  let message = format!("cannot open plugin {name}: it is no valid WebAssembly module: {why}");
  Err(OpFailure::new("WebAssembly.CompileError", "ERR_WASM_COMPILE", message).into())
}

/// `new WebAssembly.Instance(module, imports).exports`.
fn link<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  name: &str,
  module: v8::Local<'s, v8::WasmModuleObject>,
  imports: v8::Local<'s, v8::Value>,
) -> Result<v8::Local<'s, v8::Object>, Exception> {
  let global = scope.get_current_context().global(scope);
  let namespace = property(scope, global, "WebAssembly")?;
  let constructor = property(scope, namespace, "Instance")?;
  let constructor = v8::Local::<v8::Function>::try_from(constructor).map_err(|_| replaced("Instance"))?;

  v8::tc_scope!(let scope, scope);
  match constructor.new_instance(scope, &[module.into(), imports]) {
    Some(instance) => property(scope, instance, "exports"),
    None => {
      let exception = scope.exception();
      let why = exception_text(scope, exception);
      // V8 begins its own complaints about imports like this; anything else is thrown by the start function.
      if !why.contains("WebAssembly.Instance()") {
        scope.rethrow();
        return Err(Exception::Pending);
      }
      scope.reset();
      let message = format!("cannot open plugin {name}: its imports do not fit: {why}; pass them as options.imports");
      Err(OpFailure::new("WebAssembly.LinkError", "ERR_WASM_LINK", message).into())
    }
  }
}

/// What an exception says.
fn exception_text<'s>(scope: &mut v8::PinScope<'s, '_>, exception: Option<v8::Local<'s, v8::Value>>) -> String {
  let message = exception.map(|exception| v8::Exception::create_message(scope, exception).get(scope));
  let text = message.map(|message| message.to_rust_string_lossy(scope)).unwrap_or_default();
  text.trim_start_matches("Uncaught ").to_string()
}

/// An object that is a property of another.
fn property<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  object: v8::Local<'s, v8::Object>,
  key: &str,
) -> Result<v8::Local<'s, v8::Object>, Exception> {
  let name = v8::String::new(scope, key).ok_or(Exception::Pending)?;
  let value = object.get(scope, name.into()).ok_or(Exception::Pending)?;
  v8::Local::<v8::Object>::try_from(value).map_err(|_| replaced(key))
}

/// The script has put something else in the place of what this needs.
fn replaced(name: &str) -> Exception {
  let message = format!("cannot open a WebAssembly plugin: the script has replaced {name} of WebAssembly");
  OpFailure::new("TypeError", "ERR_WASM_LINK", message).into()
}
