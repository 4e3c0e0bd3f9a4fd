//! What one component may use of its app's services.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Failure;
use crate::KeyValue;
use crate::Limits;
use crate::Servers;
use crate::Sql;
use crate::Template;
use crate::VariableFailure;
use crate::permits::Permits;
use crate::postgres::Addresses;
use crate::postgres::Pools;
use crate::postgres::PostgresFailure;
use crate::postgres::PostgresSession;
use crate::redis::RedisFailure;
use crate::redis::RedisSession;
use crate::servers::Asker;
use crate::variables::AppVariables;
use crate::variables::check;

/// What a manifest says that a component may use.
#[derive(Clone, Debug, Default)]
pub struct Grants {
  /// The component's id.
  pub component: String,
  /// Names of key-value stores.
  pub key_value_stores: Vec<String>,
  /// Names of databases.
  pub sqlite_databases: Vec<String>,
  /// The component's variables, and the templates of their values.
  pub variables: BTreeMap<String, String>,
}

/// What a component may use, and nothing else. It can be had in many isolates at once.
#[derive(Clone)]
pub struct Granted {
  inner: Arc<Inner>,
  servers: Option<Arc<dyn Servers>>,
  /// Connections that were made because these servers are allowed.
  addresses: Arc<Addresses>,
}

struct Inner {
  component: String,
  stores: BTreeMap<String, Arc<dyn KeyValue>>,
  databases: BTreeMap<String, Arc<dyn Sql>>,
  templates: BTreeMap<String, Template>,
  variables: Arc<AppVariables>,
  limits: Limits,
  connections: Connections,
}

/// The connections to servers that all components of an app may have open.
#[derive(Clone)]
pub(crate) struct Connections {
  redis: Permits,
  pub(crate) postgres: Arc<Pools>,
}

impl Connections {
  pub(crate) fn new(limits: &Limits) -> Self {
    Self { redis: Permits::new(limits.redis_connections, limits.wait), postgres: Pools::new(limits) }
  }
}

impl Granted {
  pub(crate) fn new(
    component: String,
    stores: BTreeMap<String, Arc<dyn KeyValue>>,
    databases: BTreeMap<String, Arc<dyn Sql>>,
    templates: BTreeMap<String, Template>,
    variables: Arc<AppVariables>,
    limits: Limits,
    connections: Connections,
  ) -> Self {
    let inner = Inner { component, stores, databases, templates, variables, limits, connections };
    Self { inner: Arc::new(inner), servers: None, addresses: Arc::default() }
  }

  /// The same, and to which servers the component may open connections by itself. Without it, it may to none.
  #[must_use]
  pub fn with_servers(mut self, servers: Arc<dyn Servers>) -> Self {
    self.servers = Some(servers);
    self.addresses = Arc::default();
    self
  }

  /// The component, which is told why it is refused.
  pub(crate) fn asker(&self) -> Asker {
    Asker::told(self.servers.clone())
  }

  /// The component as a guest that answers a request of that name, if it answers one.
  pub(crate) fn guest(&self, request: Option<String>) -> Asker {
    Asker::guest(self.servers.clone(), request)
  }

  /// A connection to a Redis server.
  pub(crate) fn redis(&self, address: &str, asker: Asker) -> Result<RedisSession, RedisFailure> {
    let Inner { limits, connections, .. } = &*self.inner;
    RedisSession::new(address, asker, *limits, connections.redis.clone())
  }

  /// A connection to a PostgreSQL server.
  pub(crate) fn postgres(&self, address: &str, asker: Asker) -> Result<PostgresSession, PostgresFailure> {
    let Inner { limits, connections, .. } = &*self.inner;
    PostgresSession::new(address, asker, *limits, &connections.postgres, &self.addresses)
  }

  /// A key-value store.
  pub fn store(&self, name: &str) -> Result<Arc<dyn KeyValue>, Failure> {
    let Inner { stores, component, .. } = &*self.inner;
    stores.get(name).cloned().ok_or_else(|| refused(component, "key-value store", "key_value_stores", stores, name))
  }

  /// A database.
  pub fn database(&self, name: &str) -> Result<Arc<dyn Sql>, Failure> {
    let Inner { databases, component, .. } = &*self.inner;
    databases.get(name).cloned().ok_or_else(|| refused(component, "database", "sqlite_databases", databases, name))
  }

  /// The value of one of the component's variables.
  pub async fn variable(&self, name: &str) -> Result<String, VariableFailure> {
    check(name)?;
    let Inner { templates, component, .. } = &*self.inner;
    let template = templates.get(name).ok_or_else(|| {
      VariableFailure::Undefined(format!(
        "component {component} has no variable {name}; add to [component.{component}.variables]: {name} = \"…\""
      ))
    })?;
    self.resolve(template).await
  }

  /// All of the component's variables.
  pub async fn variables(&self) -> Result<Vec<(String, String)>, VariableFailure> {
    let mut all = Vec::new();
    for (name, template) in &self.inner.templates {
      all.push((name.clone(), self.resolve(template).await?));
    }
    Ok(all)
  }

  /// What the app's services may use up.
  pub fn limits(&self) -> &Limits {
    &self.inner.limits
  }

  async fn resolve(&self, template: &Template) -> Result<String, VariableFailure> {
    template.resolve(&self.inner.variables).await
  }
}

fn refused<T>(component: &str, what: &str, key: &str, granted: &BTreeMap<String, T>, name: &str) -> Failure {
  let names: Vec<_> = granted.keys().map(String::as_str).chain([name]).map(|name| format!("{name:?}")).collect();
  let line = format!("{key} = [{}]", names.join(", "));
  Failure::Refused(format!(
    "component {component} may not use the {what} {name:?}; add to [component.{component}] in the manifest: {line}"
  ))
}
