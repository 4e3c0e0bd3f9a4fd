//! All that touches SQLite. Nothing here knows of scripts; everything may block.

use std::time::Duration;

use plugin_api::OpError;
use plugin_api::TS;
use plugin_api::ZeroCopyBuf;
use rusqlite::Batch;
use rusqlite::CachedStatement;
use rusqlite::Connection;
use rusqlite::MAIN_DB;
use rusqlite::OpenFlags;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::arguments::OpenOptions;
use crate::arguments::Param;
use crate::arguments::Params;
use crate::arguments::Statement;
use crate::error;
use crate::rows;
use crate::rows::Integer;

/// What a statement did.
#[derive(Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(crate = "plugin_api::ts_rs", rename_all = "camelCase")]
pub(crate) struct Changes {
  /// Rows that it inserted, updated or deleted itself; those that its triggers changed do not count.
  #[ts(type = "number")]
  changes: u64,
  /// Of the last row that was inserted through this database, by whatever statement; 0 when there was none.
  last_insert_rowid: Integer,
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Database {
  connection: Connection,
}

impl Database {
  /// Opens a database and reads its header, so that a file that is none is refused here rather than later.
  pub(crate) fn open(options: &OpenOptions) -> Result<Self, OpError> {
    // The lock of the handle does what SQLite's own mutex would do. URIs are on in any case: it was compiled so.
    let mut flags = OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    flags |= match options.read_only {
      true => OpenFlags::SQLITE_OPEN_READ_ONLY,
      false => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, options.create && !options.read_only);
    let open = || {
      let connection = Connection::open_with_flags(&options.path, flags)?;
      connection.busy_timeout(Duration::from_millis(options.busy_timeout.into()))?;
      connection.query_row("PRAGMA schema_version", [], |_| Ok(()))?;
      Ok(Self { connection })
    };
    open().map_err(|error| error::from_sqlite(error, format_args!(", when it was to open {:?}", options.path)))
  }

  pub(crate) fn close(self) -> Result<(), OpError> {
    self.connection.close().map_err(|(_, error)| error::from_sqlite(error, ", when it was to close the database"))
  }

  /// Runs a statement, or without parameters any number of them; rows that they give are dropped.
  pub(crate) fn execute(&self, statement: &Statement, buffers: &[ZeroCopyBuf]) -> Result<Changes, OpError> {
    let Statement { sql, params } = statement;
    if !params.is_empty() {
      let changes = self.run(&mut *self.prepare(sql)?, sql, params, buffers)?;
      return Ok(self.changes(changes));
    }
    refuse_nul(sql)?;
    let mut batch = Batch::new(&self.connection, sql);
    let mut changes = None;
    while let Some(mut prepared) = batch.next().map_err(|error| error::in_statement(error, sql))? {
      *changes.get_or_insert(0) += self.run(&mut prepared, sql, params, buffers)?;
    }
    Ok(self.changes(changes.ok_or_else(|| error::no_statement(sql))?))
  }

  /// Runs one statement with each of the rows as its parameters, in one transaction.
  pub(crate) fn execute_many(&self, sql: &str, rows: &[Params], buffers: &[ZeroCopyBuf]) -> Result<Changes, OpError> {
    let mut prepared = self.prepare(sql)?;
    self.in_transaction(|| {
      let mut changes = 0;
      for (index, row) in rows.iter().enumerate() {
        let changed = self.run(&mut prepared, sql, row, buffers).and_then(|changed| self.still_in(changed, sql));
        changes += changed.map_err(|error| error::at(format_args!("rows[{index}]"), error))?;
      }
      Ok(self.changes(changes))
    })
  }

  /// Runs all statements, or has none of them done anything.
  pub(crate) fn transaction(&self, statements: &[Statement], buffers: &[ZeroCopyBuf]) -> Result<Vec<Changes>, OpError> {
    self.in_transaction(|| {
      let run = |(index, statement): (usize, &Statement)| {
        let changes = self.execute(statement, buffers).and_then(|changes| self.still_in(changes, &statement.sql));
        changes.map_err(|error| error::at(format_args!("statements[{index}]"), error))
      };
      statements.iter().enumerate().map(run).collect()
    })
  }

  /// All rows that a statement gives, as JSON.
  pub(crate) fn query(&self, statement: &Statement, buffers: &[ZeroCopyBuf]) -> Result<Box<RawValue>, OpError> {
    let Statement { sql, params } = statement;
    let mut prepared = self.prepare(sql)?;
    bind(&mut prepared, sql, params, buffers)?;
    rows::to_json(prepared.raw_query(), sql)
  }

  /// The bytes of the first column of the first row; none when there is no row, and when the value is NULL.
  pub(crate) fn blob(&self, statement: &Statement, buffers: &[ZeroCopyBuf]) -> Result<Option<Vec<u8>>, OpError> {
    let Statement { sql, params } = statement;
    let mut prepared = self.prepare(sql)?;
    bind(&mut prepared, sql, params, buffers)?;
    let mut rows = prepared.raw_query();
    let Some(row) = rows.next().map_err(|error| error::in_statement(error, sql))? else { return Ok(None) };
    match row.get_ref(0).map_err(|error| error::in_statement(error, sql))? {
      ValueRef::Null => Ok(None),
      ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Ok(Some(bytes.to_vec())),
      value @ (ValueRef::Integer(_) | ValueRef::Real(_)) => Err(error::no_blob(&value.data_type(), sql)),
    }
  }

