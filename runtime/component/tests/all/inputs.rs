//! What the tests are made of.

use component_plan::Limits;
use component_plan::Plan;
use component_plan::PlanError;
use component_plan::Planned;

/// The bytes of a component or module in text.
pub(crate) fn binary(text: &str) -> Vec<u8> {
  wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

pub(crate) fn planned(bytes: &[u8]) -> Result<Planned, PlanError> {
  component_plan::plan(bytes, &Limits::default())
}

/// The plan of a component in text.
pub(crate) fn plan(text: &str) -> Plan {
  planned(&binary(text)).unwrap_or_else(|error| panic!("{error}\n{text}")).plan
}

/// Why there is no plan of a component in text.
pub(crate) fn refusal(text: &str) -> PlanError {
  match planned(&binary(text)) {
    Ok(planned) => panic!("there is a plan: {:?}", planned.plan),
    Err(error) => error,
  }
}

/// A component with one import, a function with these parameters and result, that a core module calls.
pub(crate) fn importing(types: &str, signature: &str) -> String {
  format!(
    r#"(component
      {types}
      (import "f" (func $f {signature}))
      (core module $memory
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
      (core instance $memory (instantiate $memory))
      (core func $lowered (canon lower (func $f) (memory (core memory $memory "memory"))
        (realloc (core func $memory "realloc"))))
    )"#
  )
}

/// A core module that says it is of a world.
pub(crate) fn of_world(module: &str, wit: &str) -> Vec<u8> {
  let mut resolve = wit_parser::Resolve::default();
  let package = resolve.push_str("test.wit", wit).unwrap_or_else(|error| panic!("{error:#}"));
  let world = resolve.select_world(&[package], None).unwrap_or_else(|error| panic!("{error:#}"));
  let mut bytes = binary(module);
  wit_component::embed_component_metadata(&mut bytes, &resolve, world, wit_component::StringEncoding::UTF8)
    .unwrap_or_else(|error| panic!("{error:#}"));
  bytes
}

/// It was refused by a check, and not because the decoder of `wit-parser` panicked.
#[track_caller]
pub(crate) fn assert_undescribed<T: std::fmt::Debug>(refused: Result<T, PlanError>, text: &str) {
  let Err(PlanError::Undescribed(why)) = &refused else { panic!("{text}: {refused:?}") };
  assert_ne!(why, "its types are not as they should be", "{text}");
}
