//! Why there is no component.

/// Why a guest is not made a component.
#[derive(Debug, thiserror::Error)]
pub enum Error {
  /// It is no module.
  #[error("it is no valid WebAssembly module: {0}")]
  Invalid(String),
  /// It lacks what plugin_api exports of a guest.
  #[error("it is no guest of plugbay's: it exports no {0}. Only those that plugin_api or plugbay.h made have ops here")]
  NoGuest(String),
  /// It wants of the host what a component does not have.
  #[error(
    "it imports {0:?} from \"plugbay\", which is unknown: build it with the plugin_api of this plugbay, or older"
  )]
  UnknownImport(String),
  /// It has nothing to export.
  #[error("it registers no op that has a function in WIT: `plugbay wit` says which there are")]
  NoOps,
  /// Ops whose values are JSON text in WIT, and nothing that reads it.
  #[error(
    "no function can be made of {}: values of any shape are JSON text in WIT, which this guest does not read; turn on \
     the feature \"component\" of plugin_api in its Cargo.toml and build it anew",
    .0.join(", ")
  )]
  NoJson(Vec<String>),
  /// The parts do not fit.
  #[error("{0}")]
  Encode(String),
}

impl Error {
  pub(crate) fn no_guest(name: &str) -> Self {
    Self::NoGuest(name.to_string())
  }
}

impl From<wasmparser::BinaryReaderError> for Error {
  fn from(error: wasmparser::BinaryReaderError) -> Self {
    Self::Invalid(error.to_string())
  }
}

impl From<wasm_encoder::reencode::Error> for Error {
  fn from(error: wasm_encoder::reencode::Error) -> Self {
    Self::Invalid(error.to_string())
  }
}
