//! Between JavaScript and the op table: the code that touches V8's values.
//!
//! [`Host`] is what one runtime knows of its plugins. Each module adds native functions of its own for JavaScript
//! ([`Functions`]), which `js/plugin.js` shapes into the Deno namespace; layers above add theirs, with what they have
//! besides the host. [`call`] is the way of a call; [`buffers`] and [`values`] convert what goes in and comes out;
//! [`completion`] settles what was under way.
//!
//! Typed ops have JavaScript functions of their own, which `js/typed_ops.js` makes. [`typed_functions`] gives it what
//! it needs, `typed_calls` is their slow path, `fast_functions` makes the functions that V8 calls directly, `exchange`
//! is the memory that values go through, `kinds` tells what they are.

pub mod arguments;
pub mod buffers;
pub mod call;
pub mod completion;
mod contexts;
pub mod exception;
mod exchange;
mod exchange_memory;
mod fast_functions;
pub mod functions;
pub mod host;
pub mod in_flight;
mod js_side;
mod kept;
mod kinds;
mod lending;
pub mod object;
pub mod op_functions;
mod random;
pub mod reports;
mod results;
mod scope;
mod table;
mod typed_calls;
pub mod typed_functions;
mod typed_results;
pub mod values;

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::OpState;
use tokio::runtime::Handle;

pub use exception::Exception;
pub use functions::Functions;
pub use functions::Returned;
pub use host::Host;
pub use scope::Arguments;
pub use scope::Scope;
pub use scope::Value;

/// The host of a runtime with that state, whose event loop is `tokio`.
pub fn new_host(op_state: Rc<RefCell<OpState>>, tokio: Handle) -> Rc<Host> {
  Host::new(op_state, tokio, op_functions::publish_ops)
}

/// Adds the native functions of this crate.
pub fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  buffers::register(functions);
  call::register(functions);
  exchange::register(functions);
  lending::register(functions);
  op_functions::register(functions);
  random::register(functions);
  table::register(functions);
  typed_calls::register(functions);
  typed_results::register(functions);
  values::register(functions);
}
