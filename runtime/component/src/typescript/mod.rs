//! TypeScript types of a component: of what it exports, and of what it wants to import, as the JavaScript of the world
//! of components has it.

mod comment;
mod member;
mod names;
mod types;

use std::collections::HashMap;
use std::collections::HashSet;
use std::fmt::Write;

pub use comment::comment;
use member::Member;
use member::MemberKind;
use names::camel_case;
use names::interface_of;
pub use names::is_reserved;
use names::member_name;
use names::pascal_case;
use names::quoted;
use types::Types;
use types::Way;

use crate::documentation::Documentation;
use crate::interface::NameForm;
use crate::plan::Plan;
use crate::types::Function;
use crate::types::Shape;

/// The text of a .d.ts file for the component of that name, with the comments of its WIT: `Ops` is what `plugin.ops`
/// has, `Imports` what `options.imports` has.
pub fn typescript(name: &str, plan: &Plan, documentation: &Documentation) -> String {
  let world = documentation.world_of(plan).unwrap_or_default();
  let exports: Vec<_> = plan.exports.iter().map(|export| Member::of_export(export, world)).collect();
  let imports: Vec<_> = plan.imports.iter().map(|import| Member::of_import(import, world)).collect();
  let mut writer = Writer { plan, documentation, types: Types::new(plan, documentation), written: HashSet::new() };
  exports.iter().chain(&imports).for_each(|member| writer.types.name_all(member));
  let mut interfaces = String::new();
  let ops = writer.interfaces(&exports, Side::Export, &mut interfaces);
  let imports = writer.interfaces(&imports, Side::Import, &mut interfaces);
  let of_ops = comment(&format!("{}\n\nWhat `plugin.ops` has.", documentation.get(world).unwrap_or_default()), "");
  let types = writer.types.declarations();
  format!(
    "// Types of the component {name}, as `plugbay types` writes them. Where an import is waited for, functions give\n\
     // promises.\n{types}{interfaces}\n\
     {of_ops}export interface Ops {{\n{ops}}}\n\n\
     /** What `options.imports` has. */\nexport interface Imports {{\n{imports}}}\n"
  )
}

const INFALLIBLE: &str = "a String takes all";

/// Whether a function is the component's or the host's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
  Export,
  Import,
}

impl Side {
  /// Which way parameters go.
  fn parameters(self) -> Way {
    if self == Self::Export { Way::Taken } else { Way::Given }
  }

  /// Which way results go.
  fn result(self) -> Way {
    if self == Self::Export { Way::Given } else { Way::Taken }
  }
}

struct Writer<'a> {
  plan: &'a Plan,
  documentation: &'a Documentation,
  types: Types<'a>,
  /// The resources whose classes are written.
  written: HashSet<u32>,
}

