//! The contexts of ops that V8 calls directly. What JavaScript says of one is looked up here before anything is done
//! with it: an index, or an address where it passes on the one that a plugin's fast function takes. A context goes with
//! the object by which JavaScript has it.

use std::cell::Cell;
use std::cell::RefCell;
use std::cell::UnsafeCell;
use std::rc::Rc;
use std::rc::Weak;

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_native as native;
use plugbay_ops::OpEntry;
use plugbay_ops::Outcome;
use plugin_abi as abi;

use super::Scope;
use super::Value;
use super::kept::Kept;

/// What a plugin's fast function gets as its context, which is in memory of its own: whoever reads metrics on another
/// thread looks into it while this is dropped.
pub(crate) struct TypedOp {
  context: Rc<UnsafeCell<abi::FastContext>>,
  /// The open plugin that the op belongs to, or 0 when it was closed before somebody asked for the op.
  pub(super) instance: u64,
  pub(super) entry: Rc<OpEntry>,
}

impl TypedOp {
  pub(super) fn new(context: abi::FastContext, entry: Rc<OpEntry>) -> Self {
    Self { instance: context.instance, context: Rc::new(UnsafeCell::new(context)), entry }
  }

  /// Where the context lies, for as long as this does. Plugins write to it.
  pub(super) fn context(&self) -> *mut abi::FastContext {
    self.context.get()
  }
}

impl Drop for TypedOp {
  fn drop(&mut self) {
    self.entry.metrics.close_fast_path(self.context());
  }
}

/// What has a context that plugins see.
pub(super) trait Context: 'static {
  /// Where it lies, for as long as this does.
  fn address(&self) -> usize;
}

impl Context for TypedOp {
  fn address(&self) -> usize {
    self.context() as usize
  }
}

/// What a plugin's function for lending calls gets as its context, which is in memory of its own as that of a typed op
/// is.
pub(crate) struct LendingOp {
  context: Rc<UnsafeCell<abi::LentContext>>,
  pub(super) entry: Rc<OpEntry>,
  /// What the op answered where V8 did not call the plugin directly.
  pub(super) answer: Cell<Option<Outcome>>,
}

impl Context for LendingOp {
  fn address(&self) -> usize {
    self.context.get() as usize
  }
}

impl Drop for LendingOp {
  fn drop(&mut self) {
    self.entry.metrics.close_fast_path(self.context.get().cast());
  }
}

impl LendingOp {
  pub(super) fn new(context: abi::LentContext, entry: Rc<OpEntry>) -> Self {
    Self { context: Rc::new(UnsafeCell::new(context)), entry, answer: Cell::new(None) }
  }

  /// Where the context lies, for as long as this does. Plugins write to it.
  pub(super) fn context(&self) -> *mut abi::LentContext {
    self.context.get()
  }

  /// What the plugin's function left in the context.
  fn take_outcome(&self) -> Option<Outcome> {
    let context = self.context.get();
    // SAFETY: this is the isolate's thread, and no call of the op runs: JavaScript does. Of the context other threads
    // read only counts.
    let (is_answered, outcome, instance) =
      unsafe { (&mut (*context).is_answered, &mut (*context).outcome, (*context).call.instance) };
    if std::mem::take(is_answered) == 0 {
      return None;
    }
    // SAFETY: the plugin of this instance has just written it for the host to take.
    unsafe { native::take_outcome_of(outcome, instance) }
  }

  /// What the last call has answered. Of one before it may be left what nobody took, because the script's stack was
  /// full.
  pub(super) fn take_answer(&self) -> Option<Outcome> {
    let (outcome, answer) = (self.take_outcome(), self.answer.take());
    outcome.or(answer)
  }
}

/// All of a runtime whose functions may be called.
pub(crate) struct Contexts<T: Context>(Rc<Lists<T>>);

struct Lists<T> {
  /// An index is never used again.
  by_index: RefCell<Vec<Option<Rc<T>>>>,
  /// Address and index, by address.
  by_address: RefCell<Vec<(usize, usize)>>,
}

impl<T: Context> Default for Contexts<T> {
  fn default() -> Self {
    Self(Rc::new(Lists { by_index: RefCell::default(), by_address: RefCell::default() }))
  }
}

impl<T: Context> Contexts<T> {
  /// Keeps a context until `object`, which the op's function has, is collected; gives its index.
  pub(super) fn keep(
    &self,
    scope: Scope<'_, '_, '_>,
    kept: &Kept,
    op: Rc<T>,
    object: v8::Local<'_, v8::Object>,
  ) -> usize {
    let index = self.0.add(op);
    kept.keep_for(scope, object.into(), Box::new(Place { lists: Rc::downgrade(&self.0), index }));
    index
  }

  /// The op of an index, if there is one.
  pub(super) fn at_index(&self, index: Value<'_>) -> Option<Rc<T>> {
    self.0.by_index.borrow().get(whole(index)?)?.clone()
  }

  /// The op of a context's address, if one lies there. The address is compared, not followed.
  pub(super) fn at_address(&self, address: Value<'_>) -> Option<Rc<T>> {
    let address = whole(address)?;
    let addresses = self.0.by_address.borrow();
    let place = addresses.binary_search_by_key(&address, |&(other, _)| other).ok()?;
    self.0.by_index.borrow().get(addresses[place].1)?.clone()
  }
}

impl<T: Context> Lists<T> {
  fn add(&self, op: Rc<T>) -> usize {
    let address = op.address();
    let mut ops = self.by_index.borrow_mut();
    let mut addresses = self.by_address.borrow_mut();
    let place = addresses.partition_point(|&(other, _)| other < address);
    addresses.insert(place, (address, ops.len()));
    ops.push(Some(op));
    ops.len() - 1
  }

  fn remove(&self, index: usize) {
    let op = self.by_index.borrow_mut().get_mut(index).and_then(Option::take);
    let Some(op) = op else { return };
    let address = op.address();
    let mut addresses = self.by_address.borrow_mut();
    if let Ok(place) = addresses.binary_search_by_key(&address, |&(other, _)| other) {
      addresses.remove(place);
    }
  }
}

/// The place of a context, which is taken out when this goes.
struct Place<T: Context> {
  lists: Weak<Lists<T>>,
  index: usize,
}

impl<T: Context> Drop for Place<T> {
  fn drop(&mut self) {
    if let Some(lists) = self.lists.upgrade() {
      lists.remove(self.index);
    }
  }
}

#[cold]
pub(super) fn no_such_op() -> OpFailure {
  OpFailure::op_of_nobody()
}

fn whole(value: Value<'_>) -> Option<usize> {
  let number = v8::Local::<v8::Number>::try_from(value).ok()?.value();
  let whole = number as usize;
  (whole as f64 == number).then_some(whole)
}
