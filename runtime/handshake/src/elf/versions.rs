//! The versions of symbols that a library wants and gives.

use object::LittleEndian as LE;
use object::elf;
use object::elf::Verdaux;
use object::elf::Verdef;
use object::elf::Vernaux;
use object::elf::Verneed;

use super::dynamic::Dynamic;
use super::fault::Fault;
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

  fn extend(&mut self, index: Option<u16>) {
    let Some(index) = index else { return };
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
    read_all::<Verneed<LE>>(segments, dynamic, address, count, &mut versions)
      .ok_or("the versions that it wants do not hold together")?;
  }
  if let (Some(address), Some(count)) = defined {
    read_all::<Verdef<LE>>(segments, dynamic, address, count, &mut versions)
      .ok_or("the versions that it gives do not hold together")?;
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

/// What a library says of the versions that it wants of a file, or of one that it gives: a head with a chain behind it.
trait Versioned: object::pod::Pod {
  /// An element of the chain.
  type Element: object::pod::Pod;

  /// How far the next head is.
  fn next(&self) -> u32;
  /// How many elements there are, and how far the first is.
  fn elements(&self) -> (u16, u32);
  /// Whether the head is one, of a library that needs these files; and the version that it says there is.
  fn read(&self, dynamic: &Dynamic<'_>, needed: &[&[u8]]) -> Option<Option<u16>>;
  /// How far the next element is.
  fn next_element(element: &Self::Element) -> u32;
  /// Where the element's name begins, and the version that it says there is.
  fn read_element(element: &Self::Element) -> (u32, Option<u16>);
}

impl Versioned for Verneed<LE> {
  type Element = Vernaux<LE>;

  fn next(&self) -> u32 {
    self.vn_next.get(LE)
  }

  fn elements(&self) -> (u16, u32) {
    (self.vn_cnt.get(LE), self.vn_aux.get(LE))
  }

  fn read(&self, dynamic: &Dynamic<'_>, needed: &[&[u8]]) -> Option<Option<u16>> {
    // The files it wants versions of are among those it needs: the loader ends the process where one is not.
    let file = dynamic.text(self.vn_file.get(LE).into())?;
    (self.vn_version.get(LE) == elf::VER_NEED_CURRENT && needed.contains(&file)).then_some(None)
  }

  fn next_element(element: &Vernaux<LE>) -> u32 {
    element.vna_next.get(LE)
  }

  fn read_element(element: &Vernaux<LE>) -> (u32, Option<u16>) {
    (element.vna_name.get(LE), Some(element.vna_other.get(LE)))
  }
}

impl Versioned for Verdef<LE> {
  type Element = Verdaux<LE>;

  fn next(&self) -> u32 {
    self.vd_next.get(LE)
  }

  fn elements(&self) -> (u16, u32) {
    (self.vd_cnt.get(LE), self.vd_aux.get(LE))
  }

  fn read(&self, _: &Dynamic<'_>, _: &[&[u8]]) -> Option<Option<u16>> {
    let is_whole = self.vd_version.get(LE) == elf::VER_DEF_CURRENT && self.vd_cnt.get(LE) > 0;
    is_whole.then(|| Some(self.vd_ndx.get(LE)))
  }

  fn next_element(element: &Verdaux<LE>) -> u32 {
    element.vda_next.get(LE)
  }

  fn read_element(element: &Verdaux<LE>) -> (u32, Option<u16>) {
    (element.vda_name.get(LE), None)
  }
}

/// Goes through `count` heads and what is behind each.
fn read_all<T: Versioned>(
  segments: &Segments<'_>,
  dynamic: &Dynamic<'_>,
  address: u64,
  count: u64,
  versions: &mut Versions,
) -> Option<()> {
  let bytes = segments.bytes_from(address).filter(|_| address.is_multiple_of(4))?;
  let needed = dynamic.needed().collect::<Vec<_>>();
  // Elements may lie over one another; there are no more than fit beside each other.
  let mut left = bytes.len() / size_of::<T::Element>();
  chain(bytes, count, T::next, |head: &T, from| {
    let (count, first) = head.elements();
    left = left.checked_sub(count.into())?;
    versions.extend(head.read(dynamic, &needed)?);
    chain(from.get(first as usize..)?, count.into(), T::next_element, |element, _| {
      let (name, version) = T::read_element(element);
      versions.extend(version);
      dynamic.has_text(name.into()).then_some(())
    })
  })
}
