//! A request on its way into a plugin.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::ptr::null;
use std::ptr::null_mut;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use http::request::Parts;
use http_body::Body;
use plugbay_core::OpFailure;
use plugbay_ops::RequestBody;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

use crate::library::Library;
use crate::plugin_waker::PluginWaker;
use crate::report::write_failure;

/// Passes a request to code of a library's. Its body goes with it.
pub(crate) fn lend_request(
  head: &Parts,
  body: RequestBody,
  library: Arc<Library>,
  take: impl FnOnce(*mut abi::HttpRequest),
) {
  let uri = head.uri.to_string();
  let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| abi::HttpHeader {
    name: slice(name.as_str().as_bytes()),
    value: slice(value.as_bytes()),
  };
  let headers = head.headers.iter().map(header).collect::<Vec<_>>();
  let mut request = abi::HttpRequest {
    size: size_of::<abi::HttpRequest>(),
    method: slice(head.method.as_str().as_bytes()),
    uri: slice(uri.as_bytes()),
    headers: headers.as_ptr(),
    header_count: headers.len(),
    body: into_raw(body, library),
  };
  take(&mut request);
  // What it has left.
  let abi::HttpBody { bytes, stream, .. } = request.body;
  // SAFETY: the buffer is whole, whoever made it, and nobody else has it.
  drop(unsafe { OwnedBuffer::from_raw(bytes) });
  // SAFETY: a vtable lives as long as the stream that names it.
  if let Some(drop) = unsafe { stream.vtable.as_ref() }.and_then(|vtable| vtable.drop) {
    // SAFETY: the stream was not taken, and is given up here.
    unsafe { drop(stream.data) };
  }
}

fn slice(bytes: &[u8]) -> abi::Slice {
  abi::Slice { ptr: bytes.as_ptr(), len: bytes.len() }
}

/// The body of a request, for a plugin to ask for its pieces.
struct Pieces {
  body: RequestBody,
  /// Held by the wakers that the body keeps.
  library: Arc<Library>,
}

fn into_raw(body: RequestBody, library: Arc<Library>) -> abi::HttpBody {
  static VTABLE: abi::StreamVTable =
    abi::StreamVTable { size: size_of::<abi::StreamVTable>(), next: Some(next), drop: Some(drop_pieces) };

  let is_empty = body.is_end_stream();
  let length = if is_empty { 0 } else { body.size_hint().exact().unwrap_or(abi::http_body::UNKNOWN) };
  let stream = match is_empty {
    true => abi::Stream { data: null_mut(), vtable: null() },
    false => abi::Stream { data: Box::into_raw(Box::new(Pieces { body, library })).cast(), vtable: &VTABLE },
  };
  abi::HttpBody { length, bytes: abi::Buffer::EMPTY, stream }
}

/// # Safety
///
/// As [`abi::StreamVTable::next`], of a stream from [`into_raw`].
unsafe extern "C" fn next(data: *mut c_void, waker: *const abi::Waker, outcome: *mut abi::Outcome) -> u32 {
  // SAFETY: the caller's promise: one thread at a time.
  let (pieces, outcome) = unsafe { (&mut *data.cast::<Pieces>(), &mut *outcome) };
  let polled = catch_unwind(AssertUnwindSafe(|| {
    // SAFETY: the caller's promise: the waker is live, and of the code of this library.
    let waker = unsafe { PluginWaker::clone_of(waker, pieces.library.clone()) };
    poll(&mut pieces.body, &mut Context::from_waker(&waker))
  }));
  match polled {
    Ok(Poll::Pending) => return 0,
    Ok(Poll::Ready(None)) => outcome.kind = abi::outcome::NULL,
    Ok(Poll::Ready(Some(Ok(bytes)))) => {
      outcome.payload.buffer = ManuallyDrop::new(OwnedBuffer::of_owner(bytes).into_raw());
      outcome.kind = abi::outcome::SYNC;
    }
    Ok(Poll::Ready(Some(Err(message)))) => fail(outcome, message),
    // The event loop that it belongs to has ended.
    Err(_) => fail(outcome, "the server has ended the request".to_string()),
  }
  1
}

/// The next bytes. What comes behind a body's end is for nobody.
fn poll(body: &mut RequestBody, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, String>>> {
  loop {
    return match body.as_mut().poll_frame(cx) {
      Poll::Pending => Poll::Pending,
      Poll::Ready(None) => Poll::Ready(None),
      Poll::Ready(Some(Err(message))) => Poll::Ready(Some(Err(message))),
      Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
        Ok(bytes) if !bytes.is_empty() => Poll::Ready(Some(Ok(bytes))),
        _ => continue,
      },
    };
  }
}

fn fail(outcome: &mut abi::Outcome, message: String) {
  write_failure(outcome, &OpFailure::from_texts("ConnectionAborted", "", message));
}

/// # Safety
///
/// As [`abi::StreamVTable::drop`], of a stream from [`into_raw`].
unsafe extern "C" fn drop_pieces(data: *mut c_void) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  let pieces = unsafe { Box::from_raw(data.cast::<Pieces>()) };
  // There is nobody who could be told of a panic.
  let _ = catch_unwind(AssertUnwindSafe(|| drop(pieces)));
}
