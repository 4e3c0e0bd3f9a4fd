//! Calls of ops from Rust, where they meet JavaScript: `js/invoke.js`.

use std::rc::Rc;
use std::task::Context;
use std::task::Poll;
use std::time::Instant;

use deno_core::ResourceId;
use deno_core::v8;
use plugbay_core::Caller;
use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use plugbay_core::Value as Passed;
use plugbay_ops::OpEntry;
use plugbay_ops::clock::Ticks;
use plugbay_ops::metrics::Flow;
use v8_bridge::Arguments;
use v8_bridge::Exception;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::Value;
use v8_bridge::buffers;
use v8_bridge::exception;
use v8_bridge::functions::call_kept;
use v8_bridge::functions::keep_each;
use v8_bridge::op_functions::op_function;
use v8_bridge::values::number;

use super::OpRef;
use super::Plugin;
use super::Posted;
use super::Ticket;
use super::direct;
use super::direct::Called;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("failInvocation", fail_invocation);
  functions.add("setInvocation", set_invocation);
  functions.add("settleInvocation", settle_invocation);
}

/// The functions of `js/invoke.js`, as `host.js.invocation` has them.
enum Function {
  Invoke,
  OpenModule,
  ClosePlugin,
}

/// `setInvocation(invoke, openModule, closePlugin)`: for bootstrap.
fn set_invocation<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_each(scope, &host.js.invocation, arguments);
  Ok(None)
}

/// The op of a plugin, for a caller that may call it.
///
/// # Errors
///
/// As [`Runtime::bind`](crate::Runtime::bind).
pub(crate) fn bind(host: &Host, caller: &Caller, plugin: &Plugin, op: &str) -> Result<OpRef, OpFailure> {
  check_runtime(host, plugin.runtime)?;
  caller.may_call(&plugin.name)?;
  // That it is closed goes before what it does not have.
  if !host.is_open_plugin(plugin.rid) {
    return Err(OpFailure::closed_for_binding(op, &plugin.name));
  }
  let entry = host.table.op_of(plugin.rid, op).ok_or_else(|| OpFailure::no_op(&plugin.name, op))?;
  Ok(OpRef { id: entry.id, runtime: host.mailbox.runtime })
}

/// # Errors
///
/// `ERR_OP_ID` for what is of another runtime.
pub(crate) fn check_runtime(host: &Host, runtime: u64) -> Result<(), OpFailure> {
  match runtime == host.mailbox.runtime {
    true => Ok(()),
    false => Err(OpFailure::op_of_another_runtime()),
  }
}

/// Does what handles have posted; `true` when there was something.
pub(crate) fn poll(cx: &mut Context<'_>, scope: Scope<'_, '_, '_>, host: &Host) -> bool {
  let mut any = false;
  while let Poll::Ready(posted) = host.mailbox.poll_next(cx) {
    any = true;
    v8::scope!(let scope, scope);
    receive(scope, host, posted);
  }
  any
}

fn receive(scope: Scope<'_, '_, '_>, host: &Host, posted: Posted) {
  match posted {
    Posted::Bind { caller, plugin, op, answer } => {
      // Whoever asked may be gone.
      let _ = answer.send(bind(host, &caller, &plugin, &op));
    }
    Posted::Invoke { caller, op, args, ticket } => {
      let called = admit(host, &caller, &op).map(|entry| (direct::call(host, &entry, args, || ticket.clone()), entry));
      host.publish_ops(scope);
      match called {
        Ok((Called::Answered(answer), _)) => return ticket.settle(answer),
        Err(failure) => return ticket.settle(Err(failure)),
        Ok((Called::NotMade(args), entry)) => begin(scope, host, &caller, &entry, args, &ticket),
        Ok((Called::Waiting, _)) => {}
      }
      ticket.watch(caller, host.tokio());
    }
  }
}

/// The op of a call that its caller may make now.
///
/// # Errors
///
/// `ERR_OP_ID` for that of another runtime, `ERR_PLUGIN_CLOSED`, and why the caller may not.
pub(crate) fn admit(host: &Host, caller: &Caller, op: &OpRef) -> Result<Rc<OpEntry>, OpFailure> {
  check_runtime(host, op.runtime)?;
  caller.check()?;
  let entry = host.table.get(op.id)?;
  tracing::debug!(
    caller = caller.name(),
    trace = caller.trace(),
    plugin = &*entry.plugin.name,
    op = &*entry.name,
    "invoke"
  );
  Ok(entry)
}

