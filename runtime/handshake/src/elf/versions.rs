//! The versions of symbols that a library wants and gives.

use object::LittleEndian as LE;
use object::elf;
use object::elf::Verdaux;
use object::elf::Verdef;
use object::elf::Vernaux;
use object::elf::Verneed;

use super::Fault;
use super::dynamic::Dynamic;
use super::segments::Segments;

/// Bits of an index that say something else.
const HIDDEN: u16 = 0x8000;

/// The versions that there are, by their indices.
pub(super) struct Versions {
  known: Vec<bool>,
}

impl Versions {
  /// Whether a symbol may have this index. The first two mean no version.
  pub(super) fn has(&self, index: u16) -> bool {
    let index = usize::from(index & !HIDDEN);
    index < 2 || self.known.get(index) == Some(&true)
  }

  fn add(&mut self, index: u16) {
    let index = usize::from(index & !HIDDEN);
    self.known.resize(self.known.len().max(index + 1), false);
    self.known[index] = true;
  }
}

pub(super) fn check(segments: &Segments<'_>, dynamic: &Dynamic<'_>) -> Result<Versions, Fault> {
  let mut versions = Versions { known: Vec::new() };
  let needed = (dynamic.get(elf::DT_VERNEED), dynamic.get(elf::DT_VERNEEDNUM));
  let defined = (dynamic.get(elf::DT_VERDEF), dynamic.get(elf::DT_VERDEFNUM));
  let has_versions = needed.0.is_some() || defined.0.is_some();
  if needed.0.is_some() != needed.1.is_some()
    || defined.0.is_some() != defined.1.is_some()
    || has_versions != dynamic.get(elf::DT_VERSYM).is_some()
  {
    return Err("its versions of symbols are not described as such".to_string());
  }
  if let (Some(address), Some(count)) = needed {
    wanted(segments, dynamic, address, count, &mut versions)
      .ok_or("the versions that it wants do not hold together")?;
  }
  if let (Some(address), Some(count)) = defined {
    given(segments, dynamic, address, count, &mut versions).ok_or("the versions that it gives do not hold together")?;
  }
  Ok(versions)
}

/// Goes through elements that each say how far the next is: so many of them, of which the last says nothing.
fn chain<T: object::pod::Pod>(
  mut bytes: &[u8],
  count: u64,
  next: impl Fn(&T) -> u32,
  mut each: impl FnMut(&T, &[u8]) -> Option<()>,
) -> Option<()> {
  for index in 0..count {
    let (element, _) = object::pod::from_bytes::<T>(bytes).ok()?;
    each(element, bytes)?;
    let distance = next(element) as usize;
    if (distance == 0) != (index + 1 == count)
      || (distance != 0 && distance < size_of::<T>())
      || !distance.is_multiple_of(4)
    {
      return None;
    }
    bytes = bytes.get(distance..)?;
  }
  Some(())
}

fn wanted(
  segments: &Segments<'_>,
  dynamic: &Dynamic<'_>,
  address: u64,
  count: u64,
  versions: &mut Versions,
) -> Option<()> {
  let bytes = segments.bytes_from(address).filter(|_| address.is_multiple_of(4))?;
  // The files it wants versions of are among those it needs: the loader ends the process where one is not.
  let files = dynamic.needed().collect::<Vec<_>>();
  // Elements may lie over one another; there are no more than fit beside each other.
  let mut left = bytes.len() / size_of::<Vernaux<LE>>();
  chain(
    bytes,
    count,
    |need: &Verneed<LE>| need.vn_next.get(LE),
    |need, from| {
      let file = dynamic.text(need.vn_file.get(LE).into())?;
      let count = usize::from(need.vn_cnt.get(LE));
      left = left.checked_sub(count)?;
      if need.vn_version.get(LE) != elf::VER_NEED_CURRENT || !files.contains(&file) {
        return None;
      }
      let from = from.get(need.vn_aux.get(LE) as usize..)?;
      chain(
        from,
        count as u64,
        |version: &Vernaux<LE>| version.vna_next.get(LE),
        |version, _| {
          versions.add(version.vna_other.get(LE));
          has_name(dynamic, version.vna_name.get(LE))
        },
      )
    },
  )
}

fn given(
  segments: &Segments<'_>,
  dynamic: &Dynamic<'_>,
  address: u64,
  count: u64,
  versions: &mut Versions,
) -> Option<()> {
  let bytes = segments.bytes_from(address).filter(|_| address.is_multiple_of(4))?;
  let mut left = bytes.len() / size_of::<Verdaux<LE>>();
  chain(
    bytes,
    count,
    |given: &Verdef<LE>| given.vd_next.get(LE),
    |given, from| {
      let count = usize::from(given.vd_cnt.get(LE));
      left = left.checked_sub(count)?;
      if given.vd_version.get(LE) != elf::VER_DEF_CURRENT || count == 0 {
        return None;
      }
      versions.add(given.vd_ndx.get(LE));
      let from = from.get(given.vd_aux.get(LE) as usize..)?;
      chain(
        from,
        count as u64,
        |name: &Verdaux<LE>| name.vda_next.get(LE),
        |name, _| has_name(dynamic, name.vda_name.get(LE)),
      )
    },
  )
}

fn has_name(dynamic: &Dynamic<'_>, start: u32) -> Option<()> {
  dynamic.has_text(start.into()).then_some(())
}
