//! The functions that a native plugin may call. Each looks up who calls and refuses a number it does not know; none
//! unwinds.

use std::cell::Cell;
use std::ffi::c_void;
use std::rc::Rc;

use plugbay_core::OpFailure;
use plugbay_core::plugin_log;
use plugbay_ops::ResourceId;
use plugin_abi as abi;

use super::native_op::Definition;
use super::native_op::NativeOp;
use super::plugin::NativePlugin;
use super::report::slice;
use super::report::take_report;
use super::report::write_failure;
use super::resource::PluginResource;
use super::services;

/// The functions that every native plugin gets.
pub static HOST_TABLE: abi::HostTable = abi::HostTable {
  size: size_of::<abi::HostTable>(),
  abi_version: abi::ABI_VERSION,
  reserved: 0,
  register_op,
  fail,
  resource_add,
  resource_get,
  resource_close,
  spawn_blocking,
  log,
  current,
  request_service: Some(request_service),
};

impl NativePlugin {
  /// Runs the plugin's init, which registers its ops.
  ///
  /// # Errors
  ///
  /// What the init failed with. What it registered until then is for the caller to close.
  pub fn initialise(&self) -> Result<(), OpFailure> {
    self.run_init(&HOST_TABLE)
  }
}

/// # Safety
///
/// As [`abi::HostTable::register_op`].
unsafe extern "C" fn register_op(instance: u64, definition: *const abi::OpDefinition) -> u32 {
  if definition.is_null() {
    return 0;
  }
  let plugin = NativePlugin::of_instance(instance);
  // SAFETY: the caller's promise.
  let definition = unsafe { Definition::read(definition) };
  match (plugin, definition) {
    (Some(plugin), Ok(definition)) => {
      // SAFETY: the caller's promise, and `plugin` is who calls.
      let registered = unsafe { try_register(&definition, &plugin) };
      registered.unwrap_or_else(|failure| {
        plugin.set_failure(failure);
        0
      })
    }
    (Some(plugin), Err(size)) => {
      plugin.set_failure(OpFailure::abi_definition(&plugin.label.name, size));
      0
    }
    (None, definition) => {
      if let Ok(definition) = definition {
        definition.drop_data();
      }
      0
    }
  }
}

/// # Safety
///
/// As [`register_op`].
unsafe fn try_register(definition: &Definition<'_>, plugin: &Rc<NativePlugin>) -> Result<u32, OpFailure> {
  // SAFETY: the caller's promise.
  let op = unsafe { NativeOp::from_raw(definition, plugin.clone(), &HOST_TABLE) };
  let Ok(name) = std::str::from_utf8(definition.name) else {
    return Err(OpFailure::op_name_not_utf8(&plugin.label.name));
  };
  let op = op.map_err(|fault| OpFailure::abi_op(&plugin.label.name, name, fault))?;
  let Some(host) = plugin.host() else {
    return Err(OpFailure::outlives_runtime());
  };
  host.register_op(name, &plugin.label, Rc::new(op))
}

/// # Safety
///
/// As [`abi::HostTable::fail`].
unsafe extern "C" fn fail(instance: u64, report: *mut abi::ErrorReport) {
  if report.is_null() {
    return;
  }
  // SAFETY: the caller gives the report away.
  let failure = unsafe { take_report(report.read()) };
  if let Some(plugin) = NativePlugin::of_instance(instance) {
    plugin.set_failure(failure);
  }
}

/// # Safety
///
/// As [`abi::HostTable::resource_add`].
unsafe extern "C" fn resource_add(
  instance: u64,
  name: abi::Slice,
  data: *mut c_void,
  drop: Option<unsafe extern "C" fn(*mut c_void)>,
) -> ResourceId {
  let added = NativePlugin::of_instance(instance).and_then(|plugin| {
    let host = plugin.host()?;
    // SAFETY: the caller's promise: the name is valid until this returns.
    let name = String::from_utf8_lossy(unsafe { slice(&name) }).into_owned();
    host.add_resource(plugin.label.rid.get(), &mut || {
      Rc::new(PluginResource { name: name.clone(), instance, data, drop, _plugin: plugin.clone() })
    })
  });
  if let (None, Some(drop)) = (added, drop) {
    // SAFETY: the data was given to the host, which drops it once.
    unsafe { drop(data) };
  }
  added.unwrap_or(ResourceId::MAX)
}

/// # Safety
///
/// As [`abi::HostTable::resource_get`].
unsafe extern "C" fn resource_get(instance: u64, rid: ResourceId) -> *mut c_void {
  let resource = own_resource(instance, rid);
  resource.map_or(std::ptr::null_mut(), |resource| resource.data)
}

/// # Safety
///
/// As [`abi::HostTable::resource_close`].
unsafe extern "C" fn resource_close(instance: u64, rid: ResourceId) -> u32 {
  // Held until the table has let go of it: what it drops may call the host.
  let Some(_resource) = own_resource(instance, rid) else { return 0 };
  let Some(host) = NativePlugin::of_instance(instance).and_then(|plugin| plugin.host()) else { return 0 };
  host.close_resource(rid).into()
}

/// The resource of a number, if `instance` added it.
fn own_resource(instance: u64, rid: ResourceId) -> Option<Rc<PluginResource>> {
  let plugin = NativePlugin::of_instance(instance)?;
  let resource = plugin.host()?.resource(rid)?;
  (resource.instance == instance).then_some(resource)
}

/// # Safety
///
/// As [`abi::HostTable::spawn_blocking`].
unsafe extern "C" fn spawn_blocking(
  instance: u64,
  function: unsafe extern "C" fn(*mut c_void),
  data: *mut c_void,
) -> u32 {
  // SAFETY: the caller's promise.
  unsafe { NativePlugin::spawn_job(instance, function, data) }.into()
}

/// # Safety
///
/// As [`abi::HostTable::log`].
unsafe extern "C" fn log(instance: u64, level: u32, message: abi::Slice) {
  // SAFETY: the caller's promise: the message is valid until this returns.
  let message = String::from_utf8_lossy(unsafe { slice(&message) });
  let name = NativePlugin::name_of_instance(instance);
  plugin_log::write(name.as_deref().unwrap_or("a plugin that is closed"), level, &message);
}

/// # Safety
///
/// As [`abi::HostTable::request_service`].
unsafe extern "C" fn request_service(instance: u64, request: abi::Slice, outcome: *mut abi::Outcome) {
  let (library, services) = match NativePlugin::services_of_instance(instance) {
    Some(found) => found,
    // SAFETY: the caller's promise: the outcome is its own.
    None => return write_failure(unsafe { &mut *outcome }, &OpFailure::service_failed("the plugin is closed")),
  };
  // SAFETY: the caller's promise: the request is valid until this returns, and the outcome is its own.
  let (request, outcome) = unsafe { (slice(&request), &mut *outcome) };
  services::begin(&*services, library, request, outcome);
}

thread_local! {
  static CURRENT: Cell<u64> = const { Cell::new(0) };
}

/// # Safety
///
/// None: as [`abi::HostTable::current`].
pub unsafe extern "C" fn current() -> *mut u64 {
  CURRENT.with(Cell::as_ptr)
}
