//! The sources of plugin_abi as cbindgen can name what is in them.
//!
//! cbindgen renames types by its configuration, but to it a constant has a name and no module, so that those of two
//! modules clash, and it knows an `Option` of a function but not one of a name for a function. So it gets the sources
//! parsed, changed and printed by syn.

use std::fs;

use anyhow::Context;
use anyhow::Result;
use plugin_abi::Kind;
use plugin_abi::KindDescription;
use quote::ToTokens as _;
use syn::GenericArgument;
use syn::Ident;
use syn::Item;
use syn::PathArguments;
use syn::Type;
use tempfile::TempDir;

use super::names;
use crate::workspace;

/// The sources in a directory of their own.
pub(super) fn renamed() -> Result<TempDir> {
  let from = workspace::root().join("plugin_api/abi/src");
  let to = tempfile::tempdir().context("cannot make a temporary directory")?;
  for entry in fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
    let path = entry?.path();
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    // That is a macro, which cbindgen does not expand.
    let text = if path.ends_with("kinds.rs") { kinds() } else { text };
    let mut file = syn::parse_file(&text).with_context(|| format!("cannot parse {}", path.display()))?;
    file.items.iter_mut().for_each(rename);
    let text = file.into_token_stream().to_string();
    fs::write(to.path().join(path.file_name().expect("it came from a directory")), text)?;
  }
  Ok(to)
}

/// What the table of kinds makes constants of.
fn kinds() -> String {
  let constants = Kind::ALL.iter().map(|kind| {
    let KindDescription { documentation, constant, number, .. } = kind.description();
    format!("///{documentation}\npub const {constant}: u32 = {number};\n")
  });
  format!("pub mod kind {{\n{}}}\n", constants.collect::<String>())
}

fn rename(item: &mut Item) {
  match item {
    Item::Const(constant) if constant.ident == "ABI_VERSION" => name_constant(&mut constant.ident, ""),
    Item::Mod(module) => {
      let name = module.ident.to_string();
      for item in module.content.iter_mut().flat_map(|(_, items)| items) {
        if let Item::Const(constant) = item {
          name_constant(&mut constant.ident, &name);
        }
      }
    }
    Item::Struct(definition) => {
      for field in &mut definition.fields {
        if let Some(function) = optional_function(&field.ty) {
          field.ty = function;
        }
      }
    }
    _ => {}
  }
}

fn name_constant(ident: &mut Ident, module: &str) {
  *ident = Ident::new(&names::constant(module, &ident.to_string()), ident.span());
}

/// `Name` of `Option<Name>`, where that is one for a function: a pointer that may be null, as every one in C.
fn optional_function(type_: &Type) -> Option<Type> {
  let Type::Path(path) = type_ else { return None };
  let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
  let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
  match arguments.args.first()? {
    GenericArgument::Type(Type::Path(inner))
      if names::FUNCTION_TYPES.iter().any(|(rust, _)| inner.path.is_ident(rust)) =>
    {
      Some(Type::Path(inner.clone()))
    }
    _ => None,
  }
}
