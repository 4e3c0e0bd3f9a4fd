//! What builds WebAssembly guests: Rust for wasm32-unknown-unknown, a C compiler, AssemblyScript, Zig, and
//! componentize-js for components in JavaScript. Each is found on the machine or put there where that is possible; what
//! is missing is told and costs no more than the guests in that language.
//!
//! The tests build guests by themselves. They learn with what from a file, whose path is in the variable [`VARIABLE`]:
//! lines `NAME=value`, split at the first `=`, nothing quoted; lines that begin with `#` are for people. Such a line
//! stands in place of what is missing. The names, each there only if its language can be built:
//!
//! - `PLUGBAY_WASM_RUST`: `installed` or `sysroot`, where the standard library comes from. `cargo build --target
//!   wasm32-unknown-unknown` builds a guest with all other variables of the file in its environment: `RUSTC`,
//!   `CARGO_ENCODED_RUSTFLAGS` (also when it is empty: flags for the machine itself are not for guests) and
//!   `CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER`. They are not for builds without `--target`.
//! - `PLUGBAY_WASM_CLANG`: a clang that compiles with `--target=wasm32 -nostdlib -Wl,--no-entry` and links.
//! - `PLUGBAY_WASM_ASC`: AssemblyScript's `asc.js`, to be run with `node`.
//! - `PLUGBAY_WASM_ZIG`: a Zig of a version whose programs include headers of C.
//! - `PLUGBAY_WASM_COMPONENTIZE`: the `cli.js` of componentize-js, to be run with `node`.
//! - `PLUGBAY_WASM_JCO`: the `jco.js` of jco, which comes with that, and makes modules of JavaScript of components.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::Output;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

mod apt;
mod assemblyscript;
mod clang;
mod componentize_js;
mod node;
mod rust;
mod zig;

pub(crate) use clang::CCompiler;
pub(crate) use node::NodeTool;
pub(crate) use rust::Toolchain;
pub(crate) use zig::Zig;

/// Target that guests in Rust are built for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Environment variable that tells the tests where [`Tools::write`] has written.
pub(crate) const VARIABLE: &str = "PLUGBAY_WASM_TOOLCHAIN";

/// `cargo xtask wasm`: sets everything up, says what there is, and tries it. Fails when something is missing.
pub(crate) fn run() -> Result<ExitCode> {
  let target_dir = workspace::target_dir()?;
  let tools = Tools::find(&target_dir);
  eprint!("{tools}");
  tools.try_out()?;
  let file = tools.write(&target_dir)?;
  eprintln!("wasm: for the tests, in {VARIABLE}: {}", file.display());
  Ok(if tools.missing().next().is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Rust for guests.
///
/// # Errors
///
/// When there is none and it cannot be installed.
pub(crate) fn toolchain(target_dir: &Path) -> Result<Toolchain, Missing> {
  rust::find(target_dir)
}

/// C for guests.
///
/// # Errors
///
/// When there is none and it cannot be installed.
pub(crate) fn c_compiler() -> Result<CCompiler, Missing> {
  clang::find()
}

/// AssemblyScript for guests.
///
/// # Errors
///
/// When nothing is there to run it, and when it cannot be downloaded.
pub(crate) fn assemblyscript(target_dir: &Path) -> Result<NodeTool, Missing> {
  assemblyscript::find(target_dir)
}

/// Zig for guests.
///
/// # Errors
///
/// When nothing is there to download it, and when it cannot be downloaded.
pub(crate) fn zig(target_dir: &Path) -> Result<Zig, Missing> {
  zig::find(target_dir)
}

/// componentize-js for components in JavaScript.
///
/// # Errors
///
/// When nothing is there to run it, and when it cannot be downloaded.
pub(crate) fn componentize_js(target_dir: &Path) -> Result<NodeTool, Missing> {
  componentize_js::find(target_dir)
}

/// Something that guests are built with and that is not there.
#[derive(Debug)]
pub(crate) struct Missing {
  /// What it is.
  pub(crate) what: &'static str,
  /// What was looked at and tried, and what came of it.
  pub(crate) tried: Vec<String>,
  /// How to get it.
  pub(crate) remedy: String,
}

impl fmt::Display for Missing {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "no {}", self.what)?;
    for tried in &self.tried {
      write!(f, "\n  {}", tried.replace('\n', "\n    "))?;
    }
    write!(f, "\n  to have it: {}", self.remedy)
  }
}

