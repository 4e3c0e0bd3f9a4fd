//! An op of a native plugin: a function pointer and its data.

use std::ffi::c_void;
use std::rc::Rc;

use deno_core::v8;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

use super::host_table::HOST_TABLE;
use super::plugin::NativePlugin;
use super::report::new_outcome;
use super::report::take_outcome;
use crate::ops::Encoding;
use crate::ops::OpTarget;
use crate::ops::Outcome;

/// The code of a native op.
pub(crate) struct NativeOp {
  encoding: Encoding,
  call: abi::OpFn,
  data: *mut c_void,
  drop: Option<unsafe extern "C" fn(*mut c_void)>,
  /// Keeps the library mapped; dropped last.
  plugin: Rc<NativePlugin>,
}

impl NativeOp {
  /// Takes over the `data` of a definition. `None` when the definition has no function or an encoding that is unknown;
  /// the data is dropped then.
  ///
  /// # Safety
  ///
  /// `plugin` is registering this op and has made the definition as [`abi::OpDefinition`] says.
  pub(crate) unsafe fn from_raw(definition: &abi::OpDefinition, plugin: Rc<NativePlugin>) -> Option<Self> {
    unsafe extern "C" fn not_an_op(
      _: *mut c_void,
      _: *const abi::Call,
      _: *mut abi::Buffer,
      _: usize,
      _: *mut abi::Outcome,
    ) {
    }
    let encoding = match definition.encoding {
      abi::encoding::BYTES => Some(Encoding::Bytes),
      abi::encoding::JSON => Some(Encoding::Json),
      _ => None,
    };
    let op = Self {
      encoding: encoding.unwrap_or(Encoding::Bytes),
      call: definition.call.unwrap_or(not_an_op),
      data: definition.data,
      drop: definition.drop,
      plugin,
    };
    (encoding.is_some() && definition.call.is_some()).then_some(op)
  }
}

impl OpTarget for NativeOp {
  fn encoding(&self) -> Encoding {
    self.encoding
  }

  #[inline]
  fn call(&self, _scope: &mut v8::PinScope<'_, '_>, buffers: &mut [OwnedBuffer]) -> Outcome {
    let call = abi::Call { size: size_of::<abi::Call>(), host: &HOST_TABLE, instance: self.plugin.instance() };
    let mut outcome = new_outcome();
    // SAFETY: `call` and `data` belong together, and the library is mapped while `self` lives, which the table's caller
    // sees to. OwnedBuffer is a transparent wrapper of Buffer; whatever the op exchanges them for is whole too.
    unsafe {
      (self.call)(self.data, &call, buffers.as_mut_ptr().cast(), buffers.len(), &mut outcome);
      take_outcome(&mut outcome, &self.plugin)
    }
  }
}

impl Drop for NativeOp {
  fn drop(&mut self) {
    if let Some(drop) = self.drop {
      // SAFETY: the data is live, and is given up here; the library is still mapped.
      unsafe { drop(self.data) };
    }
  }
}
