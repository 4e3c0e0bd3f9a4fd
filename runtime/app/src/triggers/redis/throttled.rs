//! A connection that is read no further while too much of it waits to be handled.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::Join;
use tokio::io::ReadBuf;
use tokio::io::ReadHalf;
use tokio::io::WriteHalf;
use tokio::io::join;
use tokio::io::split;

/// Bytes that are read ahead.
const AHEAD: usize = 4 << 20;

/// Whether a connection may be read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
  /// What may be read yet; without an end while somebody waits for what comes.
  left: Option<usize>,
  reader: Option<Waker>,
  /// Why the connection cannot be read any more.
  fault: Option<String>,
}

impl Gate {
  /// Somebody waits for what comes.
  pub(crate) fn open(&self) {
    let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
    state.left = None;
    state.reader.take().into_iter().for_each(Waker::wake);
  }

  /// Nobody waits any more: only so much is read until it is opened again.
  pub(crate) fn close(&self) {
    let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
    state.left.get_or_insert(AHEAD);
  }

  /// Why the connection could not be read, if it could not.
  pub(crate) fn fault(&self) -> Option<String> {
    self.0.lock().unwrap_or_else(PoisonError::into_inner).fault.clone()
  }
}

/// What is read of a connection with a gate.
pub(crate) struct Throttled<C> {
  connection: C,
  gate: Gate,
}

/// A connection with a gate, which is open at first.
pub(crate) fn throttled<C: AsyncRead + AsyncWrite>(
  connection: C,
) -> (Join<Throttled<ReadHalf<C>>, WriteHalf<C>>, Gate) {
  let (connection, written) = split(connection);
  let gate = Gate::default();
  (join(Throttled { connection, gate: gate.clone() }, written), gate)
}

impl<C: AsyncRead + Unpin> AsyncRead for Throttled<C> {
  fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
    let Self { connection, gate } = &mut *self;
    {
      let mut state = gate.0.lock().unwrap_or_else(PoisonError::into_inner);
      if state.left == Some(0) {
        state.reader = Some(cx.waker().clone());
        return Poll::Pending;
      }
    }
    let before = buffer.filled().len();
    let read = Pin::new(connection).poll_read(cx, buffer);
    let length = buffer.filled().len() - before;
    let mut state = gate.0.lock().unwrap_or_else(PoisonError::into_inner);
    state.left = state.left.map(|left| left.saturating_sub(length));
    if let Poll::Ready(Err(error)) = &read {
      state.fault = Some(error.to_string());
    }
    read
  }
}

#[cfg(test)]
mod tests {
  use futures::FutureExt;
  use tokio::io::AsyncReadExt;
  use tokio::io::repeat;
  use tokio::io::sink;

  use super::*;

  #[test]
  fn so_much_is_read_ahead_and_no_more() {
    let (mut connection, gate) = throttled(join(repeat(7), sink()));
    let mut bytes = vec![0; 1 << 20];
    // While somebody waits all that comes is read.
    for _ in 0..10 {
      connection.read_exact(&mut bytes).now_or_never().expect("it is open").expect("there is more");
    }
    gate.close();
    gate.close();
    for _ in 0..AHEAD >> 20 {
      connection.read_exact(&mut bytes).now_or_never().expect("it is ahead").expect("there is more");
    }
    assert!(connection.read(&mut bytes).now_or_never().is_none());
    gate.close();
    assert!(connection.read(&mut bytes).now_or_never().is_none());
    gate.open();
    connection.read_exact(&mut bytes).now_or_never().expect("it is open").expect("there is more");
  }

  #[tokio::test]
  async fn who_waits_for_the_gate_goes_on() {
    let (mut connection, gate) = throttled(join(repeat(7), sink()));
    gate.close();
    let reading = tokio::spawn(async move {
      let mut bytes = vec![0; 2 * AHEAD];
      connection.read_exact(&mut bytes).await
    });
    tokio::task::yield_now().await;
    gate.open();
    assert_eq!(reading.await.expect("it does not panic").expect("there is more"), 2 * AHEAD);
  }
}
