//! Scripts of the component model, in the format of its own test suite: `wast/components/` has some. What each asserts
//! must hold: components that are not valid are refused, others are opened, and their functions give what they should
//! or trap.
//!
//! The suite itself is not in a crate. Where `PLUGBAY_COMPONENT_SUITE` names a folder, the scripts in it are run too,
//! but for what plugbay says that it does not have.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::fs::create_dir;
use std::fs::write;
use std::path::Path;
use std::path::PathBuf;

use serde_json::Value;
use serde_json::json;
use wast::QuoteWat;
use wast::Wast;
use wast::WastArg;
use wast::WastDirective;
use wast::WastExecute;
use wast::WastInvoke;
use wast::WastRet;
use wast::Wat;
use wast::component::WastVal;
use wast::lexer::Lexer;
use wast::parser::ParseBuffer;
use wast::parser::parse;

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

#[test]
fn scripts_of_the_component_model() {
  let (printed, count) = run(&root().join("tests/wast/components"));
  assert!(count > 4, "{count} scripts");
  assert!(printed.ends_with("\n0 steps were left out\n"), "{printed}");
  if let Some(folder) = env::var_os("PLUGBAY_COMPONENT_SUITE") {
    let (printed, count) = run(Path::new(&folder));
    eprintln!("{count} scripts\n{printed}");
  }
}

/// What the scripts in a folder print as they are run, and how many there are.
fn run(folder: &Path) -> (String, usize) {
  let temp = tempfile::tempdir().expect("a folder can be made");
  create_dir(temp.path().join("components")).expect("a folder can be made");
  let mut paths = Vec::new();
  find(folder, &mut paths);
  paths.sort();
  let (mut files, is_own) = (Vec::new(), folder.starts_with(root()));
  for (number, path) in paths.iter().enumerate() {
    let text = fs::read_to_string(path).expect("the file can be read");
    let name = path.strip_prefix(folder).expect("it is in the folder").display().to_string();
    match steps(&text, temp.path().join("components").join(number.to_string())) {
      Ok(steps) => files.push(json!({ "name": name, "steps": steps })),
      // The suite may be of a later version than the crate that reads it.
      Err(error) if is_own => panic!("{name}: {error}"),
      Err(error) => eprintln!("{name}: {error}"),
    }
  }
  write(temp.path().join("files.json"), Value::from(files).to_string()).expect("the file can be written");
  let script = root().join("tests/scripts/component_spec.js");
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(script).arg(temp.path()).arg(temp.path());
  (succeed(&mut command), paths.len())
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
  for entry in fs::read_dir(folder).expect("the folder can be read") {
    let path = entry.expect("the folder can be read").path();
    if path.is_dir() {
      find(&path, paths);
    } else if path.extension().is_some_and(|extension| extension == "wast") {
      paths.push(path);
    }
  }
}

/// What is done for a script; `place` is what the names of its components' files start with.
fn steps(text: &str, place: PathBuf) -> Result<Vec<Value>, wast::Error> {
  let mut lexer = Lexer::new(text);
  lexer.allow_confusing_unicode(true);
  let buffer = ParseBuffer::new_with_lexer(lexer)?;
  let wast = parse::<Wast<'_>>(&buffer)?;
  let mut script = Script { place, count: 0, definitions: HashMap::new() };
  let steps = wast.directives.into_iter().filter_map(|directive| {
    let line = directive.span().linecol_in(text).0 + 1;
    let mut step = script.step(directive)?;
    step["line"] = line.into();
    Some(step)
  });
  Ok(steps.collect())
}

struct Script {
  place: PathBuf,
  count: usize,
  /// The files of components that were defined and not instantiated, by their names.
  definitions: HashMap<String, String>,
}

