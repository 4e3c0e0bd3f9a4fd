//! The contexts of ops that V8 calls directly. What JavaScript says of one is looked up here before anything is done with it: an
//! index, or an address where it passes on the one that a plugin's fast function takes. A context
//! goes with the object by which JavaScript has it.

use std::cell::RefCell;
use std::cell::UnsafeCell;
use std::rc::Rc;
use std::rc::Weak;

use deno_core::v8;
use plugbay_ops::OpEntry;
use plugin_abi as abi;

use super::JsSide;
use super::Scope;
use super::Value;
use super::kept;
use crate::host::Host;

/// What a plugin's fast function gets as its context, which is in memory of its own: whoever reads metrics on another thread looks into
/// it while this is dropped.
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

/// All of a runtime whose functions may be called.
pub(crate) struct Contexts<T> {
  /// An index is never used again.
  by_index: RefCell<Vec<Option<Rc<T>>>>,
  /// Address and index, by address.
  by_address: RefCell<Vec<(usize, usize)>>,
}

impl<T> Default for Contexts<T> {
  fn default() -> Self {
    Self { by_index: RefCell::default(), by_address: RefCell::default() }
  }
}

impl<T: Context> Contexts<T> {
  /// Keeps a context; gives its index.
  pub(super) fn add(&self, op: Rc<T>) -> usize {
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

  /// The op of an index, if there is one.
  pub(super) fn at_index(&self, index: Value<'_>) -> Option<Rc<T>> {
    self.by_index.borrow().get(whole(index)?)?.clone()
  }

  /// The op of a context's address, if one lies there. The address is compared, not followed.
  pub(super) fn at_address(&self, address: Value<'_>) -> Option<Rc<T>> {
    let address = whole(address)?;
    let addresses = self.by_address.borrow();
    let place = addresses.binary_search_by_key(&address, |&(other, _)| other).ok()?;
    self.by_index.borrow().get(addresses[place].1)?.clone()
  }
}

/// Keeps a context until `object`, which the op's function has, is collected; gives its index.
pub(super) fn keep<T: Context>(
  scope: Scope<'_, '_, '_>,
  host: &Host,
  contexts: fn(&JsSide) -> &Contexts<T>,
  op: Rc<T>,
  object: v8::Local<'_, v8::Object>,
) -> usize {
  let index = contexts(&host.js).add(op);
  kept::keep_for(scope, host, object.into(), Box::new(Place { host: host.weak(), contexts, index }));
  index
}

/// The place of a context, which is taken out when this goes.
struct Place<T: Context> {
  host: Weak<Host>,
  contexts: fn(&JsSide) -> &Contexts<T>,
  index: usize,
}

impl<T: Context> Drop for Place<T> {
  fn drop(&mut self) {
    if let Some(host) = self.host.upgrade() {
      (self.contexts)(&host.js).remove(self.index);
    }
  }
}

fn whole(value: Value<'_>) -> Option<usize> {
  let number = v8::Local::<v8::Number>::try_from(value).ok()?.value();
  let whole = number as usize;
  (whole as f64 == number).then_some(whole)
}
