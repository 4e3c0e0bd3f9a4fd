//! `[key_value_store.<name>]`, `[sqlite_database.<name>]`, `[[variables_provider]]` and what else Spin's file of
//! settings has.

use std::path::Path;
use std::path::PathBuf;

use crate::Database;
use crate::FaultCode;
use crate::KeyValueStore;
use crate::RuntimeConfig;
use crate::Secret;
use crate::VariablesProvider;
use crate::names::listed;
use crate::names::nearest;
use crate::node::Node;
use crate::node::Value;
use crate::report::Report;
use crate::table::Table;
use crate::table::Text;

/// Reads the settings; paths of key-value stores are relative to `directory`, others to the working directory, as
/// Spin has them. What is wrong is in the report.
pub(crate) fn runtime_config(root: &Node, directory: &Path, report: &Report) -> Option<RuntimeConfig> {
  let mut root = Table::of(report, root, "the runtime configuration")?;
  let mut config = RuntimeConfig { state_dir: state_dir(&mut root), ..RuntimeConfig::default() };
  for (name, table) in named(&mut root, "key_value_store", "key-value store") {
    config.key_value_stores.extend(key_value_store(table, directory).map(|store| (name.to_owned(), store)));
  }
  for (name, table) in named(&mut root, "sqlite_database", "database") {
    config.databases.extend(sqlite_database(table).map(|database| (name.to_owned(), database)));
  }
  config.variables_providers = variables_providers(&mut root);
  config.redis_connections = connections(&mut root, "outbound_redis");
  config.postgres_connections = connections(&mut root, "outbound_pg");
  of_others(&mut root);
  root.finish();
  Some(config)
}

fn state_dir(root: &mut Table<'_>) -> Option<PathBuf> {
  let folder = root.text("state_dir")?;
  if folder.text.is_empty() {
    root.refuse(folder.at, "state_dir", "is empty", Some("name a directory, or leave it out".to_owned()));
  }
  Some(folder.text.into())
}

/// The tables of a table, each with what it is for messages.
fn named<'a>(root: &mut Table<'a>, key: &'a str, what: &str) -> Vec<(&'a str, Table<'a>)> {
  let Some(table) = root.table(key, format!("`{key}`")) else { return Vec::new() };
  let entries = table.all().iter();
  entries
    .filter_map(|entry| {
      let name = entry.key.as_str();
      Some((name, Table::of(table.report, &entry.node, format!("the {what} `{name}`"))?))
    })
    .collect()
}

/// The `type` of a table: one of `known`. Those of `absent` are Spin's and not plugbay's.
fn kind(table: &mut Table<'_>, known: &[&str], absent: &[(&str, &str)]) -> Option<String> {
  let Text { text, at, .. } = table.needed("type", &format!("it may be {}", listed(known.iter().copied())))?;
  if known.contains(&text.as_str()) {
    return Some(text);
  }
  let help = format!("it may be {}", listed(known.iter().copied()));
  match absent.iter().find(|(kind, _)| *kind == text) {
    Some((kind, name)) => table.unsupported(at, &format!("plugbay has no {name} (`type = \"{kind}\"`)"), &help),
    None => {
      let help = nearest(&text, known.iter().copied()).map_or(help, |meant| format!("did you mean `{meant}`?"));
      table.refuse(at, "type", &format!("is `{text}`"), Some(help));
    }
  }
  None
}

fn key_value_store(mut table: Table<'_>, directory: &Path) -> Option<KeyValueStore> {
  let absent = [("azure_cosmos", "Azure Cosmos DB"), ("aws_dynamo", "DynamoDB")];
  let store = match kind(&mut table, &["spin", "redis"], &absent)?.as_str() {
    "redis" => KeyValueStore::Redis(url(&mut table, &["redis://", "rediss://"], "a Redis server")?),
    _ => KeyValueStore::File(table.string("path").map(|path| directory.join(path))),
  };
  table.finish();
  Some(store)
}

fn sqlite_database(mut table: Table<'_>) -> Option<Database> {
  let database = match kind(&mut table, &["spin", "postgres"], &[("libsql", "libSQL")])?.as_str() {
    "postgres" => Database::Postgres(url(&mut table, &["postgres://", "postgresql://"], "a PostgreSQL server")?),
    _ => Database::File(file(&mut table)),
  };
  table.finish();
  Some(database)
}

