//! Write plugins for plugbay: native libraries, and WebAssembly modules from the same source.
//!
//! A plugin is a `cdylib` with a function `deno_plugin_init` that registers its ops:
//!
//! ```
//! use plugin_api::{Interface, Op, ZeroCopyBuf, json_op, op};
//!
//! #[unsafe(no_mangle)]
//! pub fn deno_plugin_init(interface: &mut dyn Interface) {
//!   interface.register_op("add", add);
//!   interface.register_op("total", total);
//!   interface.register_op("reverse", reverse);
//! }
//!
//! /// Typed: `plugin.ops.add(1, 2)`. See [`op`](macro@op) for what it can take and give.
//! #[op]
//! fn add(a: i32, b: i32) -> i32 {
//!   a.wrapping_add(b)
//! }
//!
//! /// JSON in, JSON out: `plugin.ops.total([1, 2])`.
//! #[json_op]
//! fn total(numbers: Vec<f64>) -> Result<f64, plugin_api::error::AnyError> {
//!   Ok(numbers.iter().sum())
//! }
//!
//! /// Bytes in, bytes out: `plugin.ops.reverse(bytes)`.
//! fn reverse(_interface: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]) -> Op {
//!   Op::Sync(buffers[0].iter().rev().copied().collect())
//! }
//!
//! plugin_api::plugin!();
//! # fn main() {
//! assert_eq!(add::call(1, 2), 3);
//! # }
//! ```
//!
//! The signature must be exactly that: the host reaches `deno_plugin_init` through a function of this crate that is
//! linked into the plugin, and no compiler checks the two against each other.
//!
//! Sources of plugins for Deno 1.1 to 1.8 compile unmodified when Cargo.toml calls this crate `deno_core` and
//! plugin_api_macros `deno_json_op`.

/// The snippets of the documents.
#[cfg(doctest)]
mod documents {
  #[doc = include_str!("../../README.md")]
  struct Readme;
  #[doc = include_str!("../../docs/src/typed-ops.md")]
  struct TypedOps;
  #[cfg(feature = "ts")]
  #[doc = include_str!("../../docs/src/authors.md")]
  struct Authors;
}

mod answer;
mod calls;
mod entry;
pub mod error;
mod future;
#[cfg(target_arch = "wasm32")]
mod guest;
#[cfg(all(target_arch = "wasm32", feature = "component"))]
mod guest_json;
mod host;
mod host_interface;
#[cfg(http_handlers)]
pub mod http;
mod instance;
mod interface;
mod into_op;
mod json;
mod lending;
mod loan;
mod op;
mod op_state;
mod outcome;
mod quietly;
#[cfg(redis_handlers)]
pub mod redis;
mod registered;
mod resources;
#[cfg(not(target_family = "wasm"))]
pub mod services;
mod surroundings;
#[cfg(own_tokio)]
mod tokio_runtime;
mod typed;
mod typescript;
mod zero_copy_buf;

pub use futures;
pub use plugin_api_macros::json_op;
pub use plugin_api_macros::op;
pub use serde;
pub use serde_json;
#[cfg(feature = "ts")]
pub use ts_rs;
/// Gives a type a TypeScript type, which the ops that take or give it are shown with. Beside it stands
/// `#[ts(crate = "plugin_api::ts_rs")]`, unless the plugin depends on ts-rs itself.
#[cfg(feature = "ts")]
pub use ts_rs::TS;
#[cfg(feature = "url")]
pub use url;

/// Any error at all, as it was called up to Deno 1.4.
pub use crate::error::AnyError as ErrBox;

pub use crate::error::OpError;
pub use crate::future::spawn_blocking;
pub use crate::interface::DispatchOpFn;
pub use crate::interface::InitFn;
pub use crate::interface::Interface;
pub use crate::interface::LogLevel;
pub use crate::into_op::IntoOp;
pub use crate::json::JsonOp;
pub use crate::op::Buf;
pub use crate::op::Op;
pub use crate::op::OpAsyncFuture;
pub use crate::op::OpId;
pub use crate::op_state::BufVec;
pub use crate::op_state::OpState;
pub use crate::op_state::Resource;
pub use crate::op_state::ResourceTable;
pub use crate::op_state::json_op_async;
pub use crate::op_state::json_op_sync;
pub use crate::resources::ResourceId;
pub use crate::resources::Resources;
pub use crate::resources::resources;
pub use crate::typed::TypedOp;
pub use crate::zero_copy_buf::ZeroCopyBuf;

/// Address of a module, as in Deno 1.
#[cfg(feature = "url")]
pub type ModuleSpecifier = url::Url;

/// The paths that plugins for Deno 1.1 to 1.8 import from.
pub mod plugin_api {
  pub use crate::Buf;
  pub use crate::DispatchOpFn;
  pub use crate::InitFn;
  pub use crate::Interface;
  pub use crate::Op;
  pub use crate::OpAsyncFuture;
  pub use crate::OpId;
  pub use crate::ZeroCopyBuf;
}

/// Gives the plugin the name and version of the crate that calls it, as `plugin.name` and `plugin.version` show them.
/// Call it once, at the top level. Without it the plugin goes by its file's name.
#[macro_export]
macro_rules! plugin {
  () => {
    const _: () = {
      // SAFETY: no other symbol has this name: only this macro makes it, and a second call does not link.
      #[unsafe(no_mangle)]
      static PLUGBAY_PLUGIN_INFO: $crate::__private::PluginInfo = $crate::__private::PluginInfo {
        name: $crate::__private::inline_text(::core::env!("CARGO_PKG_NAME")),
        version: $crate::__private::inline_text(::core::env!("CARGO_PKG_VERSION")),
      };
    };
  };
}

/// For the macros of this crate.
#[doc(hidden)]
pub mod __private {
  pub use plugin_abi::Address;
  pub use plugin_abi::OneByteString;
  pub use plugin_abi::PluginInfo;
  pub use plugin_abi::inline_text;
  pub use plugin_abi::kind;

  pub use crate::TypedOp;
  pub use crate::json::JsonArgument;
  pub use crate::typed::*;
  pub use crate::typescript::*;
}
