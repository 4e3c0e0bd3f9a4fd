//! Rust for guests: a compiler with a standard library for the target.
//!
//! That is the toolchain in use, where its wasm32-unknown-unknown is installed or rustup can install it. Some machines
//! reach the package registries and nothing else, and for them there is a second way: a compiler of the distribution
//! together with the sources of its standard library, which are then built once into a sysroot of their own.

use std::env;
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::io::Seek;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;
use sha2::Digest;
use sha2::Sha256;

use super::Missing;
use super::TARGET;
use super::apt;
use super::last_lines;
use super::on_path;
use super::stdout;
use crate::whole;
use crate::workspace;

/// How long rustup may take: where the network is closed it may wait for long.
const RUSTUP_LIMIT: Duration = Duration::from_secs(60);
/// The distribution's compiler, which is not one of rustup's.
const SYSTEM_RUSTC: &str = "/usr/bin/rustc";
/// Where the sources of the standard library are in a sysroot.
const LIBRARY: &str = "lib/rustlib/src/rust/library";
/// Both of them, as Debian packages that are kept recent.
const PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];
/// With bitcode for link-time optimisation, and with what is unstable in it closed to guests.
const STD_FLAGS: [&str; 2] = ["-Cembed-bitcode=yes", "-Zforce-unstable-if-unmarked"];
/// What this crate asks of the compiler, as the guests do.
const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// A compiler with a standard library for the target.
#[derive(Debug)]
pub(crate) struct Toolchain {
  source: Source,
}

#[derive(Debug)]
enum Source {
  /// The toolchain in use, with this sysroot, has all that is needed.
  Installed(PathBuf),
  /// The distribution's compiler with a standard library that was built for it.
  Sysroot { rustc: PathBuf, flags: OsString, linker: PathBuf },
}

impl Toolchain {
  /// The compiler `rustc` with the standard library in `sysroot`.
  pub(super) fn sysroot(rustc: PathBuf, sysroot: &Path, linker: PathBuf) -> Self {
    // One argument, whatever is in the path: those of CARGO_ENCODED_RUSTFLAGS are not split at spaces.
    let mut flags = OsString::from("--sysroot=");
    flags.push(sysroot);
    Self { source: Source::Sysroot { rustc, flags, linker } }
  }

  /// `installed` or `sysroot`.
  pub(crate) fn kind(&self) -> &'static str {
    match self.source {
      Source::Installed(_) => "installed",
      Source::Sysroot { .. } => "sysroot",
    }
  }

  /// Environment of a cargo that builds a guest, with `--target wasm32-unknown-unknown` and not without it.
  pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
    const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";
    match &self.source {
      // Empty, it hides the flags that the user's environment has for the machine itself.
      Source::Installed(_) => vec![(FLAGS, OsString::new())],
      Source::Sysroot { rustc, flags, linker } => vec![
        ("RUSTC", rustc.into()),
        (FLAGS, flags.clone()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.into()),
      ],
    }
  }

  /// Gives the command this environment.
  pub(crate) fn apply(&self, command: &mut Command) {
    command.envs(self.environment());
  }

  /// A cargo in the top directory that builds guests when it is told the target.
  pub(crate) fn cargo(&self) -> Command {
    let mut command = workspace::cargo();
    self.apply(&mut command);
    command
  }
}

impl fmt::Display for Toolchain {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match &self.source {
      Source::Installed(sysroot) => write!(f, "Rust guests are built with {TARGET} of {}", sysroot.display()),
      Source::Sysroot { rustc, flags, linker } => write!(
        f,
        "Rust guests are built with {} {}, linked with {}",
        rustc.display(),
        flags.display(),
        linker.display()
      ),
    }
  }
}

/// Finds one: what is ready to be used first, then what can be made ready.
pub(super) fn find(target_dir: &Path) -> Result<Toolchain, Missing> {
  let mut tried = Vec::new();
  let in_use = InUse::look();
  match &in_use {
    Ok(in_use) if in_use.has_target() => return Ok(in_use.toolchain()),
    Ok(in_use) => tried.push(format!("{} has no standard library for {TARGET}", in_use.sysroot.display())),
    Err(error) => tried.push(error.clone()),
  }
  let in_use = in_use.ok();
  let sysroots = target_dir.join("wasm-sysroot");
  if let Ok(system) = System::look()
    && let sysroot = sysroots.join(system.key())
    && sysroot.is_dir()
    && let Some(linker) = linker(in_use.as_ref(), &system)
  {
    return Ok(Toolchain::sysroot(SYSTEM_RUSTC.into(), &sysroot, linker));
  }
  if let Some(in_use) = &in_use {
    match in_use.add_target() {
      Ok(()) => return Ok(in_use.toolchain()),
      Err(error) => tried.push(error),
    }
  }
  match System::install().and_then(|system| make(&system, &sysroots, in_use.as_ref())) {
    Ok(toolchain) => return Ok(toolchain),
    Err(error) => tried.push(error),
  }
  let remedy = format!(
    "rustup target add {TARGET}; where only the package registries can be reached, on Debian as root: \
     apt-get install {} (Rust {RUST_VERSION} or newer)",
    PACKAGES.join(" ")
  );
  Err(Missing { what: "Rust for WebAssembly", tried, remedy })
}

