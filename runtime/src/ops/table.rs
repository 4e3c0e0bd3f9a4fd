//! The table itself: an op's id is its index, and no index is used twice.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;
use std::rc::Weak;

use deno_core::ResourceId;
use deno_core::v8;

use super::Encoding;
use super::OpFailure;
use super::OpTarget;
use super::Signature;
use super::clock::TickScale;
use super::metrics::Metrics;
use super::metrics::OpMetrics;
use super::metrics::Totals;

/// Index of an op in the table.
pub(crate) type OpId = u32;

/// Whose an op is.
pub(crate) struct PluginLabel {
  pub(crate) name: String,
  pub(crate) rid: Rc<Cell<ResourceId>>,
  /// Its open ops, by name.
  ops: RefCell<BTreeMap<String, OpId>>,
  /// Sums over its ops that are gone.
  gone: Cell<Totals>,
}

impl PluginLabel {
  /// The label of a plugin that has no resource id yet.
  pub(crate) fn new(name: &str) -> Rc<Self> {
    let rid = Rc::new(Cell::new(ResourceId::MAX));
    Rc::new(Self { name: name.to_string(), rid, ops: RefCell::default(), gone: Cell::default() })
  }

  /// Its open ops, in the order in which it registered them.
  pub(crate) fn op_ids(&self) -> BTreeSet<OpId> {
    self.ops.borrow().values().copied().collect()
  }
}

/// An op. When it is closed, calls under way and functions that scripts have hold it; when the last lets go, its counters are
/// added to the sums.
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
  closed_ops: Rc<ClosedOps>,
}

impl Drop for OpEntry {
  fn drop(&mut self) {
    self.closed_ops.held.borrow_mut().remove(&self.id);
    self.closed_ops.count(&self.plugin, |totals| self.metrics.add_to(totals));
  }
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
    closed(self.id, &self.name, &self.plugin)
  }
}

#[cold]
fn closed(id: OpId, name: &str, plugin: &PluginLabel) -> OpFailure {
  let message = format!(
    "cannot call op {id} ({name}): the plugin {} it belonged to is closed; open the plugin again and use its new ops",
    plugin.name
  );
  OpFailure::new("BadResource", "ERR_PLUGIN_CLOSED", message)
}

/// A place in the table. That of a closed op says what it was.
enum Place {
  Open(Rc<OpEntry>),
  Closed { name: Box<str>, plugin: Rc<PluginLabel> },
}

/// What is known of ops that are closed.
#[derive(Default)]
struct ClosedOps {
  /// Those that somebody holds.
  held: RefCell<BTreeMap<OpId, Weak<OpEntry>>>,
  /// Sums over the others.
  gone: Cell<Totals>,
}

impl ClosedOps {
  /// Counts for an op that is gone.
  fn count(&self, plugin: &PluginLabel, count: impl Fn(&mut Totals)) {
    for sums in [&self.gone, &plugin.gone] {
      let mut totals = sums.get();
      count(&mut totals);
      sums.set(totals);
    }
  }

  fn held(&self) -> Vec<Rc<OpEntry>> {
    self.held.borrow().values().filter_map(Weak::upgrade).collect()
  }
}

/// All ops of a runtime.
pub(crate) struct OpTable {
  places: RefCell<Vec<Place>>,
  /// Every plugin that has had an op, by its resource id.
  plugins: RefCell<HashMap<ResourceId, Rc<PluginLabel>>>,
  closed_ops: Rc<ClosedOps>,
  /// Ids of the open ops of a name.
  names: RefCell<BTreeMap<String, BTreeSet<OpId>>>,
  scale: TickScale,
}

