//! Reads a module's sections, all but its code.

use std::sync::Arc;

use wasmparser::BinaryReader;
use wasmparser::CompositeInnerType;
use wasmparser::ExternalKind;
use wasmparser::FromReader;
use wasmparser::GlobalType;
use wasmparser::NameSectionReader;
use wasmparser::SubType;
use wasmparser::TypeRef;
use wasmparser::ValType;

use crate::budget;
use crate::budget::Budget;
use crate::constants::Constants;
use crate::elements;
use crate::exceptions::Exceptions;
use crate::limits;
use crate::limits::Cap;
use crate::limits::Limited;
use crate::nesting::Heights;
use crate::objects::Layout;
use crate::objects::Objects;
use crate::options::Options;
use crate::rewrite_error::RewriteError;
use crate::sections::Id;
use crate::sections::Sections;
use crate::sections::finish;
use crate::summary::Export;
use crate::summary::FunctionType;
use crate::summary::Import;
use crate::summary::ImportType;
use crate::summary::Kind;
use crate::summary::Summary;

/// The most entries of any section that V8 accepts.
const MAX_ENTRIES: usize = 1_000_000;

/// What a module's sections hold, all but its code.
pub(crate) struct Contents<'a> {
  pub(crate) summary: Summary,
  pub(crate) memories: Option<Limited>,
  pub(crate) tables: Option<Limited>,
  /// The globals that the module defines; the first one's index.
  pub(crate) globals: Vec<GlobalType>,
  pub(crate) imported_globals: u32,
  /// How many globals there are, imported and defined.
  pub(crate) all_globals: u32,
  pub(crate) imported_functions: u32,
  types: Types<'a>,
  /// The indices of the functions' types, imported functions first.
  functions: Vec<u32>,
  /// Those of the tags, imported ones first.
  tags: Vec<u32>,
  /// The most parameters that a tag has.
  pub(crate) widest_tag: u64,
  pub(crate) heights: Heights<'a>,
  pub(crate) constants: Constants,
}

