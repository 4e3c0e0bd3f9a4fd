//! What a component says of itself.

use std::path::Path;

use component_plan::Documentation;
use component_plan::Limits;
use plugin_handshake::file_kind::FileKind;

use crate::Error;
use crate::open;

/// The WIT of the component in a file, or of a core module that says which world it is for: its world, and the packages
/// that this refers to. Nothing of it is run, and components that plugbay does not run are told of as well.
///
/// # Errors
///
/// When the file cannot be read, or is no such thing.
pub fn wit(path: impl AsRef<Path>) -> Result<String, Error> {
  let path = path.as_ref();
  let failed = |reason: String| Error::Wit { path: path.to_owned(), reason };
  let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
  component_plan::wit(&bytes, &Limits::default()).map_err(|error| failed(error.to_string()))
}

/// The TypeScript types of the component in a file, with the comments of the WIT in another file or folder, or else
/// with those that it has itself; `None` for what is no component.
pub(crate) fn types(path: &Path, wit: Option<&Path>) -> Option<Result<String, Error>> {
  let bytes = component(path)?;
  let limits = Limits::default();
  let documentation = match wit {
    Some(wit) => match Documentation::of_source(wit) {
      Ok(documentation) => documentation,
      Err(error) => return Some(Err(Error::Wit { path: wit.to_owned(), reason: error.to_string() })),
    },
    // What has none, or has those of another world, has its types without them.
    None => Documentation::of_binary(&bytes, &limits).unwrap_or_default(),
  };
  let name = path.file_stem().unwrap_or_default().to_string_lossy();
  let failed = |error: component_plan::PlanError| Error::Wit { path: path.to_owned(), reason: error.to_string() };
  let planned = component_plan::plan(&bytes, &limits);
  Some(planned.map(|planned| component_plan::typescript(&name, &planned.plan, &documentation)).map_err(failed))
}

/// Whether there is a component in a file.
pub(crate) fn is_component(path: &Path) -> bool {
  component(path).is_some()
}

/// The bytes of the core module in a file.
///
/// # Errors
///
/// When the file cannot be read, or there is something else in it.
pub(crate) fn core_module(path: &Path) -> Result<Vec<u8>, String> {
  let file = open::resolve(path).map_err(|error| error.to_string())?;
  if !matches!(FileKind::of(&file), Ok(FileKind::Module)) {
    return Err("it is no WebAssembly module; build the plugin for wasm32-unknown-unknown".to_string());
  }
  let bytes = std::fs::read(file).map_err(|error| error.to_string())?;
  if component_plan::is_component(&bytes) {
    return Err("it is a component already".to_string());
  }
  Ok(bytes)
}

/// The bytes of the component in a file; `None` for what is no component.
fn component(path: &Path) -> Option<Vec<u8>> {
  // What is no file may have no end, and a library need not be read.
  let file = open::resolve(path).ok()?;
  if !matches!(FileKind::of(&file), Ok(FileKind::Module)) {
    return None;
  }
  std::fs::read(file).ok().filter(|bytes| component_plan::is_component(bytes))
}
