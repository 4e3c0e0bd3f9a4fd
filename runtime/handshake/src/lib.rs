//! Reads from a file whether it is a plugin that this host can run. The file is only read here: nothing of it runs, not
//! even its constructors.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use object::Architecture;
use object::BinaryFormat;
use object::Object;
use object::ObjectKind;
use object::ObjectSegment;
use object::ObjectSymbol;
use object::ReadCache;
use object::ReadRef;
use object::SymbolKind;
use plugin_abi as abi;

use crate::plugin_error::PluginError;

/// What a plugin says of itself.
pub(crate) struct Handshake {
  /// Empty when it does not say.
  pub(crate) name: String,
  /// Empty when it does not say.
  pub(crate) version: String,
  /// The exported function to call.
  pub(crate) entry_symbol: &'static str,
  /// Whether it wants to be told that it is closed.
  pub(crate) has_deinit: bool,
}

/// Reads the handshake of the file at `path`.
///
/// # Errors
///
/// Why this host cannot run it, with what was found and what is wanted.
pub(crate) fn read(path: &Path) -> Result<Handshake, PluginError> {
  let file = File::open(path).map_err(|error| PluginError::from_io(path, error))?;
  let length = file.metadata().map_err(|error| PluginError::from_io(path, error))?.len();
  let cache = ReadCache::new(file);
  read_from(path, &cache, length)
}

fn read_from<'data, R: ReadRef<'data>>(path: &Path, data: R, length: u64) -> Result<Handshake, PluginError> {
  let not_a_library = |found: String| PluginError::NotALibrary { path: path.to_owned(), found };
  if length == 0 {
    return Err(not_a_library("an empty file".to_string()));
  }
  let kind = object::FileKind::parse(data).map_err(|_| not_a_library(describe_start(data, length)))?;
  let format = check_format(path, kind)?;
  let object = object::File::parse(data)
    .map_err(|error| not_a_library(format!("{format} that is damaged or cut short ({error})")))?;
  if object.architecture() != HOST_ARCHITECTURE {
    return Err(PluginError::WrongTarget {
      path: path.to_owned(),
      found: format!("code for {:?}", object.architecture()),
      wanted: host_target(),
    });
  }
  let is_cut_short = |segment: object::Segment<'data, '_, R>| {
    let (start, size) = segment.file_range();
    start.checked_add(size).is_none_or(|end| end > length)
  };
  if object.segments().any(is_cut_short) {
    return Err(not_a_library(format!("{format} that is cut short: its segments go beyond its {length} bytes")));
  }
  if object.kind() != ObjectKind::Dynamic {
    return Err(not_a_library(format!("{format} of kind {:?}, not a dynamic library", object.kind())));
  }

  let exports =
    exports(&object).map_err(|error| not_a_library(format!("{format} whose symbols cannot be read ({error})")))?;
  if !exports.contains_key(abi::INIT_SYMBOL) {
    return Err(PluginError::NoInit { path: path.to_owned() });
  }
  let descriptor = exports.get(abi::DESCRIPTOR_SYMBOL).ok_or_else(|| PluginError::NoAbi { path: path.to_owned() })?;
  let descriptor = Descriptor::read(path, &object, descriptor)?;
  let entry_symbol = descriptor.check(path)?;
  if !exports.contains_key(entry_symbol) {
    return Err(descriptor.mismatch(path, format!("does not export {entry_symbol}, which its descriptor names")));
  }

  let mut info = descriptor.info();
  if let Some(export) = exports.get(abi::INFO_SYMBOL)
    && let Some(bytes) = bytes_of(&object, export, size_of::<abi::PluginInfo>())
  {
    info = (text(&bytes[..64]), text(&bytes[64..]));
  }
  Ok(Handshake { name: info.0, version: info.1, entry_symbol, has_deinit: exports.contains_key(abi::DEINIT_SYMBOL) })
}

const HOST_ARCHITECTURE: Architecture = if cfg!(target_arch = "x86_64") {
  Architecture::X86_64
} else if cfg!(target_arch = "aarch64") {
  Architecture::Aarch64
} else {
  Architecture::Unknown
};

fn host_target() -> String {
  format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Whether the file is in the format of this system's libraries; gives the format's name.
fn check_format(path: &Path, kind: object::FileKind) -> Result<&'static str, PluginError> {
  use object::FileKind::*;
  let (name, is_ours) = match kind {
    Elf64 => ("a 64-bit ELF file", cfg!(all(unix, not(target_vendor = "apple")))),
    Elf32 => ("a 32-bit ELF file", false),
    MachO64 => ("a 64-bit Mach-O file", cfg!(target_vendor = "apple")),
    MachO32 => ("a 32-bit Mach-O file", false),
    Pe64 => ("a 64-bit PE file", cfg!(windows)),
    Pe32 => ("a 32-bit PE file", false),
    other => {
      let found = format!("a file of kind {other:?}, not a dynamic library");
      return Err(PluginError::NotALibrary { path: path.to_owned(), found });
    }
  };
  if is_ours {
    return Ok(name);
  }
  Err(PluginError::WrongTarget { path: path.to_owned(), found: name.to_string(), wanted: host_target() })
}

/// What a file that is no object file looks like, for the message.
fn describe_start<'data, R: ReadRef<'data>>(data: R, length: u64) -> String {
  let start = data.read_bytes_at(0, length.min(16)).unwrap_or_default();
  let is_text = start.iter().all(|byte| (0x20..0x7f).contains(byte) || byte.is_ascii_whitespace());
  if is_text {
    format!("text that begins with {:?}", String::from_utf8_lossy(start))
  } else {
    format!("{length} bytes that begin with {start:02x?}")
  }
}

