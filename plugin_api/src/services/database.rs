//! Databases of the app.

use plugin_wire::services::Connect;
use plugin_wire::services::Executed;
use plugin_wire::services::Request;
use plugin_wire::services::SqlValue;

use super::asked::Asked;
use super::connection::ConnectionTo;
use super::handle::Services;

/// A database of the app's.
#[derive(Clone, Debug)]
pub struct Database {
  pub(super) services: Services,
  pub(super) name: String,
}

impl Database {
  /// A connection of the plugin's own: transactions and what is temporary are its, and end with it.
  pub fn connect(&self) -> Asked<Connection> {
    self.services.connect(Connect::Database(self.name.clone()))
  }
}

/// A connection to a database. Its clones are the same one; it is closed with the last.
pub type Connection = ConnectionTo<Database>;

impl Connection {
  /// Runs one statement. Statements of one connection run one after the other; one that nobody waits for any more is
  /// interrupted.
  ///
  /// ```
  /// # use plugin_api::{OpError, services::{Connection, Executed}};
  /// # async fn names(connection: Connection) -> Result<Executed, OpError> {
  /// connection.execute("insert into people values (?, ?)", ["Ada".into(), 36.into()]).await?;
  /// connection.execute("select name from people", []).await
  /// # }
  /// ```
  pub fn execute(&self, statement: &str, parameters: impl IntoIterator<Item = SqlValue>) -> Asked<Executed> {
    self.open.ask(|connection| Request::Execute {
      connection,
      statement: statement.to_string(),
      parameters: parameters.into_iter().collect(),
    })
  }
}
