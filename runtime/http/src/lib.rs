//! HTTP, outbound. There is one client, deno_fetch's over hyper, for `fetch`, for the requests of guests (wasi:http)
//! and for modules from the web: it keeps connections, and its resolver holds each address that a name leads to against
//! what is denied before it connects.

#![forbid(unsafe_code)]

mod client;
mod failure;
mod grant;
mod incoming;
mod informational;
mod outgoing;

pub use client::Client;
pub use client::of_program;
pub use client::options;
pub use deno_fetch::ReqBody as RequestBody;
pub use deno_fetch::ResBody as ResponseBody;
pub use failure::Failure;
pub use informational::Informational;

deno_core::extension!(
  plugbay_http,
  deps = [deno_fetch],
  ops = [
    grant::op_http_grant,
    incoming::op_http_read,
    incoming::op_http_trailers,
    outgoing::op_http_connection_headers,
    outgoing::op_http_send,
    outgoing::op_http_answer,
    outgoing::op_http_write,
    outgoing::op_http_end,
  ],
);
