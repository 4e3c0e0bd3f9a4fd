//! `plugbay create-plugin`: writes a crate with a plugin, a script that uses it, tests and a README.

use std::fmt;
use std::io;
use std::path::PathBuf;

use names::library_name;
use place::Place;
use templates::PATH_TO_FILL_IN;
use templates::PluginApi;

mod names;
mod place;
mod templates;

/// Which kind of plugin is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
  /// As plugins are written today: `#[op]` with bytes, serde types, resources, work on other threads.
  #[default]
  Current,
  /// The same source as [`Style::Current`], with a script that opens it as a WebAssembly module.
  Wasm,
  /// As for Deno 1.4 to 1.8: edition 2018, `deno_core`, `Deno.core.dispatch`.
  Deno2020,
}

/// How a written plugin is built and run.
struct Commands {
  build: &'static str,
  run: &'static str,
  /// Where cargo puts it, but for the profile.
  directory: &'static str,
}

impl Style {
  fn commands(self) -> Commands {
    match self {
      Self::Current | Self::Deno2020 => {
        Commands { build: "cargo build", run: "plugbay run --allow-plugin main.js", directory: "target" }
      }
      Self::Wasm => Commands {
        build: "cargo build --target wasm32-unknown-unknown",
        run: "plugbay run --allow-read=target main.js",
        directory: "target/wasm32-unknown-unknown",
      },
    }
  }
}

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
  /// Where the crate finds plugin_api.
  pub plugin_api: PluginApi,
  /// Which kind of plugin it is.
  pub style: Style,
}

/// Why no plugin was written. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum CreatePluginError {
  #[error("cannot create a plugin called {name:?}: {problem}; try {suggestion:?}")]
  Name { name: String, problem: String, suggestion: String },
  #[error(
    "cannot create a plugin in {}: {problem}; name one with --dir that is empty or does not exist",
    .directory.display()
  )]
  Taken { directory: PathBuf, problem: String },
  #[error(
    "cannot create a plugin in {}: {step} {} failed: {error}; make it writable, or name another directory with --dir",
    .directory.display(), .directory.display()
  )]
  Io { directory: PathBuf, step: &'static str, error: io::Error },
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
    let place = Place::find(&directory)?;
    place.write(&files).map_err(|error| CreatePluginError::Io {
      directory: directory.clone(),
      step: "writing",
      error,
    })?;
    let files = files.into_iter().map(|(path, _)| path.into()).collect();
    Ok(Created { directory, files, plugin_api, style: self.style })
  }
}

impl fmt::Display for Created {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "Created a plugin in {}:", self.directory.display())?;
    for file in &self.files {
      writeln!(f, "  {}", file.display())?;
    }
    if self.plugin_api == PluginApi::Missing {
      writeln!(
        f,
        "\nThe sources that plugbay was built from are not here any more. Put the path of their directory plugin_api"
      )?;
      writeln!(f, "into Cargo.toml in place of {PATH_TO_FILL_IN} before you build.")?;
    }
    writeln!(f, "\nNext:")?;
    let directory = self.directory.display().to_string();
    match directory.as_str() {
      "." => {}
      plain if !plain.contains(char::is_whitespace) => writeln!(f, "  cd {plain}")?,
      spaced => writeln!(f, "  cd \"{spaced}\"")?,
    }
    let Commands { build, run, .. } = self.style.commands();
    write!(f, "  {build}\n  {run}\n  cargo test")
  }
}

#[cfg(test)]
mod tests;