/// The toolchain that builds this workspace.
struct InUse {
  sysroot: PathBuf,
  /// Where its standard library for the target is, if it is installed.
  libraries: PathBuf,
  /// The machine's own target.
  host: String,
}

impl InUse {
  fn look() -> Result<Self, String> {
    let rustc = env::var_os("RUSTC").filter(|rustc| !rustc.is_empty()).unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.current_dir(workspace::root());
    command.args(["--print=target-libdir", "--print=sysroot", "--print=host-tuple", "--target", TARGET]);
    let printed = stdout(&mut command)?;
    match printed.lines().collect::<Vec<_>>()[..] {
      [libraries, sysroot, host] => {
        Ok(Self { sysroot: sysroot.into(), libraries: libraries.into(), host: host.into() })
      }
      _ => Err(format!("cannot read what rustc prints about itself: {printed}")),
    }
  }

  fn toolchain(&self) -> Toolchain {
    Toolchain { source: Source::Installed(self.sysroot.clone()) }
  }

  fn has_target(&self) -> bool {
    has_library(&self.libraries, "core") && has_library(&self.libraries, "std")
  }

  /// Has rustup install the target.
  fn add_target(&self) -> Result<(), String> {
    let Some(rustup) = on_path("rustup") else {
      return Err("there is no rustup to install it".into());
    };
    let command = || {
      let mut command = Command::new(&rustup);
      // Its traces would hide what it says.
      command.current_dir(workspace::root()).env("RUST_BACKTRACE", "0");
      command
    };
    // It would install it for its own toolchain, which need not be the one in use.
    let rustc = stdout(command().args(["which", "rustc"]))?;
    if !Path::new(rustc.trim()).starts_with(&self.sysroot) {
      return Err(format!("rustup cannot install it: its compiler is {}", rustc.trim()));
    }
    eprintln!("wasm: rustup target add {TARGET}");
    let output = limited(command().args(["target", "add", TARGET]), RUSTUP_LIMIT);
    let failed = |why: String| format!("rustup target add {TARGET} failed: {why}");
    match output.map_err(|error| failed(error.to_string()))? {
      None => Err(failed(format!("it was stopped after {} s", RUSTUP_LIMIT.as_secs()))),
      Some(output) if !output.status.success() => Err(failed(last_lines(&output))),
      Some(_) if !self.has_target() => Err(failed(format!("nothing is in {}", self.libraries.display()))),
      Some(_) => Ok(()),
    }
  }
}

/// Whether the directory has the library, under whatever hash.
fn has_library(directory: &Path, name: &str) -> bool {
  let prefix = format!("lib{name}-");
  let is_it = |name: &OsStr| name.to_string_lossy().starts_with(&prefix) && name.to_string_lossy().ends_with(".rlib");
  fs::read_dir(directory).is_ok_and(|entries| entries.flatten().any(|entry| is_it(&entry.file_name())))
}

/// Runs the command, but no longer than `limit`: then it is stopped and there is no output.
fn limited(command: &mut Command, limit: Duration) -> io::Result<Option<Output>> {
  // A file takes whatever is written, and while this waits nobody reads.
  let mut said = tempfile::tempfile()?;
  command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said.try_clone()?);
  let mut child = command.spawn()?;
  let start = Instant::now();
  let status = loop {
    if let Some(status) = child.try_wait()? {
      break status;
    }
    if start.elapsed() >= limit {
      child.kill()?;
      child.wait()?;
      return Ok(None);
    }
    thread::sleep(Duration::from_millis(20));
  };
  said.rewind()?;
  let mut stderr = Vec::new();
  io::Read::read_to_end(&mut said, &mut stderr)?;
  Ok(Some(Output { status, stdout: Vec::new(), stderr }))
}

