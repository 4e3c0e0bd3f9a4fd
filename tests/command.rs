//! What the command says: of errors that nobody caught, and of what it does not take.

use std::path::Path;
use std::process::Command;
use std::process::Stdio;

use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::library;
use crate::harness::plugbay;
use crate::harness::succeed;
use crate::harness::text_modules;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
  let folder = tempfile::tempdir().expect("a folder can be made");
  for (name, text) in files {
    std::fs::write(folder.path().join(name), text).expect("a file can be written");
  }
  folder
}

/// What the command prints to standard error, when it fails.
#[track_caller]
fn fails(command: &mut Command) -> String {
  let output = command.output().expect("the command runs");
  assert!(!output.status.success(), "{command:?} does not fail: {}", describe(&output));
  String::from_utf8(output.stderr).expect("it is UTF-8")
}

#[track_caller]
fn assert_has(text: &str, parts: &[&str]) {
  for part in parts {
    assert!(text.contains(part), "{part:?} is not in:\n{text}");
  }
}

fn plugbay_in(folder: &Path, arguments: &[&str]) -> Command {
  let mut command = plugbay();
  command.args(arguments).current_dir(folder);
  command
}

#[test]
fn uncaught_errors_are_printed_with_all_that_is_known_of_them() {
  let script = r#"function inner() {
  const cause = new TypeError("because");
  const first = new RangeError("first", { cause });
  first.code = "ERR_FIRST";
  first.details = { list: [1, 2] };
  throw new AggregateError([first, "second"], "all failed");
}
	[1].forEach(inner);
"#;
  let folder = folder(&[("main.js", script)]);
  let url = format!("file://{}/main.js", folder.path().canonicalize().expect("it is there").display());
  let expected = r#"error: Uncaught (in promise) AggregateError: all failed
  throw new AggregateError([first, "second"], "all failed");
        ^
    at inner (URL:6:9)
    at Array.forEach (<anonymous>)
    at URL:8:6
  - RangeError: first
      const first = new RangeError("first", { cause });
                    ^
        at inner (URL:3:17)
        at Array.forEach (<anonymous>)
        at URL:8:6
      { code: "ERR_FIRST", details: { list: [ 1, 2 ] } }
    Caused by: TypeError: because
      const cause = new TypeError("because");
                    ^
        at inner (URL:2:17)
        at Array.forEach (<anonymous>)
        at URL:8:6
  - second
"#;
  let printed = fails(&mut plugbay_in(folder.path(), &["run", "main.js"]));
  assert_eq!(printed, expected.replace("URL", &url));
}

#[test]
fn frames_of_the_runtime_are_left_out() {
  let folder = folder(&[("main.js", "Deno.readTextFileSync('/x');"), ("plugin.js", "Deno.openPlugin(5);")]);
  for (script, code) in [("main.js", "NotCapable"), ("plugin.js", "{ code: \"ERR_PLUGIN_OPTIONS\" }")] {
    let printed = fails(&mut plugbay_in(folder.path(), &["run", script]));
    assert_has(&printed, &[code, &format!("{script}:1:6"), "\n       ^\n"]);
    assert!(!printed.contains("ext:"), "{printed}");
  }
}

#[test]
fn what_is_no_error_is_printed_as_what_it_is() {
  let folder = folder(&[("main.js", "Promise.reject({ a: [1] });"), ("syntax.js", "const x = ;")]);
  let printed = fails(&mut plugbay_in(folder.path(), &["run", "main.js"]));
  assert_eq!(printed, "error: Uncaught (in promise) { a: [ 1 ] }\n");
  let printed = fails(&mut plugbay_in(folder.path(), &["run", "syntax.js"]));
  assert_has(&printed, &["SyntaxError", "\n  const x = ;\n            ^\n", "syntax.js:1:11"]);
}

