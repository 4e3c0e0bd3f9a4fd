//! The checks, each in a file.

use crate::finding::Finding;
use crate::patient::Patient;

mod faults;
mod hosts;
mod routes;
mod rust_target;
mod source;
mod stores;
mod tool;
mod trigger_kind;
mod version;

/// Looks for one kind of mistake.
pub trait Check: Sync {
  /// What it looks at.
  fn name(&self) -> &'static str;
  /// What is wrong.
  fn look(&self, patient: &Patient<'_>) -> Vec<Finding>;
}

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
];
