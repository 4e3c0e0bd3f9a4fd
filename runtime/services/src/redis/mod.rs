//! Redis: key-value stores, and the connections that components open by themselves.

mod fault;
mod framing;
mod key_value;
mod server;
mod session;

pub(crate) use key_value::RedisKeyValue;
pub use server::RedisServer;
pub(crate) use session::Argument;
pub(crate) use session::RedisFailure;
pub(crate) use session::RedisSession;
