//! Ops that answer HTTP requests, and bytes that come piece by piece.
//!
//! An op with the encoding [`HTTP`](crate::encoding::HTTP) or [`REDIS`](crate::encoding::REDIS) has an [`HttpFn`]. The
//! host hands it requests of a server's; scripts do not call it.

use core::ffi::c_void;
#[cfg(target_pointer_width = "64")]
use core::mem::offset_of;

use crate::Buffer;
use crate::Call;
use crate::Outcome;
use crate::Slice;
use crate::Waker;

/// Bytes that come piece by piece. One thread at a time asks for them: any, where the host made it; the isolate's,
/// where a plugin did.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Stream {
  /// First argument of the functions.
  pub data: *mut c_void,
  /// Null: there is no stream.
  pub vtable: *const StreamVTable,
}

/// What can be done with a [`Stream`].
#[repr(C)]
#[derive(Debug)]
pub struct StreamVTable {
  /// Size of this struct.
  pub size: usize,
  /// Returns 0 after it has seen to it that the waker is woken, else 1 with an outcome:
  /// [`outcome::SYNC`](crate::outcome::SYNC) is the next piece, whose bytes are only read;
  /// [`outcome::NULL`](crate::outcome::NULL) the end; [`outcome::ERROR`](crate::outcome::ERROR) says why no more come.
  /// Not called again after these two. The waker is borrowed, and only that of the newest call counts.
  pub next: Option<unsafe extern "C" fn(data: *mut c_void, waker: *const Waker, outcome: *mut Outcome) -> u32>,
  /// Frees the stream, at its end or not. Called exactly once.
  pub drop: Option<unsafe extern "C" fn(data: *mut c_void)>,
}

/// The body of a request or a response. Whoever receives it releases the buffer and drops the stream.
#[repr(C)]
#[derive(Debug)]
pub struct HttpBody {
  /// Number of all of its bytes, or 2^64 - 1: that is not known.
  pub length: u64,
  /// What there is of it already, before the pieces of the stream. Its bytes are only read.
  pub bytes: Buffer,
  /// What follows. Without one the buffer has all.
  pub stream: Stream,
}

/// Value of [`HttpBody::length`] where that is not known.
pub mod http_body {
  /// Nobody knows it yet.
  pub const UNKNOWN: u64 = u64::MAX;
}

/// A header of a request or a response.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HttpHeader {
  /// Its name, in lower case in requests.
  pub name: Slice,
  /// Its value: any bytes that HTTP allows there.
  pub value: Slice,
}

/// A request. All but the body is valid until the call returns.
#[repr(C)]
#[derive(Debug)]
pub struct HttpRequest {
  /// Size of this struct.
  pub size: usize,
  /// The method, such as `GET`.
  pub method: Slice,
  /// The absolute URI, with the path as it came.
  pub uri: Slice,
  /// The headers; those of one name in the order in which they came.
  pub headers: *const HttpHeader,
  /// How many there are.
  pub header_count: usize,
  /// The body, which is the op's: it takes it out and leaves [`Buffer::EMPTY`] and no stream.
  pub body: HttpBody,
}

/// A response. It stays where it is until its `drop` is called.
#[repr(C)]
#[derive(Debug)]
pub struct HttpResponse {
  /// Size of this struct.
  pub size: usize,
  /// The status: 200 to 999.
  pub status: u32,
  /// Zero.
  pub reserved: u32,
  /// The headers. Those that are for the connection to say are left out.
  pub headers: *const HttpHeader,
  /// How many there are.
  pub header_count: usize,
  /// The body, which is the host's: it takes it out before it calls `drop`.
  pub body: HttpBody,
  /// Frees the response, but for the body. Called exactly once, on the isolate's thread. May be null.
  pub drop: Option<unsafe extern "C" fn(response: *mut HttpResponse)>,
}

/// Answers a request, on the isolate's thread: with [`outcome::RESPONSE`](crate::outcome::RESPONSE),
/// [`outcome::ERROR`](crate::outcome::ERROR), or a future that ends in one of these. The host drops the future when
/// nobody waits for the response any more.
pub type HttpFn =
  unsafe extern "C" fn(data: *mut c_void, call: *const Call, request: *mut HttpRequest, outcome: *mut Outcome);

#[cfg(target_pointer_width = "64")]
const _: () = {
  assert!(size_of::<Stream>() == 16 && size_of::<StreamVTable>() == 24);
  assert!(size_of::<HttpBody>() == 64 && offset_of!(HttpBody, stream) == 48);
  assert!(size_of::<HttpHeader>() == 32);
  assert!(size_of::<HttpRequest>() == 120 && offset_of!(HttpRequest, body) == 56);
  assert!(size_of::<HttpResponse>() == 104);
  assert!(offset_of!(HttpResponse, body) == 32 && offset_of!(HttpResponse, drop) == 96);
};
