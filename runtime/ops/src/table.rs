//! The table itself: an op's id is its index, and no index is used twice.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::rc::Weak;
use std::sync::Arc;

use plugbay_core::OpFailure;

use super::Encoding;
use super::OpId;
use super::PluginLabel;
use super::ResourceId;
use super::Signature;
use super::Target;
use super::block::Block;
use super::block::ClosedRange;
use super::block::OpSource;
use super::metrics::LaneCounts;
use super::metrics::Metrics;
use super::metrics::MetricsReader;
use super::metrics::OpMetrics;
use super::metrics::Shard;
use super::metrics::Totals;

/// An op. When it is closed, calls under way and functions that scripts have hold it; when the last lets go, its
/// counters are added to the sums.
pub struct OpEntry {
  /// Its place in the table.
  pub id: OpId,
  /// What it is called.
  pub name: Arc<str>,
  /// Whose it is.
  pub plugin: Rc<PluginLabel>,
  /// How its arguments and answers are written.
  pub encoding: Encoding,
  /// What it takes and gives, if it says so.
  pub signature: Option<Rc<Signature>>,
  /// It has a function for lending calls: see [`plugin_abi::LentContext`].
  pub lends: bool,
  /// What is counted.
  pub metrics: OpMetrics,
  target: RefCell<Option<Target>>,
  closed_ops: ClosedOps,
  shard: Arc<Shard>,
}

impl Drop for OpEntry {
  fn drop(&mut self) {
    self.closed_ops.borrow_mut().remove(&self.id);
    self.shard.remove(self.id);
  }
}

impl OpEntry {
  /// The code to call, which stays loaded while it is held.
  ///
  /// # Errors
  ///
  /// `ERR_PLUGIN_CLOSED` when the op is closed.
  #[inline]
  pub fn target(&self) -> Result<Target, OpFailure> {
    match &*self.target.borrow() {
      Some(target) => Ok(target.clone()),
      None => Err(self.closed()),
    }
  }

  /// What an op without a signature takes and gives in TypeScript, if that is known.
  pub fn declaration(&self) -> Option<String> {
    self.target.borrow().as_ref()?.declaration()
  }

  /// Whether its plugin is open.
  pub fn is_open(&self) -> bool {
    self.target.borrow().is_some()
  }

  #[cold]
  fn closed(&self) -> OpFailure {
    closed(self.id, &self.name, &self.plugin)
  }
}

#[cold]
fn closed(id: OpId, name: &str, plugin: &PluginLabel) -> OpFailure {
  OpFailure::closed_with_op(id, name, &plugin.name)
}

/// A place in the table.
enum Place {
  Open(Rc<OpEntry>),
  /// Of a block; nobody has asked for it yet.
  Waiting(Rc<Block>),
  /// It says what it was.
  Closed(Rc<ClosedRange>),
}

impl Place {
  /// The name of an open op, and whose it is.
  fn open_op(&self, id: OpId) -> Option<(&str, &Rc<PluginLabel>)> {
    match self {
      Self::Open(entry) => Some((&entry.name, &entry.plugin)),
      Self::Waiting(block) => Some((block.name(id), &block.plugin)),
      Self::Closed(_) => None,
    }
  }
}

/// Closed ops that somebody holds.
type ClosedOps = Rc<RefCell<BTreeMap<OpId, Weak<OpEntry>>>>;

/// All ops of a runtime.
#[derive(Default)]
pub struct OpTable {
  places: RefCell<Vec<Place>>,
  /// The plugins that have open ops, by their resource ids.
  open: RefCell<BTreeMap<ResourceId, Rc<PluginLabel>>>,
  /// Those that had some.
  closed: RefCell<HashMap<ResourceId, Rc<PluginLabel>>>,
  closed_ops: ClosedOps,
  shard: Arc<Shard>,
}

impl OpTable {
  /// Adds an op and answers its entry.
  ///
  /// # Errors
  ///
  /// `ERR_OP_NAME` when the name is empty, `ERR_OP_DUPLICATE` when the plugin has an open op of that name.
  pub fn register(
    &self,
    name: &str,
    plugin: &Rc<PluginLabel>,
    target: impl Into<Target>,
  ) -> Result<Rc<OpEntry>, OpFailure> {
    if name.is_empty() {
      return Err(OpFailure::op_without_name(&plugin.name));
    }
    if plugin.has(name) {
      return Err(plugin.duplicate(name));
    }
    let name = Arc::from(name);
    plugin.names.borrow_mut().insert(Arc::clone(&name));
    let ids = self.next_ids(1);
    let entry = self.make(ids.start, name, plugin, target.into());
    self.places.borrow_mut().push(Place::Open(entry.clone()));
    self.add_to(plugin, ids);
    Ok(entry)
  }

