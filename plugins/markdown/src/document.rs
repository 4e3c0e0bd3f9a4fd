//! What a script asks for, and the rendering.

use std::fmt;

use plugin_api::TS;
use pulldown_cmark::Options;
use pulldown_cmark::Parser;
use pulldown_cmark::html;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde::de::value::MapAccessDeserializer;

/// What to read beyond CommonMark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extensions {
  pub(crate) tables: bool,
  pub(crate) footnotes: bool,
  pub(crate) strikethrough: bool,
  pub(crate) tasklists: bool,
}

impl Default for Extensions {
  fn default() -> Self {
    Self { tables: true, footnotes: true, strikethrough: false, tasklists: false }
  }
}

/// A text, alone or with options.
#[derive(Debug, PartialEq, Eq, TS)]
#[ts(crate = "plugin_api::ts_rs", untagged)]
pub(crate) enum Document {
  Text(String),
  WithOptions(TextWithOptions),
}

/// A text and how to read it.
#[derive(Debug, Deserialize, PartialEq, Eq, TS)]
#[serde(deny_unknown_fields)]
#[ts(crate = "plugin_api::ts_rs", optional_fields)]
pub(crate) struct TextWithOptions {
  text: String,
  /// Tables as GitHub has them; unless told otherwise they are read.
  tables: Option<bool>,
  /// `[^1]` and `[^1]: …`; unless told otherwise they are read.
  footnotes: Option<bool>,
  /// `~~text~~`
  strikethrough: Option<bool>,
  /// `- [x] done`
  tasklists: Option<bool>,
}

impl Document {
  pub(crate) fn text(&self) -> &str {
    match self {
      Self::Text(text) => text,
      Self::WithOptions(options) => &options.text,
    }
  }

  pub(crate) fn extensions(&self) -> Extensions {
    let default = Extensions::default();
    match self {
      Self::Text(_) => default,
      Self::WithOptions(options) => Extensions {
        tables: options.tables.unwrap_or(default.tables),
        footnotes: options.footnotes.unwrap_or(default.footnotes),
        strikethrough: options.strikethrough.unwrap_or(default.strikethrough),
        tasklists: options.tasklists.unwrap_or(default.tasklists),
      },
    }
  }
}

impl<'de> Deserialize<'de> for Document {
  /// By hand, because serde's untagged enums do not say which field is wrong.
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    struct TextOrOptions;

    impl<'de> Visitor<'de> for TextOrOptions {
      type Value = Document;

      fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or an object with a text and options")
      }

      fn visit_str<E>(self, text: &str) -> Result<Document, E> {
        Ok(Document::Text(text.to_owned()))
      }

      fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Document, A::Error> {
        TextWithOptions::deserialize(MapAccessDeserializer::new(map)).map(Document::WithOptions)
      }
    }

    deserializer.deserialize_any(TextOrOptions)
  }
}

/// The HTML of a text. Raw HTML in the text is passed through, as CommonMark says: nothing is sanitized.
pub(crate) fn to_html(text: &str, extensions: Extensions) -> String {
  let mut options = Options::empty();
  options.set(Options::ENABLE_TABLES, extensions.tables);
  options.set(Options::ENABLE_FOOTNOTES, extensions.footnotes);
  options.set(Options::ENABLE_STRIKETHROUGH, extensions.strikethrough);
  options.set(Options::ENABLE_TASKLISTS, extensions.tasklists);
  // HTML is mostly somewhat longer than its Markdown.
  let mut out = String::with_capacity(text.len() + text.len() / 2);
  html::push_html(&mut out, Parser::new_ext(text, options));
  out
}

#[cfg(test)]
mod tests {
  use plugin_api::serde_json;

  use super::*;

  const TABLE: &str = "| a | b |\n| - | -: |\n| 1 | 2 |\n";
  const FOOTNOTE: &str = "Text[^1].\n\n[^1]: Note.\n";

  fn document(json: &str) -> Result<Document, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
  }

  fn render(json: &str) -> String {
    let document = document(json).unwrap();
    to_html(document.text(), document.extensions())
  }

  #[test]
  fn examples_of_the_commonmark_specification() {
    for (example, text, expected) in [
      (1, "\tfoo\tbaz\t\tbim\n", "<pre><code>foo\tbaz\t\tbim\n</code></pre>\n"),
      (62, "# foo\n", "<h1>foo</h1>\n"),
      (350, "*foo bar*\n", "<p><em>foo bar</em></p>\n"),
      (482, "[link](/uri \"title\")\n", "<p><a href=\"/uri\" title=\"title\">link</a></p>\n"),
      (633, "foo  \nbaz\n", "<p>foo<br />\nbaz</p>\n"),
    ] {
      assert_eq!(to_html(text, Extensions::default()), expected, "example {example}");
    }
  }

  #[test]
  fn tables_are_on_until_turned_off() {
    let expected = "<table><thead><tr><th>a</th><th style=\"text-align: right\">b</th></tr></thead><tbody>\n\
                    <tr><td>1</td><td style=\"text-align: right\">2</td></tr>\n</tbody></table>\n";
    assert_eq!(to_html(TABLE, Extensions::default()), expected);
    assert!(!to_html(TABLE, Extensions { tables: false, ..Extensions::default() }).contains("<table>"));
  }

  #[test]
  fn footnotes_are_on_until_turned_off() {
    let html = to_html(FOOTNOTE, Extensions::default());
    assert!(html.contains("<sup class=\"footnote-reference\"><a href=\"#1\">1</a></sup>"), "{html}");
    assert!(html.contains("<div class=\"footnote-definition\" id=\"1\">"), "{html}");
    let html = to_html(FOOTNOTE, Extensions { footnotes: false, ..Extensions::default() });
    assert!(!html.contains("footnote"), "{html}");
  }

  #[test]
  fn strikethrough_and_tasklists_are_off_until_turned_on() {
    assert_eq!(render(r#""~~old~~""#), "<p>~~old~~</p>\n");
    assert_eq!(render(r#"{"text": "~~old~~", "strikethrough": true}"#), "<p><del>old</del></p>\n");
    assert_eq!(render(r#""- [x] done""#), "<ul>\n<li>[x] done</li>\n</ul>\n");
    let html = render(r#"{"text": "- [x] done", "tasklists": true}"#);
    assert!(html.contains("<input disabled=\"\" type=\"checkbox\" checked=\"\"/>"), "{html}");
  }

  #[test]
  fn a_document_is_a_string_or_an_object() {
    let of = |json| document(json).map(|document| (document.text().to_owned(), document.extensions()));
    assert_eq!(of(r#""x""#), Ok(("x".to_owned(), Extensions::default())));
    assert_eq!(of(r#"{"text": "x"}"#), Ok(("x".to_owned(), Extensions::default())));
    let extensions = Extensions { tables: false, footnotes: true, strikethrough: true, tasklists: false };
    let json = r#"{"text": "x", "tables": false, "strikethrough": true}"#;
    assert_eq!(of(json), Ok(("x".to_owned(), extensions)));
  }

  #[test]
  fn what_does_not_fit_is_named() {
    for (json, expected) in [
      (r#"{"text": "x", "table": true}"#, "unknown field `table`"),
      (r#"{"tables": true}"#, "missing field `text`"),
      (r#"{"text": "x", "tables": 1}"#, "invalid type: integer `1`"),
      ("null", "expected a text, or an object with a text and options"),
      ("[]", "expected a text, or an object with a text and options"),
    ] {
      let error = document(json).unwrap_err();
      assert!(error.contains(expected), "{json}: {error}");
    }
  }
}
