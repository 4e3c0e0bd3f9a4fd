//! Modules from the web: one request after another until there is an answer that is no redirect, whose body is read as
//! it arrives, and no further than it may be long.

use std::time::Duration;

use deno_core::url::Url;
use deno_permissions::PermissionsContainer;
use http::Request;
use http::Response;
use http::Uri;
use http::header::CONTENT_ENCODING;
use http::header::CONTENT_LENGTH;
use http::header::CONTENT_TYPE;
use http::header::LOCATION;
use http_body_util::BodyExt;
use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use plugbay_http::Client;
use plugbay_http::Failure;
use plugbay_http::Informational;
use plugbay_http::RequestBody;
use plugbay_http::ResponseBody;
use tokio::time::timeout;
use wasm_host::load::Limits;
use wasm_host::load::check_length;

const MAX_REDIRECTS: usize = 5;
/// For the address, the connection and the first byte of the answer, together.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Between two pieces of the body.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);
/// For all of it.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// The bytes of the module at `url`, for the plugin `name`.
///
/// # Errors
///
/// `ERR_PLUGIN_PERMISSION` when the program may not reach the host, or one that it is sent on to; `ERR_PLUGIN_DOWNLOAD`
/// when there is no good answer; `ERR_WASM_LIMIT` when the module is longer than it may be, as soon as that is known;
/// `ERR_WASM_COMPILE` when what comes is no module.
pub(crate) async fn download(
  client: Client,
  name: &str,
  url: Url,
  permissions: PermissionsContainer,
  limits: Limits,
) -> Result<Vec<u8>, OpFailure> {
  let all = timeout(TIMEOUT, follow_to_module(client, name, url.clone(), permissions, limits));
  all.await.unwrap_or_else(|_| Err(timed_out(name, &url)))
}

async fn follow_to_module(
  client: Client,
  name: &str,
  mut url: Url,
  mut permissions: PermissionsContainer,
  limits: Limits,
) -> Result<Vec<u8>, OpFailure> {
  for _ in 0..=MAX_REDIRECTS {
    let denied = |_| OpFailure::host_not_granted(name, shown(&url), authority(&url));
    permissions.check_net_url(&url, "Deno.openPluginStreaming()").map_err(denied)?;
    let mut request = Request::new(RequestBody::empty());
    *request.uri_mut() = url.as_str().parse::<Uri>().map_err(|error| OpFailure::no_url(name, shown(&url), error))?;
    let informational = Informational::bound(&mut request);
    let response = timeout(ANSWER_TIMEOUT, client.clone().send(request)).await.map_err(|_| timed_out(name, &url))?;
    let reason = |error| informational.failure().unwrap_or_else(|| Failure::of_client(&error));
    let response = response.map_err(|error| from_client(name, &url, &reason(error)))?;
    if let Some(location) = redirect(&response) {
      url = follow(name, &url, location)?;
      continue;
    }
    if !response.status().is_success() {
      return Err(failure(
        ErrorCode::DownloadFailed,
        name,
        &url,
        &format!("the server answers with {}", response.status()),
      ));
    }
    return read(name, &url, response, limits).await;
  }
  Err(failure(ErrorCode::DownloadFailed, name, &url, &format!("there are more than {MAX_REDIRECTS} redirects")))
}

fn redirect(response: &Response<ResponseBody>) -> Option<&str> {
  let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
  location.map(|location| location.to_str().unwrap_or_default())
}

fn follow(name: &str, from: &Url, location: &str) -> Result<Url, OpFailure> {
  let to = from.join(location).ok().filter(|to| matches!(to.scheme(), "http" | "https"));
  match to {
    Some(to) if from.scheme() == "https" && to.scheme() == "http" => Err(failure(
      ErrorCode::DownloadFailed,
      name,
      from,
      &format!("it leads to {}, which is not encrypted", shown(&to)),
    )),
    Some(to) => Ok(to),
    None => Err(failure(
      ErrorCode::DownloadFailed,
      name,
      from,
      &format!("it leads to {location:?}, which is no address of the web"),
    )),
  }
}

async fn read(name: &str, url: &Url, response: Response<ResponseBody>, limits: Limits) -> Result<Vec<u8>, OpFailure> {
  let header = |key| response.headers().get(key)?.to_str().ok();
  let is_encoded = response.headers().contains_key(CONTENT_ENCODING);
  let announced = header(CONTENT_LENGTH).filter(|_| !is_encoded).and_then(|length| length.parse::<u64>().ok());
  if let Some(length) = announced {
    check_length(name, length, limits)?;
  }
  let content_type = header(CONTENT_TYPE).unwrap_or("something without a type").to_string();
  let mut bytes = Vec::new();
  let mut body = response.into_body();
  while let Some(frame) = timeout(PIECE_TIMEOUT, body.frame()).await.map_err(|_| timed_out(name, url))? {
    let breaks_off = |error| failure(ErrorCode::DownloadFailed, name, url, &format!("the answer breaks off: {error}"));
    let Ok(piece) = frame.map_err(breaks_off)?.into_data() else { continue };
    bytes.extend_from_slice(&piece);
    check_length(name, bytes.len() as u64, limits)?;
    check_magic(name, url, &content_type, &bytes, false)?;
  }
  check_magic(name, url, &content_type, &bytes, true)?;
  Ok(bytes)
}

/// Whether these are the first bytes of a module; fewer than four may become that unless they are all.
fn check_magic(name: &str, url: &Url, content_type: &str, bytes: &[u8], is_all: bool) -> Result<(), OpFailure> {
  const MAGIC: &[u8] = b"\0asm";
  let begins = bytes.starts_with(MAGIC) || (!is_all && MAGIC.starts_with(bytes));
  if begins {
    return Ok(());
  }
  let found = match bytes {
    [0x7f, b'E', b'L', b'F', ..] | [0xcf, 0xfa, 0xed, 0xfe, ..] | [b'M', b'Z', ..] => {
      "a native library, which is opened from a file only".to_string()
    }
    _ => format!("{content_type} of another format"),
  };
  Err(OpFailure::no_module_from(name, shown(url), found))
}

/// `host` or `host:port`, as `--allow-net` takes it.
fn authority(url: &Url) -> String {
  let host = url.host_str().unwrap_or_default();
  url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"))
}

fn from_client(name: &str, url: &Url, error: &Failure) -> OpFailure {
  let code = match error.code {
    "connection-timeout" => ErrorCode::DownloadTimedOut,
    "DNS-error" => ErrorCode::DownloadHost,
    "connection-refused" => ErrorCode::DownloadRefused,
    _ => ErrorCode::DownloadFailed,
  };
  failure(code, name, url, &error.message)
}

fn timed_out(name: &str, url: &Url) -> OpFailure {
  failure(ErrorCode::DownloadTimedOut, name, url, "the server takes too long")
}

fn failure(code: ErrorCode, name: &str, url: &Url, why: &str) -> OpFailure {
  OpFailure::new(code, format!("cannot open plugin {name} from {}: {why}", shown(url)))
}

/// A URL for people, without a password.
fn shown(url: &Url) -> String {
  let mut shown = url.clone();
  // What has no host has no password either.
  let _ = shown.set_password(None);
  let _ = shown.set_username("");
  shown.to_string()
}
