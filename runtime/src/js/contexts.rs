//! The contexts of ops that V8 calls directly. What JavaScript says of one is looked up here before anything is done with it: an
//! index, or an address where it passes on the one that a plugin's fast function takes.

use std::cell::RefCell;
use std::cell::UnsafeCell;
use std::rc::Rc;

use deno_core::v8;
use plugin_abi as abi;

use super::Value;
use crate::ops::OpEntry;

/// What a plugin's fast function gets as its context is the first field of this.
#[repr(C)]
pub(crate) struct TypedOp {
  context: UnsafeCell<abi::FastContext>,
  /// The open plugin that the op belongs to, or 0 when it was closed before somebody asked for the op.
  pub(super) instance: u64,
  pub(super) entry: Rc<OpEntry>,
}

impl TypedOp {
  pub(super) fn new(context: abi::FastContext, entry: Rc<OpEntry>) -> Self {
    Self { instance: context.instance, context: UnsafeCell::new(context), entry }
  }

  /// Where the context lies, for as long as the host lives. Plugins write to it.
  pub(super) fn context(&self) -> *mut abi::FastContext {
    self.context.get()
  }
}

/// What has a context that plugins see.
pub(super) trait Context {
  /// Where it lies, for as long as the host lives.
  fn address(&self) -> usize;
}

impl Context for TypedOp {
  fn address(&self) -> usize {
    self.context() as usize
  }
}

/// All of a runtime: functions of ops may be called as long as the isolate lives.
pub(crate) struct Contexts<T> {
  by_index: RefCell<Vec<Rc<T>>>,
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
    ops.push(op);
    ops.len() - 1
  }

  /// The op of an index, if there is one.
  pub(super) fn at_index(&self, index: Value<'_>) -> Option<Rc<T>> {
    self.by_index.borrow().get(whole(index)?).cloned()
  }

  /// The op of a context's address, if one lies there. The address is compared, not followed.
  pub(super) fn at_address(&self, address: Value<'_>) -> Option<Rc<T>> {
    let address = whole(address)?;
    let addresses = self.by_address.borrow();
    let place = addresses.binary_search_by_key(&address, |&(other, _)| other).ok()?;
    self.by_index.borrow().get(addresses[place].1).cloned()
  }
}

fn whole(value: Value<'_>) -> Option<usize> {
  let number = v8::Local::<v8::Number>::try_from(value).ok()?.value();
  let whole = number as usize;
  (whole as f64 == number).then_some(whole)
}
