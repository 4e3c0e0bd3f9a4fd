use std::thread;

use super::*;

fn memory() -> Database {
  Database::open(&OpenOptions::new(":memory:")).unwrap()
}

fn statement(sql: &str, params: &str) -> Statement {
  Statement { sql: sql.to_owned(), params: serde_json::from_str(params).unwrap() }
}

fn buffers<const N: usize>(bytes: [&[u8]; N]) -> [ZeroCopyBuf; N] {
  bytes.map(|bytes| bytes.to_vec().into())
}

fn execute(database: &Database, sql: &str) -> Changes {
  database.execute(&statement(sql, "[]"), &[]).unwrap()
}

fn query(database: &Database, sql: &str, params: &str) -> String {
  database.query(&statement(sql, params), &[]).unwrap().get().to_owned()
}

fn query_error(database: &Database, sql: &str, params: &str) -> OpError {
  database.query(&statement(sql, params), &[]).unwrap_err()
}

fn fruit() -> Database {
  let database = memory();
  execute(&database, "CREATE TABLE fruit (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL)");
  database
}

#[test]
fn what_is_inserted_comes_back_in_the_order_of_the_columns() {
  let database = fruit();
  let insert = statement("INSERT INTO fruit (name, price) VALUES (?, ?)", r#"["apple", 1.5]"#);
  let changes = database.execute(&insert, &[]).unwrap();
  assert_eq!(changes, Changes { changes: 1, last_insert_rowid: Integer(1) });
  let rows = query(&database, "SELECT price, name, id FROM fruit WHERE name = :name", r#"{"name": "apple"}"#);
  assert_eq!(rows, r#"[{"price":1.5,"name":"apple","id":1}]"#);
  assert_eq!(query(&database, "SELECT * FROM fruit WHERE id = 2", "[]"), "[]");
}

#[test]
fn every_kind_of_value_comes_back_as_it_went() {
  let database = memory();
  let params = r#"[null, true, -1, 0.5, "x\u0000é\n\"",
    {"$int": "9223372036854775807"}, {"$blob": "AP8="}, {"$buffer": 1}]"#;
  let select = statement("SELECT ? a, ? b, ? c, ? d, ? e, ? f, ? g, ? h", params);
  let rows = database.query(&select, &buffers([b"no", b"yes"])).unwrap();
  let expected = concat!(
    r#"[{"a":null,"b":1,"c":-1,"d":0.5,"e":"x\u0000é\n\"","f":{"$int":"9223372036854775807"},"#,
    r#""g":{"$blob":"AP8="},"h":{"$blob":"eWVz"}}]"#
  );
  assert_eq!(rows.get(), expected);
}

#[test]
fn values_keep_their_sqlite_types() {
  let sql = "SELECT typeof(?) a, typeof(?) b, typeof(?) c, typeof(?) d, typeof(?) e, typeof(?) f";
  let rows = query(&memory(), sql, r#"[null, false, 1, 1.5, "1", {"$blob": ""}]"#);
  assert_eq!(rows, r#"[{"a":"null","b":"integer","c":"integer","d":"real","e":"text","f":"blob"}]"#);
}

#[test]
fn reals_are_always_valid_json() {
  let rows = query(&memory(), "SELECT 9e999 a, -9e999 b, 1e300 c, 2.0 d, 9e999 - 9e999 e", "[]");
  assert_eq!(rows, r#"[{"a":1e999,"b":-1e999,"c":1e+300,"d":2.0,"e":null}]"#);
}

#[test]
fn a_column_name_is_escaped() {
  assert_eq!(query(&memory(), r#"SELECT 1 AS "a""b""#, "[]"), r#"[{"a\"b":1}]"#);
}

#[test]
fn text_that_is_not_utf_8_is_refused_and_can_be_read_as_a_blob() {
  let database = memory();
  execute(&database, "CREATE TABLE t (x TEXT); INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))");
  let error = query_error(&database, "SELECT x FROM t", "[]");
  assert_eq!((error.class(), error.code()), ("InvalidData", Some("ERR_SQLITE_TEXT")));
  assert_eq!(query(&database, "SELECT CAST(x AS BLOB) x FROM t", "[]"), r#"[{"x":{"$blob":"/0E="}}]"#);
}

#[test]
fn without_parameters_execute_runs_many_statements() {
  let database = memory();
  let changes = execute(
    &database,
    "CREATE TABLE t (x); INSERT INTO t VALUES (1), (2); -- a comment\n UPDATE t SET x = x + 1; SELECT * FROM t; ",
  );
  assert_eq!(changes, Changes { changes: 4, last_insert_rowid: Integer(2) });
  assert_eq!(query(&database, "SELECT x FROM t", "[]"), r#"[{"x":2},{"x":3}]"#);
}

#[test]
fn a_statement_that_changes_no_rows_counts_none() {
  let database = fruit();
  execute(&database, "INSERT INTO fruit (name) VALUES ('a'), ('b')");
  for sql in ["CREATE TABLE other (x)", "SELECT * FROM fruit", "DELETE FROM other", "PRAGMA user_version = 3"] {
    assert_eq!(execute(&database, sql).changes, 0, "{sql}");
  }
}

#[test]
fn execute_takes_a_pragma_that_gives_rows() {
  let folder = tempfile::tempdir().unwrap();
  let database = Database::open(&OpenOptions::new(folder.path().join("a.db").to_str().unwrap())).unwrap();
  execute(&database, "PRAGMA journal_mode = WAL");
  assert_eq!(query(&database, "PRAGMA journal_mode", "[]"), r#"[{"journal_mode":"wal"}]"#);
  database.close().unwrap();
}

#[test]
fn a_cached_query_sees_that_a_column_was_added() {
  let database = memory();
  execute(&database, "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  assert_eq!(query(&database, "SELECT * FROM t", "[]"), r#"[{"a":1}]"#);
  execute(&database, "ALTER TABLE t ADD COLUMN b DEFAULT 2");
  assert_eq!(query(&database, "SELECT * FROM t", "[]"), r#"[{"a":1,"b":2}]"#);
}

#[test]
fn parameters_must_fit_the_statement() {
  let database = memory();
  for (sql, params, expected) in [
    ("SELECT ?, ?", "[1]", r#"wants 2 parameters, got 1, in "SELECT ?, ?""#),
    ("SELECT 1", "[1]", r#"wants 0 parameters, got 1, in "SELECT 1""#),
    ("SELECT :a", "{}", r#"there is no value for parameter :a, in "SELECT :a""#),
    ("SELECT :a", r#"{"a": 1, "b": 2}"#, r#"there is no parameter "b", in "SELECT :a""#),
    ("SELECT :a", r#"{"a": 1, ":a": 2}"#, r#"a parameter has two values, in "SELECT :a""#),
    ("SELECT ?", r#"{"a": 1}"#, r#"parameter 1 has no name, wants an array of values, in "SELECT ?""#),
    ("SELECT ?", r#"[{"$buffer": 0}]"#, r#"there is no buffer 0, got 0 buffers, in "SELECT ?""#),
  ] {
    let error = query_error(&database, sql, params);
    assert_eq!(error.to_string(), expected);
    assert_eq!((error.class(), error.code()), ("TypeError", Some("ERR_SQLITE_PARAMS")));
  }
  let error = database.execute(&statement("SELECT ?", "[]"), &[]).unwrap_err();
  assert_eq!(error.code(), Some("ERR_SQLITE_PARAMS"));
}

#[test]
fn a_named_parameter_is_found_with_and_without_its_sign() {
  let rows = query(&memory(), "SELECT :a a, @b b, $c c, :a d", r#"{"a": 1, "@b": 2, "c": 3}"#);
  assert_eq!(rows, r#"[{"a":1,"b":2,"c":3,"d":1}]"#);
}

#[test]
fn one_statement_is_wanted_where_only_one_can_be() {
  let database = fruit();
  for (sql, expected) in [
    ("SELECT 1; SELECT 2", "wants one statement, got several"),
    ("", "wants a statement, got none"),
    (" -- nothing", "wants a statement, got none"),
    ("SELECT 1\0", "there is a NUL character"),
  ] {
    let error = query_error(&database, sql, "[]");
    assert!(error.to_string().starts_with(expected), "{error}");
    assert_eq!((error.class(), error.code()), ("TypeError", Some("ERR_SQLITE_SQL")));
  }
  for (sql, params) in [("", "[]"), ("SELECT 1;\0", "[]"), ("SELECT ?; SELECT 2", "[1]")] {
    let error = database.execute(&statement(sql, params), &[]).unwrap_err();
    assert_eq!(error.code(), Some("ERR_SQLITE_SQL"), "{sql:?}");
  }
  assert_eq!(query(&database, "SELECT 1 AS x ; -- that is all", "[]"), r#"[{"x":1}]"#);
}

#[test]
fn errors_of_sqlite_carry_its_code_its_message_and_the_statement() {
  let database = fruit();
  execute(&database, "INSERT INTO fruit (name) VALUES ('apple')");
  for (sql, code, message) in [
    ("SELEC 1", "ERR_SQLITE_ERROR", r#"near "SELEC": syntax error, in "SELEC 1""#),
    ("SELECT * FROM nuts", "ERR_SQLITE_ERROR", r#"no such table: nuts, in "SELECT * FROM nuts""#),
    (
      "INSERT INTO fruit (name)\n VALUES ('apple')",
      "ERR_SQLITE_CONSTRAINT",
      r#"UNIQUE constraint failed: fruit.name, in "INSERT INTO fruit (name) VALUES ('apple')""#,
    ),
    (
      "INSERT INTO fruit (id) VALUES ('x')",
      "ERR_SQLITE_MISMATCH",
      r#"datatype mismatch, in "INSERT INTO fruit (id) VALUES ('x')""#,
    ),
  ] {
    for error in [query_error(&database, sql, "[]"), database.execute(&statement(sql, "[]"), &[]).unwrap_err()] {
      assert_eq!((error.class(), error.code()), ("Error", Some(code)), "{error}");
      assert_eq!(error.to_string(), message);
    }
  }
}

#[test]
fn execute_many_loads_rows_and_counts_them() {
  let database = fruit();
  let rows: Vec<Params> = serde_json::from_str(r#"[["a", 1], ["b", {"$buffer": 0}], {"1": "c", "2": null}]"#).unwrap();
  let sql = "INSERT INTO fruit (name, price) VALUES (?1, ?2)";
  let changes = database.execute_many(sql, &rows, &buffers([b"bytes"])).unwrap();
  assert_eq!(changes, Changes { changes: 3, last_insert_rowid: Integer(3) });
  let rows = query(&database, "SELECT name, typeof(price) type FROM fruit", "[]");
  assert_eq!(rows, r#"[{"name":"a","type":"real"},{"name":"b","type":"blob"},{"name":"c","type":"null"}]"#);
  assert_eq!(database.execute_many(sql, &[], &[]).unwrap().changes, 0);
}

#[test]
fn execute_many_that_fails_leaves_nothing_and_names_the_row() {
  let database = fruit();
  let rows: Vec<Params> = serde_json::from_str(r#"[["a"], ["b"], ["a"]]"#).unwrap();
  let error = database.execute_many("INSERT INTO fruit (name) VALUES (?)", &rows, &[]).unwrap_err();
  assert!(error.to_string().starts_with("rows[2]: UNIQUE constraint failed: fruit.name"), "{error}");
  assert_eq!(error.code(), Some("ERR_SQLITE_CONSTRAINT"));
  assert_eq!(query(&database, "SELECT count(*) n FROM fruit", "[]"), r#"[{"n":0}]"#);
}

#[test]
fn a_transaction_does_all_or_nothing() {
  let database = fruit();
  let insert = |name: &str| statement("INSERT INTO fruit (name) VALUES (?)", &format!("[{name:?}]"));
  let done = database.transaction(&[insert("a"), insert("b"), statement("DELETE FROM fruit", "[]")], &[]).unwrap();
  assert_eq!(done.iter().map(|changes| changes.changes).collect::<Vec<_>>(), [1, 1, 2]);
  let error = database.transaction(&[insert("c"), insert("c")], &[]).unwrap_err();
  assert!(error.to_string().starts_with("statements[1]: UNIQUE constraint failed"), "{error}");
  assert_eq!(query(&database, "SELECT * FROM fruit", "[]"), "[]");
  assert_eq!(database.transaction(&[], &[]).unwrap(), []);
}

#[test]
fn a_statement_that_ends_the_transaction_is_an_error() {
  let database = fruit();
  let error = database.transaction(&[statement("COMMIT", "[]"), statement("SELECT 1", "[]")], &[]).unwrap_err();
  assert_eq!(error.code(), Some("ERR_SQLITE_TRANSACTION"));
  assert!(error.to_string().starts_with("statements[0]: "), "{error}");
  let error = database.execute_many("ROLLBACK", &[Params::default()], &[]).unwrap_err();
  assert_eq!(error.code(), Some("ERR_SQLITE_TRANSACTION"));
}

#[test]
fn a_transaction_in_a_transaction_of_the_script_is_refused_and_spoils_nothing() {
  let database = fruit();
  execute(&database, "BEGIN; INSERT INTO fruit (name) VALUES ('a')");
  let error = database.transaction(&[statement("SELECT 1", "[]")], &[]).unwrap_err();
  assert_eq!(error.code(), Some("ERR_SQLITE_ERROR"));
  assert!(error.to_string().contains("cannot start a transaction within a transaction"), "{error}");
  execute(&database, "COMMIT");
  assert_eq!(query(&database, "SELECT name FROM fruit", "[]"), r#"[{"name":"a"}]"#);
}

#[test]
fn foreign_keys_are_enforced() {
  let database = memory();
  execute(&database, "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a (id))");
  let error = database.execute(&statement("INSERT INTO b VALUES (1)", "[]"), &[]).unwrap_err();
  assert_eq!(error.code(), Some("ERR_SQLITE_CONSTRAINT"));
}

#[test]
fn the_bytes_of_a_blob_and_of_a_text_can_be_read() {
  let database = memory();
  let blob = |sql, params| database.blob(&statement(sql, params), &buffers([b"\x00\x01\xff"]));
  assert_eq!(blob("SELECT ?", r#"[{"$buffer": 0}]"#), Ok(Some(vec![0, 1, 255])));
  assert_eq!(blob("SELECT x'' , 1", "[]"), Ok(Some(vec![])));
  assert_eq!(blob("SELECT 'é'", "[]"), Ok(Some("é".as_bytes().to_vec())));
  assert_eq!(blob("SELECT NULL", "[]"), Ok(None));
  assert_eq!(blob("SELECT 1 WHERE 0", "[]"), Ok(None));
  let error = blob("SELECT 1", "[]").unwrap_err();
  assert_eq!((error.class(), error.code()), ("TypeError", Some("ERR_SQLITE_BLOB")));
}

#[test]
fn a_file_keeps_what_was_written_and_can_be_opened_for_reading_only() {
  let folder = tempfile::tempdir().unwrap();
  let path = folder.path().join("é.db");
  let options = OpenOptions::new(path.to_str().unwrap());
  let database = Database::open(&options).unwrap();
  execute(&database, "CREATE TABLE t (x); INSERT INTO t VALUES (7)");
  database.close().unwrap();

  let database = Database::open(&OpenOptions { read_only: true, ..options }).unwrap();
  assert_eq!(query(&database, "SELECT x FROM t", "[]"), r#"[{"x":7}]"#);
  let error = database.execute(&statement("DELETE FROM t", "[]"), &[]).unwrap_err();
  assert_eq!(error.code(), Some("ERR_SQLITE_READONLY"));
  assert_eq!(database.transaction(&[statement("SELECT x FROM t", "[]")], &[]).unwrap().len(), 1);
}

#[test]
fn what_cannot_be_opened_is_refused_at_once_with_its_path() {
  let folder = tempfile::tempdir().unwrap();
  let missing = folder.path().join("missing.db");
  let missing = OpenOptions::new(missing.to_str().unwrap());
  for options in [
    OpenOptions { create: false, ..missing.clone() },
    OpenOptions { read_only: true, ..missing.clone() },
    OpenOptions::new(folder.path().to_str().unwrap()),
    OpenOptions::new("a\0b"),
  ] {
    let error = Database::open(&options).unwrap_err();
    assert_eq!((error.class(), error.code()), ("Error", Some("ERR_SQLITE_CANTOPEN")), "{error}");
    assert!(error.to_string().contains(&format!("{:?}", options.path)), "{error}");
  }
  assert!(!folder.path().join("missing.db").exists());

  let text = folder.path().join("text.db");
  std::fs::write(&text, "This is no database, but long enough to have a header of a hundred bytes. ".repeat(3))
    .unwrap();
  let error = Database::open(&OpenOptions::new(text.to_str().unwrap())).unwrap_err();
  assert_eq!(error.code(), Some("ERR_SQLITE_NOTADB"), "{error}");
}

#[test]
fn a_locked_database_is_busy_after_the_timeout() {
  let folder = tempfile::tempdir().unwrap();
  let options = OpenOptions { busy_timeout: 10, ..OpenOptions::new(folder.path().join("a.db").to_str().unwrap()) };
  let (first, second) = (Database::open(&options).unwrap(), Database::open(&options).unwrap());
  execute(&first, "CREATE TABLE t (x); BEGIN IMMEDIATE");
  let error = second.execute(&statement("INSERT INTO t VALUES (1)", "[]"), &[]).unwrap_err();
  assert_eq!((error.class(), error.code()), ("Error", Some("ERR_SQLITE_BUSY")));
  execute(&first, "COMMIT");
  execute(&second, "INSERT INTO t VALUES (1)");
}

#[test]
fn two_databases_of_one_file_wait_for_each_other() {
  let folder = tempfile::tempdir().unwrap();
  let options = OpenOptions::new(folder.path().join("a.db").to_str().unwrap());
  execute(
    &Database::open(&options).unwrap(),
    "PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (0)",
  );
  thread::scope(|scope| {
    for _ in 0..2 {
      scope.spawn(|| {
        let database = Database::open(&options).unwrap();
        for _ in 0..50 {
          database.transaction(&[statement("UPDATE t SET x = x + 1", "[]")], &[]).unwrap();
        }
      });
    }
  });
  assert_eq!(query(&Database::open(&options).unwrap(), "SELECT x FROM t", "[]"), r#"[{"x":100}]"#);
}
