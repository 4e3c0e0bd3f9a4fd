//! Tells the crate which target and compiler it is built for; the plugin's descriptor carries both. And which features
//! mean something there: guests have neither sockets nor threads.

use std::env::var;
use std::process::Command;

fn main() {
  println!("cargo:rerun-if-changed=build.rs");
  let rustc = var("RUSTC").unwrap_or_else(|_| "rustc".to_string());
  let version = Command::new(rustc).arg("--version").output().ok().and_then(|out| String::from_utf8(out.stdout).ok());
  println!("cargo:rustc-env=PLUGBAY_TARGET={}", var("TARGET").unwrap_or_default());
  let is_native = var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family != "wasm");
  for (feature, cfg) in [("HTTP", "http_handlers"), ("REDIS", "redis_handlers"), ("TOKIO", "own_tokio")] {
    println!("cargo:rustc-check-cfg=cfg({cfg})");
    if is_native && var(format!("CARGO_FEATURE_{feature}")).is_ok() {
      println!("cargo:rustc-cfg={cfg}");
    }
  }
  println!("cargo:rustc-env=PLUGBAY_COMPILER={}", version.as_deref().unwrap_or("rustc").trim());
}
