//! Values of PostgreSQL, as far as the interfaces have them.

use bytes::BytesMut;
use time::Date;
use time::Month;
use time::OffsetDateTime;
use time::PrimitiveDateTime;
use time::Time;
use tokio_postgres::types::FromSql;
use tokio_postgres::types::IsNull;
use tokio_postgres::types::ToSql;
use tokio_postgres::types::Type;
use tokio_postgres::types::to_sql_checked;

use crate::postgres::failure::PostgresFailure;
use crate::postgres::rows::Cell;
use crate::postgres::rows::Parameter;
use crate::postgres::rows::Read;
use crate::postgres::rows::read;

/// A value of a row, or for a parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PostgresValue {
  Null,
  Boolean(bool),
  Int8(i8),
  Int16(i16),
  Int32(i32),
  Int64(i64),
  Floating32(f32),
  Floating64(f64),
  Str(String),
  Binary(Vec<u8>),
  Date(Date),
  Time(Time),
  /// Of UTC.
  Datetime(PrimitiveDateTime),
  /// Of a type that the interfaces do not have.
  Unsupported,
}

impl PostgresValue {
  /// Those that were given for the parameters of a statement.
  ///
  /// # Errors
  ///
  /// When one is of no type that parameters have.
  pub(crate) fn all_of<T>(given: Vec<T>) -> Result<Vec<Self>, PostgresFailure>
  where
    Self: TryFrom<T, Error = PostgresFailure>,
  {
    given.into_iter().map(Self::try_from).collect()
  }
}

/// The kind of values of a type, as the interfaces call it, and what reads them.
pub(super) fn kind_of(of: &Type) -> (&'static str, Read<PostgresValue>) {
  match *of {
    Type::BOOL => ("boolean", |row, index| read(row, index, PostgresValue::Boolean)),
    Type::CHAR => ("int8", |row, index| read(row, index, PostgresValue::Int8)),
    Type::INT2 => ("int16", |row, index| read(row, index, PostgresValue::Int16)),
    Type::INT4 => ("int32", |row, index| read(row, index, PostgresValue::Int32)),
    Type::INT8 => ("int64", |row, index| read(row, index, PostgresValue::Int64)),
    Type::FLOAT4 => ("floating32", |row, index| read(row, index, PostgresValue::Floating32)),
    Type::FLOAT8 => ("floating64", |row, index| read(row, index, PostgresValue::Floating64)),
    Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => {
      ("str", |row, index| read(row, index, PostgresValue::Str))
    }
    Type::BYTEA => ("binary", |row, index| read(row, index, PostgresValue::Binary)),
    Type::DATE => ("date", |row, index| read(row, index, PostgresValue::Date)),
    Type::TIME => ("time", |row, index| read(row, index, PostgresValue::Time)),
    Type::TIMESTAMP => ("datetime", |row, index| read(row, index, PostgresValue::Datetime)),
    Type::TIMESTAMPTZ => ("datetime", |row, index| {
      read(row, index, |instant: OffsetDateTime| {
        PostgresValue::Datetime(PrimitiveDateTime::new(instant.date(), instant.time()))
      })
    }),
    _ => ("other", |row, index| read(row, index, |Anything| PostgresValue::Unsupported)),
  }
}

impl Cell for PostgresValue {
  const NULL: Self = Self::Null;

  fn size(&self) -> usize {
    size_of::<Self>()
      + match self {
        Self::Str(text) => text.len(),
        Self::Binary(bytes) => bytes.len(),
        _ => 0,
      }
  }
}

