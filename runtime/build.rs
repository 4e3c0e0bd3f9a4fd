//! Makes the V8 snapshot: the JavaScript of `js/` and of Deno's extension crates, evaluated at compile time; and the
//! code of what is loaded on demand.

use std::collections::BTreeSet;
use std::env::var_os;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use code_cache::Kind;
use deno_core::Extension;
use deno_core::ExtensionFileSource;
use deno_core::ExtensionFileSourceCode;
use deno_core::snapshot::CreateSnapshotOptions;
use deno_core::snapshot::create_snapshot;
use plugbay_core::ErrorCode;
use plugbay_core::MESSAGES;
use plugbay_core::Message;

#[path = "build/code_cache.rs"]
mod code_cache;
#[path = "src/extensions.rs"]
mod extensions;
#[path = "build/kinds.rs"]
mod kinds;
#[path = "build/layout.rs"]
mod layout;
#[path = "build/on_demand.rs"]
mod on_demand;
#[path = "src/own_flags.rs"]
mod own_flags;

fn main() {
  println!("cargo:rerun-if-changed=build.rs");
  println!("cargo:rerun-if-changed=build");
  println!("cargo:rerun-if-changed=src/extensions.rs");
  println!("cargo:rerun-if-changed=src/own_flags.rs");
  println!("cargo:rerun-if-changed=../js");
  println!("cargo:rerun-if-changed=worlds/src");
  // The code of scripts is taken by runtimes of the same flags.
  let flags = ["plugbay"].iter().chain(own_flags::OWN_FLAGS).map(ToString::to_string).collect();
  assert_eq!(deno_core::v8_set_flags(flags), ["plugbay"], "V8 knows its flags");
  let target = std::env::var("TARGET").expect("cargo sets TARGET");
  let out_dir = PathBuf::from(var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

  let mut extensions = extensions::all();
  let own = extensions.iter_mut().find(|extension| extension.name == "plugbay").expect("it is one of them");
  let error_codes = error_codes(own.esm_files.iter().chain(own.lazy_loaded_esm_files.iter()));
  let made = [
    ("ext:plugbay/error_codes.js", error_codes),
    ("ext:plugbay/kinds.js", kinds::module()),
    ("ext:plugbay/on_demand_imports.js", on_demand::module(&own.lazy_loaded_esm_files)),
    ("ext:plugbay/worlds/plugbay/layout.js", layout::module()),
  ];
  own.esm_files.to_mut().extend(made.map(|(name, text)| ExtensionFileSource::new_computed(name, text.into())));
  let lazy_js = lazy_files(&extensions, |extension| &extension.lazy_loaded_js_files);
  let lazy_esm = lazy_files(&extensions, |extension| &extension.lazy_loaded_esm_files);
  let snapshot = create_snapshot(
    CreateSnapshotOptions {
      cargo_manifest_dir: env!("CARGO_MANIFEST_DIR"),
      startup_snapshot: None,
      skip_op_registration: false,
      extensions,
      extension_transpiler: None,
      with_runtime_cb: Some(Box::new(move |runtime| {
        // As the runtime has it when it starts.
        runtime.op_state().borrow_mut().put(deno_web::StartTime::default());
        let rehearsed = runtime.execute_script("ext:plugbay/rehearsal.js", format!("rehearse({target:?})"));
        rehearsed.unwrap_or_else(|error| panic!("what a start does fails in the snapshot: {error}"));
      })),
    },
    None,
  )
  .unwrap_or_else(|error| panic!("the snapshot could not be made: {error}"));
  fs::write(out_dir.join("snapshot.bin"), &snapshot.output).expect("OUT_DIR is writable");

  // Scripts that nothing loaded while the snapshot was made are not in it. They are embedded, for a first use at run
  // time.
  let is_residual = |specifier: &str| !snapshot.consumed_lazy_specifiers.iter().any(|consumed| consumed == specifier);
  let residual = [(Kind::Function, lazy_js), (Kind::Module, lazy_esm)].into_iter().flat_map(|(kind, files)| {
    files.into_iter().filter(|(specifier, _)| is_residual(specifier)).map(move |file| Residual::read(kind, file))
  });
  let residual = residual.collect::<Vec<_>>();
  embed(&out_dir, &residual, Box::leak(snapshot.output));
}

/// A script that is loaded on demand.
struct Residual {
  kind: Kind,
  specifier: &'static str,
  /// As V8 gets it.
  text: String,
}

impl Residual {
  fn read(kind: Kind, (specifier, path): (&'static str, PathBuf)) -> Self {
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = match kind {
      Kind::Function => deno_core::wrap_lazy_ext_script(&text),
      Kind::Module => text,
    };
    Self { kind, specifier, text }
  }
}

/// Writes the tables of scripts that are loaded on demand: their texts, and their code for runtimes that start from
/// `snapshot`.
fn embed(out_dir: &Path, residual: &[Residual], snapshot: &'static [u8]) {
  let scripts = residual.iter().map(|script| (script.kind, script.specifier, script.text.as_str()));
  let codes = code_cache::compile(snapshot, scripts);
  let folder = out_dir.join("residual");
  fs::create_dir_all(&folder).expect("OUT_DIR is writable");
  let (mut functions, mut modules, mut cached) = (String::new(), String::new(), String::new());
  for (index, (Residual { kind, specifier, text }, code)) in residual.iter().zip(&codes).enumerate() {
    let table = match kind {
      Kind::Function => &mut functions,
      Kind::Module => &mut modules,
    };
    for (table, macro_name, ending, bytes) in
      [(table, "include_str", "js", text.as_bytes()), (&mut cached, "include_bytes", "code", code)]
    {
      let path = folder.join(format!("{index}.{ending}"));
      fs::write(&path, bytes).expect("OUT_DIR is writable");
      writeln!(table, "  ({specifier:?}, {macro_name}!({path:?})),").expect("a String takes all");
    }
  }
  let tables = format!(
    "pub(crate) const RESIDUAL_JS: &[(&str, &str)] = &[\n{functions}];\n\
    pub(crate) const RESIDUAL_ESM: &[(&str, &str)] = &[\n{modules}];\n\
    const CODE_CACHE: &[(&str, &[u8])] = &[\n{cached}];\n"
  );
  fs::write(out_dir.join("residual_sources.rs"), tables).expect("OUT_DIR is writable");
}

/// The module that has the runtime's own errors, as `makeError` of `js/errors.js` takes them: where another is imported
/// no snapshot is made. It has those that `sources` name.
fn error_codes<'s>(sources: impl Iterator<Item = &'s ExtensionFileSource>) -> String {
  let sources = sources.map(|file| file.load().expect("the snapshot reads it too"));
  let sources = sources.map(|text| text.as_str().to_string()).collect::<String>();
  let export = |name: &str, error: ErrorCode, template: &str| match sources.contains(name) {
    true => {
      format!("export const {name} = new ErrorKind({:?}, {:?}, {template:?});\n", error.class(), error.code())
    }
    false => String::new(),
  };
  let kinds = ErrorCode::ALL.iter().map(|error| export(error.name(), *error, "{0}"));
  let messages = MESSAGES.iter().map(|it| export(&it.script_name(), it.error, &numbered(it)));
  let classes = ErrorCode::ALL.iter().map(|error| format!("{:?}: true", error.class())).collect::<BTreeSet<_>>();
  let in_op = ErrorCode::ALL.iter().filter(|error| error.is_in_op());
  let in_op = in_op.map(|error| format!("{:?}: true", format!("{} {}", error.class(), error.code())));
  let table = |entries: Vec<String>| format!("{{ __proto__: null, {} }}", entries.join(", "));
  [
    "import { ErrorKind } from \"ext:plugbay/error_kind.js\";\n".to_string(),
    format!("export const CLASSES = {};\n", table(classes.into_iter().collect())),
    format!("export const IN_OP = {};\n", table(in_op.collect())),
  ]
  .into_iter()
  .chain(kinds)
  .chain(messages)
  .collect()
}

/// What a message says, with the numbers of its values: `{0}`, or `{0?}` for the first in quotes.
fn numbered(message: &Message) -> String {
  let mut text = message.template.to_string();
  for (number, field) in message.fields.iter().enumerate() {
    text = text.replace(&format!("{{{field}}}"), &format!("{{{number}}}"));
    text = text.replace(&format!("{{{field}:?}}"), &format!("{{{number}?}}"));
  }
  text
}

/// Specifier and path of the files that are loaded on demand, sorted, as deno_core wants them.
fn lazy_files(
  extensions: &[Extension],
  files: impl Fn(&Extension) -> &[ExtensionFileSource],
) -> Vec<(&'static str, PathBuf)> {
  let on_disk = |file: &ExtensionFileSource| match &file.code {
    ExtensionFileSourceCode::LoadedFromFsDuringSnapshot(path) => Some((file.specifier, PathBuf::from(path))),
    _ => None,
  };
  let mut found = extensions.iter().flat_map(files).filter_map(on_disk).collect::<Vec<_>>();
  found.sort();
  found
}
