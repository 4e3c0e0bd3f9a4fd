//! What a component says of itself.

use std::path::Path;

use crate::Error;

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
  component_plan::wit(&bytes, &component_plan::Limits::default()).map_err(|error| failed(error.to_string()))
}
