//! The functions that the loader calls when a library comes and goes.

use object::elf;

use super::dynamic::Dynamic;
use super::dynamic::FINI_ARRAY;
use super::dynamic::INIT_ARRAY;
use super::fault::Fault;
use super::segments::Segments;

/// Where the loader finds addresses of functions to call, which relocations write there.
pub(super) struct Starts {
  arrays: Vec<(u64, u64)>,
}

impl Starts {
  pub(super) fn holds(&self, address: u64) -> bool {
    self.arrays.iter().any(|(start, length)| address.wrapping_sub(*start) < *length)
  }

  /// The number of addresses.
  pub(super) fn count(&self) -> u64 {
    self.arrays.iter().map(|(_, length)| length / 8).sum()
  }
}

pub(super) fn check(segments: &Segments<'_>, dynamic: &Dynamic<'_>) -> Result<Starts, Fault> {
  for (tag, name) in [(elf::DT_INIT, "init"), (elf::DT_FINI, "fini")] {
    if let Some(address) = dynamic.get(tag)
      && !segments.is_code(address)
    {
      return Err(format!("its {name} function, at {address:#x}, is not in its code"));
    }
  }
  let mut arrays = Vec::new();
  for table in [&INIT_ARRAY, &FINI_ARRAY] {
    if let Some((address, length)) = dynamic.range(table)? {
      if length > 0 && !segments.contains(address, length, elf::PF_W) {
        return Err(format!("its constructors and destructors, at {address:#x}, are not in its data"));
      }
      arrays.push((address, length));
    }
  }
  Ok(Starts { arrays })
}
