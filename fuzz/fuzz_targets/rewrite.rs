//! `wasm_rewrite::rewrite`: what it takes stays valid, keeps the limits and leads back to where it came from.
#![no_main]

#[path = "../../runtime/rewrite/src/straight.rs"]
#[allow(dead_code, reason = "the rewriter uses all of it")]
mod straight;
#[path = "rewrite/way.rs"]
mod way;

use libfuzzer_sys::fuzz_mutator;
use libfuzzer_sys::fuzz_target;
use plugbay_fuzz::Counting;
use plugbay_fuzz::mutate;
use plugbay_fuzz::peak;
use wasm_rewrite::DEPTH_EXPORT;
use wasm_rewrite::ImportType;
use wasm_rewrite::Kind;
use wasm_rewrite::Options;
use wasm_rewrite::RewriteError;
use wasm_rewrite::Rewritten;
use wasm_rewrite::rewrite;
use wasmparser::BlockType;
use wasmparser::CompositeInnerType;
use wasmparser::ExternalKind;
use wasmparser::FunctionBody;
use wasmparser::GlobalType;
use wasmparser::MemArg;
use wasmparser::MemoryType;
use wasmparser::Operator;
use wasmparser::Parser;
use wasmparser::Payload;
use wasmparser::TableType;
use wasmparser::ValType;
use wasmparser::Validator;
use wasmparser::WasmFeatures;

use crate::straight::Flow;
use crate::straight::MAX_UNCHECKED;
use crate::straight::SHORT;
use crate::straight::Way;
use crate::way::Step;
use crate::way::longest;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// An input is this many bytes that say the options, and a module.
const HEAD: usize = 4;
/// Bytes of memory that a module may take for each of its own, for each that the host may hold for it, and besides.
/// Lists and the output may be there one and a half times more while they grow.
const MEMORY_FACTOR: u64 = 8;
const HOST_FACTOR: u64 = 3;
const MEMORY_BESIDES: u64 = 64 << 10;
/// The validator takes no more memories, and the rewriter adds one.
const MAX_MEMORIES: u32 = 100;
/// It takes no more locals, parameters counted, which are no more than a thousand, and the rewriter adds one.
const MAX_LOCALS: u64 = 50_000 - 1000;
const LIMITS: [u64; 12] = [0, 1, 2, 16, 100, 65_535, 65_536, 65_537, u32::MAX as u64, 1 << 32, 1 << 48, u64::MAX];
const HOST_BYTES: [u64; 8] = [0, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 1 << 20, 64 << 20, u64::MAX];
const DEPTHS: [u32; 8] = [0, 1, 63, 64, 8191, 8192, i32::MAX as u32 + 1, u32::MAX];

fuzz_target!(|input: &[u8]| {
  let Some((head, module)) = input.split_first_chunk::<HEAD>() else { return };
  let options = options(*head);
  let (result, memory) = peak(|| rewrite(module, &options));
  let held = result.as_ref().map_or(options.host_bytes, |result| result.host_bytes);
  assert!(held <= options.host_bytes, "{held} bytes are held");
  let allowed = (MEMORY_BESIDES + MEMORY_FACTOR * module.len() as u64).saturating_add(HOST_FACTOR.saturating_mul(held));
  assert!(memory as u64 <= allowed, "{memory} bytes for {} and {held}", module.len());
  let valid = validate(module, &options);
  match result {
    Ok(result) => {
      check_offsets(module, &result);
      check_limits(&result, &options);
      check_summary(module, &result);
      if options == Options::NONE {
        assert_eq!(result.bytes, module, "nothing was to be changed");
      }
      let summary = &result.summary;
      let one_more_local = options.call_depth.is_none() || most_locals(module) < MAX_LOCALS;
      if summary.memories < MAX_MEMORIES && one_more_local {
        let after = validate(&result.bytes, &options);
        assert_eq!(valid.is_ok(), after.is_ok(), "{valid:?} became {after:?}");
      }
      if valid.is_ok() {
        check_code(module, &result, &options);
      }
    }
    Err(error) => {
      let refused = !matches!(error, RewriteError::Malformed { .. });
      assert!(refused || valid.is_err(), "valid, but: {error}");
    }
  }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate(data, size, max_size, seed, HEAD) });

