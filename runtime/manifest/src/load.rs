//! Finds the manifest and reads it.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use crate::App;
use crate::Fault;
use crate::FaultCode;
use crate::Faults;
use crate::Format;
use crate::LoadOptions;
use crate::guest;
use crate::node::Node;
use crate::read::Dialect;
use crate::read::locked;
use crate::read::plain;
use crate::read::version1;
use crate::report::Report;
use crate::version::ManifestVersion;
use crate::version::PLUGBAY;
use crate::version::SPIN;

/// Reads the app that `from` is: a manifest, a folder with one, or a guest. What kind of manifest it is, is told by
/// what it says, not by its name.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load(from: &Path, options: &LoadOptions) -> Result<App, Faults> {
  let (manifest, mut warnings) = find(from)?;
  let (head, mut file) = open(&manifest).map_err(|error| unreadable(&manifest, &error))?;
  let directory = directory_of(&manifest).map_err(|error| unreadable(&manifest, &error))?;
  let app = empty(&manifest, directory, options);
  if let Some(kind) = guest::kind_of(&manifest, &head) {
    return Ok(guest::app(app, kind));
  }
  let mut bytes = head;
  file.read_to_end(&mut bytes).map_err(|error| unreadable(&manifest, &error))?;
  let mut app = parse(app, bytes, options)?;
  app.warnings.append(&mut warnings);
  Ok(app)
}

fn unreadable(manifest: &Path, error: &std::io::Error) -> Faults {
  let (message, help) = match error.kind() {
    std::io::ErrorKind::NotFound => ("is not there", "name a spin.toml, a plugbay.toml, a folder with one, or a guest"),
    std::io::ErrorKind::IsADirectory => ("is no file", "name the manifest or the folder that holds it"),
    _ => ("cannot be read", "look at its permissions"),
  };
  Faults::one(manifest, FaultCode::Unreadable, format!("the manifest {message}: {error}"), help)
}

/// The manifest of the app that `from` is: itself, or that of a folder. Whether it is there is not looked at.
///
/// # Errors
///
/// When it is a folder that has none.
pub fn manifest_of(from: &Path) -> Result<PathBuf, Faults> {
  find(from).map(|(manifest, _)| manifest)
}

/// Reads the app that `manifest` would be if its text were this.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load_text(manifest: &Path, text: &str, options: &LoadOptions) -> Result<App, Faults> {
  let directory = directory_of(manifest).map_err(|error| unreadable(manifest, &error))?;
  parse(empty(manifest, directory, options), text.as_bytes().to_vec(), options)
}

/// Reads the text of a manifest into `app`, which knows its places.
fn parse(app: App, bytes: Vec<u8>, options: &LoadOptions) -> Result<App, Faults> {
  let text = String::from_utf8(bytes).map_err(|_| {
    let help = "an app is a manifest in TOML, a locked app in JSON or a WebAssembly file";
    Faults::one(&app.manifest, FaultCode::Syntax, "the file is no text".to_owned(), help)
  })?;
  let report = Report::new(&app.manifest, text);
  let read = if report.text().trim_start().starts_with('{') {
    Node::of_json(&report).and_then(|root| locked(&root, app, options, &report))
  } else {
    Node::of_toml(&report).and_then(|root| of_toml(&root, app, options, &report))
  };
  match (read, report.finish()) {
    (Some(mut app), Faults { warnings, .. }) => {
      app.warnings = warnings;
      Ok(app)
    }
    (None, faults) => Err(faults),
  }
}

fn of_toml(root: &Node, app: App, options: &LoadOptions, report: &Report) -> Option<App> {
  match ManifestVersion::of_root(&app.manifest, root) {
    (ManifestVersion::Plugbay, _) => plain(root, Dialect::Plugbay, app, options, report),
    (ManifestVersion::Spin2, _) => plain(root, Dialect::Spin, app, options, report),
    (ManifestVersion::Spin1, _) => version1(root, app, options, report),
    (ManifestVersion::Unknown, Some(said)) => {
      let message = format!("`{}` must be `2` or `\"1\"`, got {}", said.key, said.node.to_json());
      report.fault(said.node.at, FaultCode::Version, message, None);
      None
    }
    (ManifestVersion::Unknown | ManifestVersion::Unsaid, _) => {
      let help = "add `spin_manifest_version = 2`, or call the file plugbay.toml";
      report.fault(0, FaultCode::MissingKey, "the manifest has no `spin_manifest_version`", Some(help.to_owned()));
      None
    }
  }
}

