//! The services of an app: where its stores and databases are, and who has values of its variables.

mod at_start;
mod configured;
mod variable_source;

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use app_manifest::App;
use app_manifest::load_runtime_config;
use futures::future::join_all;
use plugbay::services::EnvironmentVariables;
use plugbay::services::Services;
use plugbay::services::StaticVariables;
use plugbay::services::Variable;

use crate::error::UpError;
pub use at_start::SqlSource;
pub(crate) use at_start::fill;
use configured::configure;
pub use variable_source::VariableSource;

/// What whoever runs an app says of its services.
#[derive(Clone, Debug, Default)]
pub struct ServiceOptions {
  /// Where stores and databases are kept; `.spin` beside the manifest by default.
  pub state: Option<PathBuf>,
  /// A file that says where stores and databases are, and who has values of variables.
  pub config: Option<PathBuf>,
  /// Values of variables. Of one that is there twice, the last counts.
  pub variables: Vec<VariableSource>,
  /// Keys of the default store, and the values that they are given at the start.
  pub key_values: Vec<(String, String)>,
  /// Statements that are run at the start.
  pub sql: Vec<SqlSource>,
}

/// The services of an app. `passing` is a folder for what need not outlive it.
///
/// # Errors
///
/// What is wrong with the file of settings, and with the names of variables.
pub(crate) fn services_of(app: &App, options: &ServiceOptions, passing: &Path) -> Result<Services, UpError> {
  let config = options.config.as_deref().map(load_runtime_config).transpose()?;
  let state_dir = config.as_ref().and_then(|config| config.state_dir.clone());
  let state = options.state.clone().or(state_dir).unwrap_or_else(|| app.directory.join(".spin"));
  let mut builder = Services::builder(state);
  for (name, variable) in &app.variables {
    builder = builder.variable(name, Variable { default: variable.default.clone() });
  }
  builder = builder.provider(Arc::new(StaticVariables::new(given(app, &options.variables)?.into_iter().collect())));
  if let Some(config) = config {
    config.warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    builder = configure(builder, config, passing)?;
  }
  builder = builder.provider(Arc::new(EnvironmentVariables::new(None, Some(app.directory.join(".env")))));
  builder.build().map_err(UpError::Components)
}

/// The values of variables that were given on the command line.
fn given(app: &App, sources: &[VariableSource]) -> Result<BTreeMap<String, String>, UpError> {
  let mut given = BTreeMap::new();
  for source in sources {
    given.append(&mut source.values()?);
  }
  let unknown = given.keys().filter(|name| !app.variables.contains_key(*name));
  let unknown = unknown.map(|name| format!("the app has no variable {name}: --variable {name} is for nothing"));
  let unknown = unknown.collect::<Vec<_>>();
  if unknown.is_empty() { Ok(given) } else { Err(UpError::Components(unknown)) }
}

/// The values of the app's variables.
///
/// # Errors
///
/// Those that must have a value and have none.
pub(crate) async fn values_of(app: &App, services: &Services) -> Result<BTreeMap<String, String>, Vec<String>> {
  let (mut values, mut faults) = (BTreeMap::new(), Vec::new());
  // Who has them may be far away.
  let asked = join_all(app.variables.keys().map(|name| services.variable(name))).await;
  for (name, value) in app.variables.keys().zip(asked) {
    match value {
      Ok(value) => drop(values.insert(name.clone(), value)),
      Err(failure) => faults.push(failure.to_string()),
    }
  }
  if faults.is_empty() { Ok(values) } else { Err(faults) }
}
