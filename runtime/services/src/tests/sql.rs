//! Connections: values, transactions, and what is wrong with files.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use super::App;
use super::execute;
use super::message;
use super::row;
use super::text;
use crate::Failure;
use crate::Limits;
use crate::Value;

#[tokio::test]
async fn values_come_back_as_they_were_passed() {
  let app = App::new();
  let session = app.connect();
  let values = [Value::Null, Value::Integer(i64::MIN), Value::Real(0.1), text("ä\0b"), Value::Blob(vec![0, 255, 1])];
  let executed = execute(&session, "SELECT ?, ?, ?, ?, ? AS bytes", &values).await.unwrap();
  assert_eq!(executed.rows, [values]);
  assert_eq!(executed.columns[4], "bytes");
}

#[tokio::test]
async fn it_is_said_what_was_changed() {
  let app = App::new();
  let session = app.connect();
  execute(&session, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", &[]).await.unwrap();
  let inserted = execute(&session, "INSERT INTO t (name) VALUES ('a'), ('b'), ('c')", &[]).await.unwrap();
  assert_eq!((inserted.last_insert_rowid, inserted.changes), (3, 3));
  let found = execute(&session, "DELETE FROM t WHERE id > ? RETURNING name", &[Value::Integer(1)]).await.unwrap();
  assert_eq!(found.rows, [[text("b")], [text("c")]]);
  assert_eq!(found.changes, 2);
  assert_eq!(row(&session, "SELECT last_insert_rowid(), changes()").await, [Value::Integer(3), Value::Integer(2)]);
}

#[tokio::test]
async fn what_others_have_changed_is_not_told() {
  let app = App::new();
  let session = app.connect();
  execute(&session, "CREATE TABLE t (id INTEGER PRIMARY KEY)", &[]).await.unwrap();
  execute(&session, "INSERT INTO t VALUES (7)", &[]).await.unwrap();
  drop(session);
  // It has the same connection.
  let session = app.connect();
  let found = execute(&session, "SELECT * FROM t", &[]).await.unwrap();
  assert_eq!((found.last_insert_rowid, found.changes), (0, 0));
  let inserted = execute(&session, "INSERT INTO t VALUES (8)", &[]).await.unwrap();
  assert_eq!((inserted.last_insert_rowid, inserted.changes), (8, 1));
}

#[tokio::test]
async fn statements_that_fail_say_why() {
  let app = App::new();
  let session = app.connect();
  for (statement, why) in [("SELEC 1", "syntax error"), ("SELECT * FROM nowhere", "no such table: nowhere")] {
    let said = message(&session, statement).await;
    assert!(said.contains(why), "{said}");
  }
  assert!(execute(&session, "SELECT ?", &[]).await.is_err());
  assert!(execute(&session, "SELECT 1", &[Value::Null]).await.is_err());
  execute(&session, "CREATE TABLE t (id INTEGER PRIMARY KEY)", &[]).await.unwrap();
  execute(&session, "INSERT INTO t VALUES (1)", &[]).await.unwrap();
  assert!(message(&session, "INSERT INTO t VALUES (1)").await.contains("UNIQUE"));
  assert_eq!(row(&session, "SELECT count(*) FROM t").await, [Value::Integer(1)]);
}

#[tokio::test]
async fn a_transaction_is_its_connections_alone_and_is_undone_with_it() {
  let app = App::new();
  let (one, other) = (app.connect(), app.connect());
  execute(&one, "CREATE TABLE t (id INTEGER)", &[]).await.unwrap();
  execute(&one, "BEGIN", &[]).await.unwrap();
  execute(&one, "INSERT INTO t VALUES (1)", &[]).await.unwrap();
  assert_eq!(row(&other, "SELECT count(*) FROM t").await, [Value::Integer(0)]);
  assert_eq!(row(&one, "SELECT count(*) FROM t").await, [Value::Integer(1)]);
  drop(one);
  // It goes on a thread of its own, and nobody waits for that.
  execute(&other, "INSERT INTO t VALUES (2)", &[]).await.unwrap();
  assert_eq!(row(&other, "SELECT group_concat(id) FROM t").await, [text("2")]);
}

#[tokio::test]
async fn nothing_temporary_is_left_to_the_next_connection() {
  let app = App::new();
  for statement in ["CREATE TEMP TABLE secret (a)", "CREATE TEMP VIEW secret AS SELECT 1", "PRAGMA foreign_keys = OFF"]
  {
    let session = app.connect();
    execute(&session, statement, &[]).await.unwrap();
    drop(session);
    let session = app.connect();
    assert_eq!(row(&session, "SELECT count(*) FROM temp.sqlite_master").await, [Value::Integer(0)], "{statement}");
    assert_eq!(row(&session, "PRAGMA foreign_keys").await, [Value::Integer(1)], "{statement}");
  }
}

#[tokio::test]
async fn a_statement_that_runs_away_is_ended() {
  let app = App::with(Limits { statement: Duration::from_millis(100), ..Limits::default() });
  let session = app.connect();
  let began = Instant::now();
  let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  assert_eq!(message(&session, endless).await, "the statement took longer than 100ms and was ended");
  assert!(began.elapsed() < Duration::from_secs(20));
  assert_eq!(row(&session, "SELECT 1").await, [Value::Integer(1)]);
}

#[tokio::test]
async fn a_statement_that_nobody_waits_for_is_ended() {
  let app = App::with(Limits { statement: Duration::from_secs(3600), connections: 1, ..Limits::default() });
  let session = app.connect();
  let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
  let waited = tokio::time::timeout(Duration::from_millis(200), execute(&session, endless, &[])).await;
  assert!(waited.is_err());
  // There is one connection, and it is free again.
  assert_eq!(row(&app.connect(), "SELECT 1").await, [Value::Integer(1)]);
}

#[tokio::test]
async fn who_finds_no_connection_is_told_so() {
  let app = App::with(Limits { connections: 1, wait: Duration::from_millis(100), ..Limits::default() });
  let (one, other) = (app.connect(), app.connect());
  assert_eq!(row(&one, "SELECT 1").await, [Value::Integer(1)]);
  assert_eq!(message(&other, "SELECT 1").await, "all 1 connections to the database default are in use");
  drop(one);
  assert_eq!(row(&other, "SELECT 1").await, [Value::Integer(1)]);
}

#[tokio::test]
async fn who_waits_too_long_for_a_writer_is_told_so() {
  let app = App::with(Limits { wait: Duration::from_millis(100), ..Limits::default() });
  let (one, other) = (app.connect(), app.connect());
  execute(&one, "CREATE TABLE t (id INTEGER)", &[]).await.unwrap();
  execute(&one, "BEGIN IMMEDIATE", &[]).await.unwrap();
  assert_eq!(message(&other, "INSERT INTO t VALUES (1)").await, "the database default is busy: somebody else writes");
  execute(&one, "COMMIT", &[]).await.unwrap();
  execute(&other, "INSERT INTO t VALUES (1)", &[]).await.unwrap();
}

#[tokio::test]
async fn a_full_file_takes_no_more() {
  let app = App::with(Limits { file_bytes: 256 << 10, ..Limits::default() });
  let session = app.connect();
  execute(&session, "CREATE TABLE t (b BLOB)", &[]).await.unwrap();
  let failure = execute(&session, "INSERT INTO t VALUES (randomblob(1000000))", &[]).await.unwrap_err();
  assert!(matches!(failure, Failure::Full(_)), "{failure}");
  assert_eq!(row(&session, "SELECT count(*) FROM t").await, [Value::Integer(0)]);
}

#[tokio::test]
async fn what_cannot_be_opened_is_an_error_that_names_no_path() {
  let app = App::new();
  fs::create_dir(app.folder.path().join("sqlite_db.db")).unwrap();
  assert_eq!(message(&app.connect(), "SELECT 1").await, "the database default cannot be opened");
}

#[tokio::test]
async fn what_is_no_database_is_an_error_that_names_no_path() {
  let app = App::new();
  fs::write(app.folder.path().join("sqlite_db.db"), "no database ".repeat(100)).unwrap();
  let said = message(&app.connect(), "SELECT 1").await;
  assert_eq!(said, "the file of the database default is damaged, or not SQLite's");
}
