//! What `--variable` takes.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;

use app_manifest::load_values;

use crate::error::UpError;

/// Where values of variables are: `NAME=VALUE`, `NAME=@FILE`, `@FILE.json` or `@FILE.toml`.
#[derive(Clone, Debug)]
pub enum VariableSource {
  /// The value of this variable is this.
  Value(String, String),
  /// The value of this variable is all that is in the file.
  Text(String, PathBuf),
  /// The file has values by the names of variables, in JSON or TOML.
  Table(PathBuf),
}

impl FromStr for VariableSource {
  type Err = String;

  fn from_str(text: &str) -> Result<Self, String> {
    if let Some(path) = text.strip_prefix('@') {
      return match Path::new(path).extension().is_some_and(|extension| extension == "json" || extension == "toml") {
        true => Ok(Self::Table(path.into())),
        false => Err(format!("a file of variables ends in .json or .toml, not {path:?}")),
      };
    }
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    // The text may be a secret's.
    let (name, value) = pair.ok_or("write NAME=VALUE, NAME=@FILE, @FILE.json or @FILE.toml")?;
    Ok(match value.strip_prefix('@') {
      Some(path) => Self::Text(name.to_string(), path.into()),
      None => Self::Value(name.to_string(), value.to_string()),
    })
  }
}

/// As the flag has it.
impl fmt::Display for VariableSource {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::Value(name, value) => write!(f, "{name}={value}"),
      Self::Text(name, path) => write!(f, "{name}=@{}", path.display()),
      Self::Table(path) => write!(f, "@{}", path.display()),
    }
  }
}

impl VariableSource {
  /// The values by the names of variables.
  pub(crate) fn values(&self) -> Result<BTreeMap<String, String>, UpError> {
    Ok(match self {
      Self::Value(name, value) => BTreeMap::from([(name.clone(), value.clone())]),
      Self::Text(name, path) => match std::fs::read_to_string(path) {
        Ok(value) => BTreeMap::from([(name.clone(), value)]),
        Err(error) => {
          return Err(UpError::Components(vec![format!("--variable {name}: {}: {error}", path.display())]));
        }
      },
      Self::Table(path) => load_values(path)?,
    })
  }
}
