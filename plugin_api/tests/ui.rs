//! What the compiler tells an author whose function cannot be an op.

#[test]
fn functions_that_cannot_be_ops_are_explained() {
  trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
