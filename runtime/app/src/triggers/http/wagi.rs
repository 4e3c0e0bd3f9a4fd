//! The Wagi executor: a component that is a command of CGI. The request's body is its standard input, and what it
//! writes to its standard output is the response.

use std::time::Duration;

use app_manifest::RequestOrigin;
use app_manifest::RouteMatch;
use app_manifest::Wagi;
use app_manifest::parse_cgi_response;
use app_manifest::wagi_arguments;
use app_manifest::wagi_variables;
use bytes::Bytes;
use http::Request;
use http::Response;
use http::StatusCode;
use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::Limited;
use hyper::body::Body;
use plugbay::CommandLine;
use plugbay::MessageBody;
use plugbay::message_body;
use tokio::sync::Semaphore;

use super::fixed::plain;
use super::fixed::whole;
use super::request_id;
use super::request_id::X_REQUEST_ID;
use super::site::Side;
use super::site::Site;

/// What a command reads, and what it writes: both are held whole.
const MAX_BODY: usize = 64 << 20;

/// KiB of bodies that are held for commands at once.
static ROOM: Semaphore = Semaphore::const_new(8 * (MAX_BODY >> 10));

/// How long a client may take to send all of a body.
const PATIENCE: Duration = Duration::from_secs(60);

/// Has a command answer.
pub(crate) async fn run(
  site: &Site,
  component: &str,
  wagi: &Wagi,
  found: &RouteMatch<'_, '_>,
  request: Request<MessageBody>,
  origin: RequestOrigin<'_>,
  side: Side<'_>,
) -> Response<MessageBody> {
  let (head, body) = request.into_parts();
  // Of a body of unknown length the longest.
  let length = body.size_hint().exact().map_or(MAX_BODY, |length| (length as usize).min(MAX_BODY));
  let Ok(_held) = ROOM.try_acquire_many((length >> 10) as u32 + 1) else {
    return plain(StatusCode::SERVICE_UNAVAILABLE, "commands hold as many bodies as they may\n");
  };
  let input = match tokio::time::timeout(PATIENCE, Limited::new(body, MAX_BODY).collect()).await {
    Ok(Ok(input)) => input,
    Ok(Err(_)) => return plain(StatusCode::PAYLOAD_TOO_LARGE, "a command takes no more than 64 MiB\n"),
    Err(_) => return plain(StatusCode::REQUEST_TIMEOUT, ""),
  };
  let input = input.to_bytes();
  let line = CommandLine {
    arguments: wagi_arguments(wagi, &head),
    environment: wagi_variables(found, &head, origin, input.len()),
  };
  let id = head.headers.get(X_REQUEST_ID).cloned();
  let request = Request::from_parts(head, message_body(Full::new(input)));
  let answer = site.ask(component, request, Some(line), side).await;
  if answer.status() != StatusCode::OK {
    return answer;
  }
  let Ok(output) = answer.into_body().collect().await else {
    return plain(StatusCode::INTERNAL_SERVER_ERROR, "");
  };
  let output = output.to_bytes();
  match parse_cgi_response(&output) {
    Ok(parsed) => {
      let headers = parsed.headers.iter().map(|(name, value)| (name.clone(), value.clone()));
      whole(parsed.status, headers, Bytes::copy_from_slice(parsed.body))
    }
    Err(fault) => {
      let request_id = id.as_ref().map(request_id::text);
      tracing::error!(target: "handler", component, request_id, "{fault}");
      plain(StatusCode::INTERNAL_SERVER_ERROR, "")
    }
  }
}
