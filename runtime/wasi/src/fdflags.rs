//! The flags of an open file: preview 1's `fdflags`.

use super::Errno;

/// Each write goes to the end.
pub(super) const APPEND: u16 = 1 << 0;
/// Data is written to the device at once.
pub(super) const DSYNC: u16 = 1 << 1;
/// What is not ready is `EAGAIN`: a matter of pipes and devices.
pub(super) const NONBLOCK: u16 = 1 << 2;
/// As `SYNC`, for reads.
pub(super) const RSYNC: u16 = 1 << 3;
/// Data and metadata are written to the device at once.
pub(super) const SYNC: u16 = 1 << 4;

/// The flags that a guest names, which must be known.
pub(super) fn from_guest(flags: u32) -> Result<u16, Errno> {
  match u16::try_from(flags) {
    Ok(flags) if flags & !(APPEND | DSYNC | NONBLOCK | RSYNC | SYNC) == 0 => Ok(flags),
    _ => Err(Errno::Inval),
  }
}
