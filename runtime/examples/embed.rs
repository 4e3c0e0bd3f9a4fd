//! Runs a script that may open plugins, from a Rust program:
//!
//! ```sh
//! cargo run -p plugbay --example embed -- main.js
//! ```

use plugbay::Error;
use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;

fn main() -> Result<(), Error> {
  let script = std::env::args().nth(1).expect("usage: embed SCRIPT [ARGUMENT…]");
  let permissions = Permissions { plugin: Grant::All, read: Grant::Paths(vec![".".into()]), ..Default::default() };
  let mut runtime = Runtime::builder().permissions(permissions).args(std::env::args().skip(2)).build()?;
  let exit_code = runtime.run(script)?;
  for op in runtime.metrics().ops.iter().filter(|op| op.calls > 0) {
    println!("{}.{}: {} calls, median {:.0} ns", op.plugin, op.name, op.calls, op.latency.p50);
  }
  std::process::exit(exit_code);
}
