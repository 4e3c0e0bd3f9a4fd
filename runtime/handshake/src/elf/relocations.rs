//! The relocations: what the loader writes into a library, and where.

use object::LittleEndian as LE;
use object::U64Bytes;
use object::elf;
use object::elf::Rela64;

use super::dynamic::Dynamic;
use super::dynamic::JMPREL;
use super::dynamic::RELA;
use super::dynamic::RELR;
use super::fault::Fault;
use super::segments::Segments;
use super::starts::Starts;
use super::symbols::Symbols;

/// What a kind of relocation does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
  Nothing,
  /// The address of a place in the library.
  Relative,
  /// What a function of the library answers.
  Indirect,
  /// The address of a symbol; `Slot` is one that is called.
  Symbol,
  Slot,
  /// Something of a thread-local variable; `Descriptor` takes two words.
  Thread,
  Descriptor,
}

/// The kinds that compilers use in libraries for this machine.
fn kind_of(type_: u32) -> Option<Kind> {
  if cfg!(target_arch = "aarch64") {
    return Some(match type_ {
      elf::R_AARCH64_NONE => Kind::Nothing,
      elf::R_AARCH64_ABS64 | elf::R_AARCH64_GLOB_DAT => Kind::Symbol,
      elf::R_AARCH64_JUMP_SLOT => Kind::Slot,
      elf::R_AARCH64_RELATIVE => Kind::Relative,
      elf::R_AARCH64_TLS_DTPMOD | elf::R_AARCH64_TLS_DTPREL | elf::R_AARCH64_TLS_TPREL => Kind::Thread,
      elf::R_AARCH64_TLSDESC => Kind::Descriptor,
      elf::R_AARCH64_IRELATIVE => Kind::Indirect,
      _ => return None,
    });
  }
  Some(match type_ {
    elf::R_X86_64_NONE => Kind::Nothing,
    elf::R_X86_64_64 | elf::R_X86_64_GLOB_DAT => Kind::Symbol,
    elf::R_X86_64_JUMP_SLOT => Kind::Slot,
    elf::R_X86_64_RELATIVE => Kind::Relative,
    elf::R_X86_64_DTPMOD64 | elf::R_X86_64_DTPOFF64 | elf::R_X86_64_TPOFF64 => Kind::Thread,
    elf::R_X86_64_TLSDESC => Kind::Descriptor,
    elf::R_X86_64_IRELATIVE => Kind::Indirect,
    _ => return None,
  })
}

pub(super) fn check(
  segments: &Segments<'_>,
  dynamic: &Dynamic<'_>,
  symbols: &Symbols<'_>,
  starts: &Starts,
) -> Result<(), Fault> {
  let place = Place { segments, has_text: dynamic.has_relocations_of_code() };
  let mut set = 0;
  let relocations = dynamic.table::<Rela64<LE>>(segments, &RELA)?;
  let relative = dynamic.get(elf::DT_RELACOUNT).unwrap_or_default();
  for (number, relocation) in relocations.iter().enumerate() {
    let kind = sound_kind(&place, symbols, starts, relocation);
    // The loader does not look at the kind of the first ones.
    let Some(kind) = kind.filter(|kind| number as u64 >= relative || *kind == Kind::Relative) else {
      return Err(format!("its relocation {number} leads out of it"));
    };
    set += u64::from(kind != Kind::Nothing && starts.holds(relocation.r_offset.get(LE)));
  }
  if relative > relocations.len() as u64 {
    return Err(format!("{relative} of its {} relocations are relative", relocations.len()));
  }
  for (number, relocation) in dynamic.table::<Rela64<LE>>(segments, &JMPREL)?.iter().enumerate() {
    let kind = sound_kind(&place, symbols, starts, relocation);
    if kind.is_none_or(|kind| ![Kind::Slot, Kind::Indirect, Kind::Descriptor].contains(&kind)) {
      return Err(format!("its relocation {number} of calls leads out of it"));
    }
  }
  for (number, word) in places(dynamic.table(segments, &RELR)?).enumerate() {
    let value = segments.bytes(word, 8).and_then(|bytes| Some(u64::from_le_bytes(bytes.try_into().ok()?)));
    let is_start = starts.holds(word);
    let is_sound =
      value.is_some_and(|value| if is_start { segments.is_code(value) } else { segments.is_inside(value) });
    if !is_sound || !place.can_write(word, 8) {
      return Err(format!("its relative relocation {number} leads out of it"));
    }
    set += u64::from(is_start);
  }
  // What is not set is called at address 0.
  match set == starts.count() {
    true => Ok(()),
    false => Err(format!("{set} of its {} constructors and destructors are set", starts.count())),
  }
}

/// Where relocations may write.
struct Place<'a, 'data> {
  segments: &'a Segments<'data>,
  /// Into code too.
  has_text: bool,
}

impl Place<'_, '_> {
  fn can_write(&self, address: u64, length: u64) -> bool {
    let flags = if self.has_text { elf::PF_R } else { elf::PF_W };
    let (start, size) = self.segments.dynamic;
    self.segments.contains(address, length, flags) && (address >= start + size || address + length <= start)
  }
}

/// The kind of a relocation, if all that the loader takes from it is in the library.
fn sound_kind(place: &Place<'_, '_>, symbols: &Symbols<'_>, starts: &Starts, relocation: &Rela64<LE>) -> Option<Kind> {
  let (segments, address) = (place.segments, relocation.r_offset.get(LE));
  let kind = kind_of(relocation.r_type(LE, false))?;
  let symbol = symbols.get(relocation.r_sym(LE, false))?;
  let has_symbol = relocation.r_sym(LE, false) != 0;
  let addend = relocation.r_addend.get(LE) as u64;
  let is_defined = symbol.st_shndx.get(LE) != elf::SHN_UNDEF;
  let is_start = starts.holds(address);
  let is_sound = match kind {
    Kind::Nothing => return Some(kind),
    Kind::Relative => !has_symbol && if is_start { segments.is_code(addend) } else { segments.is_inside(addend) },
    Kind::Indirect => !has_symbol && segments.is_code(addend),
    Kind::Symbol => symbol.st_type() != elf::STT_TLS && (!is_start || has_symbol),
    Kind::Slot => has_symbol && symbol.st_type() != elf::STT_TLS,
    Kind::Thread | Kind::Descriptor => match segments.thread_storage {
      _ if has_symbol => symbol.st_type() == elf::STT_TLS || !is_defined,
      Some(size) => addend <= size,
      None => false,
    },
  };
  let length = if kind == Kind::Descriptor { 16 } else { 8 };
  (is_sound && place.can_write(address, length)).then_some(kind)
}

/// The addresses that a table of relative relocations stands for: an even word is one, an odd word has bits for the 63
/// after.
fn places(words: &[U64Bytes<LE>]) -> impl Iterator<Item = u64> {
  let mut next = 0_u64;
  words.iter().flat_map(move |word| {
    let word = word.get(LE);
    let (start, bits) = match word & 1 {
      0 => (word, 1),
      _ => (next, word >> 1),
    };
    next = start.wrapping_add(if word & 1 == 0 { 8 } else { 63 * 8 });
    (0..63).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| start.wrapping_add(8 * bit))
  })
}
