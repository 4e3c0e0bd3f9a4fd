//! From the bytes of a component to what `js/wasm/open.js` makes a guest of: a plan, and core modules, which have the
//! plugin's limits.

use std::sync::Arc;

use component_plan::ModuleRole;
use component_plan::Plan;
use component_plan::PlanError;
use component_plan::Planned;
use component_plan::Start;
use deno_core::serde_v8;
use deno_core::v8;
use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use v8_bridge::Exception;
use v8_bridge::object::ObjectBuilder;

use crate::cache;
use crate::host::Guests;
use crate::load;
use crate::load::Growth;
use crate::load::Limits;
use crate::rewriting::growth;

/// As [`crate::guest_bytes::load`], for a component.
///
/// # Errors
///
/// `ERR_WASM_COMPONENT` for what is not supported, `ERR_WASM_COMPILE` when it is not valid, `ERR_WASM_LIMIT` when it
/// has more than it may.
pub(super) fn load<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  guests: &Guests,
  name: &str,
  bytes: Vec<u8>,
  limits: Limits,
) -> Result<v8::Local<'s, v8::Object>, Exception> {
  let planned = plan(guests, name, bytes, limits)?;
  let Planned { plan, modules } = &*planned;
  let mut limits = share(name, plan, limits)?;
  let mut compiled = Vec::with_capacity(modules.len());
  for (module, bytes) in plan.modules.iter().zip(modules) {
    // What only forwards calls runs no longer than what it calls. Adapters loop over what guests say.
    let own = match module.role {
      ModuleRole::Code | ModuleRole::Fused => limits,
      _ => Limits { has_deadline: false, call_depth: None, ..limits },
    };
    let found = load::compile_within(scope, guests, name, bytes.into(), own)?;
    limits.host_spent = limits.host_spent.saturating_add(found.0.description.host_bytes());
    compiled.push(found);
  }
  let mut imports: Vec<v8::Local<'s, v8::Value>> = Vec::new();
  for import in &plan.imports {
    let full = &import.name.full;
    for module in [full.as_str()].into_iter().chain(full.split_once('@').map(|(name, _)| name)) {
      let mut object = ObjectBuilder::new(scope);
      object.text("module", module).text("kind", "interface");
      imports.push(object.build().into());
    }
  }
  let plan = serde_v8::to_v8(scope, plan).map_err(|error| OpFailure::no_plan(name, error.to_string()))?;
  // Nothing fails any more: what is kept has a guest that has it forgotten.
  let loaded = compiled.into_iter().map(|found| load::describe(scope, guests, name, found).into()).collect::<Vec<_>>();
  let mut object = ObjectBuilder::new(scope);
  object.text("name", name).text("world", "component").value("plan", plan).values("modules", &loaded);
  object.values("imports", &imports).number("memoryPages", limits.memory_pages as u32);
  // How much more each of its memories may have than it starts with.
  object.number("memoryGrowth", limits.growth.memory_pages.min(limits.memory_pages) as u32);
  Ok(object.build())
}

/// The limits of its core modules: memories of all their instances share one, and so do tables.
fn share(name: &str, plan: &Plan, limits: Limits) -> Result<Limits, OpFailure> {
  let (memories, tables) = plan.starts();
  let growth = |what: &str, start: Start, most: u64, limit: &str| {
    growth(start.count, start.size, most).ok_or_else(|| {
      let error = format!("its {what} start with {} together and may have at most {most}", start.size);
      OpFailure::module_over_limit(name, error, limit)
    })
  };
  let growth = Growth {
    memory_pages: growth("memories, in pages of 64 KiB,", memories, limits.memory_pages, "memory")?,
    table_elements: growth("tables, in elements,", tables, limits.table_elements, "table")?,
  };
  Ok(Limits { growth, ..limits })
}

fn plan(guests: &Guests, name: &str, bytes: Vec<u8>, limits: Limits) -> Result<Arc<Planned>, OpFailure> {
  let mut bounds = component_plan::Limits::default();
  bounds.bytes = usize::try_from(limits.module_bytes).unwrap_or(usize::MAX);
  bounds.modules = cache::MAX_MODULES;
  bounds.plan_bytes = usize::try_from(limits.host_bytes / 8).unwrap_or(usize::MAX);
  cache::plan(guests.folder(), bytes, &bounds).map_err(|error| {
    let (code, hint) = match &error {
      PlanError::TooLarge { .. } => (ErrorCode::WasmLimit, ""),
      PlanError::UnsupportedInterface { .. } | PlanError::Unsupported { .. } => {
        (ErrorCode::WasmComponent, "; build it for WASI 0.2 and without async")
      }
      _ => (ErrorCode::WasmCompile, ""),
    };
    OpFailure::new(code, format!("cannot open plugin {name}: {error}{hint}"))
  })
}
