//! The flags of V8 that every runtime has, and the build script when it makes what a runtime starts from.

/// They hold unless others say otherwise. From a loop that Maglev has compiled while it runs V8 goes on to code, also
/// while it runs, in which it may not see for gigabytes that the script is to end: a full heap ended the process.
/// Without that step such a loop is compiled by Turbofan at once, and is as fast.
pub(crate) const OWN_FLAGS: &[&str] = &["--no-maglev-osr"];
