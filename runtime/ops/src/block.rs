//! Ops that a plugin registers together, such as the exports of a module: what is known of all of them is there once,
//! and the entry of each is made when somebody asks for it. When a plugin is closed, what its ops were called is kept
//! together, too.

use std::rc::Rc;
use std::sync::Arc;

use super::OpId;
use super::OpNames;
use super::PluginLabel;
use super::Target;

/// What ops are made of that are registered together.
pub trait OpSource {
  /// What they are called.
  fn names(&self) -> Arc<dyn OpNames>;

  /// The code of one, by its place among them, asked for once.
  fn target(&self, index: usize) -> Target;
}

/// Ops with ids that follow one another.
pub(super) struct Block {
  pub(super) first: OpId,
  pub(super) plugin: Rc<PluginLabel>,
  pub(super) names: Arc<dyn OpNames>,
  pub(super) source: Rc<dyn OpSource>,
}

impl Block {
  pub(super) fn name(&self, id: OpId) -> &str {
    self.names.name((id - self.first) as usize)
  }

  pub(super) fn target(&self, id: OpId) -> Target {
    self.source.target((id - self.first) as usize)
  }
}

/// What ops were that are closed, whose ids follow one another.
pub(super) struct ClosedRange {
  first: OpId,
  pub(super) plugin: Rc<PluginLabel>,
  /// Their names, one after the other, and where each ends.
  names: Box<str>,
  ends: Box<[usize]>,
}

impl ClosedRange {
  pub(super) fn new<'n>(first: OpId, plugin: &Rc<PluginLabel>, names: impl Iterator<Item = &'n str>) -> Self {
    let (mut text, mut ends) = (String::new(), Vec::new());
    for name in names {
      text.push_str(name);
      ends.push(text.len());
    }
    Self { first, plugin: plugin.clone(), names: text.into(), ends: ends.into() }
  }

  pub(super) fn name(&self, id: OpId) -> &str {
    let index = (id - self.first) as usize;
    let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
    &self.names[start..self.ends[index]]
  }
}

#[cfg(test)]
mod tests {
  use std::cell::RefCell;

  use super::*;
  use crate::FunctionTarget;
  use crate::OpTable;
  use plugbay_core::ErrorCode;
  use plugbay_core::OpFailure;

  struct Nothing;

  impl FunctionTarget for Nothing {}

  fn nothing() -> Target {
    Target::Function(Rc::new(Nothing))
  }

  /// Notes of which of its ops somebody asked for the code.
  #[derive(Default)]
  struct Three(RefCell<Vec<usize>>);

  struct Names;

  impl OpNames for Names {
    fn len(&self) -> usize {
      3
    }

    fn name(&self, index: usize) -> &str {
      ["one", "two", "three"][index]
    }
  }

  impl OpSource for Three {
    fn names(&self) -> Arc<dyn OpNames> {
      Arc::new(Names)
    }

    fn target(&self, index: usize) -> Target {
      self.0.borrow_mut().push(index);
      nothing()
    }
  }

  fn plugin(rid: u32) -> Rc<PluginLabel> {
    let plugin = PluginLabel::new("numbers");
    plugin.rid.set(rid);
    plugin
  }

  #[test]
  fn an_op_is_made_when_it_is_asked_for() {
    let (table, plugin, three) = (OpTable::default(), plugin(7), Rc::new(Three::default()));
    let ids = table.register_block(&plugin, three.clone()).expect("the names are free");
    assert_eq!(ids, 0..3);
    let named = [("one", 0), ("three", 2), ("two", 1)].map(|(name, id)| (name.to_string(), id));
    assert_eq!(table.open_ops().into_iter().collect::<Vec<_>>(), named);
    let rows = table.metrics(Some(7)).ops;
    assert_eq!(
      rows.iter().map(|row| (&*row.name, row.id, row.calls)).collect::<Vec<_>>(),
      [("one", 0, 0), ("two", 1, 0), ("three", 2, 0)]
    );
    assert!(three.0.borrow().is_empty(), "nobody has asked for one");
    let entry = table.get(1).expect("it is open");
    assert_eq!((&*entry.name, entry.id), ("two", 1));
    assert!(Rc::ptr_eq(&entry, &table.get(1).expect("it is open")));
    entry.metrics.begin(0, 0);
    assert_eq!(table.metrics(None).ops[1].calls, 1);
    assert_eq!(*three.0.borrow(), [1]);
  }

