//! `plugbay new` and `plugbay add`: apps and components from templates.

use std::env::consts::DLL_PREFIX;
use std::env::consts::DLL_SUFFIX;
use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use app_templates::Ask;
use app_templates::Library;
use app_templates::Order;
use app_templates::Template;
use app_templates::TemplateError;
use app_templates::Written;
use app_templates::add_component;
use app_templates::check_name;
use app_templates::has_components;
use app_templates::new_app;
use clap::Args;
use toml_writer::ToTomlValue;
use toml_writer::TomlStringBuilder;

use crate::create_plugin::PluginApi;
use crate::pair::pair;
use crate::shell;
use crate::terminal;

/// What both commands take.
#[derive(Args)]
pub(crate) struct FromTemplate {
  /// What it is called: words of letters and digits with - between them.
  name: Option<String>,
  /// The template; asked for unless it is named.
  #[arg(short, long, value_name = "ID")]
  template: Option<String>,
  /// Templates besides those of plugbay: a folder of a template, or of templates, such as a checkout of a repository
  /// with templates for Spin.
  #[arg(long, value_name = "DIR")]
  template_dir: Option<PathBuf>,
  /// The directory to write: a new or an empty one; that of its name by default.
  #[arg(short, long, value_name = "DIR")]
  output: Option<PathBuf>,
  /// Write into the working directory, or that of the app.
  #[arg(long, conflicts_with = "output")]
  init: bool,
  /// The value of a parameter of the template.
  #[arg(short, long, value_name = "NAME=VALUE", value_parser = pair)]
  value: Vec<(String, String)>,
  /// Take the defaults of parameters that have one, and ask for the others alone.
  #[arg(short, long)]
  accept_defaults: bool,
}

impl FromTemplate {
  /// Writes a new app.
  pub(crate) fn new_app(self) -> Result<Created, TemplateError> {
    let (template, order) = self.order()?;
    let Written { directory, files } = new_app(&template, &order, &mut Terminal)?;
    let has_native_code = template.tags().iter().any(|tag| tag == "native");
    let has_components = has_components(&directory);
    Ok(Created { directory, files, manifest: None, has_components, has_native_code })
  }

  /// Adds a component to an app.
  pub(crate) fn add(self, from: &Path) -> Result<Created, TemplateError> {
    let (template, order) = self.order()?;
    let added = add_component(&template, from, &order, &mut Terminal)?;
    let Written { directory, files } =
      added.written.unwrap_or(Written { directory: PathBuf::new(), files: Vec::new() });
    Ok(Created { directory, files, manifest: Some(added.manifest), has_components: true, has_native_code: false })
  }

  fn order(self) -> Result<(Template, Order), TemplateError> {
    let library = Library::open(self.template_dir.as_deref())?;
    let template = match self.template {
      Some(id) => library.template(&id)?,
      None => {
        let listed = library.iter().map(|one| format!("  {:16} {}\n", one.id, one.description)).collect::<String>();
        needed("template", "-t ID", &format!("{listed}Template: "), |id| library.template(id))?
      }
    };
    let named = |name: &str| check_name(name).map(|()| name.to_owned());
    let name = self.name.map_or_else(|| needed("name", "NAME", "Name (letters, digits and -): ", named), Ok)?;
    let output = match self.init {
      true => PathBuf::from("."),
      false => self.output.unwrap_or_else(|| PathBuf::from(&name)),
    };
    let order = Order { name, output, values: self.value, known: known(), accept_defaults: self.accept_defaults };
    Ok((template, order))
  }
}

/// What templates are told of this program and this system.
fn known() -> Vec<(&'static str, String)> {
  let plugin_api = PluginApi::find();
  let (note, path) = plugin_api.dependency();
  vec![
    ("plugin-api", TomlStringBuilder::new(path).as_basic().to_toml_value()),
    ("plugin-api-note", note.to_string()),
    ("library-prefix", DLL_PREFIX.to_string()),
    ("library-suffix", DLL_SUFFIX.to_string()),
  ]
}

/// What must be said, asked for until it is right. `argument` says it without a question.
fn needed<T>(
  what: &str,
  argument: &str,
  question: &str,
  read: impl Fn(&str) -> Result<T, TemplateError>,
) -> Result<T, TemplateError> {
  let mut wrong = None;
  loop {
    let problem = wrong.as_ref().map(|problem| format!("{problem}\n")).unwrap_or_default();
    let Some(told) = terminal::ask(&format!("{problem}{question}")) else {
      let nothing = || TemplateError::Values(vec![format!("no {what} is named: write {argument}")]);
      return Err(wrong.unwrap_or_else(nothing));
    };
    match read(&told) {
      Ok(read) => return Ok(read),
      Err(problem) => wrong = Some(problem),
    }
  }
}

struct Terminal;

impl Ask for Terminal {
  fn ask(&mut self, question: &str) -> Option<String> {
    terminal::ask(question)
  }
}

/// What was written. Printed, it says what to do next.
pub(crate) struct Created {
  directory: PathBuf,
  files: Vec<PathBuf>,
  /// That of the app to which it was added.
  manifest: Option<PathBuf>,
  /// Whether there is anything that could be served.
  has_components: bool,
  /// Whether somebody has to say that its code may run.
  has_native_code: bool,
}

impl fmt::Display for Created {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !self.files.is_empty() {
      writeln!(f, "Created in {}:", self.directory.display())?;
      self.files.iter().try_for_each(|file| writeln!(f, "  {}", file.display()))?;
    }
    match &self.manifest {
      Some(manifest) => write!(f, "Added to {}", manifest.display()),
      None if !self.has_components => write!(f, "\nNext:\n  plugbay add NAME -f {}", shell::quoted(&self.directory)),
      None => {
        let flag = if self.has_native_code { " --allow-plugin" } else { "" };
        write!(f, "\nNext:\n  plugbay up --build{flag} -f {}", shell::quoted(&self.directory))
      }
    }
  }
}
