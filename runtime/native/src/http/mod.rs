//! Requests that ops of native plugins answer, and the responses to these.

mod request;
mod response;

pub(crate) use request::lend_request;
pub(crate) use response::take_response;