impl std::error::Error for Missing {}

/// All that guests are built with.
#[derive(Debug)]
pub(crate) struct Tools {
  /// For guests in Rust.
  pub(crate) rust: Result<Toolchain, Missing>,
  /// For guests in C.
  pub(crate) c: Result<CCompiler, Missing>,
  /// For guests in AssemblyScript.
  pub(crate) assemblyscript: Result<NodeTool, Missing>,
  /// For guests in Zig.
  pub(crate) zig: Result<Zig, Missing>,
  /// For components in JavaScript.
  pub(crate) componentize_js: Result<NodeTool, Missing>,
}

impl Tools {
  /// Looks for them, and puts them on the machine where that is possible; what is kept is kept in `target_dir`.
  pub(crate) fn find(target_dir: &Path) -> Self {
    Self {
      rust: toolchain(target_dir),
      c: c_compiler(),
      assemblyscript: assemblyscript(target_dir),
      zig: zig(target_dir),
      componentize_js: componentize_js(target_dir),
    }
  }

  /// What is not there.
  pub(crate) fn missing(&self) -> impl Iterator<Item = &Missing> {
    let Self { rust, c, assemblyscript, zig, componentize_js } = self;
    let missing = [rust.as_ref().err(), c.as_ref().err(), assemblyscript.as_ref().err(), zig.as_ref().err()];
    missing.into_iter().chain([componentize_js.as_ref().err()]).flatten()
  }

  /// Writes the file that the tests read; gives its path.
  ///
  /// # Errors
  ///
  /// When it cannot be written, and when a path has a line end in it or is no text.
  pub(crate) fn write(&self, target_dir: &Path) -> Result<PathBuf> {
    let path = target_dir.join("wasm-toolchain.env");
    let text = self.lines()?;
    // Those who read it meanwhile see the old one or the new one.
    let mut temporary = tempfile::NamedTempFile::new_in(target_dir)?;
    temporary.write_all(text.as_bytes())?;
    temporary.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
  }

  /// Text of the file.
  fn lines(&self) -> Result<String> {
    let mut text = "# Written by cargo xtask: what builds WebAssembly guests. See xtask/src/wasm.rs.\n".to_string();
    let mut part = |variables: Result<Vec<(&str, OsString)>, &Missing>| -> Result<()> {
      match variables {
        Ok(variables) => {
          for (name, value) in variables {
            let value = value.into_string().ok().filter(|value| !value.contains(['\n', '\r']));
            let value = value.with_context(|| format!("the value for {name} does not fit into a line of text"))?;
            text += &format!("{name}={value}\n");
          }
        }
        Err(missing) => text.extend(missing.to_string().lines().map(|line| format!("# {line}\n"))),
      }
      Ok(())
    };
    part(self.rust.as_ref().map(|toolchain| {
      let mut variables = vec![("PLUGBAY_WASM_RUST", toolchain.kind().into())];
      variables.extend(toolchain.environment());
      variables
    }))?;
    part(self.c.as_ref().map(|compiler| vec![("PLUGBAY_WASM_CLANG", compiler.path().into())]))?;
    part(self.assemblyscript.as_ref().map(|compiler| vec![("PLUGBAY_WASM_ASC", compiler.path().into())]))?;
    part(self.zig.as_ref().map(|compiler| vec![("PLUGBAY_WASM_ZIG", compiler.path().into())]))?;
    part(self.componentize_js.as_ref().map(|tool| {
      vec![
        ("PLUGBAY_WASM_COMPONENTIZE", tool.path().into()),
        ("PLUGBAY_WASM_JCO", componentize_js::jco(tool).into_os_string()),
      ]
    }))?;
    Ok(text)
  }

