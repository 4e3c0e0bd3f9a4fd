//! Compiles the scripts that are loaded on demand, so that a runtime reads their code instead of their text.
//!
//! V8 takes the code only with the flags and the snapshot that it was made with, and compiles the text otherwise.

use deno_core::JsRuntime;
use deno_core::RuntimeOptions;
use deno_core::v8;
use deno_core::v8::script_compiler;
use deno_core::v8::script_compiler::CompileOptions;
use deno_core::v8::script_compiler::NoCacheReason;
use deno_core::v8::script_compiler::Source;

use crate::extensions;

/// How V8 takes a script.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
  Module,
  /// The body of a function that is given deno_core's ops, as `wrap_lazy_ext_script` makes it.
  Function,
}

/// The code of each script, with all its functions, for runtimes that start from `snapshot`.
pub(crate) fn compile<'a>(
  snapshot: &'static [u8],
  scripts: impl Iterator<Item = (Kind, &'a str, &'a str)>,
) -> Vec<Vec<u8>> {
  let mut runtime = JsRuntime::new(RuntimeOptions {
    extensions: extensions::all(),
    startup_snapshot: Some(snapshot),
    skip_op_registration: true,
    ..Default::default()
  });
  deno_core::scope!(scope, &mut runtime);
  scripts.map(|(kind, specifier, text)| code(scope, kind, specifier, text)).collect()
}

fn code(scope: &mut v8::PinScope<'_, '_>, kind: Kind, specifier: &str, text: &str) -> Vec<u8> {
  let is_module = matches!(kind, Kind::Module);
  let name = v8::String::new(scope, specifier).expect("a specifier is short").into();
  let origin = v8::ScriptOrigin::new(scope, name, 0, 0, false, 0, None, false, false, is_module, None);
  let text = v8::String::new(scope, text).expect("a script is not that long");
  let mut source = Source::new(text, Some(&origin));
  let (options, reason) = (CompileOptions::EagerCompile, NoCacheReason::NoReason);
  let cache = match kind {
    Kind::Module => script_compiler::compile_module2(scope, &mut source, options, reason)
      .and_then(|module| module.get_unbound_module_script(scope).create_code_cache()),
    Kind::Function => {
      let parameter = v8::String::new(scope, "__bootstrap").expect("it is short");
      script_compiler::compile_function(scope, &mut source, &[parameter], &[], options, reason)
        .and_then(|function| function.create_code_cache())
    }
  };
  cache.unwrap_or_else(|| panic!("V8 does not compile {specifier}")).to_vec()
}
