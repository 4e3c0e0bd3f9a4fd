//! Round trips run in the runtime's tests; here is what a reader must not be fooled by, and what shapes do.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::json;

use super::*;

/// A message's value as an argument: results without shapes are written in the same way.
fn as_argument(value: &Value) -> Vec<u8> {
  let mut message = Vec::new();
  encode(value, &mut message, None, Flavour::Typed).unwrap();
  message[1..].iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn example() -> Value {
  json!({ "a": [1, -1, 0.5, 1e300, null, true], "b": { "text": "grüße", "": [] }, "c": "x".repeat(20) })
}

#[test]
fn what_is_written_is_read() {
  assert_eq!(decode::<Value>(&as_argument(&example())).unwrap(), example());
}

#[test]
fn what_is_cut_short_is_an_error() {
  let whole = as_argument(&example());
  for length in 0..whole.len() {
    assert!(decode::<Value>(&whole[..length]).is_err(), "{length} of {} bytes", whole.len());
  }
}

#[test]
fn nonsense_is_an_error_or_a_value() {
  // xorshift: the same words each time.
  let mut state = 0x9E37_79B9_7F4A_7C15_u64;
  let mut next = || {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    state
  };
  for _ in 0..20_000 {
    let words = (0..8).map(|_| (next() % 12) | (next() % 9) << 32).flat_map(u64::to_le_bytes).collect::<Vec<_>>();
    let _ = decode::<Value>(&words);
    let _ = decode::<Vec<String>>(&words);
    let _ = decode::<BTreeMap<String, Option<f64>>>(&words);
  }
}

#[test]
fn a_count_beyond_the_input_reserves_nothing() {
  let claim = (u64::from(u32::MAX) << 32 | u64::from(tag::ARRAY)).to_le_bytes();
  assert!(decode::<Vec<u64>>(&claim).unwrap_err().to_string().contains("cut short"));
}

#[test]
fn errors_say_where() {
  let input = as_argument(&json!({ "list": [{ "x": 1 }, { "x": "one" }] }));
  let error = decode::<BTreeMap<String, Vec<BTreeMap<String, f64>>>>(&input).unwrap_err();
  assert_eq!(error.to_string(), "at list[1].x: invalid type: string \"one\", expected f64");
}

#[test]
fn a_shape_is_defined_once() {
  let mut shapes = Shapes::default();
  let mut message = Vec::new();
  let mut definitions = |value: &Value| {
    encode(value, &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
    assert_eq!((message[0] >> 32) as usize, message.len());
    message[0] as u32
  };
  assert_ne!(definitions(&json!({ "a": 1 })), 0);
  assert_eq!(definitions(&json!({ "a": "another" })), 0);
  assert_ne!(definitions(&json!({ "a": 1, "b": 2 })), 0);
  assert_eq!(definitions(&json!([{ "a": 1, "b": 2 }, { "a": 1 }])), 0);
}

#[test]
fn a_shape_of_a_message_that_failed_is_defined_again() {
  let mut shapes = Shapes::default();
  let mut message = Vec::new();
  let bad = (BTreeMap::from([("a", 1)]), BTreeMap::from([(Some(()), 1)]));
  encode(&bad, &mut message, Some(&mut shapes), Flavour::Typed).unwrap_err();
  encode(&json!({ "a": 1 }), &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
  assert_ne!(message[0] as u32, 0);
}

#[test]
fn an_object_whose_last_key_has_no_place_is_written_whole() {
  let mut shapes = Shapes::default();
  let mut message = Vec::new();
  let long = "k".repeat(100);
  let value = json!({ "a": [1, { "b": 2.5 }], "b": "text", long.clone(): null });
  encode(&value, &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
  assert_eq!(message[1], 3 << 32 | u64::from(tag::OBJECT));
  let mut keys = Vec::new();
  let mut at = 2;
  for _ in 0..3 {
    assert_eq!(message[at] as u32, tag::STRING);
    let length = (message[at] >> 32) as usize;
    let bytes = message[at + 1..].iter().flat_map(|word| word.to_le_bytes()).take(length).collect::<Vec<_>>();
    keys.push(String::from_utf8(bytes).unwrap());
    at += 1 + length.div_ceil(8);
    at += match keys.len() {
      // The array, its number, the object of a shape, its float.
      1 => 5,
      2 => 2,
      _ => 1,
    };
  }
  assert_eq!(keys, ["a", "b", &long]);
}

#[test]
fn json_has_no_large_integers_and_no_nan() {
  let mut message = Vec::new();
  for (value, flavour, tag) in [
    (json!(u64::MAX), Flavour::Typed, tag::U64),
    (json!(u64::MAX), Flavour::Json, tag::FLOAT),
    (json!(i64::MIN), Flavour::Typed, tag::I64),
    (json!(1_i64 << 53), Flavour::Typed, tag::I64),
    (json!((1_i64 << 53) - 1), Flavour::Typed, tag::FLOAT),
  ] {
    encode(&value, &mut message, None, flavour).unwrap();
    assert_eq!(message[1] as u32, tag, "{value}");
  }
  encode(&f64::NAN, &mut message, None, Flavour::Typed).unwrap();
  assert_eq!(message[1] as u32, tag::FLOAT);
  encode(&f64::NAN, &mut message, None, Flavour::Json).unwrap();
  assert_eq!(message[1] as u32, tag::NULL);
}
