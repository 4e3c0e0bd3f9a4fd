//! A response on its way to the host.

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
use ::http::Response;
use bytes::Bytes;
use http_body::Body as _;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

use super::Body;
use crate::OpError;
use crate::future::with_waker;
use crate::host::current;
use crate::outcome::Done;
use crate::outcome::GivenResponse;
use crate::outcome::write_error;
use crate::quietly::drop_quietly;
use crate::surroundings::Surroundings;

/// A response that the host has.
#[repr(C)]
struct Given {
  raw: abi::HttpResponse,
  /// Of `headers`.
  list: Vec<abi::HttpHeader>,
  headers: HeaderMap,
}

/// Gives a response to the host of the plugin that is running.
pub(crate) fn give(response: Response<Body>) -> Done {
  let (head, body) = response.into_parts();
  let slice = |bytes: &[u8]| abi::Slice { ptr: bytes.as_ptr(), len: bytes.len() };
  let header = |(name, value): (&::http::HeaderName, &::http::HeaderValue)| abi::HttpHeader {
    name: slice(name.as_str().as_bytes()),
    value: slice(value.as_bytes()),
  };
  let raw = abi::HttpResponse {
    size: size_of::<abi::HttpResponse>(),
    status: head.status.as_u16().into(),
    reserved: 0,
    headers: null(),
    header_count: head.headers.len(),
    body: body_into_raw(body),
    drop: Some(drop_response),
  };
  let mut given = Box::new(Given { raw, list: Vec::new(), headers: head.headers });
  // They stay where they are now.
  given.list = given.headers.iter().map(header).collect();
  given.raw.headers = given.list.as_ptr();
  Done::Response(GivenResponse(Box::into_raw(given).cast()))
}

/// # Safety
///
/// `response` comes from [`give`], its body was taken out, and it is not used again.
unsafe extern "C" fn drop_response(response: *mut abi::HttpResponse) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  drop(unsafe { Box::from_raw(response.cast::<Given>()) });
}

fn body_into_raw(body: Body) -> abi::HttpBody {
  static VTABLE: abi::StreamVTable =
    abi::StreamVTable { size: size_of::<abi::StreamVTable>(), next: Some(next), drop: Some(drop_pieces) };

  match body.into_whole() {
    Ok(bytes) => abi::HttpBody {
      length: bytes.len() as u64,
      bytes: OwnedBuffer::of_owner(bytes).into_raw(),
      stream: abi::Stream { data: null_mut(), vtable: null() },
    },
    Err(body) => {
      let length = body.size_hint().exact().unwrap_or(abi::http_body::UNKNOWN);
      let pieces = Box::new(Pieces { body, surroundings: Surroundings::of(current("a handler's response")) });
      let stream = abi::Stream { data: Box::into_raw(pieces).cast(), vtable: &VTABLE };
      abi::HttpBody { length, bytes: abi::Buffer::EMPTY, stream }
    }
  }
}

/// A body that the host asks for its pieces.
struct Pieces {
  body: Body,
  surroundings: Surroundings,
}

/// # Safety
///
/// As [`abi::StreamVTable::next`], of a stream from [`body_into_raw`].
unsafe extern "C" fn next(data: *mut c_void, waker: *const abi::Waker, out: *mut abi::Outcome) -> u32 {
  // SAFETY: the caller's promise.
  let (Pieces { body, surroundings }, out) = unsafe { (&mut *data.cast::<Pieces>(), &mut *out) };
  let polled = catch_unwind(AssertUnwindSafe(|| {
    // SAFETY: the caller's promise: the waker is live for this call.
    unsafe { with_waker(waker, |cx: &mut Context<'_>| surroundings.run(|| Pin::new(body).poll_piece(cx))) }
  }));
  match polled {
    Ok(Poll::Pending) => return 0,
    Ok(Poll::Ready(None)) => out.kind = abi::outcome::NULL,
    Ok(Poll::Ready(Some(Ok(bytes)))) => write_piece(out, bytes),
    Ok(Poll::Ready(Some(Err(error)))) => write_error(out, error),
    Err(panic) => write_error(out, OpError::from_panic(panic)),
  }
  1
}

fn write_piece(out: &mut abi::Outcome, bytes: Bytes) {
  out.payload.buffer = ManuallyDrop::new(OwnedBuffer::of_owner(bytes).into_raw());
  out.kind = abi::outcome::SYNC;
}

/// # Safety
///
/// As [`abi::StreamVTable::drop`], of a stream from [`body_into_raw`].
unsafe extern "C" fn drop_pieces(data: *mut c_void) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  let pieces = unsafe { Box::from_raw(data.cast::<Pieces>()) };
  let Pieces { body, surroundings } = *pieces;
  surroundings.run(|| drop_quietly(body));
}
