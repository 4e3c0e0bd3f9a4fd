//! What whoever runs an app says of its services: the file that `--runtime-config-file` names, in Spin's format.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Fault;
use crate::Secret;

/// Where the stores and databases of an app are, and who has values of its variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeConfig {
  /// Where stores and databases are kept that are not named here.
  pub state_dir: Option<PathBuf>,
  /// Key-value stores by their names.
  pub key_value_stores: BTreeMap<String, KeyValueStore>,
  /// Databases by their names.
  pub databases: BTreeMap<String, Database>,
  /// Who is asked for variables, in this order.
  pub variables_providers: Vec<VariablesProvider>,
  /// How many connections to Redis servers components may have at once.
  pub redis_connections: Option<u32>,
  /// How many connections to PostgreSQL servers components may have at once.
  pub postgres_connections: Option<u32>,
  /// What is worth a look.
  pub warnings: Vec<Fault>,
}

/// What is behind the name of a key-value store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValueStore {
  /// A SQLite file; without a path one that goes with the app.
  File(Option<PathBuf>),
  /// A Redis server, by its URL, which may have a password in it.
  Redis(Secret),
}

/// What is behind the name of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
  /// A SQLite file; without a path one that goes with the app.
  File(Option<PathBuf>),
  /// A PostgreSQL server, by its URL, which may have a password in it.
  Postgres(Secret),
}

/// Somebody who has values of variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariablesProvider {
  /// These.
  Static(BTreeMap<String, Secret>),
  /// The environment.
  Environment {
    /// What names begin with, before `_`; `SPIN_VARIABLE` by default.
    prefix: Option<String>,
    /// A file in the format of `.env`, for what is not in the environment.
    file: Option<PathBuf>,
  },
  /// Vault's KV engine, version 2.
  Vault {
    /// Where the server is.
    url: String,
    /// What the host identifies itself by.
    token: Secret,
    /// Where the engine is mounted.
    mount: String,
    /// What the paths of secrets begin with, before `/`.
    prefix: Option<String>,
  },
}
