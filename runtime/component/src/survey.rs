//! Looks through a component before it is translated: whether it is valid, uses only what is here, and is not larger
//! than the limits allow. What follows may rely on it, and does: some of it would never end, or panic.

use wasmtime_environ::wasmparser::BinaryReader;
use wasmtime_environ::wasmparser::CanonicalFunction;
use wasmtime_environ::wasmparser::ComponentAlias;
use wasmtime_environ::wasmparser::ComponentExternalKind;
use wasmtime_environ::wasmparser::ComponentInstance;
use wasmtime_environ::wasmparser::ComponentOuterAliasKind;
use wasmtime_environ::wasmparser::ComponentTypeRef;
use wasmtime_environ::wasmparser::Encoding;
use wasmtime_environ::wasmparser::Instance;
use wasmtime_environ::wasmparser::Parser;
use wasmtime_environ::wasmparser::Payload;
use wasmtime_environ::wasmparser::ValidPayload;
use wasmtime_environ::wasmparser::Validator;
use wasmtime_environ::wasmparser::WasmFeatures;
use wasmtime_environ::wasmparser::component_types::ComponentAnyTypeId;

use crate::describable;
use crate::dry_run::Component;
use crate::dry_run::Step;
use crate::dry_run::dry_run;
use crate::limits::Counter;
use crate::limits::Limits;
use crate::measure::Measures;
use crate::plan_error::PlanError;
use crate::type_scan;
use crate::type_scan::Extent;
use crate::type_scan::TypeRules;
use crate::type_scan::TypeScope;
use crate::unsupported;

/// The features that components are validated with.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM3
  .union(WasmFeatures::THREADS)
  .union(WasmFeatures::COMPONENT_MODEL)
  .union(WasmFeatures::CM_FIXED_LENGTH_LISTS);
/// What a description may have besides.
const DESCRIBED: WasmFeatures = WasmFeatures::CM_ASYNC
  .union(WasmFeatures::CM_ASYNC_STACKFUL)
  .union(WasmFeatures::CM_ASYNC_BUILTINS)
  .union(WasmFeatures::CM_ERROR_CONTEXT)
  .union(WasmFeatures::CM_THREADING)
  .union(WasmFeatures::CM_GC);

/// What a component is looked at for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
  /// To be run here.
  Run,
  /// For what its types say, whatever they use.
  Describe,
  /// The same, and what it says is the world of a core module.
  World,
}

/// Looks through a component.
pub(crate) fn survey(component: &[u8], purpose: Purpose, limits: &Limits) -> Result<(), PlanError> {
  let features = match purpose {
    Purpose::Run => FEATURES,
    Purpose::Describe | Purpose::World => FEATURES.union(DESCRIBED),
  };
  let mut survey = Survey {
    bytes: component,
    purpose,
    validator: Validator::new_with_features(features),
    measures: Measures::default(),
    scopes: Vec::new(),
    frames: Vec::new(),
    done: Vec::new(),
    modules: Counter::new("core modules", limits.modules),
    rules: TypeRules {
      any_feature: purpose != Purpose::Run,
      types: Counter::new("types", limits.types),
      imports: Counter::new("imports", limits.imports),
      steps: Counter::new("steps of instantiation", limits.steps),
    },
  };
  for payload in Parser::new(0).parse_all(component) {
    survey.payload(&payload.map_err(|error| PlanError::invalid(&error))?)?;
  }
  dry_run(&survey.done, &mut survey.rules.steps)
}

/// What is being read.
enum Frame<'a> {
  Component(ComponentFrame<'a>),
  Module { memories: usize },
}

#[derive(Default)]
struct ComponentFrame<'a> {
  component: Component<'a>,
  /// The components in its index space, by their place among those that are done.
  components: Vec<usize>,
  /// How many memories each module in its index space has.
  modules: Vec<usize>,
  imports: Vec<&'a str>,
  exports: Vec<&'a str>,
}

struct Survey<'a> {
  bytes: &'a [u8],
  purpose: Purpose,
  validator: Validator,
  measures: Measures,
  /// Those of the components that are being read.
  scopes: Vec<TypeScope>,
  frames: Vec<Frame<'a>>,
  /// Components that were read, those within others first.
  done: Vec<Component<'a>>,
  modules: Counter,
  rules: TypeRules,
}

