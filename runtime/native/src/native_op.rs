//! An op of a native plugin: function pointers and their data.

use std::ffi::c_void;
use std::mem::offset_of;
use std::ptr::NonNull;
use std::rc::Rc;

use http::request::Parts;
use plugbay_ops::Encoding;
use plugbay_ops::FastFunction;
use plugbay_ops::OpTarget;
use plugbay_ops::Outcome;
use plugbay_ops::RequestBody;
use plugbay_ops::Signature;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

use super::http::lend_request;
use super::outcome::take_outcome;
use super::plugin::NativePlugin;
use super::report::new_outcome;
use super::report::slice;
use super::signature::TypedCode;

/// The code of a native op.
pub struct NativeOp {
  encoding: Encoding,
  /// Called with bytes; of an op whose encoding is none of these only by mistake.
  call: abi::OpFn,
  typed: Option<TypedCode>,
  /// The function for lending calls, of an op whose encoding is [`Encoding::Bytes`].
  lent: Option<NonNull<c_void>>,
  /// What answers requests, of an op whose encoding is for that.
  answer: Option<abi::HttpFn>,
  data: *mut c_void,
  drop: Option<unsafe extern "C" fn(*mut c_void)>,
  /// What each call is told.
  circumstances: abi::Call,
  /// Keeps the library mapped; dropped last.
  plugin: Rc<NativePlugin>,
}

impl NativeOp {
  /// Takes over the `data` of a definition, which is dropped when it is no op of this ABI.
  ///
  /// # Errors
  ///
  /// What is wrong with it: no function, an encoding or a kind that is unknown, a signature that does not hold
  /// together.
  ///
  /// # Safety
  ///
  /// `plugin` is registering this op with the functions of `host`, and has made the definition as
  /// [`abi::OpDefinition`] says.
  pub unsafe fn from_raw(
    definition: &Definition<'_>,
    plugin: Rc<NativePlugin>,
    host: &'static abi::HostTable,
  ) -> Result<Self, String> {
    unsafe extern "C" fn not_an_op(
      _: *mut c_void,
      _: *const abi::Call,
      _: *mut abi::Buffer,
      _: usize,
      _: *mut abi::Outcome,
    ) {
    }
    let mut op = Self {
      encoding: Encoding::Bytes,
      call: definition.call.unwrap_or(not_an_op),
      typed: None,
      lent: None,
      answer: None,
      data: definition.data,
      drop: definition.drop,
      circumstances: abi::Call { size: size_of::<abi::Call>(), host, instance: plugin.instance() },
      plugin,
    };
    op.encoding = match definition.encoding {
      abi::encoding::BYTES => Encoding::Bytes,
      abi::encoding::JSON => Encoding::Json,
      abi::encoding::TYPED => Encoding::Typed,
      abi::encoding::HTTP => Encoding::Http,
      abi::encoding::REDIS => Encoding::Redis,
      other => return Err(format!("with encoding {other}, which is unknown")),
    };
    if let Some(signature) = definition.signature {
      // SAFETY: the caller's promise.
      op.typed = Some(unsafe { TypedCode::from_raw(signature) }?);
    }
    match op.encoding {
      Encoding::Typed if op.typed.is_none() => Err("without its signature".to_string()),
      Encoding::Typed => Ok(op),
      encoding if encoding.is_of_servers() && definition.answer.is_none() => {
        Err("that answers requests, without code for it".to_string())
      }
      encoding if encoding.is_of_servers() => {
        op.answer = definition.answer;
        Ok(op)
      }
      Encoding::Bytes if definition.call.is_some() => {
        op.lent = definition.lent;
        Ok(op)
      }
      _ if definition.call.is_none() => Err("without code".to_string()),
      _ => Ok(op),
    }
  }
}

/// The fields of an [`abi::OpDefinition`], of which an older plugin has fewer.
pub struct Definition<'a> {
  pub name: &'a [u8],
  encoding: u32,
  call: Option<abi::OpFn>,
  data: *mut c_void,
  drop: Option<unsafe extern "C" fn(*mut c_void)>,
  signature: Option<&'a abi::Signature>,
  lent: Option<NonNull<c_void>>,
  answer: Option<abi::HttpFn>,
}

