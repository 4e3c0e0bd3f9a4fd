//! What a call of an op is, whoever makes it and whatever stands behind the op: the [`Caller`], the [`Value`]s that go
//! there and come back, and the [`Failure`] that may come instead. Nothing here knows of V8, of libraries or of
//! WebAssembly.

#![forbid(unsafe_code)]

mod caller;
mod error_code;
mod failure;
mod granting;
mod json;
mod messages;
pub mod plugin_log;
mod progress;
mod read_value;
mod value;

pub use caller::Caller;
pub use error_code::ErrorCode;
pub use failure::Failure;
pub use failure::OpFailure;
pub use granting::GrantedBy;
pub use granting::Need;
pub use json::NoJson;
pub use json::from_json;
pub use json::is_in_order;
pub use json::to_json;
pub use messages::MESSAGES;
pub use messages::Message;
pub use messages::camel_case;
pub use plugin_wire::Definitions;
pub use progress::Progress;
pub use tokio_util::sync::CancellationToken;
pub use value::Value;
pub use value::is_safe_integer;
