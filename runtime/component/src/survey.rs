//! What a component asks for, before it is translated.

use wasmtime_environ::wasmparser::WasmFeatures;

/// The features that components are validated with.
pub(crate) const FEATURES: WasmFeatures =
  WasmFeatures::WASM3.union(WasmFeatures::COMPONENT_MODEL).union(WasmFeatures::THREADS);