impl PostgresValue {
  /// A parameter.
  pub(super) fn to_sql(&self) -> Result<Parameter, PostgresFailure> {
    Ok(match self {
      Self::Null => Box::new(Nothing),
      Self::Boolean(value) => Box::new(*value),
      Self::Int8(number) => Box::new(*number),
      Self::Int16(number) => Box::new(*number),
      Self::Int32(number) => Box::new(*number),
      Self::Int64(number) => Box::new(*number),
      Self::Floating32(number) => Box::new(*number),
      Self::Floating64(number) => Box::new(*number),
      Self::Str(text) => Box::new(text.clone()),
      Self::Binary(bytes) => Box::new(bytes.clone()),
      Self::Date(date) => Box::new(*date),
      Self::Time(time) => Box::new(*time),
      Self::Datetime(instant) => Box::new(Instant(*instant)),
      Self::Unsupported => return Err(bad("it is of a type that PostgreSQL does not have")),
    })
  }

  /// A day: its year, month and day.
  pub(crate) fn date(parts: &[i64]) -> Result<Self, PostgresFailure> {
    day(parts).map(Self::Date).ok_or_else(|| bad("there is no such day"))
  }

  /// A time of a day: its hour, minute, second and nanosecond.
  pub(crate) fn time(parts: &[i64]) -> Result<Self, PostgresFailure> {
    time(parts).map(Self::Time).ok_or_else(|| bad("there is no such time"))
  }

  /// Both, of UTC.
  pub(crate) fn datetime(parts: &[i64]) -> Result<Self, PostgresFailure> {
    let both = parts
      .split_at_checked(3)
      .and_then(|(of_day, of_time)| Some(PrimitiveDateTime::new(day(of_day)?, time(of_time)?)));
    both.map(Self::Datetime).ok_or_else(|| bad("there is no such time"))
  }

  /// Seconds since the beginning of 1970, of UTC.
  pub(crate) fn timestamp(seconds: i64) -> Result<Self, PostgresFailure> {
    let instant = OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| bad("there is no such time"))?;
    Ok(Self::Datetime(PrimitiveDateTime::new(instant.date(), instant.time())))
  }

  /// What the interfaces have for a day, a time or both.
  pub(crate) fn parts(&self) -> Vec<i64> {
    let of_day = |day: Date| [day.year().into(), u8::from(day.month()).into(), day.day().into()];
    let of_time =
      |time: Time| [time.hour().into(), time.minute().into(), time.second().into(), time.nanosecond().into()];
    match self {
      Self::Date(day) => of_day(*day).into(),
      Self::Time(time) => of_time(*time).into(),
      Self::Datetime(instant) => of_day(instant.date()).into_iter().chain(of_time(instant.time())).collect(),
      _ => Vec::new(),
    }
  }
}

fn bad(why: &str) -> PostgresFailure {
  PostgresFailure::BadParameter(format!("a parameter is no value: {why}"))
}

fn day(parts: &[i64]) -> Option<Date> {
  let &[year, month, day] = parts else { return None };
  let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
  Date::from_calendar_date(year.try_into().ok()?, month, day.try_into().ok()?).ok()
}

fn time(parts: &[i64]) -> Option<Time> {
  let &[hour, minute, second, nano] = parts else { return None };
  let number = |part: i64| u8::try_from(part).ok();
  Time::from_hms_nano(number(hour)?, number(minute)?, number(second)?, nano.try_into().ok()?).ok()
}

/// A value of any type.
struct Anything;

impl FromSql<'_> for Anything {
  fn from_sql(_: &Type, _: &[u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
    Ok(Self)
  }

  fn accepts(_: &Type) -> bool {
    true
  }
}

/// NULL of any type.
#[derive(Debug)]
struct Nothing;

impl ToSql for Nothing {
  fn to_sql(&self, _: &Type, _: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
    Ok(IsNull::Yes)
  }

  fn accepts(_: &Type) -> bool {
    true
  }

  to_sql_checked!();
}

/// A time with a zone or without.
#[derive(Debug)]
struct Instant(PrimitiveDateTime);

impl ToSql for Instant {
  fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
    match *of {
      Type::TIMESTAMPTZ => self.0.assume_utc().to_sql(of, out),
      _ => self.0.to_sql(of, out),
    }
  }

  fn accepts(of: &Type) -> bool {
    matches!(*of, Type::TIMESTAMP | Type::TIMESTAMPTZ)
  }

  to_sql_checked!();
}
