//! Reading directories.

use crate::Errno;
use crate::Memory;
use crate::Wasi;
use crate::descriptors::Descriptor;
use crate::listing::Listing;
use crate::rights;

impl Wasi {
  pub(super) fn fd_readdir(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    pointer: u32,
    length: u32,
    cookie: u64,
    result: u32,
  ) -> Result<(), Errno> {
    let range = memory.check(pointer, length)?;
    memory.check(result, 4)?;
    let Descriptor::Directory(directory) = self.descriptors.get_mut(fd)? else {
      return Err(Errno::Notdir);
    };
    directory.require(rights::FD_READDIR)?;
    let mut listing = match directory.listing.take() {
      Some(listing) if cookie != 0 && listing.position == cookie => listing,
      _ => Listing::new(&directory.dir, cookie)?,
    };
    let written = listing.fill(memory.get_mut(range)?)?;
    directory.listing = Some(listing);
    memory.write_u32(result, u32::try_from(written).map_err(|_| Errno::Overflow)?)
  }
}
