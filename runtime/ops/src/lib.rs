//! The op table: every op of every plugin, native or wasm, under one numbering and one set of metrics.
//!
//! A call goes [`OpTable`] → [`OpEntry`] (metrics) → [`Target`], of which a kind of plugin has to implement one:
//! [`OpTarget`] is code that anybody calls who is on the isolate's thread, [`FunctionTarget`] a function of
//! JavaScript's, which calls and counts by itself. An [`OpSource`] is for many at once. What code answers is an
//! [`Outcome`], and what a call gives [`Given`]. Nothing here knows of V8.

mod answering;
mod block;
mod bodies;
pub mod clock;
mod given;
mod ids;
mod label;
pub mod metrics;
mod names;
mod outcome;
mod passed;
mod signature;
mod table;
mod target;

pub use answering::Answering;
pub use block::OpSource;
pub use bodies::RequestBody;
pub use bodies::ResponseBody;
pub use given::AnswerForm;
pub use given::Given;
pub use ids::OpId;
pub use ids::ResourceId;
pub use label::PluginLabel;
pub use names::OpNames;
pub use outcome::Answer;
pub use outcome::Outcome;
pub use outcome::PendingAnswer;
pub use passed::Buffers;
pub use passed::Passed;
pub use plugin_abi::Kind;
pub use plugin_abi::Values;
pub use signature::Parameter;
pub use signature::Signature;
pub use table::OpEntry;
pub use table::OpTable;
pub use target::Encoding;
pub use target::FastFunction;
pub use target::FunctionTarget;
pub use target::OpTarget;
pub use target::Target;
