//! `plugbay build`: runs what builds each component, all at once.

use std::ffi::OsString;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Instant;
use std::time::SystemTime;

use app_manifest::Build;
use app_manifest::Component;
use app_manifest::LoadOptions;
use app_manifest::Source;

use crate::error::UpError;

/// Builds the components of an app whose manifest says how, each with its commands one after the other. What they print
/// goes to standard error, with the component's name before each line. Gives how many were built.
///
/// # Errors
///
/// The faults of the manifest; every component that was not built, with the command that failed.
pub fn build(from: &Path, load: &LoadOptions) -> Result<usize, UpError> {
  let app = app_manifest::load(from, &LoadOptions { build_only: true, ..load.clone() })?;
  let built = app.components.iter().filter_map(|component| Some((component, component.build.as_ref()?)));
  let built = built.collect::<Vec<_>>();
  let faults = thread::scope(|scope| {
    let running = built
      .iter()
      .map(|(component, build)| {
        scope.spawn(|| build_one(&component.id, build).and_then(|()| in_place(component, build)))
      })
      .collect::<Vec<_>>();
    let ended =
      running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a build has panicked".to_string())));
    ended.filter_map(Result::err).collect::<Vec<_>>()
  });
  if faults.is_empty() { Ok(built.len()) } else { Err(UpError::Components(faults)) }
}

fn build_one(id: &str, Build { commands, workdir, environment, .. }: &Build) -> Result<(), String> {
  let started = Instant::now();
  for line in commands {
    say(id, &format!("$ {line}"));
    let failed =
      |why: &dyn std::fmt::Display| format!("component {id} is not built: `{line}` in {}: {why}", workdir.display());
    let mut command = Command::new("sh");
    // Both streams are one, so that lines stay in their order.
    command.arg("-c").arg(format!("exec 2>&1\n{line}")).current_dir(workdir).envs(environment);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(|error| failed(&error))?;
    if let Some(output) = child.stdout.take() {
      BufReader::new(output)
        .split(b'\n')
        .map_while(Result::ok)
        .for_each(|said| say(id, &String::from_utf8_lossy(&said)));
    }
    let status = child.wait().map_err(|error| failed(&error))?;
    if !status.success() {
      return Err(failed(&status));
    }
  }
  say(id, &format!("built in {:.1} s", started.elapsed().as_secs_f64()));
  Ok(())
}

/// Looks whether what was built is where the manifest has it.
///
/// # Errors
///
/// Where it is instead, if it is known to be elsewhere.
fn in_place(Component { id, source, .. }: &Component, build: &Build) -> Result<(), String> {
  let Source::Path { path, .. } = source else { return Ok(()) };
  if let Some(found) = elsewhere(path, build) {
    return Err(format!(
      "component {id} is built, but not where its source is: it is {}, and the manifest wants {}; CARGO_TARGET_DIR \
       says so: unset it, or copy the file in the last of the build's commands",
      found.display(),
      path.display()
    ));
  }
  if !path.is_file() {
    say(id, &format!("it is built, and its source {} is not there: does the manifest name it right?", path.display()));
  }
  Ok(())
}

/// What cargo has written into another folder than `target`, where that is newer than what is in its place.
fn elsewhere(wanted: &Path, Build { workdir, environment, .. }: &Build) -> Option<PathBuf> {
  let of_process = || std::env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
  let folder = environment.get("CARGO_TARGET_DIR").map(OsString::from).or_else(of_process)?;
  let parts = wanted.components().collect::<Vec<_>>();
  let target = parts.iter().rposition(|part| part.as_os_str() == "target")?;
  let found = workdir.join(folder).join(parts[target + 1..].iter().collect::<PathBuf>());
  let written = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
  let is_newer = written(&found)? > written(wanted).unwrap_or(SystemTime::UNIX_EPOCH);
  let is_other = found.canonicalize().ok() != wanted.canonicalize().ok();
  (is_newer && is_other).then_some(found)
}

fn say(id: &str, line: &str) {
  // Nobody may read it.
  let _ = writeln!(io::stderr().lock(), "{id} | {line}");
}
