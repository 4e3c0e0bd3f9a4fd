//! The plugin that the benchmarks call: the same work that the peers' library does.

use std::hint::black_box;

use plugin_api::Interface;
use plugin_api::Op;
use plugin_api::ZeroCopyBuf;
use plugin_api::error::AnyError;
use plugin_api::futures::FutureExt;
use plugin_api::json_op;
use plugin_api::op;
use plugin_api::serde::Deserialize;
use plugin_api::serde::Serialize;
use plugin_api::serde_json::Value;
use plugin_api::serde_json::json;

plugin_api::plugin!();

/// Registers the ops.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  interface.register_op("add", add);
  interface.register_op("sum", sum);
  // The same code as `sum`, in a function of its own to JavaScript.
  interface.register_op("byteSum", sum);
  interface.register_op("touch", touch);
  interface.register_op("length", length);
  interface.register_op("fill", fill);
  interface.register_op("value", value);
  interface.register_op("nop", |_: &mut dyn Interface, _: &mut [ZeroCopyBuf]| Op::Sync(Box::new([])));
  interface.register_op("sum2020", op_sum);
  interface.register_op("ready", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
    let answer = buffers[0].to_vec().into();
    Op::Async(async move { answer }.boxed())
  });
  interface.register_op("json", json_typed);
  interface.register_op("jsonValue", json_value);
}

#[op]
fn add(a: i32, b: i32) -> i32 {
  a.wrapping_add(b)
}

#[op]
fn sum(bytes: &[u8]) -> u32 {
  byte_sum(bytes)
}

/// Reads every byte; the answer is empty.
#[op]
fn touch(bytes: &[u8]) {
  black_box(byte_sum(bytes));
}

#[op]
fn length(text: &str) -> u32 {
  text.len() as u32
}

#[op]
fn fill(length: u32) -> Vec<u8> {
  vec![7; length as usize]
}

#[op]
fn value(input: Input) -> Output {
  Output { sum: input.a + input.c.iter().sum::<f64>(), len: input.b.len() }
}

/// Reads every byte; the answer is empty.
fn op_sum(_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]) -> Op {
  black_box(byte_sum(&buffers[0]));
  Op::Sync(Box::new([]))
}

/// The sum of the bytes, modulo 2^32, with the instructions for it, as the peers have it.
#[cfg(target_arch = "x86_64")]
fn byte_sum(bytes: &[u8]) -> u32 {
  use std::arch::x86_64::*;

  let (chunks, rest) = bytes.as_chunks::<64>();
  // SAFETY: every x86-64 processor has SSE2, and a chunk is four times 16 bytes.
  let total = unsafe {
    let zero = _mm_setzero_si128();
    let mut sums = [zero; 4];
    for chunk in chunks {
      for (part, sum) in sums.iter_mut().enumerate() {
        let bytes = _mm_loadu_si128(chunk.as_ptr().add(16 * part).cast());
        *sum = _mm_add_epi64(*sum, _mm_sad_epu8(bytes, zero));
      }
    }
    let sum = _mm_add_epi64(_mm_add_epi64(sums[0], sums[1]), _mm_add_epi64(sums[2], sums[3]));
    _mm_cvtsi128_si64(sum) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum))
  };
  (total as u32).wrapping_add(rest.iter().map(|byte| u32::from(*byte)).sum())
}

#[cfg(target_arch = "wasm32")]
#[target_feature(enable = "simd128")]
fn byte_sum(bytes: &[u8]) -> u32 {
  use std::arch::wasm32::*;

  let (chunks, rest) = bytes.as_chunks::<64>();
  let mut sums = u32x4_splat(0);
  for chunk in chunks {
    let parts = [0, 16, 32, 48].map(|at| {
      // SAFETY: 16 bytes of the 64 begin there.
      u16x8_extadd_pairwise_u8x16(unsafe { v128_load(chunk.as_ptr().add(at).cast()) })
    });
    let sum = i16x8_add(i16x8_add(parts[0], parts[1]), i16x8_add(parts[2], parts[3]));
    sums = i32x4_add(sums, u32x4_extadd_pairwise_u16x8(sum));
  }
  let [a, b, c, d] = [
    u32x4_extract_lane::<0>(sums),
    u32x4_extract_lane::<1>(sums),
    u32x4_extract_lane::<2>(sums),
    u32x4_extract_lane::<3>(sums),
  ];
  let total = a.wrapping_add(b).wrapping_add(c).wrapping_add(d);
  total.wrapping_add(rest.iter().map(|byte| u32::from(*byte)).sum())
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
fn byte_sum(bytes: &[u8]) -> u32 {
  bytes.iter().fold(0, |sum, byte| sum.wrapping_add(u32::from(*byte)))
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
