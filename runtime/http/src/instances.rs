//! Instances of the guests that answer requests, as whoever serves them counts them.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;

use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;

/// Who counts the instances of a component, in all isolates that have it.
pub trait Instances: Send + Sync {
  /// There is one more.
  fn opened(&self);
  /// There is one less; whether it has trapped.
  fn ended(&self, has_trapped: bool);
  /// The memories of those that there are have so many bytes more.
  fn memory_changed(&self, by: i64);
}

/// Those of an isolate, which are no more when it is not.
struct OfIsolate {
  instances: Arc<dyn Instances>,
  open: Cell<u64>,
  memory: Cell<i64>,
}

impl Resource for OfIsolate {
  fn name(&self) -> Cow<'_, str> {
    "instances".into()
  }
}

impl OfIsolate {
  fn ended(&self, has_trapped: bool) {
    if let Some(left) = self.open.get().checked_sub(1) {
      self.open.set(left);
      self.instances.ended(has_trapped);
    }
  }

  fn memory_changed(&self, by: i64) {
    self.memory.set(self.memory.get().saturating_add(by));
    self.instances.memory_changed(by);
  }
}

impl Drop for OfIsolate {
  fn drop(&mut self) {
    while self.open.get() > 0 {
      self.ended(false);
    }
    self.memory_changed(-self.memory.get());
  }
}

/// Has the instances of a component be counted; gives the number by which JavaScript knows who does.
pub fn count_instances(state: &mut OpState, instances: Arc<dyn Instances>) -> ResourceId {
  state.resource_table.add(OfIsolate { instances, open: Cell::default(), memory: Cell::default() })
}

/// There is one more.
#[op2(fast)]
pub(crate) fn op_instances_opened(state: &mut OpState, #[smi] rid: ResourceId) -> Result<(), ResourceError> {
  let of_isolate = state.resource_table.get::<OfIsolate>(rid)?;
  of_isolate.open.set(of_isolate.open.get() + 1);
  of_isolate.instances.opened();
  Ok(())
}

/// There is one less.
#[op2(fast)]
pub(crate) fn op_instances_ended(
  state: &mut OpState,
  #[smi] rid: ResourceId,
  has_trapped: bool,
) -> Result<(), ResourceError> {
  state.resource_table.get::<OfIsolate>(rid)?.ended(has_trapped);
  Ok(())
}

/// Their memories have so many bytes more.
#[op2(fast)]
pub(crate) fn op_instances_memory(
  state: &mut OpState,
  #[smi] rid: ResourceId,
  #[number] by: i64,
) -> Result<(), ResourceError> {
  state.resource_table.get::<OfIsolate>(rid)?.memory_changed(by);
  Ok(())
}
