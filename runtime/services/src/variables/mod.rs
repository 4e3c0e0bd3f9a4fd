//! Variables and secrets: an app declares them, providers have their values, and each component gets those of its own,
//! made from templates.

mod app;
mod environment;
mod name;
mod template;
mod vault;

use std::collections::HashMap;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;

pub(crate) use app::AppVariables;
pub use environment::EnvironmentVariables;
pub(crate) use name::check;
pub use template::Template;
pub use vault::VaultVariables;

/// Who has values of variables.
pub trait Variables: Send + Sync {
  /// The value of one of the app's variables, if this provider has it.
  fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, VariableFailure>>;
}

/// What an app says of a variable. One without a value by default is required.
#[derive(Clone, Debug, Default)]
pub struct Variable {
  /// What it is unless a provider says otherwise.
  pub default: Option<String>,
}

/// Why there is no value.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "kind", content = "reason", rename_all = "kebab-case")]
pub enum VariableFailure {
  /// It is no name of a variable.
  #[error("{0}")]
  InvalidName(String),
  /// The component has no such variable; the words say what to add to the manifest.
  #[error("{0}")]
  Undefined(String),
  /// No provider has a value, or one has failed.
  #[error("{0}")]
  Provider(String),
}

/// Values that are known from the beginning.
#[derive(Clone, Default)]
pub struct StaticVariables {
  values: HashMap<String, String>,
}

impl StaticVariables {
  /// Provides these.
  pub fn new(values: HashMap<String, String>) -> Self {
    Self { values }
  }
}

impl Variables for StaticVariables {
  fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<String>, VariableFailure>> {
    let value = self.values.get(name).cloned();
    async { Ok(value) }.boxed()
  }
}
