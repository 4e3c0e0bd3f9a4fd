//! What one runtime knows of its plugins: the op table, the calls under way, the open plugins and their resources.

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::rc::Weak;

use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::v8;
use deno_permissions::PermissionsContainer;
use plugbay_core::GrantedBy;
use plugbay_core::OpFailure;
use plugbay_native::NativeHost;
use plugbay_native::PluginResource;
use plugbay_ops::Answer;
use plugbay_ops::Encoding;
use plugbay_ops::OpEntry;
use plugbay_ops::OpId;
use plugbay_ops::OpSource;
use plugbay_ops::OpTable;
use plugbay_ops::OpTarget;
use plugbay_ops::Outcome;
use plugbay_ops::PluginLabel;
use plugbay_ops::Target;
use plugin_abi::OwnedBuffer;
use tokio::runtime::Handle;

use crate::in_flight::InFlight;
use crate::js_side::JsSide;

/// Gives JavaScript the functions of ops that it does not know of yet.
type Show = fn(&mut v8::PinScope<'_, '_>, &Host);

/// The host of a runtime's plugins. It lives longer than the isolate, whose functions point to it.
pub struct Host {
  /// The ops.
  pub table: OpTable,
  /// Calls and jobs that are under way.
  pub in_flight: InFlight,
  pub(crate) js: JsSide,
  show: Show,
  this: Weak<Host>,
  op_state: Rc<RefCell<OpState>>,
  tokio: Handle,
  plugins: RefCell<BTreeMap<ResourceId, OpenPlugin>>,
  /// The plugins of the resources that plugins added.
  owners: RefCell<HashMap<ResourceId, ResourceId>>,
  /// Ops that were registered and that JavaScript does not know of yet.
  new_ops: RefCell<Vec<Rc<OpEntry>>>,
  has_new_ops: Cell<bool>,
  /// Ops that were closed and that `js/dispatch.js` may still know of.
  closed_ops: RefCell<Vec<OpId>>,
}

/// What closing a plugin takes away.
struct OpenPlugin {
  label: Rc<PluginLabel>,
  /// What it added with `resource_add` and is open, in that order.
  resources: BTreeSet<ResourceId>,
  /// `plugin.ops`.
  ops_object: v8::Global<v8::Object>,
}

impl Host {
  pub(crate) fn new(op_state: Rc<RefCell<OpState>>, tokio: Handle, show: Show) -> Rc<Self> {
    let tracker = op_state.borrow().external_ops_tracker.clone();
    let host = Rc::new_cyclic(|this| Self {
      this: this.clone(),
      table: OpTable::default(),
      in_flight: InFlight::new(tracker),
      js: JsSide::default(),
      show,
      op_state,
      tokio,
      plugins: RefCell::default(),
      owners: RefCell::default(),
      new_ops: RefCell::default(),
      has_new_ops: Cell::new(false),
      closed_ops: RefCell::default(),
    });
    let label = PluginLabel::new("plugbay");
    host
      .table
      .register("ops", &label, Rc::new(ListOps(host.weak())))
      .expect("the first op of an empty table has a name of its own");
    host
  }

  /// Itself, for what may outlive it.
  pub fn weak(&self) -> Weak<Self> {
    self.this.clone()
  }

  /// As native plugins see it.
  pub fn as_native_host(&self) -> Rc<dyn NativeHost> {
    self.this.upgrade().expect("whoever calls it holds it")
  }

  /// Its event loop, and threads for what blocks.
  pub fn tokio(&self) -> &Handle {
    &self.tokio
  }

  /// What deno_core's extensions have in the runtime.
  pub fn op_state(&self) -> &RefCell<OpState> {
    &self.op_state
  }

  /// What the script may do.
  pub fn permissions(&self) -> PermissionsContainer {
    self.op_state.borrow().borrow::<PermissionsContainer>().clone()
  }

  /// Who says what the script may do.
  pub fn granted_by(&self) -> GrantedBy {
    self.op_state.borrow().try_borrow::<GrantedBy>().cloned().unwrap_or_default()
  }

  /// A new plugin that has no ops yet; its label has its resource id.
  pub fn add_plugin(&self, label: &Rc<PluginLabel>, ops_object: v8::Global<v8::Object>) -> ResourceId {
    let handle = PluginHandle { rid: label.rid.clone(), host: self.weak() };
    let rid = self.op_state.borrow_mut().resource_table.add(handle);
    label.rid.set(rid);
    let plugin = OpenPlugin { label: label.clone(), resources: BTreeSet::new(), ops_object };
    self.plugins.borrow_mut().insert(rid, plugin);
    rid
  }

