//! Types of values. What a component takes is wider than what it gives: an array for a typed array, a number for a
//! BigInt, null for what may be missing. So a type may have two names.

use std::collections::HashMap;
use std::collections::HashSet;

use super::comment::comment;
use super::member::Member;
use super::member::MemberKind;
use super::names::camel_case;
use super::names::pascal_case;
use super::names::quoted;
use crate::documentation::Documentation;
use crate::plan::Plan;
use crate::plan::ResourceTable;
use crate::types::Shape;

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
  /// The component gives it.
  Given,
  /// The component takes it.
  Taken,
}

pub(super) struct Types<'a> {
  plan: &'a Plan,
  documentation: &'a Documentation,
  /// Those that have a name in WIT, by their indices.
  named: HashMap<u32, Named>,
  /// Those with a name whose wider form is used, by their indices: the name of that.
  wider: HashMap<u32, String>,
  /// Whether what is taken is wider than what is given, as far as it is known.
  is_wider: HashMap<u32, bool>,
  /// The names of resources' classes, by the resources' indices.
  classes: HashMap<u32, String>,
  taken: HashSet<String>,
}

struct Named {
  name: String,
  /// What documentation may know it by.
  keys: Vec<String>,
}

impl<'a> Types<'a> {
  pub(super) fn new(plan: &'a Plan, documentation: &'a Documentation) -> Self {
    Self {
      plan,
      documentation,
      named: HashMap::new(),
      wider: HashMap::new(),
      is_wider: HashMap::new(),
      classes: HashMap::new(),
      taken: ["Imports", "Ops"].map(String::from).into(),
    }
  }

