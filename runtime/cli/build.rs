//! Has the linker make release builds of the command small and quick to start, where it is lld, which Rust brings
//! along for x86-64 Linux and links with. Where a distribution's Rust comes without it, or somebody has chosen a
//! linker, there is nothing to do.
//!
//! - Functions of equal code are laid on one another: V8 and Rust's generics have many, which are 4 MB.
//! - What V8 runs at the start lies together: an empty script touches 23 MB of memory and not 34.
//! - Relocations are packed, which are 3.5 MB, where the system's loader reads them.

use std::env::var;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "x86_64-unknown-linux-gnu";
/// What `cargo xtask startup-order` has written.
const ORDER: &str = "../../third_party/v8/startup.order";
/// The first version of glibc that reads packed relocations.
const PACKED_SINCE: (u32, u32) = (2, 36);

fn main() {
  println!("cargo:rerun-if-changed=build.rs");
  println!("cargo:rerun-if-changed={ORDER}");
  println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
  let is_release = var("PROFILE").is_ok_and(|profile| profile == "release");
  let is_chosen =
    var("RUSTC_LINKER").is_ok() || var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
  if !is_release || var("TARGET").is_ok_and(|target| target != TARGET) || is_chosen || !links_with_lld() {
    return;
  }
  pass("--icf=all");
  if glibc().is_some_and(|version| version >= PACKED_SINCE) {
    pass("-zpack-relative-relocs");
  }
  let folder = var("CARGO_MANIFEST_DIR").unwrap_or_default();
  if let Ok(order) = Path::new(&folder).join(ORDER).canonicalize() {
    pass(&format!("--symbol-ordering-file={}", order.display()));
    // Another V8 has other functions.
    pass("--no-warn-symbol-ordering");
  }
}

/// Passes an option to the linker. There may be a comma in it, which `-Wl` would split at.
fn pass(option: &str) {
  println!("cargo:rustc-link-arg-bin=plugbay=-Xlinker");
  println!("cargo:rustc-link-arg-bin=plugbay={option}");
}

/// Whether Rust has brought lld along.
fn links_with_lld() -> bool {
  let Some(sysroot) = output(Command::new(var("RUSTC").unwrap_or_default()).args(["--print", "sysroot"])) else {
    return false;
  };
  Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("bin/gcc-ld/ld.lld").exists()
}

/// The version of the system's glibc.
fn glibc() -> Option<(u32, u32)> {
  let version = output(Command::new("getconf").arg("GNU_LIBC_VERSION"))?;
  let (major, minor) = version.trim().strip_prefix("glibc ")?.split_once('.')?;
  Some((major.parse().ok()?, minor.parse().ok()?))
}

fn output(command: &mut Command) -> Option<String> {
  String::from_utf8(command.output().ok()?.stdout).ok()
}
