//! Modules from the web: their bytes are read as they arrive, and no further than they may be long.

use std::time::Duration;

use deno_core::url::Url;
use deno_permissions::PermissionsContainer;
use http::Response;
use http::header::CONTENT_ENCODING;
use http::header::CONTENT_LENGTH;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use plugbay_core::ErrorCode;
use plugbay_core::GrantedBy;
use plugbay_core::Need;
use plugbay_core::OpFailure;
use plugbay_http::Client;
use plugbay_http::Failure;
use plugbay_http::NoAnswer;
use plugbay_http::ResponseBody;
use plugbay_http::get;
use plugbay_http::shown;
use tokio::time::timeout;
use wasm_host::load::Limits;
use wasm_host::load::check_length;

/// Between two pieces of the body.
const PIECE_TIMEOUT: Duration = Duration::from_secs(30);
/// For all of it.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// What a program may reach, and who says so.
pub(crate) struct Granted {
  pub(crate) permissions: PermissionsContainer,
  pub(crate) by: GrantedBy,
}

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
  granted: Granted,
  limits: Limits,
) -> Result<Vec<u8>, OpFailure> {
  let all = timeout(TIMEOUT, follow_to_module(client, name, url.clone(), granted, limits));
  all.await.unwrap_or_else(|_| Err(timed_out(name, &url)))
}

async fn follow_to_module(
  client: Client,
  name: &str,
  mut url: Url,
  Granted { mut permissions, by }: Granted,
  limits: Limits,
) -> Result<Vec<u8>, OpFailure> {
  let granted = |url: &Url| {
    let advice = |_| by.advice(&[Need::Network], &authority(url));
    let denied = |error| OpFailure::host_not_granted(name, shown(url), advice(error));
    permissions.check_net_url(url, "Deno.openPluginStreaming()").map(drop).map_err(denied)
  };
  match get(&client, &mut url, granted).await {
    Ok(response) => read(name, &url, response, limits).await,
    Err(NoAnswer::Refused(failure)) => Err(failure),
    Err(NoAnswer::NoUrl(error)) => Err(OpFailure::no_url(name, shown(&url), error)),
    Err(NoAnswer::Failed(error)) => Err(from_client(name, &url, &error)),
    Err(NoAnswer::TimedOut) => Err(timed_out(name, &url)),
    Err(other) => Err(failure(ErrorCode::DownloadFailed, name, &url, &other.to_string())),
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
