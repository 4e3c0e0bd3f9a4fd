//! `wasm_rewrite::rewrite`: what it takes stays valid, keeps the limits and leads back to where it came from.
#![no_main]

use libfuzzer_sys::fuzz_mutator;
use libfuzzer_sys::fuzz_target;
use plugbay_fuzz::Counting;
use plugbay_fuzz::mutate;
use plugbay_fuzz::peak;
use wasm_rewrite::ImportType;
use wasm_rewrite::Options;
use wasm_rewrite::RewriteError;
use wasm_rewrite::Rewritten;
use wasm_rewrite::rewrite;
use wasmparser::BlockType;
use wasmparser::FunctionBody;
use wasmparser::MemoryType;
use wasmparser::Operator;
use wasmparser::Parser;
use wasmparser::Payload;
use wasmparser::TableType;
use wasmparser::Validator;
use wasmparser::WasmFeatures;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// An input is this many bytes that say the options, and a module.
const HEAD: usize = 3;
/// Bytes of memory that a module may take for each of its own, and besides. What is kept of an import is some 100 bytes
/// where the module has four, twice that while a list grows; a check is 11 bytes for a loop's three.
const MEMORY_FACTOR: usize = 100;
const MEMORY_BESIDES: usize = 64 << 10;
/// The validator takes no more memories, and the rewriter adds one.
const MOST_MEMORIES: u32 = 100;
const LIMITS: [u64; 12] = [0, 1, 2, 16, 100, 65_535, 65_536, 65_537, u32::MAX as u64, 1 << 32, 1 << 48, u64::MAX];

fuzz_target!(|input: &[u8]| {
  let Some((head, module)) = input.split_first_chunk::<HEAD>() else { return };
  let options = options(*head);
  let (result, memory) = peak(|| rewrite(module, &options));
  assert!(memory <= MEMORY_BESIDES + MEMORY_FACTOR * module.len(), "{memory} bytes for {}", module.len());
  let valid = validate(module);
  match result {
    Ok(result) => {
      check_offsets(module, &result);
      check_limits(&result, &options);
      check_summary(module, &result);
      if options == Options::NONE {
        assert_eq!(result.bytes, module, "nothing was to be changed");
      }
      if result.summary.memories < MOST_MEMORIES {
        let after = validate(&result.bytes);
        assert_eq!(valid.is_ok(), after.is_ok(), "{valid:?} became {after:?}");
      }
      if valid.is_ok() {
        check_code(module, &result);
      }
    }
    Err(error) => {
      let refused = !matches!(error, RewriteError::Malformed { .. });
      assert!(refused || valid.is_err(), "valid, but: {error}");
    }
  }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate(data, size, max_size, seed, HEAD) });

fn options([flags, pages, elements]: [u8; HEAD]) -> Options {
  let limit = |byte: u8| LIMITS[usize::from(byte) % LIMITS.len()];
  Options {
    deadline: flags & 1 != 0,
    memory_pages: limit(pages),
    table_elements: limit(elements),
    export_globals: flags & 2 != 0,
    export_first: flags & 4 != 0,
    defer_start: flags & 8 != 0,
  }
}

fn validate(module: &[u8]) -> Result<(), String> {
  Validator::new_with_features(WasmFeatures::all()).validate_all(module).map(drop).map_err(|error| error.to_string())
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
  assert!(summary.code_start.is_none_or(|start| start <= module.len()));
  assert!(!result.start_deferred || summary.start.is_some());
}

/// The code is the original's, and checks stand where they should and nowhere else.
fn check_code(module: &[u8], result: &Rewritten) {
  let (before, after) = (bodies(module), bodies(&result.bytes));
  assert_eq!(before.len(), after.len());
  let mut checks = 0;
  for (before, after) in before.iter().zip(&after) {
    let after = operators(after);
    let mut own = after.iter().enumerate().filter(|(_, (_, at))| !result.offsets.added(*at));
    let before = operators(before);
    for (operator, at) in &before {
      let (place, (same, rewritten)) = own.next().expect("all operators are there");
      assert_eq!((operator, *at), (same, result.offsets.original(*rewritten)));
      if let (Operator::Loop { .. }, Some(memory)) = (operator, result.interrupt_memory) {
        check_check(&after[place + 1..], memory);
        checks += 1;
      }
    }
    assert!(own.next().is_none());
    if let Some(memory) = result.interrupt_memory.filter(|_| before.iter().any(|(operator, _)| calls(operator))) {
      check_check(&after, memory);
      checks += 1;
    }
    let added = after.len() - before.len();
    assert_eq!(added % 5, 0);
  }
  let added: usize =
    after.iter().zip(&before).map(|(after, before)| operators(after).len() - operators(before).len()).sum();
  assert_eq!((checks, added), (result.checks, 5 * result.checks as usize));
}

fn check_check(operators: &[(Operator<'_>, usize)], interrupt: u32) {
  let [(zero, _), (load, _), (test, _), (trap, _), (end, _), ..] = operators else { panic!("a check is missing") };
  assert_eq!(*zero, Operator::I32Const { value: 0 });
  assert!(matches!(load, Operator::I32Load { memarg } if memarg.memory == interrupt && memarg.offset == 0), "{load:?}");
  assert_eq!([test, trap, end], [&Operator::If { blockty: BlockType::Empty }, &Operator::Unreachable, &Operator::End]);
}

fn calls(operator: &Operator<'_>) -> bool {
  matches!(
    operator,
    Operator::Call { .. }
      | Operator::CallIndirect { .. }
      | Operator::CallRef { .. }
      | Operator::ReturnCall { .. }
      | Operator::ReturnCallIndirect { .. }
      | Operator::ReturnCallRef { .. }
      | Operator::Resume { .. }
      | Operator::ResumeThrow { .. }
      | Operator::Suspend { .. }
      | Operator::Switch { .. }
  )
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
