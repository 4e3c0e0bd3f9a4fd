//! Names in TypeScript of what has a name in WIT.

use crate::interface::Name;
use crate::interface::NameForm;

/// Words that TypeScript does not take as the name of a parameter.
const RESERVED: &str = "arguments await break case catch class const continue debugger default delete do else enum eval \
  export extends false finally for function if implements import in instanceof interface let new null package private \
  protected public return static super switch this throw true try typeof var void while with yield";

/// Whether TypeScript does not take a word as the name of a parameter.
pub fn is_reserved(word: &str) -> bool {
  RESERVED.split_whitespace().any(|reserved| reserved == word)
}

/// The name of an interface without its package.
pub(super) fn interface_of(name: &Name) -> &str {
  match &name.form {
    NameForm::Interface { interface, .. } => interface,
    _ => &name.full,
  }
}

pub(super) fn quoted(text: &str) -> String {
  format!("{text:?}")
}

/// As names.js of the world of components has it.
pub(super) fn camel_case(name: &str) -> String {
  let pascal = pascal_case(name);
  let first = name.split('-').next().unwrap_or_default().to_lowercase();
  let rest = pascal.get(first.len()..).unwrap_or_default();
  format!("{first}{rest}")
}

/// The name in a class of a function that cannot have the name `taken`.
pub(super) fn member_name(name: &str, taken: &str) -> String {
  let name = camel_case(name);
  if name == taken { format!("{name}_") } else { name }
}

pub(super) fn pascal_case(name: &str) -> String {
  let words = name.split('-').enumerate().map(|(index, word)| {
    let word = if index == 0 { word.to_lowercase() } else { word.to_string() };
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
  });
  words.collect()
}
