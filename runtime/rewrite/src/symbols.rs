//! Names and source lines of a module's functions.

use std::collections::HashMap;
use std::fmt::Write;

use rustc_demangle::demangle;
use wasmparser::BinaryReader;
use wasmparser::Name;
use wasmparser::NameSectionReader;
use wasmparser::TypeRef;

use crate::budget::Budget;
use crate::lines::Lines;
use crate::sections::Id;
use crate::sections::Sections;

/// Names and source lines of a module's functions, as far as the module tells them. What is broken of that is left out.
pub struct Symbols {
  functions: Functions,
  names: HashMap<u32, Box<str>>,
  lines: Option<Lines>,
}

/// Where the functions are that the module defines.
#[derive(Default)]
struct Functions {
  imported: u32,
  /// Where the first one starts.
  start: usize,
  /// Where each ends.
  ends: Vec<u32>,
}

impl Symbols {
  /// Reads what the original `module` tells: it takes a while if there is much.
  #[must_use]
  pub fn new(module: &[u8]) -> Self {
    let Ok(sections) = Sections::read(module, &mut Budget::unlimited()) else {
      return Self { functions: Functions::default(), names: HashMap::new(), lines: None };
    };
    Self {
      functions: Functions::new(&sections).unwrap_or_default(),
      names: names(module, &sections).unwrap_or_default(),
      lines: Lines::new(module, &sections),
    }
  }

  /// The index of the function that has the code at an offset in the original module, imported functions counted.
  ///
  /// The index that a stack's text has is not always right: `deno_core` writes V8's line number less one, which is 0
  /// for every function. The offset is right.
  #[must_use]
  pub fn function_at(&self, module_offset: usize) -> Option<u32> {
    let Functions { imported, start, ends } = &self.functions;
    let at = ends.partition_point(|&end| end as usize <= module_offset);
    let index = u32::try_from(at).ok()?.checked_add(*imported)?;
    (module_offset >= *start && at < ends.len()).then_some(index)
  }

  /// The name of the function with this index, imported functions counted. Names that Rust's compiler made are as in
  /// the source.
  #[must_use]
  pub fn function(&self, index: u32) -> Option<String> {
    let name = self.names.get(&index)?;
    let mut readable = String::new();
    match write!(readable, "{:#}", demangle(name)) {
      Ok(()) => Some(readable),
      Err(_) => Some(name.to_string()),
    }
  }

  /// The file and the line that the code at an offset in the original module comes from.
  #[must_use]
  pub fn line(&self, module_offset: usize) -> Option<(String, u32)> {
    self.lines.as_ref()?.find(module_offset)
  }
}

fn names(module: &[u8], sections: &Sections<'_>) -> Option<HashMap<u32, Box<str>>> {
  let section = sections.custom.iter().find(|section| section.name() == "name")?;
  let reader = BinaryReader::new(&module[section.range()], section.range().start);
  let mut names = HashMap::new();
  for part in NameSectionReader::new(reader) {
    if let Name::Function(functions) = part.ok()? {
      for naming in functions {
        let naming = naming.ok()?;
        names.insert(naming.index, naming.name.into());
      }
    }
  }
  Some(names)
}

impl Functions {
  fn new(sections: &Sections<'_>) -> Option<Self> {
    let mut imported = 0;
    if let Some(mut reader) = sections.reader(Id::Import) {
      for _ in 0..reader.read_var_u32().ok()? {
        let import = reader.read::<wasmparser::Import<'_>>().ok()?;
        imported += u32::from(matches!(import.ty, TypeRef::Func(_)));
      }
    }
    let mut reader = sections.reader(Id::Code)?;
    let count = reader.read_var_u32().ok()?;
    let start = reader.original_position();
    let mut ends = Vec::new();
    for _ in 0..count {
      ends.push(u32::try_from(reader.read_reader().ok()?.range().end).ok()?);
    }
    Some(Self { imported, start, ends })
  }
}
