//! Values of any shape, in the wire format.

use std::collections::HashMap;
use std::ffi::c_void;

use plugin_abi as abi;
use plugin_abi::OwnedBuffer;
use plugin_api::Interface;
use plugin_api::OpError;
use plugin_api::ZeroCopyBuf;
use plugin_api::error::AnyError;
use plugin_api::json_op;
use plugin_api::op;
use plugin_api::serde::Deserialize;
use plugin_api::serde::Serialize;
use plugin_api::serde_json::Value;
use plugin_api::serde_json::json;

use crate::RECEIVER;
use crate::bytes;
use crate::fast_function;
use crate::host::Failure;
use crate::host::Fast;
use crate::host::Op;
use crate::host::Outcome;
use crate::host::Plugin;
use crate::number;
use crate::words;

// ---- The wire format, as JavaScript writes and reads it ----

fn write(value: &Value, to: &mut Vec<u64>) {
  let word = |tag: u64, size: usize| tag | (size as u64) << 32;
  let text = |text: &str, to: &mut Vec<u64>| {
    to.push(word(6, text.len()));
    to.extend(text.as_bytes().chunks(8).map(|chunk| {
      let mut word = [0xff; 8];
      word[..chunk.len()].copy_from_slice(chunk);
      u64::from_le_bytes(word)
    }));
  };
  match value {
    Value::Null => to.push(0),
    Value::Bool(value) => to.push(word(3, usize::from(*value))),
    Value::Number(number) => match number.as_i64().and_then(|number| i32::try_from(number).ok()) {
      Some(number) => to.push(word(1, number as u32 as usize)),
      None => to.extend([2, number.as_f64().unwrap().to_bits()]),
    },
    Value::String(value) => text(value, to),
    Value::Array(values) => {
      to.push(word(8, values.len()));
      values.iter().for_each(|value| write(value, to));
    }
    Value::Object(entries) => {
      to.push(word(9, entries.len()));
      for (key, value) in entries {
        text(key, to);
        write(value, to);
      }
    }
  }
}

fn to_words(value: Value) -> Vec<u64> {
  let mut words = Vec::new();
  write(&value, &mut words);
  // What else is in the input does not matter.
  words.extend([u64::MAX; 2]);
  words
}

/// Reads messages; knows the shapes of those before.
#[derive(Default)]
struct Reader {
  shapes: HashMap<u32, Vec<String>>,
}

struct Words<'a> {
  words: &'a [u64],
}

impl Words<'_> {
  fn next(&mut self) -> (u32, usize) {
    let (first, rest) = self.words.split_first().expect("a message holds what it says");
    self.words = rest;
    (*first as u32, (*first >> 32) as usize)
  }

  fn text(&mut self, length: usize) -> String {
    let (text, rest) = self.words.split_at(length.div_ceil(8));
    self.words = rest;
    let bytes = text.iter().flat_map(|word| word.to_le_bytes()).take(length).collect();
    String::from_utf8(bytes).unwrap()
  }

  fn key(&mut self) -> String {
    let (tag, length) = self.next();
    assert_eq!(tag, 6);
    self.text(length)
  }
}

impl Reader {
  fn read(&mut self, message: &[u8]) -> Value {
    let words = message.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect::<Vec<_>>();
    let (definitions, count) = (words[0] as u32 as usize, (words[0] >> 32) as usize);
    assert_eq!(words.len(), count);
    if definitions > 0 {
      let mut rest = Words { words: &words[definitions..] };
      while !rest.words.is_empty() {
        let (id, keys) = rest.next();
        let keys = (0..keys).map(|_| rest.key()).collect();
        assert_eq!(self.shapes.insert(id, keys), None, "a shape is defined once");
      }
    }
    self.value(&mut Words { words: &words[1..] })
  }

  fn value(&self, words: &mut Words<'_>) -> Value {
    match words.next() {
      (0, _) => Value::Null,
      (1, number) => json!(number as i32),
      (2, _) => {
        let (number, rest) = words.words.split_first().unwrap();
        words.words = rest;
        json!(f64::from_bits(*number))
      }
      (3, value) => json!(value == 1),
      (6, length) => json!(words.text(length)),
      (8, length) => (0..length).map(|_| self.value(words)).collect(),
      (9, length) => (0..length).map(|_| (words.key(), self.value(words))).collect(),
      (10, id) => self.shapes[&(id as u32)].iter().map(|key| (key.clone(), self.value(words))).collect(),
      (tag, _) => panic!("a value with tag {tag}"),
    }
  }

