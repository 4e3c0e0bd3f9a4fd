//! Numbers of ops and plugins.

/// Index of an op in the table.
pub type OpId = u32;

/// Number of a plugin, which is a resource of its runtime.
pub type ResourceId = u32;
