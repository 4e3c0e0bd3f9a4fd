//! Components: `fixtures/wat/` has some as text, whole; what is here makes others of WIT.

mod forwarder;
mod generated;
mod linked;
mod random;
mod shapes;
mod wasmtime;

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use wit_component::StringEncoding;
use wit_parser::Resolve;
use wit_parser::WorldId;

use crate::harness::build_guests;
use crate::harness::builds_guests;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::types;

const ENCODINGS: &[(&str, StringEncoding)] =
  &[("", StringEncoding::UTF8), ("_utf16", StringEncoding::UTF16), ("_latin1", StringEncoding::CompactUTF16)];

/// Makes core modules that say which world they are for: of each `NAME.wit` in `fixtures/wit/`, with `NAME.wat` beside
/// it as the module's code, or else code that passes what its exports are called with to imports of the same names. Of
/// the latter there is one for each encoding of strings, and so of what chance makes.
pub(crate) fn write_to(folder: &Path) {
  let write = |name: &str, bytes: &[u8]| {
    std::fs::write(folder.join(name), bytes).expect("a file can be written");
  };
  for entry in std::fs::read_dir(root().join("tests/fixtures/wit")).expect("the folder can be read") {
    let path = entry.expect("the folder can be read").path();
    if path.extension().is_none_or(|extension| extension != "wit") {
      continue;
    }
    let name = path.file_stem().expect("it has a name").to_string_lossy();
    let (resolve, world) = parse(&std::fs::read_to_string(&path).expect("the file can be read"));
    let code = path.with_extension("wat");
    if code.exists() {
      let module = wat::parse_file(&code).expect("it is a module");
      write(&format!("{name}.wasm"), &with_world(module, &resolve, world, StringEncoding::UTF8));
      continue;
    }
    for (suffix, encoding) in ENCODINGS {
      write(
        &format!("{name}{suffix}.wasm"),
        &with_world(forwarder::module(&resolve, world), &resolve, world, *encoding),
      );
    }
  }
  for (name, component) in linked::all() {
    write(&format!("{name}.wasm"), &component);
  }
  write("declares.wasm", &declaring());
  let (text, functions) = generated::world();
  let (resolve, world) = parse(&text);
  for (suffix, encoding) in ENCODINGS {
    let module = with_world(forwarder::module(&resolve, world), &resolve, world, *encoding);
    write(&format!("generated{suffix}.wasm"), &module);
  }
  write("generated.json", functions.to_string().as_bytes());
}

/// A component of core modules that export much.
fn declaring() -> Vec<u8> {
  let functions = |count| (0..count).map(|i| format!(r#"(func (export "number {i}"))"#)).collect::<String>();
  let modules =
    (0..4).map(|i| format!("(core module $m{i} {}) (core instance (instantiate $m{i}))", functions(250 + i)));
  wat::parse_str(format!("(component {})", modules.collect::<String>())).expect("it is a component")
}

fn parse(text: &str) -> (Resolve, WorldId) {
  let mut resolve = Resolve::default();
  let package = resolve.push_str("test.wit", text).unwrap_or_else(|error| panic!("{error:#}\n{text}"));
  let world = resolve.select_world(&[package], None).unwrap_or_else(|error| panic!("{error:#}"));
  (resolve, world)
}

fn with_world(mut module: Vec<u8>, resolve: &Resolve, world: WorldId, encoding: StringEncoding) -> Vec<u8> {
  wit_component::embed_component_metadata(&mut module, resolve, world, encoding)
    .unwrap_or_else(|error| panic!("{error:#}"));
  module
}

/// A plugin of RaisFast's world.
fn raisfast() -> Option<PathBuf> {
  let build = || build_guests("wasm32-unknown-unknown", &["raisfast_plugin"]).join("raisfast_plugin.wasm");
  builds_guests().then(build)
}

#[test]
fn a_plugin_of_raisfast_answers_its_hooks() {
  let Some(module) = raisfast() else { return };
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(root().join("tests/fixtures/raisfast/check.js")).arg(module);
  assert!(succeed(&mut command).ends_with("ok\n"));
}

#[test]
fn scripts_use_a_component_as_its_types_say() {
  let Some(module) = raisfast() else { return };
  let folder = tempfile::tempdir().expect("a folder can be made");
  let (types, script) = (folder.path().join("blog.d.ts"), folder.path().join("script.js"));
  let check = |text: &str| {
    let opened =
      "const { ops } = /** @type {Deno.Plugin<import(\"./blog.d.ts\").Ops>} */ (Deno.openPlugin(\"blog\"));\n";
    fs::write(&script, format!("{opened}{text}\nexport {{}};\n")).expect("the folder can be written");
    types::check(&[types.clone(), script.clone()]).output().expect("plugbay runs")
  };
  fs::write(&types, succeed(plugbay().arg("types").arg(module))).expect("the folder can be written");
  let right = "
    const hooks = ops.pluginHooks;
    /** @type {string | undefined} */ export const a = hooks.renderMarkdown('x');
    /** @type {import('./blog.d.ts').PostInput | undefined} */ export const b = hooks.onPostCreating({ title: 't', content: 'c', tagIds: ['x'] });
    /** @type {void} */ export const c = ops['raisfast:plugin-wit/plugin-hooks'].onCronTick();";
  let output = check(right);
  assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
  for wrong in ["ops.pluginHooks.renderMarkdown(5);", "ops.pluginHooks.onPostCreating({ title: 't' });", "ops.hooks;"] {
    assert!(!check(wrong).status.success(), "{wrong}");
  }
}
