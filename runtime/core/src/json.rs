//! Values as JSON text and back, by the rules of the runtime's JavaScript (`js/json_text.js`, `js/json.js`): an integer
//! is exact however large it is, and bytes are an array of numbers.
//!
//! serde_json does not tell whether `100000000000000000000` or `1e20` was written, unless its feature
//! `arbitrary_precision` changes what its numbers are in the whole program.

use std::fmt;
use std::fmt::Write;

use crate::Value;

/// As deep as values are nested in the wire format.
const MAX_DEPTH: usize = 128;
/// From here on JavaScript writes numbers with an exponent.
const LARGE: f64 = 1e21;
/// Up to here it does, too.
const SMALL: f64 = 1e-6;

/// The JSON text that JavaScript would make of a value; `None` where that has numbers with an exponent.
pub fn to_json(value: &Value) -> Option<String> {
  let mut text = String::new();
  write(value, &mut text)?;
  Some(text)
}

fn write(value: &Value, text: &mut String) -> Option<()> {
  match value {
    Value::Null => text.push_str("null"),
    Value::Bool(truth) => text.push_str(if *truth { "true" } else { "false" }),
    Value::Integer(integer) => write!(text, "{integer}").ok()?,
    Value::Float(number) if !number.is_finite() => text.push_str("null"),
    Value::Float(number) if *number == 0.0 || (SMALL..LARGE).contains(&number.abs()) => {
      write!(text, "{number}").ok()?;
    }
    Value::Float(_) => return None,
    Value::Text(string) => write_string(string, text),
    Value::Bytes(bytes) => write_list(bytes, text, |byte, text| write!(text, "{byte}").ok())?,
    Value::List(list) => write_list(list, text, write)?,
    Value::Object(entries) => {
      for (index, (key, value)) in entries.iter().enumerate() {
        text.push(if index == 0 { '{' } else { ',' });
        write_string(key, text);
        text.push(':');
        write(value, text)?;
      }
      text.push_str(if entries.is_empty() { "{}" } else { "}" });
    }
  }
  Some(())
}

fn write_list<'v, T: 'v>(
  list: impl IntoIterator<Item = &'v T>,
  text: &mut String,
  mut write: impl FnMut(&'v T, &mut String) -> Option<()>,
) -> Option<()> {
  text.push('[');
  for (index, element) in list.into_iter().enumerate() {
    if index > 0 {
      text.push(',');
    }
    write(element, text)?;
  }
  text.push(']');
  Some(())
}

fn write_string(string: &str, text: &mut String) {
  text.push('"');
  for char in string.chars() {
    match char {
      '"' => text.push_str("\\\""),
      '\\' => text.push_str("\\\\"),
      '\n' => text.push_str("\\n"),
      '\r' => text.push_str("\\r"),
      '\t' => text.push_str("\\t"),
      '\u{8}' => text.push_str("\\b"),
      '\u{c}' => text.push_str("\\f"),
      '\0'..=' ' if char != ' ' => text.push_str(&format!("\\u{:04x}", u32::from(char))),
      char => text.push(char),
    }
  }
  text.push('"');
}

/// The value of JSON text; without any text it is `null`.
///
/// # Errors
///
/// When it is no JSON text, or no value that can cross.
pub fn from_json(text: &[u8]) -> Result<Value, NoJson> {
  if text.is_empty() {
    return Ok(Value::Null);
  }
  parse(&String::from_utf8_lossy(text))
}

/// The value of JSON text.
///
/// # Errors
///
/// As [`from_json`].
pub(crate) fn parse(text: &str) -> Result<Value, NoJson> {
  let mut reader = Reader { text, at: 0, depth: 0 };
  let value = reader.value()?;
  reader.skip_space();
  if reader.at == text.len() { Ok(value) } else { Err(NoJson::Malformed) }
}

/// Why text has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoJson {
  /// It does not parse.
  Malformed,
  /// It is nested too deep.
  TooDeep,
  /// An integer of it is beyond 128 bits.
  TooLarge,
}

impl fmt::Display for NoJson {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(match self {
      Self::Malformed => "it does not parse",
      Self::TooDeep => "it is nested more than 128 deep",
      Self::TooLarge => "an integer is beyond 128 bits",
    })
  }
}

struct Reader<'t> {
  text: &'t str,
  at: usize,
  depth: usize,
}

impl<'t> Reader<'t> {
  fn peek(&self) -> Option<u8> {
    self.text.as_bytes().get(self.at).copied()
  }

