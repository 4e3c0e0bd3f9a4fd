//! The plan's types and functions, made of those that the translation has as they are asked for.

use std::collections::HashMap;

use wasmtime_environ::component::CanonicalAbiInfo;
use wasmtime_environ::component::ComponentTypesBuilder;
use wasmtime_environ::component::FlatType;
use wasmtime_environ::component::InterfaceType;
use wasmtime_environ::component::TypeComponentInstanceIndex;
use wasmtime_environ::component::TypeDef;
use wasmtime_environ::component::TypeFuncIndex;
use wasmtime_environ::component::TypeResourceTable;
use wasmtime_environ::component::TypeResourceTableIndex;

use crate::index::index;
use crate::plan::ResourceTable;
use crate::plan_error::PlanError;
use crate::types::Case;
use crate::types::CoreSignature;
use crate::types::CoreType;
use crate::types::Field;
use crate::types::Function;
use crate::types::Item;
use crate::types::Shape;
use crate::types::Type;

/// More results than this are returned in memory.
const MAX_FLAT_RESULTS: usize = 1;

/// Types and functions of a plan that is being made.
pub(crate) struct TypeTable<'a> {
  source: &'a ComponentTypesBuilder,
  type_indices: HashMap<InterfaceType, u32>,
  function_indices: HashMap<TypeFuncIndex, u32>,
  /// Those that were asked for, and what they are made of.
  pub(crate) types: Vec<Type>,
  /// Those that were asked for.
  pub(crate) functions: Vec<Function>,
}

impl<'a> TypeTable<'a> {
  pub(crate) fn new(source: &'a ComponentTypesBuilder) -> Self {
    Self {
      source,
      type_indices: HashMap::new(),
      function_indices: HashMap::new(),
      types: Vec::new(),
      functions: Vec::new(),
    }
  }

  /// The index of a type. Nested types are followed by recursion: the translation refuses what is nested more than a
  /// hundred times.
  pub(crate) fn ty(&mut self, ty: InterfaceType) -> Result<u32, PlanError> {
    if let Some(index) = self.type_indices.get(&ty) {
      return Ok(*index);
    }
    let shape = self.shape(ty)?;
    let abi = self.source.canonical_abi(&ty);
    let made = Type { shape, size: abi.size32, align: abi.align32, flat: self.flat(&ty) };
    let index = index(self.types.len());
    self.types.push(made);
    self.type_indices.insert(ty, index);
    Ok(index)
  }

  fn optional(&mut self, ty: Option<InterfaceType>) -> Result<Option<u32>, PlanError> {
    ty.map(|ty| self.ty(ty)).transpose()
  }

  fn shape(&mut self, ty: InterfaceType) -> Result<Shape, PlanError> {
    let source = self.source;
    Ok(match ty {
      InterfaceType::Bool => Shape::Bool,
      InterfaceType::S8 => Shape::S8,
      InterfaceType::U8 => Shape::U8,
      InterfaceType::S16 => Shape::S16,
      InterfaceType::U16 => Shape::U16,
      InterfaceType::S32 => Shape::S32,
      InterfaceType::U32 => Shape::U32,
      InterfaceType::S64 => Shape::S64,
      InterfaceType::U64 => Shape::U64,
      InterfaceType::Float32 => Shape::F32,
      InterfaceType::Float64 => Shape::F64,
      InterfaceType::Char => Shape::Char,
      InterfaceType::String => Shape::String,
      InterfaceType::List(ty) => Shape::List { element: self.ty(source[ty].element)? },
      InterfaceType::FixedLengthList(ty) => {
        Shape::FixedLengthList { element: self.ty(source[ty].element)?, length: source[ty].size }
      }
      InterfaceType::Record(ty) => {
        let fields = source[ty].fields.iter().map(|field| (field.name.as_str(), field.ty));
        Shape::Record { fields: self.fields(fields)? }
      }
      InterfaceType::Tuple(ty) => {
        let fields = self.fields(source[ty].types.iter().map(|item| ("", *item)))?;
        Shape::Tuple { items: fields.into_iter().map(|field| Item { ty: field.ty, offset: field.offset }).collect() }
      }
      InterfaceType::Variant(ty) => {
        let variant = &source[ty];
        let cases = variant.cases.iter().map(|(name, ty)| Ok(Case { name: name.clone(), ty: self.optional(*ty)? }));
        Shape::Variant {
          cases: cases.collect::<Result<_, PlanError>>()?,
          discriminant: variant.info.size.byte_size(),
          payload_offset: variant.info.payload_offset32,
        }
      }
      InterfaceType::Enum(ty) => Shape::Enum {
        discriminant: source[ty].info.size.byte_size(),
        names: source[ty].names.iter().cloned().collect(),
      },
      InterfaceType::Option(ty) => {
        Shape::Option { payload_offset: source[ty].info.payload_offset32, some: self.ty(source[ty].ty)? }
      }
      InterfaceType::Result(ty) => Shape::Result {
        payload_offset: source[ty].info.payload_offset32,
        ok: self.optional(source[ty].ok)?,
        err: self.optional(source[ty].err)?,
      },
      InterfaceType::Flags(ty) => Shape::Flags { names: source[ty].names.iter().cloned().collect() },
      InterfaceType::Own(table) => Shape::Own { table: table.as_u32() },
      InterfaceType::Borrow(table) => Shape::Borrow { table: table.as_u32() },
      InterfaceType::Future(_) => return Err(PlanError::unsupported("futures")),
      InterfaceType::Stream(_) => return Err(PlanError::unsupported("streams")),
      InterfaceType::ErrorContext(_) => return Err(PlanError::unsupported("error contexts")),
    })
  }

