//! The way of a call: from the script's function call to the op and back.

use std::ptr::NonNull;
use std::rc::Rc;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::AnswerForm;
use plugbay_ops::Buffers;
use plugbay_ops::Encoding;
use plugbay_ops::OpEntry;
use plugbay_ops::OpTarget;
use plugbay_ops::Outcome;
use plugbay_ops::PendingAnswer;
use plugbay_ops::Target;
use plugbay_ops::metrics::Flow;
use plugbay_ops::metrics::Started;
use smallvec::SmallVec;

use super::Exception;
use super::arguments::op_id;
use super::buffers;
use super::completion;
use super::functions::Functions;
use super::functions::call_kept;
use super::in_flight::Completion;
use super::in_flight::PendingCall;
use super::in_flight::Receiver;
use super::results::Value;
use super::results::value_of;
use super::values;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("dispatch", dispatch);
}

/// `Deno.core.dispatch(id, ...views)`.
fn dispatch<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: &v8::FunctionCallbackArguments<'s>,
  host: &Host,
) -> Result<Value<'s>, Exception> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  let Target::Code(code) = entry.target()? else { return dispatch_by_function(scope, arguments, host) };
  check_callable(&entry)?;
  if entry.encoding == Encoding::Typed || entry.lends {
    return dispatch_by_function(scope, arguments, host);
  }
  let mut buffers = Buffers::new();
  take_buffers(scope, arguments, 1, 1, &entry, &mut buffers)?;
  run(scope, host, entry, code, AnswerForm::Dispatch, &mut buffers)
}

/// What a function of `plugin.ops` points to.
pub(crate) struct OpFunction {
  pub(crate) host: NonNull<Host>,
  pub(crate) entry: Rc<OpEntry>,
}

/// Calls an op with the encoding "bytes" with buffers, which begin at argument `first`.
pub(super) fn call_bytes<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: &v8::FunctionCallbackArguments<'s>,
  first: i32,
  host: &Host,
  entry: Rc<OpEntry>,
  form: AnswerForm,
) -> Result<Value<'s>, Exception> {
  let code = code_of(&entry)?;
  let mut buffers = Buffers::new();
  take_buffers(scope, arguments, first, first, &entry, &mut buffers)?;
  run(scope, host, entry, code, form, &mut buffers)
}

/// Ops that have a function of their own are dispatched by JavaScript, which from then on does not come here for them.
fn dispatch_by_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: &v8::FunctionCallbackArguments<'s>,
  host: &Host,
) -> Result<Value<'s>, Exception> {
  let arguments = (0..arguments.length()).map(|index| arguments.get(index)).collect::<SmallVec<[_; 8]>>();
  call_kept(scope, &host.js.typed_dispatch, &arguments).map(Some).ok_or(Exception::Pending)
}

/// `plugin.ops.name(...)`.
pub(super) fn call_op<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: v8::FunctionCallbackArguments<'s>,
  mut result: v8::ReturnValue<'s>,
) {
  // SAFETY: the function was made with an External as its data.
  let data = unsafe { v8::Local::<v8::External>::cast_unchecked(arguments.data()) };
  let data = data.value().cast::<OpFunction>();
  // SAFETY: the External is of this pointer; what it points to lives until the External is collected, and the function
  // that runs holds it.
  let function = unsafe { &*data };
  // SAFETY: the host outlives the isolate.
  let host = unsafe { function.host.as_ref() };
  match call_entry(scope, &arguments, 0, host, function.entry.clone()) {
    Ok(Some(value)) => result.set(value),
    Ok(None) => {}
    Err(exception) => exception.throw(scope, host),
  }
}

/// Calls an op with values of the script, which begin at argument `first`.
pub(super) fn call_entry<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: &v8::FunctionCallbackArguments<'s>,
  first: i32,
  host: &Host,
  entry: Rc<OpEntry>,
) -> Result<Value<'s>, Exception> {
  let code = code_of(&entry)?;
  let mut buffers = Buffers::new();
  match entry.encoding {
    Encoding::Bytes => take_buffers(scope, arguments, first, first, &entry, &mut buffers)?,
    Encoding::Json => {
      let text = values::to_json_text(scope, host, arguments.get(first)).map_err(|exception| match exception {
        Exception::Failure(failure) => entry.name_in(failure).into(),
        pending => pending,
      });
      buffers.push(text?);
      take_buffers(scope, arguments, first + 1, first, &entry, &mut buffers)?;
    }
    Encoding::Typed | Encoding::Guest | Encoding::Http | Encoding::Redis => return Err(has_function(&entry).into()),
  }
  run(scope, host, entry, code, AnswerForm::Ops, &mut buffers)
}

