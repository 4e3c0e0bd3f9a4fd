//! The services of an app.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::Granted;
use crate::Grants;
use crate::KeyValue;
use crate::Limits;
use crate::Sql;
use crate::Template;
use crate::Variable;
use crate::VariableFailure;
use crate::Variables;
use crate::granted::Connections;
use crate::postgres::PostgresSql;
use crate::redis::RedisKeyValue;
use crate::sqlite::Database;
use crate::sqlite::SqliteKeyValue;
use crate::sqlite::SqliteSql;
use crate::sqlite::confine;
use crate::sqlite::open_store;
use crate::variables::AppVariables;
use crate::variables::check;

/// Where Spin has the stores of an app, and its database, below the folder of its state.
const STORES: &str = "sqlite_key_value.db";
const DEFAULT_DATABASE: &str = "sqlite_db.db";
const DATABASES: &str = "databases";

/// What an app has: stores and databases, which are opened when they are first used, and variables.
pub struct Services {
  folder: PathBuf,
  limits: Limits,
  stores: Mutex<HashMap<String, Arc<dyn KeyValue>>>,
  databases: Mutex<HashMap<String, Arc<dyn Sql>>>,
  store_file: Arc<Database>,
  variables: Arc<AppVariables>,
  connections: Connections,
}

/// Says what an app has.
pub struct Builder {
  folder: PathBuf,
  limits: Limits,
  stores: HashMap<String, Arc<dyn KeyValue>>,
  databases: HashMap<String, Arc<dyn Sql>>,
  variables: AppVariables,
  connections: Connections,
}

impl Services {
  /// For an app whose state is in a folder: `.spin` beside its manifest, if nobody says otherwise. It is made when
  /// something is first kept there.
  pub fn builder(state_folder: impl Into<PathBuf>) -> Builder {
    let limits = Limits::default();
    Builder {
      folder: state_folder.into(),
      limits,
      connections: Connections::new(&limits),
      stores: HashMap::new(),
      databases: HashMap::new(),
      variables: AppVariables::default(),
    }
  }

  /// What a component may use. Everything that is wrong with what it asks for is said at once.
  pub fn grant(&self, grants: Grants) -> Result<Granted, Vec<String>> {
    let mut faults = Vec::new();
    let mut templates = BTreeMap::new();
    let component = &grants.component;
    for (name, text) in grants.variables {
      if let Err(failure) = check(&name) {
        faults.push(format!("component {component}: {failure}"));
        continue;
      }
      match Template::parse(&text) {
        Err(error) => faults.push(format!("component {component}: variable {name}: {error}")),
        Ok(template) => {
          for unknown in template.variables().filter(|name| !self.variables.declared.contains_key(*name)) {
            faults.push(format!(
              "component {component}: variable {name}: the app has no variable {unknown}; add it to [variables]"
            ));
          }
          templates.insert(name, template);
        }
      }
    }
    if !faults.is_empty() {
      return Err(faults);
    }
    let stores = grants.key_value_stores.into_iter().map(|name| (self.store(&name), name)).map(swap).collect();
    let databases = grants.sqlite_databases.into_iter().map(|name| (self.database(&name), name)).map(swap).collect();
    let (variables, connections) = (self.variables.clone(), self.connections.clone());
    Ok(Granted::new(grants.component, stores, databases, templates, variables, self.limits, connections))
  }

  /// The value of one of the app's variables.
  pub async fn variable(&self, name: &str) -> Result<String, VariableFailure> {
    self.variables.get(name).await
  }

  /// One of the app's stores, by its name.
  pub fn store(&self, name: &str) -> Arc<dyn KeyValue> {
    let mut stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
    let store = || Arc::new(SqliteKeyValue::new(self.store_file.clone(), name)) as Arc<dyn KeyValue>;
    stores.entry(name.to_owned()).or_insert_with(store).clone()
  }

  /// One of the app's databases, by its name.
  pub fn database(&self, name: &str) -> Arc<dyn Sql> {
    let mut databases = self.databases.lock().unwrap_or_else(PoisonError::into_inner);
    let database = || database_at(self.folder.join(file_of(name)), name, self.limits);
    databases.entry(name.to_owned()).or_insert_with(database).clone()
  }
}

fn swap<A, B>((a, b): (A, B)) -> (B, A) {
  (b, a)
}

