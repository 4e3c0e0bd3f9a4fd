//! Databases in a PostgreSQL server, behind the names that manifests have.

use serde_json::Value;
use serde_json::json;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use super::host::until;
use crate::components_http::build_spin;
use crate::harness::builds_wasi_guests;
use crate::postgres_server::PostgresServer;

/// Answers with what statements give: a list of [statement, parameters], in one connection.
const HANDLER: &str = r#"
  const taken = (values) => values.map((value) => {
    if (value?.bytes) return new Uint8Array(value.bytes);
    return value?.int64 ? BigInt(value.int64) : value === "-0" ? -0 : value;
  });
  const shown = (key, value) => {
    if (typeof value === "bigint") return `${value}n`;
    return value instanceof Uint8Array ? { bytes: [...value] } : value;
  };
  export default {
    async fetch(request, env) {
      const database = env.sqlite("orders"), all = [];
      for (const [statement, values] of await request.json()) {
        try {
          const { columns, rows, changes, lastInsertRowid } = await database.execute(statement, taken(values));
          all.push([columns, rows, changes, lastInsertRowid]);
        } catch (error) {
          all.push(`${error.code}: ${error.message}`);
        }
      }
      return new Response(JSON.stringify(all, shown));
    },
  };
"#;

fn settings(name: &str, url: &str) -> String {
  format!("[sqlite_database.{name}]\ntype = 'postgres'\nurl = '{url}'\n[outbound_pg]\nmax_connections = 3\n")
}

/// Serves it with the settings of a database, and these flags.
fn up(app: &App, name: &str, url: &str, flags: &[&str]) -> Host {
  app.write("runtime.toml", settings(name, url).as_bytes());
  let mut command = app.command();
  command.arg("--runtime-config-file").arg(app.path().join("runtime.toml")).args(flags);
  Host::start(command)
}

fn ask(host: &Host, statements: &Value) -> Value {
  serde_json::from_slice(&host.ask("POST", "/", &[], statements.to_string().as_bytes()).body).expect("it is JSON")
}

fn handler() -> App {
  let manifest = format!("{ONE_MODULE}\nsqlite_databases = [\"orders\"]\n");
  App::new(&[("plugbay.toml", &manifest), ("handler.js", HANDLER)])
}

