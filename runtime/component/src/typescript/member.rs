//! What a component imports and what it exports, in one form.

use crate::interface::Export;
use crate::interface::ExportItem;
use crate::interface::Import;
use crate::interface::ImportItem;
use crate::interface::Name;
use crate::interface::NameForm;

/// What is imported or exported, either way.
pub(super) struct Member<'a> {
  pub(super) name: &'a Name,
  /// What [`crate::Documentation`] knows it by.
  pub(super) key: String,
  pub(super) kind: MemberKind<'a>,
}

pub(super) enum MemberKind<'a> {
  Function(u32),
  Instance(Vec<Member<'a>>),
  Resource(u32),
  Type(u32),
}

impl<'a> Member<'a> {
  /// An export of what has the key `of`.
  pub(super) fn of_export(export: &'a Export, of: &str) -> Self {
    let key = key(&export.name, of);
    let kind = match &export.item {
      ExportItem::Function { function, .. } => MemberKind::Function(*function),
      ExportItem::Instance { items } => {
        MemberKind::Instance(items.iter().map(|item| Self::of_export(item, &key)).collect())
      }
      ExportItem::Resource { table } => MemberKind::Resource(*table),
      ExportItem::Type { ty } => MemberKind::Type(*ty),
    };
    Self { name: &export.name, key, kind }
  }

  /// An import of what has the key `of`.
  pub(super) fn of_import(import: &'a Import, of: &str) -> Self {
    let key = key(&import.name, of);
    let kind = match &import.item {
      ImportItem::Function { function } => MemberKind::Function(*function),
      ImportItem::Instance { items } => {
        MemberKind::Instance(items.iter().map(|item| Self::of_import(item, &key)).collect())
      }
      ImportItem::Resource { table } => MemberKind::Resource(*table),
      ImportItem::Type { ty } => MemberKind::Type(*ty),
    };
    Self { name: &import.name, key, kind }
  }
}

fn key(name: &Name, of: &str) -> String {
  match name.form {
    NameForm::Interface { .. } => name.full.clone(),
    _ => format!("{of}#{}", name.full),
  }
}
