//! What a component imports.

use std::collections::HashMap;
use std::collections::HashSet;

use wasmtime_environ::component as environ;
use wasmtime_environ::component::TypeDef;

use crate::index::index;
use crate::interface::Import;
use crate::interface::ImportItem;
use crate::interface::ImportedFunction;
use crate::interface::Name;
use crate::plan_error::PlanError;
use crate::type_table::TypeTable;

/// All of it, by the order of the component's imports, but for those of types alone.
pub(crate) fn imports(component: &environ::Component, types: &mut TypeTable<'_>) -> Result<Vec<Import>, PlanError> {
  component.import_types.values().map(|(name, ty)| import(name, *ty, types)).collect()
}

fn import(name: &str, ty: TypeDef, types: &mut TypeTable<'_>) -> Result<Import, PlanError> {
  let item = match ty {
    TypeDef::ComponentFunc(ty) => ImportItem::Function { function: types.function(ty)? },
    TypeDef::Interface(ty) => ImportItem::Type { ty: types.ty(ty)? },
    TypeDef::Resource(table) => ImportItem::Resource { table: table.as_u32() },
    TypeDef::ComponentInstance(instance) => {
      let items = types.exports(instance);
      let items = items.map(|(name, ty)| import(name, ty, types)).collect::<Result<_, _>>()?;
      ImportItem::Instance { items }
    }
    other => return Err(PlanError::unsupported(format!("the import of a {} ({name})", other.desc()))),
  };
  Ok(Import { name: Name::parse(name), item })
}

/// The functions among the flat list of what is imported, which has resources besides; `numbers` are
/// [`function_numbers`].
pub(crate) fn imported_functions(component: &environ::Component, numbers: &HashMap<u32, u32>) -> Vec<ImportedFunction> {
  let functions = component.imports.iter().filter(|(index, _)| numbers.contains_key(&index.as_u32()));
  functions.map(|(_, (import, path))| ImportedFunction { import: import.as_u32(), path: path.clone() }).collect()
}

/// The index among [`imported_functions`] of each imported function.
pub(crate) fn function_numbers(component: &environ::Component) -> HashMap<u32, u32> {
  let resources: HashSet<_> = component.imported_resources.values().copied().collect();
  let functions = component.imports.keys().filter(|index| !resources.contains(index));
  functions.enumerate().map(|(number, import)| (import.as_u32(), index(number))).collect()
}
