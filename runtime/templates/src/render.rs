//! What a template writes, with the values of its parameters: its texts are in Liquid.

use std::collections::BTreeMap;
use std::path::Path;

use liquid::Object;
use liquid::Parser;
use liquid::ParserBuilder;
use liquid::partials::EagerCompiler;
use liquid::partials::InMemorySource;

use crate::error::TemplateError;
use crate::filters;
use crate::template::Template;

/// How Liquid begins its error about a filter that there is not.
const UNKNOWN_FILTER: &str = "liquid: Unknown filter";

/// Renders the texts of a template.
pub(crate) struct Renderer<'t> {
  template: &'t Template,
  parser: Parser,
  values: Object,
}

impl<'t> Renderer<'t> {
  /// # Errors
  ///
  /// When what the template's files include is wrong.
  pub(crate) fn new(template: &'t Template, values: BTreeMap<String, String>) -> Result<Self, TemplateError> {
    let mut partials = EagerCompiler::<InMemorySource>::empty();
    for (name, bytes) in template.partials() {
      partials.add(name.to_string_lossy(), String::from_utf8_lossy(bytes));
    }
    let mut builder = ParserBuilder::with_stdlib().partials(partials);
    for filter in filters::ALL {
      builder = builder.filter(filter);
    }
    let parser = builder.build().map_err(|error| wrong(template, "its partials", &error))?;
    let values = values.into_iter().map(|(name, value)| (name.into(), liquid::model::Value::scalar(value))).collect();
    Ok(Self { template, parser, values })
  }

  /// What a file is to be. What is no text, or no text of Liquid, stays as it is, as in Spin.
  ///
  /// # Errors
  ///
  /// When it names a filter or a value that there is not.
  pub(crate) fn file(&self, path: &Path, bytes: &[u8]) -> Result<Vec<u8>, TemplateError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(bytes.to_vec()) };
    let name = path.display().to_string();
    match self.parser.parse(text) {
      Ok(parsed) => {
        parsed.render(&self.values).map(String::into_bytes).map_err(|error| wrong(self.template, &name, &error))
      }
      Err(error) if error.to_string().starts_with(UNKNOWN_FILTER) => Err(wrong(self.template, &name, &error)),
      Err(_) => Ok(bytes.to_vec()),
    }
  }

  /// What a text is to be.
  ///
  /// # Errors
  ///
  /// When it is wrong.
  pub(crate) fn text(&self, what: &str, text: &str) -> Result<String, TemplateError> {
    let parsed = self.parser.parse(text).and_then(|parsed| parsed.render(&self.values));
    parsed.map_err(|error| wrong(self.template, what, &error))
  }
}

fn wrong(template: &Template, what: &str, error: &liquid::Error) -> TemplateError {
  TemplateError::Wrong { template: template.id().to_string(), problem: format!("{what}: {}", error.to_string().trim()) }
}
