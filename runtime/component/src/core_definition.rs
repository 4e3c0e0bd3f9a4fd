//! What core modules get and give when they are instantiated.

use serde::Deserialize;
use serde::Serialize;

/// One import of a core module.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CoreImport {
  /// The module's name in the import section.
  pub module: String,
  /// The name in it.
  pub name: String,
  /// What to give.
  pub value: CoreDefinition,
}

/// Something that a core module imports or exports.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum CoreDefinition {
  /// An export of an instance that was made before.
  Export {
    /// The instance, by the order of [`crate::Initializer::Instantiate`].
    instance: u32,
    /// The name of the export.
    name: String,
  },
  /// A function that the host makes.
  Trampoline {
    /// Its index in [`crate::Plan::trampolines`].
    index: u32,
  },
  /// The mutable global of type i32 that holds the flags of a component instance. Bit 0 says that it may be left, by a
  /// call of an import; the global begins as 1. Fused adapters read and write it.
  InstanceFlags {
    /// The component instance.
    instance: u32,
  },
  /// The mutable global of type i32 that says whether the running task may block; one for the whole component. Fused
  /// adapters save it, set 0 and put it back. Components without async need no more of it than to be there.
  TaskMayBlock,
}
