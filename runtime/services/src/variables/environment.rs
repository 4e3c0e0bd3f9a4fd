//! Variables in the environment, and in a file `.env`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::VariableFailure;
use crate::Variables;

const PREFIX: &str = "SPIN_VARIABLE";

/// The environment: `SPIN_VARIABLE_NAME`, or what a file says of it where the environment does not.
pub struct EnvironmentVariables {
  prefix: String,
  lookup: Lookup,
  file: Option<PathBuf>,
  in_file: OnceLock<HashMap<String, String>>,
}

type Lookup = Box<dyn Fn(&str) -> Option<std::ffi::OsString> + Send + Sync>;

impl EnvironmentVariables {
  /// Reads those with another prefix than `SPIN_VARIABLE`, if one is given, and a file in the format of `.env`. It
  /// need not be there; it is read once, when something is first not found in the environment.
  pub fn new(prefix: Option<String>, file: Option<PathBuf>) -> Self {
    Self::with(prefix, file, Box::new(|name| std::env::var_os(name)))
  }

  fn with(prefix: Option<String>, file: Option<PathBuf>, lookup: Lookup) -> Self {
    Self { prefix: prefix.unwrap_or_else(|| PREFIX.to_owned()), lookup, file, in_file: OnceLock::new() }
  }

  fn value(&self, name: &str) -> Result<Option<String>, VariableFailure> {
    let name = format!("{}_{}", self.prefix, name.to_ascii_uppercase());
    match (self.lookup)(&name) {
      Some(value) => value
        .into_string()
        .map(Some)
        .map_err(|_| VariableFailure::Provider(format!("{name} in the environment is not UTF-8"))),
      None => Ok(self.in_file()?.get(&name).cloned()),
    }
  }

  fn in_file(&self) -> Result<&HashMap<String, String>, VariableFailure> {
    if let Some(read) = self.in_file.get() {
      return Ok(read);
    }
    let read = match &self.file {
      Some(file) => match dotenvy::from_path_iter(file) {
        Ok(entries) => entries.collect::<Result<_, _>>(),
        Err(error) if error.not_found() => Ok(HashMap::new()),
        Err(error) => Err(error),
      },
      None => Ok(HashMap::new()),
    };
    let read = read.map_err(|error| {
      // It may quote a secret: that is for the operator alone.
      tracing::error!(file = ?self.file, %error, "cannot read a file of variables");
      VariableFailure::Provider("the host cannot read its file of variables".to_owned())
    })?;
    Ok(self.in_file.get_or_init(|| read))
  }
}

impl Variables for EnvironmentVariables {
  fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, VariableFailure>> {
    async move { self.value(name) }.boxed()
  }
}

#[cfg(test)]
mod tests {
  use futures::executor::block_on;

  use super::*;

  fn with_file(text: Option<&str>) -> (tempfile::TempDir, EnvironmentVariables) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(".env");
    if let Some(text) = text {
      std::fs::write(&file, text).unwrap();
    }
    let lookup = |name: &str| match name {
      "SPIN_VARIABLE_HOST" => Some("of-environment".into()),
      "SPIN_VARIABLE_EMPTY" => Some(String::new().into()),
      _ => None,
    };
    let variables = EnvironmentVariables::with(None, Some(file), Box::new(lookup));
    (folder, variables)
  }

  fn get(variables: &EnvironmentVariables, name: &str) -> Result<Option<String>, VariableFailure> {
    block_on(variables.get(name))
  }

  #[test]
  fn the_environment_goes_before_the_file() {
    let text = "SPIN_VARIABLE_HOST=of-file\nSPIN_VARIABLE_KEY='s3 cret'\nSPIN_VARIABLE_EMPTY=full\nOTHER=1\n";
    let (_folder, variables) = with_file(Some(text));
    assert_eq!(get(&variables, "host"), Ok(Some("of-environment".to_owned())));
    assert_eq!(get(&variables, "key"), Ok(Some("s3 cret".to_owned())));
    assert_eq!(get(&variables, "empty"), Ok(Some(String::new())));
    assert_eq!(get(&variables, "other"), Ok(None));
  }

  #[test]
  fn the_file_need_not_be_there() {
    let (_folder, variables) = with_file(None);
    assert_eq!(get(&variables, "key"), Ok(None));
  }

  #[test]
  fn a_file_that_cannot_be_read_is_told_without_what_it_says() {
    let (_folder, variables) = with_file(Some("SPIN_VARIABLE_KEY='hush\n"));
    let Err(VariableFailure::Provider(message)) = get(&variables, "key") else { panic!() };
    assert!(!message.contains("hush"), "{message}");
  }
}
