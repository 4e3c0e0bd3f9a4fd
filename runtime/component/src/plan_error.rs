//! Why there is no plan.

use wasmtime_environ::wasmparser::BinaryReaderError;

/// Why there is no plan of some bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
  /// Neither a component nor a core module that says which world it is for.
  #[error("this is no component, nor a core module with a component-type section")]
  NotAComponent,
  /// The bytes are no valid component.
  #[error("the component is not valid: {message} (at byte {offset:#x})")]
  Invalid {
    /// What is wrong.
    message: String,
    /// Where, in the component.
    offset: usize,
  },
  /// A core module with a component-type section does not fit the world that the section names.
  #[error("the core module cannot be made a component: {0}")]
  NotOfItsWorld(String),
  /// The WIT of a component cannot be told.
  #[error("the component's WIT cannot be told: {0}")]
  Undescribed(String),
  /// An interface of a version that needs what is not here.
  #[error("the component {direction}s {name}: {reason}")]
  UnsupportedInterface {
    /// `import` or `export`.
    direction: &'static str,
    /// The interface, with its version.
    name: String,
    /// What is missing.
    reason: &'static str,
  },
  /// Something of the component model that is not here.
  #[error("the component uses {feature}, which is not supported")]
  Unsupported {
    /// What it is.
    feature: String,
  },
  /// The translation knows of something that it cannot do.
  #[error("the component cannot be run here: {0}")]
  Untranslated(String),
  /// More than the limits allow.
  #[error("the component has {found} {what}, and at most {limit} are allowed")]
  TooLarge {
    /// What there is too much of.
    what: &'static str,
    /// How much is allowed.
    limit: usize,
    /// How much there is, at least.
    found: usize,
  },
}

impl PlanError {
  pub(crate) fn invalid(error: &BinaryReaderError) -> Self {
    Self::Invalid { message: error.message().to_string(), offset: error.offset() }
  }

  pub(crate) fn unsupported(feature: impl Into<String>) -> Self {
    Self::Unsupported { feature: feature.into() }
  }
}
