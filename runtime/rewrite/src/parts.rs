//! Code in parts, which threads read at the same time.

use std::ops::Range;
use std::sync::LazyLock;
use std::sync::mpsc;
use std::thread;

use wasmparser::BinaryReader;

use crate::budget::Budget;
use crate::rewrite_error::RewriteError;

/// Bodies that follow one another.
#[derive(Debug)]
pub(crate) struct Part<'a> {
  /// Their numbers among those of the code.
  pub(crate) numbers: Range<u32>,
  /// A reader of them, and of what follows.
  pub(crate) bodies: BinaryReader<'a>,
  /// How many bytes they have.
  size: usize,
}

/// How code is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Division {
  /// How many threads read it besides the one that takes in what they find.
  pub(crate) threads: usize,
  /// How many bytes of bodies are a part, unless there is only one body.
  pub(crate) part: usize,
  /// How many bytes of a part they read at most. A larger one could have millions of places, which the calling thread
  /// has one part at a time of.
  pub(crate) largest: usize,
}

/// How many parts a thread is ahead of what is taken in.
const AHEAD: usize = 4;

impl Division {
  /// The usual one for code of so many bytes. Starting threads takes as long as reading some ten KiB.
  pub(crate) fn of(code: usize) -> Self {
    const WORTH_THREADS: usize = 256 << 10;
    const MAX_THREADS: usize = 8;
    static PROCESSORS: LazyLock<usize> = LazyLock::new(|| thread::available_parallelism().map_or(1, usize::from));
    let threads = match code {
      ..WORTH_THREADS => 0,
      _ if *PROCESSORS == 1 => 0,
      _ => MAX_THREADS.min(*PROCESSORS),
    };
    Self { threads, part: 64 << 10, largest: 128 << 10 }
  }

  /// The parts of so many bodies; the reader goes on after them. If one is cut off, what reads the last part finds
  /// that.
  pub(crate) fn divide<'a>(
    &self,
    count: u32,
    reader: &mut BinaryReader<'a>,
    budget: &mut Budget,
  ) -> Result<Vec<Part<'a>>, RewriteError> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for number in 0..count {
      budget.step()?;
      let start = reader.clone();
      let is_whole = reader.read_reader().is_ok();
      let size = reader.original_position() - start.original_position();
      match parts.last_mut() {
        Some(part) if part.size + size <= self.part => {
          part.numbers.end = number + 1;
          part.size += size;
        }
        _ => parts.push(Part { numbers: number..number + 1, bodies: start, size }),
      }
      if !is_whole {
        break;
      }
    }
    Ok(parts)
  }

  /// Has `take` take in what is found in each part, in their order. Each thread reads every so manieth part with what
  /// `reader` gives it. The calling thread reads what they do not: all of it if none could be started.
  pub(crate) fn read<'a, T: Send, R: FnMut(&Part<'a>) -> T>(
    &self,
    parts: &[Part<'a>],
    reader: impl Fn() -> R + Sync,
    mut take: impl FnMut(T) -> Result<(), RewriteError>,
  ) -> Result<(), RewriteError> {
    let count = self.threads.min(parts.len());
    let shared = |part: &Part<'a>| part.size <= self.largest;
    let reader = &reader;
    thread::scope(|scope| {
      let started = (0..count).map(|first| {
        let (sender, receiver) = mpsc::sync_channel(AHEAD);
        let run = move || {
          let mut read = reader();
          let own = parts.iter().skip(first).step_by(count).filter(|part| shared(part));
          // Nobody takes in more once there was an error.
          let _ = own.map(|part| sender.send(read(part))).find(Result::is_err);
        };
        let thread = thread::Builder::new().name("wasm_rewrite".to_owned()).spawn_scoped(scope, run);
        (thread.ok(), receiver)
      });
      let (threads, receivers): (Vec<_>, Vec<_>) = started.unzip();
      let mut read = reader();
      let result = parts.iter().enumerate().try_for_each(|(number, part)| {
        let receiver = receivers.get(number % count.max(1)).filter(|_| shared(part));
        let found = receiver.and_then(|receiver| receiver.recv().ok());
        take(found.unwrap_or_else(|| read(part)))
      });
      // A thread waits no more, and what it may have panicked of the calling thread came upon, too.
      drop(receivers);
      for thread in threads.into_iter().flatten() {
        let _ = thread.join();
      }
      result
    })
  }
}
