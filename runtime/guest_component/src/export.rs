//! The two functions of an op: one that calls it, with the arguments and the result of the canonical ABI, and one that
//! frees what they lie in, when whoever called has read the result.

use plugbay_ops::Signature;
use wasm_encoder::BlockType;
use wasm_encoder::Function as Code;
use wasm_encoder::InstructionSink;
use wasm_encoder::ValType;
use wit_parser::Function;
use wit_parser::LiftLowerAbi;
use wit_parser::ManglingAndAbi;
use wit_parser::Resolve;
use wit_parser::SizeAlign;
use wit_parser::WasmExport;
use wit_parser::WasmExportKind;
use wit_parser::WorldKey;

use crate::layout::ARGUMENT;
use crate::layout::ARGUMENTS;
use crate::layout::Layout;
use crate::layout::OUTCOME;
use crate::link::Linker;
use crate::link::Made;
use crate::memory::place;
use crate::shape::Shape;

/// Offsets in a frame, which `support.wat` describes.
const KIND: u64 = 4;
const PAYLOAD: u64 = 16;
/// Kinds of outcomes.
mod outcome {
  pub(super) const SYNC: i32 = 1;
  pub(super) const ERROR: i32 = 4;
  pub(super) const NUMBER: i32 = 5;
  pub(super) const INTEGER: i32 = 6;
  pub(super) const NULL: i32 = 7;
}
/// Where `support.wat` has the functions of an op: that for arguments, and that for buffers.
const TYPED: i32 = 4;
const WITH_BUFFERS: i32 = 8;

/// What reads and writes JSON text, in the guest.
const VALUE_OF_JSON: &str = "plugbay_value_of_json";
const JSON_OF_VALUE: &str = "plugbay_json_of_value";

/// Makes the functions of one op.
pub(crate) struct Exporter<'a> {
  pub(crate) linker: &'a Linker<'a>,
  pub(crate) resolve: &'a Resolve,
  pub(crate) sizes: &'a SizeAlign,
  /// The interface, by its name in the world.
  pub(crate) key: &'a WorldKey,
  pub(crate) function: &'a Function,
  /// How many there are.
  pub(crate) ops: u32,
}

