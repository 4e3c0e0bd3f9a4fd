//! The programs that build components.

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

/// What the shell has itself.
const OF_SHELL: &[&str] = &[".", "cd", "echo", "exec", "exit", "export", "if", "set", "test", "true", "false", "for"];

/// A program that is not there.
pub(super) struct Tool;

impl Check for Tool {
  fn name(&self) -> &'static str {
    "tools"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for component in patient.components() {
      let commands = component.build.iter().flat_map(|build| &build.commands);
      for program in commands.filter_map(|command| program_of(command)) {
        if !OF_SHELL.contains(&program) && !patient.machine.has_program(program) {
          found.push(Finding::told(format!("{program}, which builds the component {}, is not on PATH", component.id)));
        }
      }
    }
    found
  }
}

/// The first word that is no variable, if it is plain.
fn program_of(command: &str) -> Option<&str> {
  let program = command.split_whitespace().find(|word| !word.contains('='))?;
  let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+');
  program.chars().all(is_plain).then_some(program)
}
