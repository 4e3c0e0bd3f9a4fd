//! What a component exports.

use wasmtime_environ::component as environ;
use wasmtime_environ::component::ExportIndex;
use wasmtime_environ::component::TypeDef;

use crate::interface::Export;
use crate::interface::ExportItem;
use crate::interface::Name;
use crate::linking::Linking;
use crate::plan_error::PlanError;
use crate::type_table::TypeTable;

/// All of it, in the component's order.
pub(crate) fn exports(
  component: &environ::Component,
  linking: &Linking<'_>,
  types: &mut TypeTable<'_>,
) -> Result<Vec<Export>, PlanError> {
  let mut reader = Reader { component, linking, types };
  reader.all(component.exports.raw_iter())
}

struct Reader<'a, 'b, 'c> {
  component: &'a environ::Component,
  linking: &'a Linking<'b>,
  types: &'a mut TypeTable<'c>,
}

impl Reader<'_, '_, '_> {
  fn all<'a>(
    &mut self,
    exports: impl Iterator<Item = (&'a String, &'a ExportIndex)>,
  ) -> Result<Vec<Export>, PlanError> {
    exports.map(|(name, index)| Ok(Export { name: Name::parse(name), item: self.item(name, *index)? })).collect()
  }

  fn item(&mut self, name: &str, index: ExportIndex) -> Result<ExportItem, PlanError> {
    let component = self.component;
    Ok(match &component.export_items[index] {
      environ::Export::LiftedFunction { ty, func, options } => ExportItem::Function {
        function: self.types.function(*ty)?,
        value: self.linking.definition(func)?,
        options: options.as_u32(),
      },
      environ::Export::Instance { exports, .. } => {
        let mut items = self.all(exports.raw_iter())?;
        // Those of an instance that is put together of functions have no order of their own.
        items.sort_by(|one, other| one.name.full.cmp(&other.name.full));
        ExportItem::Instance { items }
      }
      environ::Export::Type(TypeDef::Interface(ty)) => ExportItem::Type { ty: self.types.ty(*ty)? },
      environ::Export::Type(TypeDef::Resource(table)) => ExportItem::Resource { table: table.as_u32() },
      environ::Export::Type(other) => {
        return Err(PlanError::unsupported(format!("the export of a type of {} ({name})", other.desc())));
      }
      environ::Export::ModuleStatic { .. } | environ::Export::ModuleImport { .. } => {
        return Err(PlanError::unsupported(format!("the export of a core module ({name})")));
      }
    })
  }
}
