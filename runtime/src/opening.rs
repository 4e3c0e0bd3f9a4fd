//! The functions by which plugins are opened: of `js/plugin.js` and `js/wasm/open.js`.

use std::time::Duration;

use deno_core::url::Url;
use deno_core::v8;
use plugbay_core::OpFailure;
use v8_bridge::Arguments;
use v8_bridge::Exception;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::Value;
use v8_bridge::arguments::describe;
use v8_bridge::buffers;
use v8_bridge::exception;
use v8_bridge::functions::call_kept;
use v8_bridge::functions::keep_first;
use v8_bridge::object::ObjectBuilder;
use wasm_host::guest_bytes;
use wasm_host::load;
use wasm_host::load::Growth;
use wasm_host::load::Limits;
use wasm_host::streaming;

use crate::host::Host;
use crate::integrity::Integrity;
use crate::invoke::Plugin;
use crate::open;
use crate::open::Opened;
use crate::web;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("open", open_plugin);
  functions.add("openBytes", open_bytes);
  functions.add("openBytesLater", open_bytes_later);
  functions.add("openUrlLater", open_url_later);
  functions.add("setPluginManager", set_plugin_manager);
}

/// `open(path, limits, integrity, ofGuests)` → `{ rid, name, version, kind, ops }` of a native plugin; of a WebAssembly
/// module what `js/wasm/open.js` needs, with `world`.
fn open_plugin<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let path = arguments.get(0).to_rust_string_lossy(scope);
  let limits = limits(scope, arguments.get(1));
  let integrity = integrity(scope, arguments.get(2))?;
  let of_guests = arguments.get(3);
  let of_guests = of_guests.is_string().then(|| of_guests.to_rust_string_lossy(scope));
  let ops = v8::Object::new(scope);
  let opened = match open::open(scope, host, &path, ops, limits, &integrity, of_guests)? {
    Opened::Native(opened) => opened,
    Opened::Module(module) => return Ok(Some(module.into())),
  };
  host.publish_ops(scope);
  let mut object = ObjectBuilder::new(scope);
  object.number("rid", opened.rid).text("name", &opened.name).text("version", &opened.version);
  object.text("kind", "native").value("ops", ops.into());
  Ok(Some(object.build().into()))
}

/// `openBytes(name, limits, bytes, integrity)`: a module that the script has.
fn open_bytes<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let (name, limits, bytes) = module_arguments(scope, arguments)?;
  guest_bytes::load(scope, host, &name, bytes, limits).map(|module| Some(module.into()))
}

/// Name, limits and bytes of a module that the script has.
fn module_arguments<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
) -> Result<(String, Limits, Vec<u8>), Exception> {
  let name = arguments.get(0).to_rust_string_lossy(scope);
  let limits = limits(scope, arguments.get(1));
  let lent = buffers::lend(scope, arguments.get(2), "module")?;
  load::check_length(&name, lent.len as u64, limits)?;
  let bytes = match lent.len {
    0 => Vec::new(),
    // SAFETY: the bytes stay there while nothing of the script runs.
    len => unsafe { std::slice::from_raw_parts(lent.ptr, len) }.to_vec(),
  };
  integrity(scope, arguments.get(3))?.check(&name, &bytes)?;
  Ok((name, limits, bytes))
}

/// `openBytesLater(name, limits, bytes, integrity)` → a Promise of what `openBytes` gives; the bytes are copied at
/// once.
fn open_bytes_later<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let (name, limits, bytes) = module_arguments(scope, arguments)?;
  Ok(Some(streaming::open(scope, host, name, limits, async |_| Ok(bytes))?))
}

/// `openUrlLater(name, limits, url, integrity)` → a Promise of the same for a module from the web.
fn open_url_later<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let name = arguments.get(0).to_rust_string_lossy(scope);
  let limits = limits(scope, arguments.get(1));
  let url = arguments.get(2).to_rust_string_lossy(scope);
  let url = Url::parse(&url).map_err(|error| OpFailure::no_url(&name, &url, error))?;
  let granted = web::Granted { permissions: host.permissions(), by: host.granted_by() };
  let client = host.http_client()?;
  let integrity = integrity(scope, arguments.get(3))?;
  let read = async move |name: &str| {
    let bytes = web::download(client, name, url, granted, limits).await?;
    integrity.check(name, &bytes)?;
    Ok(bytes)
  };
  Ok(Some(streaming::open(scope, host, name, limits, read)?))
}

/// `options.integrity`.
pub(crate) fn integrity(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> Result<Integrity, OpFailure> {
  match value.is_undefined() {
    true => Ok(Integrity::default()),
    false if value.is_string() => Integrity::parse(&value.to_rust_string_lossy(scope)),
    false => Err(Integrity::malformed(&describe(scope, value))),
  }
}

/// What a module may have, as `readOptions` of `js/options.js` gives it.
pub(crate) fn limits<'s>(scope: Scope<'_, 's, '_>, limits: Value<'s>) -> Limits {
  let limit = |key: &str| {
    let key = v8::String::new(scope, key)?;
    let value = v8::Local::<v8::Object>::try_from(limits).ok()?.get(scope, key.into())?;
    Some(v8::Local::<v8::Number>::try_from(value).ok()?.value() as u64)
  };
  let deadline = Duration::from_millis(limit("deadline").unwrap_or_default());
  Limits {
    has_deadline: !deadline.is_zero(),
    deadline,
    call_depth: limit("stack").filter(|&depth| depth > 0).and_then(|depth| u32::try_from(depth).ok()),
    memory_pages: limit("memory").unwrap_or_default(),
    table_elements: limit("table").unwrap_or_default(),
    growth: Growth::WHOLE,
    module_bytes: limit("module").unwrap_or_default(),
    host_bytes: limit("host").unwrap_or_default(),
    host_spent: 0,
  }
}

/// What Rust has done with plugins, as a script would: the first argument is an action, one of those in
/// `js/plugin.js`, then come a path, an id and what else it takes. A plugin comes back where there is one. An error is
/// its text.
pub(crate) fn manage(scope: Scope<'_, '_, '_>, host: &Host, arguments: &[&str]) -> Result<Option<Plugin>, String> {
  exception::caught(scope, |scope| manage_as_script(scope, host, arguments))
}

fn manage_as_script(scope: Scope<'_, '_, '_>, host: &Host, arguments: &[&str]) -> Option<Option<Plugin>> {
  let mut texts = Vec::new();
  for argument in arguments {
    texts.push(v8::String::new(scope, argument)?.into());
  }
  let plugin = call_kept(scope, &host.js.plugin_manager, &texts)?;
  let Ok(plugin) = v8::Local::<v8::Object>::try_from(plugin) else { return Some(None) };
  let text = |key: &str| {
    let key = v8::String::new(scope, key)?;
    Some(plugin.get(scope, key.into())?.to_rust_string_lossy(scope))
  };
  let runtime = host.mailbox.runtime;
  Some(Some(Plugin { rid: text("rid")?.parse().ok()?, runtime, name: text("name")?, version: text("version")? }))
}

/// `setPluginManager(manage)`: for bootstrap. `manage(action, path, id, …)` gives what is known of a plugin, which no
/// script has.
fn set_plugin_manager<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_first(scope, &host.js.plugin_manager, arguments.get(0));
  Ok(None)
}
