//! Where what core modules import and export comes from.

use std::collections::HashMap;

use wasmtime_environ::EntityIndex;
use wasmtime_environ::ModuleTranslation;
use wasmtime_environ::PrimaryMap;
use wasmtime_environ::StaticModuleIndex;
use wasmtime_environ::component as environ;

use crate::core_definition::CoreDefinition;
use crate::core_definition::CoreImport;
use crate::plan_error::PlanError;

/// The instances that were made so far, and the names of their modules' exports.
pub(crate) struct Linking<'a> {
  modules: &'a PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>,
  export_names: HashMap<StaticModuleIndex, HashMap<EntityIndex, &'a str>>,
  instances: Vec<StaticModuleIndex>,
}

impl<'a> Linking<'a> {
  pub(crate) fn new(modules: &'a PrimaryMap<StaticModuleIndex, ModuleTranslation<'a>>) -> Self {
    Self { modules, export_names: HashMap::new(), instances: Vec::new() }
  }

  /// The next instance is of a module.
  pub(crate) fn instantiated(&mut self, module: StaticModuleIndex) {
    let translated = &self.modules[module].module;
    self
      .export_names
      .entry(module)
      .or_insert_with(|| translated.exports.iter().map(|(name, index)| (*index, &translated.strings[name])).collect());
    self.instances.push(module);
  }

  /// What a module gets, by the order of its imports.
  pub(crate) fn imports(
    &self,
    module: StaticModuleIndex,
    arguments: &[environ::CoreDef],
  ) -> Result<Vec<CoreImport>, PlanError> {
    let imports = self.modules[module].module.imports().zip(arguments);
    imports
      .map(|((module, name, _), argument)| {
        Ok(CoreImport { module: module.to_string(), name: name.to_string(), value: self.definition(argument)? })
      })
      .collect()
  }

  pub(crate) fn definition(&self, definition: &environ::CoreDef) -> Result<CoreDefinition, PlanError> {
    Ok(match definition {
      environ::CoreDef::Export(export) => self.export(export)?,
      environ::CoreDef::Trampoline(index) => CoreDefinition::Trampoline { index: index.as_u32() },
      environ::CoreDef::InstanceFlags(instance) => CoreDefinition::InstanceFlags { instance: instance.as_u32() },
      environ::CoreDef::TaskMayBlock => CoreDefinition::TaskMayBlock,
      environ::CoreDef::UnsafeIntrinsic(_) => return Err(PlanError::unsupported("an engine's own functions")),
    })
  }

  pub(crate) fn export(&self, export: &environ::CoreExport<EntityIndex>) -> Result<CoreDefinition, PlanError> {
    let instance = export.instance.as_u32();
    let name = match &export.item {
      environ::ExportItem::Name(name) => Some(name.as_str()),
      environ::ExportItem::Index(index) => {
        let module = self.instances.get(instance as usize);
        module.and_then(|module| self.export_names[module].get(index).copied())
      }
    };
    // Only what is exported can be named by a component.
    let name = name.ok_or_else(|| PlanError::unsupported("something that a core module does not export"))?;
    Ok(CoreDefinition::Export { instance, name: name.to_string() })
  }
}
