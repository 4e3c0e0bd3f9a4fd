//! The process's own streams. Others have them too, in this process and beyond: they stay as they are, and nothing of
//! them is kept in a buffer.

use std::io::IoSlice;
use std::time::Duration;
use std::time::Instant;

#[cfg(not(unix))]
pub(super) use others::*;
#[cfg(unix)]
pub(super) use unix::*;

use crate::Deadline;

/// A stream that is written to.
#[derive(Clone, Copy, Debug)]
pub enum StandardStream {
  /// Standard output.
  Stdout,
  /// Standard error.
  Stderr,
}

/// Writes to the process's own stream, as far as it takes that in time: what is left then is lost.
pub fn print(stream: StandardStream, bytes: &[u8], patience: Duration) {
  let end = Instant::now() + patience;
  let deadline = Deadline::new(move || Some(end.saturating_duration_since(Instant::now())));
  // Nobody may read it.
  let _ = write(stream, &[IoSlice::new(bytes)], &deadline);
}

#[cfg(unix)]
mod unix {
  use std::io;
  use std::io::IoSlice;
  use std::os::fd::AsFd;
  use std::os::fd::BorrowedFd;
  use std::os::fd::OwnedFd;
  use std::sync::Mutex;
  use std::sync::MutexGuard;
  use std::sync::PoisonError;
  use std::time::Duration;

  use rustix::fs::Mode;
  use rustix::fs::OFlags;

  use super::StandardStream;
  use crate::Deadline;
  use crate::fault::Fault;
  use crate::waits;
  use crate::waits::Direction;
  use crate::waits::Waited;

  /// What fits into a pipe that is ready, so that writing does not block.
  const FITS: usize = rustix::pipe::PIPE_BUF;
  /// The most that is read or written at once otherwise.
  const MAX_AT_ONCE: usize = 1 << 20;

  /// Guests on other threads read and write the same streams: who has seen that one is ready makes use of it before
  /// they do.
  static STREAMS: Mutex<()> = Mutex::new(());

  pub(crate) fn stdin() -> Option<Waited<'static>> {
    Waited::new(rustix::stdio::stdin(), Direction::Read)
  }

  pub(crate) fn output(which: StandardStream) -> Option<Waited<'static>> {
    Waited::new(fd_of(which), Direction::Write)
  }

  fn fd_of(which: StandardStream) -> BorrowedFd<'static> {
    match which {
      StandardStream::Stdout => rustix::stdio::stdout(),
      StandardStream::Stderr => rustix::stdio::stderr(),
    }
  }

  fn open_terminal(fd: BorrowedFd<'_>) -> Option<OwnedFd> {
    let name = rustix::termios::ttyname(fd, Vec::new()).ok()?;
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(name, flags, Mode::empty()).ok()
  }

  /// Waits until there is something to read, or the end of it.
  pub(crate) fn read(buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Fault> {
    let length = buffer.len().min(MAX_AT_ONCE);
    let stdin = rustix::stdio::stdin();
    transfer(self::stdin(), deadline, || Ok(rustix::io::read(stdin, &mut buffer[..length])?))
  }

  /// Waits until all is written.
  pub(crate) fn write(which: StandardStream, buffers: &[IoSlice<'_>], deadline: &Deadline) -> Result<usize, Fault> {
    let inherited = fd_of(which);
    // A terminal may have room for less than fits into a pipe: it is opened once more, so that writing does not block.
    let terminal = open_terminal(inherited);
    let fd = terminal.as_ref().map_or(inherited, AsFd::as_fd);
    let most = if waits::is_regular(fd) { MAX_AT_ONCE } else { FITS };
    let mut written = 0_usize;
    for mut rest in buffers.iter().map(|buffer| &buffer[..]) {
      while !rest.is_empty() {
        let part = &rest[..rest.len().min(most)];
        match transfer(Waited::new(fd, Direction::Write), deadline, || Ok(rustix::io::write(fd, part)?)) {
          Ok(count) => {
            written = written.saturating_add(count);
            rest = &rest[count..];
          }
          // An error after something was written is left for the next call.
          Err(Fault::Errno(_)) if written > 0 => return Ok(written),
          Err(fault) => return Err(fault),
        }
      }
    }
    Ok(written)
  }

  /// Reads or writes when that does not block.
  fn transfer(
    waited: Option<Waited<'_>>,
    deadline: &Deadline,
    mut transfer: impl FnMut() -> io::Result<usize>,
  ) -> Result<usize, Fault> {
    loop {
      deadline.wait(waited.as_slice(), None)?;
      let _alone: MutexGuard<'_, ()> = STREAMS.lock().unwrap_or_else(PoisonError::into_inner);
      if waits::poll(waited.as_slice(), Some(Duration::ZERO))?.iter().any(|readiness| !readiness.is_ready) {
        continue;
      }
      match transfer() {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
        result => return Ok(result?),
      }
    }
  }
}

#[cfg(not(unix))]
mod others {
  use std::io;
  use std::io::IoSlice;
  use std::io::Read;
  use std::io::Write;

  use super::StandardStream;
  use crate::Deadline;
  use crate::fault::Fault;
  use crate::waits::Waited;

  pub(crate) fn stdin() -> Option<Waited<'static>> {
    None
  }

  pub(crate) fn output(_: StandardStream) -> Option<Waited<'static>> {
    None
  }

  pub(crate) fn read(buffer: &mut [u8], _: &Deadline) -> Result<usize, Fault> {
    Ok(io::stdin().lock().read(buffer)?)
  }

  pub(crate) fn write(which: StandardStream, buffers: &[IoSlice<'_>], _: &Deadline) -> Result<usize, Fault> {
    match which {
      StandardStream::Stdout => write_through(io::stdout().lock(), buffers),
      StandardStream::Stderr => write_through(io::stderr().lock(), buffers),
    }
  }

  fn write_through(mut stream: impl Write, buffers: &[IoSlice<'_>]) -> Result<usize, Fault> {
    let written = stream.write_vectored(buffers)?;
    stream.flush()?;
    Ok(written)
  }
}
