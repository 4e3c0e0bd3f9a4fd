//! What the system's loader takes from an ELF library without looking: where its tables lie, how long they are and
//! where they point. A loader believes all of that, so that a damaged library ends the process; here it is looked at
//! before.
//!
//! [`segments`] is what is mapped and where, [`dynamic`] names the tables, [`symbols`] and [`versions`] are what is
//! looked up by name, [`relocations`] are what the loader writes, and [`starts`] the functions that it calls.

mod dynamic;
mod fault;
mod pod;
mod relocations;
mod segments;
mod starts;
mod symbols;
mod versions;

use object::LittleEndian as LE;
use object::elf;

use self::dynamic::Dynamic;
use self::fault::Fault;
use self::segments::Segments;
use self::symbols::Symbols;

/// A library whose tables hold together.
pub(crate) struct Library<'data> {
  segments: Segments<'data>,
  dynamic: Dynamic<'data>,
  symbols: Symbols<'data>,
}

/// A symbol that a library exports.
pub(crate) struct Export<'data> {
  pub(crate) name: &'data [u8],
  pub(crate) address: u64,
  pub(crate) size: u64,
  pub(crate) is_function: bool,
}

impl<'data> Library<'data> {
  /// Looks at everything, in time that is linear in the file's length. `None` when the linker made a program of it: to
  /// the format most programs of today are libraries too, with relocations that no library has.
  pub(crate) fn check(data: &'data [u8]) -> Result<Option<Self>, Fault> {
    let segments = Segments::read(data)?;
    let dynamic = Dynamic::read(&segments)?;
    if dynamic.is_of_program() {
      return Ok(None);
    }
    let versions = versions::check(&segments, &dynamic)?;
    let symbols = Symbols::read(&segments, &dynamic, &versions)?;
    let starts = starts::check(&segments, &dynamic)?;
    // How many symbols there are is only known of a library that exports some; no other is a plugin.
    if !symbols.exports_nothing() {
      relocations::check(&segments, &dynamic, &symbols, &starts)?;
    }
    Ok(Some(Self { segments, dynamic, symbols }))
  }

  pub(crate) fn exports(&self) -> impl Iterator<Item = Export<'data>> {
    let is_export = |symbol: &&elf::Sym64<LE>| {
      symbol.st_shndx.get(LE) != elf::SHN_UNDEF
        && [elf::STB_GLOBAL, elf::STB_WEAK, elf::STB_GNU_UNIQUE].contains(&symbol.st_bind())
    };
    self.symbols.all().iter().filter(is_export).filter_map(|symbol| {
      Some(Export {
        name: self.dynamic.text(symbol.st_name.get(LE).into())?,
        address: symbol.st_value.get(LE),
        size: symbol.st_size.get(LE),
        is_function: symbol.st_type() == elf::STT_FUNC,
      })
    })
  }

  /// The bytes of the file that will lie at an address.
  pub(crate) fn bytes(&self, address: u64, length: u64) -> Option<&'data [u8]> {
    self.segments.bytes(address, length)
  }

  /// The libraries that it needs, and the folders where it says that they are, with `$ORIGIN` for its own.
  pub(crate) fn needs(&self) -> (Vec<&'data [u8]>, Option<&'data [u8]>) {
    (self.dynamic.needed().collect(), self.dynamic.search_path())
  }
}
