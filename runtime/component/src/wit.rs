//! What a component says of itself, as text in WIT, and its doc comments.

use std::collections::BTreeMap;

use wit_component::DecodedWasm;
use wit_component::WitPrinter;
use wit_parser::Docs;
use wit_parser::Interface;
use wit_parser::InterfaceId;
use wit_parser::Resolve;
use wit_parser::TypeDefKind;
use wit_parser::TypeId;
use wit_parser::World;
use wit_parser::WorldItem;

use crate::componentize::check_descriptions;
use crate::kind::Kind;
use crate::kind::classify;
use crate::limits::Counter;
use crate::limits::Limits;
use crate::plan_error::PlanError;
use crate::planned::with_stack;
use crate::survey::Purpose;
use crate::survey::survey;

/// The WIT of a component, of a core module with a component-type section, or of a package of WIT in binary form: its
/// world, and the packages that this refers to. Components that use what [`crate::plan`] refuses are told of as well.
///
/// # Errors
///
/// When it is none of these, is not valid or is larger than the limits allow.
pub fn wit(bytes: &[u8], limits: &Limits) -> Result<String, PlanError> {
  with_stack(|| {
    let decoded = decode(bytes, limits)?;
    let resolve = decoded.resolve();
    let main = decoded.package();
    let others: Vec<_> = resolve.packages.iter().map(|(id, _)| id).filter(|id| *id != main).collect();
    let mut printer = WitPrinter::default();
    printer.print(resolve, main, &others).map_err(undescribed)?;
    Ok(printer.output.to_string())
  })
}

/// The doc comments that a package of WIT in binary form has, or a component of itself, in a `package-docs` section.
/// Compilers leave them out of component-type sections.
///
/// What a comment is of is written as the plan's names are: `docs:adder/add@0.1.0` is an interface,
/// `docs:adder/add@0.1.0#add` a function or type in it, `docs:adder/add@0.1.0#point.x` a field, case or flag of a type.
/// Worlds have no package in their names: `adder`, `adder#run`.
///
/// # Errors
///
/// Those of [`wit`].
pub fn documentation(bytes: &[u8], limits: &Limits) -> Result<BTreeMap<String, String>, PlanError> {
  with_stack(|| {
    let decoded = decode(bytes, limits)?;
    let resolve = decoded.resolve();
    let mut documentation = Documentation { resolve, comments: BTreeMap::new() };
    for (id, interface) in &resolve.interfaces {
      documentation.interface(id, interface);
    }
    for (_, world) in &resolve.worlds {
      documentation.world(world);
    }
    Ok(documentation.comments)
  })
}

fn decode(bytes: &[u8], limits: &Limits) -> Result<DecodedWasm, PlanError> {
  Counter::new("bytes", limits.bytes).add(bytes.len())?;
  match classify(bytes) {
    Kind::Component => {
      survey(bytes, Purpose::Describe, limits)?;
      wit_component::decode(bytes).map_err(undescribed)
    }
    Kind::ModuleWithComponentType => {
      survey(bytes, Purpose::Describe, limits)?;
      check_descriptions(bytes, limits)?;
      let (_, metadata) = wit_component::metadata::decode(bytes).map_err(undescribed)?;
      Ok(DecodedWasm::Component(metadata.resolve, metadata.world))
    }
    Kind::Module | Kind::Other => Err(PlanError::NotAComponent),
  }
}

fn undescribed(error: impl std::fmt::Display) -> PlanError {
  PlanError::Undescribed(format!("{error:#}"))
}

struct Documentation<'a> {
  resolve: &'a Resolve,
  comments: BTreeMap<String, String>,
}

impl Documentation<'_> {
  fn add(&mut self, name: String, docs: &Docs) {
    if let Some(text) = &docs.contents {
      self.comments.insert(name, text.clone());
    }
  }

  fn interface(&mut self, id: InterfaceId, interface: &Interface) {
    // One without a name belongs to a world, where the name of the import or export is its own.
    let Some(name) = self.resolve.id_of(id) else { return };
    self.add(name.clone(), &interface.docs);
    for (function, item) in &interface.functions {
      self.add(format!("{name}#{function}"), &item.docs);
    }
    for (ty, id) in &interface.types {
      self.ty(&format!("{name}#{ty}"), *id);
    }
  }

  fn world(&mut self, world: &World) {
    self.add(world.name.clone(), &world.docs);
    for (key, item) in world.imports.iter().chain(&world.exports) {
      let name = format!("{}#{}", world.name, self.resolve.name_world_key(key));
      match item {
        WorldItem::Function(function) => self.add(name, &function.docs),
        WorldItem::Type { id, .. } => self.ty(&name, *id),
        WorldItem::Interface { .. } => {}
      }
    }
  }

  fn ty(&mut self, name: &str, id: TypeId) {
    let ty = &self.resolve.types[id];
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
