//! Source lines, from a module's DWARF, by gimli. addr2line, which is made for that, reads the head of a line table and
//! its lines anew for each unit that names the table, and as much as the module's author likes.
//!
//! Whatever the module's author writes, each line table and each table of abbreviations is read once: units may name
//! the same one thousands of times. Of a unit only its folder is read, and addresses are looked up in the line tables
//! alone.

use std::borrow::Cow;
use std::sync::OnceLock;

use gimli::Abbreviations;
use gimli::AttributeValue;
use gimli::DebugAbbrev;
use gimli::DebugAbbrevOffset;
use gimli::DebugInfo;
use gimli::DebugInfoOffset;
use gimli::DebugLine;
use gimli::DebugLineOffset;
use gimli::EndianSlice;
use gimli::IncompleteLineProgram;
use gimli::LineProgramHeader;
use gimli::LittleEndian;
use gimli::Reader;
use gimli::SectionId;
use gimli::UnitHeader;

use crate::sections::Id;
use crate::sections::Sections;

/// Bytes of DWARF from which on lines are not looked up. Reading takes time and memory, and the module's author says
/// how much.
const MAX_DWARF: usize = 256 << 20;
/// The same for line tables, where every byte can be a line.
const MAX_LINES: usize = 16 << 20;
/// The same for the files of one line table and for one table of abbreviations: reading takes a hundred times as much.
const MAX_TABLE: usize = 1 << 20;
/// The most attributes of a unit that are looked at.
const MAX_ATTRIBUTES: usize = 100;
/// What is longer is no path.
const MAX_PATH_LENGTH: usize = 4096;

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// Which lines a module's code comes from.
pub(crate) struct Lines {
  /// What the addresses count from: where the contents of the code section start.
  code_start: usize,
  line: Box<[u8]>,
  strings: Box<[u8]>,
  line_strings: Box<[u8]>,
  /// By their place.
  tables: Vec<Table>,
  /// By their first address.
  sequences: Vec<Sequence>,
}

/// A line table.
struct Table {
  /// Where it is in `line`.
  start: usize,
  end: usize,
  address_size: u8,
  /// What its paths count from.
  folder: Option<Text>,
  /// Read when they are first wanted.
  rows: OnceLock<Vec<Row>>,
}

/// A text that is somewhere.
enum Text {
  Own(Box<[u8]>),
  Strings(usize),
  LineStrings(usize),
}

/// Code without gaps that a table has the lines of.
struct Sequence {
  start: u32,
  end: u32,
  table: u32,
}

/// From here on the code is that line's, up to the end.
struct Row {
  start: u32,
  end: u32,
  file: u32,
  line: u32,
}

impl Lines {
  pub(crate) fn new(module: &[u8], sections: &Sections<'_>) -> Option<Self> {
    let code_start = sections.get(Id::Code)?.body.start;
    let find = |id: SectionId| sections.custom.iter().find(|section| section.name() == id.name());
    let debug = sections.custom.iter().filter(|section| section.name().starts_with(".debug_"));
    if find(SectionId::DebugLine)?.range().len() > MAX_LINES
      || debug.map(|section| section.range().len()).sum::<usize>() > MAX_DWARF
    {
      return None;
    }
    let bytes = |id: SectionId| find(id).map_or(&[][..], |section| &module[section.range()]);
    let mut lines = Self {
      code_start,
      line: bytes(SectionId::DebugLine).into(),
      strings: bytes(SectionId::DebugStr).into(),
      line_strings: bytes(SectionId::DebugLineStr).into(),
      tables: tables(bytes(SectionId::DebugLine)),
      sequences: Vec::new(),
    };
    lines.find_folders(bytes(SectionId::DebugInfo), bytes(SectionId::DebugAbbrev));
    lines.find_sequences();
    Some(lines)
  }

