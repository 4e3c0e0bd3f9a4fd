//! Values of databases and servers.

use serde::Deserialize;
use serde::Serialize;

use super::bytes;

/// A value of a database, of a row or for a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlValue {
  /// None.
  Null,
  /// A whole number.
  Integer(i64),
  /// Any other number.
  Real(f64),
  /// A text.
  Text(String),
  /// Bytes.
  Blob(#[serde(with = "bytes")] Vec<u8>),
}

/// What a statement gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Executed {
  /// The names of the columns.
  pub columns: Vec<String>,
  /// The rows, each with a value a column.
  pub rows: Vec<Vec<SqlValue>>,
  /// The number of the row that the connection has inserted last; 0 if it has not, and in PostgreSQL, where rows have
  /// none.
  pub last_insert_rowid: i64,
  /// How many rows its last statement that changes some has changed; in PostgreSQL this one, and 0 if it gives rows.
  pub changes: u64,
}

/// A part of what a Redis server answers; lists are laid out flat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedisReply {
  /// Nothing.
  Nil,
  /// A word of the server's, such as `OK`.
  Status(String),
  /// A whole number.
  Integer(i64),
  /// Bytes.
  Bytes(#[serde(with = "bytes")] Vec<u8>),
}

/// A value of a PostgreSQL server's, of a row or for a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostgresValue {
  /// None.
  Null,
  /// `BOOL`.
  Boolean(bool),
  /// `"char"`.
  Int8(i8),
  /// `INT2`.
  Int16(i16),
  /// `INT4`.
  Int32(i32),
  /// `INT8`.
  Int64(i64),
  /// `FLOAT4`.
  Floating32(f32),
  /// `FLOAT8`.
  Floating64(f64),
  /// `TEXT`, `VARCHAR` and the like.
  Text(String),
  /// `BYTEA`.
  Binary(#[serde(with = "bytes")] Vec<u8>),
  /// `DATE`.
  Date(Date),
  /// `TIME`.
  Time(Time),
  /// `TIMESTAMP` and `TIMESTAMPTZ`, of UTC.
  Timestamp(Date, Time),
  /// Of a type that has no counterpart here.
  Unsupported,
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Date {
  /// The year.
  pub year: i32,
  /// From 1.
  pub month: u8,
  /// Of the month, from 1.
  pub day: u8,
}

/// A time of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
  /// Up to 23.
  pub hour: u8,
  /// Up to 59.
  pub minute: u8,
  /// Up to 59.
  pub second: u8,
  /// Of the second.
  pub nanosecond: u32,
}

/// What a query gave.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PostgresRows {
  /// The columns.
  pub columns: Vec<Column>,
  /// The rows, each with a value a column.
  pub rows: Vec<Vec<PostgresValue>>,
}

/// A column of what a query gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
  /// Its name.
  pub name: String,
  /// The kind of its values, as Spin's interfaces call it: `int32`, `str` and so on; `other` for a type that has none.
  pub kind: String,
}

macro_rules! sql_values {
  ($($from:ty => $kind:ident,)*) => {
    $(impl From<$from> for SqlValue {
      fn from(value: $from) -> Self {
        Self::$kind(value.into())
      }
    })*
  };
}

sql_values! {
  bool => Integer, i32 => Integer, u32 => Integer, i64 => Integer, f64 => Real, &str => Text, String => Text,
  &[u8] => Blob, Vec<u8> => Blob,
}

impl<T: Into<SqlValue>> From<Option<T>> for SqlValue {
  fn from(value: Option<T>) -> Self {
    value.map_or(Self::Null, Into::into)
  }
}

macro_rules! postgres_values {
  ($($from:ty => $kind:ident,)*) => {
    $(impl From<$from> for PostgresValue {
      fn from(value: $from) -> Self {
        Self::$kind(value.into())
      }
    })*
  };
}

postgres_values! {
  bool => Boolean, i16 => Int16, i32 => Int32, i64 => Int64, f32 => Floating32, f64 => Floating64, &str => Text,
  String => Text, &[u8] => Binary, Vec<u8> => Binary, Date => Date, Time => Time,
}

impl<T: Into<PostgresValue>> From<Option<T>> for PostgresValue {
  fn from(value: Option<T>) -> Self {
    value.map_or(Self::Null, Into::into)
  }
}