  /// Puts an op of an open plugin into the table.
  ///
  /// # Errors
  ///
  /// As [`OpTable::register`], and `ERR_PLUGIN_CLOSED`.
  pub fn register_op(&self, name: &str, label: &Rc<PluginLabel>, target: Target) -> Result<Rc<OpEntry>, OpFailure> {
    // A refused op is dropped last, when nothing is borrowed: that runs code of its plugin.
    let _dropped_last = target.clone();
    self.check_open(label, || format!("op {name:?}"))?;
    let entry = self.table.register(name, label, target)?;
    // JavaScript makes the function of a guest's op itself; one that answers requests has none.
    if entry.encoding != Encoding::Guest && !entry.encoding.is_of_servers() {
      self.new_ops.borrow_mut().push(entry.clone());
      self.has_new_ops.set(true);
    }
    Ok(entry)
  }

  /// Puts ops of an open plugin into the table, whose functions JavaScript makes itself.
  ///
  /// # Errors
  ///
  /// As [`OpTable::register_block`], and `ERR_PLUGIN_CLOSED`.
  pub fn register_block(&self, label: &Rc<PluginLabel>, source: Rc<dyn OpSource>) -> Result<Range<OpId>, OpFailure> {
    self.check_open(label, || "ops".to_string())?;
    self.table.register_block(label, source)
  }

  fn check_open(&self, label: &PluginLabel, what: impl Fn() -> String) -> Result<(), OpFailure> {
    if self.is_open_plugin(label.rid.get()) {
      return Ok(());
    }
    Err(OpFailure::closed_for_registering(&label.name, what()))
  }

  /// Makes ops that were registered lately callable as properties of `plugin.ops`.
  #[inline]
  pub fn publish_ops(&self, scope: &mut v8::PinScope<'_, '_>) {
    if self.has_new_ops() {
      (self.show)(scope, self);
    }
  }

  /// Ops that were registered since the last call, each with the object that shows it to scripts.
  pub(crate) fn take_new_ops(&self) -> Vec<(Rc<OpEntry>, v8::Global<v8::Object>)> {
    if !self.has_new_ops.take() {
      return Vec::new();
    }
    let plugins = self.plugins.borrow();
    let with_object = |entry: Rc<OpEntry>| {
      let object = plugins.get(&entry.plugin.rid.get())?.ops_object.clone();
      Some((entry, object))
    };
    self.new_ops.take().into_iter().filter_map(with_object).collect()
  }

  /// The label of an open plugin.
  ///
  /// # Errors
  ///
  /// `ERR_PLUGIN_CLOSED` when it is closed.
  pub fn label_of(&self, rid: ResourceId) -> Result<Rc<PluginLabel>, OpFailure> {
    let plugins = self.plugins.borrow();
    plugins.get(&rid).map(|plugin| plugin.label.clone()).ok_or_else(|| OpFailure::closed_for_registering(rid, "ops"))
  }

  /// The object that shows a plugin's ops to scripts; `None` when it is closed.
  pub fn ops_object(&self, label: &PluginLabel) -> Option<v8::Global<v8::Object>> {
    self.plugins.borrow().get(&label.rid.get()).map(|plugin| plugin.ops_object.clone())
  }

  /// What makes the functions of a guest's ops, by their names.
  pub fn set_function_maker(&self, rid: ResourceId, make: v8::Global<v8::Function>) {
    self.js.function_makers.borrow_mut().insert(rid, make);
  }

  /// What [`Host::set_function_maker`] has set.
  pub fn function_maker(&self, rid: ResourceId) -> Option<v8::Global<v8::Function>> {
    self.js.function_makers.borrow().get(&rid).cloned()
  }

  /// The function of a guest's op, which was made at once.
  pub fn set_function(&self, op: OpId, function: v8::Global<v8::Value>) {
    self.js.typed_functions.borrow_mut().insert(op, function);
  }

  /// `js/dispatch.js` has learned of an op that is closed.
  pub(crate) fn forget_later(&self, op: OpId) {
    self.closed_ops.borrow_mut().push(op);
  }

  /// Ops that were closed since the last call.
  pub(crate) fn take_closed_ops(&self) -> Vec<OpId> {
    self.closed_ops.take()
  }

  /// Whether there are ops that JavaScript does not know of yet.
  #[inline]
  pub fn has_new_ops(&self) -> bool {
    self.has_new_ops.get()
  }

  /// Whether there is an open plugin of that number.
  pub fn is_open_plugin(&self, rid: ResourceId) -> bool {
    self.plugins.borrow().contains_key(&rid)
  }

  /// Adds a resource of a plugin. `None` when the plugin is closed; `resource` is not called then.
  pub fn add_plugin_resource<R: Resource>(
    &self,
    plugin: ResourceId,
    resource: impl FnOnce() -> R,
  ) -> Option<ResourceId> {
    let mut plugins = self.plugins.borrow_mut();
    let open = plugins.get_mut(&plugin)?;
    let rid = self.op_state.borrow_mut().resource_table.add(resource());
    open.resources.insert(rid);
    self.owners.borrow_mut().insert(rid, plugin);
    Some(rid)
  }

