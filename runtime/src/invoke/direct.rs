//! Calls of native code from Rust that V8 has no part in.
//!
//! As the function of a typed op does, this takes what passes its tests: arguments of the parameters' kinds. Whatever
//! else goes through the op's function (`js/invoke.js`), which knows all the rules and says what is wrong.

use std::rc::Rc;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use plugbay_core::NoJson;
use plugbay_core::OpFailure;
use plugbay_core::Value;
use plugbay_core::from_json;
use plugbay_core::is_in_order;
use plugbay_core::is_safe_integer;
use plugbay_core::to_json;
use plugbay_ops::AnswerForm;
use plugbay_ops::Encoding;
use plugbay_ops::Given;
use plugbay_ops::Kind;
use plugbay_ops::OpEntry;
use plugbay_ops::OpTarget;
use plugbay_ops::Outcome;
use plugbay_ops::Parameter;
use plugbay_ops::Passed;
use plugbay_ops::Target;
use plugbay_ops::Values;
use plugbay_ops::metrics::Flow;
use plugbay_ops::metrics::Started;
use plugin_abi::OwnedBuffer;

use v8_bridge::in_flight::PendingCall;
use v8_bridge::in_flight::Receiver;

use super::Ticket;
use super::ticket::Answer;
use crate::host::Host;

/// What became of a call.
pub(crate) enum Called {
  /// It is done.
  Answered(Answer),
  /// Its ticket is settled later.
  Waiting,
  /// It was not made; these are its arguments.
  NotMade(Vec<Value>),
}

/// Calls an op, if it can be called so. The ticket is for an answer that comes later. What the op has registered the
/// caller shows to scripts.
pub(crate) fn call(host: &Host, entry: &Rc<OpEntry>, args: Vec<Value>, ticket: impl FnOnce() -> Ticket) -> Called {
  let Ok(Target::Code(code)) = entry.target() else { return Called::NotMade(args) };
  let (form, started, outcome) = match begin(entry, &*code, args) {
    Ok(begun) => begun,
    Err(args) => return Called::NotMade(args),
  };
  match outcome {
    Outcome::Pending { mut answer, unref } => {
      let flow = if unref { Flow::AsyncUnref } else { Flow::Async };
      entry.metrics.defer(flow);
      // One that is ready costs no turn of the loop.
      if let Poll::Ready(outcome) = answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        return Called::Answered(value_of(entry, entry.finish(outcome, started, flow, form)));
      }
      let ticket = ticket();
      // A runtime that ends answers all that it knows of.
      host.js.tickets.add(ticket.clone());
      let called = entry.clone();
      let receiver = Receiver::Rust(Box::new(move |given| ticket.settle(value_of(&called, given))));
      let call = PendingCall { entry: entry.clone(), started, flow, receiver, form };
      host.in_flight.add(answer, call, Target::Code(code));
      Called::Waiting
    }
    outcome => Called::Answered(value_of(entry, entry.finish(outcome, started, Flow::Sync, form))),
  }
}

fn begin(entry: &OpEntry, code: &dyn OpTarget, args: Vec<Value>) -> Result<(AnswerForm, Started, Outcome), Vec<Value>> {
  if let Some(signature) = &entry.signature {
    if !fit(&signature.parameters, &args) {
      return Err(args);
    }
    let mut passed = Passed::default();
    let mut args = args.into_iter();
    for parameter in &signature.parameters {
      pass(&mut passed, parameter.kind, &mut args);
    }
    // SAFETY: the arguments are of the parameters' kinds, and `passed` has what they lend.
    let (started, outcome) = unsafe { entry.call_typed(code, passed) };
    return Ok((AnswerForm::Typed, started, outcome));
  }
  let values = match (entry.encoding, &args[..]) {
    (Encoding::Bytes, _) => 0,
    (Encoding::Json, [value, ..]) if is_plain(value, 0) => 1,
    _ => return Err(args),
  };
  if !args[values..].iter().all(|arg| matches!(arg, Value::Bytes(_))) {
    return Err(args);
  }
  let texts = args[..values].iter().map(to_json).collect::<Option<Vec<_>>>();
  let Some(texts) = texts else { return Err(args) };
  let texts = texts.into_iter().map(|text| text.into_bytes().into());
  let mut buffers = texts.chain(args.into_iter().skip(values).map(buffer)).collect();
  let (started, outcome) = entry.call(code, &mut buffers);
  Ok((AnswerForm::Ops, started, outcome))
}

