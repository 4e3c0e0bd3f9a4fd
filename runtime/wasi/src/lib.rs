//! WASI preview 1 (`wasi_snapshot_preview1`): the functions that a WebAssembly module compiled for WASI imports.
//!
//! Written here over `cap-std`, whose directories refuse every path that leaves them. `wasmtime-wasi` is tied to the
//! engine wasmtime. `wasi-common` does build without it, but brings 18 crates that the host has no other use for (parts
//! of wasmtime and of cranelift among them), and has neither read-only directories nor limits on descriptors and sleep.
//!
//! No engine appears here: [`FUNCTIONS`] is a table of names, types and Rust functions over a [`Memory`], and an engine
//! needs a loop over it. What the options do not grant does not exist for the guest.

#![forbid(unsafe_code)]

mod deadline;
mod descriptors;
mod directory;
mod errno;
mod fault;
mod fdflags;
mod functions;
mod inherited;
mod links;
mod listing;
mod memory;
mod metadata;
mod open_file;
mod options;
mod places;
mod rights;
mod special;
mod streams;
mod strings;
#[cfg(test)]
mod tests;
mod times;
mod waits;
mod wasi;

pub use deadline::Deadline;
pub use errno::Errno;
pub use fault::Exit;
pub use functions::FUNCTIONS;
pub use functions::Function;
pub use functions::ValueType;
pub use inherited::StandardStream;
pub use inherited::print;
pub use memory::Memory;
pub use options::Output;
pub use options::Preopen;
pub use options::Sink;
pub use options::Stdin;
pub use options::WasiError;
pub use options::WasiOptions;
pub use special::Guard;
pub use wasi::Wasi;

/// The name under which modules import [`FUNCTIONS`].
pub const MODULE: &str = "wasi_snapshot_preview1";
