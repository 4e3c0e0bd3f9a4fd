//! What a module has, as far as linking wants to know it.

use std::collections::BTreeMap;

use wasmparser::ExternalKind;
use wasmparser::Parser;
use wasmparser::Payload;
use wasmparser::TypeRef;

/// A module that is valid, by its sections' counts.
#[derive(Default)]
pub(crate) struct Module<'a> {
  pub(crate) bytes: &'a [u8],
  pub(crate) types: u32,
  /// The modules and names of imported functions, in the order of their indices.
  pub(crate) imported_functions: Vec<(&'a str, &'a str)>,
  /// How many functions it defines.
  pub(crate) functions: u32,
  /// Imported ones and its own.
  pub(crate) globals: u32,
  pub(crate) tables: u32,
  pub(crate) memories: u32,
  pub(crate) data: u32,
  pub(crate) exported_functions: BTreeMap<&'a str, u32>,
}

impl<'a> Module<'a> {
  pub(crate) fn read(bytes: &'a [u8]) -> wasmparser::Result<Self> {
    let mut module = Self { bytes, ..Self::default() };
    for payload in Parser::new(0).parse_all(bytes) {
      match payload? {
        Payload::TypeSection(section) => {
          for group in section {
            module.types += group?.types().len() as u32;
          }
        }
        Payload::ImportSection(section) => {
          for import in section.into_imports() {
            let import = import?;
            match import.ty {
              TypeRef::Func(_) | TypeRef::FuncExact(_) => module.imported_functions.push((import.module, import.name)),
              TypeRef::Table(_) => module.tables += 1,
              TypeRef::Memory(_) => module.memories += 1,
              TypeRef::Global(_) => module.globals += 1,
              TypeRef::Tag(_) => {}
            }
          }
        }
        Payload::FunctionSection(section) => module.functions = section.count(),
        Payload::TableSection(section) => module.tables += section.count(),
        Payload::MemorySection(section) => module.memories += section.count(),
        Payload::GlobalSection(section) => module.globals += section.count(),
        Payload::ExportSection(section) => {
          for export in section {
            let export = export?;
            if export.kind == ExternalKind::Func {
              module.exported_functions.insert(export.name, export.index);
            }
          }
        }
        Payload::DataSection(section) => module.data = section.count(),
        _ => {}
      }
    }
    Ok(module)
  }
}
