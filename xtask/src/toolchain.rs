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
  check(&Compiler {
    language: "C",
    name: "c",
    variable: "CC",
    default: "cc",
    used_for: "SQLite and linking need",
    packages: "gcc libc6-dev",
    test: b"#include <stdlib.h>\n",
  })
}

/// Whether there is a C++ compiler with the C++ library's headers: libFuzzer is compiled with it.
///
/// # Errors
///
/// When there is none, with the line that installs it.
pub(crate) fn check_cpp_compiler() -> Result<()> {
  check(&Compiler {
    language: "C++",
    name: "c++",
    variable: "CXX",
    default: "c++",
    used_for: "libFuzzer needs",
    packages: "g++",
    test: b"#include <vector>\n",
  })
}

struct Compiler {
  language: &'static str,
  /// What compilers call the language.
  name: &'static str,
  /// The variable of the environment that may name the compiler.
  variable: &'static str,
  default: &'static str,
  used_for: &'static str,
  /// Of Debian and Ubuntu.
  packages: &'static str,
  test: &'static [u8],
}

fn check(wanted: &Compiler) -> Result<()> {
  if cfg!(windows) {
    // Crates find Microsoft's compiler by themselves and say so when it is missing.
    return Ok(());
  }
  let Compiler { language, name, variable, default, used_for, packages, test } = *wanted;
  let compiler = std::env::var_os(variable).unwrap_or_else(|| default.into());
  // The variable may hold arguments, which is the compiling crate's matter: then the default one is looked at.
  let compiler = if compiler.to_string_lossy().contains(' ') { default.into() } else { compiler };
  let install = if cfg!(target_os = "macos") {
    "install one with: xcode-select --install".to_owned()
  } else {
    format!("install one; on Debian and Ubuntu: apt-get install -y {packages}")
  };
  let missing = || format!("no {language} compiler as {compiler:?}, which {used_for}; {install}");
  let mut child = Command::new(&compiler)
    .args(["-x", name, "-fsyntax-only", "-"])
    .stdin(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .with_context(missing)?;
  // A compiler that ends early closes the pipe; its exit status tells.
  let _ = child.stdin.take().expect("stdin is piped").write_all(test);
  let output = child.wait_with_output().with_context(missing)?;
  let says = String::from_utf8_lossy(&output.stderr);
  ensure!(
    output.status.success(),
    "{compiler:?} cannot compile {language} with the {language} library: {}; {install}",
    says.trim()
  );
  Ok(())
}
