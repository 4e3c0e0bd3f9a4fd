//! PostgreSQL servers that components connect to by themselves.

use crate::harness::build_guests;
use crate::harness::builds_guests;
use crate::postgres_server::PostgresServer;
use crate::services::check;

#[test]
fn components_ask_postgresql_servers() {
  let Some(server) = PostgresServer::start() else { return };
  if builds_guests() {
    let component = build_guests("wasm32-unknown-unknown", &["services_guest"]).join("services_guest.wasm");
    check("services_guest/check_postgres.js", &component, &[&server.url()]);
  }
}
