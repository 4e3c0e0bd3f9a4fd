//! What statements may not do: reach another file, change the limits, take without end.

use std::fs;

use super::App;
use super::execute;
use super::message;
use super::row;
use super::text;
use crate::Limits;
use crate::Value;

#[tokio::test]
async fn no_statement_leaves_the_file() {
  let app = App::new();
  let session = app.connect();
  let outside = app.folder.path().join("outside.db");
  let outside = outside.display();
  execute(&session, "CREATE TABLE t (a)", &[]).await.unwrap();
  for statement in [
    format!("ATTACH '{outside}' AS other"),
    format!("ATTACH 'file:{outside}?mode=rwc' AS other"),
    format!("ATTACH '/' || '{outside}' AS other"),
    format!("VACUUM INTO '{outside}'"),
    "PRAGMA temp_store_directory = '/tmp'".to_owned(),
    "PRAGMA data_store_directory = '/tmp'".to_owned(),
    "PRAGMA database_list".to_owned(),
    "SELECT * FROM pragma_database_list".to_owned(),
    "PRAGMA journal_mode = DELETE".to_owned(),
    "PRAGMA max_page_count = 1000000000".to_owned(),
    "PRAGMA main.MAX_PAGE_COUNT = 1000000000".to_owned(),
    "PRAGMA hard_heap_limit = 0".to_owned(),
    "PRAGMA soft_heap_limit = 0".to_owned(),
    "PRAGMA writable_schema = ON".to_owned(),
    "PRAGMA mmap_size = 1000000000".to_owned(),
    "PRAGMA cache_size = 1000000".to_owned(),
    "PRAGMA temp_store = MEMORY".to_owned(),
    "PRAGMA busy_timeout = 1000000000".to_owned(),
    "PRAGMA trusted_schema = ON".to_owned(),
    "PRAGMA nobody_knows_it".to_owned(),
    "SELECT load_extension('/lib/x.so')".to_owned(),
    "SELECT fts3_tokenizer('simple')".to_owned(),
    "SELECT readfile('/etc/passwd')".to_owned(),
    "SELECT writefile('/tmp/x', 'y')".to_owned(),
    "CREATE VIRTUAL TABLE v USING dbstat".to_owned(),
    "CREATE VIRTUAL TABLE v USING csv(filename='/etc/passwd')".to_owned(),
    "UPDATE sqlite_master SET sql = ''".to_owned(),
  ] {
    let said = execute(&session, &statement, &[]).await;
    assert!(said.is_err(), "{statement}: {said:?}");
    // Within what runs later, too.
  }
  assert!(message(&session, &format!("ATTACH '{outside}' AS other")).await.contains("would use another file"));
  assert!(!fs::exists(app.folder.path().join("outside.db")).unwrap());
}

#[tokio::test]
async fn what_stays_in_the_file_works() {
  let app = App::new();
  let session = app.connect();
  for statement in [
    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE)",
    "CREATE TRIGGER log AFTER INSERT ON t BEGIN UPDATE t SET name = name || '!' WHERE id = new.id; END",
    "CREATE VIEW names AS SELECT name FROM t",
    "CREATE INDEX by_name ON t (name, id)",
    "INSERT INTO t (name) VALUES ('a')",
    "CREATE VIRTUAL TABLE words USING fts5(body)",
    "INSERT INTO words VALUES ('the quick brown fox')",
    "CREATE VIRTUAL TABLE places USING rtree(id, x0, x1)",
    "ALTER TABLE t ADD COLUMN more",
    "PRAGMA user_version = 3",
    "ANALYZE",
    "REINDEX",
    "VACUUM",
  ] {
    execute(&session, statement, &[]).await.unwrap_or_else(|failure| panic!("{statement}: {failure}"));
  }
  assert_eq!(row(&session, "SELECT name FROM names").await, [text("a!")]);
  assert_eq!(row(&session, "SELECT count(*) FROM words WHERE words MATCH 'quick'").await, [Value::Integer(1)]);
  assert_eq!(row(&session, "PRAGMA user_version").await, [Value::Integer(3)]);
  assert_eq!(row(&session, "SELECT name FROM pragma_table_info('t') LIMIT 1").await, [text("id")]);
  assert_eq!(row(&session, "SELECT json_extract('{\"a\": [1, 2]}', '$.a[1]')").await, [Value::Integer(2)]);
}

#[tokio::test]
async fn a_large_statement_works() {
  let app = App::new();
  let values: Vec<_> = (0..2000).map(|number| format!("({number})")).collect();
  let large = format!("SELECT count(*) FROM (VALUES {})", values.join(", "));
  assert!(large.len() > 4096);
  assert_eq!(row(&app.connect(), &large).await, [Value::Integer(2000)]);
}

#[tokio::test]
async fn a_statement_gives_no_more_than_fits() {
  let app = App::with(Limits { result_bytes: 1 << 20, ..Limits::default() });
  let session = app.connect();
  let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'some text' FROM n";
  assert!(message(&session, many).await.contains("ask for less"));
  assert_eq!(
    message(&session, "SELECT zeroblob(2000000)").await,
    "a value or a statement for the database default is too large"
  );
  assert!(message(&session, &format!("SELECT '{}'", "x".repeat(1 << 21))).await.contains("too large"));
  assert_eq!(row(&session, "SELECT length(zeroblob(1000))").await, [Value::Integer(1000)]);
}