  fn answer(&mut self, outcome: Outcome) -> Value {
    match outcome {
      Outcome::Bytes(message) => self.read(&message),
      other => panic!("no message but {other:?}"),
    }
  }
}

/// Calls a fast function that takes and gives a value, from the third word of the input on.
fn call_fast(op: &Op, value: Value) -> Outcome {
  let mut input = vec![0; 2];
  input.extend(to_words(value));
  let mut fast = Fast::new(op, input);
  let function = fast_function!(op, fn(u32) -> u32);
  // SAFETY: the context of the op; a value begins there.
  let result = unsafe { function(RECEIVER, fast.address(), 16) };
  fast.take(result, false)
}

fn failed(message: &str) -> Outcome {
  Outcome::Failed(Failure {
    class: "TypeError".to_string(),
    code: "ERR_OP_ARGUMENT".to_string(),
    message: message.to_string(),
  })
}

// ---- Typed ops ----

#[derive(Deserialize)]
#[serde(crate = "plugin_api::serde")]
struct Input<'a> {
  a: f64,
  b: &'a str,
  c: Vec<f64>,
}

#[derive(Serialize)]
#[serde(crate = "plugin_api::serde")]
struct Output {
  sum: f64,
  len: usize,
}

#[op]
fn transform(input: Input<'_>) -> Output {
  Output { sum: input.a + input.c.iter().sum::<f64>(), len: input.b.len() }
}

fn input() -> Value {
  json!({ "a": 1.5, "b": "hello", "c": [1, 2, 3] })
}

#[test]
fn objects_on_both_paths() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("transform", transform);
  });
  let op = plugin.op("transform");
  let mut reader = Reader::default();
  let output = json!({ "sum": 7.5, "len": 5 });
  for _ in 0..2 {
    assert_eq!(reader.answer(op.call(&[words(&to_words(input()))])), output);
    assert_eq!(reader.answer(call_fast(op, input())), output);
  }
  assert_eq!(reader.shapes.len(), 1);
}

#[test]
fn arguments_that_do_not_fit_are_explained() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("transform", transform);
  });
  let op = plugin.op("transform");
  let wrong = json!({ "a": 1, "b": "hello", "c": [1, "x"] });
  let expected = failed("argument `input`: at c[1]: invalid type: string \"x\", expected f64");
  assert_eq!(op.call(&[words(&to_words(wrong.clone()))]), expected);
  assert_eq!(call_fast(op, wrong), expected);
}

#[op]
fn optional(first: Option<u32>, second: Option<Vec<u8>>) -> Option<u32> {
  Some(first? + second?.len() as u32)
}

#[test]
fn optional_values() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("optional", optional);
  });
  let op = plugin.op("optional");
  assert_eq!(op.result, abi::kind::VALUE);
  assert!(op.parameters.iter().all(|(_, kind, flags, _)| (*kind, *flags) == (abi::kind::VALUE, 1)));
  let call = |first: Value, second: Value| {
    let outcome = op.call(&[words(&to_words(first)), words(&to_words(second))]);
    Reader::default().answer(outcome)
  };
  assert_eq!(call(json!(2), json!([1, 2, 3])), json!(5));
  assert_eq!(call(json!(2), json!(null)), json!(null));
}

#[op]
async fn later(value: Value, name: &str) -> Result<HashMap<String, Value>, OpError> {
  match value {
    Value::Null => Err(OpError::new("RangeError", "nothing")),
    value => Ok(HashMap::from([(name.to_string(), value)])),
  }
}

#[op(blocking)]
fn elsewhere(values: Vec<i64>) -> Output {
  Output { sum: values.iter().sum::<i64>() as f64, len: values.len() }
}

#[test]
fn values_of_futures_have_no_shapes() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("later", later);
    interface.register_op("elsewhere", elsewhere);
  });
  let mut reader = Reader::default();
  let outcome = plugin.op("later").call(&[words(&to_words(json!([1, { "x": 2 }]))), bytes(b"value")]);
  assert_eq!(reader.answer(outcome), json!({ "value": [1, { "x": 2 }] }));
  let outcome = plugin.op("later").call(&[words(&to_words(json!(null))), bytes(b"value")]);
  assert_eq!(outcome.message(), "nothing");
  let outcome = plugin.op("elsewhere").call(&[words(&to_words(json!([4, 5])))]);
  assert_eq!(reader.answer(outcome), json!({ "sum": 9, "len": 2 }));
  assert!(reader.shapes.is_empty());
}