#[test]
fn a_handler_has_a_database_in_postgresql() {
  let Some(server) = PostgresServer::start() else { return };
  let app = handler();
  app.write(
    "schema.sql",
    b"CREATE TABLE t (id int PRIMARY KEY, price numeric, ok bool, note text, raw bytea, at timestamptz);
      CREATE TABLE u (small smallint, large bigint, real double precision);",
  );
  let schema = format!("@{}:orders", app.path().join("schema.sql").display());
  let host = up(&app, "orders", &server.database(), &["--sqlite", &schema]);
  let at = "2024-02-29 12:00:00+00";
  let said = ask(
    &host,
    &json!([
      ["INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6)", [1, 2.5, true, "ä", { "bytes": [0, 255] }, at]],
      ["INSERT INTO t (id, note) VALUES ($1, $2), (3, $2)", [2, null]],
      ["SELECT id, price::float8, ok, note, raw FROM t ORDER BY id LIMIT $1", [2]],
      ["UPDATE t SET ok = $1", [false]],
      ["INSERT INTO u VALUES ($1, $2, $3) RETURNING *", [-32768, { "int64": "9223372036854775807" }, "-0"]],
      ["SELECT 0.5::float4 AS a, 'x'::name AS b, 7::\"char\"::int AS c, pg_sleep(0) AS d", []],
    ]),
  );
  let row = json!([1, 2.5, 1, "ä", { "bytes": [0, 255] }]);
  assert_eq!(said[0], json!([[], [], 1, 0]), "{said}");
  assert_eq!(said[1], json!([[], [], 2, 0]));
  assert_eq!(said[2], json!([["id", "price", "ok", "note", "raw"], [row, [2, null, null, null, null]], 0, 0]));
  assert_eq!(said[3], json!([[], [], 3, 0]));
  assert_eq!(said[4], json!([["small", "large", "real"], [[-32768, "9223372036854775807n", 0]], 0, 0]));
  assert_eq!(said[5], json!([["a", "b", "c", "d"], [[0.5, "x", 7, null]], 0, 0]));
  // What is none of these is told, and the connection goes on.
  let said = ask(
    &host,
    &json!([
      ["SELECT id, price FROM t", []],
      ["SELECT at FROM t", []],
      ["INSERT INTO t (id) VALUES ($1)", [{ "int64": "9000000000" }]],
      ["INSERT INTO t (id) VALUES ($1)", ["one"]],
      ["INSERT INTO t (id, raw) VALUES (4, $1)", ["text"]],
      ["INSERT INTO t (id, note) VALUES (4, $1)", [{ "bytes": [1] }]],
      ["INSERT INTO t (id) VALUES ($1)", []],
      ["INSERT INTO t (id) VALUES (1)", []],
      ["SELECT 1; SELECT 2", []],
      ["SELECT repeat('x', 20000000)", []],
      ["SELECT count(*) FROM t", []],
    ]),
  );
  for (index, told) in [
    "ERR_SERVICE: the service cannot do that: the column price is of the type numeric, which is none of those that cross: write price::text",
    "the column at is of the type timestamptz",
    "22003: ",
    "22P02: ",
    "it is no bytes, and the statement needs the type bytea",
    "it is bytes, and the statement needs the type text",
    "expected 1 parameters but got 0",
    "23505: ",
    "42601: ",
    "gives more than 16777216 bytes",
  ]
  .iter()
  .enumerate()
  {
    assert!(said[index].as_str().is_some_and(|said| said.contains(told)), "{told}: {}", said[index]);
  }
  assert_eq!(said[10][1], json!([[3]]));
  // What a request has begun is undone when it is over, and the next has its connection: there are but three.
  for _ in 0..5 {
    let said = ask(&host, &json!([["BEGIN", []], ["DELETE FROM t", []], ["SELECT count(*) FROM t", []]]));
    assert_eq!(said[2][1], json!([[0]]), "{said}");
  }
  assert_eq!(ask(&host, &json!([["SELECT count(*) FROM t", []]]))[0][1], json!([[3]]));
  // One that is lost is told once.
  let end = "SELECT pg_terminate_backend(pg_backend_pid())";
  let said = ask(&host, &json!([["SELECT 1 AS a", []], [end, []], ["SELECT 2 AS a", []]]));
  assert!(said[1].is_string(), "{said}");
  assert_eq!(said[2][1], json!([[2]]), "{said}");
}

#[test]
fn a_component_has_a_database_in_postgresql() {
  let Some(server) = PostgresServer::start() else { return };
  if !builds_wasi_guests() {
    return;
  }
  let manifest = r#"
    spin_manifest_version = 2
    [application]
    name = "orders"
    [[trigger.http]]
    route = "/..."
    component = "front"
    [component.front]
    source = "app.wasm"
    sqlite_databases = ["default"]
  "#;
  let app = App::new(&[("spin.toml", manifest)]);
  app.write("app.wasm", &std::fs::read(&build_spin()[2]).expect("it was built"));
  let create = "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x')";
  let host = up(&app, "default", &server.database(), &["--sqlite", create]);
  let sql = |statement: &str| host.ask("POST", "/sql", &[], statement.as_bytes());
  let said = sql("SELECT a, b, b = 'x' AS c, NULL::text AS d FROM t").text();
  for value in ["Integer(1)", "Text(\"x\")", "Null"] {
    assert!(said.contains(value), "{said}");
  }
  assert_eq!(sql("SELECT now()").status, 500);
  let said = host.says("timestamptz");
  assert!(said.contains("the column now is of the type timestamptz"), "{said}");
  assert_eq!(sql("SELECT 1").status, 200);
}

