//! The extensions in the snapshot, in the order in which the build script and the runtime must both name them.

use deno_core::Extension;

deno_core::extension!(
  plugbay,
  deps = [deno_webidl, deno_web, deno_io, deno_fs, deno_os],
  esm_entry_point = "ext:plugbay/main.js",
  esm = [dir "../js", "main.js", "own.js", "crypto.js", "error_kind.js", "errors.js", "function_ops.js", "globals.js", "deno.js", "invoke.js", "options.js", "plugin.js", "plugins.js", "source.js", "threads.js", "dispatch.js", "json.js", "json_text.js", "lending_ops.js", "typed_ops.js", "uncaught.js", "views.js", "wire.js", "words.js", "wasm/budget.js", "wasm/checks.js", "wasm/failures.js", "wasm/functions.js", "wasm/guest.js", "wasm/imports.js", "wasm/many.js", "wasm/memory.js", "wasm/open.js", "wasm/streaming.js", "wasm/suspending.js", "wasm/turns.js", "wasm/world.js", "ext:plugbay/providers/nested.js" = "../runtime/worlds/src/providers/nested.js", "ext:plugbay/providers/wasi.js" = "../runtime/worlds/src/providers/wasi.js", "ext:plugbay/worlds/command.js" = "../runtime/worlds/src/command/command.js", "ext:plugbay/worlds/exports.js" = "../runtime/worlds/src/exports/exports.js", "ext:plugbay/worlds/plugbay/fast_path.js" = "../runtime/worlds/src/plugbay/fast_path.js", "ext:plugbay/worlds/plugbay/ops.js" = "../runtime/worlds/src/plugbay/ops.js", "ext:plugbay/worlds/plugbay/plugbay.js" = "../runtime/worlds/src/plugbay/plugbay.js", "ext:plugbay/worlds/plugbay/results.js" = "../runtime/worlds/src/plugbay/results.js", "ext:plugbay/worlds/plugbay/slow_path.js" = "../runtime/worlds/src/plugbay/slow_path.js", "ext:plugbay/worlds/plugbay/tasks.js" = "../runtime/worlds/src/plugbay/tasks.js"],
  lazy_loaded_esm = [dir "../js", "ext:plugbay/worlds/component/codecs.js" = "../runtime/worlds/src/component/codecs.js", "ext:plugbay/worlds/component/component.js" = "../runtime/worlds/src/component/component.js", "ext:plugbay/worlds/component/context.js" = "../runtime/worlds/src/component/context.js", "ext:plugbay/worlds/component/flat.js" = "../runtime/worlds/src/component/flat.js", "ext:plugbay/worlds/component/handles.js" = "../runtime/worlds/src/component/handles.js", "ext:plugbay/worlds/component/instance.js" = "../runtime/worlds/src/component/instance.js", "ext:plugbay/worlds/component/lifted.js" = "../runtime/worlds/src/component/lifted.js", "ext:plugbay/worlds/component/lowered.js" = "../runtime/worlds/src/component/lowered.js", "ext:plugbay/worlds/component/memory.js" = "../runtime/worlds/src/component/memory.js", "ext:plugbay/worlds/component/names.js" = "../runtime/worlds/src/component/names.js", "ext:plugbay/worlds/component/resources.js" = "../runtime/worlds/src/component/resources.js", "ext:plugbay/worlds/component/targets.js" = "../runtime/worlds/src/component/targets.js", "ext:plugbay/worlds/component/trampolines.js" = "../runtime/worlds/src/component/trampolines.js", "ext:plugbay/worlds/component/transcode.js" = "../runtime/worlds/src/component/transcode.js", "ext:plugbay/worlds/component/values.js" = "../runtime/worlds/src/component/values.js", "ext:plugbay/worlds/component/wasi/cli.js" = "../runtime/worlds/src/component/wasi/cli.js", "ext:plugbay/worlds/component/wasi/clocks.js" = "../runtime/worlds/src/component/wasi/clocks.js", "ext:plugbay/worlds/component/wasi/errors.js" = "../runtime/worlds/src/component/wasi/errors.js", "ext:plugbay/worlds/component/wasi/files.js" = "../runtime/worlds/src/component/wasi/files.js", "ext:plugbay/worlds/component/wasi/filesystem.js" = "../runtime/worlds/src/component/wasi/filesystem.js", "ext:plugbay/worlds/component/wasi/interfaces.js" = "../runtime/worlds/src/component/wasi/interfaces.js", "ext:plugbay/worlds/component/wasi/io.js" = "../runtime/worlds/src/component/wasi/io.js", "ext:plugbay/worlds/component/wasi/random.js" = "../runtime/worlds/src/component/wasi/random.js", "ext:plugbay/worlds/component/wasi/resource.js" = "../runtime/worlds/src/component/wasi/resource.js", "ext:plugbay/worlds/component/wasi/sockets.js" = "../runtime/worlds/src/component/wasi/sockets.js", "ext:plugbay/worlds/component/wasi/system.js" = "../runtime/worlds/src/component/wasi/system.js"],
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
