//! What the file of settings says of services.

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use app_manifest::Database;
use app_manifest::KeyValueStore;
use app_manifest::RuntimeConfig;
use app_manifest::VariablesProvider;
use plugbay::services::Builder;
use plugbay::services::EnvironmentVariables;
use plugbay::services::Limits;
use plugbay::services::StaticVariables;
use plugbay::services::VaultVariables;

use crate::error::UpError;

/// Stores, databases and providers as the file says. `passing` is a folder for those that have no file.
pub(crate) fn configure(mut builder: Builder, config: RuntimeConfig, passing: &Path) -> Result<Builder, UpError> {
  let mut limits = Limits::default();
  if let Some(most) = config.redis_connections {
    limits.redis_connections = most as usize;
  }
  if let Some(most) = config.postgres_connections {
    limits.postgres_connections = most as usize;
  }
  builder = builder.limits(limits);
  for (number, (name, store)) in config.key_value_stores.into_iter().enumerate() {
    builder = match store {
      KeyValueStore::File(path) => {
        builder.store_file(&name, file(path, || passing.join(format!("key-value-{number}.db")))?)
      }
      KeyValueStore::Redis(url) => {
        builder.redis_store(&name, url.expose()).map_err(|fault| UpError::Components(vec![fault]))?
      }
    };
  }
  for (number, (name, database)) in config.databases.into_iter().enumerate() {
    builder = match database {
      Database::File(path) => builder.database_file(&name, file(path, || passing.join(format!("sqlite-{number}.db")))?),
      Database::Postgres(url) => {
        builder.postgres_database(&name, url.expose()).map_err(|fault| UpError::Components(vec![fault]))?
      }
    };
  }
  for provider in config.variables_providers {
    builder = match provider {
      VariablesProvider::Static(values) => {
        let values = values.into_iter().map(|(name, value)| (name, value.expose().to_string()));
        builder.provider(Arc::new(StaticVariables::new(values.collect())))
      }
      VariablesProvider::Environment { prefix, file } => {
        builder.provider(Arc::new(EnvironmentVariables::new(prefix, file)))
      }
      VariablesProvider::Vault { url, token, mount, prefix } => {
        let token = token.expose().to_string();
        builder.provider(Arc::new(VaultVariables::new(&url, token, &mount, prefix.as_deref())))
      }
    };
  }
  Ok(builder)
}

/// An absolute path: SQLite would take `file:…` for more than a path.
fn file(given: Option<PathBuf>, passing: impl FnOnce() -> PathBuf) -> io::Result<PathBuf> {
  given.map_or_else(|| Ok(passing()), std::path::absolute)
}
