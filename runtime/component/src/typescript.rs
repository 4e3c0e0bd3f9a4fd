//! TypeScript types of a component: of what it exports, and of what it wants to import, as the JavaScript of the world
//! of components has it.

use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Write;

use crate::interface::Export;
use crate::interface::ExportItem;
use crate::interface::Import;
use crate::interface::ImportItem;
use crate::interface::Name;
use crate::interface::NameForm;
use crate::plan::Plan;
use crate::plan::ResourceTable;
use crate::types::Function;
use crate::types::Shape;

/// Words that TypeScript does not take as the name of a parameter.
const RESERVED: &str = "arguments await break case catch class const continue debugger default delete do else enum eval \
  export extends false finally for function if implements import in instanceof interface let new null package private \
  protected public return static super switch this throw true try typeof var void while with yield";

/// Whether TypeScript does not take a word as the name of a parameter.
pub fn is_reserved(word: &str) -> bool {
  RESERVED.split_whitespace().any(|reserved| reserved == word)
}

/// The text of a .d.ts file for the component of that name: `Ops` is what `plugin.ops` has, `Imports` what
/// `options.imports` has.
pub fn typescript(name: &str, plan: &Plan) -> String {
  let mut writer =
    Writer { plan, types: HashMap::new(), classes: HashMap::new(), written: HashSet::new(), taken: HashSet::new() };
  for name in ["Imports", "Ops"] {
    writer.taken.insert(name.to_string());
  }
  let exports: Vec<_> = plan.exports.iter().map(Member::of_export).collect();
  let imports: Vec<_> = plan.imports.iter().map(Member::of_import).collect();
  exports.iter().chain(&imports).for_each(|member| writer.name_all(member));
  let mut out = format!(
    "// Types of the component {name}, as `plugbay types` writes them. Where an import is waited for, functions give\n// promises.\n"
  );
  writer.declare_types(&mut out);
  let ops = writer.interfaces(&exports, "", true, &mut out);
  let imports = writer.interfaces(&imports, "-imports", false, &mut out);
  write!(out, "\n/** What `plugin.ops` has. */\nexport interface Ops {{\n{ops}}}\n").expect(INFALLIBLE);
  write!(out, "\n/** What `options.imports` has. */\nexport interface Imports {{\n{imports}}}\n").expect(INFALLIBLE);
  out
}

const INFALLIBLE: &str = "a String takes all";

/// What is imported or exported, either way.
struct Member<'a> {
  name: &'a Name,
  kind: MemberKind<'a>,
}

enum MemberKind<'a> {
  Function(u32),
  Instance(Vec<Member<'a>>),
  Resource(u32),
  Type(u32),
}

impl<'a> Member<'a> {
  fn of_export(export: &'a Export) -> Self {
    let kind = match &export.item {
      ExportItem::Function { function, .. } => MemberKind::Function(*function),
      ExportItem::Instance { items } => MemberKind::Instance(items.iter().map(Self::of_export).collect()),
      ExportItem::Resource { table } => MemberKind::Resource(*table),
      ExportItem::Type { ty } => MemberKind::Type(*ty),
    };
    Self { name: &export.name, kind }
  }

  fn of_import(import: &'a Import) -> Self {
    let kind = match &import.item {
      ImportItem::Function { function } => MemberKind::Function(*function),
      ImportItem::Instance { items } => MemberKind::Instance(items.iter().map(Self::of_import).collect()),
      ImportItem::Resource { table } => MemberKind::Resource(*table),
      ImportItem::Type { ty } => MemberKind::Type(*ty),
    };
    Self { name: &import.name, kind }
  }
}

struct Writer<'a> {
  plan: &'a Plan,
  /// The names of types, by their indices.
  types: HashMap<u32, String>,
  /// The names of resources' classes, by the resources' indices.
  classes: HashMap<u32, String>,
  /// The resources whose classes are written.
  written: HashSet<u32>,
  taken: HashSet<String>,
}

