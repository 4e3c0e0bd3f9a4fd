//! Interfaces of versions that need what is not here.

use wasmtime_environ::wasmparser::Parser;
use wasmtime_environ::wasmparser::Payload;

use crate::interface::Name;
use crate::interface::NameForm;
use crate::plan_error::PlanError;

/// Refuses a component by what it imports and exports. One that cannot be read is left to the validator.
pub(crate) fn check_component(component: &[u8]) -> Result<(), PlanError> {
  let mut depth = 0_usize;
  for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
    match payload {
      Payload::Version { .. } => depth += 1,
      Payload::End(_) => depth = depth.saturating_sub(1),
      Payload::ComponentImportSection(section) if depth == 1 => {
        for import in section.into_iter().map_while(Result::ok) {
          check("import", import.name.0)?;
        }
      }
      Payload::ComponentExportSection(section) if depth == 1 => {
        for export in section.into_iter().map_while(Result::ok) {
          check("export", export.name.0)?;
        }
      }
      _ => {}
    }
  }
  Ok(())
}

/// Refuses a core module that is to be made a component by what it imports and exports: its names are those of the
/// interfaces, or say which built-in function it wants.
pub(crate) fn check_module(module: &[u8]) -> Result<(), PlanError> {
  for payload in Parser::new(0).parse_all(module).map_while(Result::ok) {
    match payload {
      Payload::ImportSection(section) => {
        for import in section.into_imports().map_while(Result::ok) {
          check("import", import.module.trim_start_matches("[export]"))?;
          check_builtin(import.name)?;
        }
      }
      Payload::ExportSection(section) => {
        for export in section.into_iter().map_while(Result::ok) {
          check_builtin(export.name)?;
          let interface = export.name.split('#').next().unwrap_or_default();
          check("export", interface)?;
        }
      }
      _ => {}
    }
  }
  Ok(())
}

fn check(direction: &'static str, name: &str) -> Result<(), PlanError> {
  if !name.starts_with("wasi:") {
    return Ok(());
  }
  let NameForm::Interface { version: Some(version), .. } = Name::parse(name).form else { return Ok(()) };
  if version.starts_with("0.3.") {
    let name = name.to_string();
    return Err(PlanError::UnsupportedInterface {
      direction,
      name,
      reason: "WASI 0.3 is async, which is not here yet",
    });
  }
  Ok(())
}

/// Names of the built-in functions of async components begin so.
const ASYNC: &[&str] = &[
  "[async-lift]",
  "[async-lift-stackful]",
  "[async-lower]",
  "[backpressure-",
  "[callback]",
  "[context-",
  "[error-context-",
  "[future-",
  "[stream-",
  "[subtask-",
  "[task-",
  "[thread-",
  "[waitable-",
];

fn check_builtin(name: &str) -> Result<(), PlanError> {
  match ASYNC.iter().any(|prefix| name.starts_with(prefix)) {
    true => Err(PlanError::unsupported(format!("async functions (the core module has {name:?})"))),
    false => Ok(()),
  }
}
