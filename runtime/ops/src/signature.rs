//! What a typed op takes and gives.

use plugin_abi::Kind;

/// What an op takes and gives, copied out of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
  /// Its parameters, in order.
  pub parameters: Vec<Parameter>,
  /// The kind of its result.
  pub result: Kind,
  /// It gives a Promise.
  pub is_async: bool,
  /// What the op does, for people; may be empty.
  pub documentation: String,
  /// TypeScript type of the result; empty: that of its kind.
  pub result_type: String,
  /// TypeScript declarations that the types refer to.
  pub declarations: String,
}

/// A parameter of a typed op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
  /// What it is called.
  pub name: String,
  /// The kind of its value.
  pub kind: Kind,
  /// TypeScript type; empty: that of its kind.
  pub type_: String,
  /// The script may leave it out.
  pub is_optional: bool,
}

impl Signature {
  /// What is wrong with it, if anything is.
  pub fn fault(&self) -> Option<String> {
    let last = self.parameters.len().saturating_sub(1);
    for (index, parameter) in self.parameters.iter().enumerate() {
      if parameter.kind.description().parameter.is_none() {
        return Some(format!("its parameter {:?} has no value", parameter.name));
      }
      if parameter.kind == Kind::Buffers && index != last {
        return Some(format!("its parameter {:?} takes all further buffers and is not the last", parameter.name));
      }
    }
    self.result.description().result.is_none().then(|| format!("its result is of kind {}", self.result.name()))
  }
}
