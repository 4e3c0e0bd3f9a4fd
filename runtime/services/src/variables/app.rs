//! The variables of an app.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Variable;
use crate::VariableFailure;
use crate::Variables;

/// What an app declares, and who has the values: the first provider that has one, then the value by default.
#[derive(Default)]
pub(crate) struct AppVariables {
  pub(crate) declared: BTreeMap<String, Variable>,
  pub(crate) providers: Vec<Arc<dyn Variables>>,
}

impl AppVariables {
  pub(crate) async fn get(&self, name: &str) -> Result<String, VariableFailure> {
    for provider in &self.providers {
      if let Some(value) = provider.get(name).await? {
        return Ok(value);
      }
    }
    self.declared.get(name).and_then(|variable| variable.default.clone()).ok_or_else(|| {
      let in_environment = name.to_ascii_uppercase();
      VariableFailure::Provider(format!(
        "the variable {name} has no value; give it one: --variable {name}=…, or SPIN_VARIABLE_{in_environment}=… in the environment"
      ))
    })
  }
}