impl OpTable {
  pub(crate) fn new() -> Self {
    Self {
      places: RefCell::default(),
      plugins: RefCell::default(),
      closed_ops: Rc::default(),
      names: RefCell::default(),
      scale: TickScale::new(),
    }
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
    let mut places = self.places.borrow_mut();
    let id = OpId::try_from(places.len()).expect("four thousand million ops do not fit into memory");
    match plugin.ops.borrow_mut().entry(name.to_string()) {
      Entry::Vacant(place) => {
        place.insert(id);
      }
      Entry::Occupied(_) => {
        let message = format!("plugin {} registers two ops called {name:?}; give each its own name", plugin.name);
        return Err(OpFailure::new("AlreadyExists", "ERR_OP_DUPLICATE", message));
      }
    }
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
      closed_ops: self.closed_ops.clone(),
    });
    places.push(Place::Open(entry.clone()));
    self.plugins.borrow_mut().entry(plugin.rid.get()).or_insert_with(|| plugin.clone());
    self.names.borrow_mut().entry(name.to_string()).or_default().insert(id);
    Ok(entry)
  }

  /// Takes an op out: it is not called again, and its code is dropped when the last call that is under way is done.
  pub(crate) fn close(&self, id: OpId) {
    let Some(entry) = self.take_out(id) else { return };
    {
      let mut names = self.names.borrow_mut();
      if let Some(ids) = names.get_mut(&entry.name) {
        ids.remove(&id);
        if ids.is_empty() {
          names.remove(&entry.name);
        }
      }
      entry.plugin.ops.borrow_mut().remove(&entry.name);
      self.closed_ops.held.borrow_mut().insert(id, Rc::downgrade(&entry));
    }
    entry.metrics.retire();
    entry.handler.take();
    // Last, when nothing is borrowed: it may run code of the plugin.
    let target = entry.target.take();
    drop(target);
  }

  fn take_out(&self, id: OpId) -> Option<Rc<OpEntry>> {
    let mut places = self.places.borrow_mut();
    let place = places.get_mut(id as usize)?;
    let Place::Open(entry) = &*place else { return None };
    let entry = entry.clone();
    *place = Place::Closed { name: entry.name.as_str().into(), plugin: entry.plugin.clone() };
    Some(entry)
  }

  /// The open op of an id.
  ///
  /// # Errors
  ///
  /// `ERR_PLUGIN_CLOSED` when it is closed, `ERR_OP_UNKNOWN` when no op ever had the id.
  #[inline]
  pub(crate) fn get(&self, id: OpId) -> Result<Rc<OpEntry>, OpFailure> {
    let places = self.places.borrow();
    match places.get(id as usize) {
      Some(Place::Open(entry)) => Ok(entry.clone()),
      Some(Place::Closed { name, plugin }) => Err(closed(id, name, plugin)),
      None => Err(unknown(id, places.len())),
    }
  }

  /// Counts for an op whose calls are known by its id alone, which may be closed meanwhile.
  pub(crate) fn count(&self, id: OpId, count: impl FnOnce(&OpMetrics), count_gone: impl Fn(&mut Totals)) {
    match self.places.borrow().get(id as usize) {
      Some(Place::Open(entry)) => count(&entry.metrics),
      Some(Place::Closed { plugin, .. }) => {
        let held = self.closed_ops.held.borrow().get(&id).and_then(Weak::upgrade);
        match held {
          Some(entry) => count(&entry.metrics),
          None => self.closed_ops.count(plugin, count_gone),
        }
      }
      None => {}
    }
  }

  /// Name and id of every op that is open: of those of one name, the newest.
  pub(crate) fn open_ops(&self) -> Vec<(String, OpId)> {
    let names = self.names.borrow();
    names.iter().filter_map(|(name, ids)| Some((name.clone(), *ids.last()?))).collect()
  }

  /// The open op of a plugin that has that name.
  pub(crate) fn op_of(&self, plugin: ResourceId, name: &str) -> Option<Rc<OpEntry>> {
    let id = *self.plugins.borrow().get(&plugin)?.ops.borrow().get(name)?;
    self.get(id).ok()
  }

  /// The open ops of a plugin, in the order in which it registered them.
  pub(crate) fn ops_of(&self, plugin: ResourceId) -> Vec<Rc<OpEntry>> {
    self.open(self.plugins.borrow().get(&plugin).map(|plugin| plugin.op_ids()).unwrap_or_default())
  }

  fn open(&self, ids: BTreeSet<OpId>) -> Vec<Rc<OpEntry>> {
    ids.into_iter().filter_map(|id| self.get(id).ok()).collect()
  }

  /// How long a tick of the clock is by which calls are timed.
  pub(crate) fn tick_nanoseconds(&self) -> f64 {
    self.scale.nanoseconds()
  }

  /// The metrics of all ops, or of those of one plugin.
  pub(crate) fn metrics(&self, plugin: Option<ResourceId>) -> Metrics {
    let (open, gone) = match plugin {
      Some(rid) => (self.ops_of(rid), self.plugins.borrow().get(&rid).map(|plugin| plugin.gone.get())),
      None => (self.open(self.names.borrow().values().flatten().copied().collect()), Some(self.closed_ops.gone.get())),
    };
    let mut metrics = Metrics { totals: gone.unwrap_or_default(), ops: Vec::with_capacity(open.len()) };
    for entry in open {
      entry.metrics.add_to(&mut metrics.totals);
      metrics.ops.push(entry.metrics.report(entry.id, &entry.name, &entry.plugin.name, &self.scale));
    }
    for entry in self.closed_ops.held() {
      if plugin.is_none_or(|rid| rid == entry.plugin.rid.get()) {
        entry.metrics.add_to(&mut metrics.totals);
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
