//! The table of symbols, and the tables by which one is found.

use object::LittleEndian as LE;
use object::U16Bytes;
use object::U32Bytes;
use object::elf;
use object::elf::GnuHashHeader;
use object::elf::HashHeader;
use object::elf::Sym64;

use super::dynamic::Dynamic;
use super::fault::Fault;
use super::pod::table;
use super::segments::Segments;
use super::versions::Versions;

/// The symbols of a library.
pub(super) struct Symbols<'data> {
  symbols: &'data [Sym64<LE>],
}

impl<'data> Symbols<'data> {
  pub(super) fn read(segments: &Segments<'data>, dynamic: &Dynamic<'data>, versions: &Versions) -> Result<Self, Fault> {
    // The table does not say how long it is; those that lead into it do.
    let by_gnu = dynamic.get(elf::DT_GNU_HASH).map(|at| gnu_hash(segments, at).ok_or(HASH_FAULT)).transpose()?;
    let by_sysv = dynamic.get(elf::DT_HASH).map(|at| sysv_hash(segments, at).ok_or(HASH_FAULT)).transpose()?;
    let count = by_gnu.max(by_sysv).ok_or("it has no table by which symbols are found")?;
    let start = dynamic.get(elf::DT_SYMTAB).filter(|start| start % 8 == 0);
    let bytes = start.and_then(|start| segments.bytes(start, count.checked_mul(24)?));
    let symbols = bytes.and_then(table).ok_or("its symbols do not lie in the file")?;
    let this = Self { symbols };
    for (index, symbol) in symbols.iter().enumerate() {
      if !is_sound(segments, dynamic, symbol) {
        return Err(format!("its symbol {index} leads out of it"));
      }
    }
    if let Some(start) = dynamic.get(elf::DT_VERSYM) {
      let indices = segments.bytes(start, 2 * count).filter(|_| start % 2 == 0).and_then(table::<U16Bytes<LE>>);
      let mut indices = indices.ok_or("the versions of its symbols do not lie in the file")?.iter();
      if let Some(index) = indices.position(|index| !versions.has(index.get(LE))) {
        return Err(format!("its symbol {index} has a version that it does not name"));
      }
    }
    Ok(this)
  }

  pub(super) fn exports_nothing(&self) -> bool {
    self.symbols.is_empty()
  }

  pub(super) fn all(&self) -> &'data [Sym64<LE>] {
    self.symbols
  }

  pub(super) fn get(&self, index: u32) -> Option<&'data Sym64<LE>> {
    self.symbols.get(index as usize)
  }
}

const HASH_FAULT: &str = "the table by which its symbols are found leads out of it";

fn is_sound(segments: &Segments<'_>, dynamic: &Dynamic<'_>, symbol: &Sym64<LE>) -> bool {
  let value = symbol.st_value.get(LE);
  let has_name = dynamic.has_text(symbol.st_name.get(LE).into());
  has_name
    && match (symbol.st_shndx.get(LE), symbol.st_type()) {
      (elf::SHN_UNDEF, _) => true,
      (_, elf::STT_TLS) => segments.thread_storage.is_some_and(|size| value <= size),
      (elf::SHN_ABS, _) => true,
      (_, elf::STT_FUNC | elf::STT_GNU_IFUNC) => segments.is_code(value),
      _ => segments.is_inside(value),
    }
}

/// The number of symbols that a table of the GNU kind leads to, those before the first that is found included; 0 when
/// it finds none.
fn gnu_hash(segments: &Segments<'_>, address: u64) -> Option<u64> {
  let bytes = segments.bytes_from(address).filter(|_| address.is_multiple_of(8))?;
  let (header, rest) = object::pod::from_bytes::<GnuHashHeader<LE>>(bytes).ok()?;
  let words = header.bloom_count.get(LE);
  if !words.is_power_of_two() || header.bucket_count.get(LE) == 0 {
    return None;
  }
  let rest = rest.get(words as usize * 8..)?;
  let buckets = rest.get(..header.bucket_count.get(LE) as usize * 4)?;
  let chains = &rest[buckets.len()..];
  let chains = table::<U32Bytes<LE>>(&chains[..chains.len() & !3])?;
  let base = header.symbol_base.get(LE);
  let mut last = 0;
  for bucket in table::<U32Bytes<LE>>(buckets)? {
    let first = bucket.get(LE);
    if first != 0 && first < base {
      return None;
    }
    last = last.max(first);
  }
  if last == 0 {
    return Some(0);
  }
  // The chain that begins last ends last; its end has the lowest bit.
  let length = chains.get((last - base) as usize..)?.iter().position(|hash| hash.get(LE) & 1 == 1)?;
  Some(u64::from(last) + length as u64 + 1)
}

/// The same for a table of the kind of System V. No chain of it is a ring.
fn sysv_hash(segments: &Segments<'_>, address: u64) -> Option<u64> {
  let bytes = segments.bytes_from(address).filter(|_| address.is_multiple_of(4))?;
  let (header, rest) = object::pod::from_bytes::<HashHeader<LE>>(bytes).ok()?;
  let [buckets, count] = [header.bucket_count.get(LE) as usize, header.chain_count.get(LE) as usize];
  let words = rest.get(..buckets.checked_add(count)?.checked_mul(4)?).and_then(table::<U32Bytes<LE>>)?;
  let (buckets, chains) = words.split_at_checked(buckets).filter(|(buckets, _)| !buckets.is_empty())?;
  let mut seen = vec![false; count];
  for bucket in buckets {
    let mut index = bucket.get(LE) as usize;
    while index != 0 {
      // Two chains do not meet either.
      if std::mem::replace(seen.get_mut(index)?, true) {
        return None;
      }
      index = chains[index].get(LE) as usize;
    }
  }
  Some(count as u64)
}
