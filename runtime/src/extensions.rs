//! The extensions in the snapshot, in the order in which the build script and the runtime must both name them.

use deno_core::Extension;

deno_core::extension!(
  plugbay,
  deps = [deno_webidl, deno_web, deno_io, deno_fs, deno_os],
  esm_entry_point = "ext:plugbay/main.js",
  esm = [dir "../js", "main.js", "own.js", "crypto.js", "errors.js", "globals.js", "deno.js", "invoke.js", "options.js", "plugin.js", "plugins.js", "source.js", "threads.js", "dispatch.js", "json.js", "json_text.js", "lending_ops.js", "typed_ops.js", "uncaught.js", "views.js", "wire.js", "words.js", "wasm/budget.js", "wasm/functions.js", "wasm/guest.js", "wasm/imports.js", "wasm/layout.js", "wasm/memory.js", "wasm/nested.js", "wasm/open.js", "wasm/fast.js", "wasm/ops.js", "wasm/plain.js", "wasm/results.js", "wasm/slow.js", "wasm/streaming.js", "wasm/suspending.js", "wasm/tasks.js", "wasm/wasi.js", "wasm/world.js"],
);

/// All of them, without the options that only a running program can give; those are handed over afterwards, with
/// `lazy_init_extensions`.
pub fn all() -> Vec<Extension> {
  vec![
    deno_webidl::deno_webidl::lazy_init(),
    deno_web::deno_web::lazy_init(),
    deno_io::deno_io::lazy_init(),
    deno_fs::deno_fs::lazy_init(),
    deno_os::deno_os::lazy_init(),
    plugbay::lazy_init(),
  ]
}
