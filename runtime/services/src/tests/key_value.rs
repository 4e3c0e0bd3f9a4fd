use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::App;
use crate::Failure;
use crate::KeyValue;
use crate::Limits;

const MIB: usize = 1 << 20;

async fn set(store: &Arc<dyn KeyValue>, key: &str, value: &[u8]) -> Result<(), Failure> {
  store.set(key.to_owned(), value.to_vec()).await
}

async fn get(store: &Arc<dyn KeyValue>, key: &str) -> Option<Vec<u8>> {
  store.get(key.to_owned()).await.unwrap()
}

#[tokio::test]
async fn values_are_kept_and_each_store_has_its_own() {
  let app = App::new();
  let (one, other) = (app.services.store("default"), app.services.store("other"));
  set(&one, "a", b"1").await.unwrap();
  set(&one, "a", b"2").await.unwrap();
  set(&one, "", b"").await.unwrap();
  set(&other, "b", b"3").await.unwrap();
  assert_eq!(get(&one, "a").await.as_deref(), Some(&b"2"[..]));
  assert_eq!(get(&one, "").await.as_deref(), Some(&b""[..]));
  assert_eq!(get(&one, "b").await, None);
  assert!(one.exists("a".to_owned()).await.unwrap());
  assert!(!one.exists("b".to_owned()).await.unwrap());
  one.delete("a".to_owned()).await.unwrap();
  one.delete("a".to_owned()).await.unwrap();
  assert_eq!(get(&one, "a").await, None);
  assert_eq!(get(&other, "b").await.as_deref(), Some(&b"3"[..]));
}

#[tokio::test]
async fn another_host_finds_what_was_kept() {
  let app = App::new();
  set(&app.services.store("default"), "a", b"1").await.unwrap();
  let again = crate::Services::builder(app.folder.path()).build().unwrap();
  assert_eq!(get(&again.store("default"), "a").await.as_deref(), Some(&b"1"[..]));
}

#[tokio::test]
async fn large_values_are_kept_and_too_large_ones_refused() {
  let app = App::with(Limits { result_bytes: MIB, key_bytes: 16, ..Limits::default() });
  let store = app.services.store("default");
  let value: Vec<u8> = (0..MIB).map(|i| (i % 251) as u8).collect();
  set(&store, "large", &value).await.unwrap();
  assert_eq!(get(&store, "large").await, Some(value.clone()));
  assert!(matches!(set(&store, "more", &[0; MIB + 1]).await, Err(Failure::Other(_))));
  assert!(matches!(set(&store, "a key of too many bytes", b"").await, Err(Failure::Other(_))));
  set(&store, "second", &value).await.unwrap();
  let both = vec!["large".to_owned(), "second".to_owned()];
  assert!(matches!(store.get_many(both).await, Err(Failure::Other(_))));
}