impl<'a> Definition<'a> {
  /// # Errors
  ///
  /// The size, when it is shorter than it was in the first version; its data is not dropped then.
  ///
  /// # Safety
  ///
  /// A plugin made the definition as [`abi::OpDefinition`] says, with the size that it says, and keeps it for `'a`.
  pub unsafe fn read(definition: *const abi::OpDefinition) -> Result<Self, usize> {
    // SAFETY: the caller's promise: every version begins with the size.
    let size = unsafe { (&raw const (*definition).size).read() };
    if size < offset_of!(abi::OpDefinition, signature) {
      return Err(size);
    }
    // SAFETY: these fields lie within the size.
    unsafe {
      let signature = match size >= offset_of!(abi::OpDefinition, lent) {
        true => (*definition).signature.as_ref(),
        false => None,
      };
      let lent = match size >= offset_of!(abi::OpDefinition, answer) {
        true => NonNull::new((*definition).lent.cast_mut()),
        false => None,
      };
      let answer = match size >= size_of::<abi::OpDefinition>() {
        true => (*definition).answer,
        false => None,
      };
      Ok(Self {
        name: slice(&(*definition).name),
        encoding: (*definition).encoding,
        call: (*definition).call,
        data: (*definition).data,
        drop: (*definition).drop,
        signature,
        lent,
        answer,
      })
    }
  }

  /// Drops the data of a definition that goes nowhere.
  pub fn drop_data(&self) {
    if let Some(drop) = self.drop {
      // SAFETY: the data was given to the host, which drops it once.
      unsafe { drop(self.data) };
    }
  }
}

impl OpTarget for NativeOp {
  fn encoding(&self) -> Encoding {
    self.encoding
  }

  fn signature(&self) -> Option<&Rc<Signature>> {
    self.typed.as_ref().map(|typed| &typed.signature)
  }

  fn fast(&self) -> Option<FastFunction> {
    let address = self.typed.as_ref()?.fast?;
    Some(FastFunction { address, data: self.data, instance: self.plugin.instance() })
  }

  fn lent(&self) -> Option<FastFunction> {
    let address = self.lent?.as_ptr().cast_const();
    Some(FastFunction { address, data: self.data, instance: self.plugin.instance() })
  }

  unsafe fn call_typed(&self, arguments: &mut [abi::Argument]) -> Outcome {
    let Some(typed) = &self.typed else { return Outcome::NotFound };
    // Of a fast call whose error nobody could be told, because the stack was full.
    self.plugin.take_failure();
    let mut outcome = new_outcome();
    // SAFETY: the function and `data` belong together, and the library is mapped while `self` lives; the caller
    // promises that the arguments are those of the signature.
    unsafe {
      (typed.call)(self.data, &self.circumstances, arguments.as_mut_ptr(), arguments.len(), &mut outcome);
      take_outcome(&mut outcome, &self.plugin)
    }
  }

  fn answer(&self, head: &Parts, body: RequestBody) -> Outcome {
    let Some(answer) = self.answer else { return Outcome::NotFound };
    let library = self.plugin.library().clone();
    let mut outcome = new_outcome();
    // SAFETY: the function and `data` belong together, and the library is mapped while `self` lives. The request is
    // whole until the call returns.
    lend_request(head, body, library, |request| unsafe {
      answer(self.data, &self.circumstances, request, &mut outcome)
    });
    // SAFETY: the op has returned.
    unsafe { take_outcome(&mut outcome, &self.plugin) }
  }

  #[inline]
  fn call(&self, buffers: &mut [OwnedBuffer]) -> Outcome {
    let mut outcome = new_outcome();
    // SAFETY: `call` and `data` belong together, and the library is mapped while `self` lives, which the table's caller
    // sees to. OwnedBuffer is a transparent wrapper of Buffer; whatever the op exchanges them for is whole too.
    unsafe {
      (self.call)(self.data, &self.circumstances, buffers.as_mut_ptr().cast(), buffers.len(), &mut outcome);
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