impl<'a> Contents<'a> {
  /// Reads the sections and refuses what wants more than `options` allow.
  pub(crate) fn read(
    module: &'a [u8],
    sections: &mut Sections<'_>,
    options: &Options,
    budget: &mut Budget,
  ) -> Result<Self, RewriteError> {
    let mut summary = Summary { custom_sections: std::mem::take(&mut sections.custom), ..Summary::default() };
    for section in &summary.custom_sections {
      let reader = BinaryReader::new(&module[section.range()], section.range().start);
      match section.name() {
        "name" => budget.charge_names(NameSectionReader::new(reader))?,
        // V8 keeps where a map or symbols are to be found.
        "sourceMappingURL" | "external_debug_info" => budget.charge_text("URLs", reader.bytes_remaining())?,
        _ => {}
      }
    }
    let mut exceptions = Exceptions::default();
    let (mut types, layouts) = Types::read(module, sections, &mut exceptions, budget)?;
    let (mut functions, mut tags) = (Vec::new(), Vec::new());
    let (mut tables, mut memories, mut globals) = (0, 0, 0);
    summary.imports = list(sections, Id::Import, |import: wasmparser::Import<'_>| {
      budget.charge("imports", budget::IMPORT)?;
      budget.charge_text("imports", import.module.len() + import.name.len())?;
      let ty = match import.ty {
        TypeRef::Func(index) => {
          functions.push(index);
          ImportType::Function(types.use_function(index, "imports", budget)?)
        }
        TypeRef::Table(ty) => {
          exceptions.hold(ValType::Ref(ty.element_type));
          limits::check_table(&ty, tables, true, options.table_elements)?;
          summary.claims.elements = summary.claims.elements.saturating_add(ty.initial);
          tables += 1;
          ImportType::Table(ty)
        }
        TypeRef::Memory(ty) => {
          limits::check_memory(&ty, memories, true, options.memory_pages)?;
          summary.claims.pages = summary.claims.pages.saturating_add(limits::start_pages(&ty));
          memories += 1;
          ImportType::Memory(ty)
        }
        TypeRef::Global(ty) => {
          exceptions.hold(ty.content_type);
          globals += 1;
          ImportType::Global(ty)
        }
        TypeRef::Tag(tag) => {
          tags.push(tag.func_type_idx);
          let ty = types.use_function(tag.func_type_idx, "imports", budget)?;
          exceptions.carry(ty.as_deref());
          ImportType::Tag(ty)
        }
      };
      Ok(Import { module: import.module.into(), field: import.name.into(), ty })
    })?;
    let imported_functions = functions.len() as u32;
    functions.extend(list(sections, Id::Function, |index: u32| {
      budget.charge("functions", budget::FUNCTION)?;
      Ok(index)
    })?);
    let objects = options.objects.then(|| Objects::new(layouts));
    let mut constants = Constants::new(functions.len(), exceptions, objects);
    let cap = Cap { most: options.table_elements, growth: options.table_growth };
    let limited_tables =
      limited(sections, Id::Table, |reader| limits::tables(module, reader, tables, cap, &mut constants, budget))?;
    if let Some(tables) = &limited_tables {
      summary.claims.tables = tables.count;
      summary.claims.elements = summary.claims.elements.saturating_add(tables.start);
    }
    let cap = Cap { most: options.memory_pages, growth: options.memory_growth };
    let limited_memories =
      limited(sections, Id::Memory, |reader| limits::memories(module, reader, memories, cap, budget))?;
    if let Some(memories) = &limited_memories {
      summary.claims.pages = summary.claims.pages.saturating_add(memories.start);
    }
    summary.memories = memories + limited_memories.as_ref().map_or(0, |limited| limited.count);
    list(sections, Id::Tag, |tag: wasmparser::TagType| {
      budget.charge("tags", budget::TAG)?;
      tags.push(tag.func_type_idx);
      constants.exceptions.carry(types.use_function(tag.func_type_idx, "tags", budget)?.as_deref());
      Ok(())
    })?;
    let defined_globals = entries(sections, Id::Global, |reader| {
      let ty = reader.read::<GlobalType>()?;
      let is_exported = options.export_globals && ty.mutable;
      budget.charge("globals", if is_exported { budget::GLOBAL + budget::EXPORT } else { budget::GLOBAL })?;
      constants.exceptions.hold(ty.content_type);
      constants.read(reader, budget)?;
      Ok(ty)
    })?;
    let all_globals = globals + defined_globals.len() as u32;
    summary.exports = list(sections, Id::Export, |export: wasmparser::Export<'_>| {
      budget.charge("exports", budget::EXPORT)?;
      budget.charge_text("exports", export.name.len())?;
      let kind = match export.kind {
        ExternalKind::Func => Kind::Function,
        ExternalKind::Table => Kind::Table,
        ExternalKind::Memory => Kind::Memory,
        ExternalKind::Global => Kind::Global,
        ExternalKind::Tag => Kind::Tag,
      };
      let function = match functions.get(export.index as usize).filter(|_| kind == Kind::Function) {
        Some(&ty) => {
          constants.declare(export.index);
          types.use_function(ty, "exports", budget)?
        }
        None => None,
      };
      Ok(Export { name: export.name.into(), kind, index: export.index, function })
    })?;
    let unknown = |export: &&Export| export.kind == Kind::Memory && export.index >= summary.memories;
    if let Some(export) = summary.exports.iter().find(unknown) {
      let offset = sections.get(Id::Export).map_or(0, |section| section.body.start);
      return Err(RewriteError::unknown_memory(offset, export.index));
    }
    // Constant expressions cannot have the global that is added: it is mutable, and no other global follows it.
    let unknown = |export: &&Export| export.kind == Kind::Global && export.index >= all_globals;
    if let Some(export) = summary.exports.iter().find(unknown).filter(|_| options.call_depth.is_some()) {
      let offset = sections.get(Id::Export).map_or(0, |section| section.body.start);
      return Err(RewriteError::unknown_global(offset, export.index));
    }
    if let Some(mut reader) = sections.reader(Id::Start) {
      let (offset, start) = (reader.original_position(), reader.read_var_u32()?);
      finish(&reader)?;
      summary.start = Some(start);
      // An export may have any type.
      let ty = functions.get(start as usize).and_then(|&index| types.function(index));
      if ty.is_some_and(|ty| !ty.parameters.is_empty() || !ty.results.is_empty()) {
        return Err(RewriteError::malformed(offset, "invalid start function type"));
      }
    }
    entries(sections, Id::Element, |reader| elements::elements(reader, &mut constants, budget))?;
    let memories = summary.memories;
    entries(sections, Id::Data, |reader| elements::data(reader, memories, &mut constants, budget))?;
    summary.claims.largest_exception = constants.exceptions.largest;
    summary.effects = constants.effects;
    summary.effects.keeps_exceptions = constants.exceptions.are_kept;
    let widest_tag = tags.iter().map(|&ty| types.arity(ty).parameters.into()).max().unwrap_or_default();
    Ok(Self {
      summary,
      memories: limited_memories,
      tables: limited_tables,
      globals: defined_globals,
      imported_globals: globals,
      all_globals,
      imported_functions,
      types,
      functions,
      tags,
      widest_tag,
      heights: Heights::of(module),
      constants,
    })
  }

  /// The function whose body is number `at` of the code, for errors.
  pub(crate) fn function_name(&self, at: u32) -> String {
    format!("its function {}", self.imported_functions.saturating_add(at))
  }

  /// The type's index of the function whose body is number `at` of the code, which is at `offset`, and how many
  /// parameters and results it has.
  pub(crate) fn signature(&self, at: u32, offset: usize) -> Result<(u32, Arity), RewriteError> {
    let Some(&ty) = self.functions.get(self.imported_functions as usize + at as usize) else {
      return Err(RewriteError::malformed(offset, "function and code section have inconsistent lengths"));
    };
    let arity = self.types.arities.get(ty as usize).copied().flatten();
    Ok((ty, arity.ok_or_else(|| RewriteError::malformed(offset, format!("no signature at index {ty}")))?))
  }

  /// Of a type that is none of a function's, or that there is not, V8 says so.
  pub(crate) fn type_arity(&self, index: u32) -> Arity {
    self.types.arity(index)
  }

  /// Of the function of that index, imported ones first.
  pub(crate) fn function_arity(&self, index: u32) -> Arity {
    self.functions.get(index as usize).map_or_else(Arity::default, |&ty| self.types.arity(ty))
  }

  /// Of the tag of that index, imported ones first.
  pub(crate) fn tag_arity(&self, index: u32) -> Arity {
    self.tags.get(index as usize).map_or_else(Arity::default, |&ty| self.types.arity(ty))
  }
}