/// What one request leaves in a connection, the next that has it does not see.
#[test]
fn connections_are_used_again_as_new_ones() {
  let Some(server) = PostgresServer::start() else { return };
  let app = handler();
  let host = up(&app, "orders", &server.database(), &[]);
  let pid = "SELECT pg_backend_pid()";
  let said = ask(
    &host,
    &json!([
      [pid, []],
      ["SET search_path TO nowhere", []],
      ["CREATE TEMP TABLE left_behind (a int)", []],
      ["PREPARE left_behind AS SELECT 1", []],
      ["SELECT set_config('my.secret', 'hush', false)", []],
      ["SELECT pg_advisory_lock(7)::text", []],
      ["SET statement_timeout = 0", []],
      ["BEGIN", []],
      ["CREATE TABLE public.begun (a int)", []],
    ]),
  );
  assert!(said.as_array().expect("it is a list").iter().all(Value::is_array), "{said}");
  let of_first = said[0][1][0][0].clone();
  let look = json!([
    [pid, []],
    ["SHOW search_path", []],
    ["SELECT count(*) FROM pg_class WHERE relname IN ('left_behind', 'begun')", []],
    ["SELECT count(*) FROM pg_prepared_statements WHERE from_sql", []],
    ["SELECT coalesce(current_setting('my.secret', true), '')", []],
    ["SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'", []],
    ["SHOW statement_timeout", []],
    ["SELECT 'a'::pg_catalog.text, 0.5::float8", []],
  ]);
  until("a request has the first one's connection", || {
    let said = ask(&host, &look);
    let value = |index: usize| said[index][1][0][0].clone();
    if value(0) != of_first {
      return false;
    }
    let seen = (1..7).map(value).collect::<Vec<_>>();
    assert_eq!(json!(seen), json!(["\"$user\", public", 0, 0, "", 0, "10s"]), "{said}");
    true
  });
  // Those that the server has ended meanwhile are not handed out.
  let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'plugbay' \
             AND pid <> pg_backend_pid()";
  assert!(ask(&host, &json!([[end, []]]))[0].is_array());
  std::thread::sleep(std::time::Duration::from_millis(1500));
  for _ in 0..5 {
    assert_eq!(ask(&host, &json!([["SELECT 1 AS a", []]]))[0][1], json!([[1]]));
  }
}

/// The limit is that of all pools together.
#[test]
fn an_idle_connection_makes_room_for_one_to_another_database() {
  let Some(server) = PostgresServer::start() else { return };
  let handler = HANDLER.replace("env.sqlite(\"orders\")", "env.sqlite(new URL(request.url).pathname.slice(1))");
  let manifest = format!("{ONE_MODULE}\nsqlite_databases = [\"one\", \"two\"]\n");
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", &handler)]);
  let of = |name: &str| settings(name, &server.database()).replace("[outbound_pg]\nmax_connections = 3\n", "");
  let both = format!("{}{}[outbound_pg]\nmax_connections = 1\n", of("one"), of("two"));
  app.write("runtime.toml", both.as_bytes());
  let mut command = app.command();
  command.arg("--runtime-config-file").arg(app.path().join("runtime.toml"));
  let host = Host::start(command);
  for path in ["/one", "/two", "/one", "/two"] {
    let answer = host.ask("POST", path, &[], json!([["SELECT 1 AS a", []]]).to_string().as_bytes());
    let said = serde_json::from_slice::<Value>(&answer.body).expect("it is JSON");
    assert_eq!(said[0][1], json!([[1]]), "{path}: {said}");
  }
}

#[test]
fn where_a_database_is_components_are_not_told() {
  let Some(server) = PostgresServer::start() else { return };
  let app = handler();
  let url = server.database().replace(":hush@", ":secret@");
  let host = up(&app, "orders", &url, &[]);
  let said = ask(&host, &json!([["SELECT 1", []], ["SELECT 1", []]]));
  assert_eq!(said[1], "ERR_SERVICE: the service cannot do that: the database orders cannot be reached");
  let logged = host.says("password authentication failed");
  assert!(!logged.contains("secret"), "{logged}");
  app.write("runtime.toml", settings("orders", "postgres://me:secret@localhost:x").as_bytes());
  let file = app.path().join("runtime.toml").display().to_string();
  let told = app.refused_with(&["--runtime-config-file", &file]);
  assert!(told.contains("the URL of the database orders is none of a PostgreSQL server"), "{told}");
  assert!(!told.contains("secret"), "{told}");
}
