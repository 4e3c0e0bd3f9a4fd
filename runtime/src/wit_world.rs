//! A WIT world of a plugin's ops, from their signatures: what `plugbay wit` prints and `plugbay component`
//! exports. In it a function has a name in
//! WIT's way, `count-primes` for `countPrimes`, and differs from its op where WIT has no such thing:
//!
//! - What an op throws is the error of a result, an `op-error`.
//! - Values of any shape are JSON text, as ts-rs and serde_json write the Rust type.
//! - What an op writes in place is given back, behind its own result.
//! - A function ends when its op does: there are no promises.

use std::collections::BTreeSet;

use plugbay_ops::Encoding;
use plugbay_ops::Kind;
use plugbay_ops::OpEntry;
use plugbay_ops::Signature;
use plugbay_ops::Values;
use wit_component::WitPrinter;
use wit_parser::Docs;
use wit_parser::Function;
use wit_parser::FunctionKind;
use wit_parser::InterfaceId;
use wit_parser::PackageId;
use wit_parser::Param;
use wit_parser::Resolve;
use wit_parser::Result_;
use wit_parser::Span;
use wit_parser::Stability;
use wit_parser::Tuple;
use wit_parser::Type;
use wit_parser::TypeDef;
use wit_parser::TypeDefKind;
use wit_parser::TypeOwner;
use wit_parser::WorldId;

use crate::invoke::Plugin;

/// What there is besides the functions.
const INTERFACE: &str = "
/// What the plugin's ops do.
interface ops {
  /// What an op throws.
  record op-error {
    /// The JavaScript class, such as RangeError.
    class: string,
    code: option<string>,
    message: string,
  }
  /// Any value, as JSON text.
  type json = string;
}
world plugin {
  export ops;
}
";

/// The world of an open plugin.
pub(crate) struct World<'a> {
  pub(crate) resolve: Resolve,
  package: PackageId,
  /// The ops that are functions, with the functions' names.
  pub(crate) functions: Vec<(&'a OpEntry, String)>,
}

/// Makes the world of an open plugin.
///
/// # Errors
///
/// When wit-parser does not take what is written here.
pub(crate) fn world<'a>(plugin: &Plugin, ops: &'a [impl AsRef<OpEntry>]) -> Result<World<'a>, String> {
  let name = identifier(&plugin.name).unwrap_or_else(|| "plugin".to_string());
  // With a sign before it a name may be a keyword.
  let with_version = format!("package plugbay:%{name}@{};{INTERFACE}", plugin.version);
  let parse = |text: &str| {
    let mut resolve = Resolve::default();
    resolve.push_str("ops.wit", text).map(|package| (resolve, package))
  };
  // A plugin's version may be none that a package can have.
  let parsed = parse(&with_version).or_else(|_| parse(&format!("package plugbay:%{name};{INTERFACE}")));
  let (mut resolve, package) = parsed.map_err(|error| format!("{error:#}"))?;
  let interface = resolve.packages[package].interfaces["ops"];
  let mut writer = Writer::new(&mut resolve, interface);
  let (mut functions, mut left_out) = (Vec::new(), Vec::new());
  for op in ops {
    let op = op.as_ref();
    match writer.add(op) {
      Some(name) => functions.push((op, name)),
      None => left_out.push(format!("{:?}", op.name)),
    }
  }
  writer.finish(&left_out);
  Ok(World { resolve, package, functions })
}

impl World<'_> {
  /// The text of a .wit file.
  ///
  /// # Errors
  ///
  /// When wit-component finds no words for it.
  pub(crate) fn text(&self) -> Result<String, String> {
    let mut printer = WitPrinter::default();
    printer.print(&self.resolve, self.package, &[]).map_err(|error| format!("{error:#}"))?;
    Ok(printer.output.to_string())
  }

  /// The world itself.
  pub(crate) fn id(&self) -> WorldId {
    self.resolve.packages[self.package].worlds["plugin"]
  }
}

/// Adds functions to the interface.
struct Writer<'a> {
  resolve: &'a mut Resolve,
  interface: InterfaceId,
  error: Type,
  json: Type,
  uses_json: bool,
}

