//! Times as preview 1 counts them.

use std::fs::FileTimes;
use std::io;
use std::time::Duration;
use std::time::SystemTime;

use cap_fs_ext::DirExt;
use cap_fs_ext::SystemTimeSpec;
use cap_std::fs::Dir;

use super::Errno;

/// A time that is told in 64 bits.
pub(super) fn nanoseconds(time: Duration) -> Result<u64, Errno> {
  u64::try_from(time.as_nanos()).map_err(|_| Errno::Overflow)
}

/// A time that the system does not keep, or that is before 1970, is 0.
pub(super) fn since_1970(time: io::Result<cap_std::time::SystemTime>) -> u64 {
  let since = time.ok().and_then(|time| time.into_std().duration_since(SystemTime::UNIX_EPOCH).ok());
  since.and_then(|since| nanoseconds(since).ok()).unwrap_or(0)
}

/// The times that a guest sets; what is `None` stays.
pub(super) struct NewTimes {
  accessed: Option<SystemTime>,
  modified: Option<SystemTime>,
}

impl NewTimes {
  /// `flags` are `ATIM`, `ATIM_NOW`, `MTIM` and `MTIM_NOW`.
  pub(super) fn new(accessed: u64, modified: u64, flags: u32) -> Result<Self, Errno> {
    if flags & !0b1111 != 0 {
      return Err(Errno::Inval);
    }
    Ok(Self { accessed: new_time(accessed, flags & 0b11)?, modified: new_time(modified, flags >> 2)? })
  }

  /// Sets them on something in a directory; without `follow`, on a symbolic link itself.
  pub(super) fn set(self, dir: &Dir, path: &str, follow: bool) -> io::Result<()> {
    let spec = |time: Option<_>| time.map(|time| SystemTimeSpec::Absolute(cap_std::time::SystemTime::from_std(time)));
    let (accessed, modified) = (spec(self.accessed), spec(self.modified));
    if follow { dir.set_times(path, accessed, modified) } else { dir.set_symlink_times(path, accessed, modified) }
  }
}

impl From<NewTimes> for FileTimes {
  fn from(new: NewTimes) -> Self {
    let mut times = Self::new();
    if let Some(accessed) = new.accessed {
      times = times.set_accessed(accessed);
    }
    if let Some(modified) = new.modified {
      times = times.set_modified(modified);
    }
    times
  }
}

fn new_time(nanoseconds: u64, flags: u32) -> Result<Option<SystemTime>, Errno> {
  match flags {
    0b00 => Ok(None),
    0b01 => {
      let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds));
      time.map(Some).ok_or(Errno::Overflow)
    }
    0b10 => Ok(Some(SystemTime::now())),
    _ => Err(Errno::Inval),
  }
}
