//! Zig for components: a package of PyPI, kept in the target directory, and a Python with pip that is there already.

use std::env::consts::EXE_SUFFIX;
use std::fmt;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use anyhow::anyhow;

use super::Missing;
use super::on_path;
use super::stdout;
use crate::whole;

/// The last version in which a program includes headers of C by itself.
const VERSION: &str = "0.15.2";
/// SHA-256 of its packages: for Linux on x86-64 and ARM, for macOS on both, and for Windows.
const HASHES: [&str; 5] = [
  "806316453d1ede7174ed3fefb8e5348154629089c3bb5fe812dfd0e172fac130",
  "edc0aa60ec964a4cf462d40f68d7de242ddf37fd9a80f2afaee6397059463230",
  "47af4f85e3e59bd672126cc026d3a01b516cad24b9a9ea075abfe8532f4c6bc1",
  "acae2a9ce67ed249ad68d42c21bc73b5f9d51a33ba5ea42f609f78683e8d9bb7",
  "ca80dc9c70dbdfdd9ee51d000de3501a95d33d9782ab9ab9b56f700484ebcd83",
];
/// The Pythons that are looked for.
const PYTHONS: [&str; 2] = ["python3", "python"];

/// The compiler.
#[derive(Debug)]
pub(crate) struct Zig {
  path: PathBuf,
}

impl Zig {
  /// The program.
  pub(crate) fn path(&self) -> &Path {
    &self.path
  }

  /// The compiler, to build a module in a directory that also takes what it keeps.
  pub(crate) fn command(&self, directory: &Path) -> Command {
    let mut command = Command::new(&self.path);
    command.current_dir(directory).env("ZIG_GLOBAL_CACHE_DIR", directory).env("ZIG_LOCAL_CACHE_DIR", directory);
    command.args(["build-exe", "-target", "wasm32-freestanding", "-fno-entry", "-rdynamic", "-O", "ReleaseSmall"]);
    command
  }
}

impl fmt::Display for Zig {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "Zig guests are built with {}", self.path.display())
  }
}

/// Finds the package, or downloads it.
pub(super) fn find(target_dir: &Path) -> Result<Zig, Missing> {
  let missing = |tried, remedy: &str| Missing { what: "Zig", tried: vec![tried], remedy: remedy.into() };
  let python = PYTHONS.iter().find_map(|name| on_path(name));
  let python =
    python.ok_or_else(|| missing("there is no python3 to download it".into(), "install Python 3 with pip"))?;
  let path = place(&python, &target_dir.join("zig"));
  path.map(|path| Zig { path }).map_err(|error| missing(format!("{error:#}"), "see to the above and do this again"))
}

/// Puts the package into a directory of its version, unless it is there; gives the path of the compiler.
fn place(python: &Path, directory: &Path) -> Result<PathBuf> {
  let installed = directory.join(VERSION);
  let zig = installed.join("ziglang").join(format!("zig{EXE_SUFFIX}"));
  if zig.is_file() {
    return Ok(zig);
  }
  whole::make(
    &installed,
    || zig.is_file(),
    |temporary| {
      let (package, wanted) = (temporary.join("whole"), temporary.join("requirements.txt"));
      let hashes = HASHES.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect::<String>();
      fs::write(&wanted, format!("ziglang=={VERSION}{hashes}\n"))?;
      eprintln!("wasm: pip install ziglang=={VERSION}, once (some 380 MB)");
      let mut pip = Command::new(python);
      pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--require-hashes",
        "--target",
      ]);
      stdout(pip.arg(&package).arg("--requirement").arg(&wanted)).map_err(|error| anyhow!(error))?;
      Ok(package)
    },
  )?;
  Ok(zig)
}
