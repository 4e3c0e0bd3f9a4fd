//! Where the modules of a script come from: files, by relative or absolute paths.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;

use deno_core::ModuleLoadOptions;
use deno_core::ModuleLoadReferrer;
use deno_core::ModuleLoadResponse;
use deno_core::ModuleLoader;
use deno_core::ModuleResolveResponse;
use deno_core::ModuleSource;
use deno_core::ModuleSourceCode;
use deno_core::ModuleSpecifier;
use deno_core::ModuleType;
use deno_core::RequestedModuleType;
use deno_core::ResolutionKind;
use deno_core::SourceCodeCacheInfo;
use deno_core::resolve_import;
use deno_error::JsErrorBox;
use deno_permissions::PermissionState;
use deno_permissions::PermissionsContainer;
use plugbay_core::GrantedBy;
use plugbay_core::Need;
use plugbay_core::OpFailure;

use crate::integrity::Integrity;
use crate::on_demand;

/// The hashes that the bytes of modules must have, where that is said.
#[derive(Clone, Default)]
pub(crate) struct Pinned(Rc<RefCell<HashMap<ModuleSpecifier, Integrity>>>);

impl Pinned {
  /// From now on a module has one of these hashes, or is not loaded.
  pub(crate) fn pin(&self, specifier: ModuleSpecifier, integrity: Integrity) {
    self.0.borrow_mut().insert(specifier, integrity);
  }

  fn check(&self, specifier: &ModuleSpecifier, bytes: &[u8]) -> Result<(), OpFailure> {
    self.0.borrow().get(specifier).map_or(Ok(()), |integrity| integrity.check_module(specifier.as_str(), bytes))
  }
}

/// Loads modules from files.
pub(crate) struct FileModules {
  permissions: PermissionsContainer,
  by: GrantedBy,
  pinned: Pinned,
  /// What was loaded: lines of other files are not shown in errors, whatever a script says that its code is from.
  loaded: RefCell<HashSet<ModuleSpecifier>>,
}

impl FileModules {
  pub(crate) fn new(permissions: PermissionsContainer, by: GrantedBy, pinned: Pinned) -> Self {
    Self { permissions, by, pinned, loaded: RefCell::default() }
  }

  /// A static import names a file in the source; a dynamic one may name any, so it needs leave to read.
  fn check(&self, specifier: &ModuleSpecifier, path: &Path, options: &ModuleLoadOptions) -> Result<(), JsErrorBox> {
    let granted = || matches!(self.permissions.query_read(Some(&path.to_string_lossy())), Ok(PermissionState::Granted));
    if !options.is_dynamic_import || granted() {
      return Ok(());
    }
    let advice = self.by.advice(&[Need::Read], &path.display().to_string());
    let message = format!("cannot import {specifier} dynamically: {advice}");
    Err(JsErrorBox::new("NotCapable", message))
  }
}

impl ModuleLoader for FileModules {
  fn resolve(&self, specifier: &str, referrer: &str, _kind: ResolutionKind) -> ModuleResolveResponse {
    if let Some(advice) = advice_for_scheme(specifier) {
      return Err(JsErrorBox::new("NotSupported", format!("cannot import {specifier:?} from {referrer}: {advice}")));
    }
    resolve_import(specifier, referrer).map_err(|error| {
      let bundle = "use a path that begins with ./, ../ or /; packages have to be bundled into a file first";
      JsErrorBox::type_error(format!("cannot import {specifier:?} from {referrer}: {error}; {bundle}"))
    })
  }

  fn load(
    &self,
    specifier: &ModuleSpecifier,
    referrer: Option<&ModuleLoadReferrer>,
    options: ModuleLoadOptions,
  ) -> ModuleLoadResponse {
    let from = referrer.map(|referrer| format!(" from {}", referrer.specifier)).unwrap_or_default();
    let Ok(path) = specifier.to_file_path() else {
      let message = format!("cannot load module {specifier}{from}: only files can be imported");
      return ModuleLoadResponse::Sync(Err(JsErrorBox::new("NotSupported", message)));
    };
    let checked = self.check(specifier, &path, &options);
    let loaded = checked.and_then(|()| load(specifier, &path, &from, &options.requested_module_type, &self.pinned));
    if loaded.is_ok() {
      self.loaded.borrow_mut().insert(specifier.clone());
    }
    ModuleLoadResponse::Sync(loaded)
  }

