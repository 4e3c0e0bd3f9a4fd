//! The plan of a component: what the translation of `wasmtime-environ` says, in the plan's own terms.

use std::collections::HashMap;

use wasmtime_environ::EntityIndex;
use wasmtime_environ::ModuleTranslation;
use wasmtime_environ::PrimaryMap;
use wasmtime_environ::ScopeVec;
use wasmtime_environ::StaticModuleIndex;
use wasmtime_environ::Tunables;
use wasmtime_environ::component as environ;
use wasmtime_environ::wasmparser::Validator;

use crate::exports;
use crate::forwarding::only_forwards;
use crate::imports;
use crate::index::index;
use crate::limits::Counter;
use crate::limits::Limits;
use crate::linking::Linking;
use crate::plan;
use crate::plan::CoreModule;
use crate::plan::Initializer;
use crate::plan::ModuleRole;
use crate::plan::PLAN_VERSION;
use crate::plan::Plan;
use crate::plan::Resource;
use crate::plan::Start;
use crate::plan::StringEncoding;
use crate::plan_error::PlanError;
use crate::survey;
use crate::trampolines::trampoline;
use crate::type_table::TypeTable;

/// The plan and the bytes of its core modules.
pub(crate) fn translate(component: &[u8], limits: &Limits) -> Result<(Plan, Vec<Vec<u8>>), PlanError> {
  let mut validator = Validator::new_with_features(survey::FEATURES);
  let mut types = environ::ComponentTypesBuilder::new(&validator);
  // That of a host with 32-bit pointers: nothing is reserved for code that is not made here.
  let tunables = Tunables::default_u32();
  let scope = ScopeVec::new();
  let translator = environ::Translator::new(&tunables, &mut validator, &mut types, &scope);
  let (translation, modules) = translator.translate(component).map_err(untranslated)?;
  Counter::new("core modules", limits.modules).add(modules.len())?;
  let plan = make(&translation, &modules, &types)?;
  Ok((plan, modules.values().map(|module| module.wasm.to_vec()).collect()))
}

fn untranslated(error: wasmtime_environ::error::Error) -> PlanError {
  PlanError::Untranslated(format!("{error:#}"))
}

fn make(
  translation: &environ::ComponentTranslation,
  modules: &PrimaryMap<StaticModuleIndex, ModuleTranslation<'_>>,
  types: &environ::ComponentTypesBuilder,
) -> Result<Plan, PlanError> {
  let component = &translation.component;
  let mut types = TypeTable::new(types);
  let mut linking = Linking::new(modules);
  let mut core_modules: Vec<CoreModule> = modules.values().map(core_module).collect();

  let mut initializers = Vec::new();
  for initializer in &component.initializers {
    initializers.extend(self::initializer(initializer, component, &mut linking, &mut core_modules)?);
  }
  let functions = imports::function_numbers(component);
  let lowered = lowered_imports(component, &functions);
  let trampolines = translation.trampolines.values().map(|made| trampoline(made, &lowered, &mut types));
  let trampolines = trampolines.collect::<Result<_, _>>()?;
  Ok(Plan {
    version: PLAN_VERSION,
    modules: core_modules,
    component_instances: component.num_runtime_component_instances,
    initializers,
    trampolines,
    options: component.options.values().map(options).collect::<Result<_, _>>()?,
    imports: imports::imports(component, &mut types)?,
    imported_functions: imports::imported_functions(component, &functions),
    exports: exports::exports(component, &linking, &mut types)?,
    resources: resources(component),
    resource_tables: types.resource_tables(),
    functions: types.functions,
    types: types.types,
  })
}

/// A module, as far as it can be told before it is instantiated.
fn core_module(module: &ModuleTranslation<'_>) -> CoreModule {
  let role = if only_forwards(module) { ModuleRole::Forwarding } else { ModuleRole::Code };
  let own = &module.module;
  let memories = own.memories.values().skip(own.num_imported_memories).map(|memory| {
    let bytes = u128::from(memory.limits.min) << memory.page_size_log2;
    u64::try_from(bytes.div_ceil(1 << 16)).unwrap_or(u64::MAX)
  });
  let tables = own.tables.values().skip(own.num_imported_tables).map(|table| table.limits.min);
  CoreModule { size: index(module.wasm.len()), role, memories: Start::of(memories), tables: Start::of(tables) }
}

