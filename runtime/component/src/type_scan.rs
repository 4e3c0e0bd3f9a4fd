//! Types as they stand in a component, looked at before anything follows them by recursion: how deep they are nested,
//! how many there are, and how large each is when it is written out.

use wasmtime_environ::wasmparser::BinaryReader;
use wasmtime_environ::wasmparser::ComponentAlias;
use wasmtime_environ::wasmparser::ComponentDefinedType;
use wasmtime_environ::wasmparser::ComponentImport;
use wasmtime_environ::wasmparser::ComponentOuterAliasKind;
use wasmtime_environ::wasmparser::ComponentType;
use wasmtime_environ::wasmparser::ComponentTypeRef;
use wasmtime_environ::wasmparser::ComponentValType;
use wasmtime_environ::wasmparser::InstanceTypeDeclaration;
use wasmtime_environ::wasmparser::TypeBounds;

use crate::limits::Counter;
use crate::plan_error::PlanError;
use crate::unsupported;

/// How deep types may be nested. The translation has the same limit.
pub(crate) const MAX_DEPTH: usize = 100;
/// How many bytes a value may have in memory, without what it points to.
const MAX_VALUE_BYTES: usize = 1 << 28;

/// How large a type is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
  /// How many types it has when each is written out where it is named.
  pub(crate) size: usize,
  /// How deep they are nested.
  pub(crate) depth: usize,
  /// At most how many bytes a value has in memory.
  pub(crate) bytes: usize,
}

impl Extent {
  /// Of what is made of nothing else: at most two 64-bit integers, or what aligns them.
  pub(crate) const ONE: Self = Self { size: 1, depth: 1, bytes: 16 };

  /// Of what is made of parts, which stand one after the other.
  pub(crate) fn of(parts: impl IntoIterator<Item = Extent>) -> Self {
    parts.into_iter().fold(Self::ONE, Self::with)
  }

  fn with(self, part: Extent) -> Self {
    Self {
      size: self.size.saturating_add(part.size),
      depth: self.depth.max(part.depth.saturating_add(1)),
      bytes: self.bytes.saturating_add(part.bytes).saturating_add(8),
    }
  }

  /// Of a list whose elements stand elsewhere.
  pub(crate) fn list(element: Extent) -> Self {
    Self { bytes: Self::ONE.bytes, ..Self::of([element]) }
  }

  /// Of a list whose elements stand in it.
  pub(crate) fn array(element: Extent, length: u32) -> Self {
    Self { bytes: element.bytes.saturating_mul(length as usize), ..Self::of([element]) }
  }

  /// Of what has names besides.
  pub(crate) fn named(self, names: usize) -> Self {
    Self { size: self.size.saturating_add(names), ..self }
  }

  /// Refuses what is so deep or large that what follows cannot count it.
  pub(crate) fn check(self) -> Result<Self, PlanError> {
    if self.depth > MAX_DEPTH {
      return Err(PlanError::TooLarge { what: "types nested in one another", limit: MAX_DEPTH, found: self.depth });
    }
    if self.bytes > MAX_VALUE_BYTES {
      let what = "bytes in a value of one of its types";
      return Err(PlanError::TooLarge { what, limit: MAX_VALUE_BYTES, found: self.bytes });
    }
    Ok(self)
  }
}

/// The types and instances that a scope has so far.
#[derive(Debug, Default)]
pub(crate) struct TypeScope {
  pub(crate) types: Vec<Extent>,
  /// Of a component that is left to the validator.
  instances: Vec<Extent>,
}

impl TypeScope {
  /// One that is not there has no size: the validator refuses it.
  fn ty(&self, index: u32) -> Extent {
    self.types.get(index as usize).copied().unwrap_or_default()
  }

  fn instance(&self, index: u32) -> Extent {
    self.instances.get(index as usize).copied().unwrap_or_default()
  }

  /// How large what a reference names is.
  pub(crate) fn extent(&self, ty: &ComponentTypeRef) -> Extent {
    match ty {
      ComponentTypeRef::Type(TypeBounds::Eq(index))
      | ComponentTypeRef::Instance(index)
      | ComponentTypeRef::Func(index)
      | ComponentTypeRef::Component(index) => self.ty(*index),
      ComponentTypeRef::Type(TypeBounds::SubResource) | ComponentTypeRef::Module(_) | ComponentTypeRef::Value(_) => {
        Extent::ONE
      }
    }
  }

