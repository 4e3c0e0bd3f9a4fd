//! What a component imports and exports, by name.

use serde::Deserialize;
use serde::Serialize;

use crate::core_definition::CoreDefinition;

/// What a component imports.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Import {
  /// Its name, whole: `wasi:io/streams@0.2.3`.
  pub name: Name,
  /// What it is.
  #[serde(flatten)]
  pub item: ImportItem,
}

/// What an import is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ImportItem {
  /// A function.
  Function {
    /// Of [`crate::Plan::functions`].
    function: u32,
  },
  /// An interface.
  Instance {
    /// What is in it.
    items: Vec<Import>,
  },
  /// A resource.
  Resource {
    /// Of [`crate::Plan::resource_tables`].
    table: u32,
  },
  /// A type of values, which has a name.
  Type {
    /// Of [`crate::Plan::types`].
    #[serde(rename = "type")]
    ty: u32,
  },
}

/// An imported function that core modules call.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ImportedFunction {
  /// Of [`crate::Plan::imports`].
  pub import: u32,
  /// The names to go through if that is an instance; the last is the function's own.
  pub path: Vec<String>,
}

/// What a component exports.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Export {
  /// Its name, whole.
  pub name: Name,
  /// What it is.
  #[serde(flatten)]
  pub item: ExportItem,
}

/// What an export is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum ExportItem {
  /// A function.
  Function {
    /// Of [`crate::Plan::functions`].
    function: u32,
    /// The core function that it is lifted from; its signature is [`crate::Function::lifted`].
    value: CoreDefinition,
    /// How values are passed, of [`crate::Plan::options`].
    options: u32,
  },
  /// An interface.
  Instance {
    /// What is in it.
    items: Vec<Export>,
  },
  /// A resource.
  Resource {
    /// Of [`crate::Plan::resource_tables`].
    table: u32,
  },
  /// A type of values, which has a name.
  Type {
    /// Of [`crate::Plan::types`].
    #[serde(rename = "type")]
    ty: u32,
  },
}

/// A name of an import or export, and its parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Name {
  /// As it stands in the component.
  pub full: String,
  /// What it says.
  #[serde(flatten)]
  pub form: NameForm,
}

/// What a name says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "form", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum NameForm {
  /// `get-value`.
  Plain,
  /// `[constructor]blob`.
  Constructor {
    /// `blob`.
    resource: String,
  },
  /// `[method]blob.read`: its first parameter is the resource, borrowed.
  Method {
    /// `blob`.
    resource: String,
    /// `read`.
    member: String,
  },
  /// `[static]blob.merge`.
  Static {
    /// `blob`.
    resource: String,
    /// `merge`.
    member: String,
  },
  /// `wasi:io/streams@0.2.3`.
  Interface {
    /// `wasi:io`.
    package: String,
    /// `streams`.
    interface: String,
    /// `0.2.3`.
    version: Option<String>,
  },
}
