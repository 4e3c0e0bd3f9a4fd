//! The filters that Spin's templates have besides those of Liquid: each changes how a text is spelled.

use std::fmt;

use heck::ToKebabCase;
use heck::ToSnakeCase;
use heck::ToUpperCamelCase;
use liquid_core::Error;
use liquid_core::Filter;
use liquid_core::FilterReflection;
use liquid_core::ParseFilter;
use liquid_core::Result;
use liquid_core::Runtime;
use liquid_core::Value;
use liquid_core::ValueView;
use liquid_core::parser::FilterArguments;
use liquid_core::parser::ParameterReflection;

/// All of them.
pub(crate) const ALL: [Spelling; 5] = [
  Spelling { name: "kebab_case", of: |text| text.to_kebab_case() },
  Spelling { name: "pascal_case", of: |text| text.to_upper_camel_case() },
  Spelling { name: "dotted_pascal_case", of: dotted_pascal_case },
  Spelling { name: "snake_case", of: |text| text.to_snake_case() },
  Spelling { name: "http_wildcard", of: http_wildcard },
];

/// A filter without parameters, from text to text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelling {
  name: &'static str,
  of: fn(&str) -> String,
}

impl FilterReflection for Spelling {
  fn name(&self) -> &str {
    self.name
  }

  fn description(&self) -> &str {
    ""
  }

  fn positional_parameters(&self) -> &'static [ParameterReflection] {
    &[]
  }

  fn keyword_parameters(&self) -> &'static [ParameterReflection] {
    &[]
  }
}

impl ParseFilter for Spelling {
  fn parse(&self, _: FilterArguments<'_>) -> Result<Box<dyn Filter>> {
    Ok(Box::new(*self))
  }

  fn reflection(&self) -> &dyn FilterReflection {
    self
  }
}

impl Filter for Spelling {
  fn evaluate(&self, input: &dyn ValueView, _: &dyn Runtime) -> Result<Value> {
    let text = input.as_scalar().ok_or_else(|| Error::with_msg("a text is expected"))?.into_string();
    Ok(Value::scalar((self.of)(&text)))
  }
}

impl fmt::Display for Spelling {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(self.name)
  }
}

fn dotted_pascal_case(text: &str) -> String {
  text.split('.').map(|part| part.to_upper_camel_case()).collect::<Vec<_>>().join(".")
}

/// A route that takes what is below it, too.
fn http_wildcard(route: &str) -> String {
  match route.strip_suffix("/...") {
    Some(_) => route.to_string(),
    None => format!("{}/...", route.strip_suffix('/').unwrap_or(route)),
  }
}
