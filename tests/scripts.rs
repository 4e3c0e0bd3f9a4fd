//! Runs the scripts in `scripts/`. What a script needs and what is expected of it stands in the comments at its top:
//!
//! - `// flags: …`: permissions, with `{folder}` for the folder of the fixtures and `{temp}` for a folder of its own
//! - `// needs: guests`: plugins that are built as WebAssembly modules; it is skipped where these cannot be built
//! - `// milliseconds: N`: it ends before that, or is ended
//! - `// exit: N`, `// stdout: …`, `// stderr: …`: how it ends and what it prints; without them it must succeed
//! - `// not poisoned: …`: why it does not run under the prelude
//!
//! Each runs once more under the prelude of `poison/`, which has replaced what a script can replace of the language and
//! tells when the runtime's own JavaScript asks for it.
//!
//! `Deno.args` are the two folders. A file without a line of flags is a module that the others import.

use std::collections::BTreeSet;
use std::fs::read_dir;
use std::fs::read_to_string;
use std::fs::write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

use deno_core::url::Url;

use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::guests;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::runtime_scripts;
use crate::harness::text_modules;

/// A test for each script.
macro_rules! scripts {
  (on_guests: [$($guest:ident),* $(,)?], $($folder:literal: [$($name:ident),* $(,)?]),* $(,)?) => {
    $($(
      #[test]
      fn $name() {
        run($folder, stringify!($name), "native", false);
      }
    )*)*

    mod poisoned {
      use super::run;
      use crate::harness::guests;

      $($(
        #[test]
        fn $name() {
          run($folder, stringify!($name), "native", true);
        }
      )*)*

      mod on_guests {
        use super::guests;
        use super::run;

        $(
          #[test]
          fn $guest() {
            if guests() {
              run("scripts", stringify!($guest), "wasm", true);
            }
          }
        )*
      }
    }

    /// The same scripts with the same plugin, built as a WebAssembly module.
    mod on_guests {
      use super::run;
      use crate::harness::guests;

      $(
        #[test]
        fn $guest() {
          if guests() {
            run("scripts", stringify!($guest), "wasm", false);
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
  on_guests: [closed_ops, full_stack, json_ops, typed_bytes, typed_others, typed_properties, typed_scalars, typed_shapes, typed_slices, typed_values, zero_copy_ops],
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
    component_bad,
    component_calls,
    component_class,
    component_faults,
    component_generated,
    component_instances,
    component_limits,
    component_linked,
    component_modules,
    component_native_ops,
    component_resources,
    component_state,
    component_sums,
    component_values,
    component_wasi,
    long_life,
    constructors,
    deno2020,
    dispose,
    files,
    files_denied,
    files_one_folder,
    full_stack,
    guest_budget,
    guest_calls_back,
    guest_deadlines,
    guest_claims,
    guest_exports,
    guest_failed_starts,
    guest_frames,
    guest_instances,
    guest_lies,
    guest_limits,
    guest_nested,
    guest_plugins,
    guest_objects,
    guest_reentry,
    guest_threads,
    guest_trek,
    guest_waits,
    guest_wasi,
    guest_wasi_everything,
    guest_wasi_links,
    guest_wasi_special,
    guest_wasi_state,
    handler_calls_again,
    hostile_settling,
    import_denied,
    import_no_file,
    integrity,
    json_ops,
    lending,
    left_to_the_host,
    metrics,
    names,
    not_plugins,
    opening_deadline,
    options,
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
    steal_async_ops,
    steal_host,
    streaming_promises,
    thread_outlives_plugin,
    tokio,
    typed_bytes,
    typed_hostile,
    typed_others,
    typed_polluted,
    typed_properties,
    typed_scalars,
    typed_shapes,
    typed_slices,
    typed_values,
    wasm,
    web_platform,
    zero_copy_ops,
  ],
  "scripts/exits": [exit_code, exit_in_import, plugin_error, ref_op, uncaught_error, unhandled_rejection, unref_op],
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

/// A script that imports the prelude first and then the script itself, in a folder of its own.
pub(crate) fn poison(script: &Path, folder: &Path) -> PathBuf {
  let names =
    runtime_scripts().into_iter().flat_map(|path| property_names(&read_to_string(&path).expect("it can be read")));
  let names = serde_json::to_string(&names.collect::<BTreeSet<_>>()).expect("they are texts");
  write(folder.join("names.js"), format!("globalThis.poisonedNames = {names};\n")).expect("a file can be written");
  let import = |path: &Path| format!("import {:?};\n", Url::from_file_path(path).expect("it is absolute").as_str());
  let prelude = root().join("tests/poison/poison.js");
  let entry = folder.join("entry.js");
  let source = ["import \"./names.js\";\n".to_string(), import(&prelude), import(script)].concat();
  write(&entry, source).expect("a file can be written");
  entry
}

/// What may be the name of a property in a source text.
fn property_names(source: &str) -> BTreeSet<String> {
  let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
  let mut names = BTreeSet::new();
  let mut before = ' ';
  let mut rest = source;
  while let Some(character) = rest.chars().next() {
    let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
    if length == 0 {
      before = if character.is_whitespace() { before } else { character };
      rest = &rest[character.len_utf8()..];
      continue;
    }
    let (word, after) = rest.split_at(length);
    if character.is_ascii_lowercase() && (matches!(before, '.' | '{' | ',') || after.starts_with(':')) {
      names.insert(word.to_string());
    }
    before = ' ';
    rest = after;
  }
  names
}

#[test]
fn the_prelude_sees_what_the_runtime_would_ask() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let entry = poison(&root().join("tests/poison/fault.js"), folder.path());
  let output = plugbay().arg("run").arg(entry).output().expect("plugbay runs");
  let stderr = String::from_utf8_lossy(&output.stderr);
  for found in ["setter of Array.prototype.0,", "Array.prototype.map,", "getter of Object.prototype.guest,"] {
    assert!(stderr.contains(found), "{found}: {}", describe(&output));
  }
  assert_eq!(stderr.matches("POISONED").count(), 3, "{}", describe(&output));
}

fn run(folder: &str, name: &str, substrate: &str, is_poisoned: bool) {
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
  if is_poisoned && expected("not poisoned").iter().any(|why| !why.is_empty()) {
    return;
  }
  text_modules();
  let prelude = tempfile::tempdir().expect("a folder can be made");
  let path = if is_poisoned { poison(&path, prelude.path()) } else { path };
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
  assert!(!stderr.contains("POISONED"), "{name}: {}", describe(&output));
  for (key, printed) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
    let printed = String::from_utf8_lossy(printed);
    for text in expected(key) {
      assert!(printed.contains(&text), "{name}: {key} has no {text:?}: {}", describe(&output));
    }
  }
}
