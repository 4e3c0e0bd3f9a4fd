//! A new component of an app that is there.

use std::fs;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use app_manifest::LoadOptions;
use app_manifest::ManifestVersion;

use crate::error::TemplateError;
use crate::metadata::At;
use crate::metadata::Variant;
use crate::new::Order;
use crate::new::Written;
use crate::new::content;
use crate::new::directories;
use crate::new::paths;
use crate::new::renderer;
use crate::place::Place;
use crate::place::PlaceError;
use crate::render::Renderer;
use crate::template::Template;
use crate::toml_text;
use crate::values::Ask;

/// What was added.
#[derive(Clone, Debug)]
pub struct Added {
  /// The manifest that names it now.
  pub manifest: PathBuf,
  /// The component's files; none where all of it is in the manifest.
  pub written: Option<Written>,
}

/// Writes a component and adds it to the manifest of the app that `from` is: a manifest or a folder with one. The place
/// of the order is relative to the manifest.
///
/// # Errors
///
/// When the template is not for it or wrong, values are missing or not taken, when the manifest has faults with what is
/// added that it has not without, and when something cannot be written. Nothing is left behind then.
pub fn add_component(
  template: &Template,
  from: &Path,
  order: &Order,
  ask: &mut dyn Ask,
) -> Result<Added, TemplateError> {
  let manifest = app_manifest::manifest_of(from)?;
  let text = fs::read_to_string(&manifest);
  let text = text.map_err(|error| TemplateError::Unreadable { path: manifest.clone(), error })?;
  let closed = |problem| TemplateError::Closed { manifest: manifest.clone(), problem };
  let document = toml_text::parse(&text).map_err(closed)?;
  if ManifestVersion::of(&manifest, &text) == ManifestVersion::Spin1 {
    return Err(closed("it is of version 1; write it anew as version 2, which templates are for".to_string()));
  }
  let unsupported = |problem| TemplateError::Unsupported { template: template.id().to_string(), problem };
  let variant = template.metadata.add_component.clone().filter(|variant| variant.supported != Some(false));
  let variant = variant.ok_or_else(|| unsupported("adds no component: `plugbay new` makes an app of it"))?;
  let variant = variant.in_manifest(document.as_table());
  let folder = manifest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
  let target = folder.join(&order.output);
  let place = Place::find(&target)?;
  let renderer = renderer(template, &variant, order, ask)?;
  let new_text = with_snippets(template, &variant, &renderer, &text)?;
  check(&manifest, &text, &new_text)?;
  let mut content = content(template, &variant, &renderer)?;
  let mut of_app = Vec::new();
  for (path, at) in directories(template, &renderer)? {
    match at {
      At::Component => content.directories.push(path),
      At::Manifest => of_app.push(folder.join(path)),
    }
  }
  let is_written = !content.files.is_empty() || !content.directories.is_empty();
  if is_written {
    place.write(&content)?;
  }
  let made = of_app.iter().try_for_each(fs::create_dir_all).and_then(|()| replace(&manifest, &new_text));
  if let Err(error) = made {
    if is_written {
      // It was made a moment ago.
      let _ = fs::remove_dir_all(&target);
    }
    return Err(PlaceError::Io { directory: folder.to_owned(), step: "writing to", error }.into());
  }
  let written = is_written.then(|| Written { directory: target, files: paths(content) });
  Ok(Added { manifest, written })
}

/// The manifest's text with what the template adds.
fn with_snippets(
  template: &Template,
  variant: &Variant,
  renderer: &Renderer<'_>,
  text: &str,
) -> Result<String, TemplateError> {
  let wrong = |problem| TemplateError::Wrong { template: template.id().to_string(), problem };
  let mut text = text.to_string();
  for (what, file) in &variant.snippets {
    let bytes = template.snippet(file).ok_or_else(|| wrong(format!("it has no snippet {file}")))?;
    let snippet = String::from_utf8(renderer.file(Path::new(file), bytes)?);
    let snippet = snippet.map_err(|_| wrong(format!("the snippet {file} is no text")))?;
    text = match &**what {
      "component" | "application_trigger" => toml_text::append(&text, &snippet),
      "variables" => toml_text::merge(&text, "variables", &snippet).map_err(wrong)?,
      other => return Err(wrong(format!("nobody knows what the snippet {other} is for"))),
    };
  }
  Ok(text)
}

/// What is added must not break the app.
fn check(manifest: &Path, before: &str, after: &str) -> Result<(), TemplateError> {
  let options = LoadOptions { build_only: true, ..LoadOptions::default() };
  let faults_of = |text| app_manifest::load_text(manifest, text, &options).err();
  let Some(mut faults) = faults_of(after) else { return Ok(()) };
  let known = faults_of(before).map(|before| before.faults).unwrap_or_default();
  faults.faults.retain(|fault| known.iter().all(|known| known.message != fault.message));
  if faults.faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

/// Puts another text into a file's place at once.
fn replace(path: &Path, text: &str) -> io::Result<()> {
  let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
  let mut new = tempfile::NamedTempFile::new_in(folder)?;
  new.write_all(text.as_bytes())?;
  new.as_file().set_permissions(fs::metadata(path)?.permissions())?;
  new.persist(path)?;
  Ok(())
}
