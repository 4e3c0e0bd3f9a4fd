//! Reads from the bytes of a library whether it is a plugin that this host can run. They are only read here: nothing of
//! it runs, not even its constructors.

#![forbid(unsafe_code)]

mod elf;
pub mod file_kind;

use std::collections::HashMap;

use object::Architecture;
use object::BinaryFormat;
use object::Object;
use object::ObjectKind;
use object::ObjectSegment;
use plugin_abi as abi;

/// What a plugin says of itself.
#[derive(Debug)]
pub struct Handshake {
  /// Empty when it does not say.
  pub name: String,
  /// Empty when it does not say.
  pub version: String,
  /// The exported function to call.
  pub entry_symbol: &'static str,
  /// Whether it wants to be told that it is closed.
  pub has_deinit: bool,
  /// The libraries that it needs, as it names them.
  pub needs: Vec<Vec<u8>>,
  /// The folders where it says that they are, with colons between them and `$ORIGIN` for its own.
  pub search_path: Vec<u8>,
}

/// Why a file is no plugin that this host can run.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
  /// It is no dynamic library, or a damaged one.
  #[error("it is {found}")]
  NotALibrary {
    /// What it is.
    found: String,
  },
  /// It is a library of another system or machine.
  #[error("it is {found}, and this host runs on {wanted}")]
  WrongTarget {
    /// What it is for.
    found: String,
    /// What it should be for.
    wanted: String,
  },
  /// It exports no `deno_plugin_init`.
  #[error("it does not export deno_plugin_init")]
  NoInit,
  /// It exports no descriptor.
  #[error("it exports deno_plugin_init but no PLUGBAY_PLUGIN_ABI")]
  NoAbi,
  /// Its descriptor is of another ABI.
  #[error("{found}; {wanted}")]
  AbiMismatch {
    /// What its descriptor says.
    found: String,
    /// What this host speaks.
    wanted: String,
  },
}

/// Reads the handshake of a library.
///
/// # Errors
///
/// Why this host cannot run it, with what was found and what is wanted.
pub fn read(data: &[u8]) -> Result<Handshake, Refusal> {
  let not_a_library = |found: String| Refusal::NotALibrary { found };
  let length = data.len() as u64;
  if data.is_empty() {
    return Err(not_a_library("an empty file".to_string()));
  }
  let kind = object::FileKind::parse(data).map_err(|_| not_a_library(describe_start(data)))?;
  let format = check_format(kind)?;
  let object = object::File::parse(data)
    .map_err(|error| not_a_library(format!("{format} that is damaged or cut short ({error})")))?;
  if object.architecture() != HOST_ARCHITECTURE {
    return Err(Refusal::WrongTarget { found: format!("code for {:?}", object.architecture()), wanted: host_target() });
  }
  let is_cut_short = |segment: object::Segment<'_, '_>| {
    let (start, size) = segment.file_range();
    start.checked_add(size).is_none_or(|end| end > length)
  };
  if object.segments().any(is_cut_short) {
    return Err(not_a_library(format!("{format} that is cut short: its segments go beyond its {length} bytes")));
  }
  if object.kind() != ObjectKind::Dynamic {
    return Err(not_a_library(match object.kind() {
      ObjectKind::Executable => program(format),
      kind => format!("{format} of kind {kind:?}, not a dynamic library"),
    }));
  }
  let library = match object.format() {
    BinaryFormat::Elf => {
      let checked = elf::Library::check(data);
      let checked = checked.map_err(|fault| not_a_library(format!("{format} that is damaged: {fault}")))?;
      Library::Elf(checked.ok_or_else(|| not_a_library(program(format)))?)
    }
    _ => Library::Other(object),
  };

  let exports =
    library.exports().map_err(|error| not_a_library(format!("{format} whose symbols cannot be read ({error})")))?;
  if !exports.contains_key(abi::INIT_SYMBOL) {
    return Err(Refusal::NoInit);
  }
  let descriptor = Descriptor::read(&library, exports.get(abi::DESCRIPTOR_SYMBOL).ok_or(Refusal::NoAbi)?)?;
  let entry_symbol = descriptor.check()?;
  if !exports.contains_key(entry_symbol) {
    return Err(descriptor.mismatch(format!("does not export {entry_symbol}, which its descriptor names")));
  }

  let mut info = descriptor.0.info;
  if let Some(export) = exports.get(abi::INFO_SYMBOL)
    && let Some(mut bytes) = library.bytes_of(export, size_of::<abi::PluginInfo>())
  {
    info = take_info(&mut bytes);
  }
  let (needs, search_path) = library.needs();
  Ok(Handshake {
    name: text(&info.name),
    version: text(&info.version),
    entry_symbol,
    has_deinit: exports.contains_key(abi::DEINIT_SYMBOL),
    needs,
    search_path,
  })
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
fn check_format(kind: object::FileKind) -> Result<&'static str, Refusal> {
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
      return Err(Refusal::NotALibrary { found });
    }
  };
  if is_ours {
    return Ok(name);
  }
  Err(Refusal::WrongTarget { found: name.to_string(), wanted: host_target() })
}

