//! `cargo xtask header`: plugin_api/include/plugbay.h, made from the Rust types of plugin_api/abi by cbindgen.
//!
//! The files: `names` is what things are called in C, `source` is what cbindgen reads, `layout` has the C compiler
//! check the structs, `prologue.h` and `plugin.h` are the parts of the header that have no Rust type.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use cbindgen::Builder;
use cbindgen::Config;
use cbindgen::DocumentationStyle;
use cbindgen::Language;
use cbindgen::Style;

use crate::workspace;

mod layout;
mod names;
mod source;

/// Makes the header, or with `check` compares it with the one there is.
pub(crate) fn run(check: bool) -> Result<()> {
  let path = header_path();
  let header = generate()?;
  let is_same = fs::read_to_string(&path).is_ok_and(|there| there == header);
  if is_same {
    println!("{} is up to date", path.display());
    return Ok(());
  }
  if check {
    return compare(&path, &header);
  }
  fs::create_dir_all(path.parent().expect("it is in a directory"))?;
  fs::write(&path, header).with_context(|| format!("cannot write {}", path.display()))?;
  println!("wrote {}", path.display());
  Ok(())
}

fn header_path() -> PathBuf {
  workspace::root().join("plugin_api/include/plugbay.h")
}

fn compare(path: &Path, header: &str) -> Result<()> {
  let there = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
  if there == header {
    return Ok(());
  }
  let same = there.lines().zip(header.lines()).take_while(|(there, made)| there == made).count();
  bail!(
    "{} is not what plugin_api/abi says, from line {}:\n  there:  {}\n  wanted: {}\nrun: cargo xtask header",
    path.display(),
    same + 1,
    there.lines().nth(same).unwrap_or("(end)"),
    header.lines().nth(same).unwrap_or("(end)"),
  )
}

/// The text of the header.
///
/// # Errors
///
/// When plugin_api/abi cannot be read, or has something that has no name in C.
fn generate() -> Result<String> {
  let sources = source::renamed()?;
  let bindings = Builder::new()
    .with_config(config())
    .with_src(sources.path().join("lib.rs"))
    .generate()
    .context("cbindgen cannot read plugin_api/abi")?;
  let mut made = Vec::new();
  bindings.write(&mut made);
  let made = String::from_utf8(made).context("cbindgen wrote something else than UTF-8")?;

  let mut header = String::from(include_str!("prologue.h"));
  header.push_str("\n#ifndef PLUGBAY_H\n#define PLUGBAY_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n");
  for (_, c) in names::TYPES {
    let keyword = if names::UNIONS.contains(c) { "union" } else { "struct" };
    header.push_str(&format!("typedef {keyword} {c} {c};\n"));
  }
  header.push('\n');
  for line in made.trim().lines() {
    check_name(line)?;
    header.push_str(&translate_line(line));
    header.push('\n');
  }
  header.push_str(include_str!("plugin.h"));
  header.push_str(&layout::assertions());
  header.push_str("\n#endif\n");
  Ok(header)
}

fn config() -> Config {
  let mut config = Config {
    language: Language::C,
    style: Style::Tag,
    no_includes: true,
    // Fields that are words of C++ get another name.
    cpp_compat: true,
    usize_is_size_t: true,
    documentation_style: DocumentationStyle::C99,
    line_length: 120,
    tab_width: 2,
    ..Config::default()
  };
  // No function of the crate uses them, so cbindgen would leave them out.
  let types = names::TYPES.iter().chain(names::FUNCTION_TYPES);
  config.export.include = types.clone().map(|(rust, _)| rust.to_string()).collect();
  config.export.exclude = vec!["OwnedBuffer".to_string()];
  config.export.rename = types.map(|(rust, c)| (rust.to_string(), c.to_string())).collect();
  config
}

/// # Errors
///
/// When the line defines something that is not named as plugbay's.
fn check_name(line: &str) -> Result<()> {
  let mut words = line.split([' ', '(', '*']).filter(|word| !word.is_empty());
  let name = match words.next() {
    Some("#define" | "struct" | "union") => words.next().unwrap_or_default(),
    Some("typedef") => line.split_once("(*").map_or(line, |(_, name)| name),
    _ => return Ok(()),
  };
  if !name.to_ascii_lowercase().starts_with("plugbay_") {
    bail!("`{line}` has no name in C: add it to xtask/src/header/names.rs");
  }
  Ok(())
}

/// Comments become those that documentation tools read, with the names of C.
fn translate_line(line: &str) -> String {
  match line.split_once("//") {
    Some((indent, comment)) if indent.trim().is_empty() => format!("{indent}///{}", names::translate_comment(comment)),
    _ => line.to_string(),
  }
}

#[cfg(test)]
mod tests;
