//! Rewrites a module before V8 compiles it, so that limits hold.
//!
//! Everything is copied as it is but what has to change, and what is added comes after what is there, so that indices
//! stay the same. The result is for V8 to validate.

use std::ops::Range;
use std::time::Instant;

use wasm_encoder::Encode;
use wasm_encoder::ExportKind;
use wasm_encoder::MemoryType;
use wasmparser::ValType;

use crate::additions::Additions;
use crate::budget::Budget;
use crate::call_depth::CallDepth;
use crate::checks;
use crate::contents::Contents;
use crate::limits::Limited;
use crate::objects::Objects;
use crate::offset_map::OffsetMap;
use crate::options::Options;
use crate::output::Output;
use crate::parts::Division;
use crate::rewrite_error::RewriteError;
use crate::sections;
use crate::sections::Id;
use crate::sections::Sections;
use crate::sizes;
use crate::sizes::MAX_MODULE;
use crate::summary::CustomSection;
use crate::summary::Summary;

/// The name under which the memory is exported whose first word ends the module's code when it is not 0.
const INTERRUPT_EXPORT: &str = "plugbay:interrupt";
/// The name under which the memory with index 0 is exported, if there is one.
pub const MEMORY_EXPORT: &str = "plugbay:memory";
/// The name under which the table with index 0 is exported, if there is one.
pub const TABLE_EXPORT: &str = "plugbay:table";
/// What the names start with under which globals are exported; their index follows.
const GLOBAL_EXPORT_PREFIX: &str = "plugbay:global:";
/// The name under which the global is exported that says how deep the function lies that begins. The host puts it back
/// around its own calls.
pub const DEPTH_EXPORT: &str = "plugbay:depth";
/// The name under which a deferred start function is exported.
const START_EXPORT: &str = "plugbay:start";

/// A rewritten module, and what the original says of itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rewritten {
  /// The module for V8.
  pub bytes: Vec<u8>,
  /// Where its bytes were in the original.
  pub offsets: OffsetMap,
  /// The mutable globals that the module defines, if they were to be exported.
  pub globals: Vec<Global>,
  /// The index of the memory `plugbay:interrupt`.
  pub interrupt_memory: Option<u32>,
  /// How many checks of the deadline were put in.
  pub checks: u32,
  /// What the host holds of [`Options::host_bytes`].
  pub host_bytes: u64,
  /// Whether there is the export [`MEMORY_EXPORT`].
  pub exports_memory: bool,
  /// Whether there is the export [`TABLE_EXPORT`].
  pub exports_table: bool,
  /// Whether the start function is now the export `plugbay:start`.
  pub start_deferred: bool,
  /// What the original says of itself.
  pub summary: Summary,
}

/// A mutable global that the module defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Global {
  /// Its index, imported globals counted.
  pub index: u32,
  /// Its type.
  pub ty: ValType,
  /// Whether it is exported under a reserved name, so that its value can be read and put back: references and vectors
  /// are not.
  pub(crate) resettable: bool,
}

impl Global {
  /// The name under which it is exported.
  #[must_use]
  pub fn export_name(&self) -> Option<String> {
    self.resettable.then(|| format!("{GLOBAL_EXPORT_PREFIX}{}", self.index))
  }
}

/// Rewrites `module` so that `options` hold for it.
///
/// # Errors
///
/// It is no core module or does not read as one, starts with more than it may have, declares more than the host may
/// hold, or exports a reserved name.
pub fn rewrite(module: &[u8], options: &Options) -> Result<Rewritten, RewriteError> {
  rewrite_in_parts(module, options, None, Division::of)
}

/// The same, unless it takes longer than `until`.
///
/// # Errors
///
/// Those of [`rewrite`], and [`RewriteError::Late`].
pub fn rewrite_until(module: &[u8], options: &Options, until: Option<Instant>) -> Result<Rewritten, RewriteError> {
  rewrite_in_parts(module, options, until, Division::of)
}

/// The same, and `divide` says how code of so many bytes is read.
pub(crate) fn rewrite_in_parts(
  module: &[u8],
  options: &Options,
  until: Option<Instant>,
  divide: impl FnOnce(usize) -> Division,
) -> Result<Rewritten, RewriteError> {
  sizes::check(module.len(), MAX_MODULE, || "it".to_owned())?;
  let mut budget = Budget::new(options.host_bytes, until).after(options.host_spent);
  let mut sections = Sections::read(module, &mut budget)?;
  let mut contents = Contents::read(module, &mut sections, options, &mut budget)?;
  let memory = contents.summary.memories;
  let globals = if options.export_globals { mutable_globals(&contents) } else { Vec::new() };
  let start = contents.summary.start.filter(|_| options.defer_start);
  let is_checked = options.deadline || contents.constants.objects.as_ref().is_some_and(Objects::any);
  let additions = Additions {
    deadline: is_checked.then_some(memory),
    depth: options.call_depth.map(|limit| CallDepth { global: contents.all_globals, limit }),
  };
  let exports = Exports::new(&contents, &additions, &globals, start, options.export_first)?;

  let mut output = Output::new(module, hints(&contents.summary.custom_sections, &additions));
  if let Some(tables) = contents.tables.as_ref().filter(|tables| tables.changed) {
    write_limited(&mut output, &sections, Id::Table, tables, None);
  }
  write_memories(&mut output, &sections, contents.memories.as_ref(), is_checked);
  if additions.depth.is_some() {
    write_longer(&mut output, &sections, module, Id::Global, 1, &CallDepth::entry())?;
  }
  exports.write(&mut output, &sections, module)?;
  if start.is_some() {
    output.replace(sections.place(Id::Start), &[]);
  }
  let mut checks = 0;
  if let (Some(section), Some(reader)) = (sections.get(Id::Code), sections.reader(Id::Code)) {
    let division = divide(section.body.len());
    let written = checks::write_code(&mut output, reader, section, &contents, &additions, &mut budget, division)?;
    contents.summary.effects = written.found.effects;
    checks = written.checks;
  }
  let (bytes, offsets) = output.finish();
  sizes::check(bytes.len(), MAX_MODULE, || "it".to_owned())?;
  Ok(Rewritten {
    bytes,
    offsets,
    globals,
    interrupt_memory: additions.deadline,
    checks,
    host_bytes: budget.spent().saturating_sub(options.host_spent),
    exports_memory: options.export_first && memory > 0,
    exports_table: options.export_first && contents.summary.tables() > 0,
    start_deferred: start.is_some(),
    summary: contents.summary,
  })
}

