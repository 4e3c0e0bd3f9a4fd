//! Tells the crate which target and compiler it is built for; the plugin's descriptor carries both.

use std::env::var;
use std::process::Command;

fn main() {
  println!("cargo:rerun-if-changed=build.rs");
  let rustc = var("RUSTC").unwrap_or_else(|_| "rustc".to_string());
  let version = Command::new(rustc).arg("--version").output().ok().and_then(|out| String::from_utf8(out.stdout).ok());
  println!("cargo:rustc-env=PLUGBAY_TARGET={}", var("TARGET").unwrap_or_default());
  println!("cargo:rustc-env=PLUGBAY_COMPILER={}", version.as_deref().unwrap_or("rustc").trim());
}
