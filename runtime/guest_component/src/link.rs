//! One module of the guest, of `support.wat` and of functions that are made here. The imports of the first two that
//! another part has are calls within it.
//!
//! An adapter of wit-component's would be a module of its own, which reaches the guest's memory and its exports but not
//! its table; ops are indices of that.

use std::collections::BTreeMap;

use wasm_encoder::CodeSection;
use wasm_encoder::DataCountSection;
use wasm_encoder::DataSection;
use wasm_encoder::ElementSection;
use wasm_encoder::ExportKind;
use wasm_encoder::ExportSection;
use wasm_encoder::Function;
use wasm_encoder::FunctionSection;
use wasm_encoder::GlobalSection;
use wasm_encoder::ImportSection;
use wasm_encoder::MemorySection;
use wasm_encoder::NameMap;
use wasm_encoder::NameSection;
use wasm_encoder::StartSection;
use wasm_encoder::TableSection;
use wasm_encoder::TagSection;
use wasm_encoder::TypeSection;
use wasm_encoder::ValType;
use wasm_encoder::reencode::Error as ReencodeError;
use wasm_encoder::reencode::Reencode;
use wasmparser::KnownCustom;
use wasmparser::Name;
use wasmparser::NameSectionReader;
use wasmparser::Parser;
use wasmparser::Payload;
use wasmparser::TypeRef;

use crate::error::Error;
use crate::module::Module;

/// The module that a guest imports the host's functions from.
const HOST: &str = "plugbay";
/// What a guest of WASI sets itself up with.
const INITIALIZE: &str = "_initialize";

/// What `support.wat` imports of the functions that are made: the first of them.
pub(crate) const MADE: [&str; 2] = ["number_of", "set_up"];

/// A function that is made for a component.
pub(crate) struct Made {
  pub(crate) params: Vec<ValType>,
  pub(crate) results: Vec<ValType>,
  pub(crate) function: Function,
  /// What it is exported as.
  pub(crate) export: Option<String>,
}

/// Both modules, and where the functions of each are in the one that is made of them.
pub(crate) struct Linker<'a> {
  guest: Module<'a>,
  support: Module<'a>,
  /// By their indices there.
  of_guest: Vec<u32>,
  of_support: Vec<u32>,
  /// The index of the first function that is made.
  made: u32,
}

impl<'a> Linker<'a> {
  pub(crate) fn new(guest: Module<'a>, support: Module<'a>) -> Result<Self, Error> {
    let mut kept = 0;
    let mut of_guest = Vec::new();
    for (module, _) in &guest.imported_functions {
      of_guest.push(kept);
      kept += u32::from(*module != HOST);
    }
    let of_its_own = kept..kept + guest.functions;
    let of_support_itself = of_its_own.end..of_its_own.end + support.functions;
    let made = of_support_itself.end;
    of_guest.extend(of_its_own);
    let mut of_support = Vec::new();
    for (module, name) in &support.imported_functions {
      of_support.push(match *module {
        "guest" => of_guest[*guest.exported_functions.get(name).ok_or_else(|| Error::no_guest(name))? as usize],
        _ => made + MADE.iter().position(|made| made == name).expect("support.wat imports what is made") as u32,
      });
    }
    of_support.extend(of_support_itself);
    for (index, (module, name)) in guest.imported_functions.iter().enumerate() {
      if *module == HOST {
        let exported = support.exported_functions.get(name).ok_or_else(|| Error::UnknownImport(name.to_string()))?;
        of_guest[index] = of_support[*exported as usize];
      }
    }
    Ok(Self { guest, support, of_guest, of_support, made })
  }

  /// The index of a function of `support.wat`.
  pub(crate) fn support(&self, name: &str) -> u32 {
    self.of_support[self.support.exported_functions[name] as usize]
  }

  /// The index of a function that the guest exports, if it does.
  pub(crate) fn guest(&self, name: &str) -> Option<u32> {
    Some(self.of_guest[*self.guest.exported_functions.get(name)? as usize])
  }

  /// Whether the guest imports functions from a module of that name.
  pub(crate) fn imports(&self, module: &str) -> bool {
    self.guest.imported_functions.iter().any(|(from, _)| *from == module)
  }

  /// The module, which exports its memory, what allocates in it, and what is made.
  pub(crate) fn link(&self, made: &[Made]) -> Result<wasm_encoder::Module, Error> {
    let mut sections = Sections::default();
    let guest = Part { types: 0, globals: 0, data: 0, functions: &self.of_guest };
    let support =
      Part { types: self.guest.types, globals: self.guest.globals, data: self.guest.data, functions: &self.of_support };
    sections.add(guest, self.guest.bytes, |module| module == HOST)?;
    sections.add(support, self.support.bytes, |_| true)?;

    let Sections { types, functions, code, exports, names, .. } = &mut sections;
    exports.export("memory", ExportKind::Memory, 0);
    exports.export("cabi_realloc", ExportKind::Func, self.support("cabi_realloc"));
    if let Some(initialize) = self.guest(INITIALIZE) {
      exports.export(INITIALIZE, ExportKind::Func, initialize);
    }
    for (index, one) in (0..).zip(made) {
      types.ty().function(one.params.iter().copied(), one.results.iter().copied());
      functions.function(self.guest.types + self.support.types + index);
      code.function(&one.function);
      if let Some(name) = &one.export {
        exports.export(name, ExportKind::Func, self.made + index);
        names.insert(self.made + index, name.clone());
      }
    }
    Ok(sections.module(self.guest.data + self.support.data))
  }
}

