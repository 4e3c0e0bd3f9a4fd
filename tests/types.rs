//! `plugbay types`: what it writes is checked in beside each plugin, and the TypeScript compiler holds the plugins'
//! scripts to it.

use std::fs::read_to_string;
use std::fs::write;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::guests;
use crate::harness::library;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::harness::text_modules;
use crate::harness::typescript;

const PLUGINS: &[&str] = &["hello", "hash", "markdown", "sqlite"];

/// The TypeScript compiler on files, run by plugbay.
pub(crate) fn check(files: &[PathBuf]) -> Command {
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(root().join("tests/typescript/check.js")).arg(typescript()).args(files);
  command
}

#[test]
fn the_types_beside_each_plugin_are_those_of_its_ops() {
  for name in PLUGINS {
    let written = succeed(plugbay().arg("types").arg(library(name)));
    let path = root().join(format!("plugins/{name}/{name}.d.ts"));
    let there = read_to_string(&path).unwrap_or_default();
    assert!(written == there, "{} is not what `plugbay types` writes:\n{written}", path.display());
  }
}

#[test]
fn a_guest_has_the_types_of_the_same_plugin_as_a_library() {
  if !guests() {
    return;
  }
  for name in ["hello", "hash", "markdown"] {
    let module = fixtures().join(format!("guests/{name}.wasm"));
    let written = succeed(plugbay().args(["types".as_ref(), module.as_os_str()]));
    assert_eq!(written, read_to_string(root().join(format!("plugins/{name}/{name}.d.ts"))).expect("it is there"));
  }
}

#[test]
fn the_scripts_of_the_plugins_use_them_as_their_types_say() {
  let scripts = PLUGINS.iter().flat_map(|name| ["example.js", "test.js"].map(|file| format!("{name}/{file}")));
  let demo = ["main.js", "orders.js", "report.js"].map(|file| format!("demo/{file}"));
  let files = scripts.chain(demo).map(|script| root().join("plugins").join(script)).collect::<Vec<_>>();
  succeed(&mut check(&files));
}

