//! Arguments and environment.

use super::Errno;
use super::Memory;
use super::WasiError;

/// Strings as a guest gets them: one after another, each with a NUL at its end.
pub(super) struct Strings {
  bytes: Vec<u8>,
  /// Where each begins.
  starts: Vec<u32>,
}

impl Strings {
  pub(super) fn from_arguments(arguments: &[String]) -> Result<Self, WasiError> {
    match arguments.iter().find(|argument| argument.contains('\0')) {
      Some(argument) => Err(WasiError::Argument(argument.clone())),
      None => Self::new(arguments.iter().map(|argument| [argument.as_str(), "", ""])),
    }
  }

  pub(super) fn from_environment(environment: &[(String, String)]) -> Result<Self, WasiError> {
    let invalid =
      |(name, value): &&(String, String)| name.is_empty() || name.contains(['=', '\0']) || value.contains('\0');
    match environment.iter().find(invalid) {
      Some((name, _)) => Err(WasiError::Variable(name.clone())),
      None => Self::new(environment.iter().map(|(name, value)| [name.as_str(), "=", value.as_str()])),
    }
  }

  fn new<'a>(strings: impl Iterator<Item = [&'a str; 3]>) -> Result<Self, WasiError> {
    let mut bytes = Vec::new();
    let mut starts = Vec::new();
    for parts in strings {
      starts.push(u32::try_from(bytes.len()).map_err(|_| WasiError::TooLong)?);
      parts.iter().for_each(|part| bytes.extend_from_slice(part.as_bytes()));
      bytes.push(0);
    }
    // Each pointer takes four bytes.
    match (u32::try_from(bytes.len()), u32::try_from(starts.len().saturating_mul(4))) {
      (Ok(_), Ok(_)) => Ok(Self { bytes, starts }),
      _ => Err(WasiError::TooLong),
    }
  }

  pub(super) fn write(&self, memory: &mut Memory<'_>, pointers: u32, strings: u32) -> Result<(), Errno> {
    let addresses = self.starts.iter().map(|start| strings.checked_add(*start).ok_or(Errno::Fault));
    let addresses = addresses.collect::<Result<Vec<u32>, Errno>>()?;
    let addresses: Vec<u8> = addresses.into_iter().flat_map(u32::to_le_bytes).collect();
    memory.write(strings, &self.bytes)?;
    memory.write(pointers, &addresses)
  }

  pub(super) fn write_sizes(&self, memory: &mut Memory<'_>, count: u32, size: u32) -> Result<(), Errno> {
    memory.check(size, 4)?;
    memory.write_u32(count, self.starts.len() as u32)?;
    memory.write_u32(size, self.bytes.len() as u32)
  }
}
