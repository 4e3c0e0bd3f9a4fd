//! A world whose functions have types that chance makes: as WIT, and as JSON for the script that makes values of them.

use std::fmt::Write;

use serde_json::Value;
use serde_json::json;

use super::random::Random;

const FUNCTIONS: usize = 120;
const SCALARS: &[&str] =
  &["bool", "u8", "s8", "u16", "s16", "u32", "s32", "u64", "s64", "f32", "f64", "char", "string"];

/// The WIT, and of each function its name, the types of its parameters and that of its result.
pub(super) fn world() -> (String, Value) {
  let mut types = Types::new(0x0005_EED0_C0DE);
  let mut functions = Vec::new();
  let mut text = String::new();
  for number in 0..FUNCTIONS {
    // Many are spilled: they are more than sixteen core values.
    let count = types.random.pick(&[0, 1, 1, 1, 2, 3, 6]);
    let params: Vec<_> = (0..count).map(|_| types.any(3)).collect();
    let result = (types.random.below(8) != 0).then(|| types.any(3));
    let passed: Vec<_> = params.iter().enumerate().map(|(i, (wit, _))| format!("p{i}: {wit}")).collect();
    let gives = result.as_ref().map(|(wit, _)| format!(" -> {wit}")).unwrap_or_default();
    writeln!(text, "fun{number}: func({}){gives};", passed.join(", ")).expect("a String can be written to");
    functions.push(json!({
      "name": format!("fun{number}"),
      "params": params.into_iter().map(|(_, json)| json).collect::<Vec<_>>(),
      "result": result.map(|(_, json)| json),
    }));
  }
  let Types { declared, .. } = types;
  let wit = format!(
    "package test:generated; interface shapes {{ {declared} {text} }} world w {{ import shapes; export shapes; }}"
  );
  (wit, functions.into())
}

/// Types, and what declares those that have names.
pub(super) struct Types {
  random: Random,
  pub(super) declared: String,
  count: usize,
}

impl Types {
  pub(super) fn new(seed: u64) -> Self {
    Self { random: Random(seed), declared: String::new(), count: 0 }
  }

  /// How many have names: `t0`, `t1` and so on.
  pub(super) fn count(&self) -> usize {
    self.count
  }

  /// A type as WIT names it, and what it is.
  pub(super) fn any(&mut self, depth: usize) -> (String, Value) {
    if depth == 0 || self.random.below(4) == 0 {
      let name = self.random.pick(SCALARS);
      return (name.to_string(), json!({ "kind": name }));
    }
    match self.random.below(8) {
      0 => {
        let (wit, element) = self.any(depth - 1);
        (format!("list<{wit}>"), json!({ "kind": "list", "element": element }))
      }
      1 => {
        let (wit, some) = self.any(depth - 1);
        (format!("option<{wit}>"), json!({ "kind": "option", "some": some }))
      }
      2 => {
        let (ok, err) = (self.maybe(depth - 1), self.maybe(depth - 1));
        let wit = match (&ok, &err) {
          (None, None) => "result".to_string(),
          (Some((ok, _)), None) => format!("result<{ok}>"),
          (None, Some((err, _))) => format!("result<_, {err}>"),
          (Some((ok, _)), Some((err, _))) => format!("result<{ok}, {err}>"),
        };
        (wit, json!({ "kind": "result", "ok": ok.map(|it| it.1), "err": err.map(|it| it.1) }))
      }
      3 => {
        let items: Vec<_> = (0..=self.random.below(4)).map(|_| self.any(depth - 1)).collect();
        let wit: Vec<_> = items.iter().map(|(wit, _)| wit.clone()).collect();
        let json: Vec<_> = items.into_iter().map(|(_, json)| json).collect();
        (format!("tuple<{}>", wit.join(", ")), json!({ "kind": "tuple", "items": json }))
      }
      4 => {
        let fields: Vec<_> =
          (0..=self.random.below(5)).map(|i| (format!("field-no{i}"), self.any(depth - 1))).collect();
        let text: Vec<_> = fields.iter().map(|(name, (wit, _))| format!("{name}: {wit}")).collect();
        let fields: Vec<_> =
          fields.iter().enumerate().map(|(i, (_, (_, json)))| json!([format!("fieldNo{i}"), json])).collect();
        self.declare("record", &text.join(", "), json!({ "kind": "record", "fields": fields }))
      }
      5 => {
        let count = if self.random.below(8) == 0 { 300 } else { 1 + self.random.below(5) };
        let cases: Vec<_> =
          (0..count).map(|i| (format!("case-no{i}"), if i < 5 { self.maybe(depth - 1) } else { None })).collect();
        let text: Vec<_> = cases
          .iter()
          .map(|(name, payload)| match payload {
            Some((wit, _)) => format!("{name}({wit})"),
            None => name.clone(),
          })
          .collect();
        let cases: Vec<_> = cases.into_iter().map(|(name, payload)| json!([name, payload.map(|it| it.1)])).collect();
        self.declare("variant", &text.join(", "), json!({ "kind": "variant", "cases": cases }))
      }
      6 => {
        let count = if self.random.below(4) == 0 { 300 } else { 1 + self.random.below(5) };
        let names: Vec<_> = (0..count).map(|i| format!("name-no{i}")).collect();
        self.declare("enum", &names.join(", "), json!({ "kind": "enum", "names": names }))
      }
      _ => {
        let count = 1 + self.random.below(32);
        let names: Vec<_> = (0..count).map(|i| format!("flag-no{i}")).collect();
        let shown: Vec<_> = (0..count).map(|i| format!("flagNo{i}")).collect();
        self.declare("flags", &names.join(", "), json!({ "kind": "flags", "names": shown }))
      }
    }
  }

  fn maybe(&mut self, depth: usize) -> Option<(String, Value)> {
    (self.random.below(3) != 0).then(|| self.any(depth))
  }

  fn declare(&mut self, kind: &str, parts: &str, json: Value) -> (String, Value) {
    let name = format!("t{}", self.count);
    self.count += 1;
    writeln!(self.declared, "{kind} {name} {{ {parts} }}").expect("a String can be written to");
    (name, json)
  }
}