/// Whether the arguments are of the parameters' kinds.
fn fit(parameters: &[Parameter], args: &[Value]) -> bool {
  let (parameters, rest) = match parameters {
    [parameters @ .., Parameter { kind: Kind::Buffers, .. }] if args.len() >= parameters.len() => {
      (parameters, &args[parameters.len()..])
    }
    parameters => (parameters, &[][..]),
  };
  parameters.len() + rest.len() == args.len()
    && parameters.iter().zip(args).all(|(parameter, arg)| fits(parameter.kind, arg))
    && rest.iter().all(|arg| matches!(arg, Value::Bytes(_)))
}

fn fits(kind: Kind, arg: &Value) -> bool {
  match (kind.values(), arg) {
    (Values::Bool, Value::Bool(_)) | (Values::Text, Value::Text(_)) => true,
    (Values::Lent { typed_array: None, .. } | Values::Buffer, Value::Bytes(_)) => true,
    (Values::Integer { is_signed: true }, Value::Integer(integer)) => i64::try_from(*integer).is_ok(),
    (Values::Integer { is_signed: false }, Value::Integer(integer)) => u64::try_from(*integer).is_ok(),
    (Values::Integer { is_signed }, Value::Float(number)) => is_safe_integer(*number) && (*is_signed || *number >= 0.0),
    (Values::Any, arg) => is_plain(arg, 0),
    (Values::Whole { .. } | Values::Float, arg) => arg.to_number().is_some_and(|number| kind.holds(number)),
    _ => false,
  }
}

/// Whether a value is the same when JavaScript has had it. Its objects have each key once, and those that are numbers
/// first.
fn is_plain(value: &Value, depth: usize) -> bool {
  const MAX_DEPTH: usize = 32;
  match value {
    Value::List(list) => depth < MAX_DEPTH && list.iter().all(|element| is_plain(element, depth + 1)),
    Value::Object(entries) => {
      depth < MAX_DEPTH && is_in_order(entries) && entries.iter().all(|(_, value)| is_plain(value, depth + 1))
    }
    _ => true,
  }
}

/// Passes an argument that fits, or all that are left.
fn pass(passed: &mut Passed, kind: Kind, args: &mut impl Iterator<Item = Value>) {
  if kind == Kind::Buffers {
    let first = passed.buffers.len();
    passed.buffers.extend(args.map(buffer));
    return passed.buffers_from(first);
  }
  let Some(arg) = args.next() else { return };
  match (kind.values(), arg) {
    (Values::Any, arg) => passed.message(arg.to_message().expect("it is not deep")),
    (Values::Buffer, arg) => {
      let first = passed.buffers.len();
      passed.buffers.push(buffer(arg));
      passed.buffers_from(first);
    }
    (Values::Lent { is_written: false, .. }, Value::Bytes(bytes)) => passed.shared(bytes),
    (_, Value::Bytes(bytes)) => passed.bytes(bytes.into()),
    (_, Value::Text(text)) => passed.text(text.into_bytes()),
    (_, Value::Bool(truth)) => passed.number(f64::from(u8::from(truth))),
    // The bits of either are those of the 64 that count.
    (Values::Integer { .. }, Value::Integer(integer)) => passed.integer(integer as u64),
    (Values::Integer { .. }, Value::Float(number)) => passed.integer(number as i64 as u64),
    (_, arg) => passed.number(arg.to_number().expect("it fits")),
  }
}

fn buffer(arg: Value) -> OwnedBuffer {
  match arg {
    Value::Bytes(bytes) => Vec::from(bytes).into(),
    _ => unreachable!("a buffer is asked of bytes alone"),
  }
}

/// What a call gives to Rust.
fn value_of(entry: &OpEntry, given: Result<Given, OpFailure>) -> Answer {
  Ok(match given? {
    Given::Undefined | Given::Null => Value::Null,
    Given::Bool(truth) => truth.into(),
    Given::Number(number) => Value::from_number(number),
    Given::Signed(integer) => integer.into(),
    Given::Unsigned(integer) => integer.into(),
    Given::Text(answer) => String::from_utf8_lossy(&answer.bytes).into_owned().into(),
    Given::Bytes(answer) => answer.bytes.to_vec().into(),
    Given::Json(answer) => from_json(&answer.bytes).map_err(|why| {
      entry.metrics.count_error();
      entry.name_in(match why {
        NoJson::Malformed => OpFailure::answer_no_json(why),
        NoJson::TooDeep | NoJson::TooLarge => OpFailure::result_cannot_cross("", why),
      })
    })?,
    Given::Message(answer) => {
      let shapes = &mut *entry.plugin.shapes.borrow_mut();
      Value::from_message(&answer.bytes, shapes).map_err(|why| entry.name_in(OpFailure::answer_unreadable(why)))?
    }
  })
}
