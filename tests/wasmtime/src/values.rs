//! Values as JSON: integers of 64 bits as text, floats as their bits, or "nan"; records as lists, in the order of their
//! types; flags as the names of those that are set; a case as its name and what it has; an option as a list of none or
//! one.

use serde_json::Value;
use serde_json::json;
use wasmtime::component::Type;
use wasmtime::component::Val;

/// A value of a type.
pub(crate) fn to_val(ty: &Type, value: &Value) -> Val {
  let integer = || value.as_i64().expect("it is an integer");
  let bits = || value.as_str().expect("it is text").parse::<u64>();
  match ty {
    Type::Bool => Val::Bool(value.as_bool().expect("it is a boolean")),
    Type::S8 => Val::S8(integer() as i8),
    Type::U8 => Val::U8(integer() as u8),
    Type::S16 => Val::S16(integer() as i16),
    Type::U16 => Val::U16(integer() as u16),
    Type::S32 => Val::S32(integer() as i32),
    Type::U32 => Val::U32(integer() as u32),
    Type::S64 => Val::S64(text(value).parse().expect("it is an integer")),
    Type::U64 => Val::U64(text(value).parse().expect("it is an integer")),
    // What is no number is "nan".
    Type::Float32 => Val::Float32(bits().map_or(f32::NAN, |bits| f32::from_bits(bits as u32))),
    Type::Float64 => Val::Float64(bits().map_or(f64::NAN, f64::from_bits)),
    Type::Char => Val::Char(text(value).chars().next().expect("it has a character")),
    Type::String => Val::String(text(value).to_owned()),
    Type::List(ty) => Val::List(items(value).iter().map(|item| to_val(&ty.ty(), item)).collect()),
    Type::Tuple(ty) => Val::Tuple(ty.types().zip(items(value)).map(|(ty, item)| to_val(&ty, item)).collect()),
    Type::Record(ty) => {
      let fields = ty.fields().zip(items(value));
      Val::Record(fields.map(|(field, item)| (field.name.to_owned(), to_val(&field.ty, item))).collect())
    }
    Type::Flags(_) => Val::Flags(items(value).iter().map(|name| text(name).to_owned()).collect()),
    Type::Enum(_) => Val::Enum(text(value).to_owned()),
    Type::Variant(ty) => {
      let (name, payload) = case(value);
      let ty = ty.cases().find(|case| case.name == name).expect("there is such a case").ty;
      Val::Variant(name.to_owned(), ty.map(|ty| Box::new(to_val(&ty, payload))))
    }
    Type::Option(ty) => Val::Option(items(value).first().map(|item| Box::new(to_val(&ty.ty(), item)))),
    Type::Result(ty) => {
      let (name, payload) = case(value);
      let of = |ty: Option<Type>| ty.map(|ty| Box::new(to_val(&ty, payload)));
      Val::Result(if name == "ok" { Ok(of(ty.ok())) } else { Err(of(ty.err())) })
    }
    other => panic!("no values of {other:?}"),
  }
}

fn text(value: &Value) -> &str {
  value.as_str().expect("it is text")
}

fn items(value: &Value) -> &[Value] {
  value.as_array().expect("it is a list")
}

fn case(value: &Value) -> (&str, &Value) {
  (text(&value[0]), &value[1])
}

/// The other way round.
pub(crate) fn to_json(value: &Val) -> Value {
  let all = |items: &[Val]| items.iter().map(to_json).collect::<Vec<_>>();
  let payload = |value: &Option<Box<Val>>| value.as_ref().map_or(Value::Null, |value| to_json(value));
  match value {
    Val::Bool(value) => json!(value),
    Val::S8(value) => json!(value),
    Val::U8(value) => json!(value),
    Val::S16(value) => json!(value),
    Val::U16(value) => json!(value),
    Val::S32(value) => json!(value),
    Val::U32(value) => json!(value),
    Val::S64(value) => json!(value.to_string()),
    Val::U64(value) => json!(value.to_string()),
    Val::Float32(value) if value.is_nan() => json!("nan"),
    Val::Float64(value) if value.is_nan() => json!("nan"),
    Val::Float32(value) => json!(value.to_bits().to_string()),
    Val::Float64(value) => json!(value.to_bits().to_string()),
    Val::Char(value) => json!(value),
    Val::String(value) => json!(value),
    Val::Enum(name) => json!(name),
    Val::List(items) | Val::Tuple(items) => json!(all(items)),
    Val::Record(fields) => json!(fields.iter().map(|(_, value)| to_json(value)).collect::<Vec<_>>()),
    Val::Flags(names) => json!(names),
    Val::Variant(name, value) => json!([name, payload(value)]),
    Val::Option(value) => json!(value.iter().map(|value| to_json(value)).collect::<Vec<_>>()),
    Val::Result(Ok(value)) => json!(["ok", payload(value)]),
    Val::Result(Err(value)) => json!(["err", payload(value)]),
    other => panic!("no JSON of {other:?}"),
  }
}