#[test]
fn lines_of_files_that_are_no_modules_are_not_printed() {
  let script = "eval(\"\\nthrow new Error('x')\\n//# sourceURL=\" + import.meta.url.replace('main.js', 'secret'));";
  let folder = folder(&[("main.js", script), ("secret", "first\nsecond line\n")]);
  let printed = fails(&mut plugbay_in(folder.path(), &["run", "main.js"]));
  assert_has(&printed, &["Error: x", "secret"]);
  assert!(!printed.contains("second line"), "{printed}");
}

#[test]
fn other_programs_command_lines_are_told_what_to_do() {
  let folder = folder(&[("main.js", ""), ("types.ts", "let a: number = 1;")]);
  for (arguments, said) in [
    (&["main.js"][..], "a script is run by `plugbay run main.js`"),
    (&["missing.mjs"], "a script is run by `plugbay run missing.mjs`"),
    (&["run", "--watch", "main.js"], "unknown option --watch; plugbay does not watch files"),
    (&["run", "--allow-ffi=x", "main.js"], "--allow-plugin"),
    (&["run", "types.ts"], "plugbay runs JavaScript; compile it first"),
  ] {
    assert_has(&fails(&mut plugbay_in(folder.path(), arguments)), &[said]);
  }
}

#[test]
fn grants_behind_the_script_are_told_where_they_belong() {
  let folder = folder(&[("main.js", "console.log(Deno.args.join());")]);
  let said = "behind main.js, so that it is the script's own argument and grants nothing";
  for (arguments, is_told) in [
    (&["run", "main.js", "--allow-plugin=x.so"][..], true),
    (&["run", "main.js", "first", "-A"], true),
    (&["run", "--allow-env", "main.js", "--allow-plugin"], false),
    (&["run", "main.js", "--", "--allow-plugin"], false),
    (&["run", "main.js", "--allow", "-a", "allow-plugin"], false),
  ] {
    let output = plugbay_in(folder.path(), arguments).output().expect("the command runs");
    assert!(output.status.success(), "{}", describe(&output));
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(printed.contains(said), is_told, "{arguments:?}: {printed}");
    let last = arguments.last().expect("there is one");
    assert!(String::from_utf8_lossy(&output.stdout).trim_end().ends_with(last), "{}", describe(&output));
  }
}

#[test]
fn imports_from_elsewhere_are_told_what_to_do() {
  for (specifier, said) in [
    ("node:fs", "no modules of Node"),
    ("npm:lodash", "plugbay fetches no packages; bundle"),
    ("jsr:@std/path", "plugbay fetches no packages; bundle"),
    ("https://example.com/a.js", "code is not taken from the web"),
    ("lodash", "packages have to be bundled"),
    ("./plugin.so", "open it by Deno.openPlugin(\""),
    ("./plugin.wasm", "open it by Deno.openPlugin(\""),
    ("./types.ts", "compile it first"),
  ] {
    let script = format!("import {specifier:?};");
    let files = [("main.js", &*script), ("plugin.so", ""), ("plugin.wasm", ""), ("types.ts", "")];
    let folder = folder(&files);
    assert_has(&fails(&mut plugbay_in(folder.path(), &["run", "main.js"])), &[said, "main.js"]);
    let script = format!("await import({specifier:?}).catch((error) => {{ throw new Error(error.message) }});");
    std::fs::write(folder.path().join("main.js"), script).expect("a file can be written");
    assert_has(&fails(&mut plugbay_in(folder.path(), &["run", "-A", "main.js"])), &[said]);
  }
}

#[test]
fn everything_is_granted_by_allow_all() {
  let script = "Deno.openPlugin(Deno.args[0]).close(); Deno.readTextFileSync('main.js'); Deno.env.get('PATH');";
  let folder = folder(&[("main.js", script)]);
  let library = library("kit");
  for flag in ["-A", "--allow-all"] {
    let output = plugbay_in(folder.path(), &["run", flag, "main.js"]).arg(&library).output().expect("it runs");
    assert!(output.status.success(), "{}", describe(&output));
  }
}

