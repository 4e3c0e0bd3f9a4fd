//! The files that a component sees. Whatever is shown must lie in the app's directory.

use std::path::Component as Part;
use std::path::Path;
use std::path::PathBuf;

use crate::FaultCode;
use crate::Mount;
use crate::node::Node;
use crate::node::Value;
use crate::read::context::Context;
use crate::table::Table;
use crate::table::as_text;

/// `files` of a component.
pub(crate) fn files(owner: &mut Table<'_>, check: bool, context: &Context<'_>) -> Vec<Mount> {
  let Some(entry) = owner.any("files") else { return Vec::new() };
  let Value::List(list) = &entry.node.value else {
    owner.wrong("files", "a list of patterns and of tables of `source` and `destination`", &entry.node);
    return Vec::new();
  };
  list.iter().filter_map(|node| one(node, owner, check, context)).collect()
}

fn one(node: &Node, owner: &Table<'_>, check: bool, context: &Context<'_>) -> Option<Mount> {
  if let Some(pattern) = as_text(node) {
    return self::pattern(pattern.text, node.at, owner, check, context);
  }
  if !matches!(node.value, Value::Table(_)) {
    owner.wrong("files", "a list of patterns and of tables of `source` and `destination`", node);
    return None;
  }
  let mut table = Table::of(context.report, node, format!("an entry of `files` of {}", owner.what))?;
  let source = table.needed("source", "add `source = \"…\"`, the path of a file or folder");
  let destination = table.needed("destination", "add `destination = \"/…\"`, where the component sees it");
  let destination = destination.and_then(|destination| match absolute(&destination.text) {
    Some(path) => Some(path),
    None => {
      outside(&destination.text, destination.at, context, "the component's root");
      None
    }
  });
  let path = source.and_then(|source| {
    let path = within(&source.text, source.at, context)?;
    if check {
      must_exist(&path, &source.text, source.at, owner, context);
    }
    Some(path)
  });
  table.finish();
  Some(Mount::Placement { source: path?, destination: destination? })
}

fn pattern(pattern: String, at: usize, owner: &Table<'_>, check: bool, context: &Context<'_>) -> Option<Mount> {
  let last = pattern.rsplit('/').next();
  if matches!(last, Some("." | ".." | "")) {
    let why = format!("has the folder `{pattern}`, which needs a place");
    let help =
      format!("write `{{ source = \"{pattern}\", destination = \"/\" }}`, or a pattern that ends with `/**/*`");
    owner.refuse(at, "files", &why, Some(help));
    return None;
  }
  let path = within(&pattern, at, context)?;
  if matches!(pattern.as_str(), "*" | "**/*") {
    let message = format!("`files` of {} has everything in the app's directory", owner.what);
    let help = format!("write `./{pattern}` if that is meant");
    context.report.warn(at, FaultCode::Value, message, Some(help));
  }
  if check && !pattern.contains(['*', '?', '[']) {
    must_exist(&path, &pattern, at, owner, context);
  }
  Some(Mount::Pattern(pattern))
}

/// The absolute path in a component, or None if it leaves the root.
pub(crate) fn absolute(destination: &str) -> Option<String> {
  let mut parts: Vec<&str> = Vec::new();
  for part in destination.split('/') {
    match part {
      "" | "." => {}
      ".." => drop(parts.pop()?),
      part => parts.push(part),
    }
  }
  Some(format!("/{}", parts.join("/")))
}

/// The absolute path of one that does not leave the app's directory by what it says.
fn within(written: &str, at: usize, context: &Context<'_>) -> Option<PathBuf> {
  let mut path = PathBuf::new();
  for part in context.directory.join(written).components() {
    match part {
      Part::ParentDir => drop(path.pop()),
      Part::CurDir => {}
      part => path.push(part),
    }
  }
  if path.starts_with(context.directory) {
    return Some(path);
  }
  outside(written, at, context, "the app's directory");
  None
}

fn must_exist(path: &Path, written: &str, at: usize, owner: &Table<'_>, context: &Context<'_>) {
  match (path.canonicalize(), context.directory.canonicalize()) {
    (Ok(real), Ok(directory)) if !real.starts_with(&directory) => {
      outside(written, at, context, "the app's directory");
    }
    (Err(error), _) if error.kind() == std::io::ErrorKind::NotFound => {
      let message = format!("`{written}`, which {} sees, is not there", owner.what);
      let help = "mend the path, or leave the entry out".to_owned();
      context.report.fault(at, FaultCode::Source, message, Some(help));
    }
    _ => {}
  }
}

fn outside(written: &str, at: usize, context: &Context<'_>, of_what: &str) {
  let message = format!("`{written}` lies outside of {of_what}");
  context.report.fault(at, FaultCode::Outside, message, Some("move it there".to_owned()));
}
