//! WebAssembly plugins: V8 runs them. What can be done in JavaScript is done there (`js/wasm/`), where nothing that a
//! guest says can harm the host's memory; here is the rest. [`Host`] is the host of plugins that knows guests.
//!
//! [`guest_bytes`] tells modules and components apart. [`load`] makes a compiled module of bytes, with the crate
//! wasm_rewrite, which puts the limits in, or finds it in [`cache`]; [`component`] makes several of a component's, with
//! a plan; [`streaming`] does so while the script goes on; [`description`] is what JavaScript learns of it;
//! [`watchdog`] ends calls that take too long, and [`interrupts`] has the words by which it does; [`guest_op`] is what
//! the table holds of a guest's op; [`guest_log`] has what guests print in the log; [`zeroes`]
//! empties memory. [`guests`], [`text`] and [`wasi`] have the functions that `js/wasm/` calls.

pub mod cache;
mod component;
mod description;
pub mod guest_bytes;
mod guest_op;
mod guests;
mod host;
mod interrupts;
pub mod load;
mod loaded;
mod printed;
mod processes;
mod rewriting;
pub mod streaming;
pub mod system_paths;
mod text;
mod wasi;
mod watchdog;
mod zeroes;

use v8_bridge::Functions;

pub use self::host::Host;
pub use self::host::Settings;
pub use self::interrupts::Interrupts;
pub use self::printed::Destination;
pub use self::printed::Printed;
pub use wasi_preview1::StandardStream;

/// Adds the native functions of this crate.
pub fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  guests::register(functions);
  text::register(functions);
  wasi::register(functions);
}
