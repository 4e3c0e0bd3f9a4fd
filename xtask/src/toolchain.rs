//! What must be on the machine besides Rust.

use std::io::Write;
use std::process::Command;
use std::process::Stdio;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

/// Whether there is a C compiler with the C library's headers: SQLite is compiled with it, and Rust links with it.
///
/// # Errors
///
/// When there is none, with the line that installs it.
pub(crate) fn check_c_compiler() -> Result<()> {
  if cfg!(windows) {
    // Crates find Microsoft's compiler by themselves and say so when it is missing.
    return Ok(());
  }
  let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
  // CC may hold arguments, which is the compiling crate's matter: then the default one is looked at.
  let compiler = if compiler.to_string_lossy().contains(' ') { "cc".into() } else { compiler };
  let install = if cfg!(target_os = "macos") {
    "install one with: xcode-select --install"
  } else {
    "install one; on Debian and Ubuntu: apt-get install -y gcc libc6-dev"
  };
  let missing = || format!("no C compiler as {:?}, which SQLite and linking need; {install}", compiler);
  let mut child = Command::new(&compiler)
    .args(["-x", "c", "-fsyntax-only", "-"])
    .stdin(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .with_context(missing)?;
  // A compiler that ends early closes the pipe; its exit status tells.
  let _ = child.stdin.take().expect("stdin is piped").write_all(b"#include <stdlib.h>\n");
  let output = child.wait_with_output().with_context(missing)?;
  let says = String::from_utf8_lossy(&output.stderr);
  ensure!(output.status.success(), "{compiler:?} cannot compile C with the C library: {}; {install}", says.trim());
  Ok(())
}