impl<'a> Writer<'a> {
  fn new(resolve: &'a mut Resolve, interface: InterfaceId) -> Self {
    let named = |name: &str| Type::Id(resolve.interfaces[interface].types[name]);
    let (error, json) = (named("op-error"), named("json"));
    Self { resolve, interface, error, json, uses_json: false }
  }

  /// Adds the function of an op and gives its name, unless there is none in WIT, or another has it.
  fn add(&mut self, op: &OpEntry) -> Option<String> {
    let name = identifier(&op.name)?;
    if self.resolve.interfaces[self.interface].functions.contains_key(&name) {
      return None;
    }
    let function = match (&op.signature, op.encoding) {
      (Some(signature), _) => self.typed(name, signature),
      // What types an exported function has JavaScript alone knows.
      (None, Encoding::Guest) if op.declaration().is_some() => return None,
      (None, Encoding::Http | Encoding::Redis) => return None,
      (None, Encoding::Bytes | Encoding::Typed | Encoding::Guest) => {
        let buffers = self.buffers();
        let bytes = self.list(Type::U8);
        self.function(name, vec![param("buffers", buffers)], Some(bytes), "")
      }
      (None, Encoding::Json) => {
        let parameters = vec![param("value", self.json()), param("buffers", self.buffers())];
        let json = self.json();
        self.function(name, parameters, Some(json), "")
      }
    };
    let name = function.name.clone();
    self.resolve.interfaces[self.interface].functions.insert(name.clone(), function);
    Some(name)
  }

  fn typed(&mut self, name: String, signature: &Signature) -> Function {
    let mut names = BTreeSet::new();
    let mut parameters = Vec::new();
    let mut given = Vec::from_iter(self.type_of(signature.result));
    // Text and bytes may be nothing; of other values JSON says it.
    if signature.result != Kind::Value && signature.result_type.ends_with("| null") {
      given = given.into_iter().map(|type_| self.define(TypeDefKind::Option(type_))).collect();
    }
    let mut documentation = signature.documentation.trim().to_string();
    for (index, parameter) in signature.parameters.iter().enumerate() {
      let name = identifier(&parameter.name).filter(|name| !names.contains(name));
      let name = name.unwrap_or_else(|| format!("arg{index}"));
      names.insert(name.clone());
      let Some(type_) = self.type_of(parameter.kind) else { continue };
      if parameter.kind == Kind::Value {
        describe(&mut documentation, &format!("`{name}`"), &parameter.type_);
      }
      if matches!(parameter.kind.values(), Values::Lent { is_written: true, .. }) {
        given.push(type_);
      }
      let type_ = if parameter.is_optional { self.define(TypeDefKind::Option(type_)) } else { type_ };
      parameters.push(param(&name, type_));
    }
    let result = match given[..] {
      [] => None,
      [one] => Some(one),
      _ => Some(self.define(TypeDefKind::Tuple(Tuple { types: given }))),
    };
    if signature.result == Kind::Value {
      describe(&mut documentation, "The result", &signature.result_type);
    }
    self.function(name, parameters, result, &documentation)
  }

  fn function(&mut self, name: String, params: Vec<Param>, ok: Option<Type>, documentation: &str) -> Function {
    let result = Some(self.define(TypeDefKind::Result(Result_ { ok, err: Some(self.error) })));
    let (kind, docs) = (FunctionKind::Freestanding, docs(documentation));
    Function { name, kind, params, result, docs, stability: Stability::Unknown, span: Span::default() }
  }

  /// The type of the values of a kind; none of that which has none.
  fn type_of(&mut self, kind: Kind) -> Option<Type> {
    Some(match *kind.values() {
      Values::Nothing => return None,
      Values::Bool => Type::Bool,
      Values::Whole { least, most } => match (least < 0.0, most) {
        (true, 127.0) => Type::S8,
        (true, 32767.0) => Type::S16,
        (true, _) => Type::S32,
        (false, 255.0) => Type::U8,
        (false, 65535.0) => Type::U16,
        (false, _) => Type::U32,
      },
      Values::Float if kind == Kind::F32 => Type::F32,
      Values::Float => Type::F64,
      Values::Integer { is_signed: true } => Type::S64,
      Values::Integer { is_signed: false } => Type::U64,
      Values::Text => Type::String,
      Values::Lent { typed_array, .. } => {
        let element = element(typed_array);
        self.list(element)
      }
      Values::Buffer => self.list(Type::U8),
      Values::Buffers => self.buffers(),
      Values::Any => self.json(),
    })
  }