  /// What a reference names comes into the scope.
  fn declare(&mut self, ty: &ComponentTypeRef) -> Extent {
    let extent = self.extent(ty);
    match ty {
      ComponentTypeRef::Type(_) => self.types.push(extent),
      ComponentTypeRef::Instance(_) => self.instances.push(extent),
      _ => {}
    }
    extent
  }
}

/// What types may be.
pub(crate) struct TypeRules {
  /// Those too that no component here may use.
  pub(crate) any_feature: bool,
  pub(crate) types: Counter,
  pub(crate) imports: Counter,
  pub(crate) steps: Counter,
}

/// Reads the types of a section into the innermost of the scopes.
pub(crate) fn scan(
  section: BinaryReader<'_>,
  scopes: &mut Vec<TypeScope>,
  rules: &mut TypeRules,
) -> Result<(), PlanError> {
  let mut scan = Scan { reader: section, scopes, rules };
  let count = scan.count()?;
  for _ in 0..count {
    let extent = scan.ty(0)?;
    scan.scope().types.push(extent);
  }
  Ok(())
}

struct Scan<'a, 'b> {
  reader: BinaryReader<'a>,
  scopes: &'b mut Vec<TypeScope>,
  rules: &'b mut TypeRules,
}

impl<'a> Scan<'a, '_> {
  fn scope(&mut self) -> &mut TypeScope {
    if self.scopes.is_empty() {
      self.scopes.push(TypeScope::default());
    }
    let last = self.scopes.len() - 1;
    &mut self.scopes[last]
  }

  fn count(&mut self) -> Result<u32, PlanError> {
    self.reader.read_var_u32().map_err(|error| PlanError::invalid(&error))
  }

  /// A type, nested in `level` types of instances or components. Those are followed here, item by item: the reader
  /// would do so by recursion without a limit.
  fn ty(&mut self, level: usize) -> Result<Extent, PlanError> {
    self.rules.types.add(1)?;
    let start = self.reader.clone();
    let form = self.reader.read_u8().map_err(|error| PlanError::invalid(&error))?;
    let extent = match form {
      0x41 | 0x42 => self.declarations(level)?,
      _ => {
        self.reader = start;
        let ty: ComponentType<'a> = self.reader.read().map_err(|error| PlanError::invalid(&error))?;
        self.plain(&ty)?
      }
    };
    extent.check()
  }

  fn declarations(&mut self, level: usize) -> Result<Extent, PlanError> {
    if level >= MAX_DEPTH {
      return Err(PlanError::TooLarge { what: "types nested in one another", limit: MAX_DEPTH, found: level + 1 });
    }
    let count = self.count()?;
    self.scopes.push(TypeScope::default());
    let mut parts = Extent::ONE;
    for _ in 0..count {
      let part = self.declaration(level)?;
      parts = Extent { bytes: Extent::ONE.bytes, ..parts.with(part) };
    }
    self.scopes.pop();
    Ok(parts)
  }

  fn declaration(&mut self, level: usize) -> Result<Extent, PlanError> {
    let start = self.reader.clone();
    match self.reader.read_u8().map_err(|error| PlanError::invalid(&error))? {
      0x01 => {
        let extent = self.ty(level + 1)?;
        self.scope().types.push(extent);
        Ok(Extent::default())
      }
      0x03 => {
        let import: ComponentImport<'a> = self.reader.read().map_err(|error| PlanError::invalid(&error))?;
        self.rules.imports.add(1)?;
        self.reference(&import.ty)
      }
      _ => {
        self.reader = start;
        match self.reader.read().map_err(|error| PlanError::invalid(&error))? {
          InstanceTypeDeclaration::Export { ty, .. } => self.reference(&ty),
          InstanceTypeDeclaration::Alias(alias) => Ok(self.alias(&alias)),
          InstanceTypeDeclaration::CoreType(_) | InstanceTypeDeclaration::Type(_) => Ok(Extent::default()),
        }
      }
    }
  }

  fn reference(&mut self, ty: &ComponentTypeRef) -> Result<Extent, PlanError> {
    if !self.rules.any_feature {
      unsupported::type_ref(ty)?;
    }
    let extent = self.scope().declare(ty);
    self.rules.steps.add(extent.size)?;
    Ok(extent)
  }

  /// What an alias brings into the scope has no size there.
  fn alias(&mut self, alias: &ComponentAlias<'a>) -> Extent {
    let extent = alias_extent(self.scopes, alias);
    alias_into(self.scope(), alias, extent);
    Extent::default()
  }

  fn plain(&self, ty: &ComponentType<'a>) -> Result<Extent, PlanError> {
    let any = self.rules.any_feature;
    let scope = self.scopes.last();
    let named = |index: u32| scope.map(|scope| scope.ty(index)).unwrap_or_default();
    let value = |ty: &ComponentValType| -> Result<Extent, PlanError> {
      if !any {
        unsupported::value_type(ty)?;
      }
      Ok(match ty {
        ComponentValType::Primitive(_) => Extent::ONE,
        ComponentValType::Type(index) => named(*index),
      })
    };
    match ty {
      ComponentType::Func(ty) => {
        if ty.async_ && !any {
          return Err(PlanError::unsupported("async functions"));
        }
        let values = ty.params.iter().map(|(_, ty)| ty).chain(&ty.result);
        Ok(Extent::of(values.map(value).collect::<Result<Vec<_>, _>>()?))
      }
      ComponentType::Defined(ty) => {
        if !any {
          unsupported::defined_type(ty)?;
        }
        defined(ty, value)
      }
      ComponentType::Resource { .. } | ComponentType::Instance(_) | ComponentType::Component(_) => Ok(Extent::ONE),
    }
  }
}