fn options([flags, pages, elements, host]: [u8; HEAD]) -> Options {
  let limit = |byte: u8| LIMITS[usize::from(byte) % LIMITS.len()];
  Options {
    host_bytes: HOST_BYTES[usize::from(host) % HOST_BYTES.len()],
    host_spent: 0,
    deadline: flags & 1 != 0,
    objects: host & 128 != 0,
    call_depth: (flags & 16 != 0).then_some(DEPTHS[usize::from(flags >> 5)]),
    memory_pages: limit(pages),
    table_elements: limit(elements),
    memory_growth: limit(pages.rotate_left(4)),
    table_growth: limit(elements.rotate_left(4)),
    export_globals: flags & 2 != 0,
    export_first: flags & 4 != 0,
    defer_start: flags & 8 != 0,
  }
}

fn validate(module: &[u8], options: &Options) -> Result<(), String> {
  let mut features = WasmFeatures::all();
  // A function that is shared between threads cannot have the count of calls.
  features.set(WasmFeatures::SHARED_EVERYTHING_THREADS, options.call_depth.is_none());
  Validator::new_with_features(features).validate_all(module).map(drop).map_err(|error| error.to_string())
}

fn check_offsets(module: &[u8], result: &Rewritten) {
  let mut last = 0;
  for at in 0..=result.bytes.len() {
    let original = result.offsets.original(at);
    assert!(last <= original && original <= module.len(), "{at} leads to {original} after {last}");
    last = original;
  }
  let _ = (result.offsets.original(usize::MAX), result.offsets.added(usize::MAX));
}

/// No memory and no table can have more than the options say, whatever the engine lets grow.
fn check_limits(result: &Rewritten, options: &Options) {
  let mut memory_index = 0;
  let mut check_memory = |ty: &MemoryType, imported: bool| {
    let added = Some(memory_index) == result.interrupt_memory;
    memory_index += 1;
    if added {
      assert!(ty.shared && (ty.initial, ty.maximum) == (1, Some(1)) && !imported, "{ty:?}");
      return;
    }
    let log2 = ty.page_size_log2.unwrap_or(16);
    let natural = (1_u128 << if ty.memory64 { 64 } else { 32 }) >> log2;
    // An import has the host's maximum.
    let most = if imported { ty.initial.into() } else { ty.maximum.map_or(natural, u128::from) };
    assert!((most << log2).div_ceil(1 << 16) <= options.memory_pages.into(), "{ty:?}");
  };
  let check_table = |ty: &TableType, imported: bool| {
    let natural = if ty.table64 { u64::MAX } else { u32::MAX.into() };
    let most = if imported { ty.initial } else { ty.maximum.unwrap_or(natural) };
    assert!(most <= options.table_elements, "{ty:?}");
  };
  for import in &result.summary.imports {
    match &import.ty {
      ImportType::Memory(ty) => check_memory(ty, true),
      ImportType::Table(ty) => check_table(ty, true),
      _ => {}
    }
  }
  for payload in Parser::new(0).parse_all(&result.bytes) {
    match payload {
      Ok(Payload::MemorySection(section)) => {
        section.into_iter().for_each(|ty| check_memory(&ty.expect("the rewriter has read it"), false));
      }
      Ok(Payload::TableSection(section)) => {
        section.into_iter().for_each(|table| check_table(&table.expect("the rewriter has read it").ty, false));
      }
      _ => {}
    }
  }
}

fn check_summary(module: &[u8], result: &Rewritten) {
  let summary = &result.summary;
  for section in &summary.custom_sections {
    assert!(module.get(section.range()).is_some(), "{section:?}");
  }
  for import in &summary.imports {
    let _ = import.ty.to_string();
  }
  assert!(!result.start_deferred || summary.start.is_some());
}