  /// Adds ops whose entries are made when somebody asks for them; answers their ids.
  ///
  /// # Errors
  ///
  /// `ERR_OP_DUPLICATE` when the plugin has an open op of one of the names.
  pub fn register_block(&self, plugin: &Rc<PluginLabel>, source: Rc<dyn OpSource>) -> Result<Range<OpId>, OpFailure> {
    let names = source.names();
    let ids = self.next_ids(names.len());
    let block = Block { first: ids.start, plugin: plugin.clone(), names, source };
    if !plugin.ids.borrow().is_empty()
      && let Some(name) = ids.clone().map(|id| block.name(id)).find(|name| plugin.has(name))
    {
      return Err(plugin.duplicate(name));
    }
    self.shard.add_block(ids.start, &plugin.row, block.names.clone());
    plugin.blocks.borrow_mut().push(block.names.clone());
    let block = Rc::new(block);
    self.places.borrow_mut().extend(ids.clone().map(|_| Place::Waiting(block.clone())));
    self.add_to(plugin, ids.clone());
    Ok(ids)
  }

  fn next_ids(&self, count: usize) -> Range<OpId> {
    let first = self.places.borrow().len();
    let id = |id| OpId::try_from(id).expect("four thousand million ops do not fit into memory");
    id(first)..id(first + count)
  }

  fn add_to(&self, plugin: &Rc<PluginLabel>, ids: Range<OpId>) {
    if !ids.is_empty() {
      plugin.add_ids(ids);
      self.open.borrow_mut().entry(plugin.rid.get()).or_insert_with(|| plugin.clone());
    }
  }

  fn make(&self, id: OpId, name: Arc<str>, plugin: &Rc<PluginLabel>, target: Target) -> Rc<OpEntry> {
    Rc::new(OpEntry {
      id,
      metrics: self.shard.add(id, &name, &plugin.row),
      name,
      plugin: plugin.clone(),
      encoding: target.encoding(),
      signature: target.signature().cloned(),
      lends: target.lends(),
      target: RefCell::new(Some(target)),
      closed_ops: self.closed_ops.clone(),
      shard: self.shard.clone(),
    })
  }

  /// Takes a plugin's ops out: they are not called again, and the code of each is dropped when the last call that is
  /// under way is done. Gives the ids of those that somebody may know of.
  pub fn close(&self, plugin: &Rc<PluginLabel>) -> Vec<OpId> {
    plugin.shapes.take();
    plugin.names.take();
    plugin.blocks.take();
    let mut entries = Vec::new();
    for ids in plugin.ids.take() {
      self.shard.close(ids.clone());
      let mut places = self.places.borrow_mut();
      let places = &mut places[ids.start as usize..ids.end as usize];
      let names = ids.clone().zip(&*places).filter_map(|(id, place)| Some(place.open_op(id)?.0));
      let closed = Rc::new(ClosedRange::new(ids.start, plugin, names));
      for place in places {
        if let Place::Open(entry) = std::mem::replace(place, Place::Closed(closed.clone())) {
          entries.push(entry);
        }
      }
    }
    self.shard.close_lanes(&plugin.row);
    if let Some(label) = self.open.borrow_mut().remove(&plugin.rid.get()) {
      self.closed.borrow_mut().insert(plugin.rid.get(), label);
    }
    for entry in entries.iter().filter(|entry| Rc::strong_count(entry) > 1) {
      self.closed_ops.borrow_mut().insert(entry.id, Rc::downgrade(entry));
    }
    for entry in &entries {
      entry.metrics.retire();
      // Last, when nothing is borrowed: it may run code of the plugin.
      let target = entry.target.take();
      drop(target);
    }
    entries.iter().map(|entry| entry.id).collect()
  }

  /// The open op of an id.
  ///
  /// # Errors
  ///
  /// `ERR_PLUGIN_CLOSED` when it is closed, `ERR_OP_UNKNOWN` when no op ever had the id.
  #[inline]
  pub fn get(&self, id: OpId) -> Result<Rc<OpEntry>, OpFailure> {
    if let Some(Place::Open(entry)) = self.places.borrow().get(id as usize) {
      return Ok(entry.clone());
    }
    self.find(id)
  }

