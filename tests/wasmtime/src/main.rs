//! Calls components in wasmtime as plugbay has called them, and says which answers are others. What was called, with
//! what, and what plugbay answered is in a file of JSON: see `tests/scripts/component_wasmtime.js`.

mod values;

use std::cell::RefCell;
use std::collections::HashMap;
use std::env;
use std::fs;

use serde_json::Value;
use serde_json::json;
use wasmtime::Engine;
use wasmtime::Result;
use wasmtime::Store;
use wasmtime::component::Component;
use wasmtime::component::Instance;
use wasmtime::component::Linker;
use wasmtime::component::Val;

use values::to_json;
use values::to_val;

const HOST: &str = "test:shapes/host";
const SHAPES: &str = "test:shapes/shapes";

/// What an import was called with.
type Taken = Vec<Val>;

fn main() -> Result<()> {
  let path = env::args().nth(1).expect("the file of calls is named");
  let calls: Value = serde_json::from_str(&fs::read_to_string(path)?).expect("it is JSON");
  let engine = Engine::default();
  let mut components = HashMap::new();
  let mut others = 0;
  for call in calls.as_array().expect("it is a list") {
    let path = call["component"].as_str().expect("a component is named");
    if !components.contains_key(path) {
      components.insert(path, Guest::new(&engine, path)?);
    }
    let answer = components[path].call(call).unwrap_or_else(|_| json!("traps"));
    if answer != call["answer"] {
      others += 1;
      println!("{} of {path} with {}\n  plugbay: {}\n  wasmtime: {answer}", call["name"], call["args"], call["answer"]);
    }
  }
  println!("{others} of {} answers are others", calls.as_array().map_or(0, Vec::len));
  Ok(())
}

/// A component that may import functions which note what they are called with.
struct Guest {
  component: Component,
  linker: Linker<Taken>,
  /// For calls one after the other.
  kept: RefCell<Option<(Store<Taken>, Instance)>>,
}

impl Guest {
  fn new(engine: &Engine, path: &str) -> Result<Self> {
    let component = Component::new(engine, fs::read(path)?)?;
    let mut linker = Linker::<Taken>::new(engine);
    let mut host = linker.instance(HOST)?;
    let shapes = component.get_export_index(None, SHAPES);
    for number in 0.. {
      if component.get_export_index(shapes.as_ref(), &format!("call{number}")).is_none() {
        break;
      }
      host.func_new(&format!("take{number}"), |mut store, _, args, _| {
        store.data_mut().extend_from_slice(args);
        Ok(())
      })?;
    }
    Ok(Self { component, linker, kept: RefCell::default() })
  }

  fn instance(&self) -> Result<(Store<Taken>, Instance)> {
    let mut store = Store::new(self.component.engine(), Taken::new());
    let instance = self.linker.instantiate(&mut store, &self.component)?;
    Ok((store, instance))
  }

  /// What a function gives, or has an import called with: of a new instance, or of one that is kept.
  fn call(&self, call: &Value) -> Result<Value> {
    let (mut store, instance) = match self.kept.take() {
      Some(kept) if call["keeps"] == true => kept,
      _ => self.instance()?,
    };
    let answer = Self::call_of(&mut store, instance, call)?;
    self.kept.replace((call["keeps"] == true).then_some((store, instance)));
    Ok(answer)
  }

  fn call_of(store: &mut Store<Taken>, instance: Instance, call: &Value) -> Result<Value> {
    let interface = call["interface"].as_str().unwrap_or(SHAPES);
    let shapes = instance.get_export_index(&mut *store, None, interface);
    let name = call["name"].as_str().expect("a function is named");
    let index = instance.get_export_index(&mut *store, shapes.as_ref(), name).expect("there is such a function");
    let function = instance.get_func(&mut *store, index).expect("it is a function");
    let types = function.ty(&*store);
    let args = types.params().zip(call["args"].as_array().expect("it has arguments"));
    let args: Vec<Val> = args.map(|((_, ty), arg)| to_val(&ty, arg)).collect();
    let mut results = vec![Val::Bool(false); types.results().len()];
    function.call(&mut *store, &args, &mut results)?;
    Ok(match (results.first(), store.data().first()) {
      (Some(result), _) => json!({ "gives": to_json(result) }),
      (None, Some(taken)) => json!({ "takes": to_json(taken) }),
      (None, None) => Value::Null,
    })
  }
}
