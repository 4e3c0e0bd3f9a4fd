//! The plugin that the benchmarks call: the same work that the peers' library does.

use std::hint::black_box;

use plugin_api::Interface;
use plugin_api::Op;
use plugin_api::ZeroCopyBuf;
use plugin_api::error::AnyError;
use plugin_api::futures::FutureExt;
use plugin_api::json_op;
use plugin_api::serde::Deserialize;
use plugin_api::serde::Serialize;
use plugin_api::serde_json::Value;
use plugin_api::serde_json::json;

plugin_api::plugin!();

/// Registers the ops.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  interface.register_op("nop", |_: &mut dyn Interface, _: &mut [ZeroCopyBuf]| Op::Sync(Box::new([])));
  interface.register_op("sum", op_sum);
  interface.register_op("ready", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
    let answer = buffers[0].to_vec().into();
    Op::Async(async move { answer }.boxed())
  });
  interface.register_op("json", json_typed);
  interface.register_op("jsonValue", json_value);
}

/// Reads every byte; the answer is empty.
fn op_sum(_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]) -> Op {
  black_box(buffers[0].iter().map(|byte| u32::from(*byte)).sum::<u32>());
  Op::Sync(Box::new([]))
}

#[derive(Deserialize)]
#[serde(crate = "plugin_api::serde")]
struct Input {
  a: f64,
  b: String,
  c: Vec<f64>,
}

#[derive(Serialize)]
#[serde(crate = "plugin_api::serde")]
struct Output {
  sum: f64,
  len: usize,
}

#[json_op]
fn json_typed(input: Input) -> Result<Output, AnyError> {
  Ok(Output { sum: input.a + input.c.iter().sum::<f64>(), len: input.b.len() })
}

#[json_op]
fn json_value(input: Value) -> Result<Value, AnyError> {
  let numbers = input["c"].as_array().map(Vec::as_slice).unwrap_or_default();
  let sum = input["a"].as_f64().unwrap_or_default() + numbers.iter().filter_map(Value::as_f64).sum::<f64>();
  Ok(json!({ "sum": sum, "len": input["b"].as_str().map_or(0, str::len) }))
}
