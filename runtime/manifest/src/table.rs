//! Reads a table key by key. What is asked for is the schema: a key that nobody asked for is a fault, as is a value of
//! another type, and what is wrong goes into the report while reading goes on.

use std::collections::BTreeMap;

use crate::FaultCode;
use crate::names::listed;
use crate::names::nearest;
use crate::node::Entry;
use crate::node::Node;
use crate::node::Value;
use crate::report::Report;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct At<T> {
  pub(crate) value: T,
  pub(crate) at: usize,
}

/// A text, where it begins, and where its first character stands if they stand in the manifest as they are.
#[derive(Clone, Debug)]
pub(crate) struct Text {
  pub(crate) text: String,
  pub(crate) at: usize,
  pub(crate) verbatim: Option<usize>,
}

impl Text {
  /// Where the byte `offset` of the text stands, as near as can be told.
  pub(crate) fn place(&self, offset: usize) -> usize {
    self.verbatim.map_or(self.at, |start| start + offset)
  }
}

/// A table that is being read.
pub(crate) struct Table<'a> {
  pub(crate) report: &'a Report,
  /// What it is, for messages: « the component `hello` ».
  pub(crate) what: String,
  pub(crate) at: usize,
  entries: &'a [Entry],
  asked: Vec<&'a str>,
  /// Keys that another kind of manifest has, and what to do then.
  foreign: Vec<(&'static [&'static str], &'static str)>,
}

impl<'a> Table<'a> {
  /// Of a node that must be a table; otherwise None and a fault.
  pub(crate) fn of(report: &'a Report, node: &'a Node, what: impl Into<String>) -> Option<Self> {
    let what = what.into();
    match &node.value {
      Value::Table(entries) => {
        for (index, entry) in entries.iter().enumerate() {
          if entries[..index].iter().any(|before| before.key == entry.key) {
            report.fault(entry.key_at, FaultCode::Duplicate, format!("{what} has `{}` twice", entry.key), None);
          }
        }
        Some(Self { report, what, at: node.at, entries, asked: Vec::new(), foreign: Vec::new() })
      }
      _ => {
        report.fault(node.at, FaultCode::Type, format!("{what} must be a table, got {}", node.kind()), None);
        None
      }
    }
  }

  /// The value of a key, of whatever type.
  pub(crate) fn any(&mut self, key: &'a str) -> Option<&'a Entry> {
    self.ignore(key);
    self.entries.iter().find(|entry| entry.key == key)
  }

  /// Whether a key is there, without asking for it.
  pub(crate) fn has(&self, key: &str) -> bool {
    self.entries.iter().any(|entry| entry.key == key)
  }

  /// All entries: nothing is unknown.
  pub(crate) fn all(&self) -> &'a [Entry] {
    self.entries
  }

  pub(crate) fn missing(&self, key: &str, help: &str) {
    let message = format!("{} has no `{key}`", self.what);
    self.report.fault(self.at, FaultCode::MissingKey, message, Some(help.to_owned()));
  }

  pub(crate) fn wrong(&self, key: &str, wanted: &str, node: &Node) {
    let message = format!("`{key}` of {} must be {wanted}, got {}", self.what, node.kind());
    self.report.fault(node.at, FaultCode::Type, message, None);
  }

  /// A value that is of the right type but says nothing sensible.
  pub(crate) fn refuse(&self, at: usize, key: &str, why: &str, help: Option<String>) {
    self.report.fault(at, FaultCode::Value, format!("`{key}` of {} {why}", self.what), help);
  }

  /// Something that plugbay does not do.
  pub(crate) fn unsupported(&self, at: usize, what: &str, help: &str) {
    self.report.fault(at, FaultCode::Unsupported, format!("{}: {what}", self.what), Some(help.to_owned()));
  }

  pub(crate) fn text(&mut self, key: &'a str) -> Option<Text> {
    let entry = self.any(key)?;
    let text = as_text(&entry.node);
    if text.is_none() {
      self.wrong(key, "a string", &entry.node);
    }
    text
  }

  pub(crate) fn string(&mut self, key: &'a str) -> Option<String> {
    self.text(key).map(|text| text.text)
  }

  /// A text that must be there; `help` is what to write.
  pub(crate) fn needed(&mut self, key: &'a str, help: &str) -> Option<Text> {
    if !self.has(key) {
      self.missing(key, help);
    }
    self.text(key)
  }

