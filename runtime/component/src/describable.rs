//! Whether the types of a component can be told in WIT. The decoder of `wit-parser` takes for granted what WIT has, and
//! panics where a component, which is valid, has something else.

use std::collections::HashSet;

use wasmtime_environ::wasmparser::component_types::ComponentAnyTypeId;
use wasmtime_environ::wasmparser::component_types::ComponentEntityType;
use wasmtime_environ::wasmparser::types::TypesRef;

use crate::plan_error::PlanError;

/// Refuses a component by the names of what it imports and exports.
pub(crate) fn check(types: TypesRef<'_>, imports: &[&str], exports: &[&str]) -> Result<(), PlanError> {
  let mut check = Check { types, seen: HashSet::new() };
  let import = imports.iter().filter_map(|name| Some((*name, types.component_entity_type_of_import(name)?)));
  let export = exports.iter().filter_map(|name| Some((*name, types.component_entity_type_of_export(name)?)));
  let entities: Vec<(&str, ComponentEntityType)> = import.chain(export).collect();
  let packaged = entities.iter().map(|(_, entity)| match entity {
    // A world or an interface of a package.
    ComponentEntityType::Type { created: ComponentAnyTypeId::Component(id), .. } => ComponentEntityType::Component(*id),
    ComponentEntityType::Type { created: ComponentAnyTypeId::Instance(id), .. } => ComponentEntityType::Instance(*id),
    other => *other,
  });
  check.names(entities.iter().map(|(name, entity)| (*name, entity)))?;
  packaged.into_iter().try_for_each(|entity| check.entity(&entity))
}

struct Check<'a> {
  types: TypesRef<'a>,
  /// Types that have been given a name.
  seen: HashSet<ComponentAnyTypeId>,
}

impl Check<'_> {
  fn entity(&mut self, entity: &ComponentEntityType) -> Result<(), PlanError> {
    let types = self.types;
    match entity {
      ComponentEntityType::Type { referenced, created } => {
        if !matches!(referenced, ComponentAnyTypeId::Defined(_) | ComponentAnyTypeId::Resource(_)) {
          return Err(undescribed("it exports or imports a type that is not one of values or resources"));
        }
        if !self.seen.insert(*created) {
          return Err(undescribed("one of its types has two names"));
        }
        Ok(())
      }
      ComponentEntityType::Instance(id) => types[*id].exports.values().try_for_each(|entity| self.entity(entity)),
      ComponentEntityType::Component(id) => {
        let component = &types[*id];
        let all = || component.imports.iter().chain(&component.exports);
        self.names(all().map(|(name, entity)| (name.as_str(), entity)))?;
        all().try_for_each(|(_, entity)| self.entity(entity))
      }
      ComponentEntityType::Func(_) | ComponentEntityType::Value(_) | ComponentEntityType::Module(_) => Ok(()),
    }
  }

  /// The types among a world's imports and exports have names of their own.
  fn names<'b>(&self, entities: impl Iterator<Item = (&'b str, &'b ComponentEntityType)>) -> Result<(), PlanError> {
    let mut names = HashSet::new();
    let mut types = entities.filter(|(_, entity)| matches!(entity, ComponentEntityType::Type { .. }));
    match types.all(|(name, _)| names.insert(name)) {
      true => Ok(()),
      false => Err(undescribed("it imports and exports types of the same name")),
    }
  }
}

fn undescribed(why: &str) -> PlanError {
  PlanError::Undescribed(why.to_string())
}
