//! Key-value stores in a SQLite file, all of an app in one, in the table that Spin has in its own.

use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt;
use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Transaction;
use rusqlite::TransactionBehavior;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::params;

use crate::Answer;
use crate::Failure;
use crate::KeyValue;
use crate::Limits;
use crate::sqlite::Database;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (
  store TEXT NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (store, key)
)";
const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const EXISTS: &str = "SELECT 1 FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
  ON CONFLICT (store, key) DO UPDATE SET value = ?3";
const ADD: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3)
  ON CONFLICT (store, key) DO NOTHING";
const EXCHANGE: &str = "UPDATE spin_key_value SET value = ?3 WHERE store = ?1 AND key = ?2 AND value = ?4";
const DELETE: &str = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
const FIRST_KEYS: &str = "SELECT key FROM spin_key_value WHERE store = ?1 ORDER BY key LIMIT ?2";
const KEYS_AFTER: &str = "SELECT key FROM spin_key_value WHERE store = ?1 AND key > ?3 ORDER BY key LIMIT ?2";

/// Bytes of the name of a store, and of what SQLite keeps of a row besides.
const NAME: usize = 64 << 10;

/// The file of an app's stores.
pub(crate) fn open_store(path: PathBuf, limits: Limits) -> Arc<Database> {
  Database::new(path, "the key-value store".to_owned(), limits, |connection, _, limits| {
    // Whoever has made the file may have put anything into it: what is too large, and what calls functions.
    let row = limits.result_bytes.saturating_add(limits.key_bytes).saturating_add(NAME);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, i32::try_from(row).unwrap_or(i32::MAX))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.execute_batch(TABLE)
  })
}

/// One of the stores in a file.
pub(crate) struct SqliteKeyValue {
  database: Arc<Database>,
  store: Arc<str>,
}

impl SqliteKeyValue {
  pub(crate) fn new(database: Arc<Database>, store: &str) -> Self {
    Self { database, store: store.into() }
  }

  /// Reads something of the file; the work is told the name of the store.
  fn read<T: Send + 'static>(&self, work: impl Work<T>) -> Answer<'_, T> {
    let work = self.fitted(work);
    async { self.database.run(work).await }.boxed()
  }

  /// Writes something, when it is its turn.
  fn write<T: Send + 'static>(&self, work: impl Work<T>) -> Answer<'_, T> {
    let work = self.fitted(work);
    async { self.database.write(work).await }.boxed()
  }

  fn fitted<T, W: Work<T>>(&self, work: W) -> impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + use<T, W> {
    let (store, database) = (self.store.clone(), self.database.clone());
    move |connection| work(connection, &store).map_err(|error| database.failure_of(&error))
  }

  /// Writes in a transaction, which is undone where the work fails.
  fn change<T: Send + 'static>(
    &self,
    work: impl FnOnce(&Transaction<'_>, &str) -> rusqlite::Result<T> + Send + 'static,
  ) -> Answer<'_, T> {
    self.write(move |connection, store| {
      let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
      let done = work(&transaction, store)?;
      transaction.commit()?;
      Ok(done)
    })
  }
}

/// What is done with a connection, for the store of a name.
trait Work<T>: FnOnce(&mut Connection, &str) -> rusqlite::Result<T> + Send + 'static {}

impl<T, F: FnOnce(&mut Connection, &str) -> rusqlite::Result<T> + Send + 'static> Work<T> for F {}

fn get(connection: &Connection, store: &str, key: &str) -> rusqlite::Result<Option<Vec<u8>>> {
  connection.prepare_cached(GET)?.query_row([store, key], |row| row.get(0)).optional()
}

fn set(connection: &Connection, store: &str, key: &str, value: &[u8]) -> rusqlite::Result<()> {
  connection.prepare_cached(SET)?.execute(params![store, key, value]).map(drop)
}

