//! What can be asked for. Each says what its answer is.

use serde::Deserialize;
use serde::Serialize;

use super::bytes::Bytes;
use super::http::HttpRequest;
use super::values::PostgresValue;
use super::values::SqlValue;

/// What a plugin asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
  /// Something of a key-value store; [`KeyValue`] says what the answers are.
  KeyValue {
    /// Its name.
    store: String,
    /// What is asked of it.
    request: KeyValue,
  },
  /// A new connection; the answer is its number, of this plugin alone.
  Connect(Connect),
  /// Gives up a connection, if it is there. The answer is `null`, at once.
  Close {
    /// Its number.
    connection: u32,
  },
  /// Runs one statement in a database; the answer is an [`Executed`](super::Executed).
  Execute {
    /// The number of the connection.
    connection: u32,
    /// The statement.
    statement: String,
    /// What stands for its parameters.
    parameters: Vec<SqlValue>,
  },
  /// Sends a command to a Redis server; the answer is the list of its [`RedisReply`](super::RedisReply)s.
  Redis {
    /// The number of the connection.
    connection: u32,
    /// The command, such as `GET`.
    command: String,
    /// What it is about.
    arguments: Vec<Bytes>,
  },
  /// Runs a statement at a PostgreSQL server; the answer is its [`PostgresRows`](super::PostgresRows).
  PostgresQuery {
    /// The number of the connection.
    connection: u32,
    /// The statement.
    statement: String,
    /// What stands for its parameters.
    parameters: Vec<PostgresValue>,
  },
  /// The same for a statement that changes something; the answer is how many rows.
  PostgresExecute {
    /// The number of the connection.
    connection: u32,
    /// The statement.
    statement: String,
    /// What stands for its parameters.
    parameters: Vec<PostgresValue>,
  },
  /// Waits for the answer to an HTTP request, whose body may be written meanwhile; the answer is an
  /// [`HttpAnswer`](super::HttpAnswer). It can be asked for once.
  HttpAnswer {
    /// The number of the connection.
    connection: u32,
  },
  /// What comes next of the answer's body; the answer is an [`HttpPiece`](super::HttpPiece).
  HttpRead {
    /// The number of the connection.
    connection: u32,
  },
  /// Writes bytes of a request's body, when there is room; the answer is whether somebody still reads it.
  HttpWrite {
    /// The number of the connection.
    connection: u32,
    /// What is written.
    bytes: Bytes,
  },
  /// Ends a request's body, which is not whole without it; the answer is `null`.
  HttpEnd {
    /// The number of the connection.
    connection: u32,
    /// What follows the body: names, each with a value.
    trailers: Vec<(String, Bytes)>,
  },
  /// The value of a variable; the answer is text.
  Variable {
    /// Its name.
    name: String,
  },
  /// All variables; the answer is a map.
  Variables,
  /// The variables of the environment that the manifest gives; the answer is a map.
  Environment,
  /// Where a file of the component's lies; the answer is a path of the system's.
  Path {
    /// The component's name for it.
    path: String,
  },
}

/// What a connection is to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Connect {
  /// A database of the app's, by its name.
  Database(String),
  /// A Redis server, by its address.
  Redis(String),
  /// A PostgreSQL server, by its address.
  Postgres(String),
  /// Any server, for one HTTP request, which is sent when its answer is waited for.
  Http(HttpRequest),
}

/// What is asked of a key-value store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyValue {
  /// What a key has; the answer is bytes, or `null`.
  Get {
    /// The key.
    key: String,
  },
  /// Gives a key a value; the answer is `null`.
  Set {
    /// The key.
    key: String,
    /// Its value.
    value: Bytes,
  },
  /// Takes a key out, if it is there; the answer is `null`.
  Delete {
    /// The key.
    key: String,
  },
  /// Whether a key has something; the answer is a boolean.
  Exists {
    /// The key.
    key: String,
  },
  /// All keys; the answer is a list of texts.
  Keys,
  /// Adds to the number that a key has; the answer is the new one, an `i64`.
  Increment {
    /// The key.
    key: String,
    /// What is added.
    delta: i64,
  },
  /// Gives a key a value if it has what is expected; the answer is whether it did.
  CompareAndSwap {
    /// The key.
    key: String,
    /// What it has to have; `null` for nothing.
    expected: Option<Bytes>,
    /// Its new value.
    value: Bytes,
  },
  /// What each of some keys has; the answer is a list of bytes or `null`, in the same order.
  GetMany {
    /// The keys.
    keys: Vec<String>,
  },
  /// Gives each of some keys a value; the answer is `null`.
  SetMany {
    /// The keys, each with its value.
    pairs: Vec<(String, Bytes)>,
  },
  /// Takes some keys out; the answer is `null`.
  DeleteMany {
    /// The keys.
    keys: Vec<String>,
  },
}
