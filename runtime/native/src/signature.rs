//! Reads the signature that a plugin registers an op with.

use std::ffi::c_void;
use std::rc::Rc;

use plugbay_ops::Kind;
use plugbay_ops::Parameter;
use plugbay_ops::Signature;
use plugin_abi as abi;

use super::report::slice;

/// More parameters than any function has.
const MAX_PARAMETERS: usize = 255;

/// The functions of a typed op and what they take and give.
pub(super) struct TypedCode {
  pub(super) signature: Rc<Signature>,
  pub(super) call: abi::TypedFn,
  pub(super) fast: Option<*const c_void>,
}

impl TypedCode {
  /// Copies a signature.
  ///
  /// # Errors
  ///
  /// What is wrong with it.
  ///
  /// # Safety
  ///
  /// A plugin made it as [`abi::Signature`] says, and keeps it until this returns.
  pub(super) unsafe fn from_raw(raw: &abi::Signature) -> Result<Self, String> {
    if raw.size < size_of::<abi::Signature>() || raw.parameter_size < size_of::<abi::Parameter>() {
      return Err(format!("with a signature of {} bytes, parameters of {} bytes", raw.size, raw.parameter_size));
    }
    if raw.parameter_count > MAX_PARAMETERS {
      return Err(format!("with {} parameters, at most {MAX_PARAMETERS} will do", raw.parameter_count));
    }
    // SAFETY: the caller's promise: so many parameters, each of that size.
    let parameter = |index| unsafe { &*raw.parameters.byte_add(index * raw.parameter_size) };
    // SAFETY: the caller's promise.
    let parameters = (0..raw.parameter_count).map(|index| unsafe { read_parameter(parameter(index)) });
    // SAFETY: the caller's promise.
    let text = |text: &abi::Slice| String::from_utf8_lossy(unsafe { slice(text) }).into_owned();
    let signature = Signature {
      parameters: parameters.collect::<Result<_, _>>()?,
      result: kind(raw.result)?,
      is_async: raw.flags & abi::signature_flags::ASYNC != 0,
      documentation: text(&raw.documentation),
      result_type: text(&raw.result_type),
      declarations: text(&raw.declarations),
    };
    if let Some(fault) = signature.fault() {
      return Err(format!("with a signature that does not hold together: {fault}"));
    }
    let call = raw.call.ok_or("with a signature without code")?;
    let has_fast = !raw.fast.is_null() && can_be_fast(&signature);
    Ok(Self { signature: Rc::new(signature), call, fast: has_fast.then_some(raw.fast) })
  }
}

/// # Safety
///
/// As [`TypedCode::from_raw`].
unsafe fn read_parameter(raw: &abi::Parameter) -> Result<Parameter, String> {
  // SAFETY: the caller's promise.
  let text = |text: &abi::Slice| String::from_utf8_lossy(unsafe { slice(text) }).into_owned();
  Ok(Parameter {
    name: text(&raw.name),
    kind: kind(raw.kind)?,
    type_: text(&raw.type_),
    is_optional: raw.flags & abi::parameter_flags::OPTIONAL != 0,
  })
}

fn kind(number: u32) -> Result<Kind, String> {
  Kind::from_abi(number).ok_or_else(|| format!("with a value of kind {number}, which is unknown"))
}

fn can_be_fast(signature: &Signature) -> bool {
  let is_passed = |kind: Kind| kind.description().parameter.is_some_and(|parameter| parameter.fast.is_some());
  !signature.is_async && signature.parameters.iter().all(|parameter| is_passed(parameter.kind))
}
