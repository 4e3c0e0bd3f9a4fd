//! Where goes what a script prints.

use std::fs::File;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use deno_io::Stdio;
use deno_io::StdioPipe;
use v8_bridge::Arguments;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use wasm_host::Destination;
use wasm_host::Printed;
use wasm_host::StandardStream;

use crate::host::Host;

/// Nobody reads it.
const NOWHERE: &str = if cfg!(windows) { "NUL" } else { "/dev/null" };

/// Where goes what a script prints to its console, line by line, each with the request that is answered meanwhile.
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
  stdout: Printed,
  stderr: Printed,
}

impl ScriptOutput {
  /// The streams of the console; and those that a script writes to by itself, as it is: they have no lines.
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
    let stdio = Stdio {
      stdin: StdioPipe::inherit(),
      stdout: self.pipe(stdout.as_deref())?,
      stderr: self.pipe(stderr.as_deref())?,
    };
    let printed =
      |stream, file| Printed::new(self.name.clone(), stream, Destination { log: self.log, own: self.own, file });
    let printing =
      Printing { stdout: printed(StandardStream::Stdout, stdout), stderr: printed(StandardStream::Stderr, stderr) };
    Ok((printing, stdio))
  }

  fn pipe(&self, file: Option<&File>) -> io::Result<StdioPipe> {
    Ok(match file {
      Some(file) => StdioPipe::file(file.try_clone()?),
      None if self.own => StdioPipe::inherit(),
      None => StdioPipe::file(File::options().write(true).open(NOWHERE)?),
    })
  }
}

fn appended(path: &Path) -> io::Result<Arc<File>> {
  let opened = File::options().append(true).create(true).open(path);
  let opened = opened.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
  Ok(Arc::new(opened))
}

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("print", print);
}

/// `print(text, isError)`: for the console.
fn print<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some(printing) = &host.printing else { return Ok(None) };
  let text = arguments.get(0).to_rust_string_lossy(scope);
  let stream = if arguments.get(1).is_true() { &printing.stderr } else { &printing.stdout };
  stream.print(plugbay_http::request_id(scope), text.as_bytes());
  Ok(None)
}
