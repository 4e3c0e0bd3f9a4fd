//! What the fuzz targets call.

use std::collections::BTreeMap;

use super::Definitions;
use super::Flavour;
use super::Shapes;
use super::any::Any;
use super::decode;
use super::decode_result;
use super::encode;
use super::length_of_value;

/// Reads words as arguments of many types, and as a result. What is read comes back when it is written and read again.
pub fn wire(input: &[u8]) {
  let _ = decode::<Vec<f64>>(input);
  let _ = decode::<Vec<Option<u8>>>(input);
  let _ = decode::<(i128, u64, String)>(input);
  let _ = decode::<BTreeMap<i32, Vec<i64>>>(input);
  let _ = decode::<serde_json::Value>(input);
  let _ = decode_result::<Any>(input, &mut Definitions::default());
  let (words, _) = input.as_chunks();
  assert!(length_of_value(words) <= words.len());
  let Ok(first) = decode::<Any>(input) else { return };
  // What the words say in more than one way has one form from then on.
  let once = again(&first);
  assert_eq!(again(&once), once);
  let mut message = Vec::new();
  encode(&first, &mut message, Some(&mut Shapes::default()), Flavour::Typed).expect("a value can be written");
  let message = message.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
  let result = decode_result::<Any>(&message, &mut Definitions::default());
  assert_eq!(result.expect("what was written can be read"), once);
}

fn again(value: &Any) -> Any {
  let mut message = Vec::new();
  encode(value, &mut message, None, Flavour::Typed).expect("a value can be written");
  let words = message[1..].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
  assert_eq!(length_of_value(words.as_chunks().0), message.len() - 1);
  decode(&words).expect("what was written can be read")
}
