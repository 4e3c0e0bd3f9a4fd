//! Whether the types of a component can be told in WIT. The decoder of `wit-parser` takes for granted what WIT has, and
//! panics where a component, which is valid, has something else.

use std::collections::HashSet;

use wasmtime_environ::wasmparser::component_types::ComponentAnyTypeId;
use wasmtime_environ::wasmparser::component_types::ComponentEntityType;
use wasmtime_environ::wasmparser::component_types::ComponentTypeId;
use wasmtime_environ::wasmparser::names::ComponentName;
use wasmtime_environ::wasmparser::names::ComponentNameKind;
use wasmtime_environ::wasmparser::types::TypesRef;

use crate::plan_error::PlanError;

/// Refuses a component by the names of what it imports and exports, and by the form of what it is decoded as: the world
/// of a core module, a package of WIT, or a component of its own.
pub(crate) fn check(types: TypesRef<'_>, imports: &[&str], exports: &[&str], is_world: bool) -> Result<(), PlanError> {
  let mut check = Check { types, seen: HashSet::new() };
  let import = imports.iter().filter_map(|name| Some((*name, types.component_entity_type_of_import(name)?)));
  let export = exports.iter().filter_map(|name| Some((*name, types.component_entity_type_of_export(name)?)));
  let entities: Vec<(&str, ComponentEntityType)> = import.chain(export).collect();
  let parts: Option<Vec<_>> = entities.iter().map(|(_, entity)| component_type(entity)).collect();
  match parts {
    Some(parts) if is_world && imports.is_empty() => check.world(&parts),
    Some(parts) if imports.is_empty() && exports.first().is_some_and(|name| names_package(name)) => {
      check.package(&parts)
    }
    _ => {
      check.names(entities.iter().map(|(name, entity)| (*name, entity)))?;
      entities.iter().try_for_each(|(_, entity)| check.entity(entity))
    }
  }
}

/// The component type that something is, if it is one.
fn component_type(entity: &ComponentEntityType) -> Option<ComponentTypeId> {
  match entity {
    ComponentEntityType::Type { created: ComponentAnyTypeId::Component(id), .. } => Some(*id),
    _ => None,
  }
}

/// Whether a package of WIT in binary form exports its parts under such names.
fn names_package(name: &str) -> bool {
  ComponentName::new(name, 0).is_ok_and(|name| match name.kind() {
    ComponentNameKind::Interface(name) => name.interface().as_str() == "wit",
    ComponentNameKind::Label(_) => true,
    _ => false,
  })
}

struct Check<'a> {
  types: TypesRef<'a>,
  /// Types that have been given a name.
  seen: HashSet<ComponentAnyTypeId>,
}

impl Check<'_> {
  /// The world of a core module: one type of a component, which has one export, the world.
  fn world(&mut self, parts: &[ComponentTypeId]) -> Result<(), PlanError> {
    let types = self.types;
    if let [part] = parts
      && types[*part].imports.is_empty()
      && let [ComponentEntityType::Component(_)] = types[*part].exports.values().collect::<Vec<_>>()[..]
    {
      return self.entity(&ComponentEntityType::Component(*part));
    }
    Err(undescribed("its component type is not that of a world"))
  }

  /// A package of WIT: types of components, which have worlds and interfaces.
  fn package(&mut self, parts: &[ComponentTypeId]) -> Result<(), PlanError> {
    let types = self.types;
    let mut names = HashSet::new();
    for (name, entity) in parts.iter().flat_map(|part| &types[*part].exports) {
      if !matches!(entity, ComponentEntityType::Component(_) | ComponentEntityType::Instance(_)) {
        return Err(undescribed("it has something else than worlds and interfaces"));
      }
      if !names.insert(name) {
        return Err(undescribed("it has two worlds or interfaces of one name"));
      }
    }
    parts.iter().try_for_each(|part| self.entity(&ComponentEntityType::Component(*part)))
  }

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
