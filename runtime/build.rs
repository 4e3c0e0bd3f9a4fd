//! Makes the V8 snapshot: the JavaScript of `js/` and of Deno's extension crates, evaluated at compile time.

use std::collections::BTreeSet;
use std::env::var_os;
use std::fmt::Write as _;
use std::path::PathBuf;

use deno_core::Extension;
use deno_core::ExtensionFileSource;
use deno_core::ExtensionFileSourceCode;
use deno_core::snapshot::CreateSnapshotOptions;
use deno_core::snapshot::create_snapshot;
use plugbay_core::ErrorCode;
use plugbay_core::MESSAGES;
use plugbay_core::Message;

#[path = "src/extensions.rs"]
mod extensions;
#[path = "build/kinds.rs"]
mod kinds;
#[path = "build/layout.rs"]
mod layout;

fn main() {
  println!("cargo:rerun-if-changed=build.rs");
  println!("cargo:rerun-if-changed=build");
  println!("cargo:rerun-if-changed=src/extensions.rs");
  println!("cargo:rerun-if-changed=../js");
  println!("cargo:rerun-if-changed=worlds/src");
  let target = std::env::var("TARGET").expect("cargo sets TARGET");
  let out_dir = PathBuf::from(var_os("OUT_DIR").expect("cargo sets OUT_DIR"));

  let mut extensions = extensions::all();
  let own = extensions.iter_mut().find(|extension| extension.name == "plugbay").expect("it is one of them");
  let error_codes = error_codes(own.esm_files.iter().chain(own.lazy_loaded_esm_files.iter()));
  let made = [
    ("ext:plugbay/error_codes.js", error_codes),
    ("ext:plugbay/kinds.js", kinds::module()),
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
  std::fs::write(out_dir.join("snapshot.bin"), snapshot.output).expect("OUT_DIR is writable");

  // Scripts that nothing loaded while the snapshot was made are not in it. They are embedded, for a first use at run
  // time.
  let is_residual = |specifier: &str| !snapshot.consumed_lazy_specifiers.iter().any(|consumed| consumed == specifier);
  let mut table = String::new();
  for (name, files) in [("RESIDUAL_JS", lazy_js), ("RESIDUAL_ESM", lazy_esm)] {
    writeln!(table, "pub const {name}: &[(&str, &str)] = &[").expect("a String takes all");
    for (specifier, path) in files.iter().filter(|(specifier, _)| is_residual(specifier)) {
      writeln!(table, "  ({specifier:?}, include_str!({path:?})),").expect("a String takes all");
    }
    table.push_str("];\n");
  }
  std::fs::write(out_dir.join("residual_sources.rs"), table).expect("OUT_DIR is writable");
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
