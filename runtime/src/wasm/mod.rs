//! WebAssembly plugins: V8 runs them. Each exported function of a plain module is an op.
//!
//! [`signature`] reads the types of the exports from the bytes, [`instance`] compiles and instantiates, and a
//! [`function::WasmFunction`] is what the op table calls. Worlds, limits and pools will have their place here.

mod function;
mod instance;
mod signature;

pub(crate) use instance::instantiate;