/// The sections with hints to compilers: they name places in functions, which the checks move.
fn hints(custom: &[CustomSection], additions: &Additions) -> Vec<Range<usize>> {
  let hints = custom.iter().filter(|section| additions.any() && section.name().starts_with("metadata.code."));
  hints.map(CustomSection::whole).collect()
}

fn mutable_globals(contents: &Contents<'_>) -> Vec<Global> {
  let defined = (contents.imported_globals..).zip(&contents.globals);
  let mutable = defined.filter(|(_, global)| global.mutable).map(|(index, global)| {
    let number = matches!(global.content_type, ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64);
    Global { index, ty: global.content_type, resettable: number && !global.shared }
  });
  mutable.collect()
}

fn write_memories(output: &mut Output<'_>, sections: &Sections<'_>, memories: Option<&Limited>, is_checked: bool) {
  let mut added = Vec::new();
  if is_checked {
    let (minimum, maximum) = (1, Some(1));
    MemoryType { minimum, maximum, memory64: false, shared: true, page_size_log2: None }.encode(&mut added);
  }
  let none = Limited { count: 0, entries: Vec::new(), start: 0, changed: false };
  let memories = memories.unwrap_or(&none);
  if is_checked || memories.changed {
    write_limited(output, sections, Id::Memory, memories, is_checked.then_some(&added));
  }
}

/// Writes a section of memories or tables, and one more entry.
fn write_limited(output: &mut Output<'_>, sections: &Sections<'_>, id: Id, limited: &Limited, added: Option<&Vec<u8>>) {
  let mut body = Vec::with_capacity(limited.entries.len() + 16);
  limited.count.saturating_add(u32::from(added.is_some())).encode(&mut body);
  body.extend_from_slice(&limited.entries);
  body.extend(added.into_iter().flatten());
  output.replace(sections.place(id), &sections::encode(id, &body));
}

/// Writes a section as it is and `added` entries after its own.
fn write_longer(
  output: &mut Output<'_>,
  sections: &Sections<'_>,
  module: &[u8],
  id: Id,
  added: u32,
  entries: &[u8],
) -> Result<(), RewriteError> {
  let (mut count, mut own) = (0, &[][..]);
  if let Some(mut reader) = sections.reader(id) {
    count = reader.read_var_u32()?;
    own = &module[reader.original_position()..reader.range().end];
  }
  let mut body = Vec::with_capacity(own.len() + entries.len() + 5);
  count.saturating_add(added).encode(&mut body);
  body.extend_from_slice(own);
  body.extend_from_slice(entries);
  output.replace(sections.place(id), &sections::encode(id, &body));
  Ok(())
}

/// The exports that are added.
struct Exports {
  count: u32,
  entries: Vec<u8>,
}

impl Exports {
  fn new(
    contents: &Contents<'_>,
    additions: &Additions,
    globals: &[Global],
    start: Option<u32>,
    export_first: bool,
  ) -> Result<Self, RewriteError> {
    let reserved = |name: &str| {
      [INTERRUPT_EXPORT, DEPTH_EXPORT, MEMORY_EXPORT, TABLE_EXPORT, START_EXPORT].contains(&name)
        || name.starts_with(GLOBAL_EXPORT_PREFIX)
    };
    if let Some(export) = contents.summary.exports.iter().find(|export| reserved(&export.name)) {
      return Err(RewriteError::ReservedExport(export.name.to_string()));
    }
    let mut exports = Self { count: 0, entries: Vec::new() };
    if let Some(memory) = additions.deadline {
      exports.add(INTERRUPT_EXPORT, ExportKind::Memory, memory);
    }
    if let Some(depth) = additions.depth {
      exports.add(DEPTH_EXPORT, ExportKind::Global, depth.global);
    }
    if export_first && contents.summary.memories > 0 {
      exports.add(MEMORY_EXPORT, ExportKind::Memory, 0);
    }
    if export_first && contents.summary.tables() > 0 {
      exports.add(TABLE_EXPORT, ExportKind::Table, 0);
    }
    for global in globals {
      if let Some(name) = global.export_name() {
        exports.add(&name, ExportKind::Global, global.index);
      }
    }
    if let Some(start) = start {
      exports.add(START_EXPORT, ExportKind::Func, start);
    }
    Ok(exports)
  }

  fn add(&mut self, name: &str, kind: ExportKind, index: u32) {
    self.count += 1;
    name.encode(&mut self.entries);
    kind.encode(&mut self.entries);
    index.encode(&mut self.entries);
  }

  /// Writes the export section, if there is anything to add to it.
  fn write(&self, output: &mut Output<'_>, sections: &Sections<'_>, module: &[u8]) -> Result<(), RewriteError> {
    if self.count == 0 {
      return Ok(());
    }
    write_longer(output, sections, module, Id::Export, self.count, &self.entries)
  }
}