fn program(format: &str) -> String {
  format!("a program ({format}), not a plugin's library")
}

/// What a file that is no object file looks like, for the message.
fn describe_start(data: &[u8]) -> String {
  let start = &data[..data.len().min(16)];
  let is_text = start.iter().all(|byte| (0x20..0x7f).contains(byte) || byte.is_ascii_whitespace());
  if is_text {
    format!("text that begins with {:?}", String::from_utf8_lossy(start))
  } else {
    format!("{} bytes that begin with {start:02x?}", data.len())
  }
}

/// Where an exported symbol is, and how long it is if the format says.
struct Export {
  address: u64,
  size: Option<u64>,
}

/// A library that can be read on.
enum Library<'data> {
  Elf(elf::Library<'data>),
  Other(object::File<'data>),
}

impl<'data> Library<'data> {
  /// The symbols of plugbay that it exports, by name.
  fn exports(&self) -> object::Result<HashMap<&'static str, Export>> {
    const NAMES: [&str; 5] =
      [abi::INIT_SYMBOL, abi::DEINIT_SYMBOL, abi::RUST_ENTRY_SYMBOL, abi::DESCRIPTOR_SYMBOL, abi::INFO_SYMBOL];
    // Mach-O puts an underscore before the names of C.
    let known = |name: &[u8]| {
      let name = if cfg!(target_vendor = "apple") { name.strip_prefix(b"_").unwrap_or(name) } else { name };
      NAMES.into_iter().find(|known| known.as_bytes() == name)
    };
    let mut found = HashMap::new();
    match self {
      Self::Elf(library) => {
        for export in library.exports() {
          let Some(name) = known(export.name) else { continue };
          let is_function = ![abi::DESCRIPTOR_SYMBOL, abi::INFO_SYMBOL].contains(&name);
          if !is_function || export.is_function {
            found.insert(name, Export { address: export.address, size: Some(export.size) });
          }
        }
      }
      Self::Other(object) => {
        for export in object.exports()? {
          if let Some(name) = known(export.name()) {
            found.insert(name, Export { address: export.address(), size: None });
          }
        }
      }
    }
    Ok(found)
  }

  /// The first bytes that an exported symbol will have, from the file; `None` when it is shorter or not in the file.
  fn bytes_of(&self, export: &Export, length: usize) -> Option<&'data [u8]> {
    let length = length as u64;
    if export.size.is_some_and(|size| size < length) {
      return None;
    }
    match self {
      Self::Elf(library) => library.bytes(export.address, length),
      Self::Other(object) => {
        object.segments().find_map(|segment| segment.data_range(export.address, length).ok().flatten())
      }
    }
  }

  /// The libraries that it needs, and where it says that they are.
  fn needs(&self) -> (Vec<Vec<u8>>, Vec<u8>) {
    match self {
      Self::Elf(library) => {
        let (needs, search_path) = library.needs();
        (needs.into_iter().map(<[u8]>::to_vec).collect(), search_path.unwrap_or_default().to_vec())
      }
      // What other systems do is not looked at.
      Self::Other(_) => Default::default(),
    }
  }
}

