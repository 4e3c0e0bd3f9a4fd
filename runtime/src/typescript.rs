//! TypeScript types of a plugin's ops, from their signatures: what `plugbay types` prints.

use std::collections::BTreeSet;
use std::fmt::Write;

use plugbay_ops::Encoding;
use plugbay_ops::Kind;
use plugbay_ops::OpEntry;
use plugbay_ops::Parameter;
use plugbay_ops::Signature;

use crate::invoke::Plugin;

/// The text of a .d.ts file for an open plugin.
pub(crate) fn declarations(plugin: &Plugin, ops: &[impl AsRef<OpEntry>]) -> String {
  let title = format!("{} {}", plugin.name, plugin.version);
  let mut out = format!("// Types of the plugin {}, as `plugbay types` writes them.\n\n", title.trim());
  let signatures = ops.iter().filter_map(|op| op.as_ref().signature.as_deref());
  for declaration in split_declarations(signatures.map(|signature| &*signature.declarations)) {
    writeln!(out, "{declaration}\n").expect("a String takes all");
  }
  out.push_str("/** What `plugin.ops` has. */\nexport interface Ops {\n");
  for op in ops {
    out.push_str(&method(op.as_ref()));
  }
  out.push_str("}\n");
  out
}

/// The declarations that ops bring, each once. An empty line ends one: see [`plugin_abi::Signature::declarations`].
fn split_declarations<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
  let mut seen = BTreeSet::new();
  let declarations = texts.flat_map(|text| text.split("\n\n")).map(str::trim);
  declarations.filter(|declaration| !declaration.is_empty() && seen.insert(*declaration)).collect()
}

fn method(op: &OpEntry) -> String {
  let name = property_name(&op.name);
  let Some(signature) = &op.signature else {
    return match op.encoding {
      Encoding::Json => format!("  {name}(value?: any, ...buffers: Deno.Bytes[]): any;\n"),
      Encoding::Guest if let Some(declaration) = op.declaration() => format!("  {name}{declaration};\n"),
      Encoding::Bytes | Encoding::Typed | Encoding::Guest => format!("  {name}(...buffers: Deno.Bytes[]): any;\n"),
      Encoding::Http | Encoding::Redis => String::new(),
    };
  };
  let last_needed =
    signature.parameters.iter().rposition(|parameter| !parameter.is_optional && parameter.kind != Kind::Buffers);
  let parameters = signature.parameters.iter().enumerate().map(|(index, each)| parameter(each, index, last_needed));
  let parameters = parameters.collect::<Vec<_>>().join(", ");
  let comment = component_plan::comment(&signature.documentation, "  ");
  format!("{comment}  {name}({parameters}): {};\n", result_type(signature))
}

fn parameter(parameter: &Parameter, index: usize, last_needed: Option<usize>) -> String {
  let name = match parameter.name.as_str() {
    name if !is_identifier(name) => format!("arg{index}"),
    name if component_plan::is_reserved(name) => format!("{name}_"),
    name => name.to_string(),
  };
  let of_kind = parameter.kind.description().parameter.map_or("unknown", |passed| passed.typescript);
  if parameter.kind == Kind::Buffers {
    return format!("...{name}: {of_kind}");
  }
  let given;
  let type_ = match parameter.type_.as_str() {
    "" => of_kind,
    type_ => {
      given = argument_type(type_);
      &given
    }
  };
  if !parameter.is_optional {
    return format!("{name}: {type_}");
  }
  let or_null = if type_ == "unknown" || type_.ends_with("| null") { "" } else { " | null" };
  // What others follow cannot be left out, only be nothing.
  match last_needed.is_none_or(|last| index > last) {
    true => format!("{name}?: {type_}{or_null}"),
    false => format!("{name}: {type_}{or_null} | undefined"),
  }
}

/// What may be passed where values of a type are wanted: more than what a result of that type is.
fn argument_type(type_: &str) -> String {
  let mut parts = type_.split(" | ").collect::<Vec<_>>();
  if !parts.iter().all(|part| ["string", "boolean", "number", "bigint", "null"].contains(part)) {
    return format!("Deno.Argument<{type_}>");
  }
  // Values may have a BigInt wherever they may have a number.
  if let Some(index) = parts.iter().position(|part| *part == "number")
    && !parts.contains(&"bigint")
  {
    parts.insert(index + 1, "bigint");
  }
  parts.join(" | ")
}

fn result_type(signature: &Signature) -> String {
  let type_ = match signature.result_type.as_str() {
    "" => signature.result.description().result.map_or("unknown", |given| given.typescript),
    type_ => type_,
  };
  match signature.is_async {
    true => format!("Promise<{type_}>"),
    false => type_.to_string(),
  }
}

fn property_name(name: &str) -> String {
  if is_identifier(name) { name.to_string() } else { serde_json::Value::from(name).to_string() }
}

/// Whether it is an identifier, in ASCII.
fn is_identifier(name: &str) -> bool {
  let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
  name.chars().next().is_some_and(|first| is_part(first) && !first.is_ascii_digit()) && name.chars().all(is_part)
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn declarations_are_split_where_they_end() {
    let first = "/**\n * With comments; of {braces}.\n */\nexport type A = {\n/**\n * A { field.\n */\nx: number, };\n";
    let second = "export type B = \"}\" | A;\n";
    let texts = [format!("{first}\n{second}"), String::new(), second.to_string()];
    assert_eq!(split_declarations(texts.iter().map(|text| &**text)), [first.trim(), second.trim()]);
  }
}