/// Begins a call of an op's function. The ticket is settled with what becomes of it, now or later.
pub(crate) fn begin(
  scope: Scope<'_, '_, '_>,
  host: &Host,
  caller: &Caller,
  entry: &Rc<OpEntry>,
  args: Vec<Passed>,
  ticket: &Ticket,
) {
  if let Some(deadline) = caller.ends_at() {
    // What is left of others is not ended with the call.
    scope.perform_microtask_checkpoint();
    host.timer.begin(scope, deadline);
  }
  let (began, running) = (Ticks::now(), entry.metrics.running());
  let failure = {
    v8::tc_scope!(let scope, scope);
    match call(scope, host, caller, entry, args, ticket) {
      Ok(()) => None,
      Err(Exception::Failure(failure)) => Some(failure),
      Err(Exception::Pending) if caller.ends_at().is_some() && host.timer.has_ended() => {
        // The function that counts the call may have been ended with it.
        if entry.metrics.running() > running {
          entry.metrics.end_guest_call(began.elapsed(), Flow::Sync, true, 0);
        }
        Some(caller.late())
      }
      Err(Exception::Pending) => {
        let why = scope.message().map(|message| exception::text_of(scope, message));
        Some(OpFailure::new(ErrorCode::CallRuntime, why.unwrap_or_else(|| "the runtime is being ended".to_string())))
      }
    }
  };
  if let Some(failure) = failure {
    ticket.settle(Err(failure));
  }
  // What the op has left for later runs before the next call.
  scope.perform_microtask_checkpoint();
  if caller.ends_at().is_some() {
    if host.timer.has_ended() {
      ticket.settle(Err(caller.late()));
    }
    host.timer.finish(scope);
  }
}

fn call(
  scope: Scope<'_, '_, '_>,
  host: &Host,
  caller: &Caller,
  entry: &Rc<OpEntry>,
  args: Vec<Passed>,
  ticket: &Ticket,
) -> Result<(), Exception> {
  let message =
    Passed::List(args).to_message().map_err(|error| entry.name_in(OpFailure::argument_cannot_cross(error)))?;
  let mut bytes = Vec::with_capacity(8 * message.len());
  message.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
  let message = buffers::to_view(scope, bytes).ok_or(Exception::Pending)?;
  let function = op_function(scope, host, entry)?;
  let left: Value<'_> = match caller.ends_at() {
    Some(deadline) => v8::Number::new(scope, milliseconds_until(deadline)).into(),
    None => v8::undefined(scope).into(),
  };
  let number = host.js.tickets.add(ticket.clone());
  let arguments = [
    v8::Number::new(scope, number.into()).into(),
    function,
    v8::Number::new(scope, entry.plugin.rid.get().into()).into(),
    message,
    left,
  ];
  if call_kept(scope, &host.js.invocation[Function::Invoke as usize], &arguments).is_none() {
    // What it has not settled nobody will.
    host.js.tickets.take(number);
    return Err(Exception::Pending);
  }
  Ok(())
}

fn milliseconds_until(deadline: Instant) -> f64 {
  deadline.saturating_duration_since(Instant::now()).as_secs_f64() * 1e3
}

/// `settleInvocation(ticket, words)`: a call is done, with that result in the wire format.
fn settle_invocation<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(ticket) = host.js.tickets.take(number(arguments.get(0)) as u32) else { return Ok(None) };
  let words = buffers::copy_of(arguments.get(1));
  ticket.settle(Passed::from_words(&words.unwrap_or_default()).map_err(OpFailure::result_unreadable));
  Ok(None)
}

/// `failInvocation(ticket, class, code, message, namesOp)`: a call has failed.
fn fail_invocation<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(ticket) = host.js.tickets.take(number(arguments.get(0)) as u32) else { return Ok(None) };
  let text = |index| arguments.get(index).to_rust_string_lossy(scope);
  let failure = OpFailure::from_texts(text(1), text(2), text(3)).with_op_named(arguments.get(4).is_true());
  ticket.settle(Err(failure));
  Ok(None)
}

/// Makes ops of the functions that a module exports; gives the number of the plugin that has them. An error is its
/// text.
pub(crate) fn open_module(
  scope: Scope<'_, '_, '_>,
  host: &Host,
  name: &str,
  exports: v8::Global<v8::Object>,
) -> Result<ResourceId, String> {
  exception::caught(scope, |scope| open(scope, host, name, exports))
}

fn open(scope: Scope<'_, '_, '_>, host: &Host, name: &str, exports: v8::Global<v8::Object>) -> Option<ResourceId> {
  let arguments = [v8::String::new(scope, name)?.into(), v8::Local::new(scope, exports).into()];
  call_kept(scope, &host.js.invocation[Function::OpenModule as usize], &arguments).map(|rid| number(rid) as ResourceId)
}

/// Closes a plugin, if it is open. `false` when the script is being ended.
pub(crate) fn close(scope: Scope<'_, '_, '_>, host: &Host, plugin: &Plugin) -> bool {
  let rid = v8::Number::new(scope, plugin.rid.into()).into();
  call_kept(scope, &host.js.invocation[Function::ClosePlugin as usize], &[rid]).is_some()
}