  fn get_code_cache(&self, specifier: &ModuleSpecifier, _source: &str) -> Option<SourceCodeCacheInfo> {
    on_demand::code(specifier.as_str())
  }

  fn code_cache_ready(
    &self,
    specifier: ModuleSpecifier,
    _hash: u64,
    _code: &[u8],
  ) -> Pin<Box<dyn Future<Output = ()>>> {
    tracing::debug!(%specifier, "compiled from its text: V8's flags are not those that its code was made with");
    Box::pin(async {})
  }

  fn get_source_mapped_source_line(&self, file_name: &str, line_number: usize) -> Option<String> {
    let specifier = ModuleSpecifier::parse(file_name).ok()?;
    if !self.loaded.borrow().contains(&specifier) {
      return None;
    }
    let source = std::fs::read_to_string(specifier.to_file_path().ok()?).ok()?;
    source.lines().nth(line_number).map(str::to_string)
  }
}

/// What to do instead of importing from elsewhere than files.
fn advice_for_scheme(specifier: &str) -> Option<&'static str> {
  let (scheme, _) = specifier.split_once(':')?;
  match scheme {
    "node" => Some(
      "there are no modules of Node here; what there is in their place is global, such as Deno.readTextFile, Deno.env, URL and crypto",
    ),
    "npm" | "jsr" => Some(
      "plugbay fetches no packages; bundle them into a file, for instance by `esbuild main.js --bundle --format=esm --outfile=bundle.js`",
    ),
    "http" | "https" => Some(
      "code is not taken from the web; download the file and import it by its path (await Deno.openPluginStreaming() opens WebAssembly plugins from the web)",
    ),
    _ => None,
  }
}

/// What to do with a file that is no JavaScript, by its name.
fn advice_for_file(path: &Path) -> Option<String> {
  match path.extension()?.to_str()? {
    "ts" | "tsx" | "mts" | "cts" | "jsx" => Some(
      "plugbay runs JavaScript; compile it first, for instance by `tsc`, or `esbuild main.ts --bundle --format=esm --outfile=main.js`"
        .to_string(),
    ),
    "so" | "dylib" | "dll" | "wasm" => {
      Some(format!("plugins are not imported; open it by Deno.openPlugin({:?})", path.display().to_string()))
    }
    _ => None,
  }
}

fn load(
  specifier: &ModuleSpecifier,
  path: &Path,
  from: &str,
  requested: &RequestedModuleType,
  pinned: &Pinned,
) -> Result<ModuleSource, JsErrorBox> {
  let failed = |error: io::Error| {
    let class = if error.kind() == io::ErrorKind::NotFound { "NotFound" } else { "Error" };
    JsErrorBox::new(class, format!("cannot load module {specifier}{from}: {error}"))
  };
  // A pipe or a device may have no end.
  if !std::fs::metadata(path).map_err(failed)?.is_file() {
    return Err(failed(io::Error::other("it is no file")));
  }
  if let Some(advice) = advice_for_file(path) {
    return Err(JsErrorBox::new("NotSupported", format!("cannot load module {specifier}{from}: {advice}")));
  }
  let code = std::fs::read_to_string(path).map_err(failed)?;
  let other = |failure: OpFailure| JsErrorBox::generic(format!("{} ({})", failure.message, failure.code));
  pinned.check(specifier, code.as_bytes()).map_err(other)?;
  let is_json = path.extension().is_some_and(|extension| extension == "json");
  let module_type = match (is_json, requested) {
    (true, RequestedModuleType::Json) => ModuleType::Json,
    (true, _) => {
      let message = format!("cannot load module {specifier}{from}: import JSON with {{ type: \"json\" }}");
      return Err(JsErrorBox::type_error(message));
    }
    (false, RequestedModuleType::None) => ModuleType::JavaScript,
    (false, _) => {
      let message =
        format!("cannot load module {specifier}{from}: it is JavaScript, and was imported as something else");
      return Err(JsErrorBox::type_error(message));
    }
  };
  // A byte order mark is not part of the source.
  let code = match code.strip_prefix('\u{feff}') {
    Some(code) => code.to_string(),
    None => code,
  };
  Ok(ModuleSource::new(module_type, ModuleSourceCode::String(code.into()), specifier, None))
}
