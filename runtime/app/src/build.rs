//! `plugbay build`: runs what builds each component, all at once.

use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use app_manifest::Build;
use app_manifest::LoadOptions;

use crate::error::UpError;

/// Builds the components of an app whose manifest says how, each with its commands one after the other. What they print
/// goes to standard error, with the component's name before each line. Gives how many were built.
///
/// # Errors
///
/// The faults of the manifest; every component that was not built, with the command that failed.
pub fn build(from: &Path, load: &LoadOptions) -> Result<usize, UpError> {
  let app = app_manifest::load(from, &LoadOptions { build_only: true, ..load.clone() })?;
  let built = app.components.iter().filter_map(|component| Some((&*component.id, component.build.as_ref()?)));
  let built = built.collect::<Vec<_>>();
  let faults = thread::scope(|scope| {
    let running = built.iter().map(|(id, build)| scope.spawn(|| build_one(id, build))).collect::<Vec<_>>();
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

fn say(id: &str, line: &str) {
  // Nobody may read it.
  let _ = writeln!(io::stderr().lock(), "{id} | {line}");
}
