//! Tells how long it takes to put the limits of a plugin into modules: the median, in milliseconds.
//!
//! ```sh
//! cargo run --release -p wasm_rewrite --example rewrite -- module.wasm…
//! ```

use std::env;
use std::fs;
use std::time::Instant;

use wasm_rewrite::Options;

/// How often each is rewritten.
const TIMES: usize = 15;

fn main() {
  let options = Options {
    host_bytes: 256 << 20,
    deadline: true,
    memory_pages: 65536,
    table_elements: 10_000_000,
    export_globals: true,
    export_first: true,
    defer_start: true,
    ..Options::NONE
  };
  for path in env::args().skip(1) {
    let module = fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut length = 0;
    let mut times = [0.0; TIMES].map(|_| {
      let begun = Instant::now();
      let rewritten = wasm_rewrite::rewrite(&module, &options).unwrap_or_else(|error| panic!("{path}: {error}"));
      length = rewritten.bytes.len();
      begun.elapsed().as_secs_f64() * 1e3
    });
    times.sort_by(f64::total_cmp);
    println!("{:8.2} ms, {} -> {length} bytes: {path}", times[TIMES / 2], module.len());
  }
}