  fn fields<'b>(&mut self, fields: impl Iterator<Item = (&'b str, InterfaceType)>) -> Result<Vec<Field>, PlanError> {
    let mut end = 0;
    fields
      .map(|(name, ty)| {
        let offset = self.source.canonical_abi(&ty).next_field32(&mut end);
        Ok(Field { name: name.to_string(), ty: self.ty(ty)?, offset })
      })
      .collect()
  }

  fn flat(&self, ty: &InterfaceType) -> Option<Vec<CoreType>> {
    let flat = self.source.flat_types(ty)?;
    Some(flat.memory32.iter().map(|ty| core_type(*ty)).collect())
  }

  /// The index of the type of a function.
  pub(crate) fn function(&mut self, index: TypeFuncIndex) -> Result<u32, PlanError> {
    if let Some(index) = self.function_indices.get(&index) {
      return Ok(*index);
    }
    let source = self.source;
    let function = &source[index];
    if function.async_ {
      return Err(PlanError::unsupported("async functions"));
    }
    let params = &source[function.params];
    let names = function.param_names.iter().map(String::as_str);
    let result = source[function.results].types.first().copied();
    let flat_params = self.flat(&InterfaceType::Tuple(function.params));
    let flat_result = match &result {
      Some(ty) => self.flat(ty).filter(|flat| flat.len() <= MAX_FLAT_RESULTS),
      None => Some(Vec::new()),
    };
    let CanonicalAbiInfo { size32, align32, .. } = params.abi;
    let made = Function {
      params: self.fields(names.zip(params.types.iter().copied()))?,
      result: self.optional(result)?,
      params_size: size32,
      params_align: align32,
      lifted: lifted(flat_params.as_deref(), flat_result.as_deref()),
      lowered: lowered(flat_params.as_deref(), flat_result.as_deref()),
      flat_params,
      flat_result,
    };
    let made_index = crate::index::index(self.functions.len());
    self.functions.push(made);
    self.function_indices.insert(index, made_index);
    Ok(made_index)
  }

  /// What an imported instance has.
  pub(crate) fn exports(
    &self,
    instance: TypeComponentInstanceIndex,
  ) -> impl Iterator<Item = (&'a str, TypeDef)> + use<'a> {
    self.source[instance].exports.iter().map(|(name, ty)| (name.as_str(), *ty))
  }

  /// What handles are of, in the order of the translation's tables.
  pub(crate) fn resource_tables(&self) -> Vec<ResourceTable> {
    let tables = (0..index(self.source.num_resource_tables())).map(TypeResourceTableIndex::from_u32);
    tables
      .map(|table| match &self.source[table] {
        TypeResourceTable::Concrete { ty, instance } => {
          ResourceTable::Concrete { resource: ty.as_u32(), instance: instance.as_u32() }
        }
        TypeResourceTable::Abstract(_) => ResourceTable::Abstract,
      })
      .collect()
  }
}

fn lifted(params: Option<&[CoreType]>, result: Option<&[CoreType]>) -> CoreSignature {
  const POINTER: &[CoreType] = &[CoreType::I32];
  CoreSignature { params: params.unwrap_or(POINTER).to_vec(), results: result.unwrap_or(POINTER).to_vec() }
}

fn lowered(params: Option<&[CoreType]>, result: Option<&[CoreType]>) -> CoreSignature {
  let mut signature = lifted(params, Some(result.unwrap_or_default()));
  if result.is_none() {
    signature.params.push(CoreType::I32);
  }
  signature
}

fn core_type(ty: FlatType) -> CoreType {
  match ty {
    FlatType::I32 => CoreType::I32,
    FlatType::I64 => CoreType::I64,
    FlatType::F32 => CoreType::F32,
    FlatType::F64 => CoreType::F64,
  }
}