/// A step of the plan; none for what it says elsewhere.
fn initializer(
  initializer: &environ::GlobalInitializer,
  component: &environ::Component,
  linking: &mut Linking<'_>,
  modules: &mut [CoreModule],
) -> Result<Option<Initializer>, PlanError> {
  use environ::GlobalInitializer as From;
  Ok(Some(match initializer {
    From::InstantiateModule(environ::InstantiateModule::Static(module, arguments), instance) => {
      if instance.is_none() {
        modules[module.as_u32() as usize].role = ModuleRole::Fused;
      }
      let imports = linking.imports(*module, arguments)?;
      linking.instantiated(*module);
      Initializer::Instantiate { module: module.as_u32(), instance: instance.map(|it| it.as_u32()), imports }
    }
    From::InstantiateModule(environ::InstantiateModule::Import(..), _) => {
      return Err(PlanError::unsupported("an imported core module"));
    }
    // A trampoline says what it lowers.
    From::LowerImport { .. } => return Ok(None),
    From::ExtractMemory(memory) => Initializer::Memory {
      index: memory.index.as_u32(),
      value: linking.export(&memory.export.clone().map_index(EntityIndex::Memory))?,
    },
    From::ExtractRealloc(realloc) => {
      Initializer::Realloc { index: realloc.index.as_u32(), value: linking.definition(&realloc.def)? }
    }
    From::ExtractPostReturn(post_return) => {
      Initializer::PostReturn { index: post_return.index.as_u32(), value: linking.definition(&post_return.def)? }
    }
    From::Resource(resource) => Initializer::Resource {
      resource: component.resource_index(resource.index).as_u32(),
      instance: resource.instance.as_u32(),
      destructor: resource.dtor.as_ref().map(|it| linking.definition(it)).transpose()?,
    },
    From::ExtractCallback(_) => return Err(PlanError::unsupported("async functions")),
    From::ExtractTable(_) => return Err(PlanError::unsupported("threads")),
  }))
}

/// For each lowered function, by its number, the imported function; `functions` are the numbers of these.
fn lowered_imports(component: &environ::Component, functions: &HashMap<u32, u32>) -> Vec<u32> {
  let lowered = component.initializers.iter().filter_map(|initializer| match initializer {
    environ::GlobalInitializer::LowerImport { import, .. } => functions.get(&import.as_u32()).copied(),
    _ => None,
  });
  lowered.collect()
}

fn options(options: &environ::CanonicalOptions) -> Result<plan::CanonicalOptions, PlanError> {
  let environ::CanonicalOptionsDataModel::LinearMemory(memory) = options.data_model else {
    return Err(PlanError::unsupported("values in garbage-collected objects"));
  };
  if options.async_ || options.callback.is_some() {
    return Err(PlanError::unsupported("async functions"));
  }
  Ok(plan::CanonicalOptions {
    instance: options.instance.as_u32(),
    string_encoding: match options.string_encoding {
      environ::StringEncoding::Utf8 => StringEncoding::Utf8,
      environ::StringEncoding::Utf16 => StringEncoding::Utf16,
      environ::StringEncoding::CompactUtf16 => StringEncoding::CompactUtf16,
    },
    memory: memory.memory.map(|it| it.as_u32()),
    realloc: memory.realloc.map(|it| it.as_u32()),
    post_return: options.post_return.map(|it| it.as_u32()),
  })
}

fn resources(component: &environ::Component) -> Vec<Resource> {
  let imported = component.imported_resources.values().map(|import| {
    let (import, path) = &component.imports[*import];
    Resource::Imported { import: import.as_u32(), path: path.clone() }
  });
  let defined = component.defined_resource_instances.values();
  imported.chain(defined.map(|instance| Resource::Defined { instance: instance.as_u32() })).collect()
}
