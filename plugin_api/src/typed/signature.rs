//! What an op says of itself when it is registered.

use plugin_abi as abi;

use crate::host::HostRef;

/// What an op takes and gives.
pub struct Signature {
  /// What JavaScript passes, in order.
  pub parameters: Vec<Parameter>,
  /// An [`abi::kind`].
  pub result: u32,
  /// It gives a Promise.
  pub is_async: bool,
  /// What the op does, for people.
  pub documentation: &'static str,
  /// TypeScript type of the result; empty: that of its kind.
  pub result_type: String,
  /// TypeScript declarations that the types refer to.
  pub declarations: String,
}

/// A parameter of an op.
pub struct Parameter {
  /// What people call it.
  pub name: &'static str,
  /// An [`abi::kind`].
  pub kind: u32,
  /// The script may leave it out.
  pub is_optional: bool,
  /// TypeScript type; empty: that of its kind.
  pub type_: String,
}

impl Signature {
  /// As C has it; it borrows the texts from `self`, and the parameters from `parameters`.
  pub(crate) fn to_abi(
    &self,
    parameters: &[abi::Parameter],
    call: abi::TypedFn,
    fast: *const std::ffi::c_void,
  ) -> abi::Signature {
    abi::Signature {
      size: size_of::<abi::Signature>(),
      parameters: parameters.as_ptr(),
      parameter_count: parameters.len(),
      parameter_size: size_of::<abi::Parameter>(),
      result: self.result,
      flags: if self.is_async { abi::signature_flags::ASYNC } else { 0 },
      documentation: HostRef::slice(self.documentation),
      result_type: HostRef::slice(&self.result_type),
      declarations: HostRef::slice(&self.declarations),
      call: Some(call),
      fast,
    }
  }

  /// For [`Self::to_abi`].
  pub(crate) fn abi_parameters(&self) -> Vec<abi::Parameter> {
    let parameters = self.parameters.iter().map(|parameter| abi::Parameter {
      name: HostRef::slice(parameter.name),
      type_: HostRef::slice(&parameter.type_),
      kind: parameter.kind,
      flags: if parameter.is_optional { abi::parameter_flags::OPTIONAL } else { 0 },
    });
    parameters.collect()
  }
}
