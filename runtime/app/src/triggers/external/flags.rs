//! Which flags of the command line are for which trigger.

use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use app_manifest::nearest;
use serde::Deserialize;

use super::External;
use crate::options::UpOptions;

/// How long a trigger may take to say which flags it has.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a trigger says of its flags.
#[derive(Debug, Deserialize)]
struct LaunchMetadata {
  all_flags: Vec<LaunchFlag>,
}

/// Each as it is written, with its dashes.
#[derive(Debug, Deserialize)]
struct LaunchFlag {
  short: Option<String>,
  long: Option<String>,
}

impl LaunchMetadata {
  fn takes(&self, flag: &str) -> bool {
    let name = flag.split_once('=').map_or(flag, |(name, _)| name);
    self.all_flags.iter().any(|known| [&known.long, &known.short].into_iter().flatten().any(|one| one == name))
  }
}

/// Gives each trigger the flags that it takes: of those that are none of the host's, and of the host's own that concern
/// triggers too. One that does not say what it takes gets all of the former.
///
/// # Errors
///
/// Every flag that no trigger takes.
pub(crate) fn share_out(externals: &mut [External], options: &UpOptions) -> Result<(), Vec<String>> {
  let (given, common) = (grouped(&options.trigger_flags), common(options));
  let mut is_taken = vec![false; given.len()];
  let mut known = options.own_flags.clone();
  for external in externals {
    let metadata = match given.is_empty() && common.is_empty() {
      true => None,
      false => launch_metadata(&external.program)
        .inspect_err(|why| tracing::warn!("trigger-{} does not say which flags it takes: {why}", external.kind))
        .ok(),
    };
    known.extend(metadata.iter().flat_map(|metadata| &metadata.all_flags).filter_map(|flag| flag.long.clone()));
    for (group, is_taken) in given.iter().zip(&mut is_taken) {
      if metadata.as_ref().is_none_or(|metadata| metadata.takes(&group[0])) {
        external.arguments.extend(group.iter().cloned());
        *is_taken = true;
      }
    }
    for group in common.iter().filter(|group| metadata.as_ref().is_some_and(|metadata| metadata.takes(&group[0]))) {
      external.arguments.extend(group.iter().cloned());
    }
  }
  let left = given.iter().zip(is_taken).filter(|(_, is_taken)| !is_taken).map(|(group, _)| {
    let flag = group[0].split_once('=').map_or(&*group[0], |(name, _)| name);
    let meant = known.iter().map(String::as_str).filter(|known| known.starts_with("--"));
    let help = match nearest(flag, meant).filter(|_| flag.starts_with("--")) {
      Some(meant) => format!("did you mean {meant}?"),
      None => "`plugbay up --help` lists those of plugbay".to_string(),
    };
    format!("there is no flag {flag}: neither plugbay up nor a trigger of the app takes it; {help}")
  });
  let left = left.collect::<Vec<_>>();
  if left.is_empty() { Ok(()) } else { Err(left) }
}

/// Flags, each with its value if one follows.
fn grouped(flags: &[String]) -> Vec<Vec<String>> {
  let mut groups: Vec<Vec<String>> = Vec::new();
  for text in flags {
    match groups.last_mut() {
      Some(group) if !text.starts_with('-') && group.len() == 1 => group.push(text.clone()),
      _ => groups.push(vec![text.clone()]),
    }
  }
  groups
}

/// What the host was told that triggers have flags for as well.
fn common(options: &UpOptions) -> Vec<Vec<String>> {
  let mut groups = Vec::new();
  let flag = |name: &str| vec![name.to_string()];
  if let Some(state) = &options.services.state {
    groups.push(vec!["--state-dir".to_string(), state.display().to_string()]);
  }
  if let Some(config) = &options.services.config {
    groups.push(vec!["--runtime-config-file".to_string(), config.display().to_string()]);
  }
  for source in &options.services.variables {
    groups.push(vec!["--variable".to_string(), source.to_string()]);
  }
  groups.extend(options.quiet.then(|| flag("--quiet")));
  groups.extend(options.files.allow_transient_write.then(|| flag("--allow-transient-write")));
  groups
}

fn launch_metadata(program: &Path) -> Result<LaunchMetadata, String> {
  let mut command = Command::new(program);
  command.arg("--launch-metadata-only").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
  let mut child = command.spawn().map_err(|error| error.to_string())?;
  let (say, said) = mpsc::channel();
  let mut output = child.stderr.take();
  thread::spawn(move || {
    let mut text = Vec::new();
    // What cannot be read is no metadata.
    let _ = output.as_mut().map(|output| output.read_to_end(&mut text));
    say.send(text)
  });
  let said = said.recv_timeout(PATIENCE);
  // It has said all.
  let _ = child.kill();
  let _ = child.wait();
  let said = said.map_err(|_| format!("it has not answered within {} s", PATIENCE.as_secs()))?;
  serde_json::from_slice(&said).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
  use super::*;

  fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_string).to_vec()
  }

  #[test]
  fn flags_have_values() {
    let flags = texts(["--a", "1", "-b", "--c=2", "--d", "3", "4"]);
    let groups =
      [texts(["--a", "1"]).as_slice(), &texts(["-b"]), &texts(["--c=2"]), &texts(["--d", "3"]), &texts(["4"])]
        .map(<[String]>::to_vec);
    assert_eq!(grouped(&flags), groups);
  }

  #[test]
  fn metadata_says_what_is_taken() {
    let text = r#"{"all_flags": [{"short": "-q", "long": "--quiet"}, {"long": "--speed"}, {"short": "-v"}]}"#;
    let metadata: LaunchMetadata = serde_json::from_str(text).expect("it is some");
    for (flag, is_taken) in
      [("--quiet", true), ("-q", true), ("--speed", true), ("--speed=3", true), ("-v", true), ("--spe", false)]
    {
      assert_eq!(metadata.takes(flag), is_taken, "{flag}");
    }
  }
}
