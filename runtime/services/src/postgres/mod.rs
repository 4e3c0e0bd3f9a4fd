//! PostgreSQL: the connections that components open by themselves.

mod failure;
mod server;
mod session;
mod tls;
mod value;

pub(crate) use failure::PostgresFailure;
pub(crate) use session::PostgresSession;
pub(crate) use session::Rows;
pub(crate) use value::PostgresValue;
