//! A new app.

use std::collections::BTreeMap;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use app_manifest::LoadOptions;
use heck::ToKebabCase;

use crate::authors::authors;
use crate::error::TemplateError;
use crate::metadata::At;
use crate::metadata::Output;
use crate::metadata::Variant;
use crate::place::Content;
use crate::place::Place;
use crate::render::Renderer;
use crate::template::Template;
use crate::values::Ask;
use crate::values::gather;

/// What is to be written.
#[derive(Clone, Debug)]
pub struct Order {
  /// What it is called: words of letters and digits with `-` between them.
  pub name: String,
  /// Where it is written: a directory that is not there or is empty.
  pub output: PathBuf,
  /// Values of parameters.
  pub values: Vec<(String, String)>,
  /// What the program knows itself, by the names that templates have for it: nobody is asked for it.
  pub known: Vec<(&'static str, String)>,
  /// Whether parameters that have a default are not asked for.
  pub accept_defaults: bool,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
  /// Where.
  pub directory: PathBuf,
  /// The files, by their paths in it.
  pub files: Vec<PathBuf>,
}

/// Writes a new app.
///
/// # Errors
///
/// When the template is not for it or wrong, values are missing or not taken, and when it cannot be written. Nothing is
/// left behind then.
pub fn new_app(template: &Template, order: &Order, ask: &mut dyn Ask) -> Result<Written, TemplateError> {
  let variant = &template.metadata.new_application;
  if variant.supported == Some(false) {
    return Err(TemplateError::Unsupported {
      template: template.id().to_string(),
      problem: "makes no new app: `plugbay add` puts it into one that is there",
    });
  }
  let place = Place::find(&order.output)?;
  let renderer = renderer(template, variant, order, ask)?;
  let mut content = content(template, variant, &renderer)?;
  content.directories = directories(template, &renderer)?.into_iter().map(|(path, _)| path).collect();
  place.write(&content)?;
  Ok(Written { directory: order.output.clone(), files: paths(content) })
}

/// What renders a template with all its values.
pub(crate) fn renderer<'t>(
  template: &'t Template,
  variant: &Variant,
  order: &Order,
  ask: &mut dyn Ask,
) -> Result<Renderer<'t>, TemplateError> {
  check_name(&order.name)?;
  let parameters = &template.metadata.parameters;
  if let Some((name, parameter)) = parameters.iter().find(|(_, parameter)| parameter.kind != "string") {
    let problem = format!("the parameter {name} is a {}, and all are strings", parameter.kind);
    return Err(TemplateError::Wrong { template: template.id().to_string(), problem });
  }
  let mut values = gather(parameters, variant, &order.values, order.accept_defaults, ask)?;
  let (authors, username) = authors();
  let output = order.output.to_string_lossy().into_owned();
  let of_order =
    [("authors", authors), ("username", username), ("project-name", order.name.clone()), ("output-path", output)];
  let known = order.known.iter().cloned();
  values.extend(of_order.into_iter().chain(known).map(|(name, value)| (name.to_string(), value)));
  Renderer::new(template, values)
}

/// The files of the component or the app.
pub(crate) fn content(
  template: &Template,
  variant: &Variant,
  renderer: &Renderer<'_>,
) -> Result<Content, TemplateError> {
  let mut files = BTreeMap::new();
  let is_skipped = |path: &Path| variant.skip_files.iter().any(|skipped| Path::new(skipped) == path);
  for (path, bytes) in template.content().filter(|(path, _)| !is_skipped(path)) {
    let rendered = renderer.file(path, bytes)?;
    // Files whose own names mean something where templates are kept have another one there.
    let path = if path.extension().is_some_and(|last| last == "tmpl") { path.with_extension("") } else { path.into() };
    files.insert(path, rendered);
  }
  Ok(Content { files: files.into_iter().collect(), directories: Vec::new() })
}

/// Directories that are made besides, and where their paths begin.
pub(crate) fn directories(template: &Template, renderer: &Renderer<'_>) -> Result<Vec<(PathBuf, At)>, TemplateError> {
  let made = template.metadata.outputs.iter().map(|(name, output)| {
    let Output::CreateDir { path, at } = output;
    let path = PathBuf::from(renderer.text(&format!("outputs.{name}"), path)?);
    match path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
      true => Ok((path, *at)),
      false => {
        let problem = format!("outputs.{name} would be made at {}, which leaves the app", path.display());
        Err(TemplateError::Wrong { template: template.id().to_string(), problem })
      }
    }
  });
  made.collect()
}

pub(crate) fn paths(content: Content) -> Vec<PathBuf> {
  content.files.into_iter().map(|(path, _)| path).collect()
}

/// Whether an app can be called so: names are ids of components, too.
///
/// # Errors
///
/// What is wrong with it, and another like it.
pub fn check_name(name: &str) -> Result<(), TemplateError> {
  let refused = |problem| {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).collect::<Vec<_>>().join(" ").to_kebab_case();
    let words = words.split('-').map(|word| word.trim_start_matches(|c: char| !c.is_ascii_alphabetic()));
    let suggestion = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    let suggestion = if suggestion.is_empty() { "my-app".to_string() } else { suggestion };
    Err(TemplateError::Name { name: name.to_string(), problem, suggestion })
  };
  if name.is_empty() {
    return refused("it is empty");
  }
  if name.chars().any(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
    return refused("a name has ASCII letters, digits, - and _");
  }
  match name.split(['-', '_']).all(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())) {
    true => Ok(()),
    false => refused("each word of a name starts with a letter"),
  }
}

/// Whether the app in a directory has something to serve, as far as its manifest says.
#[must_use]
pub fn has_components(directory: &Path) -> bool {
  let options = LoadOptions { build_only: true, ..LoadOptions::default() };
  app_manifest::load(directory, &options).is_ok_and(|app| !app.components.is_empty())
}
