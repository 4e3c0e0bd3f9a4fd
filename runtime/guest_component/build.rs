//! Assembles `src/support.wat`.

use std::env;
use std::fs;
use std::path::Path;

use plugbay_core::ErrorCode;

const SOURCE: &str = "src/support.wat";

fn main() {
  println!("cargo::rerun-if-changed={SOURCE}");
  let text = fs::read_to_string(SOURCE).unwrap_or_else(|error| panic!("{error}"));
  for error in [ErrorCode::OpNeverDone, ErrorCode::OpNotFound] {
    assert!(text.contains(&format!("{:?}", error.code())), "{SOURCE} has another code than {}", error.code());
  }
  let module = wat::parse_file(SOURCE).unwrap_or_else(|error| panic!("{error}"));
  let folder = env::var_os("OUT_DIR").expect("cargo says where");
  fs::write(Path::new(&folder).join("support.wasm"), module).expect("the folder can be written");
}
