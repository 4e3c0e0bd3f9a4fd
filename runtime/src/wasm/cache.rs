//! Modules that were compiled lately, by their bytes: a plugin that is opened again, or on several threads, is neither rewritten
//! nor compiled again. For all runtimes of the process.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use deno_core::v8;
use wasm_rewrite::Options;
use wasm_rewrite::Rewritten;

/// The bytes of modules that are kept at most, and how many modules.
const MOST_BYTES: usize = 64 << 20;
const MOST_MODULES: usize = 32;

/// A module as it came, and what was made of it.
pub(crate) struct Module {
  pub(crate) original: Vec<u8>,
  options: Options,
  pub(crate) rewritten: Rewritten,
}

struct Entry {
  module: Arc<Module>,
  compiled: v8::CompiledWasmModule,
}

/// The one used last is the last.
static ENTRIES: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

/// The module of these bytes under these options, if it is there, and V8's object for it.
pub(crate) fn find<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  bytes: &[u8],
  options: Options,
) -> Option<(Arc<Module>, v8::Local<'s, v8::WasmModuleObject>)> {
  let mut entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
  let is_it = |entry: &Entry| entry.module.options == options && entry.module.original == bytes;
  let entry = entries.iter().position(is_it)?;
  let entry = entries.remove(entry);
  let module = entry.module.clone();
  let compiled = v8::WasmModuleObject::from_compiled_module(scope, &entry.compiled);
  entries.push(entry);
  Some((module, compiled?))
}

/// Keeps a module, in the place of those that were used longest ago.
pub(crate) fn keep(
  original: Vec<u8>,
  options: Options,
  rewritten: Rewritten,
  compiled: v8::Local<'_, v8::WasmModuleObject>,
) -> Arc<Module> {
  let module = Arc::new(Module { original, options, rewritten });
  let entry = Entry { module: module.clone(), compiled: compiled.get_compiled_module() };
  let mut entries = ENTRIES.lock().unwrap_or_else(PoisonError::into_inner);
  entries.push(entry);
  let size = |entries: &[Entry]| entries.iter().map(|entry| entry.module.original.len()).sum::<usize>();
  while entries.len() > MOST_MODULES || size(&entries) > MOST_BYTES {
    entries.remove(0);
  }
  module
}