impl<'a> Survey<'a> {
  fn payload(&mut self, payload: &Payload<'a>) -> Result<(), PlanError> {
    self.before(payload)?;
    let validated = self.validator.payload(payload).map_err(|error| PlanError::invalid(&error))?;
    if let (ValidPayload::End(types), [Frame::Component(root)]) = (validated, self.frames.as_slice())
      && self.purpose != Purpose::Run
    {
      let is_world = self.purpose == Purpose::World;
      describable::check(types.as_ref(), &root.imports, &root.exports, is_world)?;
    }
    self.after(payload)
  }

  /// What must be known before the validator follows types.
  fn before(&mut self, payload: &Payload<'a>) -> Result<(), PlanError> {
    match payload {
      Payload::ModuleSection { .. } => self.modules.add(1)?,
      Payload::ImportSection(section) => self.rules.imports.add(section.count() as usize)?,
      Payload::ComponentTypeSection(section) => {
        let reader = BinaryReader::new(&self.bytes[section.range()], section.range().start);
        let types = self.scopes.last().map(|scope| scope.types.len()).unwrap_or_default();
        type_scan::scan(reader, &mut self.scopes, &mut self.rules)?;
        // They are measured again, with their identities, when the validator has accepted them.
        if let Some(scope) = self.scopes.last_mut() {
          scope.types.truncate(types);
        }
      }
      Payload::ComponentImportSection(section) => {
        self.rules.imports.add(section.count() as usize)?;
        for import in section.clone() {
          let import = import.map_err(|error| PlanError::invalid(&error))?;
          let extent = self.scopes.last_mut().map(|scope| scope.extent(&import.ty)).unwrap_or_default();
          self.rules.steps.add(extent.size)?;
        }
      }
      Payload::ComponentExportSection(section) => {
        let mut largest = 0;
        for export in section.clone() {
          let export = export.map_err(|error| PlanError::invalid(&error))?;
          // What this section defines is no larger than what it exports.
          largest = self.item(export.kind, export.index).map_or(largest, |extent| largest.max(extent.size));
          self.rules.steps.add(largest)?;
        }
      }
      _ => {}
    }
    match self.purpose {
      Purpose::Run => unsupported::check(payload),
      Purpose::Describe | Purpose::World => Ok(()),
    }
  }

  /// The size of the type of something; none if it is not there.
  fn item(&mut self, kind: ComponentExternalKind, index: u32) -> Option<Extent> {
    let types = self.validator.types(0)?;
    let id = match kind {
      ComponentExternalKind::Func if index < types.component_function_count() => {
        ComponentAnyTypeId::Func(types.component_function_at(index))
      }
      ComponentExternalKind::Instance if index < types.component_instance_count() => {
        ComponentAnyTypeId::Instance(types.component_instance_at(index))
      }
      ComponentExternalKind::Type if index < types.component_type_count() => types.component_any_type_at(index),
      _ => return None,
    };
    Some(self.measures.ty(types, id))
  }

  /// Notes what a payload does, which is valid.
  fn after(&mut self, payload: &Payload<'a>) -> Result<(), PlanError> {
    match payload {
      Payload::Version { encoding: Encoding::Component, .. } => {
        self.scopes.push(TypeScope::default());
        self.frames.push(Frame::Component(ComponentFrame::default()));
      }
      Payload::Version { encoding: Encoding::Module, .. } => self.frames.push(Frame::Module { memories: 0 }),
      Payload::End(_) => self.end(),
      Payload::MemorySection(section) => {
        if let Some(Frame::Module { memories }) = self.frames.last_mut() {
          *memories += section.count() as usize;
        }
      }
      Payload::ComponentImportSection(section) => {
        for import in section.clone().into_iter().map_while(Result::ok) {
          let extent = self.scopes.last().map(|scope| scope.extent(&import.ty)).unwrap_or_default();
          self.step(Step::Work(extent.size));
          if let Some(frame) = self.frame() {
            frame.imports.push(import.name.0);
          }
          if let ComponentTypeRef::Instance(_) = import.ty {
            self.step(Step::Import(import.name.0));
          }
        }
      }
      Payload::ComponentAliasSection(section) => {
        for alias in section.clone().into_iter().map_while(Result::ok) {
          self.alias(&alias);
        }
      }
      Payload::InstanceSection(section) => {
        for instance in section.clone().into_iter().map_while(Result::ok) {
          if let Instance::Instantiate { module_index, .. } = instance {
            let memories = self.frame().and_then(|frame| frame.modules.get(module_index as usize).copied());
            self.step(Step::CoreInstance { memories: memories.unwrap_or_default() });
          }
        }
      }
      Payload::ComponentInstanceSection(section) => {
        for instance in section.clone().into_iter().map_while(Result::ok) {
          self.instance(&instance);
        }
      }
      Payload::ComponentCanonicalSection(section) => {
        for function in section.clone().into_iter().map_while(Result::ok) {
          self.canonical(&function);
        }
      }
      Payload::ComponentExportSection(section) => {
        for export in section.clone().into_iter().map_while(Result::ok) {
          let Some(frame) = self.frame() else { continue };
          frame.component.exports += 1;
          frame.exports.push(export.name.0);
          if export.kind == ComponentExternalKind::Instance {
            frame.component.exported_instances.push(export.index);
            frame.component.steps.push(Step::Instance(export.index));
          }
        }
      }
      _ => {}
    }
    self.measure();
    Ok(())
  }

