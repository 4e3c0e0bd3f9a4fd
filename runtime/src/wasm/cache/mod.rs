//! Modules that were compiled before, by their bytes: a plugin that is opened again, or on several threads, is neither rewritten
//! nor compiled again. Those that were used lately are kept in memory, for all runtimes of the process; [`folder`] keeps them for
//! other processes, with the machine code that V8 had made of them when they were closed.

mod code;
pub(super) mod folder;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use deno_core::v8;
use wasm_rewrite::OffsetMap;
use wasm_rewrite::Options;
use wasm_rewrite::Rewritten;

use self::folder::Folder;
use self::folder::Key;
use super::description::Description;
use super::load::rewrite_within;

/// The bytes of modules that are kept in memory at most, and how many modules.
const MOST_BYTES: usize = 64 << 20;
const MOST_MODULES: usize = 32;
/// How often one module is written at most, but for the last time.
const WRITE_INTERVAL: Duration = Duration::from_secs(10);

/// A module as it came, and what is known of it.
pub(crate) struct Module {
  pub(crate) original: Vec<u8>,
  options: Options,
  pub(crate) description: Description,
  offsets: OnceLock<OffsetMap>,
}

impl Module {
  /// Where the bytes of the module that V8 has were in the original.
  pub(crate) fn offsets(&self) -> &OffsetMap {
    // A module from the folder comes without.
    let find = || rewrite_within(&self.original, self.options).map(|rewritten| rewritten.offsets);
    self.offsets.get_or_init(|| find().unwrap_or_default())
  }
}

/// A module in memory.
struct Entry {
  module: Arc<Module>,
  compiled: v8::CompiledWasmModule,
  /// The length of the code in its file, if it has a file.
  written: Option<usize>,
  looked: Option<Instant>,
}

impl Entry {
  /// Writes the module's file unless it has this much code.
  fn write(&mut self, folder: &Folder) {
    self.looked = Some(Instant::now());
    let code = code::serialize(&self.compiled).unwrap_or_default();
    if self.written.is_some_and(|written| written >= code.len()) {
      return;
    }
    let length = code.len();
    let module = &self.module;
    let key = Key::new(&module.original, module.options);
    match folder.write(&key, &module.description, self.compiled.get_wire_bytes_ref(), &code) {
      Ok(()) => self.written = Some(length),
      Err(error) => tracing::debug!("a compiled module cannot be kept: {error}"),
    }
  }
}

/// The one used last is the last.
static ENTRIES: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

fn entries() -> MutexGuard<'static, Vec<Entry>> {
  ENTRIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A module, and V8's object for it.
pub(crate) type Found<'s> = (Arc<Module>, v8::Local<'s, v8::WasmModuleObject>);

/// The module of these bytes under these options, if it is there.
pub(crate) fn find<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  folder: Option<&Folder>,
  bytes: &[u8],
  options: Options,
) -> Option<Found<'s>> {
  find_in_memory(scope, bytes, options).or_else(|| find_in_folder(scope, folder?, bytes, options))
}

fn find_in_memory<'s>(scope: &mut v8::PinScope<'s, '_>, bytes: &[u8], options: Options) -> Option<Found<'s>> {
  let mut entries = entries();
  let is_it = |entry: &Entry| entry.module.options == options && entry.module.original == bytes;
  let entry = entries.iter().position(is_it)?;
  let entry = entries.remove(entry);
  let module = entry.module.clone();
  let compiled = v8::WasmModuleObject::from_compiled_module(scope, &entry.compiled);
  entries.push(entry);
  Some((module, compiled?))
}

fn find_in_folder<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  folder: &Folder,
  bytes: &[u8],
  options: Options,
) -> Option<Found<'s>> {
  let stored = Rc::new(folder.read(&Key::new(bytes, options))?);
  let length = stored.code().len();
  let compiled = match length {
    0 => None,
    // SAFETY: the file is whole, so a plugbay wrote it: into a folder that is the user's alone, which is `Folder`'s to see to.
    _ => unsafe { code::deserialize(scope, &stored) },
  };
  let (compiled, written) = match compiled {
    Some(compiled) => (compiled, Some(length)),
    // Code that V8 does not take is written anew.
    None => (v8::WasmModuleObject::compile(scope, stored.bytes())?, (length == 0).then_some(0)),
  };
  let description = stored.description.clone();
  let module = Module { original: bytes.to_vec(), options, description, offsets: OnceLock::new() };
  Some((keep_in_memory(module, compiled, written), compiled))
}

/// Keeps a module that was just compiled, in the place of those that were used longest ago.
pub(crate) fn keep<'s>(
  original: Vec<u8>,
  options: Options,
  rewritten: Rewritten,
  compiled: v8::Local<'s, v8::WasmModuleObject>,
) -> Found<'s> {
  let description = Description::new(&rewritten);
  let module = Module { original, options, description, offsets: OnceLock::from(rewritten.offsets) };
  (keep_in_memory(module, compiled, None), compiled)
}

fn keep_in_memory(
  module: Module,
  compiled: v8::Local<'_, v8::WasmModuleObject>,
  written: Option<usize>,
) -> Arc<Module> {
  let module = Arc::new(module);
  let compiled = compiled.get_compiled_module();
  let mut entries = entries();
  entries.push(Entry { module: module.clone(), compiled, written, looked: None });
  let size = |entries: &[Entry]| entries.iter().map(|entry| entry.module.original.len()).sum::<usize>();
  while entries.len() > MOST_MODULES || size(&entries) > MOST_BYTES {
    entries.remove(0);
  }
  module
}

/// A plugin of this module is closed: writes it to the folder if there is something new, and not too often.
pub(crate) fn write(folder: &Folder, module: &Arc<Module>) {
  let mut entries = entries();
  let entry = entries.iter_mut().find(|entry| Arc::ptr_eq(&entry.module, module));
  if let Some(entry) = entry.filter(|entry| entry.looked.is_none_or(|looked| looked.elapsed() > WRITE_INTERVAL)) {
    entry.write(folder);
  }
}

/// The process is about to end, or the runtime: writes what is new.
pub(crate) fn write_all(folder: &Folder) {
  entries().iter_mut().for_each(|entry| entry.write(folder));
}
