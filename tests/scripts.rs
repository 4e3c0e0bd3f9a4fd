//! Runs the scripts in `scripts/`. What a script needs and what is expected of it stands in the comments at its top:
//!
//! - `// flags: …`: permissions, with `{folder}` for the folder of the fixtures and `{temp}` for a folder of its own
//! - `// needs: guests`: plugins that are built as WebAssembly modules; it is skipped where these cannot be built
//! - `// milliseconds: N`: it ends before that, or is ended
//! - `// exit: N`, `// stdout: …`, `// stderr: …`: how it ends and what it prints; without them it must succeed
//!
//! `Deno.args` are the two folders. A file without a line of flags is a module that the others import.

use std::collections::BTreeSet;
use std::fs::read_dir;
use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::guests;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::text_modules;

/// A test for each script.
macro_rules! scripts {
  (on_guests: [$($guest:ident),* $(,)?], $($folder:literal: [$($name:ident),* $(,)?]),* $(,)?) => {
    $($(
      #[test]
      fn $name() {
        run($folder, stringify!($name), "native");
      }
    )*)*

    /// The same scripts with the same plugin, built as a WebAssembly module.
    mod on_guests {
      use super::run;
      use crate::harness::guests;

      $(
        #[test]
        fn $guest() {
          if guests() {
            run("scripts", stringify!($guest), "wasm");
          }
        }
      )*
    }

    #[test]
    fn every_script_is_run() {
      $(
        let run = BTreeSet::from([$(concat!(stringify!($name), ".js").to_string()),*]);
        assert_eq!(scripts_in($folder), run);
      )*
    }
  };
}

scripts! {
  on_guests: [closed_ops, full_stack, json_ops, typed_bytes, typed_others, typed_scalars, typed_values, zero_copy_ops],
  "scripts": [
    async_handler,
    async_ops,
    bad_files,
    bad_plugins,
    bad_signatures,
    buffers,
    close,
    closed_ops,
    collected_ops,
    constructors,
    deno2020,
    dispose,
    files,
    files_denied,
    files_one_folder,
    full_stack,
    guest_instances,
    guest_lies,
    guest_limits,
    guest_nested,
    guest_plugins,
    guest_threads,
    guest_waits,
    guest_wasi,
    handler_calls_again,
    hostile_settling,
    import_denied,
    import_no_file,
    integrity,
    json_ops,
    metrics,
    names,
    panics,
    paths,
    permission_denied,
    permission_one_file,
    permission_one_folder,
    permission_read_only,
    permission_wasm,
    replaced_in_place,
    replaced_library,
    resources,
    thread_outlives_plugin,
    typed_bytes,
    typed_hostile,
    typed_others,
    typed_polluted,
    typed_scalars,
    typed_values,
    wasm,
    web_platform,
    zero_copy_ops,
  ],
  "scripts/exits": [exit_code, plugin_error, ref_op, uncaught_error, unhandled_rejection, unref_op],
}

fn scripts_in(folder: &str) -> BTreeSet<String> {
  let entries = read_dir(root().join("tests").join(folder)).expect("the folder can be read");
  let is_script = |path: &Path| {
    path.extension().is_some_and(|extension| extension == "js")
      && read_to_string(path).expect("the script can be read").starts_with("// flags:")
  };
  entries
    .map(|entry| entry.expect("the folder can be read").path())
    .filter(|path| is_script(path))
    .map(|path| path.file_name().expect("it has a name").to_string_lossy().into_owned())
    .collect()
}

/// Runs a command that is ended when it takes longer; it writes less than fits into a pipe.
fn output_within(command: &mut Command, limit: Duration) -> Output {
  let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("plugbay runs");
  let start = Instant::now();
  while child.try_wait().expect("it is our child").is_none() {
    if start.elapsed() > limit {
      child.kill().expect("it is our child");
      let output = child.wait_with_output().expect("it is our child");
      panic!("not done after {limit:?}: {}", describe(&output));
    }
    sleep(Duration::from_millis(5));
  }
  child.wait_with_output().expect("it is our child")
}

fn run(folder: &str, name: &str, substrate: &str) {
  let path = root().join("tests").join(folder).join(format!("{name}.js"));
  let source = read_to_string(&path).expect("the script can be read");
  let temp = tempfile::tempdir().expect("a folder can be made");
  let temp = temp.path().canonicalize().expect("it is there");
  let fixtures = fixtures();
  let expected = |key: &str| {
    let key = format!("// {key}:");
    let values =
      source.lines().take_while(|line| line.starts_with("//")).filter_map(move |line| line.strip_prefix(&key));
    values.map(|value| value.trim().to_string()).collect::<Vec<_>>()
  };

  if expected("needs").iter().any(|needed| needed == "guests") && !guests() {
    return;
  }
  text_modules();
  let mut command = plugbay();
  command.arg("run").current_dir(&temp).env("PLUGBAY_CONSTRUCTOR_PROOF", temp.join("constructor_proof"));
  for flag in expected("flags").iter().flat_map(|flags| flags.split_whitespace()) {
    let flag = flag.replace("{folder}", &fixtures.to_string_lossy()).replace("{temp}", &temp.to_string_lossy());
    command.arg(flag);
  }
  if substrate == "wasm" {
    command.arg("--allow-read");
  }
  command.arg(&path).arg(fixtures).arg(&temp).arg(substrate);
  let output = match expected("milliseconds").first() {
    Some(limit) => output_within(&mut command, Duration::from_millis(limit.parse().expect("a limit is a number"))),
    None => command.output().expect("plugbay runs"),
  };

  let exit = expected("exit").first().map_or(0, |code| code.parse().expect("an exit code is a number"));
  assert_eq!(output.status.code(), Some(exit), "{name}: {}", describe(&output));
  let stderr = String::from_utf8_lossy(&output.stderr);
  assert!(!stderr.contains("This is a bug in"), "{name}: {}", describe(&output));
  for (key, printed) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
    let printed = String::from_utf8_lossy(printed);
    for text in expected(key) {
      assert!(printed.contains(&text), "{name}: {key} has no {text:?}: {}", describe(&output));
    }
  }
}
