//! The services of an app: where its stores and databases are, and who has values of its variables.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use app_manifest::App;
use plugbay::services::EnvironmentVariables;
use plugbay::services::Services;
use plugbay::services::StaticVariables;
use plugbay::services::Variable;

/// What whoever runs an app says of its services.
#[derive(Clone, Debug, Default)]
pub struct ServiceOptions {
  /// Where stores and databases are kept; `.spin` beside the manifest by default.
  pub state: Option<PathBuf>,
  /// Values of variables.
  pub variables: Vec<(String, String)>,
}

/// The services of an app.
///
/// # Errors
///
/// What is wrong with the names of its variables.
pub(crate) fn services_of(app: &App, options: &ServiceOptions) -> Result<Services, Vec<String>> {
  let state = options.state.clone().unwrap_or_else(|| app.directory.join(".spin"));
  let mut builder = Services::builder(state);
  for (name, variable) in &app.variables {
    builder = builder.variable(name, Variable { default: variable.default.clone() });
  }
  let unknown = options.variables.iter().filter(|(name, _)| !app.variables.contains_key(name));
  let unknown = unknown.map(|(name, _)| format!("the app has no variable {name}: --variable {name} is for nothing"));
  let unknown = unknown.collect::<Vec<_>>();
  if !unknown.is_empty() {
    return Err(unknown);
  }
  let given = StaticVariables::new(options.variables.iter().cloned().collect());
  builder = builder.provider(Arc::new(given));
  builder = builder.provider(Arc::new(EnvironmentVariables::new(None, Some(app.directory.join(".env")))));
  builder.build()
}

/// The values of the app's variables.
///
/// # Errors
///
/// Those that must have a value and have none.
pub(crate) async fn values_of(app: &App, services: &Services) -> Result<BTreeMap<String, String>, Vec<String>> {
  let (mut values, mut faults) = (BTreeMap::new(), Vec::new());
  for name in app.variables.keys() {
    match services.variable(name).await {
      Ok(value) => drop(values.insert(name.clone(), value)),
      Err(failure) => faults.push(failure.to_string()),
    }
  }
  if faults.is_empty() { Ok(values) } else { Err(faults) }
}
