//! What scripts get for the outcomes of calls.

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::Encoding;
use plugbay_ops::OpEntry;
use plugbay_ops::Outcome;

use super::buffers;
use super::failures::with_op_name;
use super::in_flight::AnswerForm;
use super::typed_results;
use super::values;
use crate::host::Host;

/// What a call gives; none is `undefined`.
pub(super) type Value<'s> = Option<v8::Local<'s, v8::Value>>;

/// What the script gets for the outcome of a call that is done.
#[inline]
pub(super) fn result_value<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  entry: &OpEntry,
  form: AnswerForm,
  outcome: Outcome,
) -> Result<Value<'s>, OpFailure> {
  if form == AnswerForm::Typed {
    return typed_results::give(scope, host, entry, outcome).map(Some);
  }
  let result = match outcome {
    Outcome::Empty => Ok(None),
    Outcome::Answer(answer) => Ok(Some(answer)),
    Outcome::Failed(failure) => Err(with_op_name(failure, entry)),
    Outcome::NotFound => {
      let message = format!("op {:?} of plugin {} does not know what was asked", entry.name, entry.plugin.name);
      Err(OpFailure::new("NotFound", "ERR_OP_NOT_FOUND", message))
    }
    Outcome::Number(_) | Outcome::Integer(_) | Outcome::Null | Outcome::Pending { .. } => {
      let message = "the plugin answers as a typed op does, and the op is none";
      Err(with_op_name(OpFailure::new("Error", "ERR_OP_RESULT", message), entry))
    }
  };
  let answer = match (entry.encoding, form) {
    (Encoding::Json, AnswerForm::Ops) => {
      let answer = result?;
      let value = values::from_json_text(scope, host, answer.as_ref().map_or(&[], |answer| &*answer.bytes));
      return value.map(Some).map_err(|failure| with_op_name(failure, entry));
    }
    (Encoding::Json, AnswerForm::Dispatch) => {
      let text = result.as_ref().map(|answer| answer.as_ref().map_or(&[][..], |answer| &*answer.bytes));
      Some(Answer::of_host(values::envelope(text)))
    }
    _ => result?,
  };
  let Some(answer) = answer.filter(|answer| !answer.bytes.is_empty()) else { return Ok(None) };
  let bytes = buffers::to_uint8_array(scope, answer).ok_or_else(|| {
    let message = format!("op {:?} of plugin {} answers with more bytes than V8 takes", entry.name, entry.plugin.name);
    OpFailure::new("Error", "ERR_OP_RESULT", message)
  })?;
  Ok(Some(bytes.into()))
}
