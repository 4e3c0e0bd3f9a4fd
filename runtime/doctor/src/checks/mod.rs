//! The checks, each in a file.

use crate::check::Check;

mod exports;
mod faults;
mod hosts;
mod routes;
mod rust_target;
mod source;
mod stores;
mod tool;
mod trigger_kind;
mod version;

/// All, in an order in which what one mends does not stand in the way of the next.
pub(crate) const ALL: &[&dyn Check] = &[
  &version::Version,
  &hosts::Hosts,
  &trigger_kind::TriggerKind,
  &faults::ManifestFaults,
  &routes::Routes,
  &tool::Tool,
  &rust_target::RustTarget,
  &source::MissingSource,
  &stores::Stores,
  &exports::Exports,
];
