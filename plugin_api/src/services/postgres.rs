//! PostgreSQL servers.

use plugin_wire::services::Connect;
use plugin_wire::services::PostgresRows;
use plugin_wire::services::PostgresValue;
use plugin_wire::services::Request;

use super::asked::Asked;
use super::connection::ConnectionTo;
use super::handle::Services;

/// A PostgreSQL server.
#[derive(Clone, Debug)]
pub struct Postgres {
  pub(super) services: Services,
  pub(super) address: String,
}

impl Postgres {
  /// A connection of the plugin's own.
  pub fn connect(&self) -> Asked<PostgresConnection> {
    self.services.connect(Connect::Postgres(self.address.clone()))
  }
}

/// A connection to a PostgreSQL server. Its clones are the same one; it is closed with the last.
pub type PostgresConnection = ConnectionTo<Postgres>;

impl PostgresConnection {
  /// Runs one statement, and gives its rows. Parameters are `$1`, `$2` and so on.
  pub fn query(&self, statement: &str, parameters: impl IntoIterator<Item = PostgresValue>) -> Asked<PostgresRows> {
    self.open.ask(|connection| Request::PostgresQuery {
      connection,
      statement: statement.to_string(),
      parameters: parameters.into_iter().collect(),
    })
  }

  /// Runs one statement, and gives how many rows it has changed.
  pub fn execute(&self, statement: &str, parameters: impl IntoIterator<Item = PostgresValue>) -> Asked<u64> {
    self.open.ask(|connection| Request::PostgresExecute {
      connection,
      statement: statement.to_string(),
      parameters: parameters.into_iter().collect(),
    })
  }
}
