//! The op behind `fetch`, in the place of deno_fetch's: the same, but that a [`Reach`] may decide, and answer.

#![expect(clippy::result_large_err, reason = "the error is deno_fetch's")]

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use deno_core::CancelFuture;
use deno_core::CancelHandle;
use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::convert::ByteString;
use deno_core::convert::Uint8Array;
use deno_core::op2;
use deno_core::url::Url;
use deno_core::v8;
use deno_error::JsErrorBox;
use deno_fetch::Client;
use deno_fetch::FetchCancelHandle;
use deno_fetch::FetchError;
use deno_fetch::FetchRequestResource;
use deno_fetch::FetchReturn;
use deno_fetch::HttpClientResource;
use deno_fetch::Options;
use deno_fetch::ReqBody;
use deno_fetch::ResBody;
use deno_fetch::ResourceToBodyAdapter;
use deno_fetch::basic_auth;
use deno_fetch::data_url::DataUrl;
use deno_fetch::extract_authority;
use deno_permissions::PermissionsContainer;
use http::HeaderName;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::Uri;
use http::header::AUTHORIZATION;
use http::header::CONTENT_LENGTH;
use http::header::CONTENT_TYPE;
use http::header::HOST;
use http::header::TRANSFER_ENCODING;
use http_body_util::Full;
use once_cell::unsync::OnceCell;

use crate::Failure;
use crate::Reach;
use crate::caller::Caller;
use crate::failure::PROHIBITED;
use crate::grant::client_for;
use crate::measured::Measured;
use crate::serving::message_body;
use crate::written::BodyWriter;

/// Who decides of the requests of an isolate's script.
#[derive(Clone)]
struct OfScript {
  reach: Arc<dyn Reach>,
  /// Made for the first request.
  client: Rc<OnceCell<Client>>,
}

/// Has somebody decide of the requests of an isolate's script, in the place of its permissions.
pub fn give_to_script(state: &mut OpState, reach: Arc<dyn Reach>) {
  state.put(OfScript { reach, client: Rc::default() });
}

type Headers = Vec<(ByteString, ByteString)>;

#[op2(stack_trace)]
#[allow(clippy::too_many_arguments, reason = "deno_fetch's script calls it with these")]
pub(crate) fn op_fetch(
  scope: &mut v8::PinScope<'_, '_>,
  state: &mut OpState,
  #[scoped] method: ByteString,
  #[string] url: String,
  #[scoped] headers: Headers,
  #[smi] client_rid: Option<u32>,
  has_body: bool,
  data: Option<Uint8Array>,
  #[smi] resource: Option<ResourceId>,
) -> Result<FetchReturn, FetchError> {
  let method = Method::from_bytes(&method)?;
  let url = Url::parse(&url)?;
  match url.scheme() {
    "http" | "https" => {
      let own = client_rid.map(|rid| state.resource_table.get::<HttpClientResource>(rid)).transpose()?;
      let of_script = state.try_borrow::<OfScript>().cloned();
      let (client, allows_host) = match (&of_script, own) {
        (Some(of_script), _) => {
          of_script.reach.check(&url).map_err(not_capable)?;
          let client = of_script.client.get_or_try_init(|| client_for(state, &*of_script.reach));
          (client.map_err(FetchError::Other)?.clone(), false)
        }
        (None, own) => {
          state.borrow_mut::<PermissionsContainer>().check_net_url(&url, "fetch()")?;
          match own {
            Some(own) => (own.client.clone(), own.allow_host),
            None => (crate::of_program(state)?, false),
          }
        }
      };
      let reach = of_script.map(|of_script| of_script.reach);
      let body = match (data, resource) {
        _ if !has_body => None,
        (Some(bytes), _) => Some(Body::Whole(bytes.0.into())),
        (None, Some(rid)) => Some(Body::Stream(state.resource_table.take_any(rid)?)),
        (None, None) => None,
      };
      let mut request = request(method, url.clone(), headers, body, allows_host, reach.is_some())?;
      Caller::of(scope).tell(&mut request);
      if let Some(hook) = state.borrow::<Options>().request_builder_hook {
        hook(&mut request).map_err(FetchError::RequestBuilderHook)?;
      }
      Ok(send(state, client, reach, request, url))
    }
    "file" if method != Method::GET => Err(FetchError::FsNotGet(method)),
    "file" => {
      let files = state.borrow::<Options>().file_fetch_handler.clone();
      let (future, cancel) = files.fetch_file(state, &url);
      let request_rid = state.resource_table.add(FetchRequestResource { future, url });
      let cancel_handle_rid = cancel.map(|cancel| state.resource_table.add(FetchCancelHandle(cancel)));
      Ok(FetchReturn { request_rid, cancel_handle_rid })
    }
    "data" => {
      let response = data_response(&url)?;
      let request = FetchRequestResource { future: Box::pin(async { Ok(Ok(response)) }), url };
      Ok(FetchReturn { request_rid: state.resource_table.add(request), cancel_handle_rid: None })
    }
    // Those that there are deno_fetch's script knows.
    "blob" => Err(FetchError::BlobNotFound),
    scheme => Err(FetchError::SchemeNotSupported(scheme.to_string())),
  }
}

