//! Where things are in the frame of a call.

use plugbay_ops::Kind;
use plugbay_ops::Signature;
use wit_parser::Function;
use wit_parser::Int;
use wit_parser::Resolve;
use wit_parser::SizeAlign;
use wit_parser::Type;
use wit_parser::TypeDefKind;
use wit_parser::abi::AbiVariant;

use crate::shape::Shape;

/// Where the Arguments are, as `support.wat` says.
pub(crate) const ARGUMENTS: u32 = 96;
/// The size of an Argument.
pub(crate) const ARGUMENT: u32 = 8;
/// The size of an Outcome.
pub(crate) const OUTCOME: u32 = 80;

/// The frame of the calls of an op, and what is in its result.
pub(crate) struct Layout {
  pub(crate) parameters: Vec<Shape>,
  pub(crate) given: Shape,
  /// The function takes the address of its parameters, which lie in so many bytes.
  pub(crate) spilled: Option<u32>,
  /// The result, and behind it the outcomes of what reads and writes JSON, one a parameter and one for the result.
  pub(crate) result: u32,
  pub(crate) outcomes: u32,
  pub(crate) size: u32,
  /// In the result: what was given and what was written, and the error.
  pub(crate) ok: Vec<u64>,
  /// What was given may be nothing: where that is said.
  pub(crate) optional: Option<u64>,
  pub(crate) error: u32,
}

impl Layout {
  pub(crate) fn of(resolve: &Resolve, sizes: &SizeAlign, function: &Function, signature: Option<&Signature>) -> Self {
    let (parameters, given) = match signature {
      Some(Signature { parameters, result, .. }) => (
        parameters.iter().map(|parameter| Shape::of(parameter.kind, parameter.is_optional)).collect::<Vec<_>>(),
        Shape::of_result(*result),
      ),
      None => (vec![Shape::Buffers], Shape::of_result(Kind::Bytes)),
    };
    let is_spilled = resolve.wasm_signature(AbiVariant::GuestExport, function).indirect_params;
    let types = function.params.iter().map(|param| &param.ty);
    let spilled = is_spilled.then(|| sizes.params(types).size.size_wasm32() as u32);

    let defined = |type_: &Type| match *type_ {
      Type::Id(id) => Some(&resolve.types[id].kind),
      _ => None,
    };
    let type_ = function.result.expect("it gives a result");
    let Some(TypeDefKind::Result(both)) = defined(&type_) else { unreachable!("wit_world.rs gives each function one") };
    let payload = sizes.payload_offset(Int::U8, [both.ok.as_ref(), both.err.as_ref()]).size_wasm32();
    let mut fields = match (&both.ok, both.ok.as_ref().and_then(defined)) {
      (None, _) => Vec::new(),
      (_, Some(TypeDefKind::Tuple(tuple))) => {
        let offsets = sizes.field_offsets(&tuple.types);
        offsets.into_iter().map(|(offset, type_)| (payload + offset.size_wasm32(), *type_)).collect()
      }
      (Some(ok), _) => vec![(payload, *ok)],
    };
    let mut optional = None;
    if let Some((at, type_)) = fields.first_mut()
      && let Some(TypeDefKind::Option(some)) = defined(type_)
    {
      optional = Some(*at as u64);
      *at += sizes.payload_offset(Int::U8, [Some(some)]).size_wasm32();
    }
    let result = (ARGUMENTS + ARGUMENT * parameters.len() as u32).next_multiple_of(16);
    let outcomes = (result + sizes.size(&type_).size_wasm32() as u32).next_multiple_of(16);
    let size = outcomes + OUTCOME * (parameters.len() as u32 + 1);
    let ok = fields.iter().map(|(at, _)| *at as u64).collect();
    Self { parameters, given, spilled, result, outcomes, size, ok, optional, error: payload as u32 }
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  /// Where the parts of a result are, that it is none, and the error.
  fn places(result: &str) -> (Vec<u64>, Option<u64>, u32) {
    let text = format!(
      "package a:b;
      interface ops {{
        record op-error {{ class: string, code: option<string>, message: string }}
        one: func() -> result<{result}, op-error>;
      }}"
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", &text).expect("it is WIT");
    let mut sizes = SizeAlign::default();
    sizes.fill(&resolve);
    let function = &resolve.interfaces[resolve.packages[package].interfaces["ops"]].functions["one"];
    let layout = Layout::of(&resolve, &sizes, function, None);
    (layout.ok, layout.optional, layout.error)
  }

  #[test]
  fn a_result_lies_where_the_canonical_abi_has_it() {
    assert_eq!(places("_"), (vec![], None, 4));
    assert_eq!(places("bool"), (vec![4], None, 4));
    assert_eq!(places("u64"), (vec![8], None, 8));
    assert_eq!(places("option<string>"), (vec![8], Some(4), 4));
    assert_eq!(places("tuple<u8, list<u8>>"), (vec![4, 8], None, 4));
    assert_eq!(places("tuple<f64, list<f64>, list<u8>>"), (vec![8, 16, 24], None, 8));
    assert_eq!(places("tuple<option<string>, list<u8>>"), (vec![8, 16], Some(4), 4));
  }
}
