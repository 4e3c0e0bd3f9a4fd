//! Has the linker lay functions of equal code on one another in release builds: V8 and Rust's generics have many, and
//! the command is 4 MB smaller. Only lld does so, which Rust brings along for x86-64 Linux and links with; where a
//! distribution's Rust comes without it, or somebody has chosen a linker, there is nothing to do.

use std::env::var;
use std::path::Path;
use std::process::Command;

const TARGET: &str = "x86_64-unknown-linux-gnu";

fn main() {
  println!("cargo:rerun-if-changed=build.rs");
  println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
  let is_release = var("PROFILE").is_ok_and(|profile| profile == "release");
  let is_chosen =
    var("RUSTC_LINKER").is_ok() || var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("link"));
  if is_release && var("TARGET").is_ok_and(|target| target == TARGET) && !is_chosen && links_with_lld() {
    println!("cargo:rustc-link-arg-bin=plugbay=-Wl,--icf=all");
  }
}

/// Whether Rust has brought lld along.
fn links_with_lld() -> bool {
  let Ok(rustc) = var("RUSTC") else { return false };
  let Ok(output) = Command::new(rustc).args(["--print", "sysroot"]).output() else { return false };
  let sysroot = String::from_utf8_lossy(&output.stdout);
  Path::new(sysroot.trim()).join("lib/rustlib").join(TARGET).join("bin/gcc-ld/ld.lld").exists()
}
