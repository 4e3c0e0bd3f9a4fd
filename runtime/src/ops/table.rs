//! The table itself: an op's id is its index, and no index is used twice.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::rc::Rc;

use deno_core::ResourceId;
use deno_core::v8;

use super::Encoding;
use super::OpFailure;
use super::OpTarget;
use super::Signature;
use super::clock::TickScale;
use super::metrics::Metrics;
use super::metrics::OpMetrics;

/// Index of an op in the table.
pub(crate) type OpId = u32;

/// Whose an op is.
pub(crate) struct PluginLabel {
  pub(crate) name: String,
  pub(crate) rid: Rc<Cell<ResourceId>>,
  /// What its open ops are called.
  op_names: RefCell<BTreeSet<String>>,
}

impl PluginLabel {
  /// The label of a plugin that has no resource id yet.
  pub(crate) fn new(name: &str) -> Rc<Self> {
    Rc::new(Self { name: name.to_string(), rid: Rc::new(Cell::new(ResourceId::MAX)), op_names: RefCell::default() })
  }
}

/// A place in the table. It stays when its op is closed, to say what it was and to keep the sums right.
pub(crate) struct OpEntry {
  pub(crate) id: OpId,
  pub(crate) name: String,
  pub(crate) plugin: Rc<PluginLabel>,
  pub(crate) encoding: Encoding,
  pub(crate) signature: Option<Rc<Signature>>,
  /// It has a function for lending calls: see [`plugin_abi::LentContext`].
  pub(crate) lends: bool,
  pub(crate) metrics: OpMetrics,
  /// What `Deno.core.setAsyncHandler` set.
  pub(crate) handler: RefCell<Option<Rc<v8::Global<v8::Function>>>>,
  target: RefCell<Option<Rc<dyn OpTarget>>>,
}

impl OpEntry {
  /// The code to call, which stays loaded while it is held.
  ///
  /// # Errors
  ///
  /// `ERR_PLUGIN_CLOSED` when the op is closed.
  #[inline]
  pub(crate) fn target(&self) -> Result<Rc<dyn OpTarget>, OpFailure> {
    match &*self.target.borrow() {
      Some(target) => Ok(target.clone()),
      None => Err(self.closed()),
    }
  }

  /// What an op without a signature takes and gives in TypeScript, if that is known.
  pub(crate) fn declaration(&self) -> Option<String> {
    self.target.borrow().as_ref()?.declaration()
  }

  pub(crate) fn is_open(&self) -> bool {
    self.target.borrow().is_some()
  }

  #[cold]
  fn closed(&self) -> OpFailure {
    let message = format!(
      "cannot call op {} ({}): the plugin {} it belonged to is closed; open the plugin again and use its new ops",
      self.id, self.name, self.plugin.name
    );
    OpFailure::new("BadResource", "ERR_PLUGIN_CLOSED", message)
  }
}

/// All ops of a runtime.
pub(crate) struct OpTable {
  entries: RefCell<Vec<Rc<OpEntry>>>,
  /// Ids of the open ops of a name.
  names: RefCell<BTreeMap<String, BTreeSet<OpId>>>,
  scale: TickScale,
}

impl OpTable {
  pub(crate) fn new() -> Self {
    Self { entries: RefCell::default(), names: RefCell::default(), scale: TickScale::new() }
  }

  /// Adds an op and answers its entry.
  ///
  /// # Errors
  ///
  /// `ERR_OP_NAME` when the name is empty, `ERR_OP_DUPLICATE` when the plugin has an open op of that name.
  pub(crate) fn register(
    &self,
    name: &str,
    plugin: &Rc<PluginLabel>,
    target: Rc<dyn OpTarget>,
  ) -> Result<Rc<OpEntry>, OpFailure> {
    if name.is_empty() {
      let message = format!("plugin {} registers an op without a name; give it one", plugin.name);
      return Err(OpFailure::new("TypeError", "ERR_OP_NAME", message));
    }
    let mut entries = self.entries.borrow_mut();
    if !plugin.op_names.borrow_mut().insert(name.to_string()) {
      let message = format!("plugin {} registers two ops called {name:?}; give each its own name", plugin.name);
      return Err(OpFailure::new("AlreadyExists", "ERR_OP_DUPLICATE", message));
    }
    let id = OpId::try_from(entries.len()).expect("four thousand million ops do not fit into memory");
    let entry = Rc::new(OpEntry {
      id,
      name: name.to_string(),
      plugin: plugin.clone(),
      encoding: target.encoding(),
      signature: target.signature().cloned(),
      lends: target.lent().is_some(),
      metrics: OpMetrics::default(),
      handler: RefCell::default(),
      target: RefCell::new(Some(target)),
    });
    entries.push(entry.clone());
    self.names.borrow_mut().entry(name.to_string()).or_default().insert(id);
    Ok(entry)
  }

  /// Takes an op out: it is not called again, and its code is dropped when the last call that is under way is done.
  pub(crate) fn close(&self, id: OpId) {
    let Some(entry) = self.entries.borrow().get(id as usize).cloned() else { return };
    {
      let mut names = self.names.borrow_mut();
      if let Some(ids) = names.get_mut(&entry.name) {
        ids.remove(&id);
        if ids.is_empty() {
          names.remove(&entry.name);
        }
      }
      entry.plugin.op_names.borrow_mut().remove(&entry.name);
    }
    entry.metrics.retire();
    entry.handler.take();
    // Last, when nothing is borrowed: it may run code of the plugin.
    let target = entry.target.take();
    drop(target);
  }

  /// The entry of an id.
  ///
  /// # Errors
  ///
  /// `ERR_OP_UNKNOWN` when no op ever had it.
  #[inline]
  pub(crate) fn get(&self, id: OpId) -> Result<Rc<OpEntry>, OpFailure> {
    let entries = self.entries.borrow();
    match entries.get(id as usize) {
      Some(entry) => Ok(entry.clone()),
      None => Err(unknown(id, entries.len())),
    }
  }

  /// Name and id of every op that is open: of those of one name, the newest.
  pub(crate) fn open_ops(&self) -> Vec<(String, OpId)> {
    let names = self.names.borrow();
    names.iter().filter_map(|(name, ids)| Some((name.clone(), *ids.last()?))).collect()
  }

  /// The open ops of a plugin, in the order in which it registered them.
  pub(crate) fn ops_of(&self, plugin: ResourceId) -> Vec<Rc<OpEntry>> {
    let entries = self.entries.borrow();
    entries.iter().filter(|entry| entry.plugin.rid.get() == plugin && entry.is_open()).cloned().collect()
  }

  /// How long a tick of the clock is by which calls are timed.
  pub(crate) fn tick_nanoseconds(&self) -> f64 {
    self.scale.nanoseconds()
  }

  /// The metrics of all ops, or of those of one plugin.
  pub(crate) fn metrics(&self, plugin: Option<ResourceId>) -> Metrics {
    let mut metrics = Metrics::default();
    for entry in self.entries.borrow().iter() {
      if plugin.is_some_and(|rid| rid != entry.plugin.rid.get()) {
        continue;
      }
      entry.metrics.add_to(&mut metrics.totals);
      if entry.is_open() {
        metrics.ops.push(entry.metrics.report(entry.id, &entry.name, &entry.plugin.name, &self.scale));
      }
    }
    metrics
  }
}

#[cold]
fn unknown(id: OpId, count: usize) -> OpFailure {
  let message = format!("cannot call op {id}: ids go from 0 to {}; Deno.core.ops() names the open ones", count - 1);
  OpFailure::new("NotFound", "ERR_OP_UNKNOWN", message)
}