#[test]
fn types_of_every_kind_are_types_to_the_compiler() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let types = temp.path().join("kit.d.ts");
  write(&types, succeed(plugbay().arg("types").arg(library("kit")))).expect("the folder can be written");
  let script = |text: &str| {
    let path = temp.path().join("script.js");
    let opened = "const { ops } = /** @type {Deno.Plugin<import(\"./kit.d.ts\").Ops>} */ (Deno.openPlugin(\"kit\"));\n";
    write(&path, format!("{opened}{text}\nexport {{}};\n")).expect("the folder can be written");
    check(&[types.clone(), path]).output().expect("plugbay runs")
  };

  let right = "
    /** @type {number} */ export const a = ops.t_i32(1);
    /** @type {number | bigint} */ export const b = ops.t_i64(5n);
    /** @type {string} */ export const c = ops.t_join('a', 'b');
    /** @type {Uint8Array<ArrayBuffer>} */ export const d = ops.t_make(5);
    /** @type {Uint8Array | null} */ export const e = ops.t_maybe_bytes(true);
    /** @type {Promise<string>} */ export const f = ops.t_async(1, 'x');
    /** @type {void} */ export const g = ops.t_fill(d, 5);
    /** @type {number} */ export const h = ops.v_sum_f64(new Float64Array(1));
    ops.v_double_u64(new BigUint64Array(1));
    ops.v_booleans({ true: 1 });
    ops.v_bigly_numbered({ 5: 'five' });
    ops.t_map(new Map([['a', 1], ['b', 2]]));
    ops.t_map({ a: 5n });
    ops.v_booleans(new Map([[true, 1]]));
    ops.v_numbered(new Map([[-5, 'five']]));
    ops.v_bigly_numbered(new Map([[5n, 'five']]));
    ops.t_list(new Float64Array(1));
    ops.t_list(new Set([1]));
    ops.t_list(Object.freeze([1n, 2]));
    ops.v_i64s(new BigInt64Array(1));
    ops.v_u8s(new ArrayBuffer(1));
    ops.t_bytes_value(new Uint8Array(1));
    ops.t_tuple([1, 'a', true]);
    ops.t_struct({ x: 1n, y: 2 });
    ops.t_struct(new Map([['x', 1], ['y', 2]]));
    ops.t_two_values(new Set([{ x: 1, y: 2 }]), 1, new Set(['a']));
    ops.t_json({ list: [1n, new Set([1]), new Map([['a', null]]), new Float32Array(1), new Date(0)], left: undefined });
    ops.t_json(new Map([['a', [1, 'b']]]));
    ops.json_echo([1, { a: null }]);
    /** @type {import('./kit.d.ts').JsonValue} */ export const i = 2n ** 60n;
    /** @type {import('./kit.d.ts').Point} */ export const j = ops.t_struct({ x: 1, y: 2, label: 'c' });
    ops.t_struct(j);
    ops.t_json(ops.t_json(i));
    ops.t_enum(ops.t_enum({ line: { from: j, to: new Map([['x', 1], ['y', 2]]) } }));
    /** @type {Deno.Argument<{ a: number | null, b: { c: string | null } }>} */ export const k = { b: {} };
    ops.t_list({ toJSON: () => [1] });
    ops.t_option();
    ops.t_option(5n);
    ops.t_option(null);
    ops.t_lengths(1, d, d.buffer);
  ";
  let output = script(right);
  assert!(output.status.success(), "{}", describe(&output));
  for (wrong, error) in [
    ("ops.t_i32('1')", "TS2345"),
    ("ops.t_i32()", "TS2554"),
    ("ops.t_sum([1, 2])", "TS2345"),
    ("ops.t_list(['1'])", "TS2322"),
    ("ops.t_list(new Set(['1']))", "TS2345"),
    ("ops.t_tuple([1, 'a'])", "TS2345"),
    ("ops.t_struct({ x: 1 })", "TS2345"),
    ("ops.t_map(new Map([['a', 'b']]))", "TS2345"),
    ("/** @type {Deno.Argument<{ a: number | null, b: string }>} */ export const k = { a: 1 };", "TS2322"),
    ("ops.t_json(() => 1)", "TS2345"),
    ("ops.t_enum('something')", "TS2345"),
    ("ops.v_sum_f64(new Float32Array(1))", "TS2345"),
    ("ops.t_join('a').length", "TS2554"),
    ("ops.t_maybe_text(true).length", "TS2531"),
    ("ops.t_async(1, 'x').length", "TS2339"),
    ("ops.t_unknown()", "TS2339"),
  ] {
    let output = script(wrong);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && printed.contains("TS"), "{wrong}: {}", describe(&output));
    assert!(printed.contains(error), "{wrong}: wanted {error}: {printed}");
  }
}

