//! The memory that arguments and results of typed ops go through.

use std::cell::UnsafeCell;
use std::sync::Arc;
use std::sync::Mutex;

use deno_core::v8;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

/// Longer results become backing stores of their own.
pub(super) const SLAB_LONGEST: usize = 4 * 1024;

/// The exchange of a runtime. JavaScript and plugins write to it through pointers, on the isolate's thread.
pub(crate) struct Exchange {
  memory: Box<UnsafeCell<abi::Exchange>>,
  /// What the pointers in it point into.
  stores: UnsafeCell<Stores>,
  pub(super) spare_slabs: SpareSlabs,
}

pub(super) type Store = v8::SharedRef<v8::BackingStore>;

/// Slabs that no result lies in any more. They are not cleared: what is in them, scripts of this runtime have seen.
pub(super) type SpareSlabs = Arc<Mutex<Vec<Box<[u8]>>>>;

#[derive(Default)]
pub(super) struct Stores {
  pub(super) input: Option<Store>,
  pub(super) output: Option<Store>,
  pub(super) slab: Option<Store>,
}

impl Default for Exchange {
  fn default() -> Self {
    let memory = abi::Exchange {
      size: size_of::<abi::Exchange>(),
      input: std::ptr::null(),
      input_length: 0,
      output: std::ptr::null_mut(),
      output_capacity: 0,
      slab: std::ptr::null_mut(),
      slab_capacity: 0,
      slab_used: 0,
      slab_longest: SLAB_LONGEST,
      status: abi::status::DONE,
      slab_offset: 0,
      integer: 0,
      overflow: abi::Buffer::EMPTY,
    };
    Self { memory: Box::new(UnsafeCell::new(memory)), stores: UnsafeCell::default(), spare_slabs: Arc::default() }
  }
}

impl Exchange {
  /// Where it lies, for as long as the host lives.
  pub(crate) fn as_ptr(&self) -> *mut abi::Exchange {
    self.memory.get()
  }

  /// Looks at it, or changes it.
  pub(super) fn with<R>(&self, work: impl FnOnce(&mut abi::Exchange, &mut Stores) -> R) -> R {
    // SAFETY: this is the isolate's thread, and no plugin runs: `work` calls neither V8 nor plugins.
    unsafe { work(&mut *self.memory.get(), &mut *self.stores.get()) }
  }

  /// The arguments in the wire format from `start` on; `None` when no word begins there.
  pub(super) fn input_from(&self, start: usize) -> Option<abi::Slice> {
    self.with(|memory, _| {
      let len = memory.input_length.checked_sub(start).filter(|&len| len >= 8 && start.is_multiple_of(8))?;
      Some(abi::Slice { ptr: memory.input.wrapping_add(start), len })
    })
  }

  /// Puts a result where a fast function would; `false` when it does not fit.
  pub(super) fn put_output(&self, bytes: &[u8]) -> bool {
    self.with(|memory, _| {
      if bytes.len() > memory.output_capacity {
        return false;
      }
      // SAFETY: so many bytes have room there.
      unsafe { memory.output.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
      true
    })
  }

  /// Leaves a result as a fast function does that finds no room for it.
  pub(super) fn put_overflow(&self, bytes: OwnedBuffer) {
    self.with(|memory, _| {
      memory.overflow = bytes.into_raw();
      memory.status = abi::status::OVERFLOW;
    });
  }

  /// Says how a fast call has ended: one of [`abi::status`].
  pub(super) fn set_status(&self, status: u32) {
    self.with(|memory, _| memory.status = status);
  }

  /// Leaves an integer that no double holds.
  pub(super) fn put_integer(&self, bits: u64) {
    self.with(|memory, _| memory.integer = bits);
  }

  /// Whether the slab has no room for the longest result that goes there.
  pub(super) fn wants_slab(&self) -> bool {
    self.with(|memory, _| memory.slab_capacity.saturating_sub(memory.slab_used) < memory.slab_longest)
  }

  /// Takes the result that did not fit elsewhere.
  pub(super) fn take_overflow(&self) -> abi::Buffer {
    self.with(|memory, _| std::mem::replace(&mut memory.overflow, abi::Buffer::EMPTY))
  }
}

/// Where a store's bytes are.
pub(super) fn data(store: &Store) -> *mut u8 {
  store.data().map_or(std::ptr::null_mut(), |data| data.as_ptr().cast())
}
