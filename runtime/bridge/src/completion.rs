//! Settles calls and jobs that were under way.

use std::task::Context;
use std::task::Poll;

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::AnswerForm;

use super::exception::error_value;
use super::in_flight::Completion;
use super::in_flight::Done;
use super::in_flight::Next;
use super::in_flight::Receiver;
use super::results::value_of;
use crate::host::Host;

/// Settles every call and job that is done; `true` when there was one.
pub fn poll(cx: &mut Context<'_>, scope: &mut v8::PinScope<'_, '_>, host: &Host) -> bool {
  let mut any = false;
  host.in_flight.take_in_added();
  while let Poll::Ready(done) = host.in_flight.poll_next(cx) {
    any = true;
    v8::scope!(let scope, scope);
    match done {
      Done::Call(completion) => settle(scope, host, completion),
      Done::Job(resolver, finish) => match finish(scope) {
        Ok(Next::Job(job)) => host.in_flight.add_job(job, resolver),
        Ok(Next::Value(value)) => settle_promise(scope, host, &resolver, Ok(value)),
        Err(failure) => settle_promise(scope, host, &resolver, Err(failure)),
      },
    }
  }
  host.publish_ops(scope);
  if any {
    scope.perform_microtask_checkpoint();
  }
  any
}

/// Counts a call as done and gives its result to whoever waits for it.
pub(super) fn settle(scope: &mut v8::PinScope<'_, '_>, host: &Host, completion: Completion) {
  let Completion { ticket, outcome } = completion;
  let given = ticket.entry.finish(outcome, ticket.started, ticket.flow, ticket.form);
  // A handler that was set meanwhile takes the place of the one that was there at the call.
  let latest = match ticket.form {
    AnswerForm::Dispatch => host.js.handler(ticket.entry.id),
    AnswerForm::Ops | AnswerForm::Typed => None,
  };
  let (promise, handler) = match ticket.receiver {
    Receiver::Promise(resolver) => (Some(resolver), latest),
    Receiver::Handler(handler) => (None, Some(latest.unwrap_or(handler))),
    Receiver::Rust(receive) => return receive(given),
  };
  let value = value_of(scope, host, &ticket.entry, ticket.form, given);
  match (&value, handler) {
    (Ok(value), Some(handler)) => call_handler(scope, &handler, *value),
    (Err(failure), Some(_)) if promise.is_none() => {
      v8::tc_scope!(let scope, scope);
      if let Some(error) = error_value(scope, host, failure) {
        report(scope, error);
      }
    }
    _ => {}
  }
  if let Some(resolver) = promise {
    let value = value.map(|value| value.unwrap_or_else(|| v8::undefined(scope).into()));
    settle_promise(scope, host, &resolver, value);
  }
}

fn call_handler<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  handler: &v8::Global<v8::Function>,
  answer: Option<v8::Local<'s, v8::Value>>,
) {
  // What the script's own code throws is not for whoever polls.
  v8::tc_scope!(let scope, scope);
  let handler = v8::Local::new(scope, handler);
  let undefined = v8::undefined(scope).into();
  if handler.call(scope, undefined, &[answer.unwrap_or(undefined)]).is_none()
    && let Some(exception) = scope.exception()
  {
    report(scope, exception);
  }
}

fn settle_promise<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  resolver: &v8::Global<v8::PromiseResolver>,
  value: Result<v8::Local<'s, v8::Value>, OpFailure>,
) {
  // What the script's own code throws meanwhile, such as a getter called `then`, is not for whoever polls.
  v8::tc_scope!(let scope, scope);
  let resolver = v8::Local::new(scope, resolver);
  // It fails when making the error does, or when the script is being terminated.
  let settled = match value {
    Ok(value) => resolver.resolve(scope, value),
    Err(failure) => error_value(scope, host, &failure).and_then(|error| resolver.reject(scope, error)),
  };
  if settled.is_none()
    && let Some(exception) = scope.exception()
  {
    resolver.reject(scope, exception);
  }
}

/// Reports an error that nobody waits for as a rejection that nobody handles: the program ends with it, unless the
/// script listens for `unhandledrejection`.
fn report(scope: &mut v8::PinScope<'_, '_>, error: v8::Local<'_, v8::Value>) {
  if let Some(resolver) = v8::PromiseResolver::new(scope) {
    resolver.reject(scope, error);
  }
}