  fn json(&mut self) -> Type {
    self.uses_json = true;
    self.json
  }

  fn buffers(&mut self) -> Type {
    let bytes = self.list(Type::U8);
    self.list(bytes)
  }

  fn list(&mut self, element: Type) -> Type {
    self.define(TypeDefKind::List(element))
  }

  fn define(&mut self, kind: TypeDefKind) -> Type {
    let (stability, span) = (Stability::Unknown, Span::default());
    let defined = TypeDef { name: None, kind, owner: TypeOwner::None, docs: Docs::default(), stability, span };
    Type::Id(self.resolve.types.alloc(defined))
  }

  /// Takes out what is not used, and says what is not there.
  fn finish(self, left_out: &[String]) {
    let interface = &mut self.resolve.interfaces[self.interface];
    if !self.uses_json {
      interface.types.shift_remove("json");
    }
    if !left_out.is_empty() {
      let docs = interface.docs.contents.get_or_insert_default();
      docs.push_str("\nWithout those that have no types or no name of their own in WIT: ");
      docs.push_str(&left_out.join(", "));
    }
  }
}

/// The elements of a typed array; bytes of none.
fn element(typed_array: Option<&str>) -> Type {
  match typed_array {
    Some("Int8Array") => Type::S8,
    Some("Int16Array") => Type::S16,
    Some("Uint16Array") => Type::U16,
    Some("Int32Array") => Type::S32,
    Some("Uint32Array") => Type::U32,
    Some("BigInt64Array") => Type::S64,
    Some("BigUint64Array") => Type::U64,
    Some("Float32Array") => Type::F32,
    Some("Float64Array") => Type::F64,
    _ => Type::U8,
  }
}

/// Says what JSON text is there, where the plugin does.
fn describe(documentation: &mut String, what: &str, typescript: &str) {
  if !["", "unknown"].contains(&typescript) {
    let line = format!("{what} is JSON of a `{typescript}`.");
    documentation.push_str(if documentation.is_empty() { "" } else { "\n" });
    documentation.push_str(&line);
  }
}

fn param(name: &str, ty: Type) -> Param {
  Param { name: name.to_string(), ty, span: Span::default() }
}

fn docs(text: &str) -> Docs {
  Docs { contents: (!text.trim().is_empty()).then(|| text.trim().to_string()) }
}

/// A name as WIT has it: words in small letters, joined by hyphens. None of what has no such name.
fn identifier(name: &str) -> Option<String> {
  let mut words = String::new();
  let mut last = ' ';
  for letter in name.chars() {
    let begins = letter.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit());
    match letter {
      _ if letter.is_ascii_alphanumeric() => {
        if begins || (!words.is_empty() && !last.is_ascii_alphanumeric()) {
          words.push('-');
        }
        words.push(letter.to_ascii_lowercase());
      }
      '_' | '-' | ' ' | '.' | '/' | ':' | '$' | '#' => {}
      _ => return None,
    }
    last = letter;
  }
  wit_parser::validate_id(&words).ok().map(|()| words)
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn names_are_words_joined_by_hyphens() {
    for (name, expected) in [
      ("add", Some("add")),
      ("countPrimes", Some("count-primes")),
      ("t_i32", Some("t-i32")),
      ("_private__", Some("private")),
      ("Deno.core/op", Some("deno-core-op")),
      ("base64Encode", Some("base64-encode")),
      ("toJSON", Some("to-json")),
      ("a-2", Some("a-2")),
      ("", None),
      ("_", None),
      ("2d", None),
      ("größe", None),
      ("a\0b", None),
    ] {
      assert_eq!(identifier(name).as_deref(), expected, "{name:?}");
    }
  }
}
