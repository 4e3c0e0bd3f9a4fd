//! Reads the kinds of manifests into an [`App`](crate::App).

mod build;
mod component;
mod context;
mod executor;
mod files;
mod locked;
mod plain;
mod runtime_config;
mod source;
mod triggers;
mod variables;
mod version1;

pub(crate) use context::Dialect;
pub(crate) use locked::locked;
pub(crate) use plain::plain;
pub(crate) use runtime_config::runtime_config;
pub(crate) use triggers::ReadTrigger;
pub(crate) use version1::version1;