impl KeyValue for SqliteKeyValue {
  fn get(&self, key: String) -> Answer<'_, Option<Vec<u8>>> {
    self.read(move |connection, store| get(connection, store, &key))
  }

  fn set(&self, key: String, value: Vec<u8>) -> Answer<'_, ()> {
    match self.database.limits.check(&key, &value) {
      Err(failure) => failure.answer(),
      Ok(()) => self.write(move |connection, store| set(connection, store, &key, &value)),
    }
  }

  fn delete(&self, key: String) -> Answer<'_, ()> {
    self.write(move |connection, store| connection.prepare_cached(DELETE)?.execute([store, &key]).map(drop))
  }

  fn exists(&self, key: String) -> Answer<'_, bool> {
    self.read(move |connection, store| connection.prepare_cached(EXISTS)?.exists([store, &key]))
  }

  fn keys(&self, after: Option<String>, most: usize) -> Answer<'_, Vec<String>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let bytes = self.database.limits.result_bytes;
    let keys = self.read(move |connection, store| {
      let mut statement = connection.prepare_cached(if after.is_some() { KEYS_AFTER } else { FIRST_KEYS })?;
      let mut rows = match after {
        Some(after) => statement.query(params![store, most, after])?,
        None => statement.query(params![store, most])?,
      };
      let (mut keys, mut size) = (Vec::new(), 0);
      while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        size += key.len();
        if size > bytes {
          return Ok(None);
        }
        keys.push(key);
      }
      Ok(Some(keys))
    });
    async move { keys.await?.ok_or_else(|| Failure::Other(format!("the keys have more than {bytes} bytes"))) }.boxed()
  }

  fn increment(&self, key: String, delta: i64) -> Answer<'_, i64> {
    if let Err(failure) = self.database.limits.check_key(&key) {
      return failure.answer();
    }
    let incremented = self.change(move |transaction, store| {
      let old = match get(transaction, store, &key)? {
        None => 0,
        Some(bytes) => match <[u8; 8]>::try_from(bytes) {
          Ok(bytes) => i64::from_le_bytes(bytes),
          Err(_) => return Ok(Err("the value of the key is no number: it has not eight bytes")),
        },
      };
      let Some(new) = old.checked_add(delta) else {
        return Ok(Err("the number of the key would be too large"));
      };
      set(transaction, store, &key, &new.to_le_bytes())?;
      Ok(Ok(new))
    });
    async { incremented.await?.map_err(Failure::other) }.boxed()
  }

  fn compare_and_swap(&self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<'_, bool> {
    if let Err(failure) = self.database.limits.check(&key, &value) {
      return failure.answer();
    }
    self.write(move |connection, store| {
      let changed = match expected {
        None => connection.prepare_cached(ADD)?.execute(params![store, key, value])?,
        Some(expected) => connection.prepare_cached(EXCHANGE)?.execute(params![store, key, value, expected])?,
      };
      Ok(changed == 1)
    })
  }

  fn get_many(&self, keys: Vec<String>) -> Answer<'_, Vec<Option<Vec<u8>>>> {
    let most = self.database.limits.result_bytes;
    let values = self.read(move |connection, store| {
      let (mut values, mut size) = (Vec::with_capacity(keys.len()), 0);
      for key in &keys {
        let value = get(connection, store, key)?;
        size += value.as_ref().map_or(0, Vec::len);
        if size > most {
          return Ok(None);
        }
        values.push(value);
      }
      Ok(Some(values))
    });
    async move { values.await?.ok_or_else(|| Failure::Other(format!("the values have more than {most} bytes"))) }
      .boxed()
  }

  fn set_many(&self, pairs: Vec<(String, Vec<u8>)>) -> Answer<'_, ()> {
    if let Some(failure) = pairs.iter().find_map(|(key, value)| self.database.limits.check(key, value).err()) {
      return failure.answer();
    }
    self.change(move |transaction, store| pairs.iter().try_for_each(|(key, value)| set(transaction, store, key, value)))
  }

  fn delete_many(&self, keys: Vec<String>) -> Answer<'_, ()> {
    self.change(move |transaction, store| {
      let mut statement = transaction.prepare_cached(DELETE)?;
      keys.iter().try_for_each(|key| statement.execute([store, key]).map(drop))
    })
  }
}
