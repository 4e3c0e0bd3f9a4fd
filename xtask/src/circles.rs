//! Files of a crate that import one another in a circle.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::workspace;

/// A module by its path in the crate; that of `lib.rs` is empty.
type Module = Vec<String>;

/// The modules in a crate's `src` folder, by their paths, whose files lead back to themselves by what they import.
/// Tests do not count.
///
/// # Errors
///
/// When a file cannot be read.
pub(crate) fn find(src: &Path) -> Result<Vec<String>> {
  let mut files = BTreeMap::new();
  for path in workspace::files(src, &["rs"], &[])? {
    let relative = path.strip_prefix(src).unwrap_or(&path).with_extension("");
    let mut module = relative.iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>();
    if module.last().is_some_and(|last| last == "mod")
      || matches!(&module[..], [root] if root == "lib" || root == "main")
    {
      module.pop();
    }
    files.insert(module, workspace::read(&path)?);
  }
  Ok(in_circles(&files).into_iter().map(|module| [&["crate".to_string()], &module[..]].concat().join("::")).collect())
}

fn in_circles(files: &BTreeMap<Module, String>) -> BTreeSet<Module> {
  let shown = files.iter().map(|(module, text)| (module.clone(), shown(module, text))).collect::<BTreeMap<_, _>>();
  let imports = files.iter().map(|(module, text)| {
    let paths = code(text).flat_map(|line| paths(module, line, files));
    let found = paths.map(|path| resolve(&path, files, &shown)).filter(|found| found != module);
    (module.clone(), found.collect::<BTreeSet<_>>())
  });
  let imports = imports.collect::<BTreeMap<_, _>>();
  let leads_back = |module: &&Module| {
    let mut seen = BTreeSet::new();
    let mut left = imports[*module].iter().collect::<Vec<_>>();
    while let Some(next) = left.pop() {
      if next == *module {
        return true;
      }
      if seen.insert(next) {
        left.extend(&imports[next]);
      }
    }
    false
  };
  imports.keys().filter(leads_back).cloned().collect()
}

/// The lines that are neither comments nor in tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
  let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
  product.lines().map(str::trim_start).filter(|line| !line.starts_with("//"))
}

/// What a module shows of other modules under names of its own, and where that is.
fn shown(module: &Module, text: &str) -> BTreeMap<String, Module> {
  let uses = code(text).filter_map(|line| line.strip_suffix(';')?.split_once("use ")).filter(|(by, _)| !by.is_empty());
  let found = uses.filter_map(|(_, path)| {
    let (place, name) = path.rsplit_once("::")?;
    let place = from_root(module, place).unwrap_or_else(|| [&module[..], &segments(place)].concat());
    (place != *module).then(|| (name.to_string(), place))
  });
  found.collect()
}

fn segments(path: &str) -> Module {
  path.split("::").map(str::to_string).collect()
}

/// A path in a module, from the root of the crate on, if it begins with what says where it begins.
fn from_root(module: &Module, path: &str) -> Option<Module> {
  let mut segments = segments(path).into_iter().peekable();
  let mut base = match &*segments.next()? {
    "crate" => Vec::new(),
    "self" => module.clone(),
    "super" => module[..module.len().saturating_sub(1)].to_vec(),
    _ => return None,
  };
  while segments.next_if(|segment| segment == "super").is_some() {
    base.pop();
  }
  base.extend(segments);
  Some(base)
}

/// The paths on a line that lead to modules of the crate, from its root on. What a module only shows it does not
/// import.
fn paths(module: &Module, line: &str, files: &BTreeMap<Module, String>) -> Vec<Module> {
  if line.starts_with("pub") && line.contains(" use ") {
    return Vec::new();
  }
  let is_of_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
  let found = line.split(|letter: char| !is_of_path(letter)).filter(|path| path.contains("::")).filter_map(|path| {
    from_root(module, path).or_else(|| {
      let within = [&module[..], &segments(path)].concat();
      files.contains_key(&within[..=module.len()]).then_some(within)
    })
  });
  found.collect()
}

/// The module in which the item of a path is.
fn resolve(
  path: &[String],
  files: &BTreeMap<Module, String>,
  shown: &BTreeMap<Module, BTreeMap<String, Module>>,
) -> Module {
  let mut at = Module::new();
  for segment in path {
    let inner = [&at[..], std::slice::from_ref(segment)].concat();
    match shown.get(&at).and_then(|names| names.get(segment)) {
      _ if files.contains_key(&inner) => at = inner,
      Some(place) if files.contains_key(place) => at = place.clone(),
      _ => break,
    }
  }
  at
}

#[cfg(test)]
mod tests {
  use super::*;

  fn circles(files: &[(&str, &str)]) -> Vec<String> {
    let module = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect::<Vec<_>>();
    let files = files.iter().map(|(path, text)| (module(path), (*text).to_string())).collect();
    in_circles(&files).into_iter().map(|module| module.join("/")).collect()
  }

  #[test]
  fn files_that_lead_back_to_themselves_are_found() {
    let (a, b) = (("a", "use super::b::B;\n"), ("b", "fn f() -> crate::c::C {}\n"));
    assert_eq!(circles(&[("", "mod a;\n"), a, b, ("c", "")]), [""; 0]);
    assert_eq!(circles(&[("", "mod a;\n"), a, b, ("c", "use crate::a;\n")]), ["a", "b", "c"]);
    let in_test = "// crate::a\n#[cfg(test)]\nmod tests {\n  use crate::a;\n}\n";
    assert_eq!(circles(&[("", ""), a, b, ("c", in_test)]), [""; 0]);
  }

  #[test]
  fn what_a_module_shows_is_found_where_it_is() {
    let root = ("", "mod a;\nmod b;\npub use a::A;\n");
    assert_eq!(circles(&[root, ("a", "use crate::b::B;\n"), ("b", "use crate::A;\n")]), ["a", "b"]);
    assert_eq!(circles(&[root, ("a", ""), ("b", "use crate::A;\n")]), [""; 0]);
    let whole = ("", "mod a;\nmod b;\npub use crate::a::A;\npub mod old {\n  pub use crate::A;\n}\n");
    assert_eq!(circles(&[whole, ("a", "use crate::b::B;\n"), ("b", "use crate::A;\n")]), ["a", "b"]);
    assert_eq!(circles(&[("", "fn f() {\n  a::f();\n}\n"), ("a", "use crate::f;\n")]), ["", "a"]);
  }
}
