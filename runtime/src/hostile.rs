//! The host's functions in the hands of a script that means ill: whatever they are called with, the process goes on.

use std::cell::Cell;
use std::ffi::c_void;
use std::rc::Rc;

use deno_core::v8;
use plugbay_ops::Encoding;
use plugbay_ops::FastFunction;
use plugbay_ops::Kind;
use plugbay_ops::OpTarget;
use plugbay_ops::Outcome;
use plugbay_ops::Parameter;
use plugbay_ops::PluginLabel;
use plugbay_ops::Signature;
use plugbay_ops::Values;
use plugin_abi as abi;
use plugin_abi::Argument;
use plugin_abi::OwnedBuffer;
use v8_bridge::op_functions;
use v8_bridge::reports::set;
use v8_bridge::typed_functions;

use crate::Permissions;
use crate::Runtime;
use crate::bindings::functions;
use crate::host::Host;

/// An op with a parameter of each kind, which looks at what it gets as a plugin may that believes the host.
struct Picky {
  signature: Rc<Signature>,
  calls: Rc<Cell<u32>>,
}

const KINDS: [Kind; 16] = [
  Kind::Bool,
  Kind::I8,
  Kind::U8,
  Kind::I16,
  Kind::U16,
  Kind::I32,
  Kind::U32,
  Kind::I64,
  Kind::U64,
  Kind::F32,
  Kind::F64,
  Kind::String,
  Kind::Resource,
  Kind::Value,
  Kind::Bytes,
  Kind::Buffers,
];

fn signature() -> Signature {
  let parameter =
    |kind: Kind| Parameter { name: kind.name().to_string(), kind, type_: String::new(), is_optional: false };
  Signature {
    parameters: KINDS.map(parameter).to_vec(),
    result: Kind::I32,
    is_async: false,
    documentation: String::new(),
    result_type: String::new(),
    declarations: String::new(),
  }
}

/// All bytes of a slice can be read.
fn sum(slice: abi::Slice) -> u64 {
  match slice.len {
    0 => 0,
    // SAFETY: the host says that they are there.
    len => unsafe { std::slice::from_raw_parts(slice.ptr, len) }.iter().map(|&byte| u64::from(byte)).sum(),
  }
}

impl OpTarget for Picky {
  fn encoding(&self) -> Encoding {
    Encoding::Typed
  }

  fn signature(&self) -> Option<&Rc<Signature>> {
    Some(&self.signature)
  }

  fn fast(&self) -> Option<FastFunction> {
    Some(FastFunction { address: fast_function as *const c_void, data: std::ptr::null_mut(), instance: 0 })
  }

  unsafe fn call_typed(&self, arguments: &mut [Argument]) -> Outcome {
    assert_eq!(arguments.len(), KINDS.len());
    for (kind, argument) in KINDS.iter().zip(arguments) {
      // SAFETY: the field of the kind is set.
      unsafe {
        match *kind.values() {
          Values::Bool => assert!((0.0..=1.0).contains(&argument.number), "{kind:?}"),
          Values::Whole { .. } => assert!(kind.holds(argument.number), "{kind:?}"),
          Values::Text | Values::Lent { .. } => {
            sum(argument.bytes);
          }
          Values::Any => {
            assert!(argument.bytes.ptr.addr().is_multiple_of(8) && argument.bytes.len >= 8);
            sum(argument.bytes);
          }
          _ => {}
        }
      }
    }
    self.calls.set(self.calls.get() + 1);
    Outcome::Number(1.0)
  }

  fn call(&self, _: &mut [OwnedBuffer]) -> Outcome {
    Outcome::NotFound
  }
}

/// V8 calls it from optimised code, with more arguments than it looks at.
extern "C" fn fast_function() -> i32 {
  1
}

/// Gives the script what it must never have: the host's functions, and the function that stands before a plugin's fast
/// function.
fn hand_over(scope: &mut v8::PinScope<'_, '_>, host: &Host, calls: Rc<Cell<u32>>) -> Option<()> {
  let signature = Rc::new(signature());
  let label = PluginLabel::new("picky");
  let ops = v8::Object::new(scope);
  let ops = v8::Global::new(scope, ops);
  host.add_plugin(&label, ops);
  let target = Rc::new(Picky { signature: signature.clone(), calls });
  let entry = host.register_op("picky", &label, target.into()).ok()?;
  op_functions::function_of(scope, host, &entry)?;
  let global = scope.get_current_context().global(scope);
  let host_functions = functions(scope, host)?;
  set(scope, global, "host", host_functions.into());
  let native = typed_functions::native_function(scope, host, &signature, fast_function as *const c_void)?;
  set(scope, global, "native", native.into());
  Some(())
}

fn run() {
  let folder = tempfile::tempdir().unwrap();
  let script = folder.path().join("hostile.js");
  std::fs::write(&script, include_str!("hostile.js")).unwrap();
  let mut runtime = Runtime::builder().permissions(Permissions::default()).build().unwrap();
  let calls = Rc::new(Cell::new(0));
  let counted = calls.clone();
  runtime.with_host(|scope, host| hand_over(scope, host, counted)).expect("it can be had");
  runtime.run(&script).unwrap();
  assert!(calls.get() > 0, "no call was let through: the test tests nothing");
}

#[test]
fn no_function_of_the_host_believes_its_caller() {
  // What a main thread has.
  let thread = std::thread::Builder::new().stack_size(8 << 20).spawn(run).unwrap();
  thread.join().unwrap();
}