/// The distribution's compiler with the sources of its standard library.
struct System {
  /// What it says about its version, all of it.
  version: String,
  /// The sources.
  library: PathBuf,
}

impl System {
  /// Finds it.
  fn look() -> Result<Self, String> {
    let Ok(rustc) = fs::canonicalize(SYSTEM_RUSTC) else {
      return Err(format!("there is no {SYSTEM_RUSTC}"));
    };
    if !rustc.ends_with("bin/rustc") {
      // As where rustup is a package too: then it stands for the toolchain in use.
      return Err(format!("{SYSTEM_RUSTC} is {}", rustc.display()));
    }
    let library = rustc.parent().and_then(Path::parent).unwrap_or(Path::new("/")).join(LIBRARY);
    let Ok(library) = fs::canonicalize(&library).and_then(|path| path.join("Cargo.lock").metadata().map(|_| path))
    else {
      return Err(format!("{SYSTEM_RUSTC} is without the sources of its standard library: {}", library.display()));
    };
    let version = stdout(Command::new(SYSTEM_RUSTC).arg("-vV"))?;
    let release = line(&version, "release: ");
    if numbers(release) < numbers(RUST_VERSION) {
      return Err(format!("{SYSTEM_RUSTC} is Rust {release}, but {RUST_VERSION} is needed"));
    }
    Ok(Self { version, library })
  }

  /// Finds it, or installs it.
  fn install() -> Result<Self, String> {
    Self::look().or_else(|error| {
      apt::install(&PACKAGES).map_err(|failed| format!("{error}\n{failed}"))?;
      Self::look()
    })
  }

  /// Name for what is built with it. Another version of the compiler cannot read what this one writes.
  fn key(&self) -> String {
    let hash = Sha256::new().chain_update(&self.version).chain_update(STD_FLAGS.join(" ")).finalize();
    format!("{hash:x}")[..16].to_string()
  }

  /// Major version of the LLVM in the compiler.
  fn llvm(&self) -> &str {
    line(&self.version, "LLVM version: ").split('.').next().unwrap_or_default()
  }
}

/// What follows `name` in a line that begins with it.
fn line<'a>(text: &'a str, name: &str) -> &'a str {
  text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown").trim()
}

/// The numbers of a version, to be compared.
fn numbers(version: &str) -> Vec<u32> {
  version.split(['.', '-', '+']).map_while(|part| part.parse().ok()).collect()
}

/// What links guests: the linker that rustup installs with every toolchain, or the distribution's.
fn linker(in_use: Option<&InUse>, system: &System) -> Option<PathBuf> {
  let of_rustup = in_use.map(|in_use| {
    let programs = in_use.sysroot.join("lib/rustlib").join(&in_use.host).join("bin");
    programs.join(format!("rust-lld{}", env::consts::EXE_SUFFIX))
  });
  let versioned = format!("wasm-ld-{}", system.llvm());
  of_rustup.filter(|path| path.is_file()).or_else(|| on_path(&versioned)).or_else(|| on_path("wasm-ld"))
}

/// The system's compiler with a sysroot that is built unless it is in `sysroots`.
fn make(system: &System, sysroots: &Path, in_use: Option<&InUse>) -> Result<Toolchain, String> {
  let find_linker = || linker(in_use, system);
  let linker = match find_linker() {
    Some(linker) => linker,
    None => {
      let packages = [format!("lld-{}", system.llvm()), "lld".to_string()];
      let installed = apt::install(&[&packages[0]]).or_else(|_| apt::install(&[&packages[1]]));
      installed.map_err(|error| format!("there is no rust-lld and no wasm-ld to link with\n{error}"))?;
      find_linker().ok_or("there is no wasm-ld, though its package is installed")?
    }
  };
  let sysroot = sysroots.join(system.key());
  if !sysroot.is_dir() {
    build(system, &sysroot).map_err(|error| format!("{error:#}"))?;
  }
  Ok(Toolchain::sysroot(SYSTEM_RUSTC.into(), &sysroot, linker))
}

/// Builds the standard library from the system's sources into the new directory `sysroot`.
fn build(system: &System, sysroot: &Path) -> Result<()> {
  eprintln!("wasm: building the standard library for {TARGET} with {SYSTEM_RUSTC}, once (about a minute)");
  whole::make(sysroot, || sysroot.is_dir(), |temporary| build_in(system, temporary))
}

