//! Metrics as the objects that scripts see.
//!
//! They go through JSON text, of which V8 makes plain objects without running code of the script. serde_v8 makes
//! objects without a prototype: `hasOwnProperty` and `String` would fail on what has been plain objects since Deno 1,
//! and counters beyond 2^53 would be BigInts.

use deno_core::serde::Serialize;
use deno_core::v8;
use plugbay_ops::metrics::LaneReport;
use plugbay_ops::metrics::Metrics;
use plugbay_ops::metrics::OpReport;
use plugbay_ops::metrics::Totals;

type Object<'s> = v8::Local<'s, v8::Object>;

/// `Deno.metrics()`: the names are those of Deno 1.
#[derive(Serialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase")]
struct Report<'m> {
  ops_dispatched: u64,
  ops_dispatched_sync: u64,
  ops_dispatched_async: u64,
  ops_dispatched_async_unref: u64,
  ops_completed: u64,
  ops_completed_sync: u64,
  ops_completed_async: u64,
  ops_completed_async_unref: u64,
  bytes_sent_control: u64,
  bytes_sent_data: u64,
  bytes_received: u64,
  ops: &'m [OpReport],
}

impl<'m> Report<'m> {
  fn new(totals: &Totals, ops: &'m [OpReport]) -> Self {
    Self {
      ops_dispatched: totals.ops_dispatched(),
      ops_dispatched_sync: totals.ops_dispatched_sync,
      ops_dispatched_async: totals.ops_dispatched_async,
      ops_dispatched_async_unref: totals.ops_dispatched_async_unref,
      ops_completed: totals.ops_completed(),
      ops_completed_sync: totals.ops_completed_sync,
      ops_completed_async: totals.ops_completed_async,
      ops_completed_async_unref: totals.ops_completed_async_unref,
      bytes_sent_control: totals.bytes_sent_control,
      bytes_sent_data: totals.bytes_sent_data,
      bytes_received: totals.bytes_received,
      ops,
    }
  }
}

/// The same with what is counted on the threads of plugins.
#[derive(Serialize)]
#[serde(crate = "deno_core::serde")]
struct WithThreads<'m> {
  #[serde(flatten)]
  report: Report<'m>,
  #[serde(skip_serializing_if = "Vec::is_empty")]
  threads: Vec<OfThread<'m>>,
}

#[derive(Serialize)]
#[serde(crate = "deno_core::serde", rename_all = "camelCase")]
struct OfThread<'m> {
  plugin: &'m str,
  has_ended: bool,
  #[serde(flatten)]
  report: Report<'m>,
}

/// The object of some metrics. `None` when V8 cannot make it.
pub(super) fn metrics_object<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  Metrics { totals, ops, lanes }: &Metrics,
) -> Option<v8::Local<'s, v8::Value>> {
  let threads = lanes.iter().map(|LaneReport { plugin, has_ended, totals, ops }| OfThread {
    plugin,
    has_ended: *has_ended,
    report: Report::new(totals, ops),
  });
  let report = WithThreads { report: Report::new(totals, ops), threads: threads.collect() };
  let text = serde_json::to_string(&report).expect("numbers and texts are JSON");
  let text = v8::String::new(scope, &text)?;
  v8::json::parse(scope, text)
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
