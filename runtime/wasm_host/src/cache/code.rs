//! The machine code of a module as bytes.
//!
//! The v8 crate reads V8's format but has no function that writes it; the one of V8's library is called by its name
//! there.

use std::cell::Cell;
use std::cell::RefCell;
use std::rc::Rc;

use deno_core::v8;
use module_cache::Stored;

/// The code that V8 has optimised so far, in its own format. `None` when there is none.
#[cfg(not(target_env = "msvc"))]
pub(super) fn serialize(module: &v8::CompiledWasmModule) -> Option<Vec<u8>> {
  use std::ffi::c_void;
  use std::slice;

  /// V8's `OwnedBuffer`. The C++ library that V8 is built with has a unique_ptr that is passed in registers.
  #[repr(C)]
  struct OwnedBuffer {
    bytes: *const u8,
    length: usize,
  }

  unsafe extern "C" {
    /// `v8::CompiledWasmModule::Serialize()`
    #[link_name = "_ZN2v818CompiledWasmModule9SerializeEv"]
    fn compiled_wasm_module_serialize(module: *const c_void) -> OwnedBuffer;
    /// `operator delete[](void*)`
    #[link_name = "_ZdaPv"]
    fn operator_delete_array(bytes: *const u8);
  }

  const { assert!(size_of::<v8::CompiledWasmModule>() == size_of::<*const c_void>()) };
  // SAFETY: it is a newtype of the pointer to V8's object, and of its size.
  let object = unsafe { *(&raw const *module).cast::<*const c_void>() };
  // SAFETY: the object lives as long as `module`, and V8 locks it against the threads of its compiler.
  let serialized = unsafe { compiled_wasm_module_serialize(object) };
  if serialized.bytes.is_null() {
    return None;
  }
  // SAFETY: V8 made an array of that many bytes, which nobody else has.
  let bytes = unsafe { slice::from_raw_parts(serialized.bytes, serialized.length) }.to_vec();
  // SAFETY: V8 made the array with new[] and has given it away.
  unsafe { operator_delete_array(serialized.bytes) };
  Some(bytes)
}

/// Names of C++ functions are others there: modules are compiled each time.
#[cfg(target_env = "msvc")]
pub(super) fn serialize(_module: &v8::CompiledWasmModule) -> Option<Vec<u8>> {
  None
}

thread_local! {
  /// What [`offer`] gives to V8, whose callback has no place for data, and whether V8 took it.
  static OFFERED: RefCell<(Option<Rc<Stored>>, bool)> = const { RefCell::new((None, false)) };
}

fn offer(caching: &mut v8::ModuleCachingInterface) {
  OFFERED.with_borrow_mut(|(stored, was_taken)| {
    *was_taken = stored.as_ref().is_some_and(|stored| caching.set_cached_compiled_module_bytes(stored.code()));
  });
}

/// The module with the code that [`serialize`] gave for the same bytes. `None` when V8 does not take the code: it is
/// of another version of V8, other flags or another processor.
///
/// # Safety
///
/// V8 will run the code: it must be what `serialize` gave.
pub(super) unsafe fn deserialize<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  stored: &Rc<Stored>,
) -> Option<v8::Local<'s, v8::WasmModuleObject>> {
  OFFERED.set((Some(stored.clone()), false));
  let mut compilation = v8::WasmModuleCompilation::new();
  compilation.set_has_compiled_module_bytes();
  compilation.on_bytes_received(stored.module());
  let compiled = Rc::new(Cell::new(None));
  let result = compiled.clone();
  // When V8 takes the code it is done at once; else it compiles the bytes, now or later.
  compilation.finish(scope, Some(v8::MapFnTo::map_fn_to(offer)), move |_, module| {
    result.set(module.ok().map(|module| module.get_compiled_module()));
  });
  let (_, was_taken) = OFFERED.take();
  let compiled = compiled.take().filter(|_| was_taken)?;
  v8::WasmModuleObject::from_compiled_module(scope, &compiled)
}
