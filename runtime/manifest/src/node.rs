//! A value of a manifest and where it stands, of TOML and of JSON alike: what reads a manifest knows neither.

use serde::de::Deserializer;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde_json::value::RawValue;
use toml::de::DeTable;
use toml::de::DeValue;

use crate::FaultCode;
use crate::report::Report;

/// Lists and tables within one another, of JSON: as serde_json has it. TOML has a limit of its own.
const MAX_DEPTH: usize = 128;

/// A value and where it begins, in bytes of the text.
#[derive(Clone, Debug)]
pub(crate) struct Node {
  pub(crate) at: usize,
  pub(crate) value: Value,
}

#[derive(Clone, Debug)]
pub(crate) enum Value {
  Null,
  Boolean(bool),
  Integer(i64),
  Float(f64),
  Date(String),
  Text {
    text: String,
    /// Where its first character stands, if the characters stand in the manifest as they are.
    verbatim: Option<usize>,
  },
  List(Vec<Node>),
  Table(Vec<Entry>),
}

/// A key of a table and its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
  pub(crate) key: String,
  pub(crate) key_at: usize,
  pub(crate) node: Node,
}

impl Node {
  /// The table of a text of TOML, or None, and its faults are in the report.
  pub(crate) fn of_toml(report: &Report) -> Option<Self> {
    let (table, errors) = DeTable::parse_recoverable(report.text());
    if errors.is_empty() {
      let at = table.span().start;
      return Some(Self { at, value: of_table(table.get_ref(), report) });
    }
    for error in errors {
      let span = error.span().unwrap_or(report.text().len()..report.text().len());
      match (error.message(), report.text().get(span.clone())) {
        ("duplicate key", Some(key)) => {
          let help = "leave one of them out".to_owned();
          report.fault(span.start, FaultCode::Duplicate, format!("`{key}` is there twice"), Some(help));
        }
        (message, _) => {
          report.fault(span.start, FaultCode::Syntax, format!("not TOML: {}", message.replace('\n', ", ")), None);
        }
      }
    }
    None
  }

  /// The value of a text of JSON, or None, and its fault is in the report.
  pub(crate) fn of_json(report: &Report) -> Option<Self> {
    let text = report.text();
    let read = serde_json::from_str::<&RawValue>(text).and_then(|raw| of_raw(raw, text, MAX_DEPTH));
    match read {
      Ok(node) => Some(node),
      Err(error) => {
        let at = report.offset(error.line(), error.column());
        // Without « at line 1 column 2 », which the fault says itself.
        let said = error.to_string();
        let message = said.split(" at line ").next().unwrap_or(&said);
        report.fault(at, FaultCode::Syntax, format!("not JSON: {message}"), None);
        None
      }
    }
  }

  /// What it is, for a message.
  pub(crate) fn kind(&self) -> &'static str {
    match self.value {
      Value::Null => "null",
      Value::Boolean(_) => "true or false",
      Value::Integer(_) => "an integer",
      Value::Float(_) => "a number",
      Value::Date(_) => "a date",
      Value::Text { .. } => "a string",
      Value::List(_) => "a list",
      Value::Table(_) => "a table",
    }
  }

  /// The same value without places.
  pub(crate) fn to_json(&self) -> serde_json::Value {
    use serde_json::Value as Json;
    match &self.value {
      Value::Null => Json::Null,
      Value::Boolean(value) => (*value).into(),
      Value::Integer(value) => (*value).into(),
      Value::Float(value) => (*value).into(),
      Value::Date(text) | Value::Text { text, .. } => text.as_str().into(),
      Value::List(list) => list.iter().map(Self::to_json).collect::<Vec<_>>().into(),
      Value::Table(entries) => Json::Object(entries.iter().map(|one| (one.key.clone(), one.node.to_json())).collect()),
    }
  }
}

fn of_table(table: &DeTable<'_>, report: &Report) -> Value {
  let mut entries: Vec<Entry> = table
    .iter()
    .map(|(key, value)| {
      let at = value.span().start;
      let value = of_toml_value(value.get_ref(), value.span(), report);
      Entry { key: key.get_ref().to_string(), key_at: key.span().start, node: Node { at, value } }
    })
    .collect();
  // The order of the manifest, which is that of triggers and components.
  entries.sort_by_key(|entry| entry.key_at);
  Value::Table(entries)
}

fn of_toml_value(value: &DeValue<'_>, span: std::ops::Range<usize>, report: &Report) -> Value {
  match value {
    DeValue::String(text) => {
      let verbatim =
        report.text().get(span.start + 1..).filter(|rest| rest.starts_with(&**text)).map(|_| span.start + 1);
      Value::Text { text: text.to_string(), verbatim }
    }
    DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
      Ok(integer) => Value::Integer(integer),
      Err(_) => {
        report.fault(span.start, FaultCode::Value, format!("the number {integer} is out of range"), None);
        Value::Integer(0)
      }
    },
    DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
    DeValue::Boolean(value) => Value::Boolean(*value),
    DeValue::Datetime(date) => Value::Date(date.to_string()),
    DeValue::Array(list) => Value::List(
      list
        .iter()
        .map(|one| Node { at: one.span().start, value: of_toml_value(one.get_ref(), one.span(), report) })
        .collect(),
    ),
    DeValue::Table(table) => of_table(table, report),
  }
}

/// `raw` is a part of `text`.
fn of_raw(raw: &RawValue, text: &str, depth: usize) -> Result<Node, serde_json::Error> {
  let part = raw.get();
  let at = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
  let deeper = || match depth.checked_sub(1) {
    Some(depth) => Ok(depth),
    None => Err(serde::de::Error::custom("lists and objects lie too deep within one another")),
  };
  let value = match part.as_bytes().first() {
    Some(b'{') => {
      let depth = deeper()?;
      let mut entries = Vec::new();
      for (key, raw) in serde_json::Deserializer::from_str(part).deserialize_map(Entries)? {
        let node = of_raw(raw, text, depth)?;
        entries.push(Entry { key, key_at: node.at, node });
      }
      Value::Table(entries)
    }
    Some(b'[') => {
      let depth = deeper()?;
      let list: Vec<&RawValue> = serde_json::from_str(part)?;
      Value::List(list.into_iter().map(|raw| of_raw(raw, text, depth)).collect::<Result<_, _>>()?)
    }
    _ => match serde_json::from_str(part)? {
      serde_json::Value::Bool(value) => Value::Boolean(value),
      serde_json::Value::Number(number) => match number.as_i64() {
        Some(integer) => Value::Integer(integer),
        None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
      },
      serde_json::Value::String(string) => {
        let verbatim = part.get(1..).filter(|rest| rest.starts_with(&string)).map(|_| at + 1);
        Value::Text { text: string, verbatim }
      }
      _ => Value::Null,
    },
  };
  Ok(Node { at, value })
}

/// The entries of an object, in its order.
struct Entries;

impl<'de> Visitor<'de> for Entries {
  type Value = Vec<(String, &'de RawValue)>;

  fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    f.write_str("an object")
  }

  fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
    let mut entries = Vec::new();
    while let Some(entry) = map.next_entry()? {
      entries.push(entry);
    }
    Ok(entries)
  }
}