  fn skip_while(&mut self, is_wanted: impl Fn(u8) -> bool) -> &'t str {
    let start = self.at;
    while self.peek().is_some_and(&is_wanted) {
      self.at += 1;
    }
    &self.text[start..self.at]
  }

  fn skip_space(&mut self) {
    self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
  }

  /// Whether that comes next, which it then goes past.
  fn takes(&mut self, token: &str) -> bool {
    let is_next = self.text.as_bytes()[self.at..].starts_with(token.as_bytes());
    self.at += if is_next { token.len() } else { 0 };
    is_next
  }

  fn value(&mut self) -> Result<Value, NoJson> {
    self.skip_space();
    match self.peek().ok_or(NoJson::Malformed)? {
      b'"' => self.string().map(Value::Text),
      b'[' => self.nested(Self::list),
      b'{' => self.nested(Self::object),
      b'-' | b'0'..=b'9' => self.number(),
      _ if self.takes("null") => Ok(Value::Null),
      _ if self.takes("true") => Ok(Value::Bool(true)),
      _ if self.takes("false") => Ok(Value::Bool(false)),
      _ => Err(NoJson::Malformed),
    }
  }

  fn nested(&mut self, read: impl FnOnce(&mut Self) -> Result<Value, NoJson>) -> Result<Value, NoJson> {
    if self.depth == MAX_DEPTH {
      return Err(NoJson::TooDeep);
    }
    self.at += 1;
    self.depth += 1;
    let value = read(self)?;
    self.depth -= 1;
    Ok(value)
  }

  /// Whether there is another element; after the first it follows a comma.
  fn has_next(&mut self, end: &str, is_first: bool) -> Result<bool, NoJson> {
    self.skip_space();
    match () {
      () if self.takes(end) => Ok(false),
      () if is_first || self.takes(",") => Ok(true),
      () => Err(NoJson::Malformed),
    }
  }

  fn list(&mut self) -> Result<Value, NoJson> {
    let mut list = Vec::new();
    while self.has_next("]", list.is_empty())? {
      list.push(self.value()?);
    }
    Ok(Value::List(list))
  }

  fn object(&mut self) -> Result<Value, NoJson> {
    let mut entries = Vec::new();
    while self.has_next("}", entries.is_empty())? {
      self.skip_space();
      let key = self.string()?;
      self.skip_space();
      if !self.takes(":") {
        return Err(NoJson::Malformed);
      }
      entries.push((key, self.value()?));
    }
    Ok(Value::Object(in_order(entries)))
  }

  fn number(&mut self) -> Result<Value, NoJson> {
    let start = self.at;
    self.takes("-");
    let whole = self.skip_while(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 1 && whole.starts_with('0') {
      return Err(NoJson::Malformed);
    }
    let end_of_whole = self.at;
    if self.takes(".") && self.skip_while(|byte| byte.is_ascii_digit()).is_empty() {
      return Err(NoJson::Malformed);
    }
    if self.takes("e") || self.takes("E") {
      let _sign = self.takes("-") || self.takes("+");
      if self.skip_while(|byte| byte.is_ascii_digit()).is_empty() {
        return Err(NoJson::Malformed);
      }
    }
    let text = &self.text[start..self.at];
    match self.at == end_of_whole && text != "-0" {
      true => text.parse().map(Value::Integer).map_err(|_| NoJson::TooLarge),
      false => text.parse().map(Value::from_number).map_err(|_| NoJson::Malformed),
    }
  }

  fn string(&mut self) -> Result<String, NoJson> {
    if !self.takes("\"") {
      return Err(NoJson::Malformed);
    }
    let mut string = String::new();
    loop {
      string.push_str(self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | ..b' ')));
      match self.peek() {
        Some(b'"') => {
          self.at += 1;
          return Ok(string);
        }
        Some(b'\\') => {
          self.at += 1;
          string.push(self.escaped()?);
        }
        _ => return Err(NoJson::Malformed),
      }
    }
  }

  fn escaped(&mut self) -> Result<char, NoJson> {
    let escape = self.peek().ok_or(NoJson::Malformed)?;
    self.at += 1;
    Ok(match escape {
      b'"' | b'\\' | b'/' => escape.into(),
      b'b' => '\u{8}',
      b'f' => '\u{c}',
      b'n' => '\n',
      b'r' => '\r',
      b't' => '\t',
      b'u' => {
        let unit = self.unit()?;
        let after = self.at;
        if let 0xd800..0xdc00 = unit
          && self.takes("\\u")
        {
          if let low @ 0xdc00..0xe000 = self.unit()? {
            let scalar = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return char::from_u32(scalar).ok_or(NoJson::Malformed);
          }
          self.at = after;
        }
        // A lone surrogate does not cross.
        char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
      }
      _ => return Err(NoJson::Malformed),
    })
  }

  /// Four digits of base 16.
  fn unit(&mut self) -> Result<u32, NoJson> {
    let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(NoJson::Malformed)?;
    self.at += 4;
    digits.iter().try_fold(0, |unit, digit| {
      let digit = char::from(*digit).to_digit(16).ok_or(NoJson::Malformed)?;
      Ok(unit << 4 | digit)
    })
  }
}

