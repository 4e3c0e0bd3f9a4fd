//! Where goes what components print: to the host's own streams, and to files.

use std::fs;
use std::io;
use std::path::PathBuf;

use app_manifest::App;
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
  /// Whether what the host prints goes to its log, line by line, with the ids of requests.
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

  /// `wasi.stdout` or `wasi.stderr` of a component, as `Deno.openPlugin` takes it.
  pub(crate) fn output_of(&self, component: &str, stream: &str) -> Value {
    let is_printed = !self.silence && (self.follow.is_empty() || self.follow.iter().any(|id| id == component));
    match &self.directory {
      Some(directory) => {
        json!({ "path": directory.join(format!("{component}_{stream}.txt")), "inherit": is_printed })
      }
      None if is_printed && self.in_log => json!({ "log": component }),
      None => json!(if is_printed { "inherit" } else { "null" }),
    }
  }
}
