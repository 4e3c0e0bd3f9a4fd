//! The books, in SQLite: `GET /books`, `GET /books/:id`, `POST /books` with a title.

use serde_json::json;
use spin_sdk::http::IntoResponse;
use spin_sdk::http::Params;
use spin_sdk::http::Request;
use spin_sdk::http::Response;
use spin_sdk::http::Router;
use spin_sdk::http_component;
use spin_sdk::sqlite::Connection;
use spin_sdk::sqlite::Row;
use spin_sdk::sqlite::Value;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS books (id INTEGER PRIMARY KEY, title TEXT NOT NULL UNIQUE)";

#[http_component]
fn handle(request: Request) -> impl IntoResponse {
  let mut router = Router::new();
  router.get("/books", list);
  router.get("/books/:id", one);
  router.post("/books", add);
  router.handle(request)
}

fn list(_: Request, _: Params) -> anyhow::Result<impl IntoResponse> {
  let found = books()?.execute("SELECT id, title FROM books ORDER BY id", &[])?;
  let books = found.rows().map(|row| book(&row)).collect::<Vec<_>>();
  Ok(answer(200, &json!(books)))
}

fn one(_: Request, parameters: Params) -> anyhow::Result<impl IntoResponse> {
  let id = parameters.get("id").and_then(|id| id.parse().ok()).unwrap_or_default();
  let found = books()?.execute("SELECT id, title FROM books WHERE id = ?", &[Value::Integer(id)])?;
  let book = found.rows().next().map(|row| book(&row));
  Ok(match book {
    Some(book) => answer(200, &book),
    None => answer(404, &json!({ "error": format!("there is no book {id}") })),
  })
}

fn add(request: Request, _: Params) -> anyhow::Result<impl IntoResponse> {
  let title = String::from_utf8_lossy(request.body()).trim().to_string();
  if title.is_empty() {
    return Ok(answer(400, &json!({ "error": "send the title as the body" })));
  }
  let statement = "INSERT INTO books (title) VALUES (?) ON CONFLICT DO NOTHING RETURNING id, title";
  let added = books()?.execute(statement, &[Value::Text(title)])?;
  let book = added.rows().next().map(|row| book(&row));
  Ok(match book {
    Some(book) => answer(201, &book),
    None => answer(409, &json!({ "error": "there is a book with this title" })),
  })
}

fn books() -> anyhow::Result<Connection> {
  let connection = Connection::open_default()?;
  connection.execute(TABLE, &[])?;
  Ok(connection)
}

fn book(row: &Row<'_>) -> serde_json::Value {
  json!({ "id": row.get::<i64>("id"), "title": row.get::<&str>("title") })
}

fn answer(status: u16, body: &serde_json::Value) -> Response {
  Response::builder().status(status).header("content-type", "application/json").body(body.to_string()).build()
}
