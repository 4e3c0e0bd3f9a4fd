//! Answering the requests of a server with handlers that run in V8: `js/serving.js` has them.

use std::future::poll_fn;
use std::task::Context;
use std::task::Poll;

use deno_core::JsRuntime;
use deno_core::serde_json::json;
use deno_core::v8;
use plugbay_http::Accepted;
use plugbay_http::Intake;
use plugbay_http::OnUncaught;
use plugbay_http::Requests;
use v8_bridge::Scope;
use v8_bridge::Value;

use crate::Error;
use crate::Runtime;
use crate::event_loop::check;
use crate::event_loop::poll;
use crate::heap::Heap;
use crate::host::Host;
use crate::serving::Function;
use crate::serving::call;
use crate::serving::too_long;
use crate::uncaught::text_of;

/// How many requests are taken until the timers, files and tasks of tokio have their turn.
const MAX_TAKEN: usize = 32;

impl Runtime {
  /// Answers requests of two queues, with the handlers that were opened, until their other ends are dropped: of
  /// `outer` at most so many at once, and all of `inner`, which are those of other handlers, for whose answers some of
  /// the first may wait. While that many wait for something, the queues' other isolates take the next. Where both are
  /// one queue it is `outer`. Errors that nobody caught are logged, and end nothing.
  ///
  /// # Errors
  ///
  /// [`Error::HeapLimit`] and [`Error::Ended`]: the runtime can do nothing more. [`Error::NeverAnswers`]: nothing is
  /// left that the requests it has taken could wait for. They are not answered then, when it is dropped.
  pub fn serve_requests(&mut self, outer: Requests, inner: Requests, most: u32) -> Result<(), Error> {
    self.host().wakeups.sleep_at_once();
    let state = self.host().op_state();
    state.borrow_mut().put(OnUncaught(|error| tracing::error!(target: "handler", "{}", text_of(error))));
    let mut intake = Intake::new(&mut state.borrow_mut(), &outer, &inner, most);
    loop {
      match self.run_with_script(async |js, host, heap| serve(js, host, heap, &mut intake).await) {
        Err(Error::NeverAnswers) if outer.are_over() && inner.are_over() => return Ok(()),
        Err(Error::Script(error)) => tracing::error!(target: "handler", "{error}"),
        ended => return ended,
      }
    }
  }
}

/// Runs the event loop until no more requests come and all handlers are done.
async fn serve(js: &mut JsRuntime, host: &Host, heap: &Heap, intake: &mut Intake) -> Result<(), Error> {
  let mut turn = |cx: &mut Context<'_>| {
    for _ in 0..MAX_TAKEN {
      let has_taken = take(js, host, heap, intake, cx)?;
      let polled = poll(js, host, heap, cx)?;
      if intake.is_over() {
        return Poll::Ready(Ok(()));
      }
      if has_taken || intake.has_changed() {
        continue;
      }
      let has_more = polled.is_pending() || host.mailbox.is_open() || !host.in_flight.is_empty();
      return if has_more || intake.waits() { Poll::Pending } else { Poll::Ready(Err(Error::NeverAnswers)) };
    }
    cx.waker().wake_by_ref();
    Poll::Pending
  };
  poll_fn(|cx| host.wakeups.poll(cx, &mut turn)).await
}

/// Has handlers begin with what waits: up to the first that is not answered at once, so that what one has begun goes on
/// before the next begins, and no handler that loops holds it up. Gives whether there was one.
///
/// # Errors
///
/// When the isolate is at its end.
fn take(
  js: &mut JsRuntime,
  host: &Host,
  heap: &Heap,
  intake: &mut Intake,
  cx: &mut Context<'_>,
) -> Result<bool, Error> {
  let mut any = false;
  let state = js.op_state();
  deno_core::scope!(scope, js);
  for _ in 0..MAX_TAKEN {
    let Poll::Ready(accepted) = intake.poll_next(cx, &state) else { break };
    any = true;
    host.progress.step();
    let begun = {
      v8::scope!(let scope, scope);
      begin(scope, host, &accepted)
    };
    check(heap, host)?;
    begun?;
    scope.perform_microtask_checkpoint();
    check(heap, host)?;
    if !intake.last_is_answered() {
      break;
    }
  }
  Ok(any)
}

/// Has a handler begin with a request.
///
/// # Errors
///
/// When V8 does not take what it says.
fn begin(scope: Scope<'_, '_, '_>, host: &Host, accepted: &Accepted) -> Result<(), Error> {
  let Accepted { exchange, handler, command, method, uri, headers, body, depth, .. } = accepted;
  let command = command.as_ref().map(|command| json!(command).to_string());
  let undefined = v8::undefined(scope).into();
  let arguments = [
    v8::Integer::new_from_unsigned(scope, *exchange).into(),
    v8::Integer::new_from_unsigned(scope, *handler).into(),
    text(scope, method.as_str())?,
    text(scope, &uri.to_string())?,
    latin1(scope, headers)?,
    accepted.id().map_or(Ok(undefined), |id| text(scope, id))?,
    body.map_or(v8::null(scope).into(), |body| v8::Integer::new_from_unsigned(scope, body).into()),
    v8::Integer::new_from_unsigned(scope, *depth).into(),
    command.map_or(Ok(undefined), |command| text(scope, &command))?,
  ];
  call(scope, host, Function::Begin, &arguments).map(drop)
}

fn text<'s>(scope: Scope<'_, 's, '_>, text: &str) -> Result<Value<'s>, Error> {
  if text.is_ascii() {
    return latin1(scope, text.as_bytes());
  }
  Ok(v8::String::new(scope, text).ok_or_else(too_long)?.into())
}

/// A text of which each byte is a character.
fn latin1<'s>(scope: Scope<'_, 's, '_>, bytes: &[u8]) -> Result<Value<'s>, Error> {
  let text = v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal);
  Ok(text.ok_or_else(too_long)?.into())
}
