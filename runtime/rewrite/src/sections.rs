//! Where a module's sections are.

use std::ops::Range;

use wasm_encoder::Encode;
use wasmparser::BinaryReader;

use crate::budget;
use crate::budget::Budget;
use crate::rewrite_error::RewriteError;
use crate::summary::CustomSection;

/// A section that is no custom section. The order is the one they have in a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Id {
  Type,
  Import,
  Function,
  Table,
  Memory,
  Tag,
  Global,
  Export,
  Start,
  Element,
  DataCount,
  Code,
  Data,
}

/// The sections in their order, with the byte that says which one it is.
const IDS: [(Id, u8); 13] = [
  (Id::Type, 1),
  (Id::Import, 2),
  (Id::Function, 3),
  (Id::Table, 4),
  (Id::Memory, 5),
  (Id::Tag, 13),
  (Id::Global, 6),
  (Id::Export, 7),
  (Id::Start, 8),
  (Id::Element, 9),
  (Id::DataCount, 12),
  (Id::Code, 10),
  (Id::Data, 11),
];

/// Where a section is.
#[derive(Clone, Debug)]
pub(crate) struct Section {
  /// All of it.
  pub(crate) whole: Range<usize>,
  /// What follows its id and size.
  pub(crate) body: Range<usize>,
}

/// Where a module's sections are.
pub(crate) struct Sections<'a> {
  module: &'a [u8],
  known: [Option<Section>; IDS.len()],
  pub(crate) custom: Vec<CustomSection>,
}

impl<'a> Sections<'a> {
  /// Reads the module's header and the headers of its sections.
  pub(crate) fn read(module: &'a [u8], budget: &mut Budget) -> Result<Self, RewriteError> {
    let mut reader = BinaryReader::new(module, 0);
    read_header(&mut reader)?;
    let mut sections = Self { module, known: [const { None }; IDS.len()], custom: Vec::new() };
    let mut last = None;
    while !reader.eof() {
      let start = reader.original_position();
      let byte = reader.read_u8()?;
      let mut body = reader.read_reader()?;
      let section = Section { whole: start..reader.original_position(), body: body.range() };
      if byte == 0 {
        let name = body.read_string()?;
        budget.charge("custom sections", budget::CUSTOM_SECTION)?;
        budget.charge_text("custom sections", name.len())?;
        sections.custom.push(CustomSection::new(name.into(), start, body.original_position()..section.body.end));
        continue;
      }
      let (id, _) = *IDS
        .iter()
        .find(|(_, known)| *known == byte)
        .ok_or_else(|| RewriteError::malformed(start, format!("malformed section id: {byte}")))?;
      if last >= Some(id) {
        return Err(RewriteError::malformed(start, "section out of order"));
      }
      last = Some(id);
      sections.known[id as usize] = Some(section);
    }
    Ok(sections)
  }

  pub(crate) fn get(&self, id: Id) -> Option<&Section> {
    self.known[id as usize].as_ref()
  }

  /// A reader of what is in the section.
  pub(crate) fn reader(&self, id: Id) -> Option<BinaryReader<'a>> {
    let body = self.get(id)?.body.clone();
    Some(BinaryReader::new(&self.module[body.clone()], body.start))
  }

  /// The range of the module that a section with new contents takes: its own, or an empty one where it belongs.
  pub(crate) fn place(&self, id: Id) -> Range<usize> {
    if let Some(section) = self.get(id) {
      return section.whole.clone();
    }
    let (before, after) = self.known.split_at(id as usize);
    let at = match before.iter().rev().flatten().next() {
      Some(section) => section.whole.end,
      None => after.iter().flatten().next().map_or(self.module.len(), |section| section.whole.start),
    };
    at..at
  }
}

fn read_header(reader: &mut BinaryReader<'_>) -> Result<(), RewriteError> {
  if reader.read_bytes(4)? != b"\0asm" {
    return Err(RewriteError::malformed(0, "magic header not detected: bad magic number"));
  }
  // The upper half is the layer.
  match reader.read_u32()? {
    1 => Ok(()),
    version if version >> 16 == 1 => Err(RewriteError::Component),
    version => Err(RewriteError::Version(version)),
  }
}

/// A section with its id and size.
pub(crate) fn encode(id: Id, body: &[u8]) -> Vec<u8> {
  let mut section = Vec::with_capacity(body.len() + 6);
  section.push(byte(id));
  body.encode(&mut section);
  section
}

/// The byte that says which section it is.
pub(crate) fn byte(id: Id) -> u8 {
  IDS[id as usize].1
}

/// That a reader is at its end.
pub(crate) fn finish(reader: &BinaryReader<'_>) -> Result<(), RewriteError> {
  if reader.eof() {
    return Ok(());
  }
  let message = "section size mismatch: unexpected data at the end of the section";
  Err(RewriteError::malformed(reader.original_position(), message))
}
