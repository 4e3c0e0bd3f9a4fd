//! SQLite files: what stores and databases are that need no server.

mod database;
mod fault;
mod guard;
mod key_value;
mod session;
mod stop;

pub(crate) use database::Database;
pub(crate) use guard::confine;
pub(crate) use key_value::SqliteKeyValue;
pub(crate) use key_value::open_store;
pub(crate) use session::SqliteSql;
