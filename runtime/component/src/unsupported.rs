//! What of the component model is not here: each is named before the validator, which does not know it either, says
//! something less clear.

use wasmtime_environ::wasmparser::BinaryReaderError;
use wasmtime_environ::wasmparser::CanonicalFunction;
use wasmtime_environ::wasmparser::CanonicalOption;
use wasmtime_environ::wasmparser::ComponentDefinedType;
use wasmtime_environ::wasmparser::ComponentExternalKind;
use wasmtime_environ::wasmparser::ComponentInstance;
use wasmtime_environ::wasmparser::ComponentTypeRef;
use wasmtime_environ::wasmparser::ComponentValType;
use wasmtime_environ::wasmparser::Payload;
use wasmtime_environ::wasmparser::PrimitiveValType;

use crate::plan_error::PlanError;

/// Refuses a payload that has what is not here. Types are looked at by `type_scan`.
pub(crate) fn check(payload: &Payload<'_>) -> Result<(), PlanError> {
  match payload {
    Payload::ComponentCanonicalSection(section) => each(section.clone(), |it| function(&it)),
    Payload::ComponentImportSection(section) => each(section.clone(), |it| type_ref(&it.ty)),
    Payload::ComponentExportSection(section) => each(section.clone(), |it| kind(it.kind)),
    Payload::ComponentInstanceSection(section) => each(section.clone(), |it| match it {
      ComponentInstance::FromExports(exports) => exports.iter().try_for_each(|export| kind(export.kind)),
      ComponentInstance::Instantiate { .. } => Ok(()),
    }),
    Payload::ComponentStartSection { .. } => Err(PlanError::unsupported("the start function of a component")),
    _ => Ok(()),
  }
}

fn each<T>(
  items: impl IntoIterator<Item = Result<T, BinaryReaderError>>,
  mut check: impl FnMut(T) -> Result<(), PlanError>,
) -> Result<(), PlanError> {
  items.into_iter().try_for_each(|item| check(item.map_err(|error| PlanError::invalid(&error))?))
}

/// What an import, or something in an interface, is.
pub(crate) fn type_ref(ty: &ComponentTypeRef) -> Result<(), PlanError> {
  kind(ty.kind())
}

fn kind(kind: ComponentExternalKind) -> Result<(), PlanError> {
  match kind {
    ComponentExternalKind::Module => Err(PlanError::unsupported("core modules as imports or exports")),
    ComponentExternalKind::Component => Err(PlanError::unsupported("components as imports or exports")),
    ComponentExternalKind::Value => Err(PlanError::unsupported("values as imports or exports")),
    ComponentExternalKind::Func | ComponentExternalKind::Type | ComponentExternalKind::Instance => Ok(()),
  }
}

/// A type of values, with none of those that it is made of.
pub(crate) fn defined_type(ty: &ComponentDefinedType<'_>) -> Result<(), PlanError> {
  let feature = match ty {
    ComponentDefinedType::Primitive(ty) => return value_type(&ComponentValType::Primitive(*ty)),
    ComponentDefinedType::Future(_) => "futures",
    ComponentDefinedType::Stream(_) => "streams",
    ComponentDefinedType::Map(..) => "maps",
    _ => return Ok(()),
  };
  Err(PlanError::unsupported(feature))
}

/// A type that is not named.
pub(crate) fn value_type(ty: &ComponentValType) -> Result<(), PlanError> {
  match ty {
    ComponentValType::Primitive(PrimitiveValType::ErrorContext) => Err(PlanError::unsupported("error contexts")),
    _ => Ok(()),
  }
}

fn function(function: &CanonicalFunction) -> Result<(), PlanError> {
  use CanonicalFunction as F;
  let builtin = match function {
    F::Lift { options, .. } | F::Lower { options, .. } => return options.iter().try_for_each(option),
    F::ResourceNew { .. } | F::ResourceDrop { .. } | F::ResourceRep { .. } => return Ok(()),
    other => other,
  };
  // Its name is that of the enum's variant.
  let text = format!("{builtin:?}");
  let name: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
  let feature = if name.starts_with("Thread") { "threads" } else { "async functions" };
  Err(PlanError::unsupported(format!("{feature} (the built-in function {})", words(&name))))
}

/// `StreamRead` as `stream-read`.
fn words(name: &str) -> String {
  let mut words = String::new();
  for letter in name.chars() {
    if letter.is_ascii_uppercase() && !words.is_empty() {
      words.push('-');
    }
    words.push(letter.to_ascii_lowercase());
  }
  words
}

fn option(option: &CanonicalOption) -> Result<(), PlanError> {
  let feature = match option {
    CanonicalOption::Async | CanonicalOption::Callback(_) => "async functions",
    CanonicalOption::CoreType(_) | CanonicalOption::Gc => "values in garbage-collected objects",
    _ => return Ok(()),
  };
  Err(PlanError::unsupported(feature))
}
