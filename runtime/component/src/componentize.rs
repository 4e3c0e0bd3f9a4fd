//! A component of a core module that says which world it is for.

use wasi_preview1_component_adapter_provider as adapters;
use wasmtime_environ::wasmparser::BinaryReaderError;
use wasmtime_environ::wasmparser::Parser;
use wasmtime_environ::wasmparser::Payload;
use wit_component::ComponentEncoder;

use crate::description::Description;
use crate::kind::SECTION;
use crate::limits::Limits;
use crate::packages;
use crate::plan_error::PlanError;
use crate::survey::survey;

/// Refuses a module for what its sections say of the world.
pub(crate) fn check_descriptions(module: &[u8], limits: &Limits) -> Result<(), PlanError> {
  for description in descriptions(module)? {
    survey(description.bytes(), description.purpose(), limits)?;
    packages::check(description)?;
  }
  Ok(())
}

/// What each section says of the world.
fn descriptions(module: &[u8]) -> Result<Vec<Description<'_>>, PlanError> {
  let mut descriptions = Vec::new();
  for payload in Parser::new(0).parse_all(module) {
    if let Payload::CustomSection(section) = payload.map_err(|error| PlanError::invalid(&error))?
      && section.name().starts_with(SECTION)
    {
      descriptions.push(Description::of(section.data()).map_err(|error| PlanError::invalid(&error))?);
    }
  }
  Ok(descriptions)
}

/// The component. What the module imports from WASI preview 1 goes through an adapter to WASI 0.2: the one for commands
/// if it has a `_start`, else the one for reactors.
pub(crate) fn componentize(module: &[u8]) -> Result<Vec<u8>, PlanError> {
  let uses = Uses::of(module).map_err(|error| PlanError::invalid(&error))?;
  let encoder = ComponentEncoder::default().validate(false).module(module).map_err(not_of_its_world)?;
  let mut encoder = if uses.preview1 {
    let adapter = if uses.start {
      adapters::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER
    } else {
      adapters::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER
    };
    encoder.adapter(adapters::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter).map_err(not_of_its_world)?
  } else {
    encoder
  };
  encoder.encode().map_err(not_of_its_world)
}

fn not_of_its_world(error: impl std::fmt::Display + std::fmt::Debug) -> PlanError {
  PlanError::NotOfItsWorld(format!("{error:#}"))
}

/// Which adapter a module needs.
#[derive(Default)]
struct Uses {
  preview1: bool,
  start: bool,
}

impl Uses {
  fn of(module: &[u8]) -> Result<Self, BinaryReaderError> {
    let mut uses = Self::default();
    for payload in Parser::new(0).parse_all(module) {
      match payload? {
        Payload::ImportSection(section) => {
          for import in section.into_imports() {
            uses.preview1 |= import?.module == adapters::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
          }
        }
        Payload::ExportSection(section) => {
          for export in section {
            uses.start |= export?.name == "_start";
          }
        }
        _ => {}
      }
    }
    Ok(uses)
  }
}
