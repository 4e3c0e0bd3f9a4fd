//! The function and the static that a plugin exports.
//!
//! This is compiled into the plugin, so the `&mut dyn Interface` that the author's code sees never leaves the library
//! and the compiler that made it. Nothing unwinds out of the function.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use plugin_abi as abi;

use crate::Interface;
use crate::OpError;
use crate::host::HostRef;
use crate::host::enter;
use crate::host::set_table;
use crate::instance::Instance;

/// What the host reads from the file before it loads it.
// SAFETY: the name is plugbay's own; two copies of plugin_api in one library do not link.
#[unsafe(no_mangle)]
static PLUGBAY_PLUGIN_ABI: abi::PluginDescriptor = abi::PluginDescriptor {
  magic: abi::MAGIC,
  size: size_of::<abi::PluginDescriptor>() as u32,
  abi_version: abi::ABI_VERSION,
  host_table_size: abi::HostTable::FIRST_SIZE as u32,
  entry_kind: abi::entry_kind::RUST,
  info: abi::PluginInfo { name: [0; 64], version: [0; 32] },
  target: abi::inline_text(env!("PLUGBAY_TARGET")),
  compiler: abi::inline_text(env!("PLUGBAY_COMPILER")),
};

// SAFETY: declared as the documentation tells authors to define it; the linker finds it in the same library.
unsafe extern "Rust" {
  fn deno_plugin_init(interface: &mut dyn Interface);
}

/// Calls the author's `deno_plugin_init`. Answers 0, or 1 after it told the host what failed.
///
/// # Safety
///
/// `table` is null or the host's table, valid for as long as the process runs. Called on the isolate's thread.
// SAFETY: the name is plugbay's own, as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn plugbay_plugin_entry(table: *const abi::HostTable, instance: u64) -> u32 {
  // The host of a guest has no functions in its memory.
  #[cfg(target_arch = "wasm32")]
  let table = if table.is_null() { crate::guest::set_up() } else { table };
  if table.is_null() {
    return 1;
  }
  set_table(table);
  let host = HostRef { table, instance };
  // Holds the plugin's state until ops do.
  let kept = Instance::of(instance);
  let init = || {
    let mut interface = host;
    // SAFETY: defined by the author with this signature, as the documentation requires.
    enter(host, || unsafe { deno_plugin_init(&mut interface) })
  };
  let answer = match catch_unwind(AssertUnwindSafe(init)) {
    Ok(()) => 0,
    Err(panic) => {
      host.tell_failure(OpError::from_panic(panic));
      1
    }
  };
  kept.has_failed.set(false);
  enter(host, || drop(kept));
  answer
}
