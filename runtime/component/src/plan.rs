//! What a component is made of when it runs: core modules, the order in which they are instantiated, and what stands
//! between them and the host.

use serde::Deserialize;
use serde::Serialize;

use crate::core_definition::CoreDefinition;
use crate::core_definition::CoreImport;
use crate::interface::Export;
use crate::interface::Import;
use crate::interface::ImportedFunction;
use crate::trampoline::Trampoline;
use crate::types::Function;
use crate::types::Type;

/// The version of the data model: a plan that was kept by another is made anew.
pub const PLAN_VERSION: u32 = 2;

/// How a component is instantiated. The crate's documentation shows one as JSON.
///
/// Lists that are named in plural are index spaces: `options: 2` of a trampoline is the third of [`Plan::options`].
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
  /// [`PLAN_VERSION`] when it was made.
  pub version: u32,
  /// The core modules; their bytes are in [`crate::Planned::modules`], by the same indices.
  pub modules: Vec<CoreModule>,
  /// How many component instances there are, the root being the first. Each has a table of handles and flags of its
  /// own.
  pub component_instances: u32,
  /// What to do to instantiate the component, in this order.
  pub initializers: Vec<Initializer>,
  /// Functions that the host makes for core modules.
  pub trampolines: Vec<Trampoline>,
  /// How values of functions are passed.
  pub options: Vec<CanonicalOptions>,
  /// What the component imports.
  pub imports: Vec<Import>,
  /// The imported functions that core modules call, each by the way to it through [`Plan::imports`].
  pub imported_functions: Vec<ImportedFunction>,
  /// What the component exports.
  pub exports: Vec<Export>,
  /// Types of functions.
  pub functions: Vec<Function>,
  /// Types of values. A type stands after those it is made of.
  pub types: Vec<Type>,
  /// The resource types: those that are imported, then those that the component defines.
  pub resources: Vec<Resource>,
  /// What an `own` or `borrow` names: a resource as one component instance sees it.
  pub resource_tables: Vec<ResourceTable>,
}

impl Plan {
  /// The memories of all instances of its core modules, and the tables.
  #[must_use]
  pub fn starts(&self) -> (Start, Start) {
    let modules = self.initializers.iter().filter_map(|initializer| match initializer {
      Initializer::Instantiate { module, .. } => self.modules.get(*module as usize),
      _ => None,
    });
    modules.fold((Start::default(), Start::default()), |(memories, tables), module| {
      (memories.plus(module.memories), tables.plus(module.tables))
    })
  }
}

/// A core module.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CoreModule {
  /// How many bytes it has.
  pub size: u32,
  /// What it is for.
  pub role: ModuleRole,
  /// The memories that it defines, in pages of 64 KiB.
  pub memories: Start,
  /// The tables that it defines, in elements.
  pub tables: Start,
}

/// What an instance of a core module starts with, of memories or of tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Start {
  /// How many there are.
  pub count: u32,
  /// What all of them start with.
  pub size: u64,
}

impl Start {
  pub(crate) fn of(sizes: impl Iterator<Item = u64>) -> Self {
    sizes.fold(Self::default(), |all, size| all.plus(Self { count: 1, size }))
  }

  /// Both together.
  #[must_use]
  pub fn plus(self, other: Self) -> Self {
    Self { count: self.count.saturating_add(other.count), size: self.size.saturating_add(other.size) }
  }
}

/// What a core module is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModuleRole {
  /// Code of the guest's: a host that limits guests has to look at it.
  Code,
  /// It defines no memory, and each of its functions does nothing but call one that is imported or in a table: the shim
  /// and fix-up modules of `wit-component` are such. Nothing in it can run long by itself.
  Forwarding,
  /// An adapter between two component instances that was generated here, not by the guest. It may have several
  /// memories and loops over lists.
  Fused,
}

/// A step of instantiation.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Initializer {
  /// Instantiate a core module. Instances are numbered in the order of these steps.
  Instantiate {
    /// The module.
    module: u32,
    /// The component instance that it belongs to; none for a fused adapter.
    instance: Option<u32>,
    /// What it imports, in the order of its import section.
    imports: Vec<CoreImport>,
  },
  /// Keep a memory as memory `index` of [`CanonicalOptions::memory`].
  Memory {
    /// The memory's number.
    index: u32,
    /// Where it is.
    value: CoreDefinition,
  },
  /// Keep a function as `index` of [`CanonicalOptions::realloc`].
  Realloc {
    /// The function's number.
    index: u32,
    /// Where it is.
    value: CoreDefinition,
  },
  /// Keep a function as `index` of [`CanonicalOptions::post_return`].
  PostReturn {
    /// The function's number.
    index: u32,
    /// Where it is.
    value: CoreDefinition,
  },
  /// A resource that the component defines comes to be.
  Resource {
    /// Its index in [`Plan::resources`].
    resource: u32,
    /// The component instance that defines it.
    instance: u32,
    /// What to call with the representation when its owner drops it.
    destructor: Option<CoreDefinition>,
  },
}

/// How the values of a lifted or lowered function are passed.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CanonicalOptions {
  /// The component instance that the function belongs to.
  pub instance: u32,
  /// How strings are encoded in memory.
  pub string_encoding: StringEncoding,
  /// The memory that pointers point into, by [`Initializer::Memory`].
  pub memory: Option<u32>,
  /// What allocates in that memory, by [`Initializer::Realloc`].
  pub realloc: Option<u32>,
  /// What to call when the results of an export have been read, by [`Initializer::PostReturn`].
  pub post_return: Option<u32>,
}

/// How strings are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[non_exhaustive]
pub enum StringEncoding {
  /// UTF-8.
  #[serde(rename = "utf8")]
  Utf8,
  /// UTF-16, little endian; lengths are in code units.
  #[serde(rename = "utf16")]
  Utf16,
  /// Latin-1, or UTF-16 where bit 31 of the length is set.
  #[serde(rename = "latin1+utf16")]
  CompactUtf16,
}

/// A resource type.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Resource {
  /// The host's.
  Imported {
    /// The import that it comes from, of [`Plan::imports`].
    import: u32,
    /// The names to go through if that is an instance; the last is the resource's own.
    path: Vec<String>,
  },
  /// The component's own. Its representation is an i32.
  Defined {
    /// The component instance that defines it.
    instance: u32,
  },
}

/// A resource as one component instance sees it. Fused adapters name tables by these indices, so that two may be of
/// the same resource and instance: handles of both are of one type.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ResourceTable {
  /// What handles are of.
  Concrete {
    /// The resource, of [`Plan::resources`].
    resource: u32,
    /// The component instance.
    instance: u32,
  },
  /// A resource of a type that nothing instantiates: no handle is of it.
  Abstract,
}
