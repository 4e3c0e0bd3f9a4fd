//! How large types are that the validator has accepted. [`crate::type_scan`] has seen to it that they are not deep.

use std::collections::HashMap;

use wasmtime_environ::wasmparser::component_types::ComponentAnyTypeId;
use wasmtime_environ::wasmparser::component_types::ComponentDefinedType;
use wasmtime_environ::wasmparser::component_types::ComponentEntityType;
use wasmtime_environ::wasmparser::component_types::ComponentValType;
use wasmtime_environ::wasmparser::types::TypesRef;

use crate::type_scan::Extent;

/// Sizes of types by their identities, each counted once.
#[derive(Default)]
pub(crate) struct Measures {
  known: HashMap<ComponentAnyTypeId, Extent>,
}

impl Measures {
  pub(crate) fn ty(&mut self, types: TypesRef<'_>, id: ComponentAnyTypeId) -> Extent {
    if let Some(extent) = self.known.get(&id) {
      return *extent;
    }
    let extent = match id {
      ComponentAnyTypeId::Resource(_) => Extent::ONE,
      ComponentAnyTypeId::Defined(id) => self.defined(types, &types[id]),
      ComponentAnyTypeId::Func(id) => {
        let function = &types[id];
        let values = function.params.iter().map(|(_, ty)| ty).chain(&function.result);
        Extent::of(values.map(|ty| self.value(types, ty)))
      }
      ComponentAnyTypeId::Instance(id) => self.entities(types, types[id].exports.values()),
      ComponentAnyTypeId::Component(id) => {
        self.entities(types, types[id].imports.values().chain(types[id].exports.values()))
      }
    };
    self.known.insert(id, extent);
    extent
  }

  fn entities<'a>(&mut self, types: TypesRef<'_>, entities: impl Iterator<Item = &'a ComponentEntityType>) -> Extent {
    Extent::of(entities.map(|entity| self.entity(types, entity)))
  }

  fn entity(&mut self, types: TypesRef<'_>, entity: &ComponentEntityType) -> Extent {
    match entity {
      ComponentEntityType::Func(id) => self.ty(types, ComponentAnyTypeId::Func(*id)),
      ComponentEntityType::Type { created, .. } => self.ty(types, *created),
      ComponentEntityType::Instance(id) => self.ty(types, ComponentAnyTypeId::Instance(*id)),
      ComponentEntityType::Component(id) => self.ty(types, ComponentAnyTypeId::Component(*id)),
      ComponentEntityType::Value(ty) => self.value(types, ty),
      ComponentEntityType::Module(_) => Extent::ONE,
    }
  }

  fn value(&mut self, types: TypesRef<'_>, ty: &ComponentValType) -> Extent {
    match ty {
      ComponentValType::Primitive(_) => Extent::ONE,
      ComponentValType::Type(id) => self.ty(types, ComponentAnyTypeId::Defined(*id)),
    }
  }

  fn defined(&mut self, types: TypesRef<'_>, ty: &ComponentDefinedType) -> Extent {
    let mut all =
      |parts: &mut dyn Iterator<Item = &ComponentValType>| Extent::of(parts.map(|ty| self.value(types, ty)));
    match ty {
      ComponentDefinedType::Record(record) => all(&mut record.fields.values()),
      ComponentDefinedType::Variant(variant) => {
        all(&mut variant.cases.values().filter_map(|case| case.ty.as_ref())).named(variant.cases.len())
      }
      ComponentDefinedType::Tuple(tuple) => all(&mut tuple.types.iter()),
      ComponentDefinedType::List(ty) => Extent::list(self.value(types, ty)),
      ComponentDefinedType::FixedLengthList(ty, length) => Extent::array(self.value(types, ty), *length),
      ComponentDefinedType::Option(ty) => all(&mut [ty].into_iter()),
      ComponentDefinedType::Result { ok, err } => all(&mut ok.iter().chain(err)),
      ComponentDefinedType::Enum(names) | ComponentDefinedType::Flags(names) => Extent::ONE.named(names.len()),
      ComponentDefinedType::Map(key, item) => Extent::list(all(&mut [key, item].into_iter())),
      _ => Extent::ONE,
    }
  }
}
