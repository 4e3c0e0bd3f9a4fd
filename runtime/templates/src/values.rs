//! The values of a template's parameters: given, asked for, or their defaults.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use regex::Regex;

use crate::error::TemplateError;
use crate::metadata::Parameter;
use crate::metadata::Variant;

/// Somebody who can be asked.
pub trait Ask {
  /// The answer to a question, a line; `None` when nobody answers any more.
  fn ask(&mut self, question: &str) -> Option<String>;
}

/// The value of each parameter that counts.
///
/// # Errors
///
/// Values that are given and not taken; or else the first that nobody gives.
pub(crate) fn gather(
  parameters: &IndexMap<String, Parameter>,
  variant: &Variant,
  given: &[(String, String)],
  takes_defaults: bool,
  ask: &mut dyn Ask,
) -> Result<BTreeMap<String, String>, TemplateError> {
  let mut faults = Vec::new();
  for (name, value) in given {
    match parameters.get(name) {
      None => faults.push(format!("the template has no parameter {name}; it has {}", listed(parameters))),
      Some(parameter) => faults.extend(fault(parameter, value).map(|fault| format!("--value {name}: {fault}"))),
    }
  }
  if !faults.is_empty() {
    return Err(TemplateError::Values(faults));
  }
  let mut values = BTreeMap::new();
  for (name, parameter) in parameters.iter().filter(|(name, _)| !variant.skip_parameters.contains(name)) {
    let said = given.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.clone());
    let default = parameter.default.clone().filter(|_| takes_defaults);
    let value = said.or(default).or_else(|| asked(parameter, ask));
    let value = value.ok_or_else(|| {
      let all = if parameter.default.is_some() { ", or take the defaults with --accept-defaults" } else { "" };
      TemplateError::Values(vec![format!(
        "{name} ({}) has no value: give it by --value {name}=…{all}",
        parameter.prompt
      )])
    })?;
    values.insert(name.clone(), value);
  }
  Ok(values)
}

/// What is answered, asked again until it is right.
fn asked(parameter: &Parameter, ask: &mut dyn Ask) -> Option<String> {
  let choices = parameter.allowed_values.as_ref().map(|all| format!(" ({})", all.join(", "))).unwrap_or_default();
  let default = parameter.default.as_ref().map(|default| format!(" [{default}]")).unwrap_or_default();
  let question = format!("{}{choices}{default}: ", parameter.prompt);
  let mut problem = String::new();
  loop {
    let answer = ask.ask(&format!("{problem}{question}"))?;
    let answer = match &parameter.default {
      Some(default) if answer.is_empty() => default.clone(),
      _ => answer,
    };
    match fault(parameter, &answer) {
      None => return Some(answer),
      Some(fault) => problem = format!("{fault}\n"),
    }
  }
}

/// What is wrong with a value, if something is.
fn fault(parameter: &Parameter, value: &str) -> Option<String> {
  if let Some(allowed) = parameter.allowed_values.as_ref().filter(|allowed| allowed.iter().all(|one| one != value)) {
    return Some(format!("{value:?} is none of {}", allowed.join(", ")));
  }
  let pattern = parameter.pattern.as_ref()?;
  match Regex::new(pattern) {
    Ok(regex) if regex.is_match(value) => None,
    Ok(_) => Some(format!("{value:?} does not match {pattern}")),
    Err(error) => Some(format!("the template's pattern is wrong: {error}")),
  }
}

fn listed(parameters: &IndexMap<String, Parameter>) -> String {
  if parameters.is_empty() {
    return "none".to_string();
  }
  parameters.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}