  /// Gives a name to each type and resource that has one in WIT.
  pub(super) fn name_all(&mut self, member: &Member<'_>) {
    match &member.kind {
      MemberKind::Instance(items) => items.iter().for_each(|item| self.name_all(item)),
      MemberKind::Type(ty) if self.is_worth_a_name(*ty) => {
        if !self.named.contains_key(ty) {
          let name = self.take(&member.name.full);
          self.named.insert(*ty, Named { name, keys: Vec::new() });
        }
        self.named.entry(*ty).and_modify(|named| named.keys.push(member.key.clone()));
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
  pub(super) fn take(&mut self, name: &str) -> String {
    self.free(&pascal_case(name))
  }

  /// The name, with a number where another has it.
  fn free(&mut self, name: &str) -> String {
    let mut taken = name.to_string();
    let mut number = 2;
    while !self.taken.insert(taken.clone()) {
      taken = format!("{name}{number}");
      number += 1;
    }
    taken
  }

  pub(super) fn resource(&self, table: u32) -> Option<u32> {
    match self.plan.resource_tables.get(table as usize)? {
      ResourceTable::Concrete { resource, .. } => Some(*resource),
      ResourceTable::Abstract => None,
    }
  }

  /// The class of a resource.
  pub(super) fn class(&self, resource: u32) -> Option<&String> {
    self.classes.get(&resource)
  }

  /// Declarations of the types with names, and of the wider forms that have been used.
  pub(super) fn declarations(&mut self) -> String {
    let mut types: Vec<u32> = self.named.keys().copied().collect();
    types.sort_unstable();
    let mut out: String = types.into_iter().map(|ty| self.declaration(ty, Way::Given)).collect();
    // One may use another, which then is used as well.
    let mut done = HashSet::new();
    while let Some(ty) = self.wider.keys().copied().filter(|ty| !done.contains(ty)).min() {
      done.insert(ty);
      out += &self.declaration(ty, Way::Taken);
    }
    out
  }

  fn declaration(&mut self, ty: u32, way: Way) -> String {
    let named = &self.named[&ty];
    let name = self.wider.get(&ty).filter(|_| way == Way::Taken).unwrap_or(&named.name);
    let documented = named.keys.iter().find_map(|key| self.documentation.get(key)).unwrap_or_default();
    let header = format!("\n{}export type {name} =", comment(documented, ""));
    let of_parts: Vec<&str> = self.parts(ty).into_iter().map(|part| self.part_documentation(ty, part)).collect();
    if of_parts.iter().all(|text| text.is_empty()) {
      return format!("{header} {};\n", self.shape(ty, way));
    }
    let parts: Vec<(String, String)> =
      of_parts.into_iter().map(|text| comment(text, "  ")).zip(self.lines(ty, way)).collect();
    match &self.plan.types[ty as usize].shape {
      Shape::Record { .. } | Shape::Flags { .. } => {
        let lines = parts.iter().map(|(comment, line)| format!("{comment}  {line};\n"));
        format!("{header} {{\n{}}};\n", lines.collect::<String>())
      }
      _ => {
        let lines = parts.iter().map(|(comment, line)| format!("\n{comment}  | {line}"));
        format!("{header}{};\n", lines.collect::<String>())
      }
    }
  }

  /// The names in WIT of a type's fields, cases or flags.
  fn parts(&self, ty: u32) -> Vec<&'a str> {
    match &self.plan.types[ty as usize].shape {
      Shape::Record { fields } => fields.iter().map(|field| field.name.as_str()).collect(),
      Shape::Variant { cases, .. } => cases.iter().map(|case| case.name.as_str()).collect(),
      Shape::Enum { names, .. } | Shape::Flags { names } => names.iter().map(String::as_str).collect(),
      _ => Vec::new(),
    }
  }

  fn part_documentation(&self, ty: u32, part: &str) -> &'a str {
    let keys = self.named.get(&ty).map(|named| named.keys.as_slice()).unwrap_or_default();
    keys.iter().find_map(|key| self.documentation.get(&format!("{key}.{part}"))).unwrap_or_default()
  }

  /// Each of these in TypeScript.
  fn lines(&mut self, ty: u32, way: Way) -> Vec<String> {
    let plan = self.plan;
    match &plan.types[ty as usize].shape {
      Shape::Record { fields } => {
        let fields = fields.iter().map(|field| {
          let mark = if self.may_be_left_out(field.ty) { "?" } else { "" };
          format!("{}{mark}: {}", camel_case(&field.name), self.ty(field.ty, way))
        });
        fields.collect()
      }
      Shape::Variant { cases, .. } => cases.iter().map(|case| self.case(&case.name, case.ty, false, way)).collect(),
      Shape::Enum { names, .. } => names.iter().map(|name| quoted(name)).collect(),
      Shape::Flags { names } => names.iter().map(|name| format!("{}?: boolean", camel_case(name))).collect(),
      _ => Vec::new(),
    }
  }

  pub(super) fn may_be_left_out(&self, ty: u32) -> bool {
    matches!(self.plan.types[ty as usize].shape, Shape::Option { some, .. } if !self.is_option(some))
  }

  fn is_option(&self, ty: u32) -> bool {
    matches!(self.plan.types[ty as usize].shape, Shape::Option { .. })
  }

  /// A type by its name, if it has one.
  pub(super) fn ty(&mut self, ty: u32, way: Way) -> String {
    let Some(named) = self.named.get(&ty) else { return self.shape(ty, way) };
    let name = named.name.clone();
    if way == Way::Given || !self.is_wider(ty) {
      return name;
    }
    if let Some(wider) = self.wider.get(&ty) {
      return wider.clone();
    }
    let wider = self.free(&format!("{name}Argument"));
    self.wider.insert(ty, wider.clone());
    wider
  }

  /// Whether more is taken than is given.
  fn is_wider(&mut self, ty: u32) -> bool {
    if let Some(known) = self.is_wider.get(&ty) {
      return *known;
    }
    let plan = self.plan;
    let wider = match &plan.types[ty as usize].shape {
      Shape::S64 | Shape::U64 | Shape::List { .. } | Shape::FixedLengthList { .. } | Shape::Tuple { .. } => true,
      Shape::Option { some, .. } => !self.is_option(*some) || self.is_wider(*some),
      Shape::Record { fields } => fields.iter().any(|field| self.is_wider(field.ty)),
      Shape::Variant { cases, .. } => cases.iter().filter_map(|case| case.ty).any(|ty| self.is_wider(ty)),
      Shape::Result { ok, err, .. } => ok.iter().chain(err).any(|ty| self.is_wider(*ty)),
      _ => false,
    };
    self.is_wider.insert(ty, wider);
    wider
  }

  fn shape(&mut self, ty: u32, way: Way) -> String {
    let plan = self.plan;
    match (&plan.types[ty as usize].shape, way) {
      (Shape::Bool, _) => "boolean".to_string(),
      (Shape::S8 | Shape::U8 | Shape::S16 | Shape::U16 | Shape::S32 | Shape::U32 | Shape::F32 | Shape::F64, _) => {
        "number".to_string()
      }
      (Shape::S64 | Shape::U64, Way::Given) => "bigint".to_string(),
      (Shape::S64 | Shape::U64, Way::Taken) => "bigint | number".to_string(),
      (Shape::Char | Shape::String, _) => "string".to_string(),
      (Shape::List { element }, _) => self.list(*element, way),
      (Shape::FixedLengthList { element, .. }, _) => self.array(*element, way),
      (Shape::Record { .. } | Shape::Flags { .. }, _) => format!("{{ {} }}", self.lines(ty, way).join("; ")),
      (Shape::Variant { .. } | Shape::Enum { .. }, _) => self.lines(ty, way).join(" | "),
      (Shape::Tuple { items }, _) => {
        let items = items.iter().map(|item| self.ty(item.ty, way)).collect::<Vec<_>>().join(", ");
        if way == Way::Taken { format!("readonly [{items}]") } else { format!("[{items}]") }
      }
      (Shape::Option { some, .. }, _) if self.is_option(*some) => {
        format!("{} | {}", self.case("none", None, false, way), self.case("some", Some(*some), false, way))
      }
      (Shape::Option { some, .. }, Way::Given) => format!("{} | undefined", self.ty(*some, way)),
      (Shape::Option { some, .. }, Way::Taken) => format!("{} | null | undefined", self.ty(*some, way)),
      (Shape::Result { ok, err, .. }, _) => {
        format!("{} | {}", self.case("ok", *ok, true, way), self.case("err", *err, true, way))
      }
      (Shape::Own { table } | Shape::Borrow { table }, _) => {
        let class = self.resource(*table).and_then(|resource| self.class(resource));
        class.map_or_else(|| "object".to_string(), Clone::clone)
      }
    }
  }

  fn case(&mut self, name: &str, ty: Option<u32>, has_value: bool, way: Way) -> String {
    match ty {
      Some(ty) => format!("{{ tag: {}; val: {} }}", quoted(name), self.ty(ty, way)),
      None if has_value => format!("{{ tag: {}; val?: undefined }}", quoted(name)),
      None => format!("{{ tag: {} }}", quoted(name)),
    }
  }

  fn list(&mut self, element: u32, way: Way) -> String {
    let typed_array = match &self.plan.types[element as usize].shape {
      Shape::U8 => "Uint8Array",
      Shape::S8 => "Int8Array",
      Shape::U16 => "Uint16Array",
      Shape::S16 => "Int16Array",
      Shape::U32 => "Uint32Array",
      Shape::S32 => "Int32Array",
      Shape::U64 => "BigUint64Array",
      Shape::S64 => "BigInt64Array",
      Shape::F32 => "Float32Array",
      Shape::F64 => "Float64Array",
      _ => return self.array(element, way),
    };
    match way {
      Way::Given => typed_array.to_string(),
      Way::Taken => format!("Deno.Numbers<{}>", self.ty(element, way)),
    }
  }

  fn array(&mut self, element: u32, way: Way) -> String {
    let kind = if way == Way::Taken { "ReadonlyArray" } else { "Array" };
    format!("{kind}<{}>", self.ty(element, way))
  }
}