impl Script {
  /// What is done for a directive; nothing for one of core modules.
  fn step(&mut self, directive: WastDirective<'_>) -> Option<Value> {
    match directive {
      WastDirective::Module(mut component) => {
        let id = component.name().map(|id| id.name().to_owned());
        Some(json!({ "open": self.save(&mut component)?, "id": id }))
      }
      WastDirective::ModuleDefinition(mut component) => {
        let id = component.name().map(|id| id.name().to_owned());
        let path = self.save(&mut component)?;
        self.definitions.insert(id.unwrap_or_default(), path.clone());
        Some(json!({ "define": path }))
      }
      WastDirective::ModuleInstance { instance, module, .. } => {
        let path = self.definitions.get(module.map(|id| id.name()).unwrap_or_default())?;
        Some(json!({ "open": path, "id": instance.map(|id| id.name()) }))
      }
      WastDirective::AssertMalformed { mut module, .. } | WastDirective::AssertInvalid { mut module, .. } => {
        Some(json!({ "refused": self.save(&mut module)? }))
      }
      WastDirective::AssertUnlinkable { module, .. } => {
        Some(json!({ "fails": self.save(&mut QuoteWat::Wat(module))? }))
      }
      WastDirective::AssertTrap { exec: WastExecute::Wat(module), .. } => {
        Some(json!({ "fails": self.save(&mut QuoteWat::Wat(module))? }))
      }
      WastDirective::AssertTrap { exec: WastExecute::Invoke(call), .. } => {
        let mut step = call_of(&call)?;
        step["traps"] = true.into();
        Some(step)
      }
      WastDirective::AssertReturn { exec: WastExecute::Invoke(call), results, .. } => {
        let mut step = call_of(&call)?;
        step["gives"] = match &results[..] {
          [] => Value::Null,
          [WastRet::Component(value)] => value_of(value),
          _ => return None,
        };
        Some(step)
      }
      WastDirective::Invoke(call) => call_of(&call),
      _ => None,
    }
  }

  /// The file of a component.
  fn save(&mut self, component: &mut QuoteWat<'_>) -> Option<String> {
    if !matches!(component, QuoteWat::Wat(Wat::Component(_)) | QuoteWat::QuoteComponent(..)) {
      return None;
    }
    // Text that is no component has no bytes.
    let bytes = component.encode().ok()?;
    self.count += 1;
    let path = format!("{}_{}.wasm", self.place.display(), self.count);
    write(&path, bytes).expect("the file can be written");
    Some(path)
  }
}

fn call_of(call: &WastInvoke<'_>) -> Option<Value> {
  let args = call.args.iter().map(|arg| match arg {
    WastArg::Component(value) => Some(value_of(value)),
    _ => None,
  });
  let args = args.collect::<Option<Vec<_>>>()?;
  Some(json!({ "call": call.name, "id": call.module.map(|id| id.name()), "args": args }))
}

/// A value and what it is: integers as text, floats as their bits.
fn value_of(value: &WastVal<'_>) -> Value {
  let all = |values: &[WastVal<'_>]| values.iter().map(value_of).collect::<Vec<_>>();
  let some = |value: &Option<Box<WastVal<'_>>>| value.as_ref().map(|value| value_of(value));
  let (kind, value) = match value {
    WastVal::Bool(value) => ("bool", json!(value)),
    WastVal::U8(value) => ("number", json!(value)),
    WastVal::S8(value) => ("number", json!(value)),
    WastVal::U16(value) => ("number", json!(value)),
    WastVal::S16(value) => ("number", json!(value)),
    WastVal::U32(value) => ("number", json!(value)),
    WastVal::S32(value) => ("number", json!(value)),
    WastVal::U64(value) => ("bigint", json!(value.to_string())),
    WastVal::S64(value) => ("bigint", json!(value.to_string())),
    WastVal::F32(value) => ("f32", json!(value.bits)),
    WastVal::F64(value) => ("f64", json!(value.bits.to_string())),
    WastVal::Char(value) => ("string", json!(value)),
    WastVal::String(value) => ("string", json!(value)),
    WastVal::Enum(value) => ("string", json!(value)),
    WastVal::List(values) => ("list", json!(all(values))),
    WastVal::Tuple(values) => ("list", json!(all(values))),
    WastVal::Map(_) => ("map", Value::Null),
    WastVal::Record(fields) => {
      ("record", fields.iter().map(|(name, value)| json!([name, value_of(value)])).collect::<Vec<_>>().into())
    }
    WastVal::Variant(tag, value) => ("variant", json!({ "tag": tag, "val": some(value) })),
    WastVal::Option(value) => ("option", json!(some(value))),
    WastVal::Result(Ok(value)) => ("result", json!({ "tag": "ok", "val": some(value) })),
    WastVal::Result(Err(value)) => ("result", json!({ "tag": "err", "val": some(value) })),
    WastVal::Flags(names) => ("flags", json!(names)),
  };
  json!({ "kind": kind, "value": value })
}