  pub(crate) fn get_resource<R: Resource>(&self, rid: ResourceId) -> Option<Rc<R>> {
    self.op_state.borrow().resource_table.get::<R>(rid).ok()
  }

  /// Closes a resource of any kind: a file, a plugin, what a plugin added. Gives the plugin that added it.
  ///
  /// # Errors
  ///
  /// `ERR_BAD_RESOURCE` when there is none.
  pub fn close_resource(&self, rid: ResourceId) -> Result<Option<ResourceId>, OpFailure> {
    let taken = self.op_state.borrow_mut().resource_table.take_any(rid);
    let Ok(resource) = taken else {
      return Err(OpFailure::no_resource(rid));
    };
    let owner = self.owners.borrow_mut().remove(&rid);
    if let Some(owner) = owner
      && let Some(plugin) = self.plugins.borrow_mut().get_mut(&owner)
    {
      plugin.resources.remove(&rid);
    }
    // Nothing is borrowed: this may run code of a plugin.
    resource.close();
    Ok(owner)
  }

  /// Id and name of every resource.
  pub(crate) fn resources(&self) -> Vec<(ResourceId, String)> {
    let state = self.op_state.borrow();
    state.resource_table.names().map(|(rid, name)| (rid, name.to_string())).collect()
  }

  /// Takes a plugin's ops and resources away. Calls that are under way go on; they hold what they need.
  fn close_plugin(&self, rid: ResourceId) {
    let Some(plugin) = self.plugins.borrow_mut().remove(&rid) else { return };
    let ops = self.table.close(&plugin.label);
    self.js.forget_functions(rid, &ops);
    self.closed_ops.borrow_mut().extend(ops);
    for resource in plugin.resources {
      // What closed one before may have closed the next.
      let _ = self.close_resource(resource);
    }
    tracing::debug!(target: "plugbay", plugin = &*plugin.label.name, rid, "closed");
  }
}

impl Host {
  /// Closes everything, for the end of the runtime: while the isolate is there, and on its thread.
  pub fn shut_down(&self) {
    self.close_all();
    self.js.clear();
  }

  /// Gives up what is under way and closes all plugins.
  pub(crate) fn close_all(&self) {
    self.in_flight.clear();
    let plugins = self.plugins.borrow().keys().copied().collect::<Vec<_>>();
    for rid in plugins {
      // A resource of a plugin may close a plugin when it is dropped.
      let _ = self.close_resource(rid);
    }
  }
}

impl AsRef<Host> for Host {
  fn as_ref(&self) -> &Host {
    self
  }
}

impl NativeHost for Host {
  fn register_op(&self, name: &str, plugin: &Rc<PluginLabel>, op: Rc<dyn OpTarget>) -> Result<OpId, OpFailure> {
    Ok(self.register_op(name, plugin, Target::Code(op))?.id)
  }

  fn add_resource(&self, plugin: ResourceId, resource: &mut dyn FnMut() -> Rc<PluginResource>) -> Option<ResourceId> {
    self.add_plugin_resource(plugin, || OfNativePlugin(resource()))
  }

  fn resource(&self, rid: ResourceId) -> Option<Rc<PluginResource>> {
    Some(self.get_resource::<OfNativePlugin>(rid)?.0.clone())
  }

  fn close_resource(&self, rid: ResourceId) -> bool {
    self.close_resource(rid).is_ok()
  }

  fn tokio(&self) -> &Handle {
    &self.tokio
  }
}

/// What a native plugin added, in the table that `Deno.resources()` shows.
struct OfNativePlugin(Rc<PluginResource>);

impl Resource for OfNativePlugin {
  fn name(&self) -> Cow<'_, str> {
    Cow::Borrowed(self.0.name())
  }
}

/// An open plugin in the resource table.
struct PluginHandle {
  rid: Rc<Cell<ResourceId>>,
  host: Weak<Host>,
}

impl Resource for PluginHandle {
  fn name(&self) -> Cow<'_, str> {
    // As in Deno 1.
    Cow::Borrowed("plugin")
  }

  fn close(self: Rc<Self>) {
    if let Some(host) = self.host.upgrade() {
      host.close_plugin(self.rid.get());
    }
  }
}

/// Op 0, as in Deno 1: answers name and id of the open ops as JSON text.
struct ListOps(Weak<Host>);

impl OpTarget for ListOps {
  fn encoding(&self) -> Encoding {
    Encoding::Bytes
  }

  fn call(&self, _buffers: &mut [OwnedBuffer]) -> Outcome {
    let ops = self.0.upgrade().map(|host| host.table.open_ops()).unwrap_or_default();
    let object = ops.into_iter().map(|(name, id)| (name, id.into())).collect::<serde_json::Map<_, _>>();
    Outcome::Answer(Answer::of_host(serde_json::Value::Object(object).to_string().into_bytes()))
  }
}
