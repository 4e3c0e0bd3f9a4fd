//! What a module says of itself.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use wasmparser::GlobalType;
use wasmparser::MemoryType;
use wasmparser::TableType;
use wasmparser::ValType;

/// What a module says of itself. Nothing of it is validated.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Summary {
  /// The imports in the module's order.
  pub imports: Vec<Import>,
  /// The exports in the module's order, without those that the rewriter adds.
  pub exports: Vec<Export>,
  /// The index of the function that runs when the module is instantiated.
  pub start: Option<u32>,
  /// Number of memories, imported and defined, without the one that the rewriter adds.
  pub memories: u32,
  /// The custom sections in the module's order.
  pub custom_sections: Vec<CustomSection>,
  /// The sizes that the module claims.
  pub claims: Claims,
  /// What the module can change.
  pub effects: Effects,
}

impl Summary {
  /// How many tables it imports and defines.
  #[must_use]
  pub fn tables(&self) -> u32 {
    let imported = self.imports.iter().filter(|import| import.ty.kind() == Kind::Table).count();
    self.claims.tables.saturating_add(u32::try_from(imported).unwrap_or(u32::MAX))
  }
}

/// What kind of thing is imported or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Kind {
  Function,
  Table,
  Memory,
  Global,
  Tag,
}

impl fmt::Display for Kind {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match self {
      Self::Function => "function",
      Self::Table => "table",
      Self::Memory => "memory",
      Self::Global => "global",
      Self::Tag => "tag",
    })
  }
}

/// An import.
#[derive(Clone, Debug)]
pub struct Import {
  /// The module it is imported from.
  pub module: Box<str>,
  /// Its name there.
  pub field: Box<str>,
  /// Its type, which displays in words.
  pub ty: ImportType,
}

/// The type of an import. It displays in words: `function (i32, i64) -> i32`, `memory 1..16`, `global mut i32`.
#[derive(Clone, Debug)]
pub enum ImportType {
  /// A function. There is no type if its index is not one of a function type.
  Function(Option<Arc<FunctionType>>),
  /// A table.
  Table(TableType),
  /// A memory.
  Memory(MemoryType),
  /// A global.
  Global(GlobalType),
  /// A tag of exceptions, with the type of their values.
  Tag(Option<Arc<FunctionType>>),
}

impl ImportType {
  /// What kind of thing it is.
  #[must_use]
  pub fn kind(&self) -> Kind {
    match self {
      Self::Function(_) => Kind::Function,
      Self::Table(_) => Kind::Table,
      Self::Memory(_) => Kind::Memory,
      Self::Global(_) => Kind::Global,
      Self::Tag(_) => Kind::Tag,
    }
  }
}

impl fmt::Display for ImportType {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shared = |shared: bool| if shared { "shared " } else { "" };
    match self {
      Self::Function(Some(ty)) | Self::Tag(Some(ty)) => write!(f, "{} {ty}", self.kind()),
      Self::Function(None) | Self::Tag(None) => write!(f, "{}", self.kind()),
      Self::Table(ty) => {
        let wide = if ty.table64 { "64" } else { "" };
        write!(f, "{}table{wide} {} {}", shared(ty.shared), Range64(ty.initial, ty.maximum), ty.element_type)
      }
      Self::Memory(ty) => {
        let wide = if ty.memory64 { "64" } else { "" };
        write!(f, "{}memory{wide} {}", shared(ty.shared), Range64(ty.initial, ty.maximum))?;
        match ty.page_size_log2 {
          Some(size) => write!(f, " (page size {})", 1_u128 << size.min(64)),
          None => Ok(()),
        }
      }
      Self::Global(ty) => {
        let mutable = if ty.mutable { "mut " } else { "" };
        write!(f, "{}global {mutable}{}", shared(ty.shared), ty.content_type)
      }
    }
  }
}

struct Range64(u64, Option<u64>);

impl fmt::Display for Range64 {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self.1 {
      Some(maximum) => write!(f, "{}..{maximum}", self.0),
      None => write!(f, "{}", self.0),
    }
  }
}

/// The type of a function. It displays as `(i32, i64) -> i32`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionType {
  /// Its index among the module's types.
  pub index: u32,
  /// The types of its parameters.
  pub parameters: Box<[ValType]>,
  /// The types of its results.
  pub results: Box<[ValType]>,
}

impl fmt::Display for FunctionType {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write_list(f, &self.parameters)?;
    match &*self.results {
      [] => Ok(()),
      [result] => write!(f, " -> {result}"),
      results => {
        f.write_str(" -> ")?;
        write_list(f, results)
      }
    }
  }
}

fn write_list(f: &mut fmt::Formatter<'_>, types: &[ValType]) -> fmt::Result {
  for (at, ty) in types.iter().enumerate() {
    write!(f, "{}{ty}", if at == 0 { "(" } else { ", " })?;
  }
  f.write_str(if types.is_empty() { "()" } else { ")" })
}

/// An export.
#[derive(Clone, Debug)]
pub struct Export {
  /// Its name.
  pub name: Box<str>,
  /// What it is.
  pub kind: Kind,
  /// Its index among the module's things of this kind.
  pub index: u32,
  /// The type of an exported function.
  pub function: Option<Arc<FunctionType>>,
}

/// A custom section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomSection {
  name: Box<str>,
  whole: u32,
  start: u32,
  end: u32,
}

impl CustomSection {
  /// A section that starts at `whole` and whose contents are at `range`.
  pub(crate) fn new(name: Box<str>, whole: usize, range: Range<usize>) -> Self {
    let narrow = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
    Self { name, whole: narrow(whole), start: narrow(range.start), end: narrow(range.end) }
  }

  /// All of it.
  pub(crate) fn whole(&self) -> Range<usize> {
    self.whole as usize..self.end as usize
  }

  /// Its name: `name`, `.debug_line`.
  #[must_use]
  pub fn name(&self) -> &str {
    &self.name
  }

  /// Where its contents are in the original module, without the name.
  #[must_use]
  pub fn range(&self) -> Range<usize> {
    self.start as usize..self.end as usize
  }
}

/// The sizes that a module claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
  /// Tables that the module defines.
  pub(crate) tables: u32,
  /// Pages of 64 KiB that its memories start with, imported ones too.
  pub pages: u64,
  /// Elements that its tables start with, imported ones too.
  pub elements: u64,
  /// Bytes that V8 takes for the values of the largest exception.
  pub largest_exception: u64,
}

/// What a module can do besides changing memories and globals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Effects {
  /// It has an instruction that changes a table.
  pub changes_tables: bool,
  /// It has an instruction that drops a passive segment.
  pub drops_segments: bool,
  /// It has an instruction that makes an object in the engine's heap, in its code or for a global or an element.
  pub allocates: bool,
  /// A global, a table or an exception of it can hold exceptions, which are in the engine's heap too.
  pub keeps_exceptions: bool,
  /// It has an instruction that waits for another thread.
  pub waits: bool,
}
