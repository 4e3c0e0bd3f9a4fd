//! Where goes what components print: to the host's own streams, and to files.

use std::fs;
use std::io;
use std::path::PathBuf;

use app_manifest::App;
use plugbay::ScriptOutput;
use serde_json::Value;
use serde_json::json;

/// Where goes what components print.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
  /// A folder with two files for each component, to which is appended: `ID_stdout.txt` and `ID_stderr.txt`.
  pub directory: Option<PathBuf>,
  /// Whether these files begin anew.
  pub truncate: bool,
  /// The components whose output the host prints; all if it is empty.
  pub follow: Vec<String>,
  /// Whether the host prints that of none.
  pub silence: bool,
  /// Whether what the host prints goes to its log, and not to its own streams.
  pub in_log: bool,
}

impl LogOptions {
  /// Makes the folder, and empties the files in it if that is asked for.
  ///
  /// # Errors
  ///
  /// When they cannot be written.
  pub(crate) fn prepare(&self) -> io::Result<()> {
    let Some(directory) = &self.directory else { return Ok(()) };
    fs::create_dir_all(directory)?;
    for entry in fs::read_dir(directory)?.filter(|_| self.truncate) {
      let path = entry?.path();
      let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
      if name.ends_with("_stdout.txt") || name.ends_with("_stderr.txt") {
        fs::write(path, "")?;
      }
    }
    Ok(())
  }

  /// What is wrong with them in an app.
  pub(crate) fn faults(&self, app: &App) -> Vec<String> {
    let unknown = self.follow.iter().filter(|id| app.component(id).is_none());
    unknown.map(|id| format!("the app has no component {id}: --follow {id} is for nothing")).collect()
  }

  fn is_printed(&self, component: &str) -> bool {
    !self.silence && (self.follow.is_empty() || self.follow.iter().any(|id| id == component))
  }

  fn file(&self, component: &str, stream: &str) -> Option<PathBuf> {
    Some(self.directory.as_ref()?.join(format!("{component}_{stream}.txt")))
  }

  /// Where goes what a module of JavaScript prints.
  pub(crate) fn output_of_module(&self, component: &str) -> ScriptOutput {
    let is_printed = self.is_printed(component);
    let files = self.file(component, "stdout").zip(self.file(component, "stderr"));
    ScriptOutput {
      name: component.to_string(),
      log: is_printed && self.in_log,
      own: is_printed && !self.in_log,
      files: files.map(<[PathBuf; 2]>::from),
    }
  }

  /// `wasi.stdout` or `wasi.stderr` of a component, as `Deno.openPlugin` takes it.
  pub(crate) fn output_of(&self, component: &str, stream: &str) -> Value {
    let (is_printed, file) = (self.is_printed(component), self.file(component, stream));
    if !is_printed && file.is_none() {
      return json!("null");
    }
    let mut output = json!({ "label": component, "inherit": is_printed && !self.in_log });
    if let Some(file) = file {
      output["path"] = json!(file);
    }
    if is_printed && self.in_log {
      output["log"] = json!(component);
    }
    output
  }
}