fn defined(
  ty: &ComponentDefinedType<'_>,
  value: impl Fn(&ComponentValType) -> Result<Extent, PlanError>,
) -> Result<Extent, PlanError> {
  let all = |parts: &mut dyn Iterator<Item = &ComponentValType>| -> Result<Extent, PlanError> {
    Ok(Extent::of(parts.map(&value).collect::<Result<Vec<_>, _>>()?))
  };
  Ok(match ty {
    ComponentDefinedType::Record(fields) => all(&mut fields.iter().map(|(_, ty)| ty))?,
    ComponentDefinedType::Variant(cases) => {
      all(&mut cases.iter().filter_map(|case| case.ty.as_ref()))?.named(cases.len())
    }
    ComponentDefinedType::Tuple(items) => all(&mut items.iter())?,
    ComponentDefinedType::List(ty) => Extent::list(value(ty)?),
    ComponentDefinedType::FixedLengthList(ty, length) => Extent::array(value(ty)?, *length),
    ComponentDefinedType::Option(ty) => all(&mut [ty].into_iter())?,
    ComponentDefinedType::Result { ok, err } => all(&mut ok.iter().chain(err))?,
    ComponentDefinedType::Enum(names) | ComponentDefinedType::Flags(names) => Extent::ONE.named(names.len()),
    ComponentDefinedType::Map(key, item) => Extent::list(all(&mut [key, item].into_iter())?),
    _ => Extent::ONE,
  })
}

/// How large what an alias names is. For something in an instance that is at most the instance itself.
fn alias_extent(scopes: &[TypeScope], alias: &ComponentAlias<'_>) -> Extent {
  match alias {
    ComponentAlias::InstanceExport { instance_index, .. } => {
      scopes.last().map(|scope| scope.instance(*instance_index)).unwrap_or_default()
    }
    ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, count, index } => {
      let scope = scopes.len().checked_sub(1 + *count as usize).and_then(|at| scopes.get(at));
      scope.map(|scope| scope.ty(*index)).unwrap_or_default()
    }
    _ => Extent::default(),
  }
}

/// What an alias names comes into a scope.
fn alias_into(scope: &mut TypeScope, alias: &ComponentAlias<'_>, extent: Extent) {
  use wasmtime_environ::wasmparser::ComponentExternalKind as Kind;
  match alias {
    ComponentAlias::InstanceExport { kind: Kind::Type, .. }
    | ComponentAlias::Outer { kind: ComponentOuterAliasKind::Type, .. } => scope.types.push(extent),
    ComponentAlias::InstanceExport { kind: Kind::Instance, .. } => scope.instances.push(extent),
    _ => {}
  }
}
