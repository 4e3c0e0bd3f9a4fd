//! Where the modules of a script come from: files, by relative or absolute paths.

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
use deno_core::resolve_import;
use deno_error::JsErrorBox;

/// Loads modules from files.
pub(crate) struct FileModules;

impl ModuleLoader for FileModules {
  fn resolve(&self, specifier: &str, referrer: &str, _kind: ResolutionKind) -> ModuleResolveResponse {
    resolve_import(specifier, referrer).map_err(|error| {
      JsErrorBox::type_error(format!(
        "cannot import {specifier:?} from {referrer}: {error}; use a path that begins with ./, ../ or /"
      ))
    })
  }

  fn load(
    &self,
    specifier: &ModuleSpecifier,
    referrer: Option<&ModuleLoadReferrer>,
    options: ModuleLoadOptions,
  ) -> ModuleLoadResponse {
    let from = referrer.map(|referrer| format!(" from {}", referrer.specifier)).unwrap_or_default();
    ModuleLoadResponse::Sync(load(specifier, &from, &options.requested_module_type))
  }
}

fn load(specifier: &ModuleSpecifier, from: &str, requested: &RequestedModuleType) -> Result<ModuleSource, JsErrorBox> {
  let Ok(path) = specifier.to_file_path() else {
    let message = format!("cannot load module {specifier}{from}: only files can be imported");
    return Err(JsErrorBox::new("NotSupported", message));
  };
  let code = std::fs::read_to_string(&path).map_err(|error| {
    let class = if error.kind() == std::io::ErrorKind::NotFound { "NotFound" } else { "Error" };
    JsErrorBox::new(class, format!("cannot load module {specifier}{from}: {error}"))
  })?;
  let is_json = path.extension().is_some_and(|extension| extension == "json");
  let module_type = match (is_json, requested) {
    (true, RequestedModuleType::Json) => ModuleType::Json,
    (true, _) => {
      let message = format!("cannot load module {specifier}{from}: import JSON with {{ type: \"json\" }}");
      return Err(JsErrorBox::type_error(message));
    }
    _ => ModuleType::JavaScript,
  };
  // A byte order mark is not part of the source.
  let code = match code.strip_prefix('\u{feff}') {
    Some(code) => code.to_string(),
    None => code,
  };
  Ok(ModuleSource::new(module_type, ModuleSourceCode::String(code.into()), specifier, None))
}
