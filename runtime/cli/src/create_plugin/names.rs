//! Names of crates that can be plugins.

use super::error::CreatePluginError;

/// Longest name: what the plugin's descriptor has room for, and crates.io.
const MAX_NAME: usize = 64;

/// Keywords of every edition, and those that are kept for later ones: no name of a library.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false \
  final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
  trait true try type typeof unsafe unsized use virtual where while yield";

/// Crates that a plugin sees under these names.
const CRATES: &str = "alloc anyhow core deno_core deno_json_op futures plugbay plugin_abi plugin_api plugin_api_macros \
  plugin_wire proc_macro serde serde_derive serde_json std test";

/// Names that Windows keeps for devices, also with an extension.
const DEVICES: &str = "aux com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 \
  lpt7 lpt8 lpt9 nul prn";

/// Keywords of WIT that are names of libraries.
const WIT_KEYWORDS: &str = "bool borrow char constructor error-context export f32 f64 flags from func future import \
  include interface list map option own package record resource result s16 s32 s64 s8 stream string tuple u16 u32 u64 \
  u8 variant with world";

/// The name of a library in WIT, whose words are joined by hyphens.
pub(super) fn wit_name(library: &str) -> String {
  library.replace('_', "-")
}

/// A name as it stands in WIT, where one that is a keyword has a sign before it.
pub(super) fn wit_identifier(name: &str) -> String {
  let is_keyword = WIT_KEYWORDS.split_whitespace().any(|word| word == name);
  if is_keyword { format!("%{name}") } else { name.to_string() }
}

/// The name of the library of a crate called `name`: snake case, as rustc wants it.
pub(super) fn library_name(name: &str) -> Result<String, CreatePluginError> {
  // What is right in it; also the name, when all of it is.
  let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
  let library = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
  let problem = if name.is_empty() {
    "the name is empty".to_string()
  } else if let Some(odd) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
    format!("{odd:?} is no character of a crate's name, which has ASCII letters, digits, - and _")
  } else if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
    "a plugin's name starts with a letter".to_string()
  } else if name.len() > MAX_NAME {
    format!("it has {} characters, and {MAX_NAME} are the most", name.len())
  } else if let Some(what) = taken_by(&library) {
    format!("{library} is {what}")
  } else {
    return Ok(library);
  };
  let start = library.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
  let suggestion = match &start[..start.len().min(MAX_NAME)] {
    "" => "my_plugin".to_string(),
    word if taken_by(word).is_some() => format!("{word}_plugin"),
    word => word.trim_end_matches('_').to_string(),
  };
  Err(CreatePluginError::Name { name: name.to_string(), problem, suggestion })
}

/// What else has this name, if something has.
fn taken_by(library: &str) -> Option<&'static str> {
  let lists = [
    (KEYWORDS, "a keyword of Rust"),
    (CRATES, "a crate that every plugin sees"),
    (DEVICES, "the name of a device on Windows"),
  ];
  lists.iter().find(|(list, _)| list.split_whitespace().any(|word| word == library)).map(|(_, what)| *what)
}
