//! What bytes are, told without decoding them.

use wasmtime_environ::wasmparser::Parser;
use wasmtime_environ::wasmparser::Payload;

/// Names of the custom sections that say which world a core module is for begin so.
pub(crate) const SECTION: &str = "component-type";

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
  /// A component.
  Component,
  /// A core module that says which world it is for, in custom sections named `component-type` and more: what compilers
  /// make before the last step to a component.
  ModuleWithComponentType,
  /// Any other core module.
  Module,
  /// No WebAssembly, or of another version.
  Other,
}

/// Whether the bytes are what [`plan`](crate::plan()) takes: a component, or a core module that says which world it is
/// for.
pub fn is_component(bytes: &[u8]) -> bool {
  matches!(classify(bytes), Kind::Component | Kind::ModuleWithComponentType)
}

/// What the bytes are. Nothing is decoded: the sizes of sections are followed as far as they go.
pub fn classify(bytes: &[u8]) -> Kind {
  if Parser::is_component(bytes) {
    return Kind::Component;
  }
  if !Parser::is_core_wasm(bytes) {
    return Kind::Other;
  }
  let mut parser = Parser::new(0);
  let mut rest = bytes;
  while let Ok(wasmtime_environ::wasmparser::Chunk::Parsed { consumed, payload }) = parser.parse(rest, true) {
    match payload {
      Payload::CustomSection(section) if section.name().starts_with(SECTION) => {
        return Kind::ModuleWithComponentType;
      }
      Payload::CodeSectionStart { size, .. } => {
        parser.skip_section();
        let after = rest.get(consumed + size as usize..);
        let Some(after) = after else { break };
        rest = after;
        continue;
      }
      Payload::End(_) => break,
      _ => {}
    }
    rest = &rest[consumed..];
  }
  Kind::Module
}
