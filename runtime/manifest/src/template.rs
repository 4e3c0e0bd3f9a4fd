//! Texts with `{{ name }}` of variables.

use thiserror::Error;

/// A text in which `{{ name }}` stands for the value of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
  parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
  Literal(String),
  Variable { name: String, at: usize },
}

/// What is wrong with a template, and at which byte of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct TemplateFault {
  /// The byte of the text.
  pub at: usize,
  /// What is wrong.
  pub message: String,
}

impl Template {
  /// Reads a text.
  ///
  /// # Errors
  ///
  /// When a `{{` is not closed.
  pub fn parse(text: &str) -> Result<Self, TemplateFault> {
    let mut parts = Vec::new();
    let mut done = 0;
    while let Some(open) = text[done..].find("{{").map(|open| done + open) {
      if open > done {
        parts.push(Part::Literal(text[done..open].to_owned()));
      }
      let inner = &text[open + 2..];
      let Some(length) = inner.find("}}") else {
        return Err(TemplateFault { at: open, message: "`{{` is not closed by `}}`".to_owned() });
      };
      let name = &inner[..length];
      let at = open + 2 + (name.len() - name.trim_start().len());
      parts.push(Part::Variable { name: name.trim().to_owned(), at });
      done = open + 2 + length + 2;
    }
    if done < text.len() {
      parts.push(Part::Literal(text[done..].to_owned()));
    }
    Ok(Self { parts })
  }

  /// Whether no variable is in it.
  #[must_use]
  pub fn is_literal(&self) -> bool {
    self.names().next().is_none()
  }

  /// The variables in it, each with the byte at which its name stands.
  pub fn names(&self) -> impl Iterator<Item = (&str, usize)> {
    self.parts.iter().filter_map(|part| match part {
      Part::Variable { name, at } => Some((name.as_str(), *at)),
      Part::Literal(_) => None,
    })
  }

  /// The text with the values that `resolve` knows.
  ///
  /// # Errors
  ///
  /// When `resolve` does not know one.
  pub fn expand(&self, mut resolve: impl FnMut(&str) -> Option<String>) -> Result<String, TemplateFault> {
    let mut text = String::new();
    for part in &self.parts {
      match part {
        Part::Literal(literal) => text.push_str(literal),
        Part::Variable { name, at } => match resolve(name) {
          Some(value) => text.push_str(&value),
          None => return Err(TemplateFault { at: *at, message: format!("there is no variable `{name}`") }),
        },
      }
    }
    Ok(text)
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn values(name: &str) -> Option<String> {
    match name {
      "host" => Some("example.com".to_owned()),
      "braces" => Some("{{ host }}".to_owned()),
      _ => None,
    }
  }

  #[test]
  fn expands() {
    for (text, wanted) in [
      ("", ""),
      ("a", "a"),
      ("https://{{ host }}/x", "https://example.com/x"),
      ("{{host}}{{  host  }}", "example.comexample.com"),
      // A value is no template.
      ("{{ braces }}", "{{ host }}"),
      ("}} é {", "}} é {"),
    ] {
      assert_eq!(Template::parse(text).unwrap().expand(values).as_deref(), Ok(wanted), "{text}");
    }
  }

  #[test]
  fn tells_where() {
    assert_eq!(Template::parse("é{{ a }} {{ b").unwrap_err().at, 10);
    let fault = Template::parse("{{ host }} {{  nobody }}").unwrap().expand(values).unwrap_err();
    assert_eq!((fault.at, fault.to_string().as_str()), (15, "there is no variable `nobody`"));
    // An empty name is no name.
    assert_eq!(Template::parse("{{}}").unwrap().expand(values).unwrap_err().at, 2);
  }

  #[test]
  fn tells_names() {
    let template = Template::parse("{{ a }}-{{b}}").unwrap();
    assert_eq!(template.names().collect::<Vec<_>>(), [("a", 3), ("b", 10)]);
    assert!(!template.is_literal());
    assert!(Template::parse("{ a }").unwrap().is_literal());
  }
}