/// The code of an op that is not a function of JavaScript's.
pub(super) fn code_of(entry: &OpEntry) -> Result<Rc<dyn OpTarget>, OpFailure> {
  check_callable(entry)?;
  entry.target()?.code().ok_or_else(|| has_function(entry))
}

/// Whether scripts may call it.
fn check_callable(entry: &OpEntry) -> Result<(), OpFailure> {
  match entry.encoding {
    Encoding::Http => Err(OpFailure::answers_requests(&entry.name, &entry.plugin.name)),
    Encoding::Redis => Err(OpFailure::is_for_messages(&entry.name, &entry.plugin.name)),
    _ => Ok(()),
  }
}

#[cold]
fn has_function(entry: &OpEntry) -> OpFailure {
  entry.name_in(OpFailure::has_function())
}

/// Takes the buffers that begin at argument `first`. The op's own arguments, which errors count, begin at `own`.
fn take_buffers(
  scope: &v8::PinScope<'_, '_>,
  arguments: &v8::FunctionCallbackArguments<'_>,
  first: i32,
  own: i32,
  entry: &OpEntry,
  buffers: &mut Buffers,
) -> Result<(), OpFailure> {
  for index in first..arguments.length() {
    let taken = buffers::take(scope, arguments.get(index), (index - own) as usize, buffers);
    taken.map_err(|failure| entry.name_in(failure))?;
  }
  Ok(())
}

/// Calls an op with buffers.
#[inline]
fn run<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  entry: Rc<OpEntry>,
  code: Rc<dyn OpTarget>,
  form: AnswerForm,
  buffers: &mut Buffers,
) -> Result<Value<'s>, Exception> {
  let (started, outcome) = entry.call(&*code, buffers);
  host.publish_ops(scope);
  Call { host, entry, target: Target::Code(code), form }.finish(scope, outcome, started)
}

/// One call of an op.
pub struct Call<'h> {
  /// The host.
  pub host: &'h Host,
  /// The op.
  pub entry: Rc<OpEntry>,
  /// Keeps the op's code loaded until the call has returned. An op cannot close its plugin: fast and lending calls hold
  /// nothing.
  pub target: Target,
  /// In which form the script wants the answer.
  pub form: AnswerForm,
}

impl Call<'_> {
  /// Counts what became of the op, and gives it to the script.
  ///
  /// # Errors
  ///
  /// What the op has failed with, and when its answer is none of its kind.
  #[inline]
  pub fn finish<'s>(
    self,
    scope: &mut v8::PinScope<'s, '_>,
    outcome: Outcome,
    started: Started,
  ) -> Result<Value<'s>, Exception> {
    match outcome {
      Outcome::Pending { answer, unref } => {
        let flow = if unref { Flow::AsyncUnref } else { Flow::Async };
        self.entry.metrics.defer(flow);
        Ok(self.wait(scope, answer, flow, started))
      }
      outcome => {
        let given = self.entry.finish(outcome, started, Flow::Sync, self.form);
        Ok(value_of(scope, self.host, &self.entry, self.form, given)?)
      }
    }
  }

  /// Sees to a call that is under way. The future is polled once at once: one that is ready costs no turn of the loop.
  /// Not so by `dispatch`, whose caller of 2020 may count on it that nothing of the future runs before the script's own
  /// next lines.
  fn wait<'s>(
    self,
    scope: &mut v8::PinScope<'s, '_>,
    mut answer: PendingAnswer,
    flow: Flow,
    started: Started,
  ) -> Value<'s> {
    let handler = match self.form {
      AnswerForm::Dispatch => self.host.js.handler(self.entry.id),
      AnswerForm::Ops | AnswerForm::Typed => None,
    };
    let (value, receiver): (Value<'s>, Receiver) = match handler {
      Some(handler) => (None, Receiver::Handler(handler)),
      None => {
        let resolver = v8::PromiseResolver::new(scope).expect("a promise can be made outside of a termination");
        (Some(resolver.get_promise(scope).into()), Receiver::Promise(v8::Global::new(scope, resolver)))
      }
    };
    let ticket = PendingCall { entry: self.entry, started, flow, receiver, form: self.form };
    if ticket.form != AnswerForm::Dispatch
      && let Poll::Ready(outcome) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    {
      completion::settle(scope, self.host, Completion { ticket, outcome });
      // After the future that it keeps the code of.
      drop(answer);
      drop(self.target);
    } else {
      self.host.in_flight.add(answer, ticket, self.target);
    }
    self.host.publish_ops(scope);
    value
  }
}
