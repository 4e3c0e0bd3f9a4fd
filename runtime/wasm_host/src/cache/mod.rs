//! Modules that were compiled before, by their bytes: a plugin that is opened again, or on several threads, is neither
//! rewritten nor compiled again. Those that were used lately are kept in memory, for all runtimes of the process; a
//! [`Folder`] keeps those that a runtime opened for other processes, with the machine code that V8 had made of them
//! when they were closed.

mod code;
mod folder;
mod plans;
mod recent;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;
use std::time::Instant;

use deno_core::v8;
use wasm_rewrite::OffsetMap;
use wasm_rewrite::Options;
use wasm_rewrite::Rewritten;

pub use self::folder::Folder;
use self::folder::FolderId;
pub use self::folder::open;
pub(crate) use self::plans::plan;
use self::recent::Recent;
use super::description::Description;
use super::rewriting::rewrite_within;

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
  fn is(&self, bytes: &[u8], options: Options) -> bool {
    self.options == options && self.original == bytes
  }

  /// Where the bytes of the module that V8 has were in the original.
  pub(crate) fn offsets(&self) -> &OffsetMap {
    // A module from the folder comes without.
    let find = || rewrite_within(&self.original, self.options, None).map(|rewritten| rewritten.offsets);
    self.offsets.get_or_init(|| find().unwrap_or_default())
  }
}

impl guest_worlds::Module for Module {
  fn bytes(&self) -> &[u8] {
    &self.original
  }

  fn imports_from(&self, module: &str) -> bool {
    self.description.imports_from(module)
  }

  fn exports(&self, name: &str) -> bool {
    self.description.exports(name)
  }
}

/// What modules are told apart by, mostly: their lengths and first bytes, which the list of all has in a row.
#[derive(Clone, Copy, PartialEq)]
struct Start {
  length: usize,
  bytes: [u8; 56],
}

impl Start {
  fn of(module: &[u8]) -> Self {
    let mut bytes = [0; 56];
    let count = module.len().min(bytes.len());
    bytes[..count].copy_from_slice(&module[..count]);
    Self { length: module.len(), bytes }
  }
}

/// A module in memory.
struct Entry {
  start: Start,
  module: Arc<Module>,
  compiled: v8::CompiledWasmModule,
  /// Of the folders of the runtimes that opened it.
  kept: Vec<Kept>,
}

/// What is known of a module's file in one folder.
struct Kept {
  folder: FolderId,
  /// The length of the code in it that is of use, when it was read or written.
  code: Option<usize>,
  looked: Option<Instant>,
}

impl Entry {
  /// A runtime with this folder has opened the module.
  fn add_folder(&mut self, folder: Option<&Folder>, code: Option<usize>) {
    let Some(folder) = folder.map(Folder::id) else { return };
    if self.kept.iter().all(|kept| kept.folder != folder) {
      self.kept.push(Kept { folder, code, looked: None });
    }
  }

  /// Writes the module's file unless there is this much code in it, if a runtime with this folder has opened it; not
  /// more often than `interval`.
  fn write(&mut self, folder: &Folder, interval: Duration) {
    let Some(kept) = self.kept.iter_mut().find(|kept| kept.folder == folder.id()) else { return };
    if kept.looked.is_some_and(|looked| looked.elapsed() < interval) {
      return;
    }
    kept.looked = Some(Instant::now());
    let code = code::serialize(&self.compiled).unwrap_or_default();
    let module = &self.module;
    // A module that was in memory already may be in the folder too.
    let there = kept.code.or_else(|| folder.length_of_code(&module.original, module.options));
    if there.is_none_or(|there| there < code.len()) {
      folder.write(&module.original, module.options, &module.description, self.compiled.get_wire_bytes_ref(), &code);
    }
    // What cannot be written now is not tried again and again.
    kept.code = there.max(Some(code.len()));
  }
}

/// The most core modules that a component is made of.
pub(crate) const MAX_MODULES: usize = 64;

