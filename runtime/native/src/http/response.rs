//! The response of a plugin's op.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::mem::replace;
use std::pin::Pin;
use std::ptr::null;
use std::ptr::null_mut;
use std::rc::Rc;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::Response;
use http::StatusCode;
use http_body::Body;
use http_body::Frame;
use http_body::SizeHint;
use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::ResponseBody;
use plugin_abi as abi;
use plugin_abi::LentWaker;
use plugin_abi::OwnedBuffer;

use crate::plugin::NativePlugin;
use crate::report::bad_outcome;
use crate::report::new_outcome;
use crate::report::slice;
use crate::report::take_report;

/// Takes over a response.
///
/// # Errors
///
/// What is wrong with it; it is dropped then.
///
/// # Safety
///
/// `plugin` made it, as [`abi::HttpResponse`] says, and gave it away.
pub(crate) unsafe fn take_response(
  response: *mut abi::HttpResponse,
  plugin: &Rc<NativePlugin>,
) -> Result<Response<ResponseBody>, String> {
  // SAFETY: the caller's promise: every version begins with the size.
  match unsafe { response.cast::<usize>().as_ref() } {
    None => return Err("a response that is null".to_string()),
    Some(size) if *size < size_of::<abi::HttpResponse>() => return Err(format!("a response of {size} bytes")),
    Some(_) => {}
  }
  // SAFETY: the caller's promise.
  let raw = unsafe { &mut *response };
  let nothing =
    abi::HttpBody { length: 0, bytes: abi::Buffer::EMPTY, stream: abi::Stream { data: null_mut(), vtable: null() } };
  // SAFETY: the caller's promise: the body is whole, and was given away with the response.
  let body = unsafe { PluginBody::from_raw(replace(&mut raw.body, nothing), plugin) };
  // SAFETY: as above, of the head.
  let head = unsafe { head_of(raw) };
  if let Some(drop) = raw.drop {
    // SAFETY: its body is taken out, and its head is copied.
    unsafe { drop(response) };
  }
  let (status, headers) = head?;
  let mut response = Response::new(Box::pin(body?) as ResponseBody);
  *response.status_mut() = status;
  *response.headers_mut() = headers;
  Ok(response)
}

/// # Safety
///
/// The head of the response is valid.
unsafe fn head_of(response: &abi::HttpResponse) -> Result<(StatusCode, HeaderMap), String> {
  let status = u16::try_from(response.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
  let status = status.filter(|status| !status.is_informational());
  let status = status.ok_or_else(|| format!("a response with status {}", response.status))?;
  let headers = match response.header_count {
    0 => &[],
    // SAFETY: the caller's promise.
    count => unsafe { std::slice::from_raw_parts(response.headers, count) },
  };
  let mut map = HeaderMap::with_capacity(headers.len());
  for header in headers {
    // SAFETY: the caller's promise.
    let (name, value) = unsafe { (slice(&header.name), slice(&header.value)) };
    let shown = || String::from_utf8_lossy(name);
    let of_http = HeaderName::from_bytes(name).map_err(|_| format!("a response with a header {:?}", shown()))?;
    let value = HeaderValue::from_bytes(value).map_err(|_| format!("a response with no value of {:?}", shown()))?;
    map.try_append(of_http, value).map_err(|_| "a response with too many headers".to_string())?;
  }
  Ok((status, map))
}

/// The body of a response: bytes that are there, then those of a stream.
struct PluginBody {
  /// What of it is known to come.
  length: Option<u64>,
  bytes: Bytes,
  stream: Option<PluginStream>,
  plugin: Rc<NativePlugin>,
}

impl PluginBody {
  /// # Safety
  ///
  /// The body is whole, and the plugin gave it away.
  unsafe fn from_raw(body: abi::HttpBody, plugin: &Rc<NativePlugin>) -> Result<Self, String> {
    let abi::HttpBody { length, bytes, stream } = body;
    // SAFETY: the caller's promise.
    let bytes = unsafe { bytes_of(bytes, plugin) };
    // SAFETY: the caller's promise; a vtable lives as long as the stream.
    let stream = match unsafe { stream.vtable.as_ref() } {
      None => None,
      Some(abi::StreamVTable { next: Some(next), drop: Some(drop), .. }) => {
        Some(PluginStream { data: stream.data, next: *next, drop: *drop, _plugin: plugin.clone() })
      }
      Some(_) => return Err("a body without functions to read and drop it".to_string()),
    };
    let length = match &stream {
      None => Some(bytes.len() as u64),
      Some(_) => Some(length).filter(|length| *length != abi::http_body::UNKNOWN),
    };
    Ok(Self { length, bytes, stream, plugin: plugin.clone() })
  }

  fn fail(&mut self, failure: OpFailure) -> Poll<Option<Result<Frame<Bytes>, OpFailure>>> {
    self.stream = None;
    Poll::Ready(Some(Err(failure)))
  }
}

/// Bytes that the plugin frees, with its library mapped until then.
///
/// # Safety
///
/// The plugin made the buffer, and gave it away.
unsafe fn bytes_of(buffer: abi::Buffer, plugin: &Rc<NativePlugin>) -> Bytes {
  struct Held(Answer);
  impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
      &self.0.bytes
    }
  }
  // SAFETY: the caller's promise.
  let buffer = unsafe { OwnedBuffer::from_raw(buffer) };
  match buffer.is_empty() {
    true => Bytes::new(),
    false => Bytes::from_owner(Held(Answer::of_library(buffer, plugin.library().clone()))),
  }
}

