use super::*;
use crate::Database;
use crate::KeyValueStore;

fn config(text: &str) -> Result<RuntimeConfig, String> {
  let folder = tempfile::tempdir().unwrap();
  let path = folder.path().join("runtime.toml");
  std::fs::write(&path, text).unwrap();
  let read = load_runtime_config(&path);
  let folder = format!("{}/", folder.path().display());
  read.map_err(|faults| faults.to_string().replace(&folder, ""))
}

#[test]
fn spins_file_is_read() {
  let config = config(
    r#"
      state_dir = "state"
      [key_value_store.default]
      type = "spin"
      path = "stores/a.db"
      [key_value_store.cache]
      type = "redis"
      url = "redis://:hush@localhost:6379"
      [key_value_store.passing]
      type = "spin"
      [sqlite_database.default]
      type = "spin"
      path = "b.db"
      allow_attach_file = false
      [sqlite_database.orders]
      type = "postgres"
      url = "postgres://me:hush@localhost/orders"
      [[variables_provider]]
      type = "static"
      values = { token = "hush" }
      [[variables_provider]]
      type = "env"
      prefix = "MY"
      dotenv_path = "my.env"
      [[variables_provider]]
      type = "vault"
      url = "http://127.0.0.1:8200"
      token = "hush"
      mount = "secret"
      prefix = "app"
      [outbound_redis]
      max_connections = 3
      [outbound_http]
      connection_pooling = true
    "#,
  )
  .unwrap();
  let KeyValueStore::File(Some(path)) = &config.key_value_stores["default"] else { panic!("{config:?}") };
  assert!(path.is_absolute() && path.ends_with("stores/a.db"), "beside the file: {path:?}");
  assert_eq!(config.key_value_stores["passing"], KeyValueStore::File(None));
  assert_eq!(
    config.databases["default"],
    Database::File(Some("b.db".into())),
    "of the working directory, as Spin has it"
  );
  let Database::Postgres(url) = &config.databases["orders"] else { panic!("{config:?}") };
  assert_eq!(url.expose(), "postgres://me:hush@localhost/orders");
  let KeyValueStore::Redis(url) = &config.key_value_stores["cache"] else { panic!("{config:?}") };
  assert_eq!(url.expose(), "redis://:hush@localhost:6379");
  assert_eq!((config.redis_connections, config.postgres_connections), (Some(3), None));
  assert_eq!(config.variables_providers.len(), 3);
  assert!(config.warnings.len() == 1 && config.warnings[0].message.contains("outbound_http"), "{config:?}");
  assert!(!format!("{config:?}").contains("hush"), "{config:?}");
}

#[test]
fn the_old_name_of_providers_is_known() {
  let config = config("[[config_provider]]\ntype = 'static'\nvalues = { a = '1' }\n").unwrap();
  assert_eq!(config.variables_providers.len(), 1);
}

#[test]
fn everything_that_is_wrong_is_told_with_its_place() {
  let wrong = config(
    "state_dir = ''
colour = 'red'
[key_value_store.a]
type = 'azure_cosmos'
key = 'hush'
[key_value_store.b]
type = 'rediss'
[key_value_store.c]
type = 'redis'
url = 'http://hush'
[key_value_store.d]
type = 'spin'
patch = 'x'
[sqlite_database.e]
type = 'libsql'
[sqlite_database.f]
path = 'x'
[[variables_provider]]
type = 'azure_key_vault'
[[variables_provider]]
type = 'vault'
url = 'localhost'
token = 7
[outbound_networking]
block_networks = ['private']
[sqlite_database.g]
type = 'postgres'
url = 'mysql://hush'
[sqlite_database.h]
type = 'postgres'
[[client_tls]]
",
  )
  .unwrap_err();
  let expected = "\
runtime.toml:1:13: `state_dir` of the runtime configuration is empty; name a directory, or leave it out
runtime.toml:2:1: the runtime configuration has an unknown key `colour`";
  assert!(wrong.starts_with(expected), "{wrong}");
  for told in [
    "runtime.toml:4:8: the key-value store `a`: plugbay has no Azure Cosmos DB (`type = \"azure_cosmos\"`)",
    "it may be `spin` and `redis`",
    "runtime.toml:7:8: `type` of the key-value store `b` is `rediss`; did you mean `redis`?",
    "runtime.toml:10:7: `url` of the key-value store `c` is no URL of a Redis server; write `redis://host:port`",
    "runtime.toml:13:1: the key-value store `d` has an unknown key `patch`; did you mean `path`?",
    "runtime.toml:15:8: the database `e`: plugbay has no libSQL (`type = \"libsql\"`); it may be `spin` and `postgres`",
    "the database `f` has no `type`; it may be `spin` and `postgres`",
    "runtime.toml:28:7: `url` of the database `g` is no URL of a PostgreSQL server; write `postgres://host:port`",
    "the database `h` has no `url`; add `url = \"postgres://…\"`",
    "runtime.toml:19:8: the provider of variables: plugbay has no Azure Key Vault",
    "runtime.toml:22:7: `url` of the provider of variables is no URL of HTTP; write `https://host:port`",
    "runtime.toml:23:9: `token` of the provider of variables must be a string, got an integer",
    "the provider of variables has no `mount`",
    "runtime.toml:25:18: [outbound_networking]: `block_networks` is not read",
    "`client_tls` is not read",
  ] {
    assert!(wrong.contains(told), "{told}\n--\n{wrong}");
  }
  assert!(!wrong.contains("hush"), "{wrong}");
  assert!(config("[key_value_store").unwrap_err().starts_with("runtime.toml:1:"));
  assert!(load_runtime_config(Path::new("none.toml")).unwrap_err().to_string().starts_with("none.toml: "));
}

fn read(name: &str, text: &str) -> Result<BTreeMap<String, String>, String> {
  let folder = tempfile::tempdir().unwrap();
  let path = folder.path().join(name);
  std::fs::write(&path, text).unwrap();
  load_values(&path).map_err(|faults| faults.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn values_are_texts_in_json_or_toml() {
  let expected = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b_c".to_owned(), "two".to_owned())]);
  assert_eq!(read("v.json", r#"{ "a": "1", "b_c": "two" }"#), Ok(expected.clone()));
  assert_eq!(read("v.toml", "a = \"1\"\nb_c = 'two'\n"), Ok(expected));
}

#[test]
fn what_is_wrong_is_told_without_values() {
  let wrong = read("v.toml", "a = \"hush\"\nb = 7\nc = [\"hush\"]\n").unwrap_err();
  let expected = "v.toml:2:5: `b` of the file of variables must be a string, got an integer\n\
                  v.toml:3:5: `c` of the file of variables must be a string, got a list";
  assert_eq!(wrong, expected);
  for (name, text) in
    [("v.json", "{ \"a\": \"hush\" "), ("v.json", "[\"hush\"]"), ("v.yaml", "a: hush"), ("v.toml", "a = hush")]
  {
    let wrong = read(name, text).unwrap_err();
    assert!(wrong.starts_with(name) && !wrong.contains("hush"), "{wrong}");
  }
  assert!(load_values(Path::new("none.json")).is_err());
}
