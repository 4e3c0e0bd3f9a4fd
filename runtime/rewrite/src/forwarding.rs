//! Modules of one function, which is imported and exported again: so a function of JavaScript's becomes one of
//! WebAssembly's own, with a type of another module's.
//!
//! Two modules have the same type when the recursion groups are the same that it stands in, with all that they refer
//! to. So the type's group comes along as it is, and with it the groups of all types that it refers to.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Range;

use wasm_encoder::EntityType;
use wasm_encoder::ExportKind;
use wasm_encoder::ExportSection;
use wasm_encoder::ImportSection;
use wasm_encoder::Module;
use wasm_encoder::TypeSection;
use wasm_encoder::reencode::Error;
use wasm_encoder::reencode::Reencode;
use wasmparser::BinaryReader;
use wasmparser::RecGroup;

use crate::budget::Budget;
use crate::sections::Id;
use crate::sections::Sections;

/// Where a module's recursion groups are: a type that stands alone is a group of one.
pub struct TypeGroups(Vec<Group>);

struct Group {
  /// The indices of its types.
  types: Range<u32>,
  offset: usize,
}

/// A module that imports a function as `""` `""` and exports it as `f`.
#[derive(Clone, Debug)]
pub struct Forwarding {
  /// The module for V8.
  pub bytes: Vec<u8>,
  /// How many types it has.
  pub types: u32,
}

impl TypeGroups {
  /// Reads the types of `module`, up to what is broken.
  #[must_use]
  pub fn new(module: &[u8]) -> Self {
    let mut groups = Vec::new();
    let sections = Sections::read(module, &mut Budget::unlimited());
    let Some(mut reader) = sections.ok().and_then(|sections| sections.reader(Id::Type)) else { return Self(groups) };
    let (count, mut first) = (reader.read_var_u32().unwrap_or(0), 0);
    for _ in 0..count {
      let offset = reader.original_position();
      let Ok(group) = reader.read::<RecGroup>() else { break };
      let types = first..first + group.types().len() as u32;
      first = types.end;
      groups.push(Group { types, offset });
    }
    Self(groups)
  }

  /// What forwards functions of the type `index` of `module`, whose groups these are. `None` when it has no such type.
  #[must_use]
  pub fn forwarding(&self, module: &[u8], index: u32) -> Option<Forwarding> {
    let mut types = TypeSection::new();
    let mut renumbered = Renumbered::default();
    for at in self.needed(module, self.group_of(index)?)? {
      let group = self.0.get(at)?;
      for ty in group.types.clone() {
        let new = renumbered.0.len() as u32;
        renumbered.0.insert(ty, new);
      }
      renumbered.parse_recursive_type_group(types.ty(), group.read(module)?).ok()?;
    }
    let mut imports = ImportSection::new();
    imports.import("", "", EntityType::Function(*renumbered.0.get(&index)?));
    let mut exports = ExportSection::new();
    exports.export("f", ExportKind::Func, 0);
    let mut forwarding = Module::new();
    forwarding.section(&types).section(&imports).section(&exports);
    Some(Forwarding { bytes: forwarding.finish(), types: renumbered.0.len() as u32 })
  }

  /// The groups that one refers to, itself among them, in their order.
  fn needed(&self, module: &[u8], group: usize) -> Option<BTreeSet<usize>> {
    let (mut needed, mut unread) = (BTreeSet::from([group]), vec![group]);
    while let Some(group) = unread.pop() {
      let mut referred = Referred::default();
      let group = self.0.get(group)?.read(module)?;
      referred.parse_recursive_type_group(TypeSection::new().ty(), group).ok()?;
      for index in referred.0 {
        let group = self.group_of(index)?;
        if needed.insert(group) {
          unread.push(group);
        }
      }
    }
    Some(needed)
  }

  fn group_of(&self, index: u32) -> Option<usize> {
    let at = self.0.partition_point(|group| group.types.end <= index);
    (at < self.0.len()).then_some(at)
  }
}

impl Group {
  fn read(&self, module: &[u8]) -> Option<RecGroup> {
    BinaryReader::new(module.get(self.offset..)?, self.offset).read().ok()
  }
}

/// Notes the types that a group refers to.
#[derive(Default)]
struct Referred(BTreeSet<u32>);

impl Reencode for Referred {
  type Error = Infallible;

  fn type_index(&mut self, index: u32) -> Result<u32, Error> {
    self.0.insert(index);
    Ok(index)
  }
}

/// The new indices of types.
#[derive(Default)]
struct Renumbered(HashMap<u32, u32>);

impl Reencode for Renumbered {
  type Error = Infallible;

  fn type_index(&mut self, index: u32) -> Result<u32, Error> {
    self.0.get(&index).copied().ok_or(Error::CanonicalizedHeapTypeReference)
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  /// Types 0 to 7, the last three of which are functions' that refer to groups before theirs.
  const MODULE: &str = r#"
    (module
      (type (func (param f64 f64)))
      (type (func (param i32)))
      (rec (type (array i8)) (type (func)))
      (rec (type (struct (field (ref null 4)) (field (ref 5)))) (type (func (param (ref null 4)))))
      (rec (type (sub (func (param (ref 1))))))
      (type (sub final 6 (func (param (ref 1)))))
      (rec))
  "#;

  fn of(wat: &str) -> (Vec<u8>, TypeGroups) {
    let module = wat::parse_str(wat).expect("it is a module");
    let groups = TypeGroups::new(&module);
    (module, groups)
  }

  #[test]
  fn groups_come_with_all_that_they_refer_to() {
    let (module, groups) = of(MODULE);
    let forwarding = groups.forwarding(&module, 7).expect("it is there");
    let same = r#"
      (module
        (type (func (param i32)))
        (rec (type (sub (func (param (ref 0))))))
        (type (sub final 1 (func (param (ref 0)))))
        (import "" "" (func (type 2)))
        (export "f" (func 0)))
    "#;
    assert_eq!(forwarding.bytes, wat::parse_str(same).expect("it is a module"));
    assert_eq!(forwarding.types, 3);
  }

  #[test]
  fn members_of_a_group_bring_the_group() {
    let (module, groups) = of(MODULE);
    let forwarding = groups.forwarding(&module, 5).expect("it is there");
    let same = r#"
      (module
        (rec (type (struct (field (ref null 0)) (field (ref 1)))) (type (func (param (ref null 0)))))
        (import "" "" (func (type 1)))
        (export "f" (func 0)))
    "#;
    assert_eq!(forwarding.bytes, wat::parse_str(same).expect("it is a module"));
  }

  #[test]
  fn what_is_not_there_is_not_forwarded() {
    let (module, groups) = of(MODULE);
    assert!(groups.forwarding(&module, 8).is_none());
    assert!(groups.forwarding(&module, u32::MAX).is_none());
    assert!(TypeGroups::new(b"no module").forwarding(b"no module", 0).is_none());
    assert!(TypeGroups::new(&module[..20]).forwarding(&module[..20], 7).is_none());
  }
}
