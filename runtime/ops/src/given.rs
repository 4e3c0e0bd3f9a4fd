//! What becomes of a call, whoever made it: how it is counted, what it gives, and why it fails.

use plugbay_core::OpFailure;

use super::Answer;
use super::Buffers;
use super::Encoding;
use super::Kind;
use super::OpEntry;
use super::OpTarget;
use super::Outcome;
use super::Passed;
use super::Values;
use super::metrics::Flow;
use super::metrics::Started;

/// In which form whoever called wants the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerForm {
  /// `Deno.core.dispatch`: bytes.
  Dispatch,
  /// `plugin.ops.name(…)`: the value that the op's encoding stands for.
  Ops,
  /// `plugin.ops.name(…)` of an op with a signature: the value of its result's kind.
  Typed,
}

/// What a call that went well gives.
pub enum Given {
  /// Nothing.
  Undefined,
  /// `null`.
  Null,
  /// A boolean.
  Bool(bool),
  /// A number.
  Number(f64),
  /// An integer of 64 bits with a sign.
  Signed(i64),
  /// An integer of 64 bits without a sign.
  Unsigned(u64),
  /// Text, as far as it is UTF-8.
  Text(Answer),
  /// Bytes.
  Bytes(Answer),
  /// A value that its text in JSON stands for; without any text it is `null`.
  Json(Answer),
  /// A value, as a message in the wire format.
  Message(Answer),
}

impl AnswerForm {
  /// The bytes that count as given by a call: those of a typed op's text and values do not.
  #[inline]
  pub fn bytes_given(self, entry: &OpEntry, outcome: &Outcome) -> usize {
    let gives_bytes = self != Self::Typed || entry.signature.as_ref().is_some_and(|it| it.result == Kind::Bytes);
    match outcome {
      Outcome::Answer(answer) if gives_bytes => answer.bytes.len(),
      _ => 0,
    }
  }
}

impl OpEntry {
  /// Calls its code with bytes, which are released, and counts that the call begins.
  #[inline(always)]
  pub fn call(&self, code: &dyn OpTarget, buffers: &mut Buffers) -> (Started, Outcome) {
    let control = buffers.first().map_or(0, |buffer| buffer.len());
    let data = buffers.iter().skip(1).map(|buffer| buffer.len()).sum();
    let started = self.metrics.begin(control, data);
    let outcome = code.call(buffers);
    // Now, while the op's code is held: the op may have put buffers of its own in their place.
    buffers.clear();
    (started, outcome)
  }

  /// Calls its code with arguments, which are released, and counts that the call begins.
  ///
  /// # Safety
  ///
  /// The arguments are those of the op's signature, and what they lend stays until this returns.
  pub unsafe fn call_typed(&self, code: &dyn OpTarget, mut passed: Passed) -> (Started, Outcome) {
    let started = self.metrics.begin(0, passed.sent());
    // SAFETY: the caller's promise.
    let outcome = unsafe { code.call_typed(passed.arguments()) };
    // As above.
    drop(passed);
    (started, outcome)
  }

  /// Counts a call as done, and says what it gives.
  ///
  /// # Errors
  ///
  /// What the op failed with, or what is wrong with its answer.
  #[inline(always)]
  pub fn finish(&self, outcome: Outcome, started: Started, flow: Flow, form: AnswerForm) -> Result<Given, OpFailure> {
    if matches!(outcome, Outcome::Failed(_) | Outcome::NotFound) {
      self.metrics.fail(started, flow);
      return self.given(outcome, form);
    }
    self.metrics.end(started, flow, form.bytes_given(self, &outcome));
    let given = self.given(outcome, form);
    if given.is_err() {
      self.metrics.count_error();
    }
    given
  }

  /// What a call gives, which is counted elsewhere.
  ///
  /// # Errors
  ///
  /// As [`finish`](Self::finish).
  #[inline(always)]
  pub fn given(&self, outcome: Outcome, form: AnswerForm) -> Result<Given, OpFailure> {
    if form == AnswerForm::Typed {
      return self.typed(outcome);
    }
    match outcome {
      Outcome::Answer(answer) if self.encoding == Encoding::Json => Ok(Given::Json(answer)),
      Outcome::Empty if self.encoding == Encoding::Json => Ok(Given::Json(Answer::of_host(Vec::new()))),
      Outcome::Answer(answer) if !answer.bytes.is_empty() => Ok(Given::Bytes(answer)),
      Outcome::Empty | Outcome::Answer(_) => Ok(Given::Undefined),
      outcome => Err(self.failure(outcome, OpFailure::answer_as_typed)),
    }
  }

  fn typed(&self, outcome: Outcome) -> Result<Given, OpFailure> {
    let result = self.signature.as_ref().map_or(Kind::Void, |signature| signature.result);
    let answer = |outcome| match outcome {
      Outcome::Answer(answer) => answer,
      _ => Answer::of_host(Vec::new()),
    };
    Ok(match (result.values(), outcome) {
      (Values::Nothing, Outcome::Empty) => Given::Undefined,
      (Values::Bool, Outcome::Number(number)) => Given::Bool(number != 0.0),
      (Values::Whole { .. } | Values::Float, Outcome::Number(number)) => Given::Number(number),
      (Values::Integer { is_signed: true }, Outcome::Integer(bits)) => Given::Signed(bits as i64),
      (Values::Integer { is_signed: false }, Outcome::Integer(bits)) => Given::Unsigned(bits),
      (Values::Text | Values::Lent { .. }, Outcome::Null) => Given::Null,
      (Values::Text, outcome @ (Outcome::Empty | Outcome::Answer(_))) => Given::Text(answer(outcome)),
      (Values::Lent { .. }, outcome @ (Outcome::Empty | Outcome::Answer(_))) => Given::Bytes(answer(outcome)),
      (Values::Any, outcome @ (Outcome::Empty | Outcome::Answer(_))) => Given::Message(answer(outcome)),
      (_, outcome) => {
        return Err(self.failure(outcome, || OpFailure::answer_of_another_kind(result.name())));
      }
    })
  }

  /// The failure that an outcome is; `mismatch` says what it is if it is none.
  #[cold]
  fn failure(&self, outcome: Outcome, mismatch: impl FnOnce() -> OpFailure) -> OpFailure {
    self.name_in(match outcome {
      Outcome::Failed(failure) => failure,
      Outcome::NotFound => OpFailure::asked_in_vain(),
      _ => mismatch(),
    })
  }

  /// Failures that are not in the plugin author's own words say which op they come from.
  #[cold]
  pub fn name_in(&self, failure: OpFailure) -> OpFailure {
    failure.in_op(&self.name, &self.plugin.name)
  }
}
