//! Builds the fixtures and runs the command.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::sync::LazyLock;

use crate::components;

/// The repository.
pub fn root() -> PathBuf {
  Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("runtime/cli/ is in the repository").to_owned()
}

/// The command `plugbay`, without the environment variables that would change what it prints.
pub fn plugbay() -> Command {
  let mut command = Command::new(env!("CARGO_BIN_EXE_plugbay"));
  command.env_remove("PLUGBAY_LOG").env_remove("RUST_BACKTRACE").env("NO_COLOR", "1").env("PLUGBAY_CACHE", "");
  command
}

/// Cargo, as it runs these tests, for a build of its own.
pub fn cargo() -> Command {
  let mut cargo = Command::new(env!("CARGO"));
  // It is the test's own, and V8's build script begins anew where it has changed.
  cargo.env_remove("OUT_DIR");
  cargo
}

/// The folder with the libraries of all plugins and fixtures, which are built on the first call. Libraries that are
/// examples of their package are in `examples` in it.
pub fn fixtures() -> &'static Path {
  static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let libraries = ["hello", "hash", "markdown", "sqlite", "kit", "deno2020_edition2024"];
    build(libraries.iter().flat_map(|package| ["--package", package]));
    // With features of plugin_api that the others are built without.
    build(["-phttp_plugin", "-poutbound_plugin", "-pservices_plugin", "--lib", "--examples"]);
    build(["--package", "bad_plugins", "--package", "deno2020", "--examples"]);
    build(["--package", "plugbay", "--example", "embed", "--example", "services"]);
    Path::new(env!("CARGO_BIN_EXE_plugbay")).parent().expect("the command is in a folder").to_owned()
  });
  &FOLDER
}

/// The library of a plugin or a fixture.
pub fn library(name: &str) -> PathBuf {
  fixtures().join(format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX))
}

/// The folder of the TypeScript compiler, which plugbay runs.
pub fn typescript() -> PathBuf {
  let folder = std::env::var_os("PLUGBAY_TYPESCRIPT");
  folder.expect("PLUGBAY_TYPESCRIPT names the compiler's folder: run `cargo xtask test`, which sets it").into()
}

/// The runtime's own JavaScript.
pub fn runtime_scripts() -> Vec<PathBuf> {
  let mut folders = vec![root().join("js"), root().join("runtime/worlds/src")];
  let mut scripts = Vec::new();
  while let Some(folder) = folders.pop() {
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
      let path = entry.expect("the folder can be read").path();
      match path.extension() {
        _ if path.is_dir() => folders.push(path),
        Some(extension) if extension == "js" => scripts.push(path),
        _ => {}
      }
    }
  }
  scripts.sort();
  scripts
}

/// A line of the file that `cargo xtask` wrote about what builds WebAssembly guests; `None` when there is no such
/// thing.
pub fn wasm_tool(name: &str) -> Option<String> {
  wasm_tools().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// All of its lines: also the environment of a cargo that builds guests.
pub fn wasm_tools() -> Vec<(String, String)> {
  let Some(path) = std::env::var_os("PLUGBAY_WASM_TOOLCHAIN") else { return Vec::new() };
  let text = std::fs::read_to_string(path).expect("cargo xtask has written the file");
  let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
  lines.map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// Makes modules of the text in `fixtures/wat/`, and components of that in `fixtures/wit/`, in the folder `guests`
/// beside the libraries, on the first call.
pub fn text_modules() {
  static MADE: LazyLock<()> = LazyLock::new(|| {
    let folder = fixtures().join("guests");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    for entry in std::fs::read_dir(root().join("tests/fixtures/wat")).expect("the folder can be read") {
      let path = entry.expect("the folder can be read").path();
      let module = wat::parse_file(&path).expect("it is a module");
      let name = path.file_stem().expect("it has a name");
      std::fs::write(folder.join(name).with_extension("wasm"), module).expect("a file can be written");
    }
    components::write_to(&folder);
  });
  LazyLock::force(&MADE);
}

/// Whether there is Rust for guests of WASI, too; installs its target.
pub fn builds_wasi_guests() -> bool {
  builds_for("wasm32-wasip1")
}

/// Whether there is Rust for a target of WASI; installs it.
pub fn builds_for(target: &str) -> bool {
  if wasm_tool("PLUGBAY_WASM_RUST").as_deref() != Some("installed") {
    eprintln!("skipped: no rustup, and so no Rust for {target}");
    return false;
  }
  let added = Command::new("rustup").args(["target", "add", target]).current_dir(root()).output();
  let is_added = added.is_ok_and(|output| output.status.success());
  if !is_added {
    eprintln!("skipped: rustup cannot install {target}");
  }
  is_added
}

/// Whether there is Rust for guests; says that the test is skipped when there is none.
pub fn builds_guests() -> bool {
  let builds = wasm_tool("PLUGBAY_WASM_RUST").is_some();
  if !builds {
    eprintln!("skipped: no Rust for wasm32-unknown-unknown; run the tests with `cargo xtask test`");
  }
  builds
}

/// Builds packages as guests for a target; gives the folder with the modules.
pub fn build_guests(target: &str, packages: &[&str]) -> PathBuf {
  // A compiler of its own, and so a folder of its own.
  let folder = root().join("target/guests");
  let mut command = cargo();
  command.args(["build", "--release", "--target", target]).current_dir(root());
  command.args(packages.iter().flat_map(|package| ["--package", package]));
  succeed(command.envs(wasm_tools()).env("CARGO_TARGET_DIR", &folder));
  folder.join(target).join("release")
}

/// Builds the plugins and fixtures that are guests too on the first call, into the folder `guests` beside the
/// libraries. `false` when there is nothing to build them with.
pub fn guests() -> bool {
  static BUILT: LazyLock<bool> = LazyLock::new(|| {
    if !builds_guests() {
      return false;
    }
    const PACKAGES: &[&str] = &["hello", "hash", "markdown", "kit", "calls_back"];
    let built = build_guests("wasm32-unknown-unknown", PACKAGES);
    let folder = fixtures().join("guests");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    for package in PACKAGES {
      let module = format!("{package}.wasm");
      std::fs::copy(built.join(&module), folder.join(&module)).expect("cargo has built it");
    }
    true
  });
  *BUILT
}

fn build<'a>(arguments: impl IntoIterator<Item = &'a str>) {
  let mut command = cargo();
  command.arg("build").args(arguments).current_dir(root());
  if !cfg!(debug_assertions) {
    command.arg("--release");
  }
  let output = command.output().expect("cargo runs");
  assert!(output.status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// What a process wrote, and how it ended, as text for a failed assertion.
pub fn describe(output: &Output) -> String {
  let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
  format!("{}\n--- stdout\n{stdout}\n--- stderr\n{stderr}", output.status)
}

/// Runs a command that must succeed; gives what it printed.
#[track_caller]
pub fn succeed(command: &mut Command) -> String {
  let output = command.output().expect("the command runs");
  assert!(output.status.success(), "{command:?}: {}", describe(&output));
  String::from_utf8_lossy(&output.stdout).into_owned()
}
