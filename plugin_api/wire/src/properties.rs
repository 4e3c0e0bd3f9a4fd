//! Values of all shapes that serde has: what is read is what was written.

use std::collections::BTreeMap;
use std::fmt::Debug;

use proptest::collection::btree_map;
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::any::Any;
use super::*;

/// As an argument: results without shapes are written in the same way.
fn written<T: Serialize>(value: &T, flavour: Flavour) -> Vec<u8> {
  let mut message = Vec::new();
  encode(value, &mut message, None, flavour).unwrap();
  message[1..].iter().flat_map(|word| word.to_le_bytes()).collect()
}

fn crosses<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
  let words = written(value, Flavour::Typed);
  assert_eq!(&decode::<T>(&words).unwrap(), value);
  assert_eq!(length_of_value(words.as_chunks().0) * 8, words.len());
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
  Unit,
  Newtype(Vec<Option<i16>>),
  Tuple(u8, i128, char),
  Struct { float: f32, numbered: BTreeMap<u32, String> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Whole {
  bool: bool,
  integers: (i8, u16, i32, u32, i64, u64),
  large: (i128, u128),
  floats: Vec<f64>,
  text: String,
  option: Option<Vec<u64>>,
  shapes: Vec<Shape>,
  booleans: BTreeMap<bool, ()>,
  wide: BTreeMap<i128, Box<str>>,
}

fn shape() -> impl Strategy<Value = Shape> {
  prop_oneof![
    Just(Shape::Unit),
    any::<Vec<Option<i16>>>().prop_map(Shape::Newtype),
    any::<(u8, i128, char)>().prop_map(|(a, b, c)| Shape::Tuple(a, b, c)),
    (any::<f32>(), btree_map(any::<u32>(), any::<String>(), 0..4))
      .prop_map(|(float, numbered)| Shape::Struct { float, numbered }),
  ]
}

fn whole() -> impl Strategy<Value = Whole> {
  let numbers = (any::<(i8, u16, i32, u32, i64, u64)>(), any::<(i128, u128)>(), any::<Vec<f64>>());
  let maps = (btree_map(any::<bool>(), Just(()), 0..2), btree_map(any::<i128>(), any::<Box<str>>(), 0..4));
  (any::<bool>(), numbers, any::<String>(), any::<Option<Vec<u64>>>(), vec(shape(), 0..6), maps).prop_map(
    |(bool, (integers, large, floats), text, option, shapes, (booleans, wide))| Whole {
      bool,
      integers,
      large,
      floats,
      text,
      option,
      shapes,
      booleans,
      wide,
    },
  )
}

/// In the form in which values are read.
fn anything() -> impl Strategy<Value = Any> {
  const SAFE: i128 = (1 << 53) - 1;
  let is_whole =
    |float: f64| float.trunc() == float && float.abs() <= SAFE as f64 && float.to_bits() != (-0.0_f64).to_bits();
  let leaf = prop_oneof![
    Just(Any::Null),
    any::<bool>().prop_map(Any::Bool),
    (i64::MIN..0).prop_map(Any::Signed),
    any::<u64>().prop_map(Any::Unsigned),
    (0..100_u64).prop_map(Any::Unsigned),
    (i128::from(u64::MAX) + 1..).prop_map(Any::Signed128),
    (..i128::from(i64::MIN)).prop_map(Any::Signed128),
    (u128::MAX / 2 + 1..).prop_map(Any::Unsigned128),
    any::<u64>()
      .prop_map(f64::from_bits)
      .prop_filter("an integer is none", move |float| !is_whole(*float))
      .prop_map(Any::Float),
    Just(Any::Float(-0.0)),
    any::<String>().prop_map(Any::Text),
  ];
  leaf.prop_recursive(8, 64, 8, |inner| {
    prop_oneof![
      vec(inner.clone(), 0..8).prop_map(Any::List),
      vec((any::<String>(), inner), 0..8).prop_map(Any::Object),
    ]
  })
}

proptest! {
  #[test]
  fn whole_structs_cross(value in whole()) {
    crosses(&value);
  }

  #[test]
  fn anything_crosses(value in anything()) {
    crosses(&value);
  }

  /// A shape that is known leaves out keys and nothing else.
  #[test]
  fn shapes_are_as_long_as_what_they_stand_for(value in anything()) {
    let (mut shapes, mut message) = (Shapes::default(), Vec::new());
    encode(&value, &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
    let first = message.clone();
    encode(&value, &mut message, Some(&mut shapes), Flavour::Typed).unwrap();
    let definitions = first[0] as u32 as usize;
    let end = if definitions == 0 { first.len() } else { definitions };
    prop_assert_eq!(&message[1..], &first[1..end]);
    // And whoever was told of it reads the same.
    let mut known = Definitions::default();
    let whole = decode::<Any>(&written(&value, Flavour::Typed)).unwrap();
    for message in [first, message] {
      let bytes = message.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
      prop_assert_eq!(decode_result::<Any>(&bytes, &mut known).unwrap(), whole.clone());
    }
  }

  /// Each number becomes one of every type that holds it, and is refused by all others.
  #[test]
  fn numbers_are_exact_or_refused(number in any::<i64>()) {
    let words = written(&number, Flavour::Typed);
    prop_assert_eq!(decode::<i8>(&words).ok(), i8::try_from(number).ok());
    prop_assert_eq!(decode::<u16>(&words).ok(), u16::try_from(number).ok());
    prop_assert_eq!(decode::<i32>(&words).ok(), i32::try_from(number).ok());
    prop_assert_eq!(decode::<u64>(&words).ok(), u64::try_from(number).ok());
    prop_assert_eq!(decode::<i128>(&words).ok(), Some(i128::from(number)));
    let exact = number as f64 as i128 == i128::from(number);
    prop_assert_eq!(decode::<f64>(&words).ok(), exact.then_some(number as f64));
  }

  #[test]
  fn json_ops_give_what_json_can_say(value in anything()) {
    let text = serde_json::to_string(&decode::<serde_json::Value>(&written(&value, Flavour::Typed)).ok());
    let again = decode::<serde_json::Value>(&written(&value, Flavour::Json)).ok();
    prop_assert_eq!(text.unwrap(), serde_json::to_string(&again).unwrap());
  }

  #[test]
  fn any_words_are_an_error_or_a_value(words in vec((0..16_u64, 0..9_u64), 0..24)) {
    let input = words.iter().flat_map(|(tag, half)| (tag | half << 32).to_le_bytes()).collect::<Vec<_>>();
    let _ = decode::<Any>(&input);
    let _ = decode::<Whole>(&input);
    let _ = decode::<Shape>(&input);
  }
}