  pub(crate) fn boolean(&mut self, key: &'a str) -> Option<At<bool>> {
    let entry = self.any(key)?;
    match entry.node.value {
      Value::Boolean(value) => Some(At { value, at: entry.node.at }),
      _ => {
        self.wrong(key, "true or false", &entry.node);
        None
      }
    }
  }

  /// A whole number between `least` and `most`.
  pub(crate) fn number(&mut self, key: &'a str, least: u32, most: u32) -> Option<u32> {
    let entry = self.any(key)?;
    match entry.node.value {
      Value::Integer(value) => match u32::try_from(value).ok().filter(|value| (least..=most).contains(value)) {
        Some(value) => Some(value),
        None => {
          self.refuse(entry.node.at, key, &format!("must be from {least} to {most}, got {value}"), None);
          None
        }
      },
      _ => {
        self.wrong(key, "an integer", &entry.node);
        None
      }
    }
  }

  /// A list of texts; empty if it is not there.
  pub(crate) fn texts(&mut self, key: &'a str) -> Vec<Text> {
    let Some(entry) = self.any(key) else { return Vec::new() };
    let Value::List(list) = &entry.node.value else {
      self.wrong(key, "a list of strings", &entry.node);
      return Vec::new();
    };
    let mut texts = Vec::new();
    for node in list {
      match as_text(node) {
        Some(text) => texts.push(text),
        None => self.wrong(key, "a list of strings", node),
      }
    }
    texts
  }

  pub(crate) fn strings(&mut self, key: &'a str) -> Vec<String> {
    self.texts(key).into_iter().map(|text| text.text).collect()
  }

  /// A text, or a list of texts.
  pub(crate) fn one_or_more(&mut self, key: &'a str) -> Vec<Text> {
    match self.any(key) {
      None => Vec::new(),
      Some(entry) => match as_text(&entry.node) {
        Some(text) => vec![text],
        None if matches!(entry.node.value, Value::List(_)) => self.texts(key),
        None => {
          self.wrong(key, "a string or a list of strings", &entry.node);
          Vec::new()
        }
      },
    }
  }

  /// A table within this one; `what` is what it is.
  pub(crate) fn table(&mut self, key: &'a str, what: impl Into<String>) -> Option<Table<'a>> {
    let entry = self.any(key)?;
    Table::of(self.report, &entry.node, what)
  }

  /// A table of texts by names that mean something to somebody else.
  pub(crate) fn map(&mut self, key: &'a str) -> Vec<(&'a Entry, Text)> {
    let what = format!("`{key}` of {}", self.what);
    let Some(table) = self.table(key, &*what) else { return Vec::new() };
    let mut map = Vec::new();
    for entry in table.entries {
      match as_text(&entry.node) {
        Some(text) => map.push((entry, text)),
        None => table.wrong(&entry.key, "a string", &entry.node),
      }
    }
    map
  }

  pub(crate) fn string_map(&mut self, key: &'a str) -> BTreeMap<String, String> {
    self.map(key).into_iter().map(|(entry, text)| (entry.key.clone(), text.text)).collect()
  }

  /// A key that means nothing to plugbay, nor to whoever runs the app.
  pub(crate) fn ignore(&mut self, key: &'a str) {
    if !self.asked.contains(&key) {
      self.asked.push(key);
    }
  }

  /// Keys that mean something in another kind of manifest, and what to do about those.
  pub(crate) fn foreign(&mut self, keys: &'static [&'static str], help: &'static str) {
    self.foreign.push((keys, help));
  }

  /// What remains: keys that nobody asked for.
  pub(crate) fn finish(self) {
    for entry in self.entries {
      let key = &entry.key;
      if self.asked.contains(&key.as_str()) {
        continue;
      }
      let foreign = self.foreign.iter().find(|(keys, _)| keys.contains(&key.as_str()));
      let meant = nearest(key, self.asked.iter().copied());
      let help = match (foreign, meant) {
        (Some((_, help)), _) => (*help).to_owned(),
        (None, Some(meant)) => format!("did you mean `{meant}`?"),
        (None, None) if self.asked.is_empty() => "leave it out".to_owned(),
        (None, None) => format!("it may have {}", listed(self.asked.iter().copied())),
      };
      let message = format!("{} has an unknown key `{key}`", self.what);
      self.report.fault(entry.key_at, FaultCode::UnknownKey, message, Some(help));
    }
  }
}

pub(crate) fn as_text(node: &Node) -> Option<Text> {
  match &node.value {
    Value::Text { text, verbatim } => Some(Text { text: text.clone(), at: node.at, verbatim: *verbatim }),
    _ => None,
  }
}
