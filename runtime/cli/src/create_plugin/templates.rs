//! The files of a new plugin: those of runtime/cli/templates, rendered.

use std::path::Path;

use minijinja::Environment;
use minijinja::UndefinedBehavior;
use minijinja::context;
use minijinja::syntax::SyntaxConfig;
use toml_writer::ToTomlValue;
use toml_writer::TomlStringBuilder;

use super::names::wit_identifier;
use super::names::wit_name;
use super::style::Commands;
use super::style::Style;

/// Stands for the directory of plugin_api in a Cargo.toml when it is not known.
pub(super) const PATH_TO_FILL_IN: &str = "path/to/plugbay/plugin_api";

/// Where a file goes in the new directory, and what is in it: both are templates.
type Template = (&'static str, &'static str);

const CURRENT: &[Template] = &[
  ("Cargo.toml", include_str!("../../templates/plugin/Cargo.toml.in")),
  ("src/lib.rs", include_str!("../../templates/plugin/lib.rs")),
  ("main.js", include_str!("../../templates/plugin/main.js")),
  ("{{ library }}.d.ts", include_str!("../../templates/plugin/ops.d.ts")),
  ("README.md", include_str!("../../templates/plugin/README.md")),
  (".gitignore", include_str!("../../templates/plugin/gitignore")),
];

const DENO_2020: &[Template] = &[
  ("Cargo.toml", include_str!("../../templates/plugin2020/Cargo.toml.in")),
  ("src/lib.rs", include_str!("../../templates/plugin2020/lib.rs")),
  ("main.js", include_str!("../../templates/plugin2020/main.js")),
  ("README.md", include_str!("../../templates/plugin2020/README.md")),
  (".gitignore", include_str!("../../templates/plugin2020/gitignore")),
];

const COMPONENT: &[Template] = &[
  ("Cargo.toml", include_str!("../../templates/component/Cargo.toml.in")),
  ("wit/world.wit", include_str!("../../templates/component/world.wit")),
  ("src/lib.rs", include_str!("../../templates/component/lib.rs")),
  ("main.js", include_str!("../../templates/component/main.js")),
  ("{{ library }}.d.ts", include_str!("../../templates/component/ops.d.ts")),
  ("README.md", include_str!("../../templates/component/README.md")),
  (".gitignore", include_str!("../../templates/plugin/gitignore")),
];

/// Where a written crate finds plugin_api. Never by a version alone: what a registry has under this name need not be
/// plugbay's, and crates.io has another crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginApi {
  /// In the sources that this program was built from: the directory plugin_api of them.
  Sources(String),
  /// Nowhere yet, because these sources are gone: its author has to fill in a path.
  Missing,
}

impl PluginApi {
  /// The sources are asked for when the program runs: it may be on another machine than the one it was built on.
  pub(crate) fn find() -> Self {
    Self::in_directory(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugin_api")))
  }

  /// What a Cargo.toml says of it: a remark, and its path.
  pub(crate) fn dependency(&self) -> (&'static str, &str) {
    match self {
      Self::Sources(directory) => {
        ("Not published yet: these are the sources that the plugbay command was built from.", directory)
      }
      Self::Missing => {
        ("Fill in where plugbay's sources are. The plugin_api on crates.io is another crate.", PATH_TO_FILL_IN)
      }
    }
  }

  pub(super) fn in_directory(directory: &Path) -> Self {
    let has_sources = ["Cargo.toml", "macros/Cargo.toml"].iter().all(|file| directory.join(file).is_file());
    let directory = directory.canonicalize().ok().filter(|_| has_sources);
    match directory.as_deref().and_then(Path::to_str) {
      // Cargo takes no verbatim paths, which is what Windows calls canonical.
      Some(directory) => Self::Sources(directory.strip_prefix(r"\\?\").unwrap_or(directory).to_string()),
      None => Self::Missing,
    }
  }
}

/// Paths in the directory and what is to be in them.
pub(super) fn render(name: &str, library: &str, style: Style, plugin_api: &PluginApi) -> Vec<(String, String)> {
  let templates = match style {
    Style::Current | Style::Wasm => CURRENT,
    Style::Component => COMPONENT,
    Style::Deno2020 => DENO_2020,
  };
  let (note, plugin_api) = plugin_api.dependency();
  let Commands { build, run, directory } = style.commands();
  let values = context! {
    name, library, build, run, directory, note, plugin_api,
    macros => format!("{plugin_api}/macros"),
    wasm => style == Style::Wasm,
    wit_name => wit_name(library),
  };
  let environment = environment();
  let render = |template| environment.render_str(template, values.clone()).expect("the templates are right");
  templates.iter().map(|(path, text)| (render(path), render(text))).collect()
}

fn environment() -> Environment<'static> {
  let mut environment = Environment::empty();
  environment.set_undefined_behavior(UndefinedBehavior::Strict);
  environment.set_syntax(SyntaxConfig::builder().keep_trailing_newline(true).build().expect("its delimiters differ"));
  environment.add_filter("toml", |text: &str| TomlStringBuilder::new(text).as_basic().to_toml_value());
  environment.add_filter("wit", |name: &str| wit_identifier(name));
  environment
}
