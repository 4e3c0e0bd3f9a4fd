//! The op table: every op of every plugin, native or wasm, under one numbering and one set of metrics.
//!
//! A call goes `js::dispatch` → [`OpTable`] → [`OpEntry`] (metrics) → [`OpTarget`], which is what a kind of plugin has to
//! implement, or an [`OpSource`] for many at once. What it answers is an [`Outcome`]; a call that is under way waits in [`in_flight`].

mod block;
pub(crate) mod clock;
pub(crate) mod in_flight;
pub(crate) mod metrics;
mod outcome;
mod signature;
mod table;
mod target;

pub(crate) use plugbay_core::Failure;
pub(crate) use plugbay_core::OpFailure;

pub(crate) use block::OpSource;
pub(crate) use outcome::Answer;
pub(crate) use outcome::Outcome;
pub(crate) use outcome::PendingAnswer;
pub(crate) use signature::Kind;
pub(crate) use signature::Parameter;
pub(crate) use signature::Signature;
pub(crate) use table::OpEntry;
pub(crate) use table::OpId;
pub(crate) use table::OpTable;
pub(crate) use table::PluginLabel;
pub(crate) use target::Encoding;
pub(crate) use target::FastFunction;
pub(crate) use target::OpTarget;
