use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::json;

use super::*;

#[track_caller]
fn crosses<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
  let written = write(&value).unwrap();
  assert_eq!(read::<T>(&written).unwrap(), value);
  for length in 0..written.len() {
    assert!(read::<T>(&written[..length]).is_err(), "{length} of {} bytes of {value:?}", written.len());
  }
}

fn of_store(request: KeyValue) -> Request {
  Request::KeyValue { store: "default".into(), request }
}

fn of_http(body: HttpBody) -> HttpRequest {
  let headers = vec![("accept".into(), Bytes(b"*/*".to_vec())), ("x-own".into(), Bytes(vec![0xff]))];
  HttpRequest { method: "POST".into(), uri: "http://localhost/a?b".into(), headers, body, redirects: 10 }
}

#[test]
fn requests_cross_as_they_are() {
  let (key, keys) = ("grüße".to_string(), vec![String::new(), "k".repeat(100)]);
  let value = Bytes((0..=255).collect());
  for request in [
    KeyValue::Get { key: key.clone() },
    KeyValue::Set { key: key.clone(), value: value.clone() },
    KeyValue::Delete { key: key.clone() },
    KeyValue::Exists { key: key.clone() },
    KeyValue::Keys,
    KeyValue::Increment { key: key.clone(), delta: i64::MIN },
    KeyValue::Increment { key: key.clone(), delta: (1 << 53) + 1 },
    KeyValue::CompareAndSwap { key: key.clone(), expected: None, value: Bytes::default() },
    KeyValue::CompareAndSwap { key: key.clone(), expected: Some(value.clone()), value: value.clone() },
    KeyValue::GetMany { keys: keys.clone() },
    KeyValue::SetMany { pairs: vec![(key.clone(), value.clone()), (String::new(), Bytes::default())] },
    KeyValue::DeleteMany { keys: Vec::new() },
  ] {
    crosses(of_store(request));
  }
  let (connection, statement) = (u32::MAX, "select ?".to_string());
  let sql = [SqlValue::Null, i64::MAX.into(), 0.5.into(), 1.0.into(), "text".into(), vec![0, 255].into()];
  let postgres = [
    PostgresValue::Null,
    true.into(),
    PostgresValue::Int8(-1),
    i16::MIN.into(),
    i32::MAX.into(),
    i64::MIN.into(),
    1.5_f32.into(),
    f64::MAX.into(),
    "text".into(),
    vec![7].into(),
    Date { year: -44, month: 3, day: 15 }.into(),
    Time { hour: 23, minute: 59, second: 59, nanosecond: 999_999_999 }.into(),
    PostgresValue::Timestamp(
      Date { year: 2024, month: 2, day: 29 },
      Time { hour: 0, minute: 0, second: 0, nanosecond: 0 },
    ),
    PostgresValue::Unsupported,
  ];
  for request in [
    Request::Connect(Connect::Database("default".into())),
    Request::Connect(Connect::Redis("redis://localhost".into())),
    Request::Connect(Connect::Postgres("postgres://localhost".into())),
    Request::Connect(Connect::Http(of_http(HttpBody::Whole((0..=255).collect())))),
    Request::Connect(Connect::Http(of_http(HttpBody::Written { length: None }))),
    Request::Connect(Connect::Http(of_http(HttpBody::Written { length: Some(u64::MAX) }))),
    Request::HttpAnswer { connection },
    Request::HttpRead { connection },
    Request::HttpWrite { connection, bytes: value.clone() },
    Request::HttpEnd { connection, trailers: vec![("a".into(), Bytes(vec![0xff]))] },
    Request::Close { connection },
    Request::Execute { connection, statement: statement.clone(), parameters: sql.into() },
    Request::Redis { connection, command: "SET".into(), arguments: vec![value, Bytes::default()] },
    Request::PostgresQuery { connection, statement: statement.clone(), parameters: postgres.clone().into() },
    Request::PostgresExecute { connection, statement, parameters: postgres.into() },
    Request::Variable { name: "greeting".into() },
    Request::Variables,
    Request::Environment,
    Request::Path { path: "/texts/a.txt".into() },
  ] {
    crosses(request);
  }
}

#[test]
fn answers_cross_as_they_are() {
  crosses(None::<Bytes>);
  crosses(vec![Some(Bytes(vec![1])), None]);
  crosses(vec![RedisReply::Nil, RedisReply::Status("OK".into()), RedisReply::Integer(-7), RedisReply::Bytes(vec![0])]);
  crosses(Executed {
    columns: vec!["a".into(), "a".into()],
    rows: vec![vec![SqlValue::Null, SqlValue::Real(f64::INFINITY)]],
    last_insert_rowid: i64::MAX,
    changes: u64::MAX,
  });
  crosses(HttpPiece::Bytes((0..=255).collect()));
  crosses(HttpPiece::End(vec![("a".into(), Bytes::default())]));
  crosses(HttpAnswer { status: 200, headers: vec![("a".into(), Bytes::default())], length: Some(0) });
  crosses(PostgresRows {
    columns: vec![Column { name: "a".into(), kind: "int32".into() }],
    rows: vec![vec![1.into()], vec![None::<i32>.into()]],
  });
}

/// What ABI.md shows to those who write it by themselves.
#[test]
fn requests_are_told_by_names() {
  for (request, shown) in [
    (
      of_store(KeyValue::Get { key: "a".into() }),
      json!({ "key_value": { "store": "default", "request": { "get": { "key": "a" } } } }),
    ),
    (Request::Connect(Connect::Database("default".into())), json!({ "connect": { "database": "default" } })),
    (Request::Variables, json!("variables")),
    (
      Request::Execute { connection: 1, statement: "select 1".into(), parameters: vec![SqlValue::Null, 7.into()] },
      json!({ "execute": { "connection": 1, "statement": "select 1", "parameters": ["null", { "integer": 7 }] } }),
    ),
  ] {
    assert_eq!(read::<Value>(&write(&request).unwrap()).unwrap(), shown);
  }
}

#[test]
fn what_a_host_does_not_know_is_told_by_its_name() {
  let error = read::<Request>(&write(&json!({ "send_mail": { "to": "you" } })).unwrap()).unwrap_err();
  assert!(error.to_string().contains("unknown variant `send_mail`"), "{error}");
  let error = read::<Request>(&write(&json!({ "variable": {} })).unwrap()).unwrap_err();
  assert!(error.to_string().contains("missing field `name`"), "{error}");
}
