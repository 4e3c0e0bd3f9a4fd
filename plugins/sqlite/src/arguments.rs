//! The JSON that scripts pass.
//!
//! Deserialized by hand where a script has a choice, because serde's untagged enums do not say what is wrong.

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plugin_api::TS;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;
use serde::de::IgnoredAny;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde::de::value::MapAccessDeserializer;

/// How to open a database: in JSON a path, or an object with one.
#[derive(Clone, Debug, PartialEq, Eq, TS)]
#[ts(
  crate = "plugin_api::ts_rs",
  type = "string | { path: string, readOnly?: boolean, create?: boolean, busyTimeout?: number }"
)]
pub(crate) struct OpenOptions {
  pub(crate) path: String,
  pub(crate) read_only: bool,
  /// Whether to make the file when there is none.
  pub(crate) create: bool,
  /// How long to wait for the locks of others, in milliseconds.
  pub(crate) busy_timeout: u32,
}

impl OpenOptions {
  pub(crate) fn new(path: &str) -> Self {
    Self { path: path.to_owned(), read_only: false, create: true, busy_timeout: 5000 }
  }
}

impl<'de> Deserialize<'de> for OpenOptions {
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "camelCase")]
    struct Fields {
      path: String,
      read_only: Option<bool>,
      create: Option<bool>,
      busy_timeout: Option<u32>,
    }

    struct PathOrFields;

    impl<'de> Visitor<'de> for PathOrFields {
      type Value = OpenOptions;

      fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a path, or an object with a path and options")
      }

      fn visit_str<E>(self, path: &str) -> Result<OpenOptions, E> {
        Ok(OpenOptions::new(path))
      }

      fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OpenOptions, A::Error> {
        let fields = Fields::deserialize(MapAccessDeserializer::new(map))?;
        let default = OpenOptions::new(&fields.path);
        Ok(OpenOptions {
          read_only: fields.read_only.unwrap_or(default.read_only),
          create: fields.create.unwrap_or(default.create),
          busy_timeout: fields.busy_timeout.unwrap_or(default.busy_timeout),
          ..default
        })
      }
    }

    deserializer.deserialize_any(PathOrFields)
  }
}

/// SQL and the values of its parameters.
#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(crate = "plugin_api::ts_rs")]
pub(crate) struct Statement {
  pub(crate) sql: String,
  #[serde(default)]
  #[ts(optional, as = "Option<Params>")]
  pub(crate) params: Params,
}

/// Values of parameters: in JSON an array, an object by name, or null for none.
#[derive(Debug, PartialEq, TS)]
#[ts(crate = "plugin_api::ts_rs", untagged)]
pub(crate) enum Params {
  Positional(Vec<Param>),
  Named(#[ts(as = "Option<HashMap<String, Param>>")] Vec<(String, Param)>),
}

impl Params {
  pub(crate) fn is_empty(&self) -> bool {
    match self {
      Self::Positional(values) => values.is_empty(),
      Self::Named(values) => values.is_empty(),
    }
  }
}

impl Default for Params {
  fn default() -> Self {
    Self::Positional(Vec::new())
  }
}

impl<'de> Deserialize<'de> for Params {
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    struct ArrayOrObject;

    impl<'de> Visitor<'de> for ArrayOrObject {
      type Value = Params;

      fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("parameters as an array, or as an object by name")
      }

      fn visit_unit<E>(self) -> Result<Params, E> {
        Ok(Params::default())
      }

      fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Params, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
          values.push(value);
        }
        Ok(Params::Positional(values))
      }

      fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Params, A::Error> {
        let mut values = Vec::new();
        while let Some(entry) = map.next_entry()? {
          values.push(entry);
        }
        Ok(Params::Named(values))
      }
    }

    deserializer.deserialize_any(ArrayOrObject)
  }
}

/// The value of a parameter. `$buffer` is the index of a buffer among those passed after the argument.
#[derive(Debug, PartialEq, TS)]
#[ts(
  crate = "plugin_api::ts_rs",
  type = "null | boolean | number | string | { $int: string } | { $blob: string } | { $buffer: number }"
)]
pub(crate) enum Param {
  Null,
  Integer(i64),
  Real(f64),
  Text(String),
  Blob(Vec<u8>),
  /// A blob: the bytes of the buffer with this index among those passed after the argument.
  Buffer(usize),
}

impl<'de> Deserialize<'de> for Param {
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    /// The field of the objects for what JSON has no value for.
    #[derive(Deserialize)]
    enum Tag {
      #[serde(rename = "$int")]
      Int,
      #[serde(rename = "$blob")]
      Blob,
      #[serde(rename = "$buffer")]
      Buffer,
    }

    struct ParamVisitor;

    impl<'de> Visitor<'de> for ParamVisitor {
      type Value = Param;

      fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"null, a boolean, a number, a string, {"$int": digits}, {"$blob": base64} or {"$buffer": index}"#)
      }

      fn visit_unit<E>(self) -> Result<Param, E> {
        Ok(Param::Null)
      }