  /// Builds a small guest with each of those that are there.
  ///
  /// # Errors
  ///
  /// When one fails, or makes something else than a WebAssembly module.
  fn try_out(&self) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let module = |name: &str| directory.path().join(name);
    if let Ok(toolchain) = &self.rust {
      fs::write(module("Cargo.toml"), CRATE)?;
      fs::write(module("lib.rs"), SOURCE)?;
      let mut cargo = toolchain.cargo();
      cargo.args(["build", "--release", "--offline", "--target", TARGET, "--manifest-path"]).arg(module("Cargo.toml"));
      cargo.env("CARGO_TARGET_DIR", module("target"));
      built(&mut cargo, &module("target").join(TARGET).join("release/guest.wasm")).context("Rust does not work")?;
    }
    if let Ok(compiler) = &self.c {
      fs::write(module("guest.c"), "__attribute__((export_name(\"add\"))) int add(int a, int b) { return a + b; }\n")?;
      let mut clang = compiler.command();
      clang.arg(module("guest.c")).arg("-o").arg(module("c.wasm"));
      built(&mut clang, &module("c.wasm")).context("the C compiler does not work")?;
    }
    if let Ok(compiler) = &self.assemblyscript {
      fs::write(module("guest.ts"), "export function add(a: i32, b: i32): i32 { return a + b }\n")?;
      let mut asc = compiler.command();
      asc.current_dir(directory.path()).args(["guest.ts", "-o", "as.wasm", "-Osize", "--runtime", "stub"]);
      built(&mut asc, &module("as.wasm")).context("AssemblyScript does not work")?;
    }
    if let Ok(compiler) = &self.zig {
      fs::write(module("guest.zig"), "export fn add(a: i32, b: i32) i32 {\n    return a + b;\n}\n")?;
      let mut zig = compiler.command(directory.path());
      zig.args(["guest.zig", "-femit-bin=zig.wasm"]);
      built(&mut zig, &module("zig.wasm")).context("Zig does not work")?;
    }
    if let Ok(tool) = &self.componentize_js {
      fs::write(module("world.wit"), "package a:b;\nworld guest { export add: func(a: u8, b: u8) -> u8; }\n")?;
      fs::write(module("guest.js"), "export const add = (a, b) => a + b;\n")?;
      let mut componentize = tool.command();
      componentize.current_dir(directory.path()).args(["guest.js", "--wit", "world.wit", "--out", "js.wasm"]);
      built(&mut componentize, &module("js.wasm")).context("componentize-js does not work")?;
    }
    Ok(())
  }
}

impl fmt::Display for Tools {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut line = |found: Result<&dyn fmt::Display, &Missing>| match found {
      Ok(found) => writeln!(f, "wasm: {found}"),
      Err(missing) => writeln!(f, "wasm: {missing}"),
    };
    line(self.rust.as_ref().map(|found| found as &dyn fmt::Display))?;
    line(self.c.as_ref().map(|found| found as &dyn fmt::Display))?;
    line(self.assemblyscript.as_ref().map(|found| found as &dyn fmt::Display))?;
    line(self.zig.as_ref().map(|found| found as &dyn fmt::Display))?;
    line(self.componentize_js.as_ref().map(|found| found as &dyn fmt::Display))
  }
}

/// Manifest of a guest without dependencies, in a workspace of its own.
const CRATE: &str = r#"[package]
name = "guest"
version = "0.0.0"
edition = "2024"
[lib]
path = "lib.rs"
crate-type = ["cdylib"]
[workspace]
"#;

