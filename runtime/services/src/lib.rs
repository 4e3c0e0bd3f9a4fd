//! What the host of an app offers its components besides HTTP: key-value stores, SQL databases and variables. Each is a
//! trait that all lanes share, with one that needs no server behind it: SQLite files, the environment and `.env`.
//! Others are in servers, to which components may also open connections of their own.
//!
//! An app has [`Services`]; what one of its components may use of them is its [`Granted`], and nothing else has a name
//! for it. [`grant`] gives a `Granted` to an isolate, whose components then see it as Spin's and WASI's interfaces;
//! native plugins ask for what they want by [`PluginServices`].

#![forbid(unsafe_code)]

mod failure;
mod granted;
mod key_value;
mod limits;
mod ops;
mod permits;
mod postgres;
mod redis;
mod requests;
mod servers;
mod services;
mod sql;
mod sqlite;
#[cfg(test)]
mod tests;
mod variables;

pub use failure::Answer;
pub use failure::Failure;
pub use granted::Granted;
pub use granted::Grants;
pub use key_value::KeyValue;
pub use limits::Limits;
pub use ops::grant;
pub use ops::grant_to_script;
pub use redis::RedisServer;
pub use requests::PluginGrants;
pub use requests::PluginServices;
pub use servers::ServerStream;
pub use servers::Servers;
pub use services::Builder;
pub use services::Services;
pub use sql::Executed;
pub use sql::Sql;
pub use sql::SqlSession;
pub use sql::Value;
pub use variables::EnvironmentVariables;
pub use variables::StaticVariables;
pub use variables::Template;
pub use variables::Variable;
pub use variables::VariableFailure;
pub use variables::Variables;
pub use variables::VaultVariables;

deno_core::extension!(
  plugbay_services,
  ops = [
    ops::op_services,
    ops::key_value::op_kv_open,
    ops::key_value::op_kv_get,
    ops::key_value::op_kv_set,
    ops::key_value::op_kv_delete,
    ops::key_value::op_kv_exists,
    ops::key_value::op_kv_keys,
    ops::key_value::op_kv_all_keys,
    ops::key_value::op_kv_increment,
    ops::key_value::op_kv_swap,
    ops::key_value::op_kv_get_many,
    ops::key_value::op_kv_set_many,
    ops::key_value::op_kv_delete_many,
    ops::postgres::op_postgres_open,
    ops::postgres::op_postgres_connect,
    ops::postgres::op_postgres_query,
    ops::postgres::op_postgres_execute,
    ops::redis::op_redis_open,
    ops::redis::op_redis_connect,
    ops::redis::op_redis_ask,
    ops::sql::op_sql_open,
    ops::sql::op_sql_execute,
    ops::variables::op_variable,
    ops::variables::op_variable_or_nothing,
    ops::variables::op_variables,
  ],
);