impl Writer<'_> {
  /// Writes an interface for each instance, and gives the members of the one that has them all.
  fn interfaces(&mut self, members: &[Member<'_>], side: Side, out: &mut String) -> String {
    let suffix = if side == Side::Export { "" } else { "-imports" };
    let mut all = self.members(members, side, out);
    let mut shorts: HashMap<String, Vec<String>> = HashMap::new();
    for member in members {
      let MemberKind::Instance(items) = &member.kind else { continue };
      let own = interface_of(member.name);
      // One of types alone is no import that a script could give.
      if side == Side::Import && items.iter().all(|item| matches!(item.kind, MemberKind::Type(_))) {
        continue;
      }
      let name = self.types.take(&format!("{own}{suffix}"));
      let body = self.members(items, side, out);
      write!(out, "\n{}export interface {name} {{\n{body}}}\n", self.comment(&member.key, "")).expect(INFALLIBLE);
      // What `options.wasi` grants need not be among the imports.
      let mark = if side == Side::Import && member.name.full.starts_with("wasi:") { "?" } else { "" };
      writeln!(all, "  {}{mark}: {name};", quoted(&member.name.full)).expect(INFALLIBLE);
      shorts.entry(camel_case(own)).or_default().push(name);
    }
    let mut shorts: Vec<_> = shorts.into_iter().collect();
    shorts.sort();
    for (short, names) in shorts {
      let is_free = members.iter().all(|member| camel_case(&member.name.full) != short);
      if let ([name], Side::Export, true) = (&names[..], side, is_free) {
        writeln!(all, "  {short}: {name};").expect(INFALLIBLE);
      }
    }
    all
  }

  /// The comment of what has the key.
  fn comment(&self, key: &str, indent: &str) -> String {
    comment(self.documentation.get(key).unwrap_or_default(), indent)
  }

  /// The functions and classes of an interface; writes the classes.
  fn members(&mut self, items: &[Member<'_>], side: Side, out: &mut String) -> String {
    let mut text = String::new();
    for item in items {
      match &item.kind {
        MemberKind::Function(function) if matches!(item.name.form, NameForm::Plain) => {
          let signature = self.signature(&self.plan.functions[*function as usize], 0, side);
          let comment = self.comment(&item.key, "  ");
          writeln!(text, "{comment}  {}{signature};", camel_case(&item.name.full)).expect(INFALLIBLE);
        }
        MemberKind::Resource(table) => {
          let Some(resource) = self.types.resource(*table) else { continue };
          // An interface may name what another one has.
          if let Some(class) = self.types.class(resource).cloned()
            && self.written.insert(resource)
          {
            writeln!(text, "  {}: typeof {class};", pascal_case(&item.name.full)).expect(INFALLIBLE);
            out.push('\n');
            out.push_str(&self.comment(&item.key, ""));
            self.write_class(&item.name.full, &class, items, side, out);
          }
        }
        _ => {}
      }
    }
    text
  }

  /// Writes the class of a resource.
  fn write_class(&mut self, resource: &str, class: &str, items: &[Member<'_>], side: Side, out: &mut String) {
    let plan = self.plan;
    let mut body = String::new();
    let mut can_be_made = false;
    for item in items {
      let MemberKind::Function(function) = item.kind else { continue };
      let function = &plan.functions[function as usize];
      let line = match &item.name.form {
        NameForm::Constructor { resource: of } if of == resource => {
          can_be_made = true;
          format!("  constructor({});", self.parameters(function, 0, side))
        }
        NameForm::Method { resource: of, member } if of == resource => {
          format!("  {}{};", member_name(member, "then"), self.signature(function, 1, side))
        }
        NameForm::Static { resource: of, member } if of == resource => {
          format!("  static {}{};", member_name(member, "prototype"), self.signature(function, 0, side))
        }
        _ => continue,
      };
      writeln!(body, "{}{line}", self.comment(&item.key, "  ")).expect(INFALLIBLE);
    }
    if side == Side::Export && !can_be_made {
      body.push_str("  private constructor();\n");
    }
    if side == Side::Export {
      body.push_str("  [Symbol.dispose](): void;\n");
    }
    write!(out, "export declare class {class} {{\n{body}}}\n").expect(INFALLIBLE);
  }

  /// Parameters from the one on that is no receiver, and the result.
  fn signature(&mut self, function: &Function, from: usize, side: Side) -> String {
    let given = match function.result.map(|ty| (ty, &self.plan.types[ty as usize].shape)) {
      None => None,
      // The error is thrown.
      Some((_, Shape::Result { ok, .. })) => *ok,
      Some((ty, _)) => Some(ty),
    };
    let result = match given.map(|ty| self.types.ty(ty, side.result())) {
      None => "void".to_string(),
      Some(result) if side == Side::Export => result,
      // It may be waited for.
      Some(result) => format!("{result} | Promise<{result}>"),
    };
    format!("({}): {result}", self.parameters(function, from, side))
  }

  fn parameters(&mut self, function: &Function, from: usize, side: Side) -> String {
    let params = function.params.get(from..).unwrap_or_default();
    let needed = params.iter().rposition(|param| !self.types.may_be_left_out(param.ty)).map_or(0, |last| last + 1);
    let parameters = params.iter().enumerate().map(|(index, param)| {
      let mut name = camel_case(&param.name);
      if is_reserved(&name) {
        name.push('_');
      }
      let mark = if index < needed { "" } else { "?" };
      format!("{name}{mark}: {}", self.types.ty(param.ty, side.parameters()))
    });
    parameters.collect::<Vec<_>>().join(", ")
  }
}
