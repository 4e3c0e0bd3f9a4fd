//! The event loop: deno_core's, with calls that are under way and those that other threads post.

use std::future::Future;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Context;
use std::task::Poll;

use deno_core::JsRuntime;
use deno_core::ModuleSpecifier;
use deno_core::PollEventLoopOptions;
use v8_bridge::completion;

use crate::Error;
use crate::heap::Heap;
use crate::host::Host;
use crate::invoke::calls;

/// Runs the event loop until a future of the runtime's is done.
///
/// # Errors
///
/// What a script threw and nobody caught, [`Error::HeapLimit`], and that nothing is left that the future could wait
/// for.
pub(crate) async fn run_until<T>(
  js: &mut JsRuntime,
  host: &Host,
  heap: &Heap,
  future: impl Future<Output = T>,
) -> Result<T, Error> {
  let mut future = pin!(future);
  let mut turn = |cx: &mut Context<'_>| {
    if let Poll::Ready(value) = future.as_mut().poll(cx) {
      return Poll::Ready(Ok(value));
    }
    let polled = poll(js, host, heap, cx)?;
    match future.as_mut().poll(cx) {
      Poll::Ready(value) => Poll::Ready(Ok(value)),
      Poll::Pending if polled.is_pending() || host.mailbox.is_open() || !host.in_flight.is_empty() => Poll::Pending,
      Poll::Pending => Poll::Ready(Err(Error::NeverAnswers)),
    }
  };
  poll_fn(|cx| host.wakeups.poll(cx, &mut turn)).await
}

/// Evaluates a module, and runs the event loop until nothing is left to do.
///
/// # Errors
///
/// What it or another script threw and nobody caught, and [`Error::HeapLimit`].
pub(crate) async fn run_module(
  js: &mut JsRuntime,
  host: &Host,
  heap: &Heap,
  specifier: &ModuleSpecifier,
  is_main: bool,
) -> Result<(), Error> {
  let module = match is_main {
    true => js.load_main_es_module(specifier).await?,
    false => js.load_side_es_module(specifier).await?,
  };
  let mut evaluation = pin!(js.mod_evaluate(module));
  let mut evaluated = None;
  let mut turn = |cx: &mut Context<'_>| {
    if evaluated.is_none()
      && let Poll::Ready(result) = evaluation.as_mut().poll(cx)
    {
      evaluated = Some(result);
    }
    if let Some(Err(_)) = &evaluated {
      return Poll::Ready(Ok(()));
    }
    poll(js, host, heap, cx)
  };
  poll_fn(|cx| host.wakeups.poll(cx, &mut turn)).await?;
  match evaluated {
    Some(result) => Ok(result?),
    None => Ok(evaluation.await?),
  }
}

/// Runs the event loop until nothing is left to do and the last handle is dropped.
///
/// # Errors
///
/// What a script threw and nobody caught, and [`Error::HeapLimit`].
pub(crate) async fn serve(js: &mut JsRuntime, host: &Host, heap: &Heap) -> Result<(), Error> {
  let mut turn = |cx: &mut Context<'_>| match poll(js, host, heap, cx) {
    Poll::Ready(Ok(())) if host.mailbox.is_open() => Poll::Pending,
    polled => polled,
  };
  poll_fn(|cx| host.wakeups.poll(cx, &mut turn)).await
}

/// # Errors
///
/// When the heap was filled. Then nobody waits for calls any more.
pub(crate) fn check(heap: &Heap, host: &Host) -> Result<(), Error> {
  heap.check().inspect_err(|_| host.end_calls())
}

/// Turns of deno_core's event loop and of the calls under way, until neither has anything to do now.
pub(crate) fn poll(js: &mut JsRuntime, host: &Host, heap: &Heap, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
  let _turn = host.progress.turn();
  loop {
    let settled = {
      deno_core::scope!(scope, js);
      completion::poll(cx, scope, host) | calls::poll(cx, scope, host)
    };
    check(heap, host)?;
    let polled = js.poll_event_loop(cx, PollEventLoopOptions::default()).map_err(Error::from);
    check(heap, host)?;
    // What the turn started has to be polled once before anything can wake us for it.
    if host.in_flight.has_added() && !matches!(polled, Poll::Ready(Err(_))) {
      continue;
    }
    match polled {
      Poll::Ready(Ok(())) if settled => continue,
      polled => return polled,
    }
  }
}
