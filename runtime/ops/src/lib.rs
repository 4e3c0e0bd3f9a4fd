//! The op table: every op of every plugin, native or wasm, under one numbering and one set of metrics.
//!
//! A call goes [`OpTable`] → [`OpEntry`] (metrics) → [`OpTarget`], which is what a kind of plugin has to implement, or an [`OpSource`]
//! for many at once. What it answers is an [`Outcome`]. Nothing here knows of V8.

mod block;
pub mod clock;
pub mod metrics;
mod outcome;
mod signature;
mod table;
mod target;

pub use block::OpNames;
pub use block::OpSource;
pub use outcome::Answer;
pub use outcome::Outcome;
pub use outcome::PendingAnswer;
pub use signature::Kind;
pub use signature::Parameter;
pub use signature::Signature;
pub use table::OpEntry;
pub use table::OpId;
pub use table::OpTable;
pub use table::PluginLabel;
pub use table::ResourceId;
pub use target::Encoding;
pub use target::FastFunction;
pub use target::OpTarget;