#[test]
fn the_types_of_a_component_have_the_comments_of_its_wit() {
  text_modules();
  let (component, wit) = (fixtures().join("guests/documented.wasm"), root().join("tests/fixtures/wit"));
  let written = succeed(plugbay().arg("types").arg("--wit").arg(wit.join("documented.wit")).arg(&component));
  let expected = wit.join("documented.d.ts");
  let there = read_to_string(&expected).unwrap_or_default();
  assert!(written == there, "{} is not what `plugbay types` writes:\n{written}", expected.display());
  // Compilers leave them out.
  let written = succeed(plugbay().arg("types").arg(&component));
  assert!(!written.contains("To the right") && written.contains("export type Point = {"), "{written}");

  for (wit, plugin) in
    [("nowhere.wit", component.clone()), ("documented.wat", component), ("documented.wit", library("hello"))]
  {
    let wit = root().join("tests/fixtures/wit").join(wit);
    let output = plugbay().arg("types").arg("--wit").arg(&wit).arg(plugin).output().expect("plugbay runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("cannot tell the WIT of"), "{wit:?}: {said}");
  }
}

#[test]
fn a_component_takes_more_than_it_gives() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let types = root().join("tests/fixtures/wit/documented.d.ts");
  let script = |text: &str| {
    let path = temp.path().join("script.js");
    let module = format!("import({:?})", types.display().to_string());
    let opened = format!(
      "const {{ ops }} = /** @type {{Deno.Plugin<{module}.Ops>}} */ (Deno.openPlugin(\"documented\"));
       const {{ painting }} = ops;
       const canvas = new painting.Canvas([1, 2]);
       /** @param {{{module}.Imports}} imports */ const take = (imports) => imports;
       const get = () => 5n;
      "
    );
    write(&path, format!("{opened}{text}\nexport {{}};\n")).expect("the folder can be written");
    check(&[types.clone(), path]).output().expect("plugbay runs")
  };

  let right = "
    /** @type {bigint} */ export const a = ops.count([1, 2]);
    ops.count(new Uint32Array(1));
    ops.count(Object.freeze([1]));
    ops.count(new Float64Array(1));
    /** @type {Float64Array} */ export const b = canvas.paint({ tag: 'none' });
    canvas.paint({ tag: 'line', val: [{ x: 1, y: 2 }, { x: 1, y: 2n, name: null }] }, null);
    /** @type {{ x: number, y: bigint, name?: string }} */
    export const c = painting.middle(new Float32Array(1), []);
    painting.middle([0.5], Object.freeze([c]), [1, 2n]);
    painting.middle([0.5], [], new BigInt64Array(1));
    painting.middle([0.5], [], new Int8Array(1));
    painting.middle([0.5], [], null);
    new painting.Canvas(Object.freeze([1, 2n]));
    take({ settings: { get }, 'test:documented/host@0.1.0': { mouse: (screen) => (screen.fill(1), null) } });
    take({ settings: { get: () => 5 }, 'test:documented/host@0.1.0': { mouse: () => ({ x: 1, y: 2 }) } });
    take({ settings: { get: async () => 5 }, 'test:documented/host@0.1.0': { async mouse() { return undefined; } } });
  ";
  let output = script(right);
  assert!(output.status.success(), "{}", describe(&output));
  for wrong in [
    "ops.count([1n]);",
    "ops.count(new BigUint64Array(1));",
    "ops.count('1');",
    "ops.count(new ArrayBuffer(4));",
    "ops.count([1]).toFixed();",
    "painting.middle(['a'], []);",
    "painting.middle([], [{ x: 1 }]);",
    "new painting.Canvas([1]);",
    "canvas.paint({ tag: 'line', val: null });",
    "take({ settings: { get } });",
    "take({ settings: { get: () => 'a' }, 'test:documented/host@0.1.0': { mouse: () => null } });",
    "take({ settings: { get }, 'test:documented/host@0.1.0': { mouse: (screen) => screen.at(0) } });",
  ] {
    let output = script(wrong);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && printed.contains("TS"), "{wrong}: {}", describe(&output));
  }
}

#[test]
fn a_file_that_is_no_plugin_has_no_types() {
  let output = plugbay().arg("types").arg(root().join("README.md")).output().expect("plugbay runs");
  assert_eq!(output.status.code(), Some(1));
  assert!(String::from_utf8_lossy(&output.stderr).contains("cannot open plugin"), "{}", describe(&output));
}

#[test]
#[cfg(unix)]
fn a_pipe_that_nobody_writes_to_is_not_waited_for() {
  let directory = tempfile::tempdir().expect("a directory");
  let pipe = directory.path().join("pipe.wasm");
  assert!(Command::new("mkfifo").arg(&pipe).status().expect("it runs").success());
  let output = plugbay().arg("types").arg(&pipe).output().expect("plugbay runs");
  assert_eq!(output.status.code(), Some(1));
  assert!(String::from_utf8_lossy(&output.stderr).contains("neither a file nor a directory"), "{}", describe(&output));
}
