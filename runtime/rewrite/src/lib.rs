//! Rewrites WebAssembly modules before V8 compiles them, so that limits hold, and reads what errors say about them.

#![forbid(unsafe_code)]

mod additions;
mod budget;
#[cfg(test)]
mod budget_tests;
mod call_depth;
mod checks;
#[cfg(test)]
mod checks_tests;
mod constants;
mod contents;
mod durations;
mod effects;
mod elements;
mod exceptions;
mod forwarding;
mod frames;
mod index_uses;
mod limits;
mod lines;
mod meaning;
mod moves;
#[cfg(test)]
mod moves_tests;
mod nesting;
mod objects;
#[cfg(test)]
mod objects_tests;
#[cfg(test)]
mod odd_modules;
mod offset_map;
mod options;
mod output;
mod parts;
#[cfg(test)]
mod parts_tests;
mod plain;
mod rewrite;
mod rewrite_error;
#[cfg(test)]
mod rewrite_tests;
mod scan;
mod sections;
mod sizes;
mod straight;
mod summary;
mod symbols;

pub use forwarding::Forwarding;
pub use forwarding::TypeGroups;
pub use frames::Frame;
pub use frames::frames;
pub use offset_map::OffsetMap;
pub use options::Options;
pub use rewrite::DEPTH_EXPORT;
pub use rewrite::Global;
pub use rewrite::MEMORY_EXPORT;
pub use rewrite::Rewritten;
pub use rewrite::TABLE_EXPORT;
pub use rewrite::rewrite;
pub use rewrite::rewrite_until;
pub use rewrite_error::HostExceeded;
pub use rewrite_error::LimitExceeded;
pub use rewrite_error::RewriteError;
pub use summary::Claims;
pub use summary::CustomSection;
pub use summary::Effects;
pub use summary::Export;
pub use summary::FunctionType;
pub use summary::Import;
pub use summary::ImportType;
pub use summary::Kind;
pub use summary::Summary;
pub use symbols::Symbols;
