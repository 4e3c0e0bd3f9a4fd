//! Error numbers.

use std::io;

/// An error as the guest sees it, with preview 1's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are POSIX's")]
pub enum Errno {
  TooBig = 1,
  Acces = 2,
  Again = 6,
  Badf = 8,
  Busy = 10,
  Dquot = 19,
  Exist = 20,
  Fault = 21,
  Fbig = 22,
  Ilseq = 25,
  Intr = 27,
  Inval = 28,
  Io = 29,
  Isdir = 31,
  Loop = 32,
  Mfile = 33,
  Mlink = 34,
  Nametoolong = 37,
  Nfile = 41,
  Noent = 44,
  Nomem = 48,
  Nospc = 51,
  Notdir = 54,
  Notempty = 55,
  Notsock = 57,
  Notsup = 58,
  Nxio = 60,
  Overflow = 61,
  Perm = 63,
  Pipe = 64,
  Rofs = 69,
  Spipe = 70,
  Stale = 72,
  Timedout = 73,
  Txtbsy = 74,
  Xdev = 75,
  Notcapable = 76,
}

impl Errno {
  /// Its number.
  pub fn code(self) -> u16 {
    self as u16
  }
}

impl From<io::Error> for Errno {
  fn from(error: io::Error) -> Self {
    if let Some(errno) = from_system(&error) {
      return errno;
    }
    match error.kind() {
      io::ErrorKind::NotFound => Self::Noent,
      // Without a number of the system's it is cap-std's word for a path that leaves its directory.
      io::ErrorKind::PermissionDenied if error.raw_os_error().is_none() => Self::Perm,
      io::ErrorKind::PermissionDenied => Self::Acces,
      io::ErrorKind::AlreadyExists => Self::Exist,
      io::ErrorKind::WouldBlock => Self::Again,
      io::ErrorKind::NotADirectory => Self::Notdir,
      io::ErrorKind::IsADirectory => Self::Isdir,
      io::ErrorKind::DirectoryNotEmpty => Self::Notempty,
      io::ErrorKind::ReadOnlyFilesystem => Self::Rofs,
      io::ErrorKind::StaleNetworkFileHandle => Self::Stale,
      io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Self::Inval,
      io::ErrorKind::TimedOut => Self::Timedout,
      io::ErrorKind::StorageFull => Self::Nospc,
      io::ErrorKind::NotSeekable => Self::Spipe,
      io::ErrorKind::QuotaExceeded => Self::Dquot,
      io::ErrorKind::FileTooLarge => Self::Fbig,
      io::ErrorKind::ResourceBusy => Self::Busy,
      io::ErrorKind::ExecutableFileBusy => Self::Txtbsy,
      io::ErrorKind::CrossesDevices => Self::Xdev,
      io::ErrorKind::TooManyLinks => Self::Mlink,
      io::ErrorKind::InvalidFilename => Self::Nametoolong,
      io::ErrorKind::ArgumentListTooLong => Self::TooBig,
      io::ErrorKind::Interrupted => Self::Intr,
      io::ErrorKind::Unsupported => Self::Notsup,
      io::ErrorKind::OutOfMemory => Self::Nomem,
      io::ErrorKind::BrokenPipe => Self::Pipe,
      _ => Self::Io,
    }
  }
}

/// The errors that the standard library has no stable kind for, or one kind for two.
#[cfg(unix)]
fn from_system(error: &io::Error) -> Option<Errno> {
  Some(match error.raw_os_error()? {
    libc::EPERM => Errno::Perm,
    libc::ELOOP => Errno::Loop,
    libc::EMFILE => Errno::Mfile,
    libc::ENFILE => Errno::Nfile,
    libc::ENXIO => Errno::Nxio,
    libc::EBADF => Errno::Badf,
    libc::EOVERFLOW => Errno::Overflow,
    libc::EILSEQ => Errno::Ilseq,
    libc::ENOTSUP => Errno::Notsup,
    _ => return None,
  })
}

#[cfg(not(unix))]
fn from_system(_: &io::Error) -> Option<Errno> {
  None
}
