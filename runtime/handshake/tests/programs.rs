//! Programs are told from libraries, though their format is the same.

use plugin_handshake::Refusal;

#[test]
fn a_program_is_called_one() {
  let this = std::env::current_exe().expect("the test is a program");
  let refusal = plugin_handshake::read(&std::fs::read(this).expect("it can be read")).expect_err("it is no plugin");
  let Refusal::NotALibrary { found } = refusal else { panic!("{refusal}") };
  assert!(found.starts_with("a program ("), "{found}");
}
