//! What a plugin says of itself in inline bytes, so that the host can read it from the file before it loads it.

use core::mem::{offset_of, size_of};

/// First bytes of a [`PluginDescriptor`].
pub const MAGIC: [u8; 8] = *b"PLUGBAY\0";

/// Name of the exported [`PluginDescriptor`].
pub const DESCRIPTOR_SYMBOL: &str = "PLUGBAY_PLUGIN_ABI";
/// Name of the exported [`PluginInfo`], if there is one.
pub const INFO_SYMBOL: &str = "PLUGBAY_PLUGIN_INFO";
/// What the author of a plugin defines.
pub const INIT_SYMBOL: &str = "deno_plugin_init";
/// What the author of a plugin may define.
pub const DEINIT_SYMBOL: &str = "deno_plugin_deinit";
/// What plugin_api defines around the author's `deno_plugin_init`.
pub const RUST_ENTRY_SYMBOL: &str = "plugbay_plugin_entry";

/// The exported static `PLUGBAY_PLUGIN_ABI`. It holds no pointers, so that its bytes in the file are its value.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginDescriptor {
  /// [`MAGIC`].
  pub magic: [u8; 8],
  /// Size of this struct.
  pub size: u32,
  /// [`ABI_VERSION`](crate::ABI_VERSION) the plugin was built for.
  pub abi_version: u32,
  /// Size of the host table that the plugin cannot do without; the host's must be at least as large.
  pub host_table_size: u32,
  /// One of the constants in [`entry_kind`].
  pub entry_kind: u32,
  /// What the plugin is called and which version it is; empty: unknown.
  pub info: PluginInfo,
  /// Target triple it was compiled for, padded with zeros.
  pub target: [u8; 64],
  /// Compiler it was compiled with, padded with zeros.
  pub compiler: [u8; 64],
}

/// Name and version of a plugin, in UTF-8 padded with zeros. A Rust plugin exports it on its own as
/// `PLUGBAY_PLUGIN_INFO`, because the descriptor is compiled into plugin_api, which cannot know them.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginInfo {
  /// Name.
  pub name: [u8; 64],
  /// Version.
  pub version: [u8; 32],
}

/// Values of [`PluginDescriptor::entry_kind`]: the symbol that the host calls, always as an
/// [`EntryFn`](crate::EntryFn).
pub mod entry_kind {
  /// `plugbay_plugin_entry`, which plugin_api defines around the author's Rust function `deno_plugin_init`.
  pub const RUST: u32 = 0;
  /// `deno_plugin_init` itself.
  pub const C: u32 = 1;
}

/// `text` in the first bytes of an array, the rest zero; what does not fit is cut off.
pub const fn inline_text<const N: usize>(text: &str) -> [u8; N] {
  let bytes = text.as_bytes();
  let mut out = [0; N];
  let mut i = 0;
  while i < bytes.len() && i < N {
    out[i] = bytes[i];
    i += 1;
  }
  out
}

const _: () = {
  assert!(size_of::<PluginInfo>() == 96);
  assert!(size_of::<PluginDescriptor>() == 248);
  assert!(offset_of!(PluginDescriptor, abi_version) == 12 && offset_of!(PluginDescriptor, entry_kind) == 20);
  assert!(offset_of!(PluginDescriptor, info) == 24 && offset_of!(PluginDescriptor, compiler) == 184);
};
