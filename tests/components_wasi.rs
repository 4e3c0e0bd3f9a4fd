//! Programs for WASI 0.2, which are components.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use crate::harness::builds_wasi_guests;
use crate::harness::describe;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::scripts::poison;

/// Has `rustc` make a component of a source for WASI preview 1; `None` when there is nothing to build it with.
fn build(source: &str, folder: &Path, arguments: &[&str]) -> Option<PathBuf> {
  if !builds_wasi_guests() {
    return None;
  }
  let rustc = || {
    let mut command = Command::new("rustc");
    command.current_dir(root());
    command
  };
  // The linkers that come with the compiler.
  let libraries = PathBuf::from(succeed(rustc().args(["--print", "target-libdir"])).trim());
  let tools = libraries.with_file_name("bin");
  let path = std::env::var_os("PATH").unwrap_or_default();
  let path = std::env::join_paths([tools.join("gcc-ld")].into_iter().chain(std::env::split_paths(&path)));
  let component = folder.join("component.wasm");
  let mut command = rustc();
  command.env("PATH", path.expect("no folder has a separator in its name"));
  command.args(["--edition", "2024", "--target", "wasm32-wasip1", "-C", "opt-level=s", "-C", "strip=debuginfo"]);
  command.arg("-C").arg(format!("linker={}", tools.join("wasm-component-ld").display())).args(arguments);
  succeed(command.arg(root().join("tests/fixtures/wasi_component").join(source)).arg("-o").arg(&component));
  Some(component)
}

/// Runs a script of the fixtures with a component and a folder, also under the prelude that tells when the runtime asks
/// for what a script can replace; gives what it printed.
fn check(script: &str, is_poisoned: bool, component: &Path, folder: &Path) -> String {
  let script = root().join("tests/fixtures/wasi_component").join(script);
  let prelude = tempfile::tempdir().expect("a folder can be made");
  let script = if is_poisoned { poison(&script, prelude.path()) } else { script };
  let mut command = plugbay();
  command.args(["run", "--allow-read", "--allow-write", "--allow-env"]).arg(script).arg(component).arg(folder);
  let output = command.output().expect("plugbay runs");
  assert!(output.status.success() && !describe(&output).contains("POISONED"), "{}", describe(&output));
  String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn programs_have_what_is_granted_to_them() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let Some(program) = build("program.rs", temp.path(), &[]) else { return };
  let folder = temp.path().join("granted");
  std::fs::create_dir(&folder).expect("the folder can be written");
  std::fs::write(folder.join("note.txt"), "note").expect("the folder can be written");
  std::fs::write(temp.path().join("outside.txt"), "outside").expect("the folder can be written");
  #[cfg(unix)]
  std::os::unix::fs::symlink("../outside.txt", folder.join("link.txt")).expect("the folder can be written");
  for is_poisoned in [false, true] {
    assert!(check("check.js", is_poisoned, &program, &folder).ends_with("ok\n"));
  }
}

#[test]
fn the_event_loop_goes_on_while_a_program_waits_for_input() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let Some(program) = build("program.rs", temp.path(), &[]) else { return };
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(root().join("tests/fixtures/wasi_component/wait.js")).arg(program);
  let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("plugbay runs");
  let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
  let mut line = String::new();
  stdout.read_line(&mut line).expect("it prints text");
  assert_eq!(line, "waiting\n");
  let mut stdin = child.stdin.take().expect("it is piped");
  stdin.write_all(b"later").expect("it reads");
  drop(stdin);
  let mut rest = String::new();
  stdout.read_to_string(&mut rest).expect("it prints text");
  assert_eq!(rest, "0 0 1 7\nlater\n");
  assert!(child.wait().expect("it is our child").success());
}

#[test]
fn plugins_with_an_adapter_of_preview_1_have_it_too() {
  let wit = root().join("tests/fixtures/wasi_component/plugin.wit");
  let describes = format!("link-arg=--component-type={}", wit.display());
  let temp = tempfile::tempdir().expect("a folder can be made");
  let arguments = ["--crate-type", "cdylib", "-C", &describes];
  let Some(plugin) = build("plugin.rs", temp.path(), &arguments) else { return };
  check_plugin(&plugin, temp.path());
}

#[test]
fn core_modules_that_say_their_world_are_given_an_adapter() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let arguments = ["--crate-type", "cdylib", "-C", "link-arg=--skip-wit-component"];
  let Some(plugin) = build("plugin.rs", temp.path(), &arguments) else { return };
  let world = wat::parse_file(root().join("tests/fixtures/wasi_component/plugin_type.wat")).expect("it is a component");
  let mut module = std::fs::read(&plugin).expect("rustc has written it");
  let section = [length_and("component-type:plugin".as_bytes()), world].concat();
  module.push(0);
  module.extend(length_and(&section));
  std::fs::write(&plugin, module).expect("the folder can be written");
  check_plugin(&plugin, temp.path());
}

/// Bytes behind their length, as modules have them.
fn length_and(bytes: &[u8]) -> Vec<u8> {
  let mut written = Vec::new();
  let mut rest = bytes.len();
  while rest > 0x7F {
    written.push(rest as u8 | 0x80);
    rest >>= 7;
  }
  written.push(rest as u8);
  written.extend_from_slice(bytes);
  written
}

fn check_plugin(plugin: &Path, temp: &Path) {
  let folder = temp.join("granted");
  std::fs::create_dir(&folder).expect("the folder can be written");
  std::fs::write(folder.join("note.txt"), "note").expect("the folder can be written");
  for is_poisoned in [false, true] {
    let printed = check("check_plugin.js", is_poisoned, plugin, &folder);
    assert!(printed.starts_with("green: note\n: note\nentity not found\n"), "{printed}");
    assert!(printed.ends_with("ok\n"), "{printed}");
  }
}