      fn visit_bool<E>(self, value: bool) -> Result<Param, E> {
        Ok(Param::Integer(value.into()))
      }

      fn visit_i64<E>(self, value: i64) -> Result<Param, E> {
        Ok(Param::Integer(value))
      }

      fn visit_u64<E>(self, value: u64) -> Result<Param, E> {
        // What is too large for SQLite's integers it keeps as a real, as it does with literals in SQL.
        Ok(i64::try_from(value).map_or(Param::Real(value as f64), Param::Integer))
      }

      fn visit_f64<E>(self, value: f64) -> Result<Param, E> {
        Ok(Param::Real(value))
      }

      fn visit_str<E>(self, value: &str) -> Result<Param, E> {
        Ok(Param::Text(value.to_owned()))
      }

      fn visit_string<E>(self, value: String) -> Result<Param, E> {
        Ok(Param::Text(value))
      }

      fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Param, A::Error> {
        let tag = map.next_key()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let param = match tag {
          Tag::Int => {
            let digits: String = map.next_value()?;
            Param::Integer(
              digits
                .parse()
                .map_err(|error| A::Error::custom(format_args!("$int {digits:?} is no 64-bit integer: {error}")))?,
            )
          }
          Tag::Blob => {
            let text: String = map.next_value()?;
            let bytes = BASE64_STANDARD.decode(text);
            Param::Blob(bytes.map_err(|error| A::Error::custom(format_args!("$blob is no base64: {error}")))?)
          }
          Tag::Buffer => Param::Buffer(map.next_value()?),
        };
        match map.next_key::<IgnoredAny>()? {
          Some(_) => Err(A::Error::invalid_length(2, &self)),
          None => Ok(param),
        }
      }
    }

    deserializer.deserialize_any(ParamVisitor)
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn params(json: &str) -> Result<Params, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
  }

  #[test]
  fn every_kind_of_parameter_is_read() {
    let json = r#"[null, true, 1, -9007199254740993, 1.5, 1e21, "x", {"$int": "-9223372036854775808"},
      {"$blob": "AP8="}, {"$buffer": 2}, 18446744073709551615]"#;
    let expected = vec![
      Param::Null,
      Param::Integer(1),
      Param::Integer(1),
      Param::Integer(-9_007_199_254_740_993),
      Param::Real(1.5),
      Param::Real(1e21),
      Param::Text("x".to_owned()),
      Param::Integer(i64::MIN),
      Param::Blob(vec![0, 255]),
      Param::Buffer(2),
      Param::Real(18_446_744_073_709_551_615.0),
    ];
    assert_eq!(params(json), Ok(Params::Positional(expected)));
  }

  #[test]
  fn parameters_come_by_place_by_name_or_not_at_all() {
    assert_eq!(params("null"), Ok(Params::default()));
    assert_eq!(params("[]"), Ok(Params::default()));
    let expected = vec![("b".to_owned(), Param::Integer(1)), (":a".to_owned(), Param::Null)];
    assert_eq!(params(r#"{"b": 1, ":a": null}"#), Ok(Params::Named(expected)));
  }

  #[test]
  fn what_does_not_fit_is_named() {
    for (json, expected) in [
      ("1", "expected parameters as an array, or as an object by name"),
      ("[[1]]", "expected null, a boolean, a number, a string"),
      (r#"[{"x": 1}]"#, "unknown variant `x`, expected one of `$int`, `$blob`, `$buffer`"),
      (r#"[{"$int": "1.5"}]"#, "$int \"1.5\" is no 64-bit integer"),
      (r#"[{"$int": 1}]"#, "expected a string"),
      (r#"[{"$int": "9223372036854775808"}]"#, "number too large"),
      (r#"[{"$blob": "?"}]"#, "$blob is no base64"),
      (r#"[{"$buffer": -1}]"#, "expected usize"),
      (r#"[{"$buffer": 1, "x": 2}]"#, "invalid length 2, expected null, a boolean, a number"),
      (r#"[{}]"#, "invalid length 0, expected null, a boolean, a number"),
    ] {
      let error = params(json).unwrap_err();
      assert!(error.contains(expected), "{json}: {error}");
    }
  }

  #[test]
  fn a_database_is_opened_by_path_or_by_options() {
    let read = |json| serde_json::from_str::<OpenOptions>(json).map_err(|error| error.to_string());
    assert_eq!(read(r#""a.db""#), Ok(OpenOptions::new("a.db")));
    let expected = OpenOptions { read_only: true, create: false, busy_timeout: 7, ..OpenOptions::new("a.db") };
    assert_eq!(read(r#"{"path": "a.db", "readOnly": true, "create": false, "busyTimeout": 7}"#), Ok(expected));
    assert!(read(r#"{"path": "a.db", "readonly": true}"#).unwrap_err().contains("unknown field `readonly`"));
    assert!(read("{}").unwrap_err().contains("missing field `path`"));
    assert!(read("1").unwrap_err().contains("expected a path, or an object with a path and options"));
  }
}