/// Where what one of the modules has is in the one that is made.
struct Part<'a> {
  types: u32,
  globals: u32,
  data: u32,
  functions: &'a [u32],
}

impl Reencode for Part<'_> {
  type Error = std::convert::Infallible;

  fn type_index(&mut self, index: u32) -> Result<u32, ReencodeError> {
    Ok(self.types + index)
  }

  fn global_index(&mut self, index: u32) -> Result<u32, ReencodeError> {
    Ok(self.globals + index)
  }

  fn data_index(&mut self, index: u32) -> Result<u32, ReencodeError> {
    Ok(self.data + index)
  }

  fn function_index(&mut self, index: u32) -> Result<u32, ReencodeError> {
    Ok(self.functions[index as usize])
  }
}

/// The sections of the module.
#[derive(Default)]
struct Sections {
  types: TypeSection,
  imports: ImportSection,
  functions: FunctionSection,
  tables: TableSection,
  memories: MemorySection,
  tags: TagSection,
  globals: GlobalSection,
  exports: ExportSection,
  start: Option<StartSection>,
  elements: ElementSection,
  code: CodeSection,
  data: DataSection,
  /// What functions are called in a stack.
  names: BTreeMap<u32, String>,
}

impl Sections {
  /// Adds a module, but for its exports, and for imports from modules that are `inner`.
  fn add(&mut self, mut part: Part<'_>, bytes: &[u8], inner: impl Fn(&str) -> bool) -> Result<(), Error> {
    for payload in Parser::new(0).parse_all(bytes) {
      match payload? {
        Payload::TypeSection(section) => part.parse_type_section(&mut self.types, section)?,
        Payload::ImportSection(section) => {
          for import in section.into_imports() {
            let import = import?;
            if !inner(import.module) {
              part.parse_import(&mut self.imports, import)?;
            } else if !matches!(import.ty, TypeRef::Func(_)) && import.module == HOST {
              return Err(Error::UnknownImport(import.name.to_string()));
            }
          }
        }
        Payload::FunctionSection(section) => part.parse_function_section(&mut self.functions, section)?,
        Payload::TableSection(section) => part.parse_table_section(&mut self.tables, section)?,
        Payload::MemorySection(section) => part.parse_memory_section(&mut self.memories, section)?,
        Payload::TagSection(section) => part.parse_tag_section(&mut self.tags, section)?,
        Payload::GlobalSection(section) => part.parse_global_section(&mut self.globals, section)?,
        Payload::StartSection { func, .. } => {
          self.start = Some(StartSection { function_index: part.start_section(func)? });
        }
        Payload::ElementSection(section) => part.parse_element_section(&mut self.elements, section)?,
        Payload::DataSection(section) => part.parse_data_section(&mut self.data, section)?,
        Payload::CodeSectionEntry(body) => part.parse_function_body(&mut self.code, body)?,
        Payload::CustomSection(section) => {
          if let KnownCustom::Name(names) = section.as_known() {
            self.add_names(&part, names);
          }
        }
        _ => {}
      }
    }
    Ok(())
  }

  /// Adds the names of functions, up to the first that is none: whatever they are, the module is valid.
  fn add_names(&mut self, part: &Part<'_>, sections: NameSectionReader<'_>) {
    for section in sections.into_iter().map_while(Result::ok) {
      let Name::Function(names) = section else { continue };
      for naming in names.into_iter().map_while(Result::ok) {
        if let Some(index) = part.functions.get(naming.index as usize) {
          self.names.insert(*index, naming.name.to_string());
        }
      }
    }
  }

  fn module(self, data: u32) -> wasm_encoder::Module {
    let mut module = wasm_encoder::Module::new();
    module.section(&self.types).section(&self.imports).section(&self.functions).section(&self.tables);
    module.section(&self.memories);
    if !self.tags.is_empty() {
      module.section(&self.tags);
    }
    module.section(&self.globals).section(&self.exports);
    if let Some(start) = &self.start {
      module.section(start);
    }
    module.section(&self.elements).section(&DataCountSection { count: data });
    module.section(&self.code).section(&self.data);
    let mut functions = NameMap::new();
    for (index, name) in &self.names {
      functions.append(*index, name);
    }
    let mut names = NameSection::new();
    names.functions(&functions);
    module.section(&names);
    module
  }
}
