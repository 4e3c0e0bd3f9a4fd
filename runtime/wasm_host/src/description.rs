//! What a module has, in words, for `js/wasm/` and for the cache.

use deno_core::v8;
use serde::Deserialize;
use serde::Serialize;
use v8_bridge::object::ObjectBuilder;
use wasm_rewrite as rewrite;
use wasm_rewrite::FunctionType;
use wasm_rewrite::ImportType;
use wasm_rewrite::Kind;
use wasm_rewrite::Rewritten;

/// What a module has. See `Guest` in `js/wasm/guest.js`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Description {
  /// The types of the functions that it imports and exports, each once: thousands of functions may share one.
  types: Vec<Type>,
  imports: Vec<Import>,
  exports: Vec<Export>,
  has_interrupt: bool,
  start_is_deferred: bool,
  exports_memory: bool,
  exports_table: bool,
  /// The names of its mutable globals, unless it has a state that cannot be put back.
  globals: Option<Vec<String>>,
  /// What of `limits.host` is spent on what the module declares.
  host_bytes: u64,
}

/// A function's type.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Type {
  /// Its index in the module.
  index: u32,
  parameters: Vec<String>,
  results: Vec<String>,
  words: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Import {
  module: String,
  field: String,
  kind: String,
  ty: TypeOf,
}

/// The type of an import.
#[derive(Clone, Debug, Deserialize, Serialize)]
enum TypeOf {
  /// A function's: its place in `types`.
  Function(u32),
  /// Another's, in words.
  Other(String),
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Export {
  name: Box<str>,
  /// A function's type: its place in `types`.
  function: Option<u32>,
}

/// The types of functions as they come up.
#[derive(Default)]
struct Types {
  /// The place of the type of each index, where it has one.
  places: Vec<Option<u32>>,
  types: Vec<Type>,
}

impl Types {
  /// The place of a type, which is added if it is not there.
  fn place(&mut self, function: &FunctionType) -> u32 {
    let Self { places, types } = self;
    let index = function.index as usize;
    if places.len() <= index {
      places.resize(index + 1, None);
    }
    *places[index].get_or_insert_with(|| {
      let names = |types: &[_]| types.iter().map(ToString::to_string).collect();
      let (parameters, results) = (names(&function.parameters), names(&function.results));
      types.push(Type { index: function.index, parameters, results, words: function.to_string() });
      types.len() as u32 - 1
    })
  }
}

impl Description {
  /// Takes the names of exports out of the summary: there may be thousands.
  pub(crate) fn new(rewritten: &mut Rewritten) -> Self {
    let summary = &mut rewritten.summary;
    let mut types = Types::default();
    let imports = summary.imports.iter().map(|import| Import {
      module: import.module.to_string(),
      field: import.field.to_string(),
      kind: import.ty.kind().to_string(),
      ty: match &import.ty {
        ImportType::Function(Some(function)) => TypeOf::Function(types.place(function)),
        other => TypeOf::Other(other.to_string()),
      },
    });
    let imports = imports.collect();
    let exports = summary.exports.drain(..).map(|export| Export {
      name: export.name,
      function: export.function.as_ref().filter(|_| export.kind == Kind::Function).map(|ty| types.place(ty)),
    });
    let exports = exports.collect();
    let effects = &summary.effects;
    let can_be_put_back =
      !effects.changes_tables && !effects.drops_segments && !effects.allocates && summary.memories <= 1;
    Self {
      types: types.types,
      imports,
      exports,
      has_interrupt: rewritten.interrupt_memory.is_some(),
      start_is_deferred: rewritten.start_deferred,
      exports_memory: rewritten.exports_memory,
      exports_table: rewritten.exports_table,
      globals: rewritten
        .globals
        .iter()
        .map(|global| global.export_name())
        .collect::<Option<_>>()
        .filter(|_| can_be_put_back),
      host_bytes: rewritten.host_bytes,
    }
  }

