//! Metrics as the objects that scripts see.
//!
//! serde_v8, which defines properties as this does and calls no setter either, makes objects without a prototype:
//! `hasOwnProperty` and `String` would fail on what has been plain objects since Deno 1, and counters beyond 2^53 would
//! be BigInts.

use deno_core::v8;
use plugbay_ops::metrics::Latency;
use plugbay_ops::metrics::Metrics;
use plugbay_ops::metrics::OpReport;

type Object<'s> = v8::Local<'s, v8::Object>;

/// `Deno.metrics()`: the names are those of Deno 1.
pub(super) fn metrics_object<'s>(scope: &mut v8::PinScope<'s, '_>, metrics: &Metrics) -> Object<'s> {
  let totals = &metrics.totals;
  let object = v8::Object::new(scope);
  set_numbers(
    scope,
    object,
    &[
      ("opsDispatched", totals.ops_dispatched() as f64),
      ("opsDispatchedSync", totals.ops_dispatched_sync as f64),
      ("opsDispatchedAsync", totals.ops_dispatched_async as f64),
      ("opsDispatchedAsyncUnref", totals.ops_dispatched_async_unref as f64),
      ("opsCompleted", totals.ops_completed() as f64),
      ("opsCompletedSync", totals.ops_completed_sync as f64),
      ("opsCompletedAsync", totals.ops_completed_async as f64),
      ("opsCompletedAsyncUnref", totals.ops_completed_async_unref as f64),
      ("bytesSentControl", totals.bytes_sent_control as f64),
      ("bytesSentData", totals.bytes_sent_data as f64),
      ("bytesReceived", totals.bytes_received as f64),
    ],
  );
  let rows = metrics.ops.iter().map(|op| op_object(scope, op).into()).collect::<Vec<_>>();
  let rows = v8::Array::new_with_elements(scope, &rows);
  set(scope, object, "ops", rows.into());
  object
}

fn op_object<'s>(scope: &mut v8::PinScope<'s, '_>, op: &OpReport) -> Object<'s> {
  let object = v8::Object::new(scope);
  for (key, text) in [("name", &op.name), ("plugin", &op.plugin)] {
    if let Some(text) = v8::String::new(scope, text) {
      set(scope, object, key, text.into());
    }
  }
  set_numbers(
    scope,
    object,
    &[
      ("id", f64::from(op.id)),
      ("calls", op.calls as f64),
      ("completed", op.completed as f64),
      ("errors", op.errors as f64),
      ("inFlight", op.in_flight as f64),
      ("bytesSentControl", op.bytes_sent_control as f64),
      ("bytesSentData", op.bytes_sent_data as f64),
      ("bytesReceived", op.bytes_received as f64),
    ],
  );
  let Latency { count, min, mean, p50, p90, p99, p999, max } = op.latency;
  let latency = v8::Object::new(scope);
  set_numbers(
    scope,
    latency,
    &[
      ("count", count as f64),
      ("min", min),
      ("mean", mean),
      ("p50", p50),
      ("p90", p90),
      ("p99", p99),
      ("p999", p999),
      ("max", max),
    ],
  );
  set(scope, object, "latency", latency.into());
  object
}

fn set_numbers<'s>(scope: &mut v8::PinScope<'s, '_>, object: Object<'s>, entries: &[(&str, f64)]) {
  for (key, number) in entries {
    let number = v8::Number::new(scope, *number);
    set(scope, object, key, number.into());
  }
}

/// A string as V8 has the names of properties, which it would otherwise make another of.
pub fn property_name<'s>(scope: &v8::PinScope<'s, '_, ()>, name: &str) -> Option<v8::Local<'s, v8::String>> {
  v8::String::new_from_utf8(scope, name.as_bytes(), v8::NewStringType::Internalized)
}

/// Sets an own property; names that a script may choose cannot reach a setter or the prototype this way.
pub fn set<'s>(scope: &mut v8::PinScope<'s, '_>, object: Object<'s>, key: &str, value: v8::Local<'s, v8::Value>) {
  if let Some(key) = property_name(scope, key) {
    object.create_data_property(scope, key.into(), value);
  }
}
