//! What ops that answer HTTP requests take and give.

use std::pin::Pin;

use bytes::Bytes;
use http_body::Body;
use plugbay_core::OpFailure;

/// The body of a request on its way to an op. Any thread may ask for its pieces.
pub type RequestBody = Pin<Box<dyn Body<Data = Bytes, Error = String> + Send>>;

/// The body of an op's response. It is asked for its pieces, and dropped, on the isolate's thread.
pub type ResponseBody = Pin<Box<dyn Body<Data = Bytes, Error = OpFailure>>>;
