//! What a module has, in words, for `js/wasm/` and for the cache.

use deno_core::v8;
use serde::Deserialize;
use serde::Serialize;
use wasm_rewrite as rewrite;
use wasm_rewrite::Kind;
use wasm_rewrite::Rewritten;

use crate::js::ObjectBuilder;

/// What a module has. See `Guest` in `js/wasm/guest.js`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Description {
  imports: Vec<Import>,
  functions: Vec<Function>,
  export_names: Vec<String>,
  has_interrupt: bool,
  start_is_deferred: bool,
  exports_memory: bool,
  exports_table: bool,
  /// The names of its mutable globals, unless it has a state that cannot be put back.
  globals: Option<Vec<String>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Import {
  module: String,
  field: String,
  kind: String,
  ty: String,
}

/// A function that it exports.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Function {
  name: String,
  parameters: Vec<String>,
  results: Vec<String>,
}

impl Description {
  pub(crate) fn new(rewritten: &Rewritten) -> Self {
    let summary = &rewritten.summary;
    let import = |import: &rewrite::Import| Import {
      module: import.module.to_string(),
      field: import.field.to_string(),
      kind: import.ty.kind().to_string(),
      ty: import.ty.to_string(),
    };
    let function = |export: &rewrite::Export| {
      let types = |types: &[_]| types.iter().map(ToString::to_string).collect();
      let (parameters, results) = match &export.function {
        Some(function) => (types(&function.parameters), types(&function.results)),
        None => Default::default(),
      };
      Function { name: export.name.to_string(), parameters, results }
    };
    let effects = &summary.effects;
    let can_be_put_back = !effects.changes_tables && !effects.drops_segments && summary.memories <= 1;
    Self {
      imports: summary.imports.iter().map(import).collect(),
      functions: summary.exports.iter().filter(|export| export.kind == Kind::Function).map(function).collect(),
      export_names: summary.exports.iter().map(|export| export.name.to_string()).collect(),
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
    }
  }

  /// The object that JavaScript gets.
  pub(crate) fn to_object<'s>(&self, scope: &mut v8::PinScope<'s, '_>) -> v8::Local<'s, v8::Object> {
    let mut imports = Vec::new();
    for Import { module, field, kind, ty } in &self.imports {
      let mut object = ObjectBuilder::new(scope);
      object.text("module", module).text("field", field).text("kind", kind).text("type", ty);
      imports.push(object.build().into());
    }
    let mut functions = Vec::new();
    for Function { name, parameters, results } in &self.functions {
      let mut object = ObjectBuilder::new(scope);
      object.text("name", name).texts("parameters", parameters).texts("results", results);
      functions.push(object.build().into());
    }
    let mut object = ObjectBuilder::new(scope);
    object.values("imports", &imports).values("functions", &functions).texts("exportNames", &self.export_names);
    object.boolean("hasInterrupt", self.has_interrupt).boolean("startIsDeferred", self.start_is_deferred);
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
