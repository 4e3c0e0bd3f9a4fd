//! Redis: key-value stores in a server, and servers that components connect to by themselves.

use std::sync::Arc;
use std::time::Duration;

use plugbay::services::Failure;
use plugbay::services::KeyValue;
use plugbay::services::Limits;
use plugbay::services::Services;

use crate::harness::build_guests;
use crate::harness::builds_guests;
use crate::redis_server::RedisServer;
use crate::services::check;

fn store(url: &str) -> Arc<dyn KeyValue> {
  let limits = Limits { statement: Duration::from_secs(2), wait: Duration::from_secs(2), ..Limits::default() };
  let builder = Services::builder("unused").limits(limits).redis_store("cache", url).expect("it is a URL");
  builder.build().expect("it is right").store("cache")
}

fn text(text: &str) -> String {
  text.to_string()
}

fn said<T>(answer: Result<T, Failure>) -> String {
  answer.err().expect("it fails").to_string()
}

#[tokio::test]
async fn a_store_in_redis_keeps_values_as_they_are() {
  let Some(server) = RedisServer::start() else { return };
  let (one, other) = (store(&server.url()), store(&server.url()));
  let value: Vec<u8> = (0..=255).collect();
  one.set(text("ä key"), value.clone()).await.unwrap();
  one.set(text(""), Vec::new()).await.unwrap();
  assert_eq!(other.get(text("ä key")).await.unwrap(), Some(value));
  assert_eq!(other.get(text("")).await.unwrap(), Some(Vec::new()));
  assert_eq!(other.get(text("none")).await.unwrap(), None);
  assert!(other.exists(text("")).await.unwrap() && !other.exists(text("none")).await.unwrap());
  other.delete(text("")).await.unwrap();
  other.delete(text("")).await.unwrap();
  assert!(!one.exists(text("")).await.unwrap());
  assert_eq!((one.increment(text("n"), 5).await.unwrap(), one.increment(text("n"), -7).await.unwrap()), (5, -2));
  assert_eq!(one.get(text("n")).await.unwrap(), Some(b"-2".to_vec()), "text, as Spin has it in Redis");
  assert!(said(one.increment(text("ä key"), 1).await).contains("not an integer"));
  assert!(said(one.set(text("large"), vec![0; (16 << 20) + 1]).await).contains("there may be 16777216"));
}

#[tokio::test]
async fn a_store_in_redis_does_with_many_keys_what_others_do() {
  let Some(server) = RedisServer::start() else { return };
  let store = store(&server.url());
  let pairs = (0..2500).map(|number| (format!("{number:04}"), vec![1])).collect::<Vec<_>>();
  store.set_many(pairs.clone()).await.unwrap();
  let (mut all, mut after) = (Vec::new(), None);
  loop {
    let page = store.keys(after, 1000).await.unwrap();
    let Some(last) = page.last() else { break };
    after = Some(last.clone());
    all.extend(page);
  }
  assert!(all.iter().eq(pairs.iter().map(|(key, _)| key)));
  store.delete_many(all[3..].to_vec()).await.unwrap();
  let keys = ["0000", "0003", "0002"].map(text).to_vec();
  assert_eq!(store.get_many(keys).await.unwrap(), [Some(vec![1]), None, Some(vec![1])]);
  for nothing in [store.set_many(Vec::new()).await, store.delete_many(Vec::new()).await] {
    nothing.unwrap();
  }
  assert!(store.get_many(Vec::new()).await.unwrap().is_empty());
  let swap = async |expected: Option<&[u8]>, value: &[u8]| {
    store.compare_and_swap(text("c"), expected.map(<[u8]>::to_vec), value.to_vec()).await.unwrap()
  };
  assert!(!swap(Some(b"0"), b"1").await && swap(None, b"1").await && !swap(None, b"2").await);
  assert!(!swap(Some(b"0"), b"2").await && swap(Some(b"1"), b"\xff").await && swap(Some(b"\xff"), b"").await);
  assert_eq!(store.get(text("c")).await.unwrap(), Some(Vec::new()));
}

#[tokio::test]
async fn a_store_that_is_away_is_an_error_until_it_comes_back() {
  let Some(mut server) = RedisServer::start() else { return };
  let store = store(&server.url());
  store.set(text("k"), vec![1]).await.unwrap();
  server.stop();
  assert_eq!(said(store.get(text("k")).await), "the key-value store cache cannot be reached");
  assert_eq!(said(store.increment(text("k"), 1).await), "the key-value store cache cannot be reached");
  server.start_again();
  // Its own words for what is in doubt do not matter for what may be done twice.
  assert_eq!(store.get(text("k")).await.unwrap(), None);
  store.set(text("k"), vec![2]).await.unwrap();
  // One that has been away between two calls is not noticed.
  server.stop();
  server.start_again();
  assert_eq!(store.get(text("k")).await.unwrap(), None);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_an_error() {
  let Some(server) = RedisServer::start() else { return };
  let (used, unused) = (store(&server.url()), store(&server.url()));
  used.set(text("k"), vec![1]).await.unwrap();
  server.signal("STOP");
  assert_eq!(said(used.get(text("k")).await), "the key-value store cache has not answered within 2s");
  assert_eq!(said(unused.get(text("k")).await), "the key-value store cache has not answered within 2s");
  server.signal("CONT");
  assert_eq!(used.get(text("k")).await.unwrap(), Some(vec![1]));
  assert_eq!(unused.get(text("k")).await.unwrap(), Some(vec![1]));
}

#[tokio::test]
async fn a_store_that_takes_nothing_says_why() {
  let Some(primary) = RedisServer::start_with(&["--maxmemory", "1mb", "--requirepass", "hush"]) else { return };
  let with_password = primary.url().replace("redis://", "redis://:hush@");
  let full = store(&with_password).set(text("k"), vec![0; 1 << 20]).await.unwrap_err();
  assert_eq!(full, Failure::Full(text("the key-value store cache is full: the server takes no more")));
  for url in [primary.url(), primary.url().replace("redis://", "redis://:wrong@")] {
    let told = said(store(&url).get(text("k")).await);
    assert!(told.starts_with("the key-value store cache ") && !told.contains("hush"), "{told}");
  }
  let replica =
    RedisServer::start_with(&["--replicaof", "127.0.0.1", &primary.port.to_string(), "--masterauth", "hush"]);
  let told = said(store(&replica.expect("it is there").url()).set(text("k"), vec![1]).await);
  assert_eq!(told, "the key-value store cache cannot be written: its server is a read-only replica");
  let told = Services::builder("unused").redis_store("cache", "redis://:hush@").err().expect("it is none");
  assert_eq!(told, "the URL of the key-value store cache is none of a Redis server");
}

#[test]
fn components_ask_redis_servers() {
  let Some(server) = RedisServer::start() else { return };
  if builds_guests() {
    let component = build_guests("wasm32-unknown-unknown", &["services_guest"]).join("services_guest.wasm");
    check("services_guest/check_redis.js", &component, &[&server.url()]);
  }
}
