//! PostgreSQL servers.

use plugbay_core::OpFailure;
use plugin_wire::services::Column;
use plugin_wire::services::Date;
use plugin_wire::services::PostgresRows;
use plugin_wire::services::PostgresValue as Shown;
use plugin_wire::services::Time;

use crate::postgres::PostgresFailure;
use crate::postgres::PostgresSession;
use crate::postgres::PostgresValue;

pub(super) async fn query(
  session: &PostgresSession,
  statement: String,
  parameters: Vec<Shown>,
) -> Result<PostgresRows, OpFailure> {
  let found = session.query(statement, PostgresValue::all_of(parameters)?).await?;
  Ok(PostgresRows {
    columns: found.columns.into_iter().map(|(name, kind)| Column { name, kind: kind.to_owned() }).collect(),
    rows: found.rows.into_iter().map(|row| row.into_iter().map(Shown::from).collect()).collect(),
  })
}

pub(super) async fn execute(
  session: &PostgresSession,
  statement: String,
  parameters: Vec<Shown>,
) -> Result<u64, OpFailure> {
  Ok(session.execute(statement, PostgresValue::all_of(parameters)?).await?)
}

fn parts_of_date(Date { year, month, day }: Date) -> [i64; 3] {
  [year.into(), month.into(), day.into()]
}

fn parts_of_time(Time { hour, minute, second, nanosecond }: Time) -> [i64; 4] {
  [hour.into(), minute.into(), second.into(), nanosecond.into()]
}

impl TryFrom<Shown> for PostgresValue {
  type Error = PostgresFailure;

  fn try_from(value: Shown) -> Result<Self, PostgresFailure> {
    Ok(match value {
      Shown::Null => Self::Null,
      Shown::Boolean(value) => Self::Boolean(value),
      Shown::Int8(number) => Self::Int8(number),
      Shown::Int16(number) => Self::Int16(number),
      Shown::Int32(number) => Self::Int32(number),
      Shown::Int64(number) => Self::Int64(number),
      Shown::Floating32(number) => Self::Floating32(number),
      Shown::Floating64(number) => Self::Floating64(number),
      Shown::Text(text) => Self::Str(text),
      Shown::Binary(bytes) => Self::Binary(bytes),
      Shown::Date(date) => Self::date(&parts_of_date(date))?,
      Shown::Time(time) => Self::time(&parts_of_time(time))?,
      Shown::Timestamp(date, time) => Self::datetime(&[&parts_of_date(date)[..], &parts_of_time(time)[..]].concat())?,
      Shown::Unsupported => Self::Unsupported,
    })
  }
}

impl From<PostgresValue> for Shown {
  fn from(value: PostgresValue) -> Self {
    // Those of a day or a time are in the ranges of their fields.
    let date = |year: i32, month: time::Month, day| Date { year, month: month.into(), day };
    let time = |(hour, minute, second, nanosecond)| Time { hour, minute, second, nanosecond };
    match value {
      PostgresValue::Null => Self::Null,
      PostgresValue::Boolean(value) => Self::Boolean(value),
      PostgresValue::Int8(number) => Self::Int8(number),
      PostgresValue::Int16(number) => Self::Int16(number),
      PostgresValue::Int32(number) => Self::Int32(number),
      PostgresValue::Int64(number) => Self::Int64(number),
      PostgresValue::Floating32(number) => Self::Floating32(number),
      PostgresValue::Floating64(number) => Self::Floating64(number),
      PostgresValue::Str(text) => Self::Text(text),
      PostgresValue::Binary(bytes) => Self::Binary(bytes),
      PostgresValue::Date(day) => Self::Date(date(day.year(), day.month(), day.day())),
      PostgresValue::Time(at) => Self::Time(time(at.as_hms_nano())),
      PostgresValue::Datetime(at) => Self::Timestamp(date(at.year(), at.month(), at.day()), time(at.as_hms_nano())),
      PostgresValue::Unsupported => Self::Unsupported,
    }
  }
}

impl From<PostgresFailure> for OpFailure {
  fn from(failure: PostgresFailure) -> Self {
    match failure {
      PostgresFailure::ConnectionFailed(message)
      | PostgresFailure::BadParameter(message)
      | PostgresFailure::QueryFailed(message)
      | PostgresFailure::ValueConversionFailed(message)
      | PostgresFailure::Other(message) => Self::service_failed(message),
    }
  }
}