  /// As [`get`](Self::get), for an op that has no entry yet.
  #[cold]
  fn find(&self, id: OpId) -> Result<Rc<OpEntry>, OpFailure> {
    let entry = {
      let places = self.places.borrow();
      match places.get(id as usize) {
        Some(Place::Open(entry)) => return Ok(entry.clone()),
        Some(Place::Waiting(block)) => self.make(id, block.name(id).into(), &block.plugin, block.target(id)),
        Some(Place::Closed(range)) => return Err(closed(id, range.name(id), &range.plugin)),
        None => return Err(unknown(id, places.len())),
      }
    };
    self.places.borrow_mut()[id as usize] = Place::Open(entry.clone());
    Ok(entry)
  }

  /// Counts for an op whose calls are known by its id alone, which may be closed meanwhile.
  pub fn count(&self, id: OpId, count: impl FnOnce(&OpMetrics), count_gone: impl Fn(&mut Totals)) {
    if let Ok(entry) = self.get(id) {
      return count(&entry.metrics);
    }
    if let Some(Place::Closed(range)) = self.places.borrow().get(id as usize) {
      let held = self.closed_ops.borrow().get(&id).and_then(Weak::upgrade);
      match held {
        Some(entry) => count(&entry.metrics),
        None => self.shard.count_gone(&range.plugin.row, count_gone),
      }
    }
  }

  /// Name and id of every op that is open: of those of one name, the newest.
  pub fn open_ops(&self) -> BTreeMap<String, OpId> {
    let places = self.places.borrow();
    let mut ops = BTreeMap::new();
    for id in self.open_ids(None) {
      if let Some((name, _)) = places[id as usize].open_op(id) {
        ops.insert(name.to_string(), id);
      }
    }
    ops
  }

  /// The open op of a plugin that has that name.
  pub fn op_of(&self, plugin: ResourceId, name: &str) -> Option<Rc<OpEntry>> {
    let ids = self.open_ids(Some(plugin));
    let id = {
      let places = self.places.borrow();
      ids.into_iter().find(|id| places[*id as usize].open_op(*id).is_some_and(|(called, _)| called == name))?
    };
    self.get(id).ok()
  }

  /// The open ops of a plugin, in the order in which it registered them.
  pub fn ops_of(&self, plugin: ResourceId) -> Vec<Rc<OpEntry>> {
    self.open_ids(Some(plugin)).into_iter().filter_map(|id| self.get(id).ok()).collect()
  }

  /// The ids of all open ops, or of those of one plugin, in order.
  fn open_ids(&self, plugin: Option<ResourceId>) -> Vec<OpId> {
    let open = self.open.borrow();
    let ids = |plugin: &Rc<PluginLabel>| plugin.ids.borrow().iter().cloned().flatten().collect::<Vec<_>>();
    if let Some(rid) = plugin {
      return open.get(&rid).map(ids).unwrap_or_default();
    }
    let mut all = open.values().flat_map(ids).collect::<Vec<_>>();
    all.sort_unstable();
    all
  }

  /// How long a tick of the clock is by which calls are timed.
  pub fn tick_nanoseconds(&self) -> f64 {
    self.shard.scale().nanoseconds()
  }

  /// The metrics of all ops, or of those of one plugin.
  pub fn metrics(&self, plugin: Option<ResourceId>) -> Metrics {
    let Some(rid) = plugin else { return self.shard.metrics(None) };
    let label = self.open.borrow().get(&rid).or(self.closed.borrow().get(&rid)).cloned();
    label.map(|label| self.shard.metrics(Some(&label.row))).unwrap_or_default()
  }

  /// A plugin runs on lanes, which count themselves.
  pub fn add_lanes(&self, plugin: ResourceId, counts: Arc<LaneCounts>) {
    if let Some(label) = self.open.borrow().get(&plugin) {
      self.shard.add_lanes(&label.row, counts);
    }
  }

  /// Reads the metrics from other threads.
  pub fn metrics_reader(&self) -> MetricsReader {
    MetricsReader(self.shard.clone())
  }
}

#[cold]
fn unknown(id: OpId, count: usize) -> OpFailure {
  OpFailure::no_op_of_id(id, count - 1)
}