/// The code is the original's, and what is added stands where it should and nowhere else.
fn check_code(module: &[u8], result: &Rewritten, options: &Options) {
  let (before, after, parameters) = (bodies(module), bodies(&result.bytes), parameters(module));
  assert_eq!((before.len(), before.len()), (after.len(), parameters.len()));
  let interrupt = result.interrupt_memory;
  let imported = result.summary.imports.iter().filter(|import| import.ty.kind() == Kind::Function).count() as u32;
  let depth = check_depth(module, result, options).zip(options.call_depth);
  let mut checks = 0;
  for ((before, after), parameters) in before.iter().zip(&after).zip(parameters) {
    let own = operators(before);
    let calling = own.iter().any(|(operator, _)| call(operator).is_some());
    let mut locals = locals(before);
    let base = parameters + locals.iter().map(|(count, _)| count).sum::<u32>();
    let depth = depth.filter(|_| calling);
    let start = own.first().map_or(0, |&(_, at)| at);
    let is_long = (before.range().end - start) as u32 > SHORT;
    // The operators and where they were in the original.
    let mut expected = Vec::new();
    let (mut steps, mut way, mut largest) = (Vec::new(), Way::default(), 0);
    let mut check = |expected: &mut Vec<_>, steps: &mut Vec<_>, memory| {
      expected.extend(deadline_check(memory).map(|operator| (operator, None)));
      steps.push(Step::Check);
      checks += 1;
    };
    if let Some((global, limit)) = depth {
      locals.push((1, ValType::I32));
      expected.extend(depth_check(global, base, limit).map(|operator| (operator, None)));
    }
    if let Some(memory) = interrupt.filter(|_| calling || is_long) {
      check(&mut expected, &mut steps, memory);
    }
    let ends: Vec<_> = own.iter().skip(1).map(|&(_, at)| at).chain([before.range().end]).collect();
    for ((operator, at), end) in own.into_iter().zip(ends) {
      let (call, takes_long) = (call(&operator), may_take_long(&operator, imported));
      let called = if call == Some(Call::Inner) && !takes_long { SHORT } else { 0 };
      let length = (end - at) as u32;
      let bytes = length + called;
      largest = largest.max(bytes);
      if let Some(memory) = interrupt
        && way.step(Flow::of(&operator), length, called)
      {
        check(&mut expected, &mut steps, memory);
      }
      steps.push(Step::Own(operator.clone(), bytes));
      if let Some(((global_index, _), call)) = depth.zip(call) {
        expected.push((Operator::LocalGet { local_index: base }, None));
        if call == Call::Inner {
          expected.extend([(Operator::I32Const { value: 1 }, None), (Operator::I32Add, None)]);
        }
        expected.push((Operator::GlobalSet { global_index }, None));
      }
      expected.push((operator, Some(at)));
      if let Some(((global_index, _), Call::Inner)) = depth.zip(call) {
        expected
          .extend([(Operator::LocalGet { local_index: base }, None), (Operator::GlobalSet { global_index }, None)]);
      }
      if let Some(memory) = interrupt.filter(|_| takes_long) {
        check(&mut expected, &mut steps, memory);
        way.checked();
      }
    }
    if interrupt.is_some() {
      assert!(longest(&steps) <= MAX_UNCHECKED + largest, "{} bytes have no check", longest(&steps));
    }
    let place = |at| (!result.offsets.added(at)).then(|| result.offsets.original(at));
    let found: Vec<_> = operators(after).into_iter().map(|(operator, at)| (operator, place(at))).collect();
    assert_eq!(found, expected);
    assert_eq!(self::locals(after), locals);
  }
  assert_eq!(checks, result.checks);
}

/// The global that counts calls is the last one and exported; answers its index.
fn check_depth(module: &[u8], result: &Rewritten, options: &Options) -> Option<u32> {
  let imported = result.summary.imports.iter().filter(|import| import.ty.kind() == Kind::Global).count() as u32;
  let (mut last, mut globals, mut exported) = (None, imported, None);
  for payload in Parser::new(0).parse_all(&result.bytes) {
    match payload {
      Ok(Payload::GlobalSection(section)) => {
        globals += section.count();
        last = section.into_iter().last().map(|global| global.expect("the rewriter has read it"));
      }
      Ok(Payload::ExportSection(section)) => {
        let mut exports = section.into_iter().map(|export| export.expect("the rewriter has read it"));
        exported = exports.find(|export| export.name == DEPTH_EXPORT);
      }
      _ => {}
    }
  }
  let index = imported + defined_globals(module);
  if options.call_depth.is_none() {
    assert_eq!((globals, exported), (index, None));
    return None;
  }
  let (last, exported) = (last.expect("there is a global"), exported.expect("it is exported"));
  assert_eq!(last.ty, GlobalType { content_type: ValType::I32, mutable: true, shared: false });
  assert!(matches!(last.init_expr.get_operators_reader().read(), Ok(Operator::I32Const { value: 0 })));
  assert_eq!((globals, exported.kind, exported.index), (index + 1, ExternalKind::Global, index));
  Some(index)
}

fn defined_globals(module: &[u8]) -> u32 {
  let mut payloads = Parser::new(0).parse_all(module);
  let count = payloads.find_map(|payload| match payload {
    Ok(Payload::GlobalSection(section)) => Some(section.count()),
    _ => None,
  });
  count.unwrap_or(0)
}

