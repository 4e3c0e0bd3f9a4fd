//! What the app that the plugin is part of gives its components: key-value stores, databases, variables, HTTP
//! requests, connections to Redis and PostgreSQL servers, files. The manifest says which of them the plugin may use;
//! what it may not is an error with the class `NotCapable` and the code `ERR_SERVICE`, whose message says what to add
//! to the manifest.
//!
//! ```
//! use plugin_api::{Interface, OpError, op, services::services};
//!
//! fn deno_plugin_init(interface: &mut dyn Interface) {
//!   interface.register_op("visit", visit);
//! }
//!
//! /// `await plugin.ops.visit()`: how often it was called.
//! #[op]
//! async fn visit() -> Result<i64, OpError> {
//!   services().key_value("default").increment("visits", 1).await
//! }
//! ```
//!
//! What is asked for is begun when the future is first polled, on a thread of the host's, and given up when the future
//! is dropped. Futures are `Send` and borrow nothing: any thread may wait for them, in any executor, and so may one
//! that blocks, by [`block_on`](crate::futures::executor::block_on). When the plugin is closed they end with an error.

mod asked;
mod connection;
mod database;
mod handle;
#[cfg(http_handlers)]
mod http;
mod key_value;
mod postgres;
mod redis;

use std::collections::BTreeMap;
use std::path::PathBuf;

use plugin_wire::services::Request;

pub use asked::Asked;
pub use connection::ConnectionTo;
pub use database::Connection;
pub use database::Database;
pub use handle::Services;
#[cfg(http_handlers)]
pub use http::Http;
pub use key_value::KeyValue;
pub use plugin_wire::services::Column;
pub use plugin_wire::services::Date;
pub use plugin_wire::services::Executed;
pub use plugin_wire::services::PostgresRows;
pub use plugin_wire::services::PostgresValue;
pub use plugin_wire::services::RedisReply;
pub use plugin_wire::services::SqlValue;
pub use plugin_wire::services::Time;
pub use postgres::Postgres;
pub use postgres::PostgresConnection;
pub use redis::Redis;
pub use redis::RedisConnection;

use crate::host::current;

/// The services of the plugin whose init, op or op future is running, as `interface.services()` gives them. They may be
/// kept, and moved to where no op runs.
///
/// # Panics
///
/// Outside of a plugin's init, op or op future.
#[track_caller]
pub fn services() -> Services {
  Services::of(current("services"))
}

impl Services {
  /// A key-value store of the app's: `key_value_stores` of the manifest.
  pub fn key_value(&self, name: &str) -> KeyValue {
    KeyValue { services: self.clone(), name: name.to_string() }
  }

  /// A database of the app's: `sqlite_databases` of the manifest.
  pub fn database(&self, name: &str) -> Database {
    Database { services: self.clone(), name: name.to_string() }
  }

  /// Other servers, for HTTP requests: those that `allowed_outbound_hosts` of the manifest names, and the app itself
  /// where that names `http://self`. With the feature `http`.
  #[cfg(http_handlers)]
  pub fn http(&self) -> Http {
    Http { services: self.clone(), redirects: 0 }
  }

  /// A Redis server, by an address such as `redis://user:password@host:port`, that `allowed_outbound_hosts` of the
  /// manifest names.
  pub fn redis(&self, address: &str) -> Redis {
    Redis { services: self.clone(), address: address.to_string() }
  }

  /// A PostgreSQL server, by an address such as `postgres://user:password@host:port/database`, that
  /// `allowed_outbound_hosts` of the manifest names.
  pub fn postgres(&self, address: &str) -> Postgres {
    Postgres { services: self.clone(), address: address.to_string() }
  }

  /// The value of a variable of the component's.
  pub fn variable(&self, name: &str) -> Asked<String> {
    self.ask(&Request::Variable { name: name.to_string() })
  }

  /// All variables of the component's, by their names.
  pub fn variables(&self) -> Asked<BTreeMap<String, String>> {
    self.ask(&Request::Variables)
  }

  /// The component's `environment` of the manifest. That of the process is the host's, and the same for all plugins.
  pub fn environment(&self) -> Asked<BTreeMap<String, String>> {
    self.ask(&Request::Environment)
  }

  /// Where a file or a folder lies that `files` of the manifest gives the component, by its name there, such as
  /// `/texts/a.txt`. What lies there is a copy, and goes with this version of the app.
  pub fn path(&self, name: &str) -> Asked<PathBuf> {
    self.ask(&Request::Path { path: name.to_string() })
  }
}