/// What `each` makes of a section's entries.
fn list<'a, T: FromReader<'a>, U>(
  sections: &Sections<'a>,
  id: Id,
  mut each: impl FnMut(T) -> Result<U, RewriteError>,
) -> Result<Vec<U>, RewriteError> {
  entries(sections, id, |reader| each(reader.read()?))
}

/// What `each` reads of a section, once for each of its entries.
fn entries<'a, U>(
  sections: &Sections<'a>,
  id: Id,
  mut each: impl FnMut(&mut BinaryReader<'a>) -> Result<U, RewriteError>,
) -> Result<Vec<U>, RewriteError> {
  let Some(mut reader) = sections.reader(id) else { return Ok(Vec::new()) };
  let mut found = Vec::new();
  for _ in 0..reader.read_size(MAX_ENTRIES, "section's count")? {
    found.push(each(&mut reader)?);
  }
  finish(&reader)?;
  Ok(found)
}

fn limited(
  sections: &Sections<'_>,
  id: Id,
  read: impl FnOnce(&mut BinaryReader<'_>) -> Result<Limited, RewriteError>,
) -> Result<Option<Limited>, RewriteError> {
  let Some(mut reader) = sections.reader(id) else { return Ok(None) };
  let limited = read(&mut reader)?;
  finish(&reader)?;
  Ok(Some(limited))
}

/// How many parameters and results a function has.
#[derive(Clone, Copy, Default)]
pub(crate) struct Arity {
  pub(crate) parameters: u32,
  pub(crate) results: u32,
}

impl Arity {
  pub(crate) fn values(self) -> u64 {
    u64::from(self.parameters) + u64::from(self.results)
  }
}

/// A module's types. Those of functions that it imports or exports are read when they are asked for.
struct Types<'a> {
  module: &'a [u8],
  offsets: Vec<u32>,
  /// Of each that is a function's.
  arities: Vec<Option<Arity>>,
  /// Those that were asked for.
  functions: Vec<Option<Arc<FunctionType>>>,
}