  /// Measures the types that have come into the component's index space.
  fn measure(&mut self) {
    let (Some(Frame::Component(frame)), Some(scope)) = (self.frames.last_mut(), self.scopes.last_mut()) else { return };
    let Some(types) = self.validator.types(0) else { return };
    for index in scope.types.len()..types.component_type_count() as usize {
      let id = types.component_any_type_at(crate::index::index(index));
      frame.component.resources += usize::from(matches!(id, ComponentAnyTypeId::Resource(_)));
      scope.types.push(self.measures.ty(types, id));
    }
  }

  fn frame(&mut self) -> Option<&mut ComponentFrame<'a>> {
    match self.frames.last_mut() {
      Some(Frame::Component(frame)) => Some(frame),
      _ => None,
    }
  }

  fn step(&mut self, step: Step<'a>) {
    if let Some(frame) = self.frame() {
      frame.component.steps.push(step);
    }
  }

  fn end(&mut self) {
    match self.frames.pop() {
      Some(Frame::Component(frame)) => {
        self.scopes.pop();
        let place = self.done.len();
        self.done.push(frame.component);
        if let Some(outer) = self.frame() {
          outer.components.push(place);
        }
      }
      Some(Frame::Module { memories }) => {
        if let Some(outer) = self.frame() {
          outer.modules.push(memories);
        }
      }
      None => {}
    }
  }

  fn alias(&mut self, alias: &ComponentAlias<'a>) {
    match alias {
      ComponentAlias::InstanceExport { kind: ComponentExternalKind::Instance, instance_index, .. } => {
        self.step(Step::Instance(*instance_index));
      }
      ComponentAlias::Outer { kind, count, index } => {
        let outer = self.frames.iter().rev().filter_map(|frame| match frame {
          Frame::Component(frame) => Some(frame),
          Frame::Module { .. } => None,
        });
        let outer = outer.skip(*count as usize).map(|frame| (&frame.components, &frame.modules)).next();
        let component = outer.and_then(|(components, _)| components.get(*index as usize).copied());
        let module = outer.and_then(|(_, modules)| modules.get(*index as usize).copied());
        let Some(frame) = self.frame() else { return };
        match kind {
          ComponentOuterAliasKind::Component => frame.components.extend(component),
          ComponentOuterAliasKind::CoreModule => frame.modules.extend(module),
          ComponentOuterAliasKind::Type | ComponentOuterAliasKind::CoreType => {}
        }
      }
      ComponentAlias::InstanceExport { .. } | ComponentAlias::CoreInstanceExport { .. } => self.step(Step::Work(1)),
    }
  }

  fn instance(&mut self, instance: &ComponentInstance<'a>) {
    let Some(frame) = self.frame() else { return };
    let step = match instance {
      ComponentInstance::Instantiate { component_index, args } => {
        let Some(component) = frame.components.get(*component_index as usize).copied() else { return };
        let instances = args.iter().filter(|argument| argument.kind == ComponentExternalKind::Instance);
        let arguments = instances.map(|argument| (argument.name, argument.index)).collect();
        Step::Instantiate { component, arguments }
      }
      ComponentInstance::FromExports(exports) => {
        let instances = exports.iter().filter(|export| export.kind == ComponentExternalKind::Instance);
        Step::Bundle { items: exports.len(), instances: instances.map(|export| export.index).collect() }
      }
    };
    frame.component.steps.push(step);
  }

  fn canonical(&mut self, function: &CanonicalFunction) {
    let extent = match function {
      CanonicalFunction::Lift { type_index, .. } => self.item(ComponentExternalKind::Type, *type_index),
      CanonicalFunction::Lower { func_index, .. } => self.item(ComponentExternalKind::Func, *func_index),
      _ => None,
    };
    self.step(Step::Work(extent.unwrap_or(Extent::ONE).size));
  }
}
