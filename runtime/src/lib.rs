//! plugbay: a JavaScript runtime on V8 whose point is plugins.
//!
//! [`Runtime`] runs a script that opens plugins, native libraries or WebAssembly modules, and calls their ops. In ten
//! lines:
//!
//! ```no_run
//! use plugbay::{Grant, Permissions, Runtime};
//!
//! fn main() -> Result<(), plugbay::Error> {
//!   let permissions = Permissions { plugin: Grant::Paths(vec!["plugins".into()]), ..Default::default() };
//!   let mut runtime = Runtime::builder().permissions(permissions).args(["--verbose"]).build()?;
//!   let exit_code = runtime.run("main.js")?;
//!   println!("{} calls, exit code {exit_code}", runtime.metrics().totals.ops_dispatched());
//!   Ok(())
//! }
//! ```
//!
//! A program calls ops itself, too, whatever stands behind them: a native function, a guest's, or one that a module
//! exports.
//!
//! ```no_run
//! use std::time::{Duration, Instant};
//!
//! use plugbay::{Caller, Runtime, Value};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!   let mut runtime = Runtime::builder().build()?;
//!   let handlers = runtime.open_script("handlers.js")?;
//!   let shop = Caller::new("shop").grant("handlers").deadline(Instant::now() + Duration::from_secs(1));
//!   let greet = runtime.bind(&shop, &handlers, "greet")?;
//!   println!("{:?}", runtime.invoke(&shop, &greet, vec![Value::from("you")])?);
//!   Ok(())
//! }
//! ```
//!
//! ARCHITECTURE.md follows one call through the files of this crate.

/// The snippets of the documents.
#[cfg(doctest)]
mod documents {
  #[doc = include_str!("../../docs/src/embedding.md")]
  struct Embedding;

  #[doc = include_str!("../../docs/src/worlds.md")]
  struct Worlds;
}

mod bindings;
mod error;
mod event_loop;
#[allow(missing_docs, reason = "deno_core's macro leaves its items without")]
mod extensions;
mod grants;
mod handlers;
mod heap;
mod host;
#[cfg(test)]
mod hostile;
mod integrity;
mod invoke;
mod modules;
mod native_services;
mod native_serving;
mod on_demand;
mod open;
mod opening;
mod own_flags;
mod permissions;
mod plugins;
mod printing;
mod runtime;
mod script_output;
mod script_serving;
mod serving;
mod stack;
mod system;
mod threads;
mod typescript;
mod uncaught;
mod wakeups;
mod web;
mod wit;
mod wit_world;

pub use bytes::Bytes;
pub use deno_core::url::Url;
pub use error::Error;
pub use grants::HandlerGrants;
pub use guest_worlds::Module;
pub use guest_worlds::World;
pub use invoke::Handle;
pub use invoke::OpRef;
pub use invoke::Plugin;
pub use permissions::Grant;
pub use permissions::Permissions;
pub use plugbay_core::Caller;
pub use plugbay_core::CancellationToken;
pub use plugbay_core::ErrorCode;
pub use plugbay_core::Failure;
pub use plugbay_core::GrantedBy;
pub use plugbay_core::OpFailure;
pub use plugbay_core::Progress;
pub use plugbay_core::Value;
pub use plugbay_core::plugin_log::one_line;
pub use plugbay_http::AnswerSender;
pub use plugbay_http::Answered;
pub use plugbay_http::CommandLine;
pub use plugbay_http::Depth;
pub use plugbay_http::Exchange;
pub use plugbay_http::Failure as RequestFailure;
pub use plugbay_http::Instances;
pub use plugbay_http::MessageBody;
pub use plugbay_http::NotTaken;
pub use plugbay_http::Reach;
pub use plugbay_http::RequestBody;
pub use plugbay_http::RequestSender;
pub use plugbay_http::Requests;
pub use plugbay_http::Unanswered;
pub use plugbay_http::Watch;
pub use plugbay_http::declared_length;
pub use plugbay_http::download;
pub use plugbay_http::measured_body;
pub use plugbay_http::message_body;
pub use plugbay_http::remove_connection_headers;
pub use plugbay_http::request_queue;
pub use plugbay_lanes::Ender;
pub use plugbay_ops::metrics::LaneReport;
pub use plugbay_ops::metrics::Latency;
pub use plugbay_ops::metrics::Metrics;
pub use plugbay_ops::metrics::MetricsReader;
pub use plugbay_ops::metrics::OpReport;
pub use plugbay_ops::metrics::Totals;
pub use plugbay_services as services;
pub use plugins::Plugins;
pub use runtime::Builder;
pub use runtime::Runtime;
pub use runtime::set_v8_flags;
pub use script_output::ScriptOutput;
pub use wit::wit;
