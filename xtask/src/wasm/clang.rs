//! A C compiler for guests: clang with its linker for WebAssembly, without a C library.

use std::fmt;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::Missing;
use super::apt;
use super::on_path;
use super::stdout;

/// Versions that are looked for by name, newest first.
const VERSIONS: std::ops::RangeInclusive<u32> = 14..=29;
/// Where Homebrew puts what would hide Apple's compiler, which is without WebAssembly.
const HOMEBREW: [&str; 2] = ["/opt/homebrew/opt/llvm/bin/clang", "/usr/local/opt/llvm/bin/clang"];
/// Packages of Debian and Ubuntu, the first that there are.
const PACKAGES: [[&str; 2]; 2] = [["clang-22", "lld-22"], ["clang", "lld"]];

/// A clang that makes WebAssembly modules.
#[derive(Debug)]
pub(crate) struct CCompiler {
  path: PathBuf,
}

impl CCompiler {
  /// The program.
  pub(crate) fn path(&self) -> &Path {
    &self.path
  }

  /// The compiler with the arguments that make it link a guest without a C library.
  pub(crate) fn command(&self) -> Command {
    let mut command = Command::new(&self.path);
    command.args(["--target=wasm32", "-nostdlib", "-Wl,--no-entry"]);
    command
  }
}

impl fmt::Display for CCompiler {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "C guests are built with {}", self.path.display())
  }
}

/// Finds one, or installs it.
pub(super) fn find() -> Result<CCompiler, Missing> {
  let mut tried = Vec::new();
  if let Some(found) = look(&mut tried) {
    return Ok(found);
  }
  for packages in PACKAGES {
    match apt::install(&packages) {
      Ok(()) => {
        tried.clear();
        if let Some(found) = look(&mut tried) {
          return Ok(found);
        }
      }
      Err(error) => tried.push(error),
    }
  }
  let remedy = if cfg!(target_os = "macos") {
    "brew install llvm lld"
  } else {
    "install clang 14 or newer with its lld, on Debian and Ubuntu: apt-get install clang lld"
  };
  Err(Missing { what: "C compiler for WebAssembly", tried, remedy: remedy.into() })
}

/// The newest one that works.
fn look(tried: &mut Vec<String>) -> Option<CCompiler> {
  let names = VERSIONS.rev().map(|version| format!("clang-{version}")).chain(["clang".to_string()]);
  let homebrew = HOMEBREW.iter().map(PathBuf::from).filter(|path| path.is_file());
  let mut candidates = names.filter_map(|name| on_path(&name)).chain(homebrew).peekable();
  if candidates.peek().is_none() {
    tried.push("there is no clang in PATH".into());
  }
  candidates.map(|path| CCompiler { path }).find(|compiler| match check(compiler) {
    Ok(()) => true,
    Err(error) => {
      tried.push(error);
      false
    }
  })
}

/// Whether it is new enough, knows the target and has a linker for it.
fn check(compiler: &CCompiler) -> Result<(), String> {
  let oldest = VERSIONS.start();
  let source = format!("#if __clang_major__ < {oldest}\n#error too old\n#endif\nint f(void) {{ return 1; }}\n");
  let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
  let file = directory.path().join("guest.c");
  fs::write(&file, source).map_err(|error| error.to_string())?;
  let mut command = compiler.command();
  command.arg("-Wl,--export=f").arg(file).arg("-o").arg(directory.path().join("guest.wasm"));
  stdout(&mut command).map(drop)
}