#[tokio::test]
async fn keys_come_in_pages() {
  let app = App::new();
  let store = app.services.store("default");
  let pairs = (0..25).map(|i| (format!("key/../{i:02}"), vec![i])).collect();
  store.set_many(pairs).await.unwrap();
  let (mut all, mut after) = (Vec::new(), None);
  loop {
    let page = store.keys(after, 10).await.unwrap();
    let Some(last) = page.last() else { break };
    after = Some(last.clone());
    all.extend(page);
  }
  assert_eq!(all, (0..25).map(|i| format!("key/../{i:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn many_keys_at_once() {
  let app = App::new();
  let store = app.services.store("default");
  let pairs = [("a", "1"), ("b", "2"), ("c", "3")].map(|(key, value)| (key.to_owned(), value.into()));
  store.set_many(pairs.to_vec()).await.unwrap();
  let keys = |keys: &[&str]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
  store.delete_many(keys(&["b", "x"])).await.unwrap();
  assert_eq!(store.get_many(keys(&["a", "b", "c"])).await.unwrap(), [Some(b"1".to_vec()), None, Some(b"3".to_vec())]);
}

#[tokio::test]
async fn a_value_is_exchanged_for_the_expected_one_alone() {
  let app = App::new();
  let store = app.services.store("default");
  let swap = async |expected: Option<&[u8]>, value: &[u8]| {
    let expected = expected.map(<[u8]>::to_vec);
    store.compare_and_swap("k".to_owned(), expected, value.to_vec()).await.unwrap()
  };
  assert!(!swap(Some(b"0"), b"1").await);
  assert!(swap(None, b"1").await);
  assert!(!swap(None, b"2").await);
  assert!(!swap(Some(b"0"), b"2").await);
  assert!(swap(Some(b"1"), b"2").await);
  assert_eq!(get(&store, "k").await.as_deref(), Some(&b"2"[..]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_increment_of_many_writers_is_lost() {
  let app = App::new();
  let store = app.services.store("default");
  let writers = (0..8).map(|_| {
    let store = store.clone();
    tokio::spawn(async move {
      for _ in 0..50 {
        store.increment("n".to_owned(), 1).await.unwrap();
      }
    })
  });
  for writer in writers.collect::<Vec<_>>() {
    writer.await.unwrap();
  }
  assert_eq!(store.increment("n".to_owned(), -400).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_no_number_is_not_incremented() {
  let app = App::new();
  let store = app.services.store("default");
  set(&store, "text", b"12").await.unwrap();
  set(&store, "most", &i64::MAX.to_le_bytes()).await.unwrap();
  assert!(store.increment("text".to_owned(), 1).await.is_err());
  assert!(store.increment("most".to_owned(), 1).await.is_err());
  assert_eq!(get(&store, "text").await.as_deref(), Some(&b"12"[..]));
  assert_eq!(store.increment("most".to_owned(), -1).await.unwrap(), i64::MAX - 1);
}

#[tokio::test]
async fn a_full_file_takes_no_more_and_keeps_what_it_has() {
  let app = App::with(Limits { file_bytes: 256 << 10, ..Limits::default() });
  let store = app.services.store("default");
  set(&store, "first", b"1").await.unwrap();
  let failure = set(&store, "large", &[0; MIB]).await.unwrap_err();
  assert!(matches!(failure, Failure::Full(_)), "{failure}");
  assert_eq!(get(&store, "first").await.as_deref(), Some(&b"1"[..]));
  set(&store, "second", b"2").await.unwrap();
}

#[tokio::test]
async fn what_is_no_database_is_an_error_that_names_no_path() {
  let app = App::new();
  fs::write(app.folder.path().join("sqlite_key_value.db"), "this is no file of SQLite's, whatever it is called")
    .unwrap();
  let failure = set(&app.services.store("default"), "a", b"1").await.unwrap_err();
  assert_eq!(failure.to_string(), "the file of the key-value store is damaged, or not SQLite's");
}

#[tokio::test]
async fn a_damaged_file_is_an_error() {
  let app = App::new();
  {
    let store = app.services.store("default");
    store.set_many((0..500).map(|i| (i.to_string(), vec![0; 200])).collect()).await.unwrap();
  }
  // What was written reaches the file when the last connection is closed.
  let folder = app.folder;
  drop(app.services);
  let file = folder.path().join("sqlite_key_value.db");
  let mut bytes = fs::read(&file).unwrap();
  assert!(bytes.len() > 40_000, "{}", bytes.len());
  bytes[4096..].fill(0xA5);
  fs::write(&file, bytes).unwrap();
  let services = crate::Services::builder(folder.path()).build().unwrap();
  let failure = services.store("default").get("77".to_owned()).await.unwrap_err();
  assert!(matches!(failure, Failure::Other(_)), "{failure}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_an_error_that_names_no_path() {
  let app = App::new();
  fs::write(app.folder.path().join("state"), "a file").unwrap();
  let services = crate::Services::builder(app.folder.path().join("state/deeper")).build().unwrap();
  let failure = set(&services.store("default"), "a", b"1").await.unwrap_err().to_string();
  assert_eq!(failure, "the key-value store cannot be opened: its folder cannot be made");
}

/// The file of an app's stores as somebody else has made it.
fn made_by(statements: &str) -> (tempfile::TempDir, Arc<dyn KeyValue>) {
  let folder = tempfile::tempdir().unwrap();
  let file = rusqlite::Connection::open(folder.path().join("sqlite_key_value.db")).unwrap();
  file.execute_batch(statements).unwrap();
  let limits = Limits { statement: Duration::from_millis(200), result_bytes: MIB, ..Limits::default() };
  let services = crate::Services::builder(folder.path()).limits(limits).build().unwrap();
  let store = services.store("default");
  (folder, store)
}

#[tokio::test]
async fn what_never_ends_in_a_file_is_ended() {
  let endless = "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)";
  let view = format!(
    "CREATE VIEW spin_key_value AS {endless} SELECT 'default' AS store, 'k' || n AS key, x'01' AS value FROM r;
     CREATE TRIGGER t INSTEAD OF INSERT ON spin_key_value BEGIN SELECT count(*) FROM spin_key_value; END"
  );
  let (_folder, store) = made_by(&view);
  let table = format!(
    "CREATE TABLE spin_key_value (store TEXT, key TEXT, value BLOB, PRIMARY KEY (store, key));
     CREATE VIEW endless AS {endless} SELECT n FROM r;
     CREATE TRIGGER t AFTER INSERT ON spin_key_value BEGIN SELECT count(*) FROM endless; END"
  );
  let (_other_folder, other) = made_by(&table);
  let late = "what the key-value store was asked for took longer than 200ms and was ended";
  assert_eq!(store.keys(None, 10).await.unwrap_err().to_string(), late);
  assert_eq!(store.get("none".to_owned()).await.unwrap_err().to_string(), late);
  assert_eq!(store.exists("none".to_owned()).await.unwrap_err().to_string(), late);
  assert_eq!(set(&other, "a", b"1").await.unwrap_err().to_string(), late);
  assert_eq!(other.increment("a".to_owned(), 1).await.unwrap_err().to_string(), late);
  // What was begun is undone, and the connection is anybody's.
  assert_eq!(get(&other, "a").await, None);
}

#[tokio::test]
async fn what_is_too_large_in_a_file_is_not_read() {
  let table = "CREATE TABLE spin_key_value (store TEXT, key TEXT, value BLOB, PRIMARY KEY (store, key));";
  let value = format!("{table} INSERT INTO spin_key_value VALUES ('default', 'k', zeroblob(20000000))");
  let (_folder, store) = made_by(&value);
  let failure = store.get("k".to_owned()).await.unwrap_err();
  assert_eq!(failure.to_string(), "a value or a statement for the key-value store is too large");
  let keys = format!(
    "{table} WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5)
     INSERT INTO spin_key_value SELECT 'default', n || hex(zeroblob(200000)), x'' FROM r"
  );
  let (_folder, store) = made_by(&keys);
  assert_eq!(store.keys(None, 2).await.unwrap().len(), 2);
  assert_eq!(store.keys(None, 5).await.unwrap_err().to_string(), "the keys have more than 1048576 bytes");
}