/// Entries as an object of JavaScript has them: of equal keys the last, where the first was; array indices come first.
pub(crate) fn in_order(entries: Vec<(String, Value)>) -> Vec<(String, Value)> {
  if is_in_order(&entries) {
    return entries;
  }
  let mut places = std::collections::HashMap::with_capacity(entries.len());
  let mut unique: Vec<(String, Value)> = Vec::with_capacity(entries.len());
  for (key, value) in entries {
    match places.get(&key) {
      Some(&place) => {
        let (_, old): &mut (String, Value) = &mut unique[place];
        *old = value;
      }
      None => {
        places.insert(key.clone(), unique.len());
        unique.push((key, value));
      }
    }
  }
  let index = |key: &str| key.parse::<u32>().ok().filter(|index| *index != u32::MAX && index.to_string() == key);
  if unique.iter().any(|(key, _)| index(key).is_some()) {
    unique.sort_by_key(|(key, _)| index(key).map_or(u64::MAX, u64::from));
  }
  unique
}

/// Whether these are the entries of an object of JavaScript's, and so few that it is quickly seen.
pub fn is_in_order(entries: &[(String, Value)]) -> bool {
  const MAX_ENTRIES: usize = 32;
  entries.len() <= MAX_ENTRIES
    && entries.iter().enumerate().all(|(index, (key, _))| {
      let is_index = key.as_bytes().first().is_some_and(u8::is_ascii_digit);
      !is_index && entries[..index].iter().all(|(other, _)| other != key)
    })
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn text_is_read_as_javascript_reads_it() {
    let read = |text: &str| from_json(text.as_bytes());
    let list = |values: Vec<Value>| Ok(Value::List(values));
    assert_eq!(read(""), Ok(Value::Null));
    assert_eq!(read(" [1, -2.5e1,\n1.0, true, false, null, []] "), {
      list(vec![1.into(), (-25).into(), 1.into(), true.into(), false.into(), Value::Null, Value::List(Vec::new())])
    });
    assert_eq!(read("100000000000000000000"), Ok(Value::Integer(100_000_000_000_000_000_000)));
    assert_eq!(read("1e20"), Ok(Value::Float(1e20)));
    assert_eq!(format!("{:?} {:?}", read("-0"), read("1e999")), "Ok(Float(-0.0)) Ok(Float(inf))");
    assert_eq!(read(r#""a\"\\\/\b\f\n\r\t\u00e9\ud83e\udd80\ud800x\udc00""#), {
      Ok("a\"\\/\u{8}\u{c}\n\r\té🦀\u{fffd}x\u{fffd}".into())
    });
    let object = read(r#"{"b":1,"1":2,"b":3,"0":4,"01":5,"4294967295":6,"__proto__":7}"#);
    let keys = [("0", 4), ("1", 2), ("b", 3), ("01", 5), ("4294967295", 6), ("__proto__", 7)];
    assert_eq!(object, Ok(Value::from_iter(keys)));
  }

  #[test]
  fn what_is_no_json_text_is_an_error() {
    let malformed = [
      " ",
      "[",
      "[1",
      "[1,]",
      "[,1]",
      "[1 2]",
      "{",
      "{\"a\"}",
      "{\"a\":}",
      "{\"a\":1,}",
      "{a:1}",
      "01",
      "-",
      "1.",
      ".5",
      "1e",
      "+1",
      "nul",
      "nulls",
      "\"a",
      "\"\n\"",
      "\"\\x\"",
      "\"\\u12\"",
      "\"\\u12g4\"",
      "1 1",
      "'a'",
      "\u{feff}1",
      "NaN",
    ];
    for text in malformed {
      assert_eq!(from_json(text.as_bytes()), Err(NoJson::Malformed), "{text}");
    }
    assert_eq!(from_json("[".repeat(129).as_bytes()), Err(NoJson::TooDeep));
    assert_eq!(from_json("9".repeat(40).as_bytes()), Err(NoJson::TooLarge));
  }

  #[test]
  fn what_is_written_is_what_is_read() {
    let value = Value::from_iter([
      (
        "numbers",
        Value::List(vec![1.into(), (-0.0).into(), 1.5.into(), i128::MIN.into(), 3e9.into(), 0.000_001.into()]),
      ),
      ("text \"\\\n\u{1}", "grüß 🦀\u{7f}".into()),
      ("none", Value::List(vec![Value::Null, true.into(), Value::from_iter([("", 1)]), Value::Object(Vec::new())])),
    ]);
    let text = to_json(&value).expect("it has no exponents");
    let expected = concat!(
      r#"{"numbers":[1,-0,1.5,-170141183460469231731687303715884105728,3000000000,0.000001],"#,
      "\"text \\\"\\\\\\n\\u0001\":\"grüß 🦀\u{7f}\",",
      r#""none":[null,true,{"":1},{}]}"#,
    );
    assert_eq!(text, expected);
    let read = from_json(text.as_bytes()).expect("it is JSON text");
    // 3e9 is whole.
    assert_eq!(format!("{read:?}"), format!("{value:?}").replace("Float(3000000000.0)", "Integer(3000000000)"));
    assert_eq!(to_json(&vec![1_u8, 2].into()).as_deref(), Some("[1,2]"));
    assert_eq!(to_json(&f64::NAN.into()).as_deref(), Some("null"));
    assert_eq!((to_json(&1e21.into()), to_json(&1e-7.into())), (None, None));
  }
}
