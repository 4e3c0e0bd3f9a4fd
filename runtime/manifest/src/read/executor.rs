//! How a component is called for a request, and what the host answers itself.

use std::collections::BTreeMap;

use http::HeaderName;
use http::HeaderValue;

use crate::Executor;
use crate::StaticResponse;
use crate::Wagi;
use crate::table::Table;

/// `executor` of a trigger.
pub(crate) fn executor(owner: &mut Table<'_>) -> Executor {
  let Some(mut table) = owner.table("executor", format!("the executor of {}", owner.what)) else {
    return Executor::Http;
  };
  let kind = table.needed("type", "add `type = \"http\"` or `type = \"wagi\"`");
  let executor = match kind.as_ref().map(|kind| kind.text.as_str()) {
    // Whatever is missing, what is there may be told of.
    Some("wagi") | None => {
      let default = Wagi::default();
      Executor::Wagi(Wagi {
        argv: table.string("argv").unwrap_or(default.argv),
        entrypoint: table.string("entrypoint").unwrap_or(default.entrypoint),
      })
    }
    // `spin` is what `http` was called once.
    Some("http" | "spin") => Executor::Http,
    Some(other) => {
      let at = kind.as_ref().map_or(table.at, |kind| kind.at);
      table.refuse(at, "type", &format!("must be `http` or `wagi`, got `{other}`"), None);
      Executor::Http
    }
  };
  table.finish();
  executor
}

/// `static_response` of a trigger.
pub(crate) fn static_response(owner: &mut Table<'_>) -> Option<StaticResponse> {
  let mut table = owner.table("static_response", format!("the static response of {}", owner.what))?;
  let status = table.number("status_code", 200, 599).and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
  let mut headers = BTreeMap::new();
  for (entry, text) in table.map("headers") {
    if HeaderName::from_bytes(entry.key.as_bytes()).is_err() {
      table.refuse(entry.key_at, "headers", &format!("has `{}`, which is no name of a header", entry.key), None);
    } else if HeaderValue::from_str(&text.text).is_err() {
      table.refuse(text.at, "headers", &format!("has a value of `{}` that no header can have", entry.key), None);
    } else {
      headers.insert(entry.key.clone(), text.text);
    }
  }
  let body = table.string("body");
  table.finish();
  Some(StaticResponse { status, headers, body })
}
