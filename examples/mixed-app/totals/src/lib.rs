//! A native plugin: it keeps in the app's database how often each word was there in all texts that it was sent.

use plugin_api::Interface;
use plugin_api::error::AnyError;
use plugin_api::http::Body;
use plugin_api::http::Method;
use plugin_api::http::Request;
use plugin_api::http::Response;
use plugin_api::services::Connection;
use plugin_api::services::Services;
use plugin_api::services::SqlValue;

/// Bytes of a text.
const LONGEST: usize = 1 << 20;

/// Registers the handler.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  let services = interface.services();
  interface.register_http(move |request| handle(request, services.clone()));
}

plugin_api::plugin!();

async fn handle(request: Request<Body>, services: Services) -> Result<Response<Body>, AnyError> {
  let connection = services.database("default").connect().await?;
  connection.execute("create table if not exists totals (word text primary key, count integer)", []).await?;
  if request.method() == Method::POST {
    let text = request.into_body().text(LONGEST).await?;
    add(&connection, &text).await?;
  }
  let totals = connection.execute("select count, word from totals order by count desc, word", []).await?;
  let lines = totals.rows.iter().map(|row| match &row[..] {
    [SqlValue::Integer(count), SqlValue::Text(word)] => format!("{count} {word}\n"),
    other => format!("{other:?}\n"),
  });
  Ok(Response::new(lines.collect::<String>().into()))
}

/// Adds the words of a text, all or none.
async fn add(connection: &Connection, text: &str) -> Result<(), AnyError> {
  connection.execute("begin immediate", []).await?;
  for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
    let statement = "insert into totals values (?, 1) on conflict (word) do update set count = count + 1";
    connection.execute(statement, [word.to_lowercase().into()]).await?;
  }
  connection.execute("commit", []).await?;
  Ok(())
}
