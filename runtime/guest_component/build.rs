//! Assembles `src/support.wat`.

use std::env;
use std::fs;
use std::path::Path;

const SOURCE: &str = "src/support.wat";

fn main() {
  println!("cargo::rerun-if-changed={SOURCE}");
  let module = wat::parse_file(SOURCE).unwrap_or_else(|error| panic!("{error}"));
  let folder = env::var_os("OUT_DIR").expect("cargo says where");
  fs::write(Path::new(&folder).join("support.wasm"), module).expect("the folder can be written");
}
