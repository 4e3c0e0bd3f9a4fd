//! What `--key-value` and `--sqlite` do with stores and databases before an app is served.

use std::path::PathBuf;
use std::str::FromStr;

use plugbay::services::Services;

use crate::stores::ServiceOptions;

/// The store and the database that flags are about which name none.
const DEFAULT: &str = "default";

/// What `--sqlite` takes: `STATEMENTS`, `@FILE` or `@FILE:DATABASE`.
#[derive(Clone, Debug)]
pub enum SqlSource {
  /// Statements for the database `default`.
  Statements(String),
  /// A file of statements.
  File {
    /// The file.
    path: PathBuf,
    /// The database.
    database: String,
  },
}

impl FromStr for SqlSource {
  type Err = String;

  fn from_str(text: &str) -> Result<Self, String> {
    let Some(file) = text.strip_prefix('@') else { return Ok(Self::Statements(text.to_string())) };
    let (path, database) = file.split_once(':').unwrap_or((file, DEFAULT));
    match (path.trim(), database.trim()) {
      ("", _) => Err("name the file after @".to_string()),
      (_, "") => Err("name the database after the colon, or leave out both".to_string()),
      (path, database) => Ok(Self::File { path: path.into(), database: database.to_string() }),
    }
  }
}

/// Gives keys their values, and runs statements: first statements, in the order of the command line.
///
/// # Errors
///
/// What the first of them that fails says. Values are not told.
pub(crate) async fn fill(services: &Services, options: &ServiceOptions) -> Result<(), Vec<String>> {
  for source in &options.sql {
    run(services, source).await.map_err(|error| vec![error])?;
  }
  if options.key_values.is_empty() {
    return Ok(());
  }
  let store = services.store(DEFAULT);
  for (key, value) in &options.key_values {
    let set = store.set(key.clone(), value.clone().into_bytes()).await;
    set.map_err(|failure| vec![format!("--key-value {key}: {failure}")])?;
  }
  Ok(())
}

async fn run(services: &Services, source: &SqlSource) -> Result<(), String> {
  let (statements, database, what) = match source {
    SqlSource::Statements(statements) => (statements.clone(), DEFAULT, format!("--sqlite {statements:?}")),
    SqlSource::File { path, database } => {
      let what = format!("--sqlite @{}", path.display());
      let statements = std::fs::read_to_string(path).map_err(|error| format!("{what}: {error}"))?;
      (statements, database.as_str(), what)
    }
  };
  services.database(database).connect().execute_all(statements).await.map_err(|failure| format!("{what}: {failure}"))
}
