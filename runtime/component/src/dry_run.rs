//! What it takes to instantiate a component, counted without doing it: a component in it may be instantiated several
//! times, and that by one which is so too.

use std::collections::HashMap;

use crate::limits::Counter;
use crate::plan_error::PlanError;

/// How deep instantiations may be nested.
const MAX_DEPTH: usize = 100;
/// As many memories as a module may have, and so an adapter between component instances.
const MAX_MEMORIES: usize = 100;

/// A step of a component's instantiation, as far as it matters here. Instances are numbered in the order of the steps
/// that make them.
#[derive(Debug)]
pub(crate) enum Step<'a> {
  /// Something of this size is looked at.
  Work(usize),
  /// A core module is instantiated that has so many memories.
  CoreInstance { memories: usize },
  /// An imported instance.
  Import(&'a str),
  /// An instance that is, or is within, an instance.
  Instance(u32),
  /// An instance of a component.
  Instantiate { component: usize, arguments: Vec<(&'a str, u32)> },
  /// An instance made of items, and of instances among them.
  Bundle { items: usize, instances: Vec<u32> },
}

/// A component's steps, and what it exports.
#[derive(Debug, Default)]
pub(crate) struct Component<'a> {
  pub(crate) steps: Vec<Step<'a>>,
  /// How many exports there are.
  pub(crate) exports: usize,
  /// The instances among them.
  pub(crate) exported_instances: Vec<u32>,
  /// The resources that it, and what it imports, defines.
  pub(crate) resources: usize,
}

/// Counts the steps of the last component, which is the outermost.
pub(crate) fn dry_run(components: &[Component<'_>], steps: &mut Counter) -> Result<(), PlanError> {
  let Some(root) = components.len().checked_sub(1) else { return Ok(()) };
  let memories = Counter::new("memories of core instances", MAX_MEMORIES);
  let mut run = Run { components, steps, memories, resources: 0 };
  run.instantiate(root, &HashMap::new(), 0).map(|_| ())
}

struct Run<'a, 'b> {
  components: &'b [Component<'a>],
  steps: &'b mut Counter,
  memories: Counter,
  resources: usize,
}

impl Run<'_, '_> {
  /// Counts an instantiation, and gives the size of the instance. `arguments` are the sizes of instances.
  fn instantiate(
    &mut self,
    component: usize,
    arguments: &HashMap<&str, usize>,
    depth: usize,
  ) -> Result<usize, PlanError> {
    if depth >= MAX_DEPTH {
      let what = "components that instantiate one another";
      return Err(PlanError::TooLarge { what, limit: MAX_DEPTH, found: depth + 1 });
    }
    let components = self.components;
    let Some(component) = components.get(component) else { return Ok(0) };
    // What is known of resources is copied for each instance.
    self.resources = self.resources.saturating_add(component.resources);
    self.steps.add(1 + self.resources / 8)?;
    let mut instances: Vec<usize> = Vec::new();
    let size = |instances: &[usize], index: u32| instances.get(index as usize).copied().unwrap_or_default();
    for step in &component.steps {
      let made = match step {
        Step::Work(size) => {
          self.steps.add(*size)?;
          continue;
        }
        Step::CoreInstance { memories } => {
          self.memories.add(*memories)?;
          self.steps.add(1)?;
          continue;
        }
        Step::Import(name) => arguments.get(name).copied().unwrap_or(1),
        Step::Instance(index) => size(&instances, *index),
        Step::Bundle { items, instances: within } => {
          within.iter().fold(*items, |all, index| all.saturating_add(size(&instances, *index)))
        }
        Step::Instantiate { component, arguments } => {
          let arguments = arguments.iter().map(|(name, index)| (*name, size(&instances, *index))).collect();
          self.instantiate(*component, &arguments, depth + 1)?
        }
      };
      self.steps.add(made.saturating_add(1))?;
      instances.push(made);
    }
    let exported = component.exported_instances.iter().map(|index| size(&instances, *index));
    Ok(exported.fold(component.exports, usize::saturating_add))
  }
}