/// Text in a field that is padded with zeros. What is not UTF-8 is shown as such.
fn text(field: &[u8]) -> String {
  let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
  String::from_utf8_lossy(&field[..end]).into_owned()
}

/// The first bytes of `rest`, which is moved behind them.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
  let (first, behind) = rest.split_first_chunk().expect("there are as many as the fields are long");
  *rest = behind;
  *first
}

/// The fields of an [`abi::PluginInfo`], one after the other.
fn take_info(rest: &mut &[u8]) -> abi::PluginInfo {
  abi::PluginInfo { name: take(rest), version: take(rest) }
}

/// A descriptor, which may be of another version and so of another size: of that the first fields.
struct Descriptor(abi::PluginDescriptor);

impl Descriptor {
  const SIZE: usize = size_of::<abi::PluginDescriptor>();

  fn read(library: &Library<'_>, export: &Export) -> Result<Self, Refusal> {
    let Some(mut rest) = library.bytes_of(export, Self::SIZE) else {
      return Err(Refusal::AbiMismatch {
        found: format!("its {} is not {} bytes of the file's data", abi::DESCRIPTOR_SYMBOL, Self::SIZE),
        wanted: host_side(),
      });
    };
    let rest = &mut rest;
    Ok(Self(abi::PluginDescriptor {
      magic: take(rest),
      size: u32::from_ne_bytes(take(rest)),
      abi_version: u32::from_ne_bytes(take(rest)),
      host_table_size: u32::from_ne_bytes(take(rest)),
      entry_kind: u32::from_ne_bytes(take(rest)),
      info: take_info(rest),
      target: take(rest),
      compiler: take(rest),
    }))
  }

  /// Whether this host can run it; gives the symbol to call. The version is looked at before anything behind it.
  fn check(&self) -> Result<&'static str, Refusal> {
    let abi::PluginDescriptor { magic, size, abi_version: version, host_table_size, entry_kind, .. } = self.0;
    if magic != abi::MAGIC {
      let found = format!("begins with {magic:02x?} in place of {:02x?}", abi::MAGIC);
      return Err(self.mismatch(found));
    }
    if version == 0 || version > abi::ABI_VERSION {
      return Err(self.mismatch(format!("is for plugin ABI {version}, with {}", self.built_with())));
    }
    if (size as usize) < Self::SIZE {
      return Err(self.mismatch(format!("says it is {size} bytes long")));
    }
    if host_table_size as usize > size_of::<abi::HostTable>() {
      return Err(self.mismatch(format!("wants a host table of {host_table_size} bytes")));
    }
    match entry_kind {
      abi::entry_kind::RUST => Ok(abi::RUST_ENTRY_SYMBOL),
      abi::entry_kind::C => Ok(abi::INIT_SYMBOL),
      other => Err(self.mismatch(format!("names entry kind {other}"))),
    }
  }

  fn built_with(&self) -> String {
    format!("{} for {}", text(&self.0.compiler), text(&self.0.target))
  }

  fn mismatch(&self, found: String) -> Refusal {
    let found = format!("its {} {found}", abi::DESCRIPTOR_SYMBOL);
    Refusal::AbiMismatch { found, wanted: host_side() }
  }
}

fn host_side() -> String {
  format!(
    "this host runs plugin ABI 1 to {}, with a host table of {} bytes",
    abi::ABI_VERSION,
    size_of::<abi::HostTable>()
  )
}