/// The manifest itself; of a folder that has both kinds plugbay.toml, and a warning.
fn find(from: &Path) -> Result<(PathBuf, Vec<Fault>), Faults> {
  if !from.is_dir() {
    return Ok((from.to_owned(), Vec::new()));
  }
  let [plugbay, spin] = [PLUGBAY, SPIN].map(|name| from.join(name));
  match (plugbay.exists(), spin.exists()) {
    (true, false) => Ok((plugbay, Vec::new())),
    (false, true) => Ok((spin, Vec::new())),
    (true, true) => {
      let message = format!("{} is not read: {PLUGBAY} stands beside it", spin.display());
      let warning = Fault {
        path: plugbay.clone(),
        at: None,
        code: FaultCode::Duplicate,
        message,
        help: Some("name the one that is meant with `--from`".to_owned()),
      };
      Ok((plugbay, vec![warning]))
    }
    (false, false) => {
      let message = format!("the folder has neither {SPIN} nor {PLUGBAY}");
      Err(Faults::one(from, FaultCode::Unreadable, message, "name a manifest, a folder with one, or a guest"))
    }
  }
}

/// The first bytes of a file, and what follows them.
fn open(path: &Path) -> std::io::Result<(Vec<u8>, File)> {
  if !std::fs::metadata(path)?.is_file() {
    return Err(std::io::ErrorKind::IsADirectory.into());
  }
  let mut file = File::open(path)?;
  let mut head = Vec::new();
  (&mut file).take(4).read_to_end(&mut head)?;
  Ok((head, file))
}

fn directory_of(manifest: &Path) -> std::io::Result<PathBuf> {
  std::path::absolute(manifest)?.parent().unwrap_or(Path::new("/")).canonicalize()
}

fn empty(manifest: &Path, directory: PathBuf, options: &LoadOptions) -> App {
  App {
    name: String::new(),
    version: None,
    description: None,
    authors: Vec::new(),
    format: Format::Guest,
    directory,
    manifest: manifest.to_owned(),
    http_base: "/".to_owned(),
    max_body: None,
    trigger_settings: Default::default(),
    profile: options.profile.clone(),
    variables: Default::default(),
    triggers: Vec::new(),
    components: Vec::new(),
    warnings: Vec::new(),
  }
}

#[cfg(test)]
pub(crate) mod tests {
  use super::*;
  use proptest::prelude::*;

  /// Reads a text as a manifest of this name in a folder of its own.
  pub(crate) fn parse_text(name: &str, text: &[u8]) -> Result<App, Faults> {
    let options = LoadOptions { build_only: true, ..LoadOptions::default() };
    let directory = std::env::temp_dir();
    parse(empty(Path::new(name), directory, &options), text.to_owned(), &options)
  }

  proptest! {
    #[test]
    fn no_text_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), name in "spin.toml|plugbay.toml") {
      let _ = parse_text(&name, &bytes);
    }

    /// Texts made of what manifests are made of.
    #[test]
    fn no_manifest_panics(
      head in "(spin_manifest_version = 2|spin_version = \"1\"|\\[app\\]|\\{\"spin_lock_version\": 1,)\n",
      parts in proptest::collection::vec(
        "(\\[\\[(trigger\\.http|component|trigger\\.redis)\\]\\]\
        |\\[(component\\.a|application|variables|component\\.a\\.build)\\]\
        |(route|source|id|name|files|allowed_outbound_hosts|trigger|executor|build|profile|config|base)( = |: )\
        (\"[ -~é]{0,8}\"|[0-9.]{1,5}|true|\\[\\]|\\[\"(\\.\\./)?[*a-z:/{}]{0,9}\"\\]|\\{ ?\\}\
        |\\{ (type|url|private) = \"wagi\" \\}),?)\n",
        0..12,
      ),
    ) {
      let _ = parse_text("spin.toml", (head + &parts.concat()).as_bytes());
    }
  }

  #[test]
  fn deep_texts_are_refused() {
    let deep = format!("{{\"triggers\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(parse_text("app.json", deep.as_bytes()).unwrap_err().to_string().contains("too deep"));
    let deep = format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(parse_text("spin.toml", deep.as_bytes()).unwrap_err().faults[0].code, FaultCode::Syntax);
  }
}