  /// The file and the line that the code at an offset in the module comes from.
  pub(crate) fn find(&self, module_offset: usize) -> Option<(String, u32)> {
    let address = u32::try_from(module_offset.checked_sub(self.code_start)?).ok()?;
    let after = self.sequences.partition_point(|sequence| sequence.start <= address);
    let sequence = self.sequences[..after].last().filter(|sequence| address < sequence.end)?;
    let table = &self.tables[sequence.table as usize];
    let rows = table.rows.get_or_init(|| self.rows(table));
    let after = rows.partition_point(|row| row.start <= address);
    let row = rows[..after].last().filter(|row| address < row.end && row.line != 0)?;
    let path = self.path(table, self.program(table)?.header(), row.file.into())?;
    Some((path, row.line))
  }

  /// What paths count from, by the units.
  fn find_folders(&mut self, info: &[u8], abbreviations: &[u8]) {
    let info = DebugInfo::new(info, LittleEndian);
    let mut units = Vec::new();
    let mut headers = info.units();
    while let Ok(Some(header)) = headers.next() {
      units.extend(header.offset().as_debug_info_offset().map(|unit| (header.debug_abbrev_offset().0, unit.0)));
    }
    units.sort_unstable();
    let mut groups = units.chunk_by(|a, b| a.0 == b.0).peekable();
    while let Some(group) = groups.next() {
      let start = group[0].0;
      // Tables do not overlap: the next one starts where this one ends.
      let end = groups.peek().map_or(abbreviations.len(), |next| next[0].0);
      let end = end.min(start.saturating_add(MAX_TABLE)).min(abbreviations.len());
      let Some(table) = abbreviations.get(start..end) else { continue };
      let Ok(table) = DebugAbbrev::new(table, LittleEndian).abbreviations(DebugAbbrevOffset(0)) else { continue };
      for &(_, unit) in group {
        let Ok(header) = info.header_from_offset(DebugInfoOffset(unit)) else { continue };
        let Some((at, folder)) = folder(&header, &table) else { continue };
        let Ok(index) = self.tables.binary_search_by_key(&at, |table| table.start) else { continue };
        self.tables[index].address_size = header.address_size();
        self.tables[index].folder = folder;
      }
    }
  }

  fn find_sequences(&mut self) {
    let mut sequences = Vec::new();
    for (index, table) in (0..).zip(&self.tables) {
      let Some(program) = self.program(table) else { continue };
      let mut rows = program.rows();
      let mut first = None;
      while let Ok(Some((_, row))) = rows.next_row() {
        let start = *first.get_or_insert(row.address());
        if row.end_sequence() {
          first = None;
          sequences.extend(span(start, row.address()).map(|(start, end)| Sequence { start, end, table: index }));
        }
      }
    }
    sequences.sort_by_key(|sequence| sequence.start);
    sequences.shrink_to_fit();
    self.sequences = sequences;
  }

  fn rows(&self, table: &Table) -> Vec<Row> {
    let mut found = Vec::new();
    let Some(program) = self.program(table) else { return found };
    let mut rows = program.rows();
    let mut last = None;
    while let Ok(Some((_, row))) = rows.next_row() {
      if let Some((start, file, line)) = last
        && let Some((start, end)) = span(start, row.address())
      {
        found.push(Row { start, end, file, line });
      }
      let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
      let line = row.line().map_or(0, |line| narrow(line.get()));
      last = (!row.end_sequence()).then(|| (row.address(), narrow(row.file_index()), line));
    }
    found.sort_by_key(|row| row.start);
    found.shrink_to_fit();
    found
  }

  fn program(&self, table: &Table) -> Option<IncompleteLineProgram<Bytes<'_>>> {
    let bytes = &self.line[table.start..table.end];
    if header_length(bytes)? > MAX_TABLE {
      return None;
    }
    DebugLine::new(bytes, LittleEndian).program(DebugLineOffset(0), table.address_size, None, None).ok()
  }

  fn path(&self, table: &Table, header: &LineProgramHeader<Bytes<'_>>, file: u64) -> Option<String> {
    let file = header.file(file)?;
    let mut path = match &table.folder {
      // From version 5 on the table has it itself.
      _ if header.version() >= 5 => self.text(header.directory(0)?)?.into_owned(),
      Some(Text::Own(folder)) => text(folder, 0)?.into_owned(),
      Some(Text::Strings(at)) => text(&self.strings, *at)?.into_owned(),
      Some(Text::LineStrings(at)) => text(&self.line_strings, *at)?.into_owned(),
      None => String::new(),
    };
    if file.directory_index() != 0
      && let Some(directory) = file.directory(header)
    {
      push(&mut path, &self.text(directory)?);
    }
    push(&mut path, &self.text(file.path_name())?);
    Some(path)
  }

  fn text<'a>(&'a self, value: AttributeValue<Bytes<'a>>) -> Option<Cow<'a, str>> {
    match value {
      AttributeValue::String(own) => text(own.slice(), 0),
      AttributeValue::DebugStrRef(at) => text(&self.strings, at.0),
      AttributeValue::DebugLineStrRef(at) => text(&self.line_strings, at.0),
      _ => None,
    }
  }
}

