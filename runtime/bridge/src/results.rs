//! What scripts get for what calls give.

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::AnswerForm;
use plugbay_ops::Encoding;
use plugbay_ops::Given;
use plugbay_ops::OpEntry;

use super::typed_results;
use super::values;
use crate::host::Host;

/// What a call gives; none is `undefined`.
pub(super) type Value<'s> = Option<v8::Local<'s, v8::Value>>;

/// What the script gets for what a call gives, or for why it failed. What V8 does not take is counted as an error.
#[inline(always)]
pub(super) fn value_of<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  entry: &OpEntry,
  form: AnswerForm,
  given: Result<Given, OpFailure>,
) -> Result<Value<'s>, OpFailure> {
  let given = match (entry.encoding, form) {
    (Encoding::Json, AnswerForm::Dispatch) => Given::Bytes(envelope(given)),
    _ => given?,
  };
  let value = typed_results::give(scope, host, entry, given);
  value.inspect_err(|_| entry.metrics.count_error())
}

/// What `Deno.core.dispatch` of a JSON op gives.
fn envelope(given: Result<Given, OpFailure>) -> Answer {
  let text = match &given {
    Ok(Given::Json(answer)) => Ok(&*answer.bytes),
    Ok(_) => Ok(&[][..]),
    Err(failure) => Err(failure),
  };
  Answer::of_host(values::envelope(text))
}
