//! The doc comments of WIT.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::Path;

use wit_parser::Docs;
use wit_parser::Interface;
use wit_parser::Resolve;
use wit_parser::TypeDefKind;
use wit_parser::TypeId;
use wit_parser::World;
use wit_parser::WorldItem;

use crate::limits::Limits;
use crate::plan::Plan;
use crate::plan_error::PlanError;
use crate::planned::with_stack;
use crate::wit::decode;
use crate::wit::undescribed;

/// The doc comments of WIT, by what they are of.
///
/// That is written as the plan's names are: `docs:adder/add@0.1.0` is an interface, `docs:adder/add@0.1.0#add` a
/// function or type in it, `docs:adder/add@0.1.0#point.x` a field, case or flag of a type. Worlds have no package in
/// their names: `adder`, `adder#run`, and `adder#host#log` for a function of an interface that is the world's own.
#[derive(Clone, Debug, Default)]
pub struct Documentation {
  comments: BTreeMap<String, String>,
  /// What each world exports.
  worlds: BTreeMap<String, HashSet<String>>,
}

impl Documentation {
  /// What a package of WIT in binary form has, or a component of itself, in a `package-docs` section. Compilers leave
  /// comments out of components and component-type sections.
  ///
  /// # Errors
  ///
  /// Those of [`crate::wit`].
  pub fn of_binary(bytes: &[u8], limits: &Limits) -> Result<Self, PlanError> {
    with_stack(|| Ok(Self::of(decode(bytes, limits)?.resolve())))
  }

  /// What an author's WIT has: a file, or a folder with a package and, in its folder `deps`, those that this uses.
  ///
  /// # Errors
  ///
  /// When it cannot be read, or is no WIT.
  pub fn of_source(path: &Path) -> Result<Self, PlanError> {
    let mut resolve = Resolve { all_features: true, ..Resolve::default() };
    resolve.push_path(path).map_err(undescribed)?;
    Ok(Self::of(&resolve))
  }

  /// All of them, with what they are of.
  pub fn comments(&self) -> impl Iterator<Item = (&str, &str)> {
    self.comments.iter().map(|(of, text)| (of.as_str(), text.as_str()))
  }

  pub(crate) fn get(&self, of: &str) -> Option<&str> {
    self.comments.get(of).map(String::as_str)
  }

  /// The world that a component was made for, which is not in it: the first that exports what it does.
  pub(crate) fn world_of(&self, plan: &Plan) -> Option<&str> {
    let has_all = |exports: &HashSet<String>| plan.exports.iter().all(|export| exports.contains(&export.name.full));
    self.worlds.iter().find(|(_, exports)| has_all(exports)).map(|(name, _)| name.as_str())
  }

  fn of(resolve: &Resolve) -> Self {
    let mut documentation = Self::default();
    for (id, interface) in &resolve.interfaces {
      // One without a name belongs to a world.
      if let Some(name) = resolve.id_of(id) {
        documentation.interface(resolve, &name, interface);
      }
    }
    for (_, world) in &resolve.worlds {
      documentation.world(resolve, world);
    }
    documentation
  }

  fn add(&mut self, of: String, docs: &Docs) {
    if let Some(text) = &docs.contents {
      self.comments.insert(of, text.clone());
    }
  }

  fn interface(&mut self, resolve: &Resolve, name: &str, interface: &Interface) {
    self.add(name.to_string(), &interface.docs);
    for (function, item) in &interface.functions {
      self.add(format!("{name}#{function}"), &item.docs);
    }
    for (ty, id) in &interface.types {
      self.ty(resolve, &format!("{name}#{ty}"), *id);
    }
  }

  fn world(&mut self, resolve: &Resolve, world: &World) {
    self.add(world.name.clone(), &world.docs);
    for (key, item) in world.imports.iter().chain(&world.exports) {
      let name = format!("{}#{}", world.name, resolve.name_world_key(key));
      match item {
        WorldItem::Function(function) => self.add(name, &function.docs),
        WorldItem::Type { id, .. } => self.ty(resolve, &name, *id),
        WorldItem::Interface { id, .. } if resolve.interfaces[*id].name.is_none() => {
          self.interface(resolve, &name, &resolve.interfaces[*id]);
        }
        WorldItem::Interface { .. } => {}
      }
    }
    let exports = world.exports.keys().map(|key| resolve.name_world_key(key)).collect();
    self.worlds.insert(world.name.clone(), exports);
  }

  fn ty(&mut self, resolve: &Resolve, name: &str, id: TypeId) {
    let ty = &resolve.types[id];
    self.add(name.to_string(), &ty.docs);
    let mut part = |part: &str, docs: &Docs| self.add(format!("{name}.{part}"), docs);
    match &ty.kind {
      TypeDefKind::Record(record) => record.fields.iter().for_each(|it| part(&it.name, &it.docs)),
      TypeDefKind::Variant(variant) => variant.cases.iter().for_each(|it| part(&it.name, &it.docs)),
      TypeDefKind::Enum(cases) => cases.cases.iter().for_each(|it| part(&it.name, &it.docs)),
      TypeDefKind::Flags(flags) => flags.flags.iter().for_each(|it| part(&it.name, &it.docs)),
      _ => {}
    }
  }
}
