//! A request on its way into the plugin.

use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::ptr::null;
use std::ptr::null_mut;
use std::task::Context;
use std::task::Poll;

use ::http::HeaderMap;
use ::http::HeaderName;
use ::http::HeaderValue;
use ::http::Request;
use bytes::Bytes;
use http_body::Frame;
use http_body::SizeHint;
use plugin_abi as abi;
use plugin_abi::LentWaker;

use super::Body;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::future;
use crate::host::HostRef;
use crate::host::enter;
use crate::into_op::Code;
use crate::outcome::Started;
use crate::outcome::new_outcome;
use crate::outcome::write_error;
use crate::outcome::write_future;
use crate::registered::Registered;

/// [`abi::HttpFn`] of the op that [`register_http`](trait.Interface.html#method.register_http) registers.
///
/// # Safety
///
/// `data` is the [`Registered`] op that was registered with it; the others as [`abi::HttpFn`] says.
pub(crate) unsafe extern "C" fn answer(
  data: *mut c_void,
  call: *const abi::Call,
  request: *mut abi::HttpRequest,
  out: *mut abi::Outcome,
) {
  // SAFETY: the caller's promise: all are valid for this call, and the table for ever.
  let (op, call, request, out) = unsafe { (&*data.cast::<Registered<Code>>(), &*call, &mut *request, &mut *out) };
  let host = HostRef { table: call.host, instance: call.instance };
  // SAFETY: as above.
  let body = unsafe { take_body(&mut request.body) };
  let run = || {
    let code = match &op.code {
      Code::Http(code) => code,
      #[cfg(redis_handlers)]
      Code::Redis(code) => code,
      _ => unreachable!("its own function"),
    };
    // SAFETY: as above.
    code(unsafe { request_of(request, body) }?)
  };
  let started = catch_unwind(AssertUnwindSafe(|| enter(host, run)));
  op.instance.has_failed.set(false);
  match started {
    Ok(Ok(Started::Done(done))) => done.write(out),
    Ok(Ok(Started::Future(future))) => write_future(out, abi::outcome::ASYNC, future::into_raw(future, host)),
    Ok(Err(error)) => write_error(out, error),
    Err(panic) => write_error(out, OpError::from_panic(panic)),
  }
}

/// # Safety
///
/// The head of the request is valid.
unsafe fn request_of(raw: &abi::HttpRequest, body: Body) -> Result<Request<Body>, OpError> {
  let odd = |what: &str| OpError::new("TypeError", format!("the request has {what} that is none of HTTP's"));
  // SAFETY: the caller's promise.
  let bytes = |slice: abi::Slice| unsafe { bytes_of(slice) };
  let headers = match raw.header_count {
    0 => &[],
    // SAFETY: the caller's promise.
    count => unsafe { std::slice::from_raw_parts(raw.headers, count) },
  };
  let mut map = HeaderMap::with_capacity(headers.len());
  for header in headers {
    let name = HeaderName::from_bytes(bytes(header.name)).map_err(|_| odd("a header"))?;
    map.append(name, HeaderValue::from_bytes(bytes(header.value)).map_err(|_| odd("the value of a header"))?);
  }
  let mut request = Request::new(body);
  *request.method_mut() = bytes(raw.method).try_into().map_err(|_| odd("a method"))?;
  *request.uri_mut() = bytes(raw.uri).try_into().map_err(|_| odd("an address"))?;
  *request.headers_mut() = map;
  Ok(request)
}

/// # Safety
///
/// The slice is valid for as long as the result is used.
unsafe fn bytes_of<'a>(slice: abi::Slice) -> &'a [u8] {
  match slice.len {
    0 => &[],
    // SAFETY: the caller's promise.
    len => unsafe { std::slice::from_raw_parts(slice.ptr, len) },
  }
}

/// Takes out the body of a request.
///
/// # Safety
///
/// It is whole, and the plugin's.
unsafe fn take_body(body: &mut abi::HttpBody) -> Body {
  let nothing =
    abi::HttpBody { length: 0, bytes: abi::Buffer::EMPTY, stream: abi::Stream { data: null_mut(), vtable: null() } };
  let abi::HttpBody { length, bytes, stream } = std::mem::replace(body, nothing);
  // SAFETY: the caller's promise.
  let first = unsafe { shared(bytes) };
  match stream.vtable.is_null() {
    true => Body::from(first),
    false => Body::new(HostBody { length, first, stream, is_over: false }),
  }
}

/// Bytes that the host frees.
///
/// # Safety
///
/// The buffer is whole, and the plugin's.
unsafe fn shared(buffer: abi::Buffer) -> Bytes {
  // SAFETY: the caller's promise.
  let buffer = unsafe { ZeroCopyBuf::from_raw(buffer) };
  if buffer.is_empty() { Bytes::new() } else { Bytes::from_owner(buffer) }
}

/// The body of a request, of which the host has the pieces.
struct HostBody {
  length: u64,
  /// What is there.
  first: Bytes,
  stream: abi::Stream,
  is_over: bool,
}

// SAFETY: the functions of a stream that the host made may be called on any thread, by one at a time.
unsafe impl Send for HostBody {}

impl http_body::Body for HostBody {
  type Data = Bytes;
  type Error = OpError;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, OpError>>> {
    if !self.first.is_empty() {
      return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.first)))));
    }
    // SAFETY: a vtable lives as long as the stream that names it.
    let next = unsafe { (*self.stream.vtable).next };
    let Some(next) = next.filter(|_| !self.is_over) else { return Poll::Ready(None) };
    let waker = LentWaker::new(cx.waker());
    let mut outcome = new_outcome();
    // SAFETY: the stream is live and not over; the waker and the outcome are valid until the call returns.
    if unsafe { next(self.stream.data, waker.as_raw(), &mut outcome) } == 0 {
      return Poll::Pending;
    }
    let payload = &mut outcome.payload;
    match outcome.kind {
      abi::outcome::SYNC => {
        // SAFETY: the kind says which field is set, and that it is ours.
        let bytes = unsafe { shared(ManuallyDrop::take(&mut payload.buffer)) };
        Poll::Ready(Some(Ok(Frame::data(bytes))))
      }
      abi::outcome::ERROR => {
        self.is_over = true;
        // SAFETY: as above.
        Poll::Ready(Some(Err(unsafe { OpError::from_report(ManuallyDrop::take(&mut payload.error)) })))
      }
      _ => {
        self.is_over = true;
        Poll::Ready(None)
      }
    }
  }

  fn size_hint(&self) -> SizeHint {
    match self.length {
      abi::http_body::UNKNOWN => SizeHint::default(),
      length => SizeHint::with_exact(length),
    }
  }
}

impl Drop for HostBody {
  fn drop(&mut self) {
    // SAFETY: the stream is live, and is given up here.
    unsafe {
      if let Some(drop) = (*self.stream.vtable).drop {
        drop(self.stream.data);
      }
    }
  }
}