  /// What of `limits.host` is spent on what the module declares.
  pub(super) fn host_bytes(&self) -> u64 {
    self.host_bytes
  }

  /// The functions that it exports, in their order: their places among all exports, their names, and the numbers of
  /// their types.
  pub(super) fn functions(&self) -> impl Iterator<Item = (u32, &str, u32)> {
    (0..).zip(&self.exports).filter_map(|(place, export)| Some((place, &*export.name, export.function?)))
  }

  /// Whether it imports something from a module of that name.
  pub(super) fn imports_from(&self, module: &str) -> bool {
    self.imports.iter().any(|import| import.module == module)
  }

  /// Whether it exports something under that name.
  pub(super) fn exports(&self, name: &str) -> bool {
    self.exports.iter().any(|export| &*export.name == name)
  }

  /// The name of an export, and the number of its type if it is a function.
  pub(super) fn export(&self, place: u32) -> (&str, Option<u32>) {
    let Export { name, function } = &self.exports[place as usize];
    (name, *function)
  }

  /// The index in the module of one of `types`.
  pub(super) fn index_of_type(&self, place: u32) -> Option<u32> {
    Some(self.types.get(place as usize)?.index)
  }

  /// What a function of that type takes and gives in TypeScript.
  pub(crate) fn type_in_typescript(&self, index: u32) -> String {
    let word = |name: &String| match name.as_str() {
      "i32" | "f32" | "f64" => "number",
      "i64" => "bigint",
      _ => "unknown",
    };
    let Some(Type { parameters, results, .. }) = self.types.get(index as usize) else { return String::new() };
    let parameters = parameters.iter().enumerate().map(|(index, name)| format!("arg{index}: {}", word(name)));
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let result = match results.as_slice() {
      [] => "void".to_string(),
      [result] => word(result).to_string(),
      results => format!("[{}]", results.iter().map(word).collect::<Vec<_>>().join(", ")),
    };
    format!("({parameters}): {result}")
  }

  /// The object that JavaScript gets.
  pub(crate) fn to_object<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Object> {
    let (mut types, mut words) = (Vec::new(), Vec::new());
    for (place, Type { parameters, results, words: text, .. }) in self.types.iter().enumerate() {
      words.push(v8::String::new(scope, &format!("function {text}")).unwrap_or_else(|| v8::String::empty(scope)));
      let mut object = ObjectBuilder::new(scope);
      object.number("place", place as u32).texts("parameters", parameters).texts("results", results);
      types.push(object.build().into());
    }
    let mut imports = Vec::new();
    for Import { module, field, kind, ty } in &self.imports {
      let mut object = ObjectBuilder::new(scope);
      object.text("module", module).text("field", field).text("kind", kind);
      match ty {
        TypeOf::Function(ty) => {
          object.value("type", words[*ty as usize].into()).number("functionType", *ty);
        }
        TypeOf::Other(words) => {
          object.text("type", words);
        }
      }
      imports.push(object.build().into());
    }
    let (mut function_names, mut function_types) = (Vec::new(), Vec::new());
    for (_, name, ty) in self.functions() {
      let Some(name) = v8::String::new(scope, name) else { continue };
      function_names.push(name.into());
      function_types.push(v8::Integer::new_from_unsigned(scope, ty).into());
    }
    let mut object = ObjectBuilder::new(scope);
    object.values("types", &types).values("imports", &imports).number("exportCount", self.exports.len() as u32);
    object.values("functionNames", &function_names).values("functionTypes", &function_types);
    object.boolean("hasInterrupt", self.has_interrupt).boolean("startIsDeferred", self.start_is_deferred);
    object.number("hostBytes", self.host_bytes as f64);
    if self.exports_memory {
      object.text("memoryName", rewrite::MEMORY_EXPORT);
    }
    if self.exports_table {
      object.text("tableName", rewrite::TABLE_EXPORT);
    }
    if let Some(globals) = &self.globals {
      object.texts("globals", globals);
    }
    object.build()
  }
}