/// As many as some components have.
static ENTRIES: Recent<Entry> = Recent::new(4 * MAX_MODULES, |entry| entry.start.length);

/// A module, and V8's object for it.
pub(crate) type Found<'s> = (Arc<Module>, v8::Local<'s, v8::WasmModuleObject>);

/// The module of these bytes under these options, if it is there.
pub(crate) fn find<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  folder: Option<&Folder>,
  bytes: &[u8],
  options: Options,
) -> Option<Found<'s>> {
  find_in_memory(scope, folder, bytes, options).or_else(|| find_in_folder(scope, folder?, bytes, options))
}

fn find_in_memory<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  folder: Option<&Folder>,
  bytes: &[u8],
  options: Options,
) -> Option<Found<'s>> {
  let start = Start::of(bytes);
  let found = ENTRIES.find(
    |entry| entry.start == start && entry.module.is(bytes, options),
    |entry| {
      entry.add_folder(folder, None);
      Some((entry.module.clone(), v8::WasmModuleObject::from_compiled_module(scope, &entry.compiled)?))
    },
  );
  found.flatten()
}

fn find_in_folder<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  folder: &Folder,
  bytes: &[u8],
  options: Options,
) -> Option<Found<'s>> {
  let (stored, description) = folder.read(bytes, options)?;
  let stored = Rc::new(stored);
  let length = stored.code().len();
  let compiled = match length {
    0 => None,
    // SAFETY: the file is whole, so a plugbay wrote it: into a folder that is the user's alone, which is `Folder`'s to
    // see to.
    _ => unsafe { code::deserialize(scope, &stored) },
  };
  let (compiled, code) = match compiled {
    Some(compiled) => (compiled, length),
    // Code that V8 does not take is as good as none.
    None => (v8::WasmModuleObject::compile(scope, stored.module())?, 0),
  };
  let module = Module { original: bytes.to_vec(), options, description, offsets: OnceLock::new() };
  Some((keep_in_memory(module, compiled, Some(folder), Some(code)), compiled))
}

/// Keeps a module that was just compiled.
pub(crate) fn keep<'s>(
  folder: Option<&Folder>,
  original: Vec<u8>,
  options: Options,
  mut rewritten: Rewritten,
  compiled: v8::Local<'s, v8::WasmModuleObject>,
) -> Found<'s> {
  let description = Description::new(&mut rewritten);
  let module = Module { original, options, description, offsets: OnceLock::from(rewritten.offsets) };
  (keep_in_memory(module, compiled, folder, None), compiled)
}

fn keep_in_memory(
  module: Module,
  compiled: v8::Local<'_, v8::WasmModuleObject>,
  folder: Option<&Folder>,
  code: Option<usize>,
) -> Arc<Module> {
  let (start, compiled) = (Start::of(&module.original), compiled.get_compiled_module());
  let entry = Entry { start, module: Arc::new(module), compiled, kept: Vec::new() };
  ENTRIES.keep(
    entry,
    |kept, made| kept.start == made.start && kept.module.is(&made.module.original, made.module.options),
    |entry| {
      entry.add_folder(folder, code);
      entry.module.clone()
    },
  )
}

/// A plugin of this module is closed: writes it to the folder if there is something new, and not too often.
pub(crate) fn write(folder: &Folder, module: &Arc<Module>) {
  let mut entries = ENTRIES.lock();
  if let Some(entry) = entries.iter_mut().find(|entry| Arc::ptr_eq(&entry.module, module)) {
    entry.write(folder, WRITE_INTERVAL);
  }
}

/// The process is about to end, or the runtime of this folder: writes what is new.
pub(crate) fn write_all(folder: &Folder) {
  ENTRIES.lock().iter_mut().for_each(|entry| entry.write(folder, Duration::ZERO));
}

impl Drop for Folder {
  /// Its runtime has ended.
  fn drop(&mut self) {
    ENTRIES.lock().iter_mut().for_each(|entry| entry.kept.retain(|kept| kept.folder != self.id()));
  }
}
