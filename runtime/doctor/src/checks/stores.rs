//! The stores that components ask for.

use app_manifest::Component;
use toml_edit::Array;
use toml_edit::DocumentMut;
use toml_edit::Item;

use crate::check::Check;
use crate::finding::Finding;
use crate::imports::imports_of;
use crate::patient::Patient;
use crate::patient::file_of;

/// What a component may be granted.
struct Grant {
  /// What its manifest calls it.
  key: &'static str,
  /// How imports of it begin.
  begins: &'static [&'static str],
  /// What is granted now.
  given: fn(&Component) -> &[String],
}

const GRANTS: &[Grant] = &[
  Grant {
    key: "key_value_stores",
    begins: &["fermyon:spin/key-value", "spin:key-value/", "wasi:keyvalue/", "key-value"],
    given: |component| &component.key_value_stores,
  },
  Grant {
    key: "sqlite_databases",
    begins: &["fermyon:spin/sqlite", "spin:sqlite/", "sqlite"],
    given: |component| &component.sqlite_databases,
  },
];

/// A component that is granted none of what it asks for.
pub(super) struct Stores;

impl Check for Stores {
  fn name(&self) -> &'static str {
    "stores"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for component in patient.components() {
      let imports = file_of(component).map(|file| imports_of(file)).unwrap_or_default();
      for Grant { key, begins, given } in GRANTS {
        let import = imports.iter().find(|import| begins.iter().any(|begin| import.starts_with(begin)));
        let Some(import) = import.filter(|_| given(component).is_empty()) else { continue };
        let what = format!("the component {} imports {import}, and its manifest has no {key}", component.id);
        let id = component.id.clone();
        let edit = move |document: &mut DocumentMut| grant(document, &id, key);
        found.push(Finding::edited(what, format!("add `{key} = [\"default\"]`"), edit));
      }
    }
    found
  }
}

/// In a table of components, or in the list of them that version 1 has.
fn grant(document: &mut DocumentMut, id: &str, key: &str) {
  let component = match document.get_mut("component") {
    Some(Item::ArrayOfTables(all)) => {
      all.iter_mut().find(|table| table.get("id").and_then(Item::as_str) == Some(id)).map(|table| table as _)
    }
    Some(all) => all.get_mut(id).and_then(Item::as_table_like_mut),
    None => None,
  };
  let component: Option<&mut dyn toml_edit::TableLike> = component;
  if let Some(component) = component {
    component.insert(key, toml_edit::value(Array::from_iter(["default"])));
  }
}
