//! The rows that a statement gives, as values of whoever asks.

use std::pin::pin;

use futures::TryStreamExt;
use tokio_postgres::Client;
use tokio_postgres::Row;
use tokio_postgres::Statement;
use tokio_postgres::types::FromSql;
use tokio_postgres::types::ToSql;

use crate::postgres::failure::PostgresFailure;

/// Reads the value of a column, by the column's number.
pub(super) type Read<V> = fn(&Row, usize) -> Result<V, PostgresFailure>;

/// A value that rows have.
pub(super) trait Cell: Sized {
  /// What stands for NULL.
  const NULL: Self;

  /// What it takes in memory, roughly.
  fn size(&self) -> usize;
}

/// A parameter of a statement.
pub(super) type Parameter = Box<dyn ToSql + Send + Sync>;

/// Reads a value as a `T`, of which `made` makes what rows have.
pub(super) fn read<'r, T: FromSql<'r>, V: Cell>(
  row: &'r Row,
  index: usize,
  made: impl FnOnce(T) -> V,
) -> Result<V, PostgresFailure> {
  match row.try_get::<_, Option<T>>(index) {
    Ok(value) => Ok(value.map_or(V::NULL, made)),
    Err(error) => {
      let column = row.columns()[index].name();
      Err(PostgresFailure::ValueConversionFailed(format!("a value of the column {column} is out of range: {error}")))
    }
  }
}

/// The rows of a statement, and how many the server says it was about. `readers` has one for each column.
pub(super) async fn rows_of<V: Cell>(
  client: &Client,
  statement: &Statement,
  parameters: Vec<Parameter>,
  readers: &[Read<V>],
  most: usize,
) -> Result<(Vec<Vec<V>>, u64), PostgresFailure> {
  let of_query = |error: tokio_postgres::Error| PostgresFailure::of_query(&error);
  let (mut rows, mut left) = (Vec::new(), most);
  let mut found = pin!(client.query_raw(statement, parameters).await.map_err(of_query)?);
  while let Some(row) = found.as_mut().try_next().await.map_err(of_query)? {
    let values = readers.iter().enumerate().map(|(index, read)| read(&row, index));
    let row = values.collect::<Result<Vec<_>, _>>()?;
    // Rows may have no columns.
    let size = size_of_val(&row) + row.iter().map(Cell::size).sum::<usize>();
    left = left.checked_sub(size).ok_or_else(|| {
      PostgresFailure::QueryFailed(format!("the statement gives more than {most} bytes; ask for less, as with LIMIT"))
    })?;
    rows.push(row);
  }
  Ok((rows, found.rows_affected().unwrap_or_default()))
}