impl Writer<'_> {
  /// Gives a name to each type and resource that has one in WIT.
  fn name_all(&mut self, member: &Member<'_>) {
    match &member.kind {
      MemberKind::Instance(items) => items.iter().for_each(|item| self.name_all(item)),
      MemberKind::Type(ty) if !self.types.contains_key(ty) && self.is_worth_a_name(*ty) => {
        let name = self.take(&member.name.full);
        self.types.insert(*ty, name);
      }
      MemberKind::Resource(table) => {
        if let Some(resource) = self.resource(*table)
          && !self.classes.contains_key(&resource)
        {
          let name = self.take(&member.name.full);
          self.classes.insert(resource, name);
        }
      }
      MemberKind::Type(_) | MemberKind::Function(_) => {}
    }
  }

  fn is_worth_a_name(&self, ty: u32) -> bool {
    matches!(
      self.plan.types[ty as usize].shape,
      Shape::Record { .. } | Shape::Variant { .. } | Shape::Enum { .. } | Shape::Flags { .. } | Shape::Tuple { .. }
    )
  }

  /// The name in PascalCase, with a number where another has it.
  fn take(&mut self, name: &str) -> String {
    let name = pascal_case(name);
    let mut taken = name.clone();
    let mut number = 2;
    while !self.taken.insert(taken.clone()) {
      taken = format!("{name}{number}");
      number += 1;
    }
    taken
  }

  fn resource(&self, table: u32) -> Option<u32> {
    match self.plan.resource_tables.get(table as usize)? {
      ResourceTable::Concrete { resource, .. } => Some(*resource),
      ResourceTable::Abstract => None,
    }
  }

  fn declare_types(&self, out: &mut String) {
    let mut types: Vec<_> = self.types.iter().collect();
    types.sort();
    for (ty, name) in types {
      write!(out, "\nexport type {name} = {};\n", self.shape(*ty)).expect(INFALLIBLE);
    }
  }

  /// Writes an interface for each instance, and gives the members of the one that has them all.
  fn interfaces(&mut self, members: &[Member<'_>], suffix: &str, is_export: bool, out: &mut String) -> String {
    let mut all = self.members(members, is_export, out);
    let mut shorts: HashMap<String, Vec<String>> = HashMap::new();
    for member in members {
      let MemberKind::Instance(items) = &member.kind else { continue };
      let own = interface_of(member.name);
      let name = self.take(&format!("{own}{suffix}"));
      let body = self.members(items, is_export, out);
      write!(out, "\nexport interface {name} {{\n{body}}}\n").expect(INFALLIBLE);
      writeln!(all, "  {}: {name};", quoted(&member.name.full)).expect(INFALLIBLE);
      shorts.entry(camel_case(own)).or_default().push(name);
    }
    let mut shorts: Vec<_> = shorts.into_iter().collect();
    shorts.sort();
    for (short, names) in shorts {
      let is_free = members.iter().all(|member| camel_case(&member.name.full) != short);
      if let ([name], true, true) = (&names[..], is_export, is_free) {
        writeln!(all, "  {short}: {name};").expect(INFALLIBLE);
      }
    }
    all
  }

  /// The functions and classes of an interface; writes the classes.
  fn members(&mut self, items: &[Member<'_>], is_export: bool, out: &mut String) -> String {
    let mut text = String::new();
    for item in items {
      match &item.kind {
        MemberKind::Function(function) if matches!(item.name.form, NameForm::Plain) => {
          let signature = self.signature(&self.plan.functions[*function as usize], 0);
          writeln!(text, "  {}{signature};", camel_case(&item.name.full)).expect(INFALLIBLE);
        }
        MemberKind::Resource(table) => {
          let Some(resource) = self.resource(*table) else { continue };
          // An interface may name what another one has.
          if let Some(class) = self.classes.get(&resource)
            && self.written.insert(resource)
          {
            writeln!(text, "  {}: typeof {class};", pascal_case(&item.name.full)).expect(INFALLIBLE);
            self.write_class(&item.name.full, class, items, is_export, out);
          }
        }
        _ => {}
      }
    }
    text
  }

  /// Writes the class of a resource.
  fn write_class(&self, resource: &str, class: &str, items: &[Member<'_>], is_export: bool, out: &mut String) {
    let mut body = String::new();
    let mut can_be_made = false;
    for item in items {
      let MemberKind::Function(function) = item.kind else { continue };
      let function = &self.plan.functions[function as usize];
      let line = match &item.name.form {
        NameForm::Constructor { resource: of } if of == resource => {
          can_be_made = true;
          format!("  constructor({});", self.parameters(function, 0))
        }
        NameForm::Method { resource: of, member } if of == resource => {
          format!("  {}{};", member_name(member, "then"), self.signature(function, 1))
        }
        NameForm::Static { resource: of, member } if of == resource => {
          format!("  static {}{};", member_name(member, "prototype"), self.signature(function, 0))
        }
        _ => continue,
      };
      writeln!(body, "{line}").expect(INFALLIBLE);
    }
    if is_export && !can_be_made {
      body.push_str("  private constructor();\n");
    }
    if is_export {
      body.push_str("  [Symbol.dispose](): void;\n");
    }
    write!(out, "\nexport declare class {class} {{\n{body}}}\n").expect(INFALLIBLE);
  }

  /// Parameters from the one on that is no receiver, and the result.
  fn signature(&self, function: &Function, from: usize) -> String {
    let result = match function.result.map(|ty| (ty, &self.plan.types[ty as usize].shape)) {
      None => "void".to_string(),
      // The error is thrown.
      Some((_, Shape::Result { ok, .. })) => ok.map_or_else(|| "void".to_string(), |ok| self.ty(ok)),
      Some((ty, _)) => self.ty(ty),
    };
    format!("({}): {result}", self.parameters(function, from))
  }

  fn parameters(&self, function: &Function, from: usize) -> String {
    let params = function.params.get(from..).unwrap_or_default();
    let needed = params.iter().rposition(|param| !self.may_be_left_out(param.ty)).map_or(0, |last| last + 1);
    let parameters = params.iter().enumerate().map(|(index, param)| {
      let mut name = camel_case(&param.name);
      if is_reserved(&name) {
        name.push('_');
      }
      format!("{name}{}: {}", if index < needed { "" } else { "?" }, self.ty(param.ty))
    });
    parameters.collect::<Vec<_>>().join(", ")
  }

  fn may_be_left_out(&self, ty: u32) -> bool {
    matches!(self.plan.types[ty as usize].shape, Shape::Option { some, .. } if !self.is_option(some))
  }

  fn is_option(&self, ty: u32) -> bool {
    matches!(self.plan.types[ty as usize].shape, Shape::Option { .. })
  }

  /// A type by its name, if it has one.
  fn ty(&self, ty: u32) -> String {
    self.types.get(&ty).cloned().unwrap_or_else(|| self.shape(ty))
  }

  fn shape(&self, ty: u32) -> String {
    match &self.plan.types[ty as usize].shape {
      Shape::Bool => "boolean".to_string(),
      Shape::S8 | Shape::U8 | Shape::S16 | Shape::U16 | Shape::S32 | Shape::U32 | Shape::F32 | Shape::F64 => {
        "number".to_string()
      }
      Shape::S64 | Shape::U64 => "bigint".to_string(),
      Shape::Char | Shape::String => "string".to_string(),
      Shape::List { element } => self.list(*element),
      Shape::FixedLengthList { element, .. } => format!("Array<{}>", self.ty(*element)),
      Shape::Record { fields } => {
        let fields = fields.iter().map(|field| {
          let mark = if self.may_be_left_out(field.ty) { "?" } else { "" };
          format!("{}{mark}: {}", camel_case(&field.name), self.ty(field.ty))
        });
        format!("{{ {} }}", fields.collect::<Vec<_>>().join("; "))
      }
      Shape::Tuple { items } => {
        format!("[{}]", items.iter().map(|item| self.ty(item.ty)).collect::<Vec<_>>().join(", "))
      }
      Shape::Variant { cases, .. } => {
        let cases = cases.iter().map(|case| self.case(&case.name, case.ty, false));
        cases.collect::<Vec<_>>().join(" | ")
      }
      Shape::Enum { names, .. } => names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" | "),
      Shape::Option { some, .. } if self.is_option(*some) => {
        format!("{} | {}", self.case("none", None, false), self.case("some", Some(*some), false))
      }
      Shape::Option { some, .. } => format!("{} | undefined", self.ty(*some)),
      Shape::Result { ok, err, .. } => {
        format!("{} | {}", self.case("ok", *ok, true), self.case("err", *err, true))
      }
      Shape::Flags { names } => {
        let flags = names.iter().map(|name| format!("{}?: boolean", camel_case(name)));
        format!("{{ {} }}", flags.collect::<Vec<_>>().join("; "))
      }
      Shape::Own { table } | Shape::Borrow { table } => {
        let class = self.resource(*table).and_then(|resource| self.classes.get(&resource));
        class.map_or_else(|| "object".to_string(), Clone::clone)
      }
    }
  }

  fn case(&self, name: &str, ty: Option<u32>, has_value: bool) -> String {
    match ty {
      Some(ty) => format!("{{ tag: {}; val: {} }}", quoted(name), self.ty(ty)),
      None if has_value => format!("{{ tag: {}; val?: undefined }}", quoted(name)),
      None => format!("{{ tag: {} }}", quoted(name)),
    }
  }

  fn list(&self, element: u32) -> String {
    match &self.plan.types[element as usize].shape {
      Shape::U8 => "Uint8Array".to_string(),
      Shape::S8 => "Int8Array".to_string(),
      Shape::U16 => "Uint16Array".to_string(),
      Shape::S16 => "Int16Array".to_string(),
      Shape::U32 => "Uint32Array".to_string(),
      Shape::S32 => "Int32Array".to_string(),
      Shape::U64 => "BigUint64Array".to_string(),
      Shape::S64 => "BigInt64Array".to_string(),
      Shape::F32 => "Float32Array".to_string(),
      Shape::F64 => "Float64Array".to_string(),
      _ => format!("Array<{}>", self.ty(element)),
    }
  }
}

/// The name of an interface without its package.
fn interface_of(name: &Name) -> &str {
  match &name.form {
    NameForm::Interface { interface, .. } => interface,
    _ => &name.full,
  }
}

fn quoted(text: &str) -> String {
  format!("{text:?}")
}

/// As names.js of the world of components has it.
fn camel_case(name: &str) -> String {
  let pascal = pascal_case(name);
  let first = name.split('-').next().unwrap_or_default().to_lowercase();
  let rest = pascal.get(first.len()..).unwrap_or_default();
  format!("{first}{rest}")
}

/// The name in a class of a function that cannot have the name `taken`.
fn member_name(name: &str, taken: &str) -> String {
  let name = camel_case(name);
  if name == taken { format!("{name}_") } else { name }
}

fn pascal_case(name: &str) -> String {
  let words = name.split('-').enumerate().map(|(index, word)| {
    let word = if index == 0 { word.to_lowercase() } else { word.to_string() };
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
  });
  words.collect()
}
