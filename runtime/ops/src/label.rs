//! Whose ops are.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use plugbay_core::Definitions;
use plugbay_core::OpFailure;

use super::OpId;
use super::OpNames;
use super::ResourceId;
use super::metrics::PluginRow;

/// Whose an op is.
pub struct PluginLabel {
  /// What the plugin is called.
  pub name: Arc<str>,
  /// Its number; [`ResourceId::MAX`] until it has one.
  pub rid: Rc<Cell<ResourceId>>,
  /// The shapes of what its ops give. Each is defined once, to JavaScript or to Rust, whichever called.
  pub shapes: RefCell<Definitions>,
  /// Its open ops, in the order in which it registered them.
  pub(super) ids: RefCell<Vec<Range<OpId>>>,
  /// The names of those that it registered one by one.
  pub(super) names: RefCell<HashSet<Arc<str>>>,
  /// Those of the others.
  pub(super) blocks: RefCell<Vec<Arc<dyn OpNames>>>,
  /// What readers of metrics know of it.
  pub(super) row: Arc<PluginRow>,
}

impl PluginLabel {
  /// The label of a plugin that has no resource id yet.
  pub fn new(name: &str) -> Rc<Self> {
    let name = Arc::<str>::from(name);
    Rc::new(Self {
      row: PluginRow::new(name.clone()),
      name,
      rid: Rc::new(Cell::new(ResourceId::MAX)),
      shapes: RefCell::default(),
      ids: RefCell::default(),
      names: RefCell::default(),
      blocks: RefCell::default(),
    })
  }

  pub(super) fn has(&self, name: &str) -> bool {
    self.names.borrow().contains(name) || self.blocks.borrow().iter().any(|names| names.has(name))
  }

  pub(super) fn add_ids(&self, added: Range<OpId>) {
    let mut ids = self.ids.borrow_mut();
    match ids.last_mut() {
      Some(last) if last.end == added.start => last.end = added.end,
      _ => ids.push(added),
    }
  }

  pub(super) fn duplicate(&self, name: &str) -> OpFailure {
    OpFailure::op_twice(&self.name, name)
  }
}
