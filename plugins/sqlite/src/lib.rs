//! SQLite for scripts. Every op is async, and its work runs on a thread that may block.
//!
//! The files: `arguments` is the JSON that scripts pass, `database` is all that touches SQLite, `rows` makes JSON of
//! its rows, `handle` runs the work of one database in order, and here are the ops.

use plugin_api::Interface;
use plugin_api::OpError;
use plugin_api::ResourceId;
use plugin_api::TS;
use plugin_api::ZeroCopyBuf;
use plugin_api::error::AnyError;
use plugin_api::json_op;
use plugin_api::resources;
use plugin_api::spawn_blocking;
use serde::Deserialize;

use crate::arguments::OpenOptions;
use crate::arguments::Params;
use crate::arguments::Statement;
use crate::database::Changes;
use crate::database::Database;
use crate::handle::Handle;
use crate::rows::RowsAsJson;

mod arguments;
mod database;
mod error;
mod handle;
mod rows;

plugin_api::plugin!();

/// Registers the ops.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  interface.register_op("open", open);
  interface.register_op("execute", execute);
  interface.register_op("executeMany", execute_many);
  interface.register_op("transaction", transaction);
  interface.register_op("query", query);
  interface.register_op("readBlob", read_blob);
  interface.register_op("close", close);
}

/// One statement and its database.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(crate = "plugin_api::ts_rs")]
struct StatementArgument {
  db: ResourceId,
  sql: String,
  #[serde(default)]
  #[ts(optional, as = "Option<Params>")]
  params: Params,
}

impl StatementArgument {
  fn split(self) -> (ResourceId, Statement) {
    (self.db, Statement { sql: self.sql, params: self.params })
  }
}

/// One statement, the parameters of each time it is to run, and its database.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(crate = "plugin_api::ts_rs")]
struct ManyArgument {
  db: ResourceId,
  sql: String,
  rows: Vec<Params>,
}

/// Statements and their database.
#[derive(Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(crate = "plugin_api::ts_rs")]
struct TransactionArgument {
  db: ResourceId,
  statements: Vec<Statement>,
}

/// `await open("file.db")` or `await open({ path, readOnly, create, busyTimeout })` is the id of a database.
#[json_op]
async fn open(options: OpenOptions) -> Result<ResourceId, AnyError> {
  let database = spawn_blocking(move || Database::open(&options)).await??;
  Ok(resources().add("sqlite", Handle::new(database))?)
}

/// `await execute({ db, sql, params }, ...buffers)` runs statements: `{ changes, lastInsertRowid }`.
#[json_op]
async fn execute(argument: StatementArgument, buffers: &mut [ZeroCopyBuf]) -> Result<Changes, AnyError> {
  let (db, statement) = argument.split();
  let buffers = buffers.to_vec();
  Handle::get(db)?.run(move |database| database.execute(&statement, &buffers)).await
}

/// `await executeMany({ db, sql, rows }, ...buffers)` runs a statement with each of the rows, in one transaction.
#[json_op]
async fn execute_many(argument: ManyArgument, buffers: &mut [ZeroCopyBuf]) -> Result<Changes, AnyError> {
  let ManyArgument { db, sql, rows } = argument;
  let buffers = buffers.to_vec();
  Handle::get(db)?.run(move |database| database.execute_many(&sql, &rows, &buffers)).await
}

/// `await transaction({ db, statements: [{ sql, params }] }, ...buffers)` runs all or none.
#[json_op]
async fn transaction(argument: TransactionArgument, buffers: &mut [ZeroCopyBuf]) -> Result<Vec<Changes>, AnyError> {
  let TransactionArgument { db, statements } = argument;
  let buffers = buffers.to_vec();
  Handle::get(db)?.run(move |database| database.transaction(&statements, &buffers)).await
}

/// `await query({ db, sql, params }, ...buffers)` is an array of the rows, each an object by column name.
#[json_op]
async fn query(argument: StatementArgument, buffers: &mut [ZeroCopyBuf]) -> Result<RowsAsJson, AnyError> {
  let (db, statement) = argument.split();
  let buffers = buffers.to_vec();
  Handle::get(db)?.run(move |database| database.query(&statement, &buffers)).await.map(RowsAsJson)
}

/// `await readBlob({ db, sql, params }, target, ...buffers)` puts the bytes of the first column of the first row into
/// `target`, as many as fit, and answers how many there are; null when there is no row or the value is NULL.
#[json_op]
async fn read_blob(argument: StatementArgument, buffers: &mut [ZeroCopyBuf]) -> Result<Option<usize>, AnyError> {
  let (db, statement) = argument.split();
  let params = buffers.to_vec();
  let Some(target) = buffers.first_mut() else {
    let message = "readBlob wants a buffer to read into after its argument";
    return Err(OpError::new("TypeError", message).with_code("ERR_SQLITE_BLOB").into());
  };
  let blob = Handle::get(db)?.run(move |database| database.blob(&statement, &params)).await?;
  // Copied here, on the script's thread, so that the script never sees half a blob.
  Ok(blob.map(|blob| copy_into(&blob, target)))
}

/// `await close(db)` closes a database once the ops before it are done. Unlike `Deno.close` it can be awaited, and it
/// says so when closing fails.
#[json_op]
async fn close(db: ResourceId) -> Result<(), AnyError> {
  let handle = Handle::get(db)?;
  resources().close(db)?;
  handle.close().await
}

/// Copies what fits and answers how much there was.
fn copy_into(blob: &[u8], target: &mut [u8]) -> usize {
  let count = blob.len().min(target.len());
  target[..count].copy_from_slice(&blob[..count]);
  blob.len()
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_blob_that_does_not_fit_is_cut_and_its_size_told() {
    let mut target = [0; 4];
    assert_eq!(copy_into(b"ab", &mut target), 2);
    assert_eq!(&target, b"ab\0\0");
    assert_eq!(copy_into(b"123456", &mut target), 6);
    assert_eq!(&target, b"1234");
    assert_eq!(copy_into(b"123456", &mut []), 6);
  }
}
