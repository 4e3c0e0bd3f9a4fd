//! The folder of one runtime: what it holds of modules, in the words of this crate.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use component_plan::Limits;
use component_plan::PLAN_VERSION;
use component_plan::Plan;
use component_plan::Planned;
use deno_core::v8;
use module_cache::Folder as Files;
use module_cache::Key;
use module_cache::Stored;
use wasm_rewrite::Options;

use crate::description::Description;

/// Tells the folders of the runtimes of a process apart, also where several have one path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FolderId(u64);

/// Where a runtime keeps compiled modules for other processes.
#[derive(Debug)]
pub struct Folder {
  id: FolderId,
  files: Arc<Files>,
  /// The flags of V8, by which its code differs.
  v8_flags: Vec<String>,
}

/// The folder in the one at `path`, for scripts that may write where `is_writable` says. `None` when it cannot be used:
/// its code is run, so it must be the user's alone, and nothing that a script may write.
pub fn open(path: &Path, is_writable: impl Fn(&Path) -> bool) -> Option<Arc<Files>> {
  let files = Files::open(path);
  let files = files
    .inspect_err(
      |error| tracing::warn!(target: "plugbay", "compiled modules are not kept in {}: {error}", path.display()),
    )
    .ok()?;
  if is_writable(files.path()) {
    tracing::debug!(target: "plugbay", "compiled modules are not kept in {}: the script may write there", path.display());
    return None;
  }
  Some(Arc::new(files))
}

impl Folder {
  /// A runtime's own view of the folder, in a process with these flags of V8.
  pub fn of(files: Arc<Files>, v8_flags: Vec<String>) -> Self {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    Self { id: FolderId(NEXT.fetch_add(1, Ordering::Relaxed)), files, v8_flags }
  }

  pub(super) fn id(&self) -> FolderId {
    self.id
  }

  /// What is kept of a module, and its description.
  pub(super) fn read(&self, module: &[u8], options: Options) -> Option<(Stored, Description)> {
    let key = self.key(module, options);
    let path = self.files.path_of(&key);
    let found = match self.files.read(&key) {
      Ok(None) => return None,
      Ok(Some(stored)) => serde_json::from_slice(stored.description()).map(|description| (stored, description)).ok(),
      Err(error) => {
        tracing::debug!(target: "plugbay", "{}: {error}", path.display());
        None
      }
    };
    match found {
      Some(_) => tracing::debug!(target: "plugbay", "a compiled module is in {}", path.display()),
      None => tracing::debug!(target: "plugbay", "{} is damaged and will be written anew", path.display()),
    }
    found
  }

  /// How much code is kept of a module; `None` where nothing of use is.
  pub(super) fn length_of_code(&self, module: &[u8], options: Options) -> Option<usize> {
    Some(self.files.read(&self.key(module, options)).ok()??.code().len())
  }

  /// Keeps a module: as it came, as V8 has it, and V8's code.
  pub(super) fn write(
    &self,
    module: &[u8],
    options: Options,
    description: &Description,
    rewritten: &[u8],
    code: &[u8],
  ) {
    let description = serde_json::to_vec(description).unwrap_or_default();
    if let Err(error) = self.files.write(&self.key(module, options), &description, rewritten, code) {
      tracing::debug!(target: "plugbay", "a compiled module cannot be kept: {error}");
    }
  }

  /// What is kept of a component.
  pub(super) fn read_plan(&self, component: &[u8], limits: &Limits) -> Option<Planned> {
    let key = plan_key(component, limits);
    let stored = self.files.read(&key).ok()??;
    let plan = Plan::from_json(std::str::from_utf8(stored.description()).ok()?)?;
    let mut rest = stored.module();
    let mut modules = Vec::with_capacity(plan.modules.len());
    for module in &plan.modules {
      let (bytes, after) = rest.split_at_checked(module.size as usize)?;
      modules.push(bytes.to_vec());
      rest = after;
    }
    tracing::debug!(target: "plugbay", "a component's plan is in {}", self.files.path_of(&key).display());
    rest.is_empty().then_some(Planned { plan, modules })
  }

  /// Keeps a component's plan and core modules.
  pub(super) fn write_plan(&self, component: &[u8], limits: &Limits, planned: &Planned) {
    let (plan, modules) = (planned.plan.to_json(), planned.modules.concat());
    if let Err(error) = self.files.write(&plan_key(component, limits), plan.as_bytes(), &modules, &[]) {
      tracing::debug!(target: "plugbay", "a component's plan cannot be kept: {error}");
    }
  }

  fn key(&self, module: &[u8], options: Options) -> Key {
    let version = env!("CARGO_PKG_VERSION");
    Key::new(&format!("{version} {} {:?} {options:?} ", v8::V8::get_version(), self.v8_flags), module)
  }
}

fn plan_key(component: &[u8], limits: &Limits) -> Key {
  let version = env!("CARGO_PKG_VERSION");
  Key::new(&format!("{version} component {PLAN_VERSION} {limits:?} "), component)
}
