//! `wasm_rewrite::frames`: whatever a stack says, what is read of it stands there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_rewrite::frames;

fuzz_target!(|text: &[u8]| {
  let text = String::from_utf8_lossy(text);
  let found = frames(&text);
  assert!(found.len() <= text.split('\n').count());
  for frame in found {
    let module = frame.module.as_ref().map(|module| format!("wasm://wasm/{module}:")).unwrap_or_default();
    assert!(text.contains(&module));
    let line = format!("at x ({module}wasm-function[{}]:0x{:x})", frame.function_index, frame.offset);
    assert_eq!(frames(&line), [frame]);
  }
});
