//! The folder of compiled modules: each process is a real one.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::harness::describe;
use crate::harness::plugbay;

const MODULE: &str = r#"(module
  (func $fibonacci (export "fibonacci") (param $n i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $n) (i32.const 2))
      (then (local.get $n))
      (else (i32.add
        (call $fibonacci (i32.sub (local.get $n) (i32.const 1)))
        (call $fibonacci (i32.sub (local.get $n) (i32.const 2)))))))
  (func $trap (export "trap") unreachable))"#;

/// Calls until V8 has optimised the function, then prints what it gives.
const SCRIPT: &str = r#"
  const [path, calls] = Deno.args;
  const { ops } = Deno.openPlugin(path);
  for (let i = 0; i < calls; i++) ops.fibonacci(15);
  console.log(ops.fibonacci(20));
  try {
    ops.trap();
  } catch (error) {
    console.log(error.message);
  }
  if (calls === "0") Deno.exit(0);
"#;

struct Machine {
  folder: tempfile::TempDir,
}

impl Machine {
  fn new() -> Self {
    let machine = Self { folder: tempfile::tempdir().expect("a folder can be made") };
    fs::write(machine.path("module.wasm"), wat::parse_str(MODULE).expect("it is a module")).expect("it can be written");
    fs::write(machine.path("main.js"), SCRIPT).expect("it can be written");
    machine
  }

  fn path(&self, name: &str) -> PathBuf {
    self.folder.path().join(name)
  }

  /// Runs the script with so many calls; gives what plugbay says of the cache.
  fn run(&self, calls: &str, flags: &[&str]) -> String {
    self.run_with(&self.path("cache"), calls, flags)
  }