#[op]
fn large(count: u32) -> Vec<String> {
  vec!["text".to_string(); count as usize]
}

#[test]
fn values_that_the_exchange_has_no_room_for() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("large", large);
  });
  let op = plugin.op("large");
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(u32) -> u32);
  for count in [100, 2] {
    // SAFETY: the context of the op.
    let result = unsafe { function(RECEIVER, fast.address(), count) };
    let expected = vec![json!("text"); count as usize];
    assert_eq!(Reader::default().answer(fast.take(result, false)), Value::Array(expected));
  }
}

#[op]
fn fails_and_answers(interface: &mut dyn Interface, fail: bool) -> Output {
  if fail {
    interface.fail(OpError::new("Error", "noted"));
  }
  Output { sum: 1.0, len: 2 }
}

#[test]
fn a_result_that_is_dropped_defines_no_shape() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("fails_and_answers", fails_and_answers);
  });
  let op = plugin.op("fails_and_answers");
  assert_eq!(op.call(&[number(1)]).message(), "noted");
  let mut reader = Reader::default();
  let output = json!({ "sum": 1, "len": 2 });
  assert_eq!(reader.answer(op.call(&[number(0)])), output);
  assert_eq!(reader.answer(op.call(&[number(0)])), output);
  assert_eq!(reader.shapes.len(), 1);
}

// ---- JSON ops ----

#[json_op]
fn describe(input: Input<'_>, buffers: &mut [ZeroCopyBuf]) -> Result<Value, AnyError> {
  Ok(json!({ "b": input.b, "count": buffers.len() }))
}

#[json_op]
async fn describe_later(text: &str, buffers: &mut [ZeroCopyBuf]) -> Result<Value, AnyError> {
  Ok(json!({ "text": text, "count": buffers.len() }))
}

#[json_op]
fn nothing() -> Result<Option<impl Serialize>, AnyError> {
  Ok(Some(f64::NAN))
}

fn buffers(buffers: &mut [OwnedBuffer]) -> abi::Argument {
  abi::Argument { buffers: abi::BufferSlice { ptr: buffers.as_mut_ptr().cast(), len: buffers.len() } }
}

#[test]
fn json_ops_on_all_paths() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("describe", describe);
  });
  let op = plugin.op("describe");
  let mut reader = Reader::default();
  let mut further = [OwnedBuffer::from(vec![1])];
  let outcome = op.call(&[words(&to_words(input())), buffers(&mut further)]);
  assert_eq!(reader.answer(outcome), json!({ "b": "hello", "count": 1 }));
  assert_eq!(reader.answer(call_fast(op, input())), json!({ "b": "hello", "count": 0 }));
  assert_eq!(reader.shapes.len(), 1);
  let outcome = op.dispatch(vec![input().to_string().into_bytes(), vec![]]);
  assert_eq!(outcome, Outcome::Bytes(br#"{"b":"hello","count":1}"#.to_vec()));

  let wrong = failed("argument `input`: invalid type: integer `5`, expected struct Input");
  assert_eq!(op.call(&[words(&to_words(json!(5))), buffers(&mut [])]), wrong);
  assert_eq!(call_fast(op, json!(5)), wrong);
}

#[test]
fn async_json_ops_hold_their_argument() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("describe_later", describe_later);
  });
  let op = plugin.op("describe_later");
  let mut reader = Reader::default();
  let outcome = op.call(&[words(&to_words(json!("hello, world"))), buffers(&mut [])]);
  assert_eq!(reader.answer(outcome), json!({ "text": "hello, world", "count": 0 }));
  assert!(reader.shapes.is_empty());
  let Outcome::Bytes(text) = op.dispatch(vec![b"\"hello\"".to_vec()]) else { panic!("no bytes") };
  // The order of the keys of a `Value` is up to a feature of serde_json, which another crate may have switched on.
  assert_eq!(serde_json::from_slice::<Value>(&text).unwrap(), json!({ "text": "hello", "count": 0 }));
}

#[test]
fn numbers_of_json_ops_are_json() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("nothing", nothing);
  });
  assert_eq!(Reader::default().answer(call_fast(plugin.op("nothing"), Value::Null)), Value::Null);
}
