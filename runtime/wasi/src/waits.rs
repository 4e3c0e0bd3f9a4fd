//! Waiting for descriptors of the system's.

use std::fs::File;
use std::io;
use std::time::Duration;

#[cfg(not(unix))]
pub(super) use others::*;
#[cfg(unix)]
pub(super) use unix::*;

/// What a descriptor is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
  Read,
  Write,
}

/// What has come of a descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Readiness {
  /// Reading or writing does not block, be it that it fails.
  pub(super) is_ready: bool,
  /// Nobody is at the other end.
  pub(super) is_hung_up: bool,
  /// How many bytes can be read, or whether anything can be written.
  pub(super) bytes: u64,
}

#[cfg(unix)]
mod unix {
  use std::os::fd::AsFd;
  use std::os::fd::BorrowedFd;

  use rustix::event::PollFd;
  use rustix::event::PollFlags;
  use rustix::event::Timespec;
  use rustix::io::Errno;
  use rustix::io::ioctl_fionread;

  use super::*;

  /// The longest that the system is asked to wait at once.
  const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

  /// A descriptor that may not be ready.
  pub(crate) struct Waited<'a> {
    fd: BorrowedFd<'a>,
    direction: Direction,
  }

  impl<'a> Waited<'a> {
    /// Only what is not a regular file is waited for.
    pub(crate) fn new(fd: BorrowedFd<'a>, direction: Direction) -> Option<Self> {
      if is_regular(fd) { None } else { Some(Self { fd, direction }) }
    }

    pub(crate) fn of_file(file: &'a File, direction: Direction) -> Option<Self> {
      Self::new(file.as_fd(), direction)
    }
  }

  pub(crate) fn is_regular(fd: BorrowedFd<'_>) -> bool {
    rustix::fs::fstat(fd).is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file())
  }

  /// Waits until one of them is ready, or for as long as `most`. A signal may end it early.
  pub(crate) fn poll(waited: &[Waited<'_>], most: Option<Duration>) -> io::Result<Vec<Readiness>> {
    let flags = |direction| match direction {
      Direction::Read => PollFlags::IN,
      Direction::Write => PollFlags::OUT,
    };
    let mut fds: Vec<_> =
      waited.iter().map(|waited| PollFd::from_borrowed_fd(waited.fd, flags(waited.direction))).collect();
    let most = Timespec::try_from(most.unwrap_or(MAX_WAIT).min(MAX_WAIT)).map_err(io::Error::other)?;
    match rustix::event::poll(&mut fds, Some(&most)) {
      Ok(_) => {}
      Err(Errno::INTR) => return Ok(vec![Readiness::default(); waited.len()]),
      Err(errno) => return Err(errno.into()),
    }
    Ok(waited.iter().zip(fds).map(|(waited, fd)| readiness(waited, fd.revents())).collect())
  }

  fn readiness(waited: &Waited<'_>, events: PollFlags) -> Readiness {
    let bytes = match waited.direction {
      _ if events.is_empty() => 0,
      // Of what cannot tell, one byte can be read at least.
      Direction::Read if events.contains(PollFlags::IN) => ioctl_fionread(waited.fd).unwrap_or(1),
      Direction::Read => 0,
      Direction::Write => 1,
    };
    let is_hung_up = events.intersects(PollFlags::HUP | PollFlags::ERR);
    Readiness { is_ready: !events.is_empty(), is_hung_up, bytes }
  }
}

#[cfg(not(unix))]
mod others {
  use super::*;

  /// Nothing is waited for: reading and writing block.
  pub(crate) enum Waited<'a> {
    #[expect(dead_code, reason = "there is none")]
    Never(std::convert::Infallible, std::marker::PhantomData<&'a ()>),
  }

  impl<'a> Waited<'a> {
    pub(crate) fn of_file(_: &'a File, _: Direction) -> Option<Self> {
      None
    }
  }

  pub(crate) fn poll(_: &[Waited<'_>], most: Option<Duration>) -> io::Result<Vec<Readiness>> {
    std::thread::sleep(most.unwrap_or(Duration::MAX));
    Ok(Vec::new())
  }
}
