//! `plugbay create-plugin`: writes a crate with a plugin, a script that uses it, tests and a README.

mod error;
mod names;
mod style;
mod templates;

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use app_templates::Content;
use app_templates::Place;

pub use error::CreatePluginError;
pub use style::Style;
pub use templates::PluginApi;

use names::library_name;
use style::Commands;
use templates::PATH_TO_FILL_IN;

use crate::shell;

/// A plugin to write.
#[derive(Clone, Debug)]
pub struct CreatePlugin {
  /// Name of the crate.
  pub name: String,
  /// The directory to write, which does not exist or is empty. `None` is one of the crate's name in the working
  /// directory.
  pub dir: Option<PathBuf>,
  /// Which kind of plugin.
  pub style: Style,
}

/// What was written. Printed, it says what to do next.
#[derive(Clone, Debug)]
pub struct Created {
  /// The directory, as the caller named it.
  pub directory: PathBuf,
  /// The files, relative to the directory.
  pub files: Vec<PathBuf>,
  /// Where the crate finds plugin_api, if it needs that.
  pub plugin_api: PluginApi,
  /// Which kind of plugin it is.
  pub style: Style,
}

impl CreatePlugin {
  /// Writes the crate.
  ///
  /// # Errors
  ///
  /// When the name is no crate's, when the directory is there and not empty, and when something cannot be written.
  /// Nothing is left behind then.
  pub fn write(&self) -> Result<Created, CreatePluginError> {
    let library = library_name(&self.name)?;
    let directory = self.dir.clone().unwrap_or_else(|| PathBuf::from(&self.name));
    let plugin_api = PluginApi::find();
    let files = templates::render(&self.name, &library, self.style, &plugin_api);
    let files = files.into_iter().map(|(path, text)| (path.into(), text.into_bytes())).collect();
    let content = Content { files, directories: Vec::new() };
    let written = Place::find(&directory).and_then(|place| place.write(&content));
    written.map_err(|error| CreatePluginError::at(&directory, error))?;
    let files = content.files.into_iter().map(|(path, _)| path).collect();
    Ok(Created { directory, files, plugin_api, style: self.style })
  }
}

impl fmt::Display for Created {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "Created a plugin in {}:", self.directory.display())?;
    for file in &self.files {
      writeln!(f, "  {}", file.display())?;
    }
    if self.style.needs_plugin_api() && self.plugin_api == PluginApi::Missing {
      writeln!(
        f,
        "\nThe sources that plugbay was built from are not here any more. Put the path of their directory plugin_api"
      )?;
      writeln!(f, "into Cargo.toml in place of {PATH_TO_FILL_IN} before you build.")?;
    }
    writeln!(f, "\nNext:")?;
    if self.directory != Path::new(".") {
      writeln!(f, "  cd {}", shell::quoted(&self.directory))?;
    }
    let Commands { build, run, .. } = self.style.commands();
    write!(f, "  {build}\n  {run}\n  cargo test")
  }
}

#[cfg(test)]
mod tests;