/// Where an exported symbol is, and how long it is if the format says.
struct Export {
  address: u64,
  size: Option<u64>,
}

/// The symbols of plugbay that a library exports, by name.
fn exports<'data, R: ReadRef<'data>>(object: &object::File<'data, R>) -> object::Result<HashMap<&'static str, Export>> {
  const NAMES: [&str; 5] =
    [abi::INIT_SYMBOL, abi::DEINIT_SYMBOL, abi::RUST_ENTRY_SYMBOL, abi::DESCRIPTOR_SYMBOL, abi::INFO_SYMBOL];
  // Mach-O puts an underscore before the names of C.
  let known = |name: &[u8]| {
    let name = if cfg!(target_vendor = "apple") { name.strip_prefix(b"_").unwrap_or(name) } else { name };
    NAMES.into_iter().find(|known| known.as_bytes() == name)
  };
  let mut found = HashMap::new();
  if object.format() == BinaryFormat::Elf {
    for symbol in object.dynamic_symbols().filter(|symbol| symbol.is_definition()) {
      // A name that cannot be read is not one of plugbay's.
      let Some(name) = symbol.name_bytes().ok().and_then(known) else { continue };
      let is_function = ![abi::DESCRIPTOR_SYMBOL, abi::INFO_SYMBOL].contains(&name);
      if !is_function || symbol.kind() == SymbolKind::Text {
        found.insert(name, Export { address: symbol.address(), size: Some(symbol.size()) });
      }
    }
  } else {
    for export in object.exports()? {
      if let Some(name) = known(export.name()) {
        found.insert(name, Export { address: export.address(), size: None });
      }
    }
  }
  Ok(found)
}

/// The first bytes that an exported symbol will have, from the file; `None` when it is shorter or not in the file.
fn bytes_of<'data, R: ReadRef<'data>>(
  object: &object::File<'data, R>,
  export: &Export,
  length: usize,
) -> Option<&'data [u8]> {
  let length = length as u64;
  if export.size.is_some_and(|size| size < length) {
    return None;
  }
  object.segments().find_map(|segment| segment.data_range(export.address, length).ok().flatten())
}

/// Text in a field that is padded with zeros. What is not UTF-8 is shown as such.
fn text(field: &[u8]) -> String {
  let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
  String::from_utf8_lossy(&field[..end]).into_owned()
}

/// The fields of an [`abi::PluginDescriptor`], which may be of another version and so of another size.
struct Descriptor<'data> {
  bytes: &'data [u8],
}

impl<'data> Descriptor<'data> {
  const SIZE: usize = size_of::<abi::PluginDescriptor>();

  fn read<R: ReadRef<'data>>(
    path: &Path,
    object: &object::File<'data, R>,
    export: &Export,
  ) -> Result<Self, PluginError> {
    match bytes_of(object, export, Self::SIZE) {
      Some(bytes) => Ok(Self { bytes }),
      None => Err(PluginError::AbiMismatch {
        path: path.to_owned(),
        found: format!("its {} is not {} bytes of the file's data", abi::DESCRIPTOR_SYMBOL, Self::SIZE),
        wanted: host_side(),
      }),
    }
  }

  fn u32_at(&self, offset: usize) -> u32 {
    u32::from_ne_bytes(self.bytes[offset..offset + 4].try_into().expect("four bytes"))
  }

  fn info(&self) -> (String, String) {
    (text(&self.bytes[24..88]), text(&self.bytes[88..120]))
  }

  /// Whether this host can run it; gives the symbol to call. The version is looked at before anything behind it.
  fn check(&self, path: &Path) -> Result<&'static str, PluginError> {
    if self.bytes[..8] != abi::MAGIC {
      let found = format!("begins with {:02x?} in place of {:02x?}", &self.bytes[..8], abi::MAGIC);
      return Err(self.mismatch(path, found));
    }
    let (size, version, host_table) = (self.u32_at(8), self.u32_at(12), self.u32_at(16));
    if version == 0 || version > abi::ABI_VERSION {
      return Err(self.mismatch(path, format!("is for plugin ABI {version}, with {}", self.built_with())));
    }
    if (size as usize) < Self::SIZE {
      return Err(self.mismatch(path, format!("says it is {size} bytes long")));
    }
    if host_table as usize > size_of::<abi::HostTable>() {
      return Err(self.mismatch(path, format!("wants a host table of {host_table} bytes")));
    }
    match self.u32_at(20) {
      abi::entry_kind::RUST => Ok(abi::RUST_ENTRY_SYMBOL),
      abi::entry_kind::C => Ok(abi::INIT_SYMBOL),
      other => Err(self.mismatch(path, format!("names entry kind {other}"))),
    }
  }

  fn built_with(&self) -> String {
    format!("{} for {}", text(&self.bytes[184..248]), text(&self.bytes[120..184]))
  }

  fn mismatch(&self, path: &Path, found: String) -> PluginError {
    let found = format!("its {} {found}", abi::DESCRIPTOR_SYMBOL);
    PluginError::AbiMismatch { path: path.to_owned(), found, wanted: host_side() }
  }
}

fn host_side() -> String {
  format!(
    "this host runs plugin ABI 1 to {}, with a host table of {} bytes",
    abi::ABI_VERSION,
    size_of::<abi::HostTable>()
  )
}
