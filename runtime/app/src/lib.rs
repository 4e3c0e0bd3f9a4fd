//! The app host: [`up`] opens what an app's manifest names and serves it until it is told to stop; [`build`] builds it.
//!
//! What calls components is in `triggers/`, a folder for each kind. I/O threads own sockets and connections for the
//! life of the process: TLS, parsing, time-outs, health. Lanes, threads with an isolate each, take requests from a
//! bounded queue and answer them with the app's handlers.

#![forbid(unsafe_code)]

mod admin;
mod artifact;
mod build;
mod download;
mod error;
mod files;
mod generation;
mod granted;
mod handlers;
mod lanes;
mod logs;
mod meters;
mod network;
mod options;
mod placed;
mod places;
pub mod plugins;
mod reading;
mod reload;
mod senders;
mod signals;
mod sources;
mod stamps;
mod stores;
mod triggers;
mod up;
mod watchdog;
mod ways;

pub use app_manifest::LoadOptions;
pub use app_manifest::nearest;
pub use build::build;
pub use error::UpError;
pub use files::FileOptions;
pub use logs::LogOptions;
pub use options::ServerLimits;
pub use options::UpOptions;
pub use options::Watch;
pub use stores::ServiceOptions;
pub use stores::SqlSource;
pub use stores::VariableSource;
pub use up::up;
