//! The dynamic section: where the loader finds its tables.

use object::LittleEndian as LE;
use object::elf;
use object::elf::Dyn64;

use super::fault::Fault;
use super::pod::table;
use super::segments::Segments;

/// The entries of the dynamic section.
pub(super) struct Dynamic<'data> {
  entries: Vec<(u32, u64)>,
  /// Names; the last byte is a zero.
  texts: &'data [u8],
}

/// What belongs together: a table, its length in bytes, and the size of an element with what that must be.
pub(super) struct Table {
  name: &'static str,
  address: u32,
  length: u32,
  element: Option<u32>,
  element_size: u64,
}

pub(super) const RELA: Table = Table::new("relocations", elf::DT_RELA, elf::DT_RELASZ, Some(elf::DT_RELAENT), 24);
pub(super) const RELR: Table = Table::new("relative relocations", DT_RELR, DT_RELRSZ, Some(DT_RELRENT), 8);
pub(super) const JMPREL: Table = Table::new("relocations of calls", elf::DT_JMPREL, elf::DT_PLTRELSZ, None, 24);
pub(super) const INIT_ARRAY: Table = Table::new("constructors", elf::DT_INIT_ARRAY, elf::DT_INIT_ARRAYSZ, None, 8);
pub(super) const FINI_ARRAY: Table = Table::new("destructors", elf::DT_FINI_ARRAY, elf::DT_FINI_ARRAYSZ, None, 8);

impl Table {
  const fn new(name: &'static str, address: u32, length: u32, element: Option<u32>, element_size: u64) -> Self {
    Self { name, address, length, element, element_size }
  }
}

impl<'data> Dynamic<'data> {
  pub(super) fn read(segments: &Segments<'data>) -> Result<Self, Fault> {
    let (start, length) = segments.dynamic;
    let section = segments.bytes(start, length).filter(|_| start % 8 == 0).and_then(table::<Dyn64<LE>>);
    let section = section.ok_or("its dynamic section is not whole entries")?;
    let count = section.iter().position(|entry| entry.d_tag.get(LE) == u64::from(elf::DT_NULL));
    let section = &section[..count.ok_or("its dynamic section has no end")?];
    // The loader leaves aside what it does not know.
    let known = |entry: &Dyn64<LE>| Some((u32::try_from(entry.d_tag.get(LE)).ok()?, entry.d_val.get(LE)));
    let mut this = Self { entries: section.iter().filter_map(known).collect(), texts: &[] };
    this.check_repeated()?;
    let texts = match (this.get(elf::DT_STRTAB), this.get(elf::DT_STRSZ)) {
      (Some(start), Some(length)) => segments.bytes(start, length),
      _ => None,
    };
    this.texts = texts.filter(|texts| texts.last() == Some(&0)).ok_or("its names do not lie in the file")?;
    for (tag, text) in this.entries.iter().filter(|(tag, _)| NAMES.contains(tag)) {
      if this.text(*text).is_none_or(<[u8]>::is_empty) {
        return Err(format!("entry {tag} of its dynamic section is no name"));
      }
    }
    for (tag, wanted) in [(elf::DT_SYMENT, Some(24)), (elf::DT_PLTREL, this.get(elf::DT_JMPREL).map(|_| DT_RELA))] {
      if this.get(tag) != wanted {
        return Err(format!("entry {tag} of its dynamic section is {:?}", this.get(tag)));
      }
    }
    // Tables of another machine's relocations.
    if let Some(tag) = [elf::DT_REL, elf::DT_RELSZ, elf::DT_RELENT].into_iter().find(|tag| this.get(*tag).is_some()) {
      return Err(format!("its dynamic section has an entry {tag}"));
    }
    Ok(this)
  }

  /// Of most entries the loader takes the last.
  fn check_repeated(&self) -> Result<(), Fault> {
    let mut tags = self.entries.iter().map(|(tag, _)| *tag).filter(|tag| *tag != elf::DT_NEEDED).collect::<Vec<_>>();
    tags.sort_unstable();
    match tags.windows(2).find(|pair| pair[0] == pair[1]) {
      Some(pair) => Err(format!("its dynamic section has two entries {}", pair[0])),
      None => Ok(()),
    }
  }

  pub(super) fn get(&self, tag: u32) -> Option<u64> {
    self.entries.iter().find(|(found, _)| *found == tag).map(|(_, value)| *value)
  }

  /// Address and length of a table that is there; all of its entries are, or none.
  pub(super) fn range(&self, wanted: &Table) -> Result<Option<(u64, u64)>, Fault> {
    let (address, length) = (self.get(wanted.address), self.get(wanted.length));
    let element = wanted.element.map(|element| self.get(element));
    match (address, length) {
      (None, None) if element.flatten().is_none() => Ok(None),
      (Some(address), Some(length))
        if element.is_none_or(|size| size == Some(wanted.element_size))
          && address % 8 == 0
          && length % wanted.element_size == 0 =>
      {
        Ok(Some((address, length)))
      }
      _ => Err(format!("its table of {} is not described as one", wanted.name)),
    }
  }

  /// A table as it lies in the file.
  pub(super) fn table<T: object::pod::Pod>(
    &self,
    segments: &Segments<'data>,
    wanted: &Table,
  ) -> Result<&'data [T], Fault> {
    let Some((address, length)) = self.range(wanted)? else { return Ok(&[]) };
    let bytes = segments.bytes(address, length).and_then(table);
    bytes.ok_or_else(|| format!("its table of {} does not lie in the file", wanted.name))
  }

  /// The text that begins there.
  pub(super) fn text(&self, start: u64) -> Option<&'data [u8]> {
    let rest = self.texts.get(usize::try_from(start).ok()?..)?;
    rest.split(|byte| *byte == 0).next().filter(|text| text.len() < rest.len())
  }

  /// Whether a text begins there; without looking for its end.
  pub(super) fn has_text(&self, start: u64) -> bool {
    start < self.texts.len() as u64
  }

  /// Whether relocations may write into code.
  pub(super) fn has_relocations_of_code(&self) -> bool {
    let flags = self.get(elf::DT_FLAGS).unwrap_or_default();
    self.get(elf::DT_TEXTREL).is_some() || flags & u64::from(elf::DF_TEXTREL) != 0
  }

  /// Whether the linker marked it as a program that may lie anywhere.
  pub(super) fn is_of_program(&self) -> bool {
    self.get(elf::DT_FLAGS_1).unwrap_or_default() & u64::from(elf::DF_1_PIE) != 0
  }

  pub(super) fn needed(&self) -> impl Iterator<Item = &'data [u8]> {
    self.entries.iter().filter(|(tag, _)| *tag == elf::DT_NEEDED).filter_map(|(_, start)| self.text(*start))
  }

  /// The newer kind goes before the older.
  pub(super) fn search_path(&self) -> Option<&'data [u8]> {
    self.text(self.get(elf::DT_RUNPATH).or_else(|| self.get(elf::DT_RPATH))?)
  }
}

// The crate object does not know these.
const DT_RELRSZ: u32 = 35;
const DT_RELR: u32 = 36;
const DT_RELRENT: u32 = 37;

const DT_RELA: u64 = elf::DT_RELA as u64;
const NAMES: [u32; 4] = [elf::DT_NEEDED, elf::DT_SONAME, elf::DT_RPATH, elf::DT_RUNPATH];