/// The line tables, one after another.
fn tables(line: &[u8]) -> Vec<Table> {
  let mut tables = Vec::new();
  let mut reader = Bytes::new(line, LittleEndian);
  while !reader.is_empty() {
    let start = line.len() - reader.len();
    let skipped = reader.read_initial_length().and_then(|(length, _)| reader.skip(length));
    if skipped.is_err() {
      break;
    }
    let end = line.len() - reader.len();
    // Units say how long addresses are; four bytes are wasm32's.
    tables.push(Table { start, end, address_size: 4, folder: None, rows: OnceLock::new() });
  }
  tables
}

/// How long the part of a line table is that has the files.
fn header_length(table: &[u8]) -> Option<usize> {
  let mut reader = Bytes::new(table, LittleEndian);
  let (_, format) = reader.read_initial_length().ok()?;
  if reader.read_u16().ok()? >= 5 {
    // The sizes of addresses and selectors.
    reader.skip(2).ok()?;
  }
  reader.read_length(format).ok()
}

/// Where a unit's line table is, and what the table's paths count from.
fn folder(unit: &UnitHeader<Bytes<'_>>, abbreviations: &Abbreviations) -> Option<(usize, Option<Text>)> {
  let mut entries = unit.entries_raw(abbreviations, None).ok()?;
  let abbreviation = entries.read_abbreviation().ok()??;
  let (mut table, mut folder) = (None, None);
  for specification in abbreviation.attributes().iter().take(MAX_ATTRIBUTES) {
    let attribute = entries.read_attribute(*specification).ok()?;
    match (attribute.name(), attribute.value()) {
      (gimli::DW_AT_stmt_list, AttributeValue::DebugLineRef(at)) => table = Some(at.0),
      (gimli::DW_AT_comp_dir, AttributeValue::String(own)) => folder = Some(Text::Own(own.slice().into())),
      (gimli::DW_AT_comp_dir, AttributeValue::DebugStrRef(at)) => folder = Some(Text::Strings(at.0)),
      (gimli::DW_AT_comp_dir, AttributeValue::DebugLineStrRef(at)) => folder = Some(Text::LineStrings(at.0)),
      _ => {}
    }
  }
  Some((table?, folder))
}

/// Addresses of code. None is 0: that is where linkers leave what they took out.
fn span(start: u64, end: u64) -> Option<(u32, u32)> {
  if 0 < start && start < end { Some((start.try_into().ok()?, end.try_into().ok()?)) } else { None }
}

/// The text that starts there and ends with a NUL or with the bytes.
fn text(bytes: &[u8], start: usize) -> Option<Cow<'_, str>> {
  let bytes = bytes.get(start..)?;
  let bytes = &bytes[..bytes.len().min(MAX_PATH_LENGTH)];
  let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
  Some(String::from_utf8_lossy(&bytes[..end]))
}

/// Goes on from `path` with `next`, on a system of either kind.
fn push(path: &mut String, next: &str) {
  let windows = |path: &str| path.starts_with('\\') || path.get(1..3) == Some(":\\");
  if next.starts_with('/') || next.get(1..3) == Some(":/") || windows(next) {
    path.clear();
  } else if !path.is_empty() {
    let separator = if windows(path) { '\\' } else { '/' };
    if !path.ends_with(separator) {
      path.push(separator);
    }
  }
  path.push_str(next);
}