  /// The same with another folder; the script begins in its own.
  fn run_with(&self, cache: &Path, calls: &str, flags: &[&str]) -> String {
    let mut command = plugbay();
    command.env("PLUGBAY_CACHE", cache).env("PLUGBAY_LOG", "plugbay=debug").args(["run", "--allow-read"]);
    command.args(flags).arg(self.path("main.js")).arg(self.path("module.wasm")).arg(calls);
    command.current_dir(&self.folder);
    let output = command.output().expect("plugbay runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(printed.starts_with("6765\n") && printed.contains("in guest function trap"), "{}", describe(&output));
    String::from_utf8_lossy(&output.stderr).into_owned()
  }

  /// The files in the cache.
  fn files(&self) -> Vec<PathBuf> {
    let entries = fs::read_dir(self.path(MODULES)).expect("the folder can be read");
    let mut files = entries.map(|entry| entry.expect("it can be read").path()).collect::<Vec<_>>();
    files.sort();
    files
  }

  /// The only file in the cache, which holds the code that V8 has made.
  fn file(&self) -> (PathBuf, Vec<u8>) {
    let files = self.files();
    assert_eq!(files.len(), 1, "{files:?}");
    let contents = fs::read(&files[0]).expect("it can be read");
    (files[0].clone(), contents)
  }
}

/// The folder in the one that is given.
const MODULES: &str = "cache/plugbay-modules";
const FOUND: &str = "a compiled module is in";
const DAMAGED: &str = "is damaged and will be written anew";

/// What stands before the contents: the magic number and the hash.
const HEAD: usize = 40;

/// A file whose hash fits.
fn sealed(path: &Path, contents: &[u8]) -> Vec<u8> {
  let key = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
  let hash = blake3::hash(&[key.as_bytes(), contents].concat());
  [b"plugbay3", &hash.as_bytes()[..], contents].concat()
}

/// Where V8's code begins in the contents of a file.
fn start_of_code(contents: &[u8]) -> usize {
  let length = |at: usize| u64::from_le_bytes(contents[at..at + 8].try_into().expect("it is there")) as usize;
  16 + length(0) + length(8)
}

#[test]
fn a_module_is_compiled_once_for_all_processes() {
  let machine = Machine::new();
  // Nothing is optimised yet, and the process ends by Deno.exit.
  assert!(!machine.run("0", &[]).contains(FOUND));
  let (path, file) = machine.file();
  assert_eq!(start_of_code(&file[HEAD..]), file.len() - HEAD, "there is no code yet");

  // What another process optimises is added to it.
  assert!(machine.run("20000", &[]).contains(FOUND));
  let (_, with_code) = machine.file();
  assert!(with_code.len() > file.len() + 100, "{} bytes, then {}", file.len(), with_code.len());
  assert!(machine.run("20000", &[]).contains(FOUND));
  let (_, same) = machine.file();
  assert!(same == with_code, "a file that has the code is not written again");

  #[cfg(unix)]
  {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(["cache", MODULES].map(|name| mode(&machine.path(name))), [0o700, 0o700]);
    assert_eq!(mode(&path), 0o600);
  }

  // Other flags, other code; another module, another file.
  assert!(!machine.run("1", &["--v8-flags=--no-wasm-inlining"]).contains(FOUND));
  assert_eq!(machine.files().len(), 2);
}

#[test]
fn files_that_are_damaged_or_foreign_are_written_anew() {
  let machine = Machine::new();
  machine.run("20000", &[]);
  let (path, whole) = machine.file();
  let code = HEAD + start_of_code(&whole[HEAD..]);
  assert!(code < whole.len(), "there is code");

  let mut damaged =
    vec![Vec::new(), whole[..HEAD / 2].to_vec(), whole[..code].to_vec(), whole[..whole.len() - 1].to_vec()];
  for at in [0, HEAD - 1, HEAD, HEAD + 9, HEAD + 20, code - 1, code, whole.len() / 2, whole.len() - 1] {
    let mut flipped = whole.clone();
    flipped[at] ^= 0x10;
    damaged.push(flipped);
  }
  // Whole, but of another module.
  damaged.push(sealed(Path::new("another"), &whole[HEAD..]));
  // Lengths beyond the end, in a file whose hash fits.
  for at in [HEAD + 7, HEAD + 15] {
    let mut long = whole.clone();
    long[at] = 0xFF;
    damaged.push(sealed(&path, &long[HEAD..]));
  }
  for (index, contents) in damaged.iter().enumerate() {
    fs::write(&path, contents).expect("it can be written");
    let said = machine.run("20000", &[]);
    assert!(said.contains(DAMAGED) && !said.contains(FOUND), "{index}: {said}");
    let (again, file) = machine.file();
    assert!(again == path && file.len() > code, "{index}: it is whole again");
    assert!(machine.run("1", &[]).contains(FOUND), "{index}");
  }

  // A whole file with code that V8 does not take: of another version, as its head says.
  let mut old = whole.clone();
  old[code + 4..code + 8].copy_from_slice(&[1, 2, 3, 4]);
  fs::write(&path, sealed(&path, &old[HEAD..])).expect("it can be written");
  assert!(machine.run("20000", &[]).contains(FOUND));
  let (_, file) = machine.file();
  assert!(file[code + 4..code + 8] == whole[code + 4..code + 8], "V8's code is that of this version again");
}

#[test]
#[cfg(unix)]
fn a_folder_that_cannot_be_trusted_is_not_used() {
  use std::os::unix::fs::PermissionsExt;
  let machine = Machine::new();
  machine.run("1", &[]);
  let (_, before) = machine.file();
  fs::set_permissions(machine.path("cache"), fs::Permissions::from_mode(0o777)).expect("its mode can be set");
  let said = machine.run("20000", &[]);
  assert!(
    said.contains("are not kept in") && said.contains("nobody else may write") && !said.contains(FOUND),
    "{said}"
  );
  assert_eq!(machine.file().1, before);
  fs::set_permissions(machine.path("cache"), fs::Permissions::from_mode(0o700)).expect("its mode can be set");

  // A file where the folder should be.
  fs::remove_dir_all(machine.path("cache")).expect("it can be removed");
  fs::write(machine.path("cache"), "").expect("it can be written");
  assert!(machine.run("1", &[]).contains("are not kept in"));
}

#[test]
fn what_the_folder_held_before_stays() {
  let machine = Machine::new();
  fs::create_dir(machine.path("cache")).expect("a folder can be made");
  // Old, and larger than all that is kept: it takes no room.
  let image = machine.path("cache/disk.img");
  let file = fs::File::create(&image).expect("a file can be made");
  file.set_len(300 << 20).expect("its length can be set");
  file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("its time can be set");
  #[cfg(unix)]
  fs::set_permissions(machine.path("cache"), std::os::unix::fs::PermissionsExt::from_mode(0o700))
    .expect("its mode can be set");
  machine.run("0", &[]);
  assert!(image.is_file());
  machine.file();
}

#[test]
fn a_relative_folder_is_that_of_the_start() {
  let machine = Machine::new();
  fs::create_dir(machine.path("elsewhere")).expect("a folder can be made");
  fs::write(machine.path("main.js"), format!("Deno.chdir('elsewhere');{SCRIPT}")).expect("it can be written");
  machine.run_with(Path::new("cache"), "0", &[]);
  assert!(machine.run_with(Path::new("cache"), "0", &[]).contains(FOUND));
  machine.file();
  assert_eq!(fs::read_dir(machine.path("elsewhere")).expect("it can be read").count(), 0);
}

#[test]
fn code_that_a_script_may_write_is_not_run() {
  let machine = Machine::new();
  machine.run("0", &[]);
  assert!(machine.run("0", &[]).contains(FOUND));
  let flag = |path: PathBuf| format!("--allow-write={}", path.display());
  let (file, _) = machine.file();
  for flag in [
    flag(machine.path("cache")),
    flag(machine.path(MODULES)),
    flag(file),
    flag(machine.path("")),
    "--allow-write".into(),
  ] {
    let said = machine.run("0", &[&flag]);
    assert!(said.contains("the script may write there") && !said.contains(FOUND), "{flag}: {said}");
  }
  assert!(machine.run("0", &[&flag(machine.path("elsewhere"))]).contains(FOUND));
}

#[test]
#[cfg(unix)]
fn what_is_no_file_neither_hangs_nor_stops_the_cache() {
  let machine = Machine::new();
  machine.run("20000", &[]);
  let (path, whole) = machine.file();
  let elsewhere = machine.path("elsewhere");
  fs::write(&elsewhere, &whole).expect("it can be written");

  for make in
    [&|| assert!(std::process::Command::new("mkfifo").arg(&path).status().expect("it runs").success()), &|| {
      std::os::unix::fs::symlink(&elsewhere, &path).expect("a link can be made")
    }] as [&dyn Fn(); 2]
  {
    fs::remove_file(&path).expect("it can be removed");
    make();
    let said = machine.run("20000", &[]);
    assert!(said.contains(DAMAGED) && !said.contains(FOUND), "{said}");
    assert!(machine.file().1.len() > HEAD && machine.run("1", &[]).contains(FOUND), "it is a file again");
  }
  assert!(fs::read(&elsewhere).expect("it can be read") == whole, "what a link led to is as it was");

  // A folder is left alone; the others are kept.
  fs::remove_file(&path).expect("it can be removed");
  fs::create_dir(&path).expect("a folder can be made");
  let said = machine.run("1", &[]);
  assert!(said.contains(DAMAGED) && said.contains("cannot be kept"), "{said}");
  machine.run("1", &["--v8-flags=--no-wasm-inlining"]);
  assert!(machine.run("1", &["--v8-flags=--no-wasm-inlining"]).contains(FOUND));
}

#[test]
fn a_component_is_decoded_once_for_all_processes() {
  let machine = Machine::new();
  let component = format!(
    r#"(component (core {}
      (core instance $i (instantiate $m))
      (func (export "fibonacci") (param "n" u32) (result u32) (canon lift (core func $i "fibonacci")))
      (func (export "trap") (canon lift (core func $i "trap"))))"#,
    MODULE.replacen("(module", "module $m", 1)
  );
  let path = machine.path("module.wasm");
  fs::write(&path, wat::parse_str(component).expect("it is a component")).expect("it can be written");
  let found = "a component's plan is in ";
  assert!(!machine.run("100", &[]).contains(found));
  let files = machine.files();
  assert_eq!(files.len(), 2, "one for the plan, one for the module: {files:?}");
  let says = machine.run("100", &[]);
  assert!(says.contains(found) && says.contains("a compiled module is in "), "{says}");
  // A file that is not whole is no file.
  for file in files {
    let contents = fs::read(&file).expect("it can be read");
    fs::write(&file, &contents[..contents.len() - 1]).expect("it can be written");
  }
  assert!(!machine.run("100", &[]).contains(found));
  assert!(machine.run("100", &[]).contains(found));
}
