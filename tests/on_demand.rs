//! The runtime's scripts that are loaded on demand, where little is left of what loading takes: each process is a real
//! one, since a script is loaded once.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use tempfile::TempDir;

use crate::harness::describe;
use crate::harness::plugbay;

/// A script beside an empty component.
struct Script {
  folder: TempDir,
}

impl Script {
  fn new(text: &str) -> Self {
    let script = Self { folder: tempfile::tempdir().expect("a folder can be made") };
    fs::write(script.path("empty.wasm"), wat::parse_str("(component)").expect("it is a component")).expect("it is new");
    fs::write(script.path("main.js"), text).expect("it is new");
    script
  }

  fn path(&self, name: &str) -> PathBuf {
    self.folder.path().join(name)
  }

  fn run(&self, flags: &[&str], arguments: &[&str]) -> Output {
    let mut command = plugbay();
    command.current_dir(&self.folder).env("PLUGBAY_LOG", "plugbay=debug").args(["run", "--allow-read"]);
    command.args(flags).arg("main.js").args(arguments).output().expect("plugbay runs")
  }
}

#[test]
fn what_is_loaded_on_demand_is_not_compiled_from_its_text() {
  let script =
    Script::new("Deno.openPlugin('empty.wasm'); console.log(await new Response(new Blob(['read'])).text());");
  let compiled_texts = |flags: &[&str]| {
    let output = script.run(flags, &[]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "read\n", "{}", describe(&output));
    String::from_utf8_lossy(&output.stderr).matches("compiled from its text").count()
  };
  assert_eq!(compiled_texts(&[]), 0);
  // With other flags V8 makes other code.
  assert!(compiled_texts(&["--v8-flags=--maglev-osr"]) > 20, "components, streams and fetch are many files");
}

/// Whatever is used first where the stack is nearly full can be used later.
#[test]
fn a_full_stack_ends_no_loading_halfway() {
  let script = Script::new(
    r#"
      const [feature, back] = Deno.args;
      const use = {
        component: () => Deno.openPlugin("empty.wasm").close(),
        pattern: () => new URLPattern({ pathname: "/a" }).test("http://x/a"),
        response: () => new Response("abc").body,
      }[feature];
      const down = (depth, does) => depth <= 0 ? does() : down(depth - 1, does);
      const fits = (depth) => {
        try {
          down(depth, () => {});
          return true;
        } catch {
          return false;
        }
      };
      let deepest = 1 << 20;
      for (let step = deepest; step >= 1; step >>= 1) deepest += fits(deepest) ? step : -step;
      try {
        down(deepest - Number(back), use);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      use();
      console.log("used");
    "#,
  );
  for feature in ["component", "pattern", "response"] {
    for back in (0..1500).step_by(50) {
      let output = script.run(&[], &[feature, &back.to_string()]);
      let is_used = output.status.success() && output.stdout == b"used\n";
      assert!(is_used, "{feature} with {back} frames left: {}", describe(&output));
    }
  }
}

#[test]
fn flags_without_which_nothing_runs_are_named() {
  for flag in ["--jitless", "--disallow-code-generation-from-strings"] {
    let output = Script::new("").run(&[&format!("--v8-flags={flag}")], &[]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{}", describe(&output));
    let wanted = format!("the runtime cannot start with these flags of V8: {flag}; leave them out");
    assert!(told.contains(&wanted), "{told}");
  }
}
