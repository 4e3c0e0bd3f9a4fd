//! Round trips run in the runtime's tests; here is what a reader must not be fooled by, and what shapes do.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use serde_json::json;

use super::format::tag;
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
    let words = (0..8).map(|_| (next() % 15) | (next() % 9) << 32).flat_map(u64::to_le_bytes).collect::<Vec<_>>();
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
fn large_integers_are_exact_and_json_has_no_nan() {
  let mut message = Vec::new();
  for (value, flavour, tag) in [
    (json!(u64::MAX), Flavour::Typed, tag::U64),
    (json!(u64::MAX), Flavour::Json, tag::U64),
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

/// A typed array as `js/wire.js` writes it.
fn packed(element: u32, elements: &[u8], count: usize) -> Vec<u8> {
  let mut bytes = word(if element == tag::BYTES { tag::BYTES } else { tag::PACKED | element << 8 }, count as u32);
  bytes.extend_from_slice(elements);
  bytes.resize(bytes.len().next_multiple_of(8), 0);
  bytes
}

fn word(tag: u32, auxiliary: u32) -> Vec<u8> {
  (u64::from(auxiliary) << 32 | u64::from(tag)).to_le_bytes().to_vec()
}

fn floats(numbers: &[f64]) -> Vec<u8> {
  packed(tag::FLOAT, &numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>(), numbers.len())
}

fn ints(numbers: &[i32]) -> Vec<u8> {
  packed(tag::INT, &numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>(), numbers.len())
}

#[test]
fn a_typed_array_is_its_elements() {
  let wide = floats(&[1.5, -0.0, 3.0]);
  let read = decode::<Vec<f64>>(&wide).unwrap();
  assert_eq!(read.iter().map(|number| number.to_bits()).collect::<Vec<_>>(), [1.5, -0.0_f64, 3.0].map(f64::to_bits));
  assert_eq!(decode::<Vec<f32>>(&wide).unwrap(), [1.5, 0.0, 3.0]);
  assert_eq!(decode::<(f64, f64, f64)>(&wide).unwrap(), (1.5, 0.0, 3.0));
  assert_eq!(decode::<Option<Vec<f64>>>(&wide).unwrap().unwrap(), [1.5, 0.0, 3.0]);
  assert_eq!(decode::<Vec<i64>>(&floats(&[7.0, -0.0, -3.0])).unwrap(), [7, 0, -3]);
  assert_eq!(decode::<Vec<Option<u8>>>(&ints(&[7, 255, 0])).unwrap(), [Some(7), Some(255), Some(0)]);
  assert_eq!(decode::<Value>(&ints(&[1, -2, 3])).unwrap(), json!([1, -2, 3]));
  let longs = [u64::MAX, 1].iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>();
  assert_eq!(decode::<Vec<u64>>(&packed(tag::U64, &longs, 2)).unwrap(), [u64::MAX, 1]);
  assert_eq!(decode::<Vec<i8>>(&packed(tag::I64, &longs, 2)).unwrap(), [-1, 1]);
  assert_eq!(decode::<Vec<f64>>(&packed(tag::BYTES, &[1, 2, 255], 3)).unwrap(), [1.0, 2.0, 255.0]);
  assert_eq!(decode::<Value>(&packed(tag::BYTES, &[1, 2], 2)).unwrap(), json!([1, 2]));
}

#[test]
fn a_typed_array_that_does_not_fit_is_an_error_that_says_where() {
  let error = |result: Result<Vec<i32>, WireError>| result.unwrap_err().to_string();
  assert!(error(decode(&floats(&[1.0, 1.5]))).starts_with("at [1]: invalid type: floating point `1.5`"));
  assert!(error(decode(&floats(&[1e10]))).starts_with("at [0]: invalid value: integer `10000000000`"));
  let too_long = decode::<(f64, f64)>(&floats(&[1.0, 2.0, 3.0])).unwrap_err();
  assert_eq!(too_long.to_string(), "invalid length 3, expected 2 elements");
  let too_long = decode::<(u8, u8)>(&packed(tag::BYTES, &[1, 2, 3], 3)).unwrap_err();
  assert_eq!(too_long.to_string(), "invalid length 3, expected 2 elements");
  for bytes in [floats(&[1.0]), packed(tag::BYTES, b"text", 4)] {
    assert!(decode::<String>(&bytes).unwrap_err().to_string().contains("a typed array, expected a string"));
    assert!(decode::<BTreeMap<String, f64>>(&bytes).unwrap_err().to_string().contains("a typed array, expected a map"));
  }
  let whole = floats(&[1.0, 2.0]);
  for length in 0..whole.len() {
    assert!(decode::<Vec<f64>>(&whole[..length]).is_err());
  }
  assert!(decode::<Vec<f64>>(&word(tag::PACKED | tag::FLOAT << 8, u32::MAX)).is_err());
  assert!(decode::<Vec<f64>>(&word(tag::PACKED | tag::STRING << 8, 1)).is_err());
}

#[test]
fn minus_zero_is_an_integer_and_large_integers_are_no_floats() {
  let float = |number: f64| [word(tag::FLOAT, 0), number.to_le_bytes().to_vec()].concat();
  assert_eq!(decode::<i32>(&float(-0.0)).unwrap(), 0);
  assert_eq!(decode::<u64>(&float(-0.0)).unwrap(), 0);
  assert_eq!(decode::<i128>(&float(-0.0)).unwrap(), 0);
  assert!(decode::<f64>(&float(-0.0)).unwrap().is_sign_negative());
  let big = |number: u64| [word(tag::U64, 0), number.to_le_bytes().to_vec()].concat();
  assert_eq!(decode::<f64>(&big(1 << 63)).unwrap(), 9_223_372_036_854_775_808.0);
  let error = decode::<f64>(&big((1 << 63) + 1)).unwrap_err().to_string();
  assert_eq!(error, "the integer 9223372036854775809 would be rounded to a float");
  assert!(decode::<Vec<f64>>(&packed(tag::U64, &u64::MAX.to_le_bytes(), 1)).is_err());
}

#[test]
fn integers_of_128_bits_cross() {
  for number in [i128::MIN, i128::from(i64::MIN) - 1, i128::from(u64::MAX) + 1, i128::MAX] {
    assert_eq!(decode::<i128>(&written(&number)).unwrap(), number);
    assert!(decode::<i64>(&written(&number)).is_err());
    assert!(decode::<Value>(&written(&number)).is_err());
  }
  for number in [0, u128::from(u64::MAX), u128::MAX] {
    assert_eq!(decode::<u128>(&written(&number)).unwrap(), number);
  }
  assert_eq!(decode::<(i128, String)>(&written(&(i128::MAX, "after"))).unwrap(), (i128::MAX, "after".to_string()));
}

fn written<T: Serialize>(value: &T) -> Vec<u8> {
  let mut message = Vec::new();
  encode(value, &mut message, None, Flavour::Typed).unwrap();
  message[1..].iter().flat_map(|word| word.to_le_bytes()).collect()
}

#[test]
fn keys_of_maps_may_be_numbers_and_booleans() {
  let entry = |key: Vec<u8>| [word(tag::OBJECT, 1), key, word(tag::BOOL, 1)].concat();
  let number = entry(word(tag::INT, 7));
  assert_eq!(decode::<BTreeMap<u32, bool>>(&number).unwrap(), BTreeMap::from([(7, true)]));
  assert_eq!(decode::<BTreeMap<String, bool>>(&number).unwrap(), BTreeMap::from([("7".into(), true)]));
  assert_eq!(decode::<Value>(&number).unwrap(), json!({ "7": true }));
  assert!(decode::<BTreeMap<i8, bool>>(&entry(word(tag::INT, 128))).is_err());
  let truth = entry(word(tag::BOOL, 1));
  assert_eq!(decode::<BTreeMap<bool, bool>>(&truth).unwrap(), BTreeMap::from([(true, true)]));
  assert_eq!(decode::<Value>(&truth).unwrap(), json!({ "true": true }));
  let error = decode::<Value>(&entry(word(tag::NULL, 0))).unwrap_err();
  assert_eq!(error.to_string(), "a key is neither text nor a number nor a boolean");
  let wrong = [word(tag::OBJECT, 1), word(tag::INT, 7), word(tag::NULL, 0)].concat();
  assert!(decode::<BTreeMap<u32, bool>>(&wrong).unwrap_err().to_string().starts_with("at 7: "));
}

#[test]
fn a_value_is_as_long_as_what_is_read_of_it() {
  let values = [
    written(&example()),
    written(&i128::MAX),
    floats(&[1.0, 2.0]),
    ints(&[1, 2, 3]),
    packed(tag::BYTES, b"123456789", 9),
  ];
  for value in values {
    let (words, _) = value.as_chunks::<8>();
    let followed = [words, &[[0xFF; 8]]].concat();
    assert_eq!(length_of_value(&followed), words.len());
  }
}

/// What a reader makes of a result who knows these definitions.
fn result(message: &[u64], definitions: &mut Definitions) -> Result<Value, String> {
  let bytes = message.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
  decode_result(&bytes, definitions).map_err(|error| error.to_string())
}

#[test]
fn a_shape_that_was_defined_is_known_from_then_on() {
  let (mut shapes, mut known, mut message) = (Shapes::default(), Definitions::default(), Vec::new());
  let values = [example(), json!([{ "a": 1, "b": { "c": null } }, { "a": 2, "b": [] }]), json!({ "a": "again" })];
  for value in values.iter().chain(&values) {
    encode(value, &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
    assert_eq!(result(&message, &mut known).as_ref(), Ok(value));
  }
  // The last message has no definitions.
  assert_eq!(message[0] as u32, 0);
  assert!(result(&message, &mut Definitions::default()).unwrap_err().contains("never defined"));
  assert_eq!(known.keys((message[1] >> 32) as u32).unwrap(), ["a"]);
  // A reader who was told elsewhere knows it too.
  encode(&json!({ "new": 1 }), &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
  let definitions =
    message[message[0] as u32 as usize..].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
  let mut told = Definitions::default();
  told.learn(&definitions).unwrap();
  message[0] = 0;
  assert_eq!(result(&message, &mut told), Ok(json!({ "new": 1 })));
}

#[test]
fn a_result_that_is_none_is_an_error() {
  let (mut shapes, mut message) = (Shapes::default(), Vec::new());
  encode(&json!({ "a": { "b": 1 } }), &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
  for length in 0..message.len() {
    assert!(result(&message[..length], &mut Definitions::default()).is_err(), "{length}");
  }
  for word in 0..message.len() {
    for bits in [1, 1 << 32, u64::MAX] {
      let mut damaged = message.clone();
      damaged[word] ^= bits;
      let _ = result(&damaged, &mut Definitions::default());
    }
  }
}