fn database_at(path: PathBuf, name: &str, limits: Limits) -> Arc<dyn Sql> {
  Arc::new(SqliteSql::new(Database::new(path, format!("the database {name}"), limits, confine)))
}

/// Whatever a database is called, its file is in its folder.
fn file_of(name: &str) -> PathBuf {
  if name == "default" {
    return DEFAULT_DATABASE.into();
  }
  // A name that is empty has a file as well.
  let mut file = String::from(if name.is_empty() { "%" } else { "" });
  for byte in name.bytes() {
    match byte {
      b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => file.push(char::from(byte)),
      // Files may differ in more than the case of letters.
      _ => file.push_str(&format!("%{byte:02x}")),
    }
  }
  Path::new(DATABASES).join(file + ".db")
}

impl Builder {
  /// What all of it may use up: said first, as stores are made with it.
  #[must_use]
  pub fn limits(mut self, limits: Limits) -> Self {
    self.limits = limits;
    self.connections = Connections::new(&limits);
    self
  }

  /// Has a store of a name be this one.
  #[must_use]
  pub fn store(mut self, name: impl Into<String>, store: Arc<dyn KeyValue>) -> Self {
    self.stores.insert(name.into(), store);
    self
  }

  /// Has a store of a name be in a file of its own.
  #[must_use]
  pub fn store_file(self, name: &str, path: impl Into<PathBuf>) -> Self {
    let store = SqliteKeyValue::new(open_store(path.into(), self.limits), name);
    self.store(name, Arc::new(store))
  }

  /// Has a store of a name be in a Redis server: `redis://user:password@host:port/database`, or `rediss://` for TLS.
  /// It is connected to when it is first used.
  ///
  /// # Errors
  ///
  /// When the URL is none. It may have a password in it: the words do not repeat it.
  pub fn redis_store(self, name: &str, url: &str) -> Result<Self, String> {
    let store = RedisKeyValue::new(name, url, self.limits);
    let store = store.ok_or_else(|| format!("the URL of the key-value store {name} is none of a Redis server"))?;
    Ok(self.store(name, Arc::new(store)))
  }

  /// Has a database of a name be this one.
  #[must_use]
  pub fn database(mut self, name: impl Into<String>, database: Arc<dyn Sql>) -> Self {
    self.databases.insert(name.into(), database);
    self
  }

  /// Has a database of a name be in another file.
  #[must_use]
  pub fn database_file(self, name: &str, path: impl Into<PathBuf>) -> Self {
    let database = database_at(path.into(), name, self.limits);
    self.database(name, database)
  }

  /// Has a database of a name be in a PostgreSQL server: `postgres://user:password@host:port/database`. It is connected
  /// to when it is first used; its connections count as those that components open by themselves.
  ///
  /// # Errors
  ///
  /// When the URL is none. It may have a password in it: the words do not repeat it.
  pub fn postgres_database(self, name: &str, url: &str) -> Result<Self, String> {
    let database = PostgresSql::new(name, url, self.limits, &self.connections.postgres);
    let database = database.ok_or_else(|| format!("the URL of the database {name} is none of a PostgreSQL server"))?;
    Ok(self.database(name, Arc::new(database)))
  }

  /// Declares a variable of the app.
  #[must_use]
  pub fn variable(mut self, name: impl Into<String>, variable: Variable) -> Self {
    self.variables.declared.insert(name.into(), variable);
    self
  }

  /// Adds somebody who has values of variables. Who was added first is asked first.
  #[must_use]
  pub fn provider(mut self, provider: Arc<dyn Variables>) -> Self {
    self.variables.providers.push(provider);
    self
  }

  /// The services. Names of variables that are none are said all at once.
  pub fn build(self) -> Result<Services, Vec<String>> {
    let faults: Vec<_> =
      self.variables.declared.keys().filter_map(|name| check(name).err()).map(|failure| failure.to_string()).collect();
    if !faults.is_empty() {
      return Err(faults);
    }
    // SQLite would take `file:…` for more than a path.
    let folder = std::path::absolute(&self.folder).map_err(|error| vec![error.to_string()])?;
    Ok(Services {
      store_file: open_store(folder.join(STORES), self.limits),
      folder,
      limits: self.limits,
      stores: Mutex::new(self.stores),
      databases: Mutex::new(self.databases),
      variables: Arc::new(self.variables),
      connections: self.connections,
    })
  }
}
