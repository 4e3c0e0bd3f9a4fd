//! The file's header and its program headers: what is mapped, where and how.

use object::LittleEndian as LE;
use object::elf;
use object::elf::FileHeader64;
use object::elf::ProgramHeader64;

use super::fault::Fault;
use super::pod::table;

/// What linkers make is some four to eight.
const MAX_LOADED: usize = 64;
/// What a library may take in memory, and what each thread takes for it.
const MAX_IMAGE: u64 = 1 << 36;
const MAX_THREAD_STORAGE: u64 = 1 << 26;
/// The smallest of any system, in which the loader protects memory.
const PAGE: u64 = 4096;

/// The mapped parts of a library.
pub(super) struct Segments<'data> {
  data: &'data [u8],
  loaded: Vec<Loaded>,
  /// Where the dynamic section is.
  pub(super) dynamic: (u64, u64),
  /// How much each thread has of it, if it has thread-local variables.
  pub(super) thread_storage: Option<u64>,
}

struct Loaded {
  start: u64,
  end: u64,
  file_end: u64,
  offset: u64,
  flags: u32,
}

impl<'data> Segments<'data> {
  pub(super) fn read(data: &'data [u8]) -> Result<Self, Fault> {
    let headers = program_headers(data)?;
    let mut this = Self { data, loaded: loaded(data, headers)?, dynamic: (0, 0), thread_storage: None };
    let mut has_read_only = false;
    for header in headers {
      let (start, size, in_file) = (header.p_vaddr.get(LE), header.p_memsz.get(LE), header.p_filesz.get(LE));
      let misplaced = |what: &str| format!("{what} does not lie in what is mapped");
      let in_segments = |what: &str| match this.offset_of(start, in_file) {
        Some(offset) if offset == header.p_offset.get(LE) => Ok(()),
        _ => Err(misplaced(what)),
      };
      match header.p_type.get(LE) {
        elf::PT_DYNAMIC => {
          in_segments("its dynamic section")?;
          if this.dynamic != (0, 0) {
            return Err("it has two dynamic sections".to_string());
          }
          // The loader puts addresses in place of what lies there, unless it is told that it cannot.
          if header.p_flags.get(LE) & elf::PF_W != 0 && !this.contains(start, size, elf::PF_W) {
            return Err("its dynamic section cannot be written".to_string());
          }
          this.dynamic = (start, in_file);
        }
        elf::PT_TLS => {
          if in_file > 0 {
            in_segments("its thread-local data")?;
          }
          let align = header.p_align.get(LE);
          if this.thread_storage.is_some() || in_file > size || size > MAX_THREAD_STORAGE {
            return Err(format!("it wants {size} bytes of thread-local data, of which the file has {in_file}"));
          }
          if align > PAGE || (align > 1 && !align.is_power_of_two()) {
            return Err(format!("its thread-local data is aligned to {align} bytes"));
          }
          this.thread_storage = Some(size);
        }
        elf::PT_GNU_RELRO => {
          let part = this.part_at(start).filter(|part| part.flags & elf::PF_W != 0);
          let end = start.checked_add(size);
          let (Some(part), Some(end)) = (part, end) else { return Err(misplaced("what is written once")) };
          // Linkers fill the page.
          let page_end = part.end.next_multiple_of(PAGE);
          if has_read_only || end > page_end || (end % PAGE != 0 && end != part.end) {
            return Err("what is written once ends within what is written later".to_string());
          }
          has_read_only = true;
        }
        elf::PT_PHDR => {
          let size = std::mem::size_of_val(headers) as u64;
          if this.offset_of(start, size) != Some(table_offset(data)) {
            return Err(misplaced("its table of segments"));
          }
        }
        elf::PT_NOTE | elf::PT_GNU_PROPERTY => {
          in_segments("a note")?;
          this.check_notes(start, in_file, header.p_align.get(LE))?;
        }
        elf::PT_GNU_EH_FRAME => in_segments("its table of stack frames")?,
        _ => {}
      }
    }
    if this.dynamic == (0, 0) {
      return Err("it has no dynamic section".to_string());
    }
    Ok(this)
  }

