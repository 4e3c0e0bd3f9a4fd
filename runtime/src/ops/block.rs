//! Ops that a plugin registers together, such as the exports of a module: what is known of all of them is there once, and the entry of
//! each is made when somebody asks for it. When a plugin is closed, what its ops were called is kept together, too.

use std::rc::Rc;

use super::OpId;
use super::OpTarget;
use super::PluginLabel;

/// What ops are made of that are registered together. They have names, and no two have the same.
pub(crate) trait OpSource {
  fn len(&self) -> usize;

  fn name(&self, index: usize) -> &str;

  fn target(&self, index: usize) -> Rc<dyn OpTarget>;
}

/// Ops with ids that follow one another.
pub(super) struct Block {
  pub(super) first: OpId,
  pub(super) plugin: Rc<PluginLabel>,
  pub(super) source: Rc<dyn OpSource>,
}

impl Block {
  pub(super) fn name(&self, id: OpId) -> &str {
    self.source.name((id - self.first) as usize)
  }

  pub(super) fn target(&self, id: OpId) -> Rc<dyn OpTarget> {
    self.source.target((id - self.first) as usize)
  }

  pub(super) fn has(&self, name: &str) -> bool {
    (0..self.source.len()).any(|index| self.source.name(index) == name)
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
