//! What one runtime has: the host of its plugins, and what is above that.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::v8;
use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use plugbay_core::Progress;
use plugbay_http::Client;
use plugbay_lanes::Factory;
use plugbay_lanes::Lane;
use plugbay_lanes::Pools;
use plugbay_ops::OpEntry;
use plugbay_ops::metrics::LaneCounts;
use plugbay_services::PluginGrants;

use crate::invoke::CallTimer;
use crate::invoke::Mailbox;
use crate::invoke::Tickets;
use crate::script_output::Printing;
use crate::wakeups::Wakeups;

/// Makes a runtime in which a plugin is open, and says what the plugin is: [`Factory`] for any plugin.
pub(crate) type LaneMaker = Arc<dyn Fn(&LaneSetup) -> Result<(Box<dyn Lane>, Vec<u8>), OpFailure> + Send + Sync>;

/// A WebAssembly module that was read.
pub(crate) struct Module {
  /// What it is called.
  pub(crate) name: String,
  pub(crate) bytes: Vec<u8>,
}

/// What runs on a lane.
pub(crate) struct LaneSetup {
  /// What the plugin is, as it was when it was opened.
  pub(crate) module: Module,
  /// How it is opened, as `js/threads.js` has it.
  pub(crate) plugin: Vec<u8>,
  /// The bytes of V8's heap that it may fill.
  pub(crate) heap: usize,
  /// Where lanes say what they count.
  pub(crate) counts: Arc<LaneCounts>,
}

/// The host of a runtime's plugins. It lives longer than the isolate, whose functions point to it.
pub(crate) struct Host {
  pub(crate) guests: wasm_host::Host,
  pub(crate) js: JsSide,
  pub(crate) pools: Pools,
  /// What the lanes of pools count whose plugin has no number yet.
  pub(crate) pool_counts: RefCell<HashMap<u32, Arc<LaneCounts>>>,
  /// What handles on other threads post.
  pub(crate) mailbox: Mailbox,
  /// Ends calls of handles and of the program that run past their deadlines.
  pub(crate) timer: CallTimer,
  pub(crate) wakeups: Wakeups,
  /// Of the event loop.
  pub(crate) progress: Progress,
  /// What answers requests without JavaScript, by the numbers that requests have for it.
  pub(crate) native_handlers: RefCell<HashMap<u32, Rc<OpEntry>>>,
  /// What native plugins may use that are opened here.
  pub(crate) plugin_grants: Arc<PluginGrants>,
  /// What its console prints to, if that is not the process's own streams as they are.
  pub(crate) printing: Option<Printing>,
  /// Makes runtimes on other threads, where the same is granted.
  lanes: LaneMaker,
}

/// What this layer holds of JavaScript.
#[derive(Default)]
pub(crate) struct JsSide {
  /// `invoke(ticket, function, rid, message, milliseconds)`, `openModule(name, exports)` and `closePlugin(rid)` of
  /// `js/invoke.js`.
  pub(crate) invocation: [RefCell<Option<v8::Global<v8::Function>>>; 3],
  pub(crate) tickets: Tickets,
  /// `manage(action, path, id)` of `js/plugin.js`.
  pub(crate) plugin_manager: RefCell<Option<v8::Global<v8::Function>>>,
  /// `open(setup)` and `call(op, arguments)` of `js/threads.js`.
  pub(crate) worker: [RefCell<Option<v8::Global<v8::Function>>>; 2],
  /// `openPlugin(number, path, options, services, reach)`, `openCommand` and `openReceiver` of the same,
  /// `openModule(number, name, exports, files)`, `begin(exchange, handler, …)` and `keepRunning()` of `js/serving.js`.
  pub(crate) serving: [RefCell<Option<v8::Global<v8::Function>>>; 6],
}

impl JsSide {
  /// Drops what belongs to the isolate.
  fn clear(&self) {
    self.plugin_manager.take();
    self.invocation.iter().for_each(|function| drop(function.take()));
    self.worker.iter().for_each(|function| drop(function.take()));
    self.serving.iter().for_each(|function| drop(function.take()));
  }
}

impl Host {
  pub(crate) fn new(
    guests: wasm_host::Host,
    lanes: LaneMaker,
    plugin_grants: Arc<PluginGrants>,
    printing: Option<Printing>,
  ) -> Self {
    Self {
      guests,
      js: JsSide::default(),
      pools: Pools::default(),
      pool_counts: RefCell::default(),
      mailbox: Mailbox::new(),
      timer: CallTimer::default(),
      wakeups: Wakeups::new(),
      progress: Progress::default(),
      native_handlers: RefCell::default(),
      plugin_grants,
      printing,
      lanes,
    }
  }

  /// The client of the program.
  pub(crate) fn http_client(&self) -> Result<Client, OpFailure> {
    plugbay_http::of_program(&mut self.op_state().borrow_mut())
      .map_err(|error| OpFailure::new(ErrorCode::DownloadFailed, format!("there can be no connections: {error}")))
  }

  /// Makes lanes in which a plugin is open.
  pub(crate) fn lanes(&self, setup: LaneSetup) -> Arc<Factory> {
    let lanes = self.lanes.clone();
    Arc::new(move || lanes(&setup))
  }

  /// Tells whoever waits for a call from Rust that the runtime is at its end.
  pub(crate) fn end_calls(&self) {
    self.mailbox.close();
    self.js.tickets.clear();
  }

  /// Closes everything, for the end of the runtime: while the isolate is there, and on its thread.
  pub(crate) fn shut_down(&self) {
    self.end_calls();
    self.native_handlers.take();
    self.guests.shut_down();
    self.js.clear();
  }
}

impl Deref for Host {
  type Target = wasm_host::Host;

  fn deref(&self) -> &wasm_host::Host {
    &self.guests
  }
}

impl AsRef<v8_bridge::Host> for Host {
  fn as_ref(&self) -> &v8_bridge::Host {
    self
  }
}

/// Closes what a plugin was granted that could not be opened, but for what it was opened so far that it closed itself.
pub(crate) fn take_back(state: &RefCell<OpState>, granted: impl IntoIterator<Item = ResourceId>) {
  for rid in granted {
    let left = state.borrow_mut().resource_table.take_any(rid);
    left.into_iter().for_each(|left| left.close());
  }
}