  /// The bytes of the file that will lie at an address.
  pub(super) fn bytes(&self, address: u64, length: u64) -> Option<&'data [u8]> {
    let start = usize::try_from(self.offset_of(address, length)?).ok()?;
    self.data.get(start..start + usize::try_from(length).ok()?)
  }

  /// All bytes of the file that are mapped from an address on, in one part.
  pub(super) fn bytes_from(&self, address: u64) -> Option<&'data [u8]> {
    let part = self.part_at(address)?;
    self.bytes(address, part.file_end.checked_sub(address)?)
  }

  fn offset_of(&self, address: u64, length: u64) -> Option<u64> {
    let part = self.part_at(address)?;
    let end = address.checked_add(length)?;
    (end <= part.file_end).then(|| address - part.start + part.offset)
  }

  /// Whether so many bytes are mapped there, with those rights while the loader works.
  pub(super) fn contains(&self, address: u64, length: u64, flags: u32) -> bool {
    self
      .part_at(address)
      .is_some_and(|part| part.flags & flags == flags && address.checked_add(length).is_some_and(|end| end <= part.end))
  }

  /// Whether code is there.
  pub(super) fn is_code(&self, address: u64) -> bool {
    self.contains(address, 1, elf::PF_X)
  }

  /// Whether an address is in the image, or at the end of a part of it.
  pub(super) fn is_inside(&self, address: u64) -> bool {
    self.loaded.first().is_some_and(|part| address >= part.start & !(PAGE - 1))
      && self.loaded.last().is_some_and(|part| address <= part.end.next_multiple_of(PAGE))
  }

  fn part_at(&self, address: u64) -> Option<&Loaded> {
    let after = self.loaded.partition_point(|part| part.start <= address);
    self.loaded[..after].last().filter(|part| address <= part.end)
  }

  /// The loader goes from note to note by their lengths.
  fn check_notes(&self, start: u64, length: u64, align: u64) -> Result<(), Fault> {
    let fault = || "a note of it goes beyond its end".to_string();
    let align = if align == 8 { 8 } else { 4 };
    let mut rest = self.bytes(start, length).ok_or_else(fault)?;
    while !rest.is_empty() {
      let header = rest.get(..12).and_then(table::<object::U32Bytes<LE>>).ok_or_else(fault)?;
      let [name, description] = [header[0].get(LE) as usize, header[1].get(LE) as usize];
      let end = (12 + name).next_multiple_of(align) + description;
      if end > rest.len() {
        return Err(fault());
      }
      rest = rest.get(end.next_multiple_of(align)..).unwrap_or_default();
    }
    Ok(())
  }
}

fn table_offset(data: &[u8]) -> u64 {
  header(data).map_or(0, |header| header.e_phoff.get(LE))
}

fn header(data: &[u8]) -> Option<&FileHeader64<LE>> {
  Some(object::pod::from_bytes(data).ok()?.0)
}

fn program_headers(data: &[u8]) -> Result<&[ProgramHeader64<LE>], Fault> {
  let header = header(data).ok_or("its header is cut short")?;
  let size = size_of::<ProgramHeader64<LE>>();
  if header.e_type.get(LE) != elf::ET_DYN || usize::from(header.e_phentsize.get(LE)) != size {
    return Err(format!("its segments are described in {} bytes, not in {size}", header.e_phentsize.get(LE)));
  }
  let start = usize::try_from(header.e_phoff.get(LE)).ok();
  let bytes = start.and_then(|start| data.get(start..)?.get(..size * usize::from(header.e_phnum.get(LE))));
  bytes.and_then(table).ok_or_else(|| "its table of segments goes beyond its end".to_string())
}

/// The parts that are mapped. They lie one after the other, as their addresses do.
fn loaded(data: &[u8], headers: &[ProgramHeader64<LE>]) -> Result<Vec<Loaded>, Fault> {
  let mut parts = Vec::<Loaded>::new();
  for header in headers.iter().filter(|header| header.p_type.get(LE) == elf::PT_LOAD) {
    let number = parts.len();
    let fault = |what: &str| Err(format!("its segment {number} {what}"));
    let (start, offset, align) = (header.p_vaddr.get(LE), header.p_offset.get(LE), header.p_align.get(LE));
    let (in_file, in_memory, flags) = (header.p_filesz.get(LE), header.p_memsz.get(LE), header.p_flags.get(LE));
    if number == MAX_LOADED {
      return fault("is one too many");
    }
    if !align.is_power_of_two() || !(PAGE..=MAX_IMAGE).contains(&align) || start % align != offset % align {
      return fault("is not aligned to pages");
    }
    if offset.checked_add(in_file).is_none_or(|end| end > data.len() as u64) {
      return fault("goes beyond the file's end");
    }
    let Some(end) = start.checked_add(in_memory).filter(|&end| end <= MAX_IMAGE && in_memory >= in_file) else {
      return fault("does not fit into memory");
    };
    let before = parts.last().map_or(0, |part| part.end.next_multiple_of(PAGE));
    if start & !(PAGE - 1) < before {
      return fault("lies over the one before");
    }
    if flags & elf::PF_R == 0 || (in_memory > in_file && flags & elf::PF_W == 0) {
      return fault("cannot be read, or has room that cannot be written");
    }
    parts.push(Loaded { start, end, file_end: start + in_file, offset, flags });
  }
  match parts.is_empty() {
    true => Err("nothing of it is mapped".to_string()),
    false => Ok(parts),
  }
}
