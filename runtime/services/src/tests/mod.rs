//! Services over files, as components use them.

mod grants;
mod key_value;
mod requests;
mod sql;
mod statements;

use std::collections::BTreeMap;
use std::sync::Arc;

use tempfile::TempDir;

use crate::Executed;
use crate::Failure;
use crate::Grants;
use crate::Limits;
use crate::Services;
use crate::SqlSession;
use crate::Value;

/// An app whose state is in a folder of its own.
struct App {
  folder: TempDir,
  services: Services,
}

impl App {
  fn new() -> Self {
    Self::with(Limits::default())
  }

  fn with(limits: Limits) -> Self {
    let folder = tempfile::tempdir().unwrap();
    let services = Services::builder(folder.path()).limits(limits).build().unwrap();
    Self { folder, services }
  }

  fn connect(&self) -> Arc<dyn SqlSession> {
    self.services.database("default").connect()
  }
}

fn grants(component: &str, stores: &[&str], databases: &[&str], variables: &[(&str, &str)]) -> Grants {
  let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
  let variables: BTreeMap<_, _> = variables.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect();
  Grants {
    component: component.to_owned(),
    key_value_stores: owned(stores),
    sqlite_databases: owned(databases),
    variables,
  }
}

async fn execute(session: &Arc<dyn SqlSession>, statement: &str, parameters: &[Value]) -> Result<Executed, Failure> {
  session.execute(statement.to_owned(), parameters.to_vec()).await
}

/// The values of the first row.
async fn row(session: &Arc<dyn SqlSession>, statement: &str) -> Vec<Value> {
  execute(session, statement, &[]).await.unwrap().rows.remove(0)
}

async fn message(session: &Arc<dyn SqlSession>, statement: &str) -> String {
  execute(session, statement, &[]).await.unwrap_err().to_string()
}

fn text(text: &str) -> Value {
  Value::Text(text.to_owned())
}
