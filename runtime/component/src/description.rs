//! What a core module says of the world that it is for.

use wasmtime_environ::wasmparser::BinaryReader;
use wasmtime_environ::wasmparser::BinaryReaderError;

use crate::survey::Purpose;

/// What a section says of the world, as a component that has types alone.
#[derive(Clone, Copy)]
pub(crate) enum Description<'a> {
  /// One type: the world.
  World(&'a [u8]),
  /// Of before 2024: the package that the world is in. Its name and the encoding of strings stand before the component.
  Package(&'a [u8]),
}

impl<'a> Description<'a> {
  pub(crate) fn of(data: &'a [u8]) -> Result<Self, BinaryReaderError> {
    let mut reader = BinaryReader::new(data, 0);
    if reader.read_u8()? != 3 {
      return Ok(Self::World(data));
    }
    reader.read_u8()?;
    reader.read_string()?;
    Ok(Self::Package(&data[reader.original_position()..]))
  }

  pub(crate) fn bytes(self) -> &'a [u8] {
    let (Self::World(bytes) | Self::Package(bytes)) = self;
    bytes
  }

  /// What it is looked at for: it must have the form of what it will be decoded as.
  pub(crate) fn purpose(self) -> Purpose {
    match self {
      Self::World(_) => Purpose::World,
      Self::Package(_) => Purpose::Describe,
    }
  }
}
