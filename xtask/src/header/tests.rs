//! The header is up to date, and compilers take it.

use super::*;

#[test]
fn the_checked_in_header_is_what_would_be_made() {
  compare(&header_path(), &generate().unwrap()).unwrap();
}

#[test]
fn a_difference_is_shown_with_its_line() {
  let dir = tempfile::tempdir().unwrap();
  let path = dir.path().join("plugbay.h");
  assert!(compare(&path, "one\n").is_err());
  fs::write(&path, "one\ntwo\n").unwrap();
  compare(&path, "one\ntwo\n").unwrap();
  let error = compare(&path, "one\n2\n").unwrap_err().to_string();
  assert!(error.contains("line 2") && error.contains("there:  two") && error.contains("wanted: 2"), "{error}");
  assert!(compare(&path, "one\n").unwrap_err().to_string().contains("wanted: (end)"));
}

#[test]
fn what_has_no_name_in_c_is_refused() {
  for line in ["#define JSON 1", "struct Option_OpFn;", "typedef uint32_t (*EntryFn)(const struct plugbay_call*);"] {
    assert!(check_name(line).unwrap_err().to_string().contains(line));
  }
  for line in ["#define PLUGBAY_ABI_VERSION 1", "typedef void (*plugbay_deinit_fn)(void);", "struct plugbay_call {"] {
    check_name(line).unwrap();
  }
}

#[cfg(unix)]
mod compiled {
  use super::*;
  use object::Object;
  use object::ObjectSection;
  use object::ObjectSymbol;
  use plugin_abi::PluginDescriptor;
  use std::mem::offset_of;
  use std::process::Command;

  /// A plugin that uses every part of the header, as C and as C++.
  const PLUGIN: &str = include_str!("test_plugin.c");

  const C: &str = "cc -std=c11 -x c";
  const CPP: &str = "c++ -std=c++17 -x c++";
  const FLAGS: &str = "-shared -fPIC -fvisibility=hidden -Wall -Wextra -Wpedantic -Werror";

  /// Compiles the source to a library and answers its bytes, or what the compiler says; `None`: there is no such
  /// compiler. The first word of `command` is its name.
  fn compile(command: &str, more_flags: &str, source: &str) -> Option<Result<Vec<u8>, String>> {
    let dir = tempfile::tempdir().unwrap();
    let (file, library) = (dir.path().join("plugin.source"), dir.path().join("plugin.library"));
    fs::write(&file, source).unwrap();
    let (compiler, flags) = command.split_once(' ').unwrap();
    let flags = [flags, FLAGS, more_flags].map(str::split_whitespace).into_iter().flatten();
    let include = header_path();
    let output = Command::new(compiler)
      .args(flags)
      .arg("-I")
      .arg(include.parent().unwrap())
      .arg(&file)
      .arg("-o")
      .arg(&library)
      .output()
      .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { Ok(fs::read(library).unwrap()) } else { Err(text) })
  }

  /// Reads the descriptor as the host does: from the bytes of the file.
  fn check_descriptor(library: &[u8]) {
    let object = object::File::parse(library).unwrap();
    let named = |name: &str| {
      object.dynamic_symbols().find(|symbol| symbol.name().is_ok_and(|found| found.trim_start_matches('_') == name))
    };
    assert!(named("deno_plugin_init").is_some() && named("deno_plugin_deinit").is_some());
    let symbol = named("PLUGBAY_PLUGIN_ABI").expect("the descriptor is exported");
    let section = object.section_by_index(symbol.section_index().unwrap()).unwrap();
    let size = size_of::<PluginDescriptor>();
    let bytes = section.data_range(symbol.address(), size as u64).unwrap().unwrap();
    let number = |offset: usize| u32::from_ne_bytes(bytes[offset..offset + 4].try_into().unwrap());
    let text = |offset: usize| {
      let end = bytes[offset..].iter().position(|byte| *byte == 0).unwrap();
      str::from_utf8(&bytes[offset..offset + end]).unwrap()
    };
    assert_eq!(bytes[..8], plugin_abi::MAGIC);
    assert_eq!(number(offset_of!(PluginDescriptor, size)), size as u32);
    assert_eq!(number(offset_of!(PluginDescriptor, abi_version)), plugin_abi::ABI_VERSION);
    assert_eq!(number(offset_of!(PluginDescriptor, host_table_size)), plugin_abi::HostTable::FIRST_SIZE as u32);
    assert_eq!(number(offset_of!(PluginDescriptor, entry_kind)), plugin_abi::entry_kind::C);
    assert_eq!(text(offset_of!(PluginDescriptor, info.name)), "test plugin é");
    assert_eq!(text(offset_of!(PluginDescriptor, info.version)), "1.2.3-beta.4");
    let target = text(offset_of!(PluginDescriptor, target));
    assert!(target.starts_with(std::env::consts::ARCH), "{target}");
    let compiler = text(offset_of!(PluginDescriptor, compiler));
    assert!(compiler.starts_with("gcc ") || compiler.starts_with("clang "), "{compiler}");
  }

  #[test]
  fn a_plugin_in_c_compiles_and_describes_itself() {
    let library = compile(C, "", PLUGIN).expect("there is a C compiler");
    check_descriptor(&library.unwrap());
  }

  #[test]
  fn a_plugin_in_cpp_compiles_and_describes_itself() {
    match compile(CPP, "", PLUGIN) {
      Some(library) => check_descriptor(&library.unwrap()),
      None => println!("skipped: there is no C++ compiler"),
    }
  }

  #[test]
  fn a_name_that_does_not_fit_is_refused_by_the_compiler() {
    let name = "n".repeat(64);
    let source = format!("#include \"plugbay.h\"\nPLUGBAY_PLUGIN(\"{name}\", \"1.0.0\");\n");
    let error = compile(C, "", &source).expect("there is a C compiler").unwrap_err();
    assert!(error.contains("the name of a plugin has at most 63 bytes"), "{error}");
  }

  #[test]
  fn the_example_in_the_header_compiles() {
    let example = include_str!("prologue.h").lines().filter_map(|line| line.strip_prefix("//   "));
    let source: String = example.flat_map(|line| [line, "\n"]).collect();
    assert!(source.contains("PLUGBAY_PLUGIN("));
    // It leaves arguments unused and fields zero, as examples do.
    let result = compile(C, "-Wno-unused-parameter -Wno-missing-field-initializers", &source);
    result.expect("there is a C compiler").unwrap();
  }
}