fn not_capable(why: String) -> FetchError {
  FetchError::Other(JsErrorBox::new("NotCapable", why))
}

fn data_response(url: &Url) -> Result<Response<ResBody>, FetchError> {
  let data = DataUrl::process(url.as_str()).map_err(FetchError::DataUrl)?;
  let (bytes, _) = data.decode_to_vec().map_err(FetchError::Base64)?;
  let response = Response::builder().header(CONTENT_TYPE, data.mime_type().to_string());
  Ok(response.body(message_body(Full::new(Bytes::from(bytes))))?)
}

enum Body {
  Whole(Bytes),
  Stream(Rc<dyn Resource>),
}

/// A request as deno_fetch makes it. With `leaves_thread` its body may be read on another thread.
fn request(
  method: Method,
  mut url: Url,
  headers: Headers,
  body: Option<Body>,
  allows_host: bool,
  leaves_thread: bool,
) -> Result<Request<ReqBody>, FetchError> {
  let authority = extract_authority(&mut url);
  let (body, length) = match body {
    Some(Body::Whole(bytes)) => {
      let length = bytes.len() as u64;
      (ReqBody::full(bytes), Some(length))
    }
    Some(Body::Stream(stream)) => {
      let length = match stream.size_hint() {
        (least, most) if most == Some(least) && least > 0 => most,
        _ => None,
      };
      let body = match (leaves_thread, length) {
        (true, Some(length)) => ReqBody::streaming(Measured::new(pieces(stream), length)),
        (true, None) => ReqBody::streaming(pieces(stream)),
        (false, Some(length)) => ReqBody::streaming(Measured::new(ResourceToBodyAdapter::new(stream), length)),
        (false, None) => ReqBody::streaming(ResourceToBodyAdapter::new(stream)),
      };
      (body, length)
    }
    None => (ReqBody::empty(), matches!(method, Method::POST | Method::PUT).then_some(0)),
  };
  let mut request = Request::new(body);
  *request.method_mut() = method;
  *request.uri_mut() = url.as_str().parse::<Uri>().map_err(|_| FetchError::InvalidUrl(url))?;
  let of_request = request.headers_mut();
  if let Some((name, password)) = authority {
    of_request.insert(AUTHORIZATION, basic_auth(&name, password.as_deref()));
  }
  if let Some(length) = length {
    of_request.insert(CONTENT_LENGTH, length.into());
  }
  for (name, value) in headers {
    let (name, value) = (HeaderName::from_bytes(&name)?, HeaderValue::from_bytes(&value)?);
    if (name != HOST || allows_host) && name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
      of_request.append(name, value);
    }
  }
  Ok(request)
}

/// What a stream of the script's gives, for another thread. It is read here, as there is room.
fn pieces(stream: Rc<dyn Resource>) -> impl hyper::body::Body<Data = Bytes, Error = JsErrorBox> + Send + Sync {
  let (writer, body) = BodyWriter::new();
  // One that fails has no end, which the reader is told.
  deno_core::unsync::spawn(writer.pump(None, ResourceToBodyAdapter::new(stream), |_| {}));
  body
}

fn send(
  state: &mut OpState,
  client: Client,
  reach: Option<Arc<dyn Reach>>,
  request: Request<ReqBody>,
  url: Url,
) -> FetchReturn {
  let answered = match &reach {
    Some(reach) => reach.answer(request),
    None => Err(Box::new(request)),
  };
  let host = url.host_str().unwrap_or_default().to_string();
  let cancel = CancelHandle::new_rc();
  let cancelled = cancel.clone();
  let future = async move {
    let answer = async {
      match answered {
        Ok(answer) => answer.await.map_err(|failure| FetchError::Other(JsErrorBox::type_error(failure.message))),
        Err(request) => client.send(*request).await.map_err(|error| match &reach {
          Some(reach) if Failure::of_client(&error).code == PROHIBITED => not_capable(reach.was_denied(&host)),
          _ => error.into(),
        }),
      }
    };
    answer.or_cancel(cancelled).await
  };
  let request_rid = state.resource_table.add(FetchRequestResource { future: Box::pin(future), url });
  FetchReturn { request_rid, cancel_handle_rid: Some(state.resource_table.add(FetchCancelHandle(cancel))) }
}