  /// One statement, ready to run.
  fn prepare(&self, sql: &str) -> Result<CachedStatement<'_>, OpError> {
    refuse_nul(sql)?;
    let prepared = self.connection.prepare_cached(sql).map_err(|error| error::in_statement(error, sql))?;
    // SQLite makes no statement of a comment, and rusqlite tells so nowhere but here.
    if prepared.column_count() == 0 && prepared.expanded_sql().is_none() {
      return Err(error::no_statement(sql));
    }
    Ok(prepared)
  }

  /// Runs a statement to its end and answers how many rows it changed.
  fn run(
    &self,
    prepared: &mut rusqlite::Statement<'_>,
    sql: &str,
    params: &Params,
    buffers: &[ZeroCopyBuf],
  ) -> Result<u64, OpError> {
    bind(prepared, sql, params, buffers)?;
    let before = self.connection.total_changes();
    let mut rows = prepared.raw_query();
    while rows.next().map_err(|error| error::in_statement(error, sql))?.is_some() {}
    drop(rows);
    // SQLite leaves its count as it was when a statement is none that changes rows.
    Ok(if self.connection.total_changes() == before { 0 } else { self.connection.changes() })
  }

  fn changes(&self, changes: u64) -> Changes {
    Changes { changes, last_insert_rowid: Integer(self.connection.last_insert_rowid()) }
  }

  /// Runs `work` in a transaction, which is rolled back when it fails.
  fn in_transaction<R>(&self, work: impl FnOnce() -> Result<R, OpError>) -> Result<R, OpError> {
    // To ask for the lock at once is what keeps two writers from waiting for each other, but a database that cannot be
    // written has none to give.
    let read_only = self.connection.is_readonly(MAIN_DB).unwrap_or(false);
    let behavior = if read_only { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
    // Unchecked: whether this is the only one is known to SQLite alone, because scripts can BEGIN one too.
    let transaction = Transaction::new_unchecked(&self.connection, behavior)
      .map_err(|error| error::from_sqlite(error, ", when it was to begin a transaction"))?;
    let result = work()?;
    transaction.commit().map_err(|error| error::from_sqlite(error, ", when it was to commit the transaction"))?;
    Ok(result)
  }

  /// `result`, unless the statement before has ended the transaction that it ran in.
  fn still_in<R>(&self, result: R, sql: &str) -> Result<R, OpError> {
    if self.connection.is_autocommit() { Err(error::transaction_ended(sql)) } else { Ok(result) }
  }
}

/// SQLite would not see what comes after a NUL.
fn refuse_nul(sql: &str) -> Result<(), OpError> {
  if sql.contains('\0') { Err(error::nul(sql)) } else { Ok(()) }
}

/// Gives every parameter of the statement its value.
fn bind(
  prepared: &mut rusqlite::Statement<'_>,
  sql: &str,
  params: &Params,
  buffers: &[ZeroCopyBuf],
) -> Result<(), OpError> {
  let count = prepared.parameter_count();
  match params {
    Params::Positional(values) => {
      if values.len() != count {
        return Err(error::params(format_args!("wants {count} parameters, got {}", values.len()), sql));
      }
      for (index, value) in values.iter().enumerate() {
        bind_one(prepared, sql, index + 1, value, buffers)?;
      }
    }
    Params::Named(values) => {
      for index in 1..=count {
        let Some(name) = prepared.parameter_name(index) else {
          return Err(error::params(format_args!("parameter {index} has no name, wants an array of values"), sql));
        };
        let Some((_, value)) = values.iter().find(|(key, _)| is_name(key, name)) else {
          return Err(error::params(format_args!("there is no value for parameter {name}"), sql));
        };
        bind_one(prepared, sql, index, value, buffers)?;
      }
      if values.len() != count {
        return Err(surplus(prepared, sql, values));
      }
    }
  }
  Ok(())
}

/// Whether a script means the parameter by this key: its name, with or without the `:`, `@` or `$` before it.
fn is_name(key: &str, name: &str) -> bool {
  key == name || name.get(1..) == Some(key)
}

/// More values than parameters are given by name.
fn surplus(prepared: &rusqlite::Statement<'_>, sql: &str, values: &[(String, Param)]) -> OpError {
  let is_known = |key: &str| {
    (1..=prepared.parameter_count()).any(|index| prepared.parameter_name(index).is_some_and(|name| is_name(key, name)))
  };
  match values.iter().find(|(key, _)| !is_known(key)) {
    Some((key, _)) => error::params(format_args!("there is no parameter {key:?}"), sql),
    None => error::params("a parameter has two values", sql),
  }
}

fn bind_one(
  prepared: &mut rusqlite::Statement<'_>,
  sql: &str,
  index: usize,
  value: &Param,
  buffers: &[ZeroCopyBuf],
) -> Result<(), OpError> {
  let value = match value {
    Param::Null => ValueRef::Null,
    Param::Integer(integer) => ValueRef::Integer(*integer),
    Param::Real(real) => ValueRef::Real(*real),
    Param::Text(text) => ValueRef::Text(text.as_bytes()),
    Param::Blob(bytes) => ValueRef::Blob(bytes),
    Param::Buffer(buffer) => match buffers.get(*buffer) {
      Some(buffer) => ValueRef::Blob(buffer),
      None => {
        let message = format_args!("there is no buffer {buffer}, got {} buffers", buffers.len());
        return Err(error::params(message, sql));
      }
    },
  };
  let bound = prepared.raw_bind_parameter(index, ToSqlOutput::Borrowed(value));
  bound.map_err(|error| error::in_statement(error, sql))
}

#[cfg(test)]
mod tests;