/// The same, into a directory of `temporary`.
fn build_in(system: &System, temporary: &Path) -> Result<PathBuf> {
  let package = temporary.join("package");
  fs::create_dir(&package)?;
  fs::write(package.join("lib.rs"), "")?;
  fs::write(
    package.join("Cargo.toml"),
    "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[lib]\npath = \"lib.rs\"\n[workspace]\n",
  )?;

  let built = temporary.join("target");
  let mut cargo = workspace::cargo();
  cargo.current_dir(&package).args(["build", "--quiet", "--release"]);
  cargo.args(["--target", TARGET, "-Zbuild-std=std,panic_abort"]);
  let library = system.library.display();
  let vendor = system.library.join("vendor");
  if vendor.is_dir() {
    // The crates that the library needs came with it: nothing has to be downloaded.
    cargo.args(["--offline", "--config", "source.crates-io.replace-with='library'", "--config"]);
    cargo.arg(format!("source.library.directory='{}'", vendor.display()));
  }
  // With the first a released compiler, whose sources these are, does what only a nightly one does.
  cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", SYSTEM_RUSTC).env("CARGO_TARGET_DIR", &built);
  cargo.env("CARGO_ENCODED_RUSTFLAGS", STD_FLAGS.join("\x1f"));
  let output = cargo.output().context("cannot run cargo")?;
  ensure!(output.status.success(), "cannot build the standard library of {library}: {}", last_lines(&output));

  let whole = temporary.join("sysroot");
  let libraries = whole.join("lib/rustlib").join(TARGET).join("lib");
  fs::create_dir_all(&libraries)?;
  for entry in fs::read_dir(built.join(TARGET).join("release/deps"))? {
    let path = entry?.path();
    let name = path.file_name().unwrap_or_default();
    let own = name.to_string_lossy().starts_with("libempty");
    if !own && path.extension().is_some_and(|extension| extension == "rlib") {
      fs::rename(&path, libraries.join(name))?;
    }
  }
  let complete = has_library(&libraries, "core") && has_library(&libraries, "std");
  ensure!(complete, "cargo says that it has built the standard library of {library}, but there is none");
  Ok(whole)
}

#[cfg(test)]
mod tests {
  use super::*;

  const VERSION: &str = "rustc 1.96.0 (ac68faa20 2026-05-25)\nrelease: 1.96.0\nLLVM version: 22.1.8\n";

  #[test]
  fn versions_are_compared_by_their_numbers() {
    assert!(numbers("1.96.0") > numbers("1.91"));
    assert!(numbers("1.100.0-nightly") > numbers("1.91"));
    assert!(numbers("1.91.0") >= numbers("1.91"));
    assert!(numbers("1.9.0") < numbers("1.91"));
    assert!(numbers("unknown") < numbers("1.91"));
    assert!(!numbers(RUST_VERSION).is_empty());
  }

  #[test]
  fn another_compiler_has_another_sysroot() {
    let system = |version: &str| System { version: version.into(), library: PathBuf::new() };
    let key = |version: &str| system(version).key();
    assert_eq!(key(VERSION), key(VERSION));
    let other = VERSION.replace("ac68", "ac69");
    assert_ne!(key(VERSION), key(&other));
    assert_eq!(key(VERSION).len(), 16);
    assert_eq!(system(VERSION).llvm(), "22");
  }

  #[test]
  fn a_library_is_there_under_whatever_hash() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("libcore-0123.rmeta"), "").unwrap();
    fs::write(directory.path().join("libcore_x-0123.rlib"), "").unwrap();
    assert!(!has_library(directory.path(), "core"));
    fs::write(directory.path().join("libcore-0123.rlib"), "").unwrap();
    assert!(has_library(directory.path(), "core") && !has_library(directory.path(), "std"));
    assert!(!has_library(&directory.path().join("none"), "core"));
  }

  #[cfg(unix)]
  #[test]
  fn a_command_that_takes_too_long_is_stopped() {
    let shell = |script: &str, limit| limited(Command::new("sh").args(["-c", script]), limit).unwrap();
    let start = Instant::now();
    assert!(shell("exec sleep 60", Duration::from_millis(100)).is_none());
    assert!(start.elapsed() < Duration::from_secs(30));
    let output = shell("echo said; echo why >&2; exit 3", Duration::from_secs(30)).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(last_lines(&output), "said\nwhy");
  }

  #[test]
  fn the_toolchain_in_use_is_found() {
    let in_use = InUse::look().unwrap();
    assert!(in_use.sysroot.is_dir() && in_use.libraries.starts_with(&in_use.sysroot));
    assert_eq!(in_use.toolchain().environment(), [("CARGO_ENCODED_RUSTFLAGS", OsString::new())]);
  }
}