  #[test]
  fn another_thread_reads_what_is_counted() {
    let (table, plugin) = (OpTable::default(), plugin(7));
    let reader = table.metrics_reader();
    let read = || {
      let reader = reader.clone();
      let metrics = std::thread::spawn(move || reader.metrics()).join().expect("it can be read");
      let rows = metrics.ops.into_iter().map(|row| (row.id, row.name, row.plugin, row.calls)).collect::<Vec<_>>();
      (metrics.totals.ops_dispatched(), rows)
    };
    let row = |id, name: &str, calls| (id, name.to_string(), "numbers".to_string(), calls);
    assert_eq!(read(), (0, vec![]));
    table.register_block(&plugin, Rc::new(Three::default())).expect("the names are free");
    let four = table.register("four", &plugin, nothing()).expect("the name is free");
    four.metrics.begin(0, 0);
    table.get(1).expect("it is open").metrics.begin(0, 0);
    assert_eq!(read(), (2, vec![row(0, "one", 0), row(1, "two", 1), row(2, "three", 0), row(3, "four", 1)]));
    table.close(&plugin);
    four.metrics.begin(0, 0);
    assert_eq!(read(), (3, vec![]), "an op that is held counts");
    drop((four, table));
    assert_eq!(read(), (3, vec![]), "the sums are left");
  }

  #[test]
  fn a_closed_op_says_what_it_was() {
    let (table, plugin) = (OpTable::default(), plugin(7));
    table.register_block(&plugin, Rc::new(Three::default())).expect("the names are free");
    table.register("four", &plugin, nothing()).expect("the name is free");
    table.get(2).expect("it is open").metrics.begin(0, 0);
    assert_eq!(table.close(&plugin), [2, 3], "nobody knows of the others");
    for (id, name) in (0..).zip(["one", "two", "three", "four"]) {
      let failure = table.get(id).err().expect("it is closed");
      assert_eq!(failure.error, Some(ErrorCode::PluginClosed));
      assert!(failure.message.contains(&format!("op {id} ({name}): the plugin numbers")), "{}", failure.message);
    }
    assert!(table.open_ops().is_empty());
    assert_eq!(table.metrics(Some(7)).totals.ops_dispatched(), 1);
    assert_eq!(table.register("five", &plugin, nothing()).expect("the name is free").id, 4);
  }

  #[test]
  fn a_name_is_given_once() {
    let (table, plugin) = (OpTable::default(), plugin(7));
    table.register("three", &plugin, nothing()).expect("the name is free");
    let error = |refused: Option<OpFailure>| refused.and_then(|failure| failure.error);
    let refused = table.register_block(&plugin, Rc::new(Three::default())).err();
    assert_eq!(error(refused), Some(ErrorCode::OpDuplicate));
    table.close(&plugin);
    table.register_block(&plugin, Rc::new(Three::default())).expect("the names are free");
    let refused = table.register("two", &plugin, nothing()).err();
    assert_eq!(error(refused), Some(ErrorCode::OpDuplicate));
  }

  #[test]
  fn a_name_stays_given_when_all_of_its_block_were_asked_for() {
    let (table, plugin) = (OpTable::default(), plugin(7));
    let ids = table.register_block(&plugin, Rc::new(Three::default())).expect("the names are free");
    let _held = ids.map(|id| table.get(id).expect("it is open")).collect::<Vec<_>>();
    let refused = table.register("two", &plugin, nothing()).err().expect("the name is given");
    assert!(refused.message.contains("two ops called \"two\""), "{}", refused.message);
  }
}
