//! The folder of plugins.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use super::manifest::PluginManifest;
use super::manifest::is_name;

/// The manifest of a plugin in its folder.
pub(crate) const MANIFEST: &str = "plugin.json";

/// Triggers of which others have made plugins for Spin.
const KNOWN: &[&str] = &["command", "cron", "kinesis", "mqtt", "sqs"];

/// Why a plugin is not installed, found or removed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PluginError(pub(crate) String);

/// The plugins in a folder, by name.
///
/// # Errors
///
/// When the folder cannot be read, and for each plugin that is damaged.
pub fn installed(folder: &Path) -> Result<Vec<PluginManifest>, PluginError> {
  let unreadable = |error| PluginError(format!("cannot read the folder of plugins {}: {error}", folder.display()));
  let entries = match fs::read_dir(folder) {
    Ok(entries) => entries.collect::<Result<Vec<_>, _>>().map_err(unreadable)?,
    Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
    Err(error) => return Err(unreadable(error)),
  };
  let mut names = entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>();
  names.retain(|name| is_name(name));
  names.sort();
  names.iter().filter_map(|name| find(folder, name).map(|found| found.map(|(manifest, _)| manifest))).collect()
}

/// Removes a plugin.
///
/// # Errors
///
/// When there is none of that name, or it cannot be removed.
pub fn uninstall(folder: &Path, name: &str) -> Result<(), PluginError> {
  let of_plugin = folder.join(name);
  if !is_name(name) || !of_plugin.is_dir() {
    return Err(PluginError(format!("there is no plugin {name} in {}", folder.display())));
  }
  let failed = |error| PluginError(format!("cannot remove {}: {error}", of_plugin.display()));
  // It goes at once: what is left then is no plugin any more.
  let going = tempfile::Builder::new().prefix(".old-").tempdir_in(folder).map_err(failed)?;
  fs::rename(&of_plugin, going.path().join(name)).map_err(failed)?;
  going.close().map_err(failed)
}

/// Whether something serves triggers of a kind: the host itself, or a plugin in that folder.
///
/// # Errors
///
/// That nobody knows the kind, that its plugin is not installed or not compatible; what to do then.
pub fn serves(folder: Option<&Path>, kind: &str) -> Result<(), PluginError> {
  match kind {
    "http" | "redis" => Ok(()),
    _ => trigger_program(folder, kind).map(drop).map_err(PluginError),
  }
}

/// The program that serves triggers of a kind, if a plugin is installed for it.
///
/// # Errors
///
/// That nobody knows the kind, that its plugin is not installed, or that the plugin does not run with this host; what
/// to do then.
pub(crate) fn trigger_program(folder: Option<&Path>, kind: &str) -> Result<PathBuf, String> {
  let name = format!("trigger-{kind}");
  match folder.and_then(|folder| find(folder, &name)) {
    Some(Ok((manifest, program))) => match manifest.check() {
      Ok(()) => Ok(program),
      Err(why) => Err(format!("the plugin {name} is not compatible: {why}; install another version of it")),
    },
    Some(Err(PluginError(why))) => Err(why),
    None if KNOWN.contains(&kind) => {
      let remedy = format!("`plugbay plugins install MANIFEST`, with the path or URL of {name}.json");
      Err(format!("the trigger {kind} is a plugin that is not installed: {remedy}"))
    }
    None => Err(format!(
      "there is no trigger {kind}: plugbay serves http, redis and those of plugins, and no plugin {name} is installed"
    )),
  }
}

/// A plugin of that name, and its program.
fn find(folder: &Path, name: &str) -> Option<Result<(PluginManifest, PathBuf), PluginError>> {
  let of_plugin = folder.join(name);
  if !is_name(name) || !of_plugin.is_dir() {
    return None;
  }
  let program = of_plugin.join(name);
  let read = fs::read(of_plugin.join(MANIFEST)).map_err(|error| format!("its {MANIFEST} cannot be read: {error}"));
  let read = read.and_then(|json| PluginManifest::parse(&json)).and_then(|manifest| match program.is_file() {
    true => Ok((manifest, program)),
    false => Err("its program is gone".to_string()),
  });
  Some(read.map_err(|why| PluginError(format!("the plugin {name} is damaged: {why}; install it again"))))
}