fn file(table: &mut Table<'_>) -> Option<PathBuf> {
  if let Some(attach) = table.boolean("allow_attach_file").filter(|attach| attach.value) {
    table.unsupported(attach.at, "statements attach no files", "leave `allow_attach_file` out");
  }
  table.string("path").map(PathBuf::from)
}

/// The URL of a server: it begins with one of these.
fn url(table: &mut Table<'_>, schemes: &[&str], server: &str) -> Option<Secret> {
  let scheme = schemes[0];
  let url = table.needed("url", &format!("add `url = \"{scheme}…\"`"))?;
  if !schemes.iter().any(|scheme| url.text.starts_with(scheme)) {
    let help = format!("write `{scheme}host:port`");
    table.refuse(url.at, "url", &format!("is no URL of {server}"), Some(help));
  }
  Some(Secret::new(url.text))
}

fn variables_providers(root: &mut Table<'_>) -> Vec<VariablesProvider> {
  let old = root.any("config_provider");
  let key = if root.has("variables_provider") || old.is_none() { "variables_provider" } else { "config_provider" };
  if let Some(old) = old.filter(|_| key == "variables_provider") {
    let message = "`config_provider` stands beside `variables_provider`, whose old name it is";
    root.report.fault(old.key_at, FaultCode::Duplicate, message, Some("leave it out".to_owned()));
  }
  let Some(entry) = root.any(key) else { return Vec::new() };
  let Value::List(list) = &entry.node.value else {
    root.wrong(key, "a list", &entry.node);
    return Vec::new();
  };
  let tables = list.iter().filter_map(|node| Table::of(root.report, node, "the provider of variables"));
  tables.filter_map(variables_provider).collect()
}

fn variables_provider(mut table: Table<'_>) -> Option<VariablesProvider> {
  let absent = [("azure_key_vault", "Azure Key Vault")];
  let provider = match kind(&mut table, &["static", "env", "vault"], &absent)?.as_str() {
    "static" => {
      let values = table.map("values").into_iter();
      VariablesProvider::Static(values.map(|(entry, text)| (entry.key.clone(), Secret::new(text.text))).collect())
    }
    "env" => VariablesProvider::Environment {
      prefix: table.string("prefix"),
      file: table.string("dotenv_path").map(PathBuf::from),
    },
    _ => {
      let url = table.needed("url", "add `url = \"https://…\"`");
      let token = table.needed("token", "add `token = \"…\"`");
      let mount = table.needed("mount", "add `mount = \"secret\"`, or where else the engine is");
      let prefix = table.string("prefix");
      if let Some(url) = &url
        && !["http://", "https://"].iter().any(|scheme| url.text.starts_with(scheme))
      {
        table.refuse(url.at, "url", "is no URL of HTTP", Some("write `https://host:port`".to_owned()));
      }
      table.finish();
      let token = Secret::new(token?.text);
      return Some(VariablesProvider::Vault { url: url?.text, token, mount: mount?.text, prefix });
    }
  };
  table.finish();
  Some(provider)
}

fn connections(root: &mut Table<'_>, key: &'static str) -> Option<u32> {
  let mut table = root.table(key, format!("[{key}]"))?;
  let most = table.number("max_connections", 0, 1_000_000);
  table.finish();
  most
}

/// What Spin reads and plugbay does not. What would let a component do more than the file says is refused.
fn of_others(root: &mut Table<'_>) {
  if let Some(mut table) = root.table("outbound_networking", "[outbound_networking]") {
    if let Some(entry) = table.any("block_networks") {
      let help = "name what may be reached in `allowed_outbound_hosts`, and leave it out";
      table.unsupported(entry.node.at, "`block_networks` is not read", help);
    }
    for key in ["max_socket_connections", "max_total_connections"] {
      if let Some(entry) = table.any(key) {
        warn(&table, entry.key_at, &format!("`{key}` of [outbound_networking]"));
      }
    }
    table.finish();
  }
  if let Some(entry) = root.any("client_tls") {
    let help = "the system's roots are trusted; leave it out";
    root.unsupported(entry.key_at, "`client_tls` is not read", help);
  }
  for key in ["log_dir", "max_instance_memory", "outbound_http", "outbound_mysql", "outbound_mqtt", "llm_compute"] {
    if let Some(entry) = root.any(key) {
      warn(root, entry.key_at, &format!("`{key}`"));
    }
  }
}

fn warn(root: &Table<'_>, at: usize, what: &str) {
  root.report.warn(at, FaultCode::Unsupported, format!("{what} means nothing to plugbay"), None);
}
