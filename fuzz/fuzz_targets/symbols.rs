//! `wasm_rewrite::Symbols`: names and lines of any module, in memory that follows from its size.
#![no_main]

use libfuzzer_sys::fuzz_mutator;
use libfuzzer_sys::fuzz_target;
use plugbay_fuzz::Counting;
use plugbay_fuzz::mutate;
use plugbay_fuzz::peak;
use wasm_rewrite::Symbols;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes of memory that a module may take for each of its own, and besides. What is read of a file's name is some 100
/// bytes where a line table has one, thrice that while the list grows.
const MEMORY_FACTOR: usize = 400;
const MEMORY_BESIDES: usize = 64 << 10;
/// The same for one name, which may be shorter than what it stands for.
const MAX_NAME: usize = 4 << 20;

fuzz_target!(|module: &[u8]| {
  let (symbols, memory) = peak(|| {
    let symbols = Symbols::new(module);
    let step = (module.len() / 64).max(1);
    for at in (0..module.len()).step_by(step).chain([usize::MAX]) {
      let _ = symbols.line(at);
    }
    symbols
  });
  assert!(memory <= MEMORY_BESIDES + MEMORY_FACTOR * module.len(), "{memory} bytes for {}", module.len());
  let mut last = None;
  for at in 0..module.len() {
    let function = symbols.function_at(at);
    assert!(function.is_none() || last <= function, "functions are in the order of their code");
    last = function.or(last);
  }
  assert_eq!([module.len(), usize::MAX].map(|at| symbols.function_at(at)), [None; 2]);
  for index in (0..8).chain(last).chain([u32::MAX]) {
    let (_, memory) = peak(|| symbols.function(index));
    assert!(memory <= MAX_NAME, "{memory} bytes for a name");
  }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate(data, size, max_size, seed, 0) });
