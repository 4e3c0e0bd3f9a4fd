//! The front page: it counts its visits in a key-value store and asks the component `catalog` for the books.

use anyhow::ensure;
use spin_sdk::http::send;
use spin_sdk::http::IntoResponse;
use spin_sdk::http::Request;
use spin_sdk::http::Response;
use spin_sdk::http_component;
use spin_sdk::key_value::Store;
use spin_sdk::variables;

#[http_component]
async fn handle(_: Request) -> anyhow::Result<impl IntoResponse> {
  let visit = visit()?;
  let title = variables::get("title")?;
  let books = books().await?;
  let page = format!("{title}\nvisit {visit}\nbooks {books}\n");
  Ok(Response::builder().status(200).header("content-type", "text/plain").body(page).build())
}

/// How often the page was asked for, this time among them. Two visits at once may count as one.
fn visit() -> anyhow::Result<u64> {
  let store = Store::open_default()?;
  let before = store.get("visits")?.and_then(|bytes| String::from_utf8(bytes).ok()?.parse::<u64>().ok());
  let visit = before.unwrap_or(0) + 1;
  store.set("visits", visit.to_string().as_bytes())?;
  Ok(visit)
}

/// The books as the other component has them, in JSON.
async fn books() -> anyhow::Result<String> {
  let response: Response = send(Request::get("http://catalog.spin.internal/books")).await?;
  ensure!(*response.status() == 200, "the catalog answers {}", response.status());
  Ok(String::from_utf8(response.into_body())?)
}