impl Exporter<'_> {
  /// `None` if there are values that the guest does not read.
  pub(crate) fn export(&self, number: u32, signature: Option<&Signature>) -> Option<[Made; 2]> {
    let layout = Layout::of(self.resolve, self.sizes, self.function, signature);
    let reads_json = self.linker.guest(VALUE_OF_JSON).is_some() && self.linker.guest(JSON_OF_VALUE).is_some();
    let has_json = layout.parameters.iter().chain([&layout.given]).any(|shape| matches!(shape, Shape::Json { .. }));
    if has_json && !reads_json {
      return None;
    }
    let function = if signature.is_some() { TYPED } else { WITH_BUFFERS };
    Some([self.call(&layout, number as i32, function), self.post_return(&layout)])
  }

  fn name(&self, kind: WasmExportKind) -> Option<String> {
    let export = WasmExport::Func { interface: Some(self.key), func: self.function, kind };
    Some(self.resolve.wasm_export_name(ManglingAndAbi::Legacy(LiftLowerAbi::Sync), export))
  }

  /// The function that calls the op.
  fn call(&self, layout: &Layout, number: i32, which: i32) -> Made {
    let flat = layout.parameters.iter().flat_map(|shape| shape.flat()).copied().collect::<Vec<_>>();
    let (params, locals) = match layout.spilled {
      Some(_) => (vec![ValType::I32], flat),
      None => (flat, Vec::new()),
    };
    let frame = (params.len() + locals.len()) as u32;
    let mut function = Code::new_with_locals_types(locals.into_iter().chain([ValType::I32]));
    let mut code = function.instructions();
    let first = self.unspill(&mut code, layout);

    code.i32_const(layout.size as i32).i32_const(self.ops as i32).call(self.linker.support("begin")).local_set(frame);
    let mut local = first;
    for (index, shape) in layout.parameters.iter().enumerate() {
      self.argument(&mut code, layout, index as u32, *shape, local, frame);
      local += shape.flat().len() as u32;
    }
    code.local_get(frame).i32_const(number).i32_const(which);
    if which == TYPED {
      code.local_get(frame).i32_const(ARGUMENTS as i32).i32_add();
      code.i32_const(layout.parameters.len() as i32);
    } else {
      code.local_get(frame).i32_load(place(ARGUMENTS.into())).local_get(frame).i32_load(place(ARGUMENTS as u64 + 4));
    }
    code.call(self.linker.support("invoke"));
    self.result(&mut code, layout, frame);
    code.local_get(frame).i32_const(layout.result as i32).i32_add().end();
    Made { params, results: vec![ValType::I32], function, export: self.name(WasmExportKind::Normal) }
  }

  /// Has the parameters in locals; gives the first of these.
  fn unspill(&self, code: &mut InstructionSink<'_>, layout: &Layout) -> u32 {
    let Some(size) = layout.spilled else { return 0 };
    let types = self.function.params.iter().map(|param| &param.ty);
    let mut local = 1;
    for ((offset, _), shape) in self.sizes.field_offsets(types).iter().zip(&layout.parameters) {
      shape.load(code, 0, offset.size_wasm32() as u64, local);
      local += shape.flat().len() as u32;
    }
    code.local_get(0).i32_const(size as i32).call(self.linker.support("free"));
    1
  }

  /// Writes one argument into the frame.
  fn argument(
    &self,
    code: &mut InstructionSink<'_>,
    layout: &Layout,
    index: u32,
    shape: Shape,
    local: u32,
    frame: u32,
  ) {
    let at = place((ARGUMENTS + ARGUMENT * index).into());
    let length = place(at.offset + 4);
    match shape {
      Shape::Nothing => {}
      Shape::Bool | Shape::Whole { is_signed: false, .. } => {
        code.local_get(frame).local_get(local).f64_convert_i32_u().f64_store(at);
      }
      Shape::Whole { is_signed: true, .. } => {
        code.local_get(frame).local_get(local).f64_convert_i32_s().f64_store(at);
      }
      Shape::F32 => {
        code.local_get(frame).local_get(local).f64_promote_f32().f64_store(at);
      }
      Shape::F64 => {
        code.local_get(frame).local_get(local).f64_store(at);
      }
      Shape::Integer => {
        code.local_get(frame).local_get(local).i64_store(at);
      }
      Shape::Text => {
        code.local_get(frame).local_get(local).i32_store(at);
        code.local_get(frame).local_get(local + 1).i32_store(length);
      }
      Shape::Elements { size, .. } => {
        code.local_get(frame).local_get(local).i32_store(at);
        code.local_get(frame).local_get(local + 1).i32_const(size as i32).i32_mul().i32_store(length);
      }
      Shape::Buffer => {
        // The list of one that `buffers_of` takes is the argument itself.
        code.local_get(frame).local_get(local).i32_store(at);
        code.local_get(frame).local_get(local + 1).i32_store(length);
        code.local_get(frame).local_get(frame).i32_const(at.offset as i32).i32_add();
        code.i32_const(1).call(self.linker.support("buffers_of")).i32_store(at);
        code.local_get(frame).i32_const(1).i32_store(length);
      }
      Shape::Buffers => {
        code.local_get(frame).local_get(local).local_get(local + 1).call(self.linker.support("buffers_of"));
        code.i32_store(at);
        code.local_get(frame).local_get(local + 1).i32_store(length);
        code.local_get(local).local_get(local + 1).i32_const(3).i32_shl().call(self.linker.support("free"));
      }
      Shape::Json { is_optional } => {
        let outcome = layout.outcomes + OUTCOME * index;
        if is_optional {
          // Nothing is a word of zeros.
          code.local_get(frame).local_get(frame).i32_const(outcome as i32).i32_add().i32_store(at);
          code.local_get(frame).i32_const(8).i32_store(length);
          code.local_get(local).if_(BlockType::Empty);
        }
        let text = local + u32::from(is_optional);
        self.convert(code, VALUE_OF_JSON, outcome, frame, |code| {
          code.local_get(text).local_get(text + 1);
        });
        let bytes = u64::from(outcome) + PAYLOAD;
        code.local_get(frame).local_get(frame).i32_load(place(bytes)).i32_store(at);
        code.local_get(frame).local_get(frame).i32_load(place(bytes + 4)).i32_store(length);
        code.local_get(text).local_get(text + 1).call(self.linker.support("free"));
        if is_optional {
          code.end();
        }
      }
    }
  }

  /// Has the guest convert bytes; what comes of it is in an outcome of the frame. If it fails, the call does.
  fn convert(
    &self,
    code: &mut InstructionSink<'_>,
    function: &str,
    outcome: u32,
    frame: u32,
    bytes: impl FnOnce(&mut InstructionSink<'_>),
  ) {
    let function = self.linker.guest(function).expect("it was looked for");
    code.local_get(frame).i32_const(OUTCOME as i32).i32_store(place(outcome.into()));
    bytes(code);
    code.local_get(frame).i32_const(outcome as i32).i32_add().call(function);
    code.local_get(frame).i32_load(place(u64::from(outcome) + KIND)).i32_const(outcome::ERROR).i32_eq();
    code.if_(BlockType::Empty);
    code.local_get(frame).local_get(frame).i32_const(outcome as i32).i32_add().call(self.linker.support("adopt"));
    code.end();
  }

  /// Writes the result: what the op gave, and then what it wrote, or the error.
  fn result(&self, code: &mut InstructionSink<'_>, layout: &Layout, frame: u32) {
    let written = u64::from(layout.outcomes) + u64::from(OUTCOME) * layout.parameters.len() as u64;
    code.block(BlockType::Empty).block(BlockType::Empty);
    self.fails(code, frame);
    if matches!(layout.given, Shape::Json { .. }) {
      self.expect(code, frame, outcome::SYNC);
      self.convert(code, JSON_OF_VALUE, written as u32, frame, |code| {
        code.local_get(frame).i32_load(place(PAYLOAD)).local_get(frame).i32_load(place(PAYLOAD + 4));
      });
      self.fails(code, frame);
    }
    let mut places = layout.ok.iter().map(|at| place(u64::from(layout.result) + at));
    if layout.given != Shape::Nothing {
      let at = places.next().expect("what is given has a place");
      self.given(code, layout, at, frame, written);
    }
    for (index, shape) in layout.parameters.iter().enumerate() {
      let Shape::Elements { size, is_written: true } = shape else { continue };
      let at = places.next().expect("what is written has a place");
      let argument = u64::from(ARGUMENTS) + u64::from(ARGUMENT) * index as u64;
      code.local_get(frame).local_get(frame).i32_load(place(argument)).i32_store(at);
      code.local_get(frame).local_get(frame).i32_load(place(argument + 4)).i32_const(*size as i32).i32_div_u();
      code.i32_store(place(at.offset + 4));
    }
    code.br(1).end();
    code.local_get(frame).local_get(frame).i32_const(layout.result as i32).i32_add();
    code.i32_const(layout.error as i32).call(self.linker.support("write_error")).end();
  }

  /// Goes to the error if there is one.
  fn fails(&self, code: &mut InstructionSink<'_>, frame: u32) {
    code.local_get(frame).i32_load(place(KIND)).i32_const(outcome::ERROR).i32_eq().br_if(0);
  }

  /// Traps if the outcome is of another kind than the op's signature says.
  fn expect(&self, code: &mut InstructionSink<'_>, frame: u32, kind: i32) {
    code.local_get(frame).i32_load(place(KIND)).i32_const(kind).i32_ne();
    code.if_(BlockType::Empty).unreachable().end();
  }

  /// What the op gave.
  fn given(&self, code: &mut InstructionSink<'_>, layout: &Layout, at: wasm_encoder::MemArg, frame: u32, json: u64) {
    let number = |code: &mut InstructionSink<'_>| {
      code.local_get(frame).local_get(frame).f64_load(place(PAYLOAD));
    };
    match layout.given {
      Shape::Bool | Shape::Whole { .. } | Shape::F32 | Shape::F64 => self.expect(code, frame, outcome::NUMBER),
      Shape::Integer => self.expect(code, frame, outcome::INTEGER),
      _ => {}
    }
    match layout.given {
      Shape::Bool => {
        number(code);
        code.f64_const(0.0.into()).f64_ne().i32_store8(at);
      }
      Shape::Whole { bytes, is_signed } => {
        number(code);
        if is_signed {
          code.i32_trunc_f64_s()
        } else {
          code.i32_trunc_f64_u()
        };
        match bytes {
          1 => code.i32_store8(at),
          2 => code.i32_store16(at),
          _ => code.i32_store(at),
        };
      }
      Shape::F32 => {
        number(code);
        code.f32_demote_f64().f32_store(at);
      }
      Shape::F64 => {
        number(code);
        code.f64_store(at);
      }
      Shape::Integer => {
        code.local_get(frame).local_get(frame).i64_load(place(PAYLOAD)).i64_store(at);
      }
      Shape::Json { .. } => self.bytes(code, at, frame, json + PAYLOAD),
      _ => {
        if let Some(option) = layout.optional {
          code.local_get(frame).i32_load(place(KIND)).i32_const(outcome::NULL).i32_ne().if_(BlockType::Empty);
          code.local_get(frame).i32_const(1).i32_store8(place(u64::from(layout.result) + option));
        }
        self.expect(code, frame, outcome::SYNC);
        self.bytes(code, at, frame, PAYLOAD);
        if layout.optional.is_some() {
          code.end();
        }
      }
    }
  }

  /// The bytes of a buffer in the frame.
  fn bytes(&self, code: &mut InstructionSink<'_>, at: wasm_encoder::MemArg, frame: u32, buffer: u64) {
    code.local_get(frame).local_get(frame).i32_load(place(buffer)).i32_store(at);
    code.local_get(frame).local_get(frame).i32_load(place(buffer + 4)).i32_store(place(at.offset + 4));
  }

  /// The function that frees what the call needed.
  fn post_return(&self, layout: &Layout) -> Made {
    let frame = 1;
    let mut function = Code::new([(1, ValType::I32)]);
    let mut code = function.instructions();
    code.local_get(0).i32_const(layout.result as i32).i32_sub().local_set(frame);
    for (index, shape) in layout.parameters.iter().enumerate() {
      let at = u64::from(ARGUMENTS) + u64::from(ARGUMENT) * index as u64;
      let freed = match shape {
        Shape::Text | Shape::Elements { .. } => "free",
        Shape::Buffer | Shape::Buffers => "release_buffers",
        _ => continue,
      };
      code.local_get(frame).i32_load(place(at)).local_get(frame).i32_load(place(at + 4));
      code.call(self.linker.support(freed));
    }
    let json = layout.parameters.iter().chain([&layout.given]).enumerate();
    for (index, _) in json.filter(|(_, shape)| matches!(shape, Shape::Json { .. })) {
      let outcome = layout.outcomes + OUTCOME * index as u32;
      code.local_get(frame).i32_const(outcome as i32).i32_add().call(self.linker.support("drop_outcome"));
    }
    code.local_get(frame).call(self.linker.support("end")).end();
    Made { params: vec![ValType::I32], results: Vec::new(), function, export: self.name(WasmExportKind::PostReturn) }
  }
}
