//! HTTP, both ways. Outbound there is one client, deno_fetch's over hyper, for `fetch`, for the requests of guests
//! (wasi:http) and of native plugins, and for modules from the web: it keeps connections, and its resolver holds each
//! address that a name leads to against what is denied before it connects.

#![forbid(unsafe_code)]

mod caller;
mod client;
mod download;
mod failure;
mod fetch;
mod grant;
mod headers;
mod incoming;
mod informational;
mod instances;
mod intake;
mod measured;
mod outbound;
mod outgoing;
mod parser;
mod patient;
mod queue;
mod redirects;
mod sending;
mod serving;
mod uncaught;
mod written;

pub use caller::Caller;
pub use caller::Depth;
pub use caller::request_id;
pub use client::Client;
pub use client::of_host;
pub use client::of_program;
pub use client::options;
pub use client::system_roots;
use deno_core::OpDecl;
pub use deno_fetch::ReqBody as RequestBody;
pub use deno_fetch::ResBody as ResponseBody;
pub use download::NoAnswer;
pub use download::download;
pub use download::get;
pub use download::shown;
pub use failure::Failure;
pub use fetch::give_to_script;
pub use grant::Answered;
pub use grant::Grant;
pub use grant::Reach;
pub use grant::add_reach;
pub use headers::header_map;
pub use headers::remove_connection_headers;
pub use informational::Informational;
pub use instances::Instances;
pub use instances::count_instances;
pub use intake::Accepted;
pub use intake::Intake;
pub use measured::declared_length;
pub use measured::measured_body;
pub use outbound::Exchanged;
pub use outbound::Outbound;
pub use outbound::OutboundBody;
pub use outbound::Piece;
pub use parser::PermissionParser;
pub use patient::Patient;
pub use queue::NotTaken;
pub use queue::RequestSender;
pub use queue::Requests;
pub use queue::Taker;
pub use queue::Watch;
pub use queue::request_queue;
pub use serving::AnswerSender;
pub use serving::CommandLine;
pub use serving::Exchange;
pub use serving::MessageBody;
pub use serving::Unanswered;
pub use serving::message_body;
pub use uncaught::OnUncaught;
pub use written::BodyWriter;

deno_core::extension!(
  plugbay_http,
  deps = [deno_fetch],
  ops = [
    grant::op_http_grant,
    incoming::op_http_read,
    incoming::op_http_trailers,
    headers::op_http_connection_headers,
    instances::op_instances_opened,
    instances::op_instances_ended,
    instances::op_instances_memory,
    intake::op_http_ended,
    outgoing::op_http_send,
    outgoing::op_http_answer,
    outgoing::op_http_write,
    outgoing::op_http_end,
    serving::op_http_gone,
    serving::op_http_respond,
    serving::op_http_respond_with_text,
    serving::op_http_is_awaited,
    serving::op_http_refuse,
  ],
  middleware = replaced,
);

/// Puts ops of this crate into the places of others.
fn replaced(op: OpDecl) -> OpDecl {
  match op.name {
    "op_fetch" => fetch::op_fetch(),
    "op_dispatch_exception" => uncaught::op_dispatch_exception(),
    _ => op,
  }
}
