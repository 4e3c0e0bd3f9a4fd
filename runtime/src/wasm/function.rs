//! An exported function of a module as the code of an op.

use deno_core::v8;
use plugin_abi::OwnedBuffer;

use super::signature::NumberType;
use super::signature::Signature;
use crate::ops::Answer;
use crate::ops::Encoding;
use crate::ops::OpFailure;
use crate::ops::OpTarget;
use crate::ops::Outcome;

/// An exported function of a plain module.
pub(crate) struct WasmFunction {
  function: v8::Global<v8::Function>,
  signature: Signature,
}

impl WasmFunction {
  pub(super) fn new(
    scope: &mut v8::PinScope<'_, '_>,
    function: v8::Local<'_, v8::Function>,
    signature: Signature,
  ) -> Self {
    Self { function: v8::Global::new(scope, function), signature }
  }

  /// The arguments that bytes stand for: little-endian, one after the other.
  fn decode<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    bytes: &[u8],
  ) -> Result<Vec<v8::Local<'s, v8::Value>>, OpFailure> {
    let types = numbers(&self.signature.parameters)?;
    let wanted: usize = types.iter().map(|ty| ty.size()).sum();
    if bytes.len() != wanted {
      let message = format!("its parameters {types:?} are {wanted} bytes, little-endian; got {} bytes", bytes.len());
      return Err(OpFailure::new("TypeError", "ERR_OP_ARGUMENT", message));
    }
    let mut rest = bytes;
    let mut arguments = Vec::with_capacity(types.len());
    for ty in types {
      let (value, tail) = rest.split_at(ty.size());
      rest = tail;
      arguments.push(match ty {
        NumberType::I32 => v8::Integer::new(scope, i32::from_le_bytes(array(value))).into(),
        NumberType::I64 => v8::BigInt::new_from_i64(scope, i64::from_le_bytes(array(value))).into(),
        NumberType::F32 => v8::Number::new(scope, f32::from_le_bytes(array(value)).into()).into(),
        NumberType::F64 => v8::Number::new(scope, f64::from_le_bytes(array(value))).into(),
      });
    }
    Ok(arguments)
  }

  /// The bytes that stand for a result. A function of several results gives an array of them.
  fn encode(&self, scope: &mut v8::PinScope<'_, '_>, result: v8::Local<'_, v8::Value>) -> Result<Vec<u8>, OpFailure> {
    let types = numbers(&self.signature.results)?;
    let mut bytes = Vec::new();
    for (index, ty) in types.iter().enumerate() {
      let value = match (types.len(), v8::Local::<v8::Array>::try_from(result)) {
        (1, _) | (_, Err(_)) => Some(result),
        (_, Ok(array)) => array.get_index(scope, index as u32),
      };
      let Some(value) = value else { continue };
      match ty {
        NumberType::I32 => bytes.extend(value.int32_value(scope).unwrap_or_default().to_le_bytes()),
        NumberType::I64 => {
          let big = v8::Local::<v8::BigInt>::try_from(value).map(|big| big.i64_value().0);
          bytes.extend(big.unwrap_or_default().to_le_bytes());
        }
        NumberType::F32 => bytes.extend((value.number_value(scope).unwrap_or(f64::NAN) as f32).to_le_bytes()),
        NumberType::F64 => bytes.extend(value.number_value(scope).unwrap_or(f64::NAN).to_le_bytes()),
      }
    }
    Ok(bytes)
  }
}

impl OpTarget for WasmFunction {
  fn encoding(&self) -> Encoding {
    Encoding::WasmValues
  }

  fn call(&self, scope: &mut v8::PinScope<'_, '_>, buffers: &mut [OwnedBuffer]) -> Outcome {
    let arguments = match self.decode(scope, buffers.first().map_or(&[], |buffer| buffer)) {
      Ok(arguments) => arguments,
      Err(failure) => return Outcome::Failed(failure),
    };
    let function = v8::Local::new(scope, &self.function);
    let undefined = v8::undefined(scope).into();
    let Some(result) = function.call(scope, undefined, &arguments) else { return Outcome::Thrown };
    match self.encode(scope, result) {
      Ok(bytes) => Outcome::Answer(Answer::of_host(bytes)),
      Err(failure) => Outcome::Failed(failure),
    }
  }

  fn call_with_values<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    arguments: &[v8::Local<'s, v8::Value>],
  ) -> Option<v8::Local<'s, v8::Value>> {
    let function = v8::Local::new(scope, &self.function);
    let undefined = v8::undefined(scope).into();
    function.call(scope, undefined, arguments)
  }
}

/// The types, if all of them can be written as bytes.
fn numbers(types: &[Option<NumberType>]) -> Result<Vec<NumberType>, OpFailure> {
  types.iter().copied().collect::<Option<Vec<_>>>().ok_or_else(|| {
    let message = "its signature has references or vectors, which have no bytes; call it through plugin.ops";
    OpFailure::new("TypeError", "ERR_OP_ARGUMENT", message)
  })
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
  bytes.try_into().expect("split_at gave so many")
}
