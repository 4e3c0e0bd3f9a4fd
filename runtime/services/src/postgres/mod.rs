//! PostgreSQL: databases that are named, and the connections that components open by themselves.

mod database;
mod failure;
mod framing;
mod pool;
mod rows;
mod server;
mod session;
mod tls;
mod value;

pub(crate) use database::PostgresSql;
pub(crate) use failure::PostgresFailure;
pub(crate) use pool::Addresses;
pub(crate) use pool::Pools;
pub(crate) use session::PostgresSession;
pub(crate) use session::Rows;
pub(crate) use value::PostgresValue;