impl<'a> Types<'a> {
  /// The types, and what objects of them take.
  fn read(
    module: &'a [u8],
    sections: &Sections<'_>,
    exceptions: &mut Exceptions,
    budget: &mut Budget,
  ) -> Result<(Self, Vec<Option<Layout>>), RewriteError> {
    let mut layouts = Vec::new();
    let mut types = Self { module, offsets: Vec::new(), arities: Vec::new(), functions: Vec::new() };
    let Some(mut reader) = sections.reader(Id::Type) else { return Ok((types, layouts)) };
    for _ in 0..reader.read_size(MAX_ENTRIES, "section's count")? {
      let group = reader.clone().read_u8()? == 0x4e;
      if group {
        reader.read_u8()?;
      }
      for _ in
        0..if group { reader.read_size(MAX_ENTRIES.saturating_sub(types.offsets.len()), "group's count")? } else { 1 }
      {
        types.offsets.push(u32::try_from(reader.original_position()).unwrap_or(u32::MAX));
        let ty = reader.read::<SubType>()?.composite_type.inner;
        exceptions.hold_in_objects(&ty);
        layouts.push(Layout::of(&ty));
        let (values, arity) = match ty {
          CompositeInnerType::Func(function) => {
            let arity = Arity { parameters: function.params().len() as u32, results: function.results().len() as u32 };
            (arity.values(), Some(arity))
          }
          CompositeInnerType::Struct(object) => (object.fields.len() as u64, None),
          CompositeInnerType::Array(_) | CompositeInnerType::Cont(_) => (1, None),
        };
        types.arities.push(arity);
        budget.charge("types", budget::TYPE + budget::VALUE * values)?;
      }
    }
    finish(&reader)?;
    Ok((types, layouts))
  }

  /// None, of a type that there is not or that is no function's.
  fn arity(&self, index: u32) -> Arity {
    self.arities.get(index as usize).copied().flatten().unwrap_or_default()
  }

  /// The type of a function or tag that the module imports or exports: what tells of that tells of the type, too.
  fn use_function(
    &mut self,
    index: u32,
    what: &'static str,
    budget: &mut Budget,
  ) -> Result<Option<Arc<FunctionType>>, RewriteError> {
    let function = self.function(index);
    let values = function.as_ref().map_or(0, |function| function.parameters.len() + function.results.len());
    budget.charge(what, budget::VALUE * values as u64)?;
    Ok(function)
  }

  fn function(&mut self, index: u32) -> Option<Arc<FunctionType>> {
    let offset = *self.offsets.get(index as usize)? as usize;
    if self.functions.is_empty() {
      self.functions.resize(self.offsets.len(), None);
    }
    let known = &mut self.functions[index as usize];
    if known.is_none() && self.arities[index as usize].is_some() {
      let ty = BinaryReader::new(&self.module[offset..], offset).read::<SubType>().ok()?;
      let CompositeInnerType::Func(function) = ty.composite_type.inner else { return None };
      let (parameters, results) = (function.params().into(), function.results().into());
      *known = Some(Arc::new(FunctionType { index, parameters, results }));
    }
    known.clone()
  }
}