impl Body for PluginBody {
  type Data = Bytes;
  type Error = OpFailure;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, OpFailure>>> {
    if !self.bytes.is_empty() {
      let bytes = std::mem::take(&mut self.bytes);
      return Poll::Ready(Some(Ok(Frame::data(bytes))));
    }
    let this = &mut *self;
    let Some(stream) = &mut this.stream else { return Poll::Ready(None) };
    let waker = LentWaker::new(cx.waker());
    let mut outcome = new_outcome();
    // SAFETY: the stream is live; the waker and the outcome are valid until the call returns.
    if unsafe { (stream.next)(stream.data, waker.as_raw(), &mut outcome) } == 0 {
      return this.plugin.take_failure().map_or(Poll::Pending, |failure| this.fail(failure));
    }
    let payload = &mut outcome.payload;
    match outcome.kind {
      abi::outcome::SYNC => {
        // SAFETY: the kind says which field is set, and the plugin has given it away.
        let bytes = unsafe { bytes_of(ManuallyDrop::take(&mut payload.buffer), &this.plugin) };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
      }
      abi::outcome::NULL => {
        this.stream = None;
        Poll::Ready(None)
      }
      abi::outcome::ERROR => {
        // SAFETY: as above.
        let failure = unsafe { take_report(ManuallyDrop::take(&mut payload.error)) };
        this.fail(failure)
      }
      kind => this.fail(bad_outcome(format!("a piece of a body of kind {kind}"))),
    }
  }

  fn is_end_stream(&self) -> bool {
    self.bytes.is_empty() && self.stream.is_none()
  }

  fn size_hint(&self) -> SizeHint {
    match (&self.stream, self.length) {
      (None, _) => SizeHint::with_exact(self.bytes.len() as u64),
      (Some(_), Some(length)) => SizeHint::with_exact(length),
      (Some(_), None) => SizeHint::default(),
    }
  }
}

/// The rest of a body, which the plugin gives piece by piece.
struct PluginStream {
  data: *mut c_void,
  next: unsafe extern "C" fn(*mut c_void, *const abi::Waker, *mut abi::Outcome) -> u32,
  drop: unsafe extern "C" fn(*mut c_void),
  /// Keeps the library mapped; dropped after the stream.
  _plugin: Rc<NativePlugin>,
}

impl Drop for PluginStream {
  fn drop(&mut self) {
    // SAFETY: the stream is live, and is given up here; its library is still mapped.
    unsafe { (self.drop)(self.data) };
  }
}