#[cfg(unix)]
#[test]
fn a_link_to_a_script_runs_where_the_script_is() {
  let folder = folder(&[]);
  let real = folder.path().join("real");
  std::fs::create_dir(&real).expect("a folder can be made");
  std::fs::write(real.join("main.js"), "import { name } from './lib.js'; console.log(name, import.meta.url);").unwrap();
  std::fs::write(real.join("lib.js"), "export const name = 'lib';").unwrap();
  std::os::unix::fs::symlink("real/main.js", folder.path().join("link.js")).expect("a link can be made");
  let output = plugbay_in(folder.path(), &["run", "link.js"]).output().expect("it runs");
  let url = format!("file://{}/main.js", real.canonicalize().expect("it is there").display());
  assert_eq!(String::from_utf8_lossy(&output.stdout), format!("lib {url}\n"), "{}", describe(&output));
}

#[test]
fn standard_streams_and_the_exit_code() {
  use std::io::Write as _;

  let script = "
    const bytes = new Uint8Array(4), read = Deno.stdin.readSync(bytes), more = await Deno.stdin.read(bytes.subarray(2));
    Deno.stdout.writeSync(bytes);
    await Deno.stderr.write(new TextEncoder().encode(`${read} ${more} ${await Deno.stdin.read(bytes)}`));
    if (Deno.stdin.isTerminal() || Deno.stdin.rid + Deno.stdout.rid + Deno.stderr.rid !== 3) throw 'wrong';
    if (Deno.exitCode !== 0) throw 'wrong';
    Deno.exitCode = 3;
    if (Deno.exitCode !== 3) throw 'wrong';
    try { Deno.exitCode = 'x'; } catch { Deno.stdout.write(new TextEncoder().encode('!')); }
  ";
  let folder = folder(&[("main.js", script)]);
  let mut command = plugbay_in(folder.path(), &["run", "main.js"]);
  command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
  let mut child = command.spawn().expect("it runs");
  child.stdin.take().expect("it is a pipe").write_all(b"abcdef").expect("it reads");
  let output = child.wait_with_output().expect("it ends");
  assert_eq!(output.status.code(), Some(3), "{}", describe(&output));
  assert_eq!(output.stdout, b"abef!");
  assert_eq!(output.stderr, b"4 2 null");
}

#[test]
fn lines_of_the_log_name_the_plugin_and_are_lines() {
  text_modules();
  let script = "
    const kit = Deno.openPlugin(Deno.args[0]);
    kit.ops.warn('first\\n2026-01-01T00:00:00Z ERROR plugbay: forged\\u001b[2J');
    kit.close();
  ";
  let folder = folder(&[("main.js", script)]);
  let library = library("kit");
  let mut plugins = vec![library];
  plugins.extend(crate::harness::guests().then(|| fixtures().join("guests/kit.wasm")));
  for plugin in plugins {
    let output = plugbay_in(folder.path(), &["run", "-A", "main.js"]).arg(&plugin).output().expect("it runs");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert_eq!(printed.lines().count(), 1, "{}", describe(&output));
    assert_has(&printed, &["WARN plugin:", "first\\n2026-01-01", "forged\\u{1b}[2J", "plugin=\"kit\""]);
  }
}

#[test]
fn inspect_prints_the_wit_of_a_component() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("hello.wasm");
  let text = r#"(component
    (core module $m (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m))
    (func $add (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
    (instance $api (export "add" (func $add)))
    (export "test:hello/api@1.2.3" (instance $api)))"#;
  std::fs::write(&path, wat::parse_str(text).expect("it is a component")).expect("the folder can be written");
  let wit = succeed(plugbay().arg("inspect").arg(&path));
  assert!(wit.contains("export test:hello/api@1.2.3;") && wit.contains("add: func(a: u32, b: u32) -> u32;"), "{wit}");
  std::fs::write(&path, "no component").expect("the folder can be written");
  let output = plugbay().arg("inspect").arg(&path).output().expect("plugbay runs");
  let says = String::from_utf8_lossy(&output.stderr);
  assert!(!output.status.success() && says.contains("cannot tell the WIT") && says.contains("hello.wasm"), "{says}");
}
