//! The standard streams.

use std::io;
use std::io::Cursor;
use std::io::IoSlice;
use std::io::IsTerminal;
use std::io::Read;
use std::io::Write;

use super::Deadline;
use super::Errno;
use super::Output;
use super::Stdin;
use super::fault::Fault;
use super::inherited;
use super::inherited::StandardStream;
use super::metadata::FileType;
use super::rights;
use super::rights::Rights;
use super::waits::Waited;

/// What a guest wrote, up to a limit.
pub(super) struct Captured {
  bytes: Vec<u8>,
  limit: usize,
}

impl Captured {
  pub(super) fn new(limit: usize) -> Self {
    Self { bytes: Vec::new(), limit }
  }

  pub(super) fn take(&mut self) -> Vec<u8> {
    std::mem::take(&mut self.bytes)
  }

  fn write(&mut self, buffers: &[IoSlice<'_>]) -> Result<usize, Errno> {
    let before = self.bytes.len();
    for buffer in buffers {
      let room = self.limit.saturating_sub(self.bytes.len());
      self.bytes.extend_from_slice(buffer.get(..room).unwrap_or(buffer));
    }
    let written = self.bytes.len().saturating_sub(before);
    if written == 0 && buffers.iter().any(|buffer| !buffer.is_empty()) { Err(Errno::Nospc) } else { Ok(written) }
  }
}

/// A stream that is read.
pub(super) struct Input {
  source: Source,
  pub(super) rights: Rights,
}

enum Source {
  Null,
  Process,
  Bytes(Cursor<Vec<u8>>),
}

impl Input {
  pub(super) fn new(stdin: Stdin) -> Self {
    let source = match stdin {
      Stdin::Null => Source::Null,
      Stdin::Inherit => Source::Process,
      Stdin::Bytes(bytes) => Source::Bytes(Cursor::new(bytes)),
    };
    Self { source, rights: rights::INPUT }
  }

  /// Reads what there is, and waits if that is nothing yet.
  pub(super) fn read(&mut self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Fault> {
    match &mut self.source {
      Source::Null => Ok(0),
      Source::Process => inherited::read(buffer, deadline),
      Source::Bytes(bytes) => Ok(bytes.read(buffer)?),
    }
  }

  /// How much can be read, where nothing has to be waited for.
  pub(super) fn left(&self) -> u64 {
    match &self.source {
      Source::Null => 0,
      // Only a regular file is not waited for.
      Source::Process => 1,
      Source::Bytes(bytes) => (bytes.get_ref().len() as u64).saturating_sub(bytes.position()),
    }
  }

  /// What has to be waited for.
  pub(super) fn waited(&self) -> Option<Waited<'static>> {
    match self.source {
      Source::Process => inherited::stdin(),
      Source::Null | Source::Bytes(_) => None,
    }
  }

  pub(super) fn file_type(&self) -> FileType {
    match self.source {
      Source::Process if io::stdin().is_terminal() => FileType::CharacterDevice,
      _ => FileType::Unknown,
    }
  }
}

/// A stream that is written to.
pub(super) struct OutputStream {
  which: StandardStream,
  output: Output,
  pub(super) rights: Rights,
}

impl OutputStream {
  pub(super) fn stdout(output: Output) -> Self {
    Self { which: StandardStream::Stdout, output, rights: rights::OUTPUT }
  }

  pub(super) fn stderr(output: Output) -> Self {
    Self { which: StandardStream::Stderr, output, rights: rights::OUTPUT }
  }

  pub(super) fn write(
    &self,
    buffers: &[IoSlice<'_>],
    stdout: &mut Captured,
    stderr: &mut Captured,
    deadline: &Deadline,
  ) -> Result<usize, Fault> {
    match (&self.output, self.which) {
      (Output::Null, _) => Ok(buffers.iter().map(|buffer| buffer.len()).sum()),
      (Output::Capture, StandardStream::Stdout) => Ok(stdout.write(buffers)?),
      (Output::Capture, StandardStream::Stderr) => Ok(stderr.write(buffers)?),
      (Output::Sink(sink), _) => {
        let all = buffers.iter().flat_map(|buffer| buffer.iter().copied()).collect::<Vec<_>>();
        sink.write(&all);
        Ok(all.len())
      }
      (Output::Inherit, which) => inherited::write(which, buffers, deadline),
      (Output::File { file, inherit }, which) => {
        // One write each, so that lines of other guests stand beside them, and not within.
        let all = buffers.iter().flat_map(|buffer| buffer.iter().copied()).collect::<Vec<_>>();
        (&**file).write_all(&all)?;
        if *inherit {
          inherited::write(which, buffers, deadline)?;
        }
        Ok(all.len())
      }
    }
  }

  /// What has to be waited for.
  pub(super) fn waited(&self) -> Option<Waited<'static>> {
    match self.output {
      Output::Inherit | Output::File { inherit: true, .. } => inherited::output(self.which),
      Output::Null | Output::Capture | Output::Sink(_) | Output::File { .. } => None,
    }
  }

  pub(super) fn file_type(&self) -> FileType {
    let terminal = match (&self.output, self.which) {
      (Output::Null | Output::Capture | Output::Sink(_) | Output::File { .. }, _) => false,
      (Output::Inherit, StandardStream::Stdout) => io::stdout().is_terminal(),
      (Output::Inherit, StandardStream::Stderr) => io::stderr().is_terminal(),
    };
    if terminal { FileType::CharacterDevice } else { FileType::Unknown }
  }
}
