//! Templates of values: text with `{{ name }}` in it.

use std::fmt;

use crate::VariableFailure;
use crate::variables::AppVariables;
use crate::variables::check;

/// A text in which variables of the app are named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template {
  parts: Vec<Part>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Part {
  Text(String),
  Variable(String),
}

/// Why a text is no template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Malformed(String);

impl fmt::Display for Malformed {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&self.0)
  }
}

impl Template {
  /// Reads one.
  pub fn parse(text: &str) -> Result<Self, Malformed> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
      let (name, after) = after
        .split_once("}}")
        .ok_or_else(|| Malformed(format!("{{{{ is not closed in {text:?}; write {{{{ name }}}}")))?;
      let name = name.trim();
      check(name).map_err(|error| Malformed(format!("in {text:?}, {error}")))?;
      if !before.is_empty() {
        parts.push(Part::Text(before.to_owned()));
      }
      parts.push(Part::Variable(name.to_owned()));
      rest = after;
    }
    if !rest.is_empty() {
      parts.push(Part::Text(rest.to_owned()));
    }
    Ok(Self { parts })
  }

  /// The variables that it names.
  pub fn variables(&self) -> impl Iterator<Item = &str> {
    self.parts.iter().filter_map(|part| match part {
      Part::Text(_) => None,
      Part::Variable(name) => Some(name.as_str()),
    })
  }

  /// The text, with the value of each variable.
  pub(crate) async fn resolve(&self, variables: &AppVariables) -> Result<String, VariableFailure> {
    let mut text = String::new();
    for part in &self.parts {
      match part {
        Part::Text(literal) => text.push_str(literal),
        Part::Variable(name) => text.push_str(&variables.get(name).await?),
      }
    }
    Ok(text)
  }
}

#[cfg(test)]
mod tests {
  use std::sync::Arc;

  use futures::executor::block_on;

  use super::*;
  use crate::StaticVariables;

  fn resolved(text: &str) -> String {
    let template = Template::parse(text).unwrap();
    let values = ["a", "host", "port"].map(|name| (name.to_owned(), format!("<{name}>")));
    let provider = Arc::new(StaticVariables::new(values.into()));
    let variables = AppVariables { providers: vec![provider], ..AppVariables::default() };
    block_on(template.resolve(&variables)).unwrap()
  }

  #[test]
  fn variables_stand_for_their_values() {
    assert_eq!(resolved(""), "");
    assert_eq!(resolved("plain } text { here }}"), "plain } text { here }}");
    assert_eq!(resolved("{{a}}"), "<a>");
    assert_eq!(resolved("https://{{ host }}:{{ port }}/"), "https://<host>:<port>/");
    assert_eq!(Template::parse("{{a}}-{{ b }}").unwrap().variables().collect::<Vec<_>>(), ["a", "b"]);
  }

  #[test]
  fn what_is_no_template_is_refused() {
    for text in ["{{", "a {{ b", "{{ }}", "{{ A }}", "{{ a b }}", "{{ {{ a }} }}"] {
      assert!(Template::parse(text).is_err(), "{text}");
    }
  }
}