fn deadline_check(memory: u32) -> [Operator<'static>; 5] {
  let memarg = MemArg { align: 2, max_align: 2, offset: 0, memory };
  let [test, trap, end] = trap();
  [Operator::I32Const { value: 0 }, Operator::I32Load { memarg }, test, trap, end]
}

fn depth_check(global_index: u32, local_index: u32, limit: u32) -> [Operator<'static>; 9] {
  let limit = Operator::I32Const { value: limit.cast_signed() };
  let [test, trap, end] = trap();
  let (get, keep) = (Operator::GlobalGet { global_index }, Operator::LocalTee { local_index });
  let (mark, set) = (Operator::I32Const { value: -1 }, Operator::GlobalSet { global_index });
  [get, keep, limit, Operator::I32GeU, test, mark, set, trap, end]
}

fn trap() -> [Operator<'static>; 3] {
  [Operator::If { blockty: BlockType::Empty }, Operator::Unreachable, Operator::End]
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
  Inner,
  Tail,
}

/// Whether `operator` calls, and how.
fn call(operator: &Operator<'_>) -> Option<Call> {
  match operator {
    Operator::Call { .. }
    | Operator::CallIndirect { .. }
    | Operator::CallRef { .. }
    | Operator::Resume { .. }
    | Operator::ResumeThrow { .. }
    | Operator::Suspend { .. }
    | Operator::Switch { .. } => Some(Call::Inner),
    Operator::ReturnCall { .. } | Operator::ReturnCallIndirect { .. } | Operator::ReturnCallRef { .. } => {
      Some(Call::Tail)
    }
    _ => None,
  }
}

/// Whether an instruction may take long, or begins what may.
fn may_take_long(operator: &Operator<'_>, imported_functions: u32) -> bool {
  match operator {
    Operator::Call { function_index } => *function_index < imported_functions,
    // In words, so that what is new among them is not forgotten.
    other => {
      let name = format!("{other:?}");
      let name = name.split([' ', '(']).next().unwrap_or_default();
      let moves = ["Fill", "Copy", "Init", "InitData", "InitElem", "Grow", "Discard"];
      let moved =
        ["Memory", "Table", "Array"].iter().filter_map(|of| name.strip_prefix(of)).any(|it| moves.contains(&it));
      let makes = name.starts_with("StructNew") || name.starts_with("ArrayNew");
      moved || makes || name == "Loop" || call(other) == Some(Call::Inner)
    }
  }
}

/// How many parameters each function has that the module defines.
fn parameters(module: &[u8]) -> Vec<u32> {
  let (mut types, mut functions) = (Vec::new(), Vec::new());
  for payload in Parser::new(0).parse_all(module) {
    match payload {
      Ok(Payload::TypeSection(section)) => {
        let groups = section.into_iter().map(|group| group.expect("the module is valid"));
        types.extend(groups.flat_map(|group| group.into_types()).map(|ty| match ty.composite_type.inner {
          CompositeInnerType::Func(function) => function.params().len() as u32,
          _ => 0,
        }));
      }
      Ok(Payload::FunctionSection(section)) => {
        let indices = section.into_iter().map(|index| index.expect("the module is valid"));
        functions.extend(indices.map(|index| types[index as usize]));
      }
      _ => {}
    }
  }
  functions
}

fn locals(body: &FunctionBody<'_>) -> Vec<(u32, ValType)> {
  let reader = body.get_locals_reader().expect("the module is valid");
  reader.into_iter().map(|group| group.expect("the module is valid")).collect()
}

/// The most locals that a function of a module, which need not be valid, declares.
fn most_locals(module: &[u8]) -> u64 {
  let readers = bodies(module).into_iter().filter_map(|body| body.get_locals_reader().ok());
  readers.map(|reader| reader.into_iter().flatten().map(|(count, _)| u64::from(count)).sum()).max().unwrap_or(0)
}

fn bodies(module: &[u8]) -> Vec<FunctionBody<'_>> {
  let payloads = Parser::new(0).parse_all(module);
  let bodies = payloads.filter_map(|payload| match payload {
    Ok(Payload::CodeSectionEntry(body)) => Some(body),
    _ => None,
  });
  bodies.collect()
}

fn operators<'a>(body: &FunctionBody<'a>) -> Vec<(Operator<'a>, usize)> {
  let reader = body.get_operators_reader().expect("the module is valid");
  reader.into_iter_with_offsets().map(|operator| operator.expect("the module is valid")).collect()
}
