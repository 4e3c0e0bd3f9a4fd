//! Where goes what a script prints.

use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use deno_io::Stdio;
use deno_io::StdioPipe;
use wasm_host::Destination;
use wasm_host::Printed;
use wasm_host::StandardStream;

/// Nobody reads it.
const NOWHERE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Where goes what a script prints to its console and writes to its standard streams, line by line, each with the
/// request that is answered meanwhile.
#[derive(Clone, Debug, Default)]
pub struct ScriptOutput {
  /// What the script is called.
  pub name: String,
  /// Whether it goes to the log.
  pub log: bool,
  /// Whether it goes to the process's own streams.
  pub own: bool,
  /// Files to which its standard output and its standard error are appended.
  pub files: Option<[PathBuf; 2]>,
}

/// The streams of a script.
pub(crate) struct Printing {
  pub(crate) stdout: Printed,
  pub(crate) stderr: Printed,
}

impl Printing {
  pub(crate) fn stream(&self, is_error: bool) -> &Printed {
    if is_error { &self.stderr } else { &self.stdout }
  }
}

impl ScriptOutput {
  /// The streams of a script; and files of the process for what asks for these, which lead nowhere.
  ///
  /// # Errors
  ///
  /// When a file cannot be opened.
  pub(crate) fn open(&self) -> io::Result<(Printing, Stdio)> {
    let files = match &self.files {
      Some([stdout, stderr]) => [Some(appended(stdout)?), Some(appended(stderr)?)],
      None => [None, None],
    };
    let [stdout, stderr] = files;
    let nowhere = || File::options().write(true).open(NOWHERE).map(StdioPipe::file);
    let stdio = Stdio { stdin: StdioPipe::inherit(), stdout: nowhere()?, stderr: nowhere()? };
    let printed =
      |stream, file| Printed::new(self.name.clone(), stream, Destination { log: self.log, own: self.own, file });
    let printing =
      Printing { stdout: printed(StandardStream::Stdout, stdout), stderr: printed(StandardStream::Stderr, stderr) };
    Ok((printing, stdio))
  }
}

fn appended(path: &Path) -> io::Result<Arc<File>> {
  let opened = File::options().append(true).create(true).open(path);
  let opened = opened.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
  Ok(Arc::new(opened))
}
