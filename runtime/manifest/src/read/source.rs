//! Where a component comes from.

use std::path::Path;

use crate::Source;
use crate::node::Entry;
use crate::node::Value;
use crate::read::context::Context;
use crate::read::context::Dialect;
use crate::table::Table;
use crate::table::Text;
use crate::table::as_text;

/// A source and where the manifest has it.
pub(crate) struct ReadSource {
  pub(crate) source: Source,
  pub(crate) at: usize,
  /// The path as it is written, of a file.
  pub(crate) written: Option<String>,
}

/// `source` of `owner`: a path, or a table.
pub(crate) fn source(entry: &Entry, owner: &Table<'_>, context: &Context<'_>) -> Option<ReadSource> {
  let at = entry.node.at;
  if let Some(Text { text, .. }) = as_text(&entry.node) {
    return of_path(text, None, at, owner, context);
  }
  if !matches!(entry.node.value, Value::Table(_)) {
    owner.wrong("source", "a path, or a table of `url` and `digest` or of `package` and `version`", &entry.node);
    return None;
  }
  let mut table = Table::of(context.report, &entry.node, format!("the source of {}", owner.what))?;
  if table.has("reference") || table.has("parcel") {
    let help = "build the component and write its path, or give `url` and `digest`";
    table.unsupported(at, "Bindle is no more, its server is gone", help);
    return None;
  }
  let source = if table.has("url") {
    let url = table.needed("url", "");
    let digest = table.needed("digest", "add `digest = \"sha256:…\"`, the hash that the file must have");
    let digest = digest.and_then(|digest| digest_of(digest, &table));
    if let Some(url) = url.as_ref().filter(|url| !url.text.starts_with("https://") && !url.text.starts_with("http://"))
    {
      table.refuse(url.at, "url", "must begin with `https://`", None);
    }
    url.zip(digest).map(|(url, digest)| Source::Url { url: url.text, digest })
  } else if table.has("package") || table.has("registry") || table.has("version") {
    let registry = table.string("registry");
    let package = table.needed("package", "add `package = \"namespace:name\"`");
    if let Some(package) = package.as_ref().filter(|package| !package.text.contains(':')) {
      table.refuse(package.at, "package", "must be `namespace:name`", None);
    }
    let version = table.needed("version", "add `version = \"1.2.3\"`, the exact one");
    package.zip(version).map(|(package, version)| Source::Registry {
      registry,
      package: package.text,
      version: version.text,
    })
  } else if table.has("path") && context.dialect == Dialect::Plugbay {
    let path = table.needed("path", "");
    let digest = table.text("digest").and_then(|digest| digest_of(digest, &table));
    table.finish();
    return of_path(path?.text, digest, at, owner, context);
  } else {
    for key in ["url", "digest", "registry", "package", "version"] {
      table.ignore(key);
    }
    if context.dialect == Dialect::Plugbay {
      table.ignore("path");
    }
    let help = "write a path, `{ url = \"…\", digest = \"sha256:…\" }` or \
      `{ package = \"…\", version = \"…\" }`";
    table.missing("url", help);
    None
  };
  table.finish();
  source.map(|source| ReadSource { source, at, written: None })
}

fn of_path(
  written: String,
  digest: Option<String>,
  at: usize,
  owner: &Table<'_>,
  context: &Context<'_>,
) -> Option<ReadSource> {
  if written.is_empty() {
    owner.refuse(at, "source", "is empty", Some("write the path of the file".to_owned()));
    return None;
  }
  let path = context.directory.join(&written);
  Some(ReadSource { source: Source::Path { path, digest }, at, written: Some(written) })
}

/// `sha256:` and 64 digits.
pub(crate) fn digest_of(digest: Text, table: &Table<'_>) -> Option<String> {
  let hash = digest.text.strip_prefix("sha256:");
  if hash.is_some_and(|hash| hash.len() == 64 && hash.chars().all(|digit| digit.is_ascii_hexdigit())) {
    return Some(digest.text);
  }
  table.refuse(digest.at, "digest", "must be `sha256:` and 64 hexadecimal digits", None);
  None
}

/// What is wrong with the file of a source, if something is.
pub(crate) fn refused_file(path: &Path) -> Option<&'static str> {
  match std::fs::metadata(path) {
    Ok(file) if file.is_file() => None,
    Ok(_) => Some("is no file"),
    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("is not there"),
    Err(_) => Some("cannot be read"),
  }
}