/// Its source, with something of the standard library in it.
const SOURCE: &str = r#"#[unsafe(no_mangle)]
pub extern "C" fn digits(n: u32) -> usize {
  n.to_string().len()
}
"#;

/// Runs the command, which has to make a WebAssembly module at `module`.
fn built(command: &mut Command, module: &Path) -> Result<()> {
  let output = command.output().with_context(|| format!("cannot run {}", command.get_program().display()))?;
  ensure!(output.status.success(), "{} failed: {}", command.get_program().display(), last_lines(&output));
  let bytes = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
  ensure!(bytes.starts_with(b"\0asm"), "{} is no WebAssembly module", module.display());
  Ok(())
}

/// The program, if a directory in `PATH` has one of that name.
fn on_path(name: &str) -> Option<PathBuf> {
  let name = format!("{name}{}", env::consts::EXE_SUFFIX);
  env::split_paths(&env::var_os("PATH")?).map(|directory| directory.join(&name)).find(|path| path.is_file())
}

/// What the command prints.
///
/// # Errors
///
/// When it cannot be run or fails, in words.
fn stdout(command: &mut Command) -> Result<String, String> {
  let program = command.get_program().display().to_string();
  let output = command.output().map_err(|error| format!("cannot run {program}: {error}"))?;
  if !output.status.success() {
    return Err(format!("{program} failed: {}", last_lines(&output)));
  }
  Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The end of what a command that failed had to say.
fn last_lines(output: &Output) -> String {
  const LINES: usize = 12;
  let mut text = String::from_utf8_lossy(&output.stderr).trim().to_string();
  if text.is_empty() {
    text = String::from_utf8_lossy(&output.stdout).trim().to_string();
  }
  if text.is_empty() {
    return output.status.to_string();
  }
  let lines: Vec<_> = text.lines().collect();
  lines[lines.len().saturating_sub(LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
  use super::*;

  fn missing(what: &'static str) -> Missing {
    Missing { what, tried: vec!["there is no x".into(), "y failed: a\nb".into()], remedy: "install it".into() }
  }

  #[test]
  fn what_is_missing_is_told_with_what_was_tried() {
    let text = missing("C for guests").to_string();
    assert_eq!(text, "no C for guests\n  there is no x\n  y failed: a\n    b\n  to have it: install it");
  }

  #[test]
  fn the_file_has_a_variable_a_line_and_says_what_is_missing() {
    let rust = Toolchain::sysroot("/usr/bin/rustc".into(), "/a b/sysroot".as_ref(), "/bin/wasm-ld".into());
    let (c, assemblyscript) = (Err(missing("C for guests")), Err(missing("AssemblyScript")));
    let (zig, componentize_js) = (Err(missing("Zig")), Err(missing("componentize-js")));
    let tools = Tools { rust: Ok(rust), c, assemblyscript, zig, componentize_js };
    let directory = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(tools.write(directory.path()).unwrap()).unwrap();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
      lines,
      [
        "PLUGBAY_WASM_RUST=sysroot",
        "RUSTC=/usr/bin/rustc",
        "CARGO_ENCODED_RUSTFLAGS=--sysroot=/a b/sysroot",
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=/bin/wasm-ld",
      ]
    );
    assert!(text.contains("# no C for guests\n#   there is no x\n"), "{text}");
    assert_eq!(tools.missing().count(), 4);
  }

  #[test]
  fn a_path_that_is_no_line_is_refused() {
    let rust = Toolchain::sysroot("/usr/bin/rustc".into(), "/a\nb".as_ref(), "/bin/wasm-ld".into());
    let (c, assemblyscript) = (Err(missing("C")), Err(missing("AssemblyScript")));
    let (zig, componentize_js) = (Err(missing("Zig")), Err(missing("componentize-js")));
    let tools = Tools { rust: Ok(rust), c, assemblyscript, zig, componentize_js };
    assert!(tools.lines().unwrap_err().to_string().contains("CARGO_ENCODED_RUSTFLAGS"));
  }
}
