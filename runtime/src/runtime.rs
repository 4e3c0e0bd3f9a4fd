//! The runtime: an isolate made from the snapshot, its event loop, and the host of its plugins.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::path::Path;
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Once;
use std::sync::PoisonError;
use std::task::Context;

use deno_core::JsRuntime;
use deno_core::ModuleSpecifier;
use deno_core::RuntimeOptions;
use deno_core::v8;
use deno_os::ExitCode;
use deno_permissions::PermissionsContainer;
use guest_worlds::World;
use guest_worlds::Worlds;
use plugbay_core::Caller;
use plugbay_core::ErrorCode;
use plugbay_core::GrantedBy;
use plugbay_core::OpFailure;
use plugbay_core::Progress;
use plugbay_core::Value;
use plugbay_http::Outbound;
use plugbay_lanes::Ender;
use plugbay_lanes::Lane;
use plugbay_lanes::LaneFailure;
use plugbay_ops::metrics::LaneCount;
use plugbay_services::Granted;
use plugbay_services::PluginGrants;
use tokio::runtime::EnterGuard;
use tokio::sync::oneshot;
use wasm_host::Interrupts;
use wasm_host::cache;
use wasm_host::cache::Folder;

use crate::Error;
use crate::Metrics;
use crate::MetricsReader;
use crate::Permissions;
use crate::bindings;
use crate::event_loop;
use crate::extensions;
use crate::grants::HandlerGrants;
use crate::heap::Heap;
use crate::host::Host;
use crate::host::LaneMaker;
use crate::host::LaneSetup;
use crate::host::Module;
use crate::host::take_back;
use crate::integrity::Integrity;
use crate::invoke::Handle;
use crate::invoke::OpRef;
use crate::invoke::Plugin;
use crate::invoke::Ticket;
use crate::invoke::calls;
use crate::invoke::direct;
use crate::invoke::direct::Called;
use crate::invoke::given_up;
use crate::modules::FileModules;
use crate::modules::Pinned;
use crate::on_demand;
use crate::opening;
use crate::own_flags::OWN_FLAGS;
use crate::script_output::ScriptOutput;
use crate::stack::Stack;
use crate::system;
use crate::threads;
use crate::typescript;
use crate::uncaught;
use crate::wit;
use crate::wit_world;

static SNAPSHOT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/snapshot.bin"));

static V8_FLAGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The flags that were set.
fn v8_flags() -> Vec<String> {
  V8_FLAGS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set_own_flags() {
  static SET: Once = Once::new();
  SET.call_once(|| {
    // V8 knows them: the tests of a full heap would fail.
    let _ = pass_flags(OWN_FLAGS);
  });
}

/// Sets flags of V8, such as `--max-old-space-size=500`, for all runtimes of the process: before the first is made.
///
/// # Errors
///
/// When V8 does not know one of them.
pub fn set_v8_flags(flags: &[impl AsRef<str>]) -> Result<(), Error> {
  if flags.is_empty() {
    return Ok(());
  }
  set_own_flags();
  pass_flags(flags)
}

fn pass_flags(flags: &[impl AsRef<str>]) -> Result<(), Error> {
  // The first is taken for the name of the program, as in a command line.
  let flags = ["plugbay"].into_iter().chain(flags.iter().map(AsRef::as_ref)).map(String::from).collect::<Vec<_>>();
  let unknown = deno_core::v8_set_flags(flags.clone()).split_off(1);
  V8_FLAGS.lock().unwrap_or_else(PoisonError::into_inner).extend(flags);
  if unknown.is_empty() { Ok(()) } else { Err(Error::V8Flags(unknown.join(" "))) }
}

/// Settings of a [`Runtime`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
  permissions: Permissions,
  args: Vec<String>,
  cache: Option<PathBuf>,
  heap_limit: Option<usize>,
  worlds: Vec<Arc<dyn World>>,
  grants: HandlerGrants,
  environment: Option<BTreeMap<String, String>>,
  files: BTreeMap<String, PathBuf>,
  granted_by: GrantedBy,
  output: Option<ScriptOutput>,
  /// In the place of permissions and cache.
  shared: Option<Shared>,
}

/// What the runtimes of a plugin's threads share with the script's: paths were followed once, before the script could
/// change where they lead.
#[derive(Clone, Debug)]
struct Shared {
  permissions: PermissionsContainer,
  folder: Option<Arc<module_cache::Folder>>,
}

impl Shared {
  fn open(permissions: Permissions, cache: Option<PathBuf>) -> Result<Self, Error> {
    let folder = cache.and_then(|path| cache::open(&path, |folder| permissions.write.meets(folder)));
    Ok(Self { permissions: permissions.into_container()?, folder })
  }
}

impl Builder {
  /// What the script may do; nothing by default.
  pub fn permissions(mut self, permissions: Permissions) -> Self {
    self.permissions = permissions;
    self
  }

  /// Who says what the script may do, for errors that say what to do about what it may not: flags of `plugbay run` by
  /// default.
  pub fn granted_by(mut self, granted_by: GrantedBy) -> Self {
    self.granted_by = granted_by;
    self
  }

  /// Where goes what the script prints; to the process's own streams, as it is, by default.
  pub fn output(mut self, output: ScriptOutput) -> Self {
    self.output = Some(output);
    self
  }

  /// What the script sees as `Deno.args`.
  pub fn args(mut self, args: impl IntoIterator<Item = impl Into<String>>) -> Self {
    self.args = args.into_iter().map(Into::into).collect();
    self
  }

  /// A folder for compiled WebAssembly modules, so that other processes need not compile them; none by default. It is
  /// made if it is not there; what is kept lies in a folder `plugbay-modules` of its own in it. That is run as machine
  /// code: it is not used when others than its owner may write there, or the script may.
  pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
    self.cache = Some(folder.into());
    self
  }

  /// How many bytes of V8's heap the script may fill, 16 MiB at least; V8's own limit by default, which depends on the
  /// machine. A script that fills it is ended, and [`Runtime::run`] gives [`Error::HeapLimit`]. While it ends the heap
  /// grows beyond that. Each of a plugin's threads has as much. The memory of ArrayBuffers and of WebAssembly is not in
  /// the heap.
  pub fn heap_limit(mut self, bytes: usize) -> Self {
    self.heap_limit = Some(bytes);
    self
  }

  /// Adds a world of WebAssembly guests: it is asked before those that there are anyway whether it claims a module. See
  /// [`World`].
  pub fn world(mut self, world: impl World + 'static) -> Self {
    self.worlds.push(Arc::new(world));
    self
  }

  /// What the script is granted besides its permissions: services of an app, which it has as `Deno.services` and
  /// native plugins by `interface.services()`, and who decides of its requests in the place of [`Permissions::net`],
  /// which then is for its plugins alone.
  pub fn grants(mut self, grants: HandlerGrants) -> Self {
    self.grants = grants;
    self
  }

  /// What the script has as `Deno.env`, and may read without a grant; the process's variables by default. Native
  /// plugins have it by `interface.services()`.
  pub fn environment(mut self, variables: BTreeMap<String, String>) -> Self {
    self.environment = Some(variables);
    self
  }

  /// The directories of which native plugins are told by `interface.services()`, by the absolute names that they have
  /// for them.
  pub fn files(mut self, directories: BTreeMap<String, PathBuf>) -> Self {
    self.files = directories;
    self
  }

  /// Makes the runtime, with an event loop of its own.
  ///
  /// # Errors
  ///
  /// When a grant names a path that cannot be resolved, when the system gives too few threads, file descriptors or
  /// addresses, when the heap's limit is too low, and when the thread has a runtime already or less than 1.5 MiB of
  /// stack.
  ///
  /// # Panics
  ///
  /// Inside of another tokio runtime: make it on a thread of its own.
  pub fn build(self) -> Result<Runtime, Error> {
    let place = ThreadPlace::take()?;
    let stack = Stack::of_this_thread()?;
    let create_params = Heap::create_params(self.heap_limit, stack.create_params())?;
    system::check()?;
    set_own_flags();
    // The heap of a plugin's thread has nothing in it but what the plugin makes.
    let makes_objects = self.shared.is_some();
    let shared = match self.shared {
      Some(shared) => shared,
      None => Shared::open(self.permissions, self.cache)?,
    };
    let (printing, stdio) = match &self.output {
      Some(output) => output.open().map(|(printing, stdio)| (Some(printing), stdio))?,
      None => Default::default(),
    };
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let entered = tokio.enter();
    let pinned = Pinned::default();
    let modules = FileModules::new(shared.permissions.clone(), self.granted_by.clone(), pinned.clone());
    let mut js = JsRuntime::try_new(RuntimeOptions {
      module_loader: Some(Rc::new(modules)),
      extensions: extensions::all(),
      startup_snapshot: Some(SNAPSHOT),
      residual_lazy_js_sources: on_demand::RESIDUAL_JS,
      residual_lazy_esm_sources: on_demand::RESIDUAL_ESM,
      shared_array_buffer_store: Some(Default::default()),
      compiled_wasm_module_store: Some(Default::default()),
      skip_op_registration: true,
      is_main: true,
      create_params: Some(create_params),
      ..Default::default()
    })?;
    stack.watch_stack_traces(js.v8_isolate());
    let interrupts = Interrupts::default();
    let heap = Heap::watch(&mut js, self.heap_limit, interrupts.clone());
    let exit_code = ExitCode::default();
    js.lazy_init_extensions(vec![
      deno_webidl::deno_webidl::args(),
      deno_web::deno_web::args(Arc::new(deno_web::BlobStore::default()), None, false, Default::default()),
      deno_io::deno_io::args(Some(stdio)),
      deno_fs::deno_fs::args(Rc::new(deno_fs::RealFs)),
      deno_os::deno_os::args(Some(exit_code.clone())),
      deno_fetch::deno_fetch::args(plugbay_http::options()),
      plugbay_http::plugbay_http::args(),
      plugbay_sockets::plugbay_sockets::args(),
      plugbay_services::plugbay_services::args(),
      extensions::plugbay::args(),
    ])?;
    let plugin_grants = Arc::new(PluginGrants {
      services: self.grants.services.clone(),
      outbound: self.grants.reach.clone().map(Outbound::new),
      environment: self.environment.clone(),
      files: self.files,
    });
    {
      let state = js.op_state();
      let mut state = state.borrow_mut();
      state.put(shared.permissions.clone());
      state.put(self.granted_by.clone());
      self.grants.give_to_script(&mut state);
    }
    let folder = shared.folder.clone().map(|files| Folder::of(files, v8_flags()));
    let worlds = Worlds::new(self.worlds.clone());
    let settings = Builder {
      heap_limit: self.heap_limit,
      worlds: self.worlds,
      granted_by: self.granted_by,
      shared: Some(shared),
      ..Builder::default()
    };
    let bridge = v8_bridge::new_host(js.op_state(), tokio.handle().clone());
    let guests = wasm_host::Settings { worlds, folder, makes_objects, interrupts };
    let host = Rc::new(Host::new(wasm_host::Host::new(bridge, guests), lanes_of(settings), plugin_grants, printing));
    js.op_state().borrow_mut().put(host.progress.clone());
    let is_set_up = {
      deno_core::scope!(scope, &mut js);
      let environment = self.environment.map(|variables| serde_json::json!(variables).to_string());
      // The functions of ops are made of text.
      scope.get_current_context().is_code_generation_from_strings_allowed()
        && bindings::bootstrap(scope, &host, &self.args, environment.as_deref()).is_some()
    };
    if !is_set_up {
      // Its functions point to the host.
      drop(js);
      let set = v8_flags().into_iter().filter(|flag| flag.starts_with('-') && !OWN_FLAGS.contains(&flag.as_str()));
      return Err(Error::Bootstrap(set.collect::<Vec<_>>().join(" ")));
    }
    drop(entered);
    Ok(Runtime { js, host, heap, exit_code, has_main: false, pinned, tokio: Some(tokio), _place: place })
  }
}

/// A JavaScript runtime that opens plugins. It belongs to the thread it was made on.
pub struct Runtime {
  // The order matters: the isolate goes first, because its functions point to the host.
  js: JsRuntime,
  host: Rc<Host>,
  heap: Heap,
  exit_code: ExitCode,
  /// Whether a script was run: only the first is the main module.
  has_main: bool,
  pinned: Pinned,
  /// Always there until the drop.
  tokio: Option<tokio::runtime::Runtime>,
  /// Dropped last, when the isolate is gone.
  _place: ThreadPlace,
}

thread_local! {
  static HAS_RUNTIME: Cell<bool> = const { Cell::new(false) };
}

/// The place of a runtime on its thread: there is one.
struct ThreadPlace;

impl ThreadPlace {
  fn take() -> Result<Self, Error> {
    match HAS_RUNTIME.replace(true) {
      true => Err(Error::SecondRuntime),
      false => Ok(Self),
    }
  }
}

impl Drop for ThreadPlace {
  fn drop(&mut self) {
    HAS_RUNTIME.set(false);
  }
}

impl Runtime {
  /// Settings for a new runtime.
  pub fn builder() -> Builder {
    Builder::default()
  }

  /// Runs the module at `path`, a path relative to the working directory, and everything it started, to the end. A link
  /// is followed first: what the module imports lies beside the file itself. Gives the exit code that the script set,
  /// or 0. A runtime may run several scripts, one after the other: `import.meta.main` is true in the first.
  ///
  /// `Deno.exit` in the script ends the process.
  ///
  /// # Errors
  ///
  /// What the script threw and did not catch, with its stack; [`Error::HeapLimit`] when it has filled V8's heap, and
  /// whatever is run after that.
  pub fn run(&mut self, path: impl AsRef<Path>) -> Result<i32, Error> {
    let specifier = specifier_of(path.as_ref())?;
    let Self { js, host, heap, exit_code, tokio, .. } = self;
    let tokio = tokio.as_ref().expect(NOT_DROPPED);
    let is_main = !std::mem::replace(&mut self.has_main, true);
    heap.run(|| tokio.block_on(event_loop::run_module(js, host, heap, &specifier, is_main)))?;
    Ok(exit_code.get())
  }

  /// Opens the plugin at `path`, a path relative to the working directory, as `Deno.openPlugin` does.
  ///
  /// # Errors
  ///
  /// When it cannot be opened, with what the script would be told; [`Error::HeapLimit`].
  pub fn open(&mut self, path: impl AsRef<Path>) -> Result<Plugin, Error> {
    let opened = self.manage("open", &path.as_ref().to_string_lossy(), "")?;
    Ok(opened.expect("what was opened is a plugin"))
  }

  pub(crate) fn manage(&mut self, action: &str, path: &str, id: &str) -> Result<Option<Plugin>, Error> {
    self.manage_by(&[action, path, id])
  }

  /// Opens a component that was granted some of the host's services.
  pub(crate) fn open_granted(&mut self, path: &str, id: &str, granted: Granted) -> Result<Option<Plugin>, Error> {
    let state = self.js.op_state();
    let services = plugbay_services::grant(&mut state.borrow_mut(), granted);
    let opened = self.manage_by(&["openGranted", path, id, &services.to_string()]);
    if opened.is_err() {
      take_back(&state, [services]);
    }
    opened
  }

  /// Opens a plugin with options in JSON.
  pub(crate) fn open_with_options(&mut self, path: &Path, options: &str) -> Result<Plugin, Error> {
    let opened = self.manage_by(&["openWithOptions", &path.to_string_lossy(), "", options])?;
    Ok(opened.expect("what was opened is a plugin"))
  }

  fn manage_by(&mut self, arguments: &[&str]) -> Result<Option<Plugin>, Error> {
    self.in_scope(|scope, host| opening::manage(scope, host, arguments).map_err(Error::Script))
  }

  /// Runs the module at `path` until it is evaluated, and makes ops of the functions that it exports: a plugin called
  /// like the file, whose ops may give promises.
  ///
  /// # Errors
  ///
  /// As [`Runtime::run`].
  pub fn open_script(&mut self, path: impl AsRef<Path>) -> Result<Plugin, Error> {
    let name = path.as_ref().file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let exports = self.load_module(path.as_ref())?;
    self.in_scope(|scope, host| {
      let rid = calls::open_module(scope, host, &name, exports).map_err(Error::Script)?;
      Ok(Plugin { rid, runtime: host.mailbox.runtime, name, version: String::new() })
    })
  }

  /// Runs the module at `path` until it is evaluated; gives what it exports.
  ///
  /// # Errors
  ///
  /// As [`Runtime::run`].
  pub(crate) fn load_module(&mut self, path: &Path) -> Result<v8::Global<v8::Object>, Error> {
    let specifier = specifier_of(path)?;
    let Self { js, host, heap, tokio, .. } = self;
    let tokio = tokio.as_ref().expect(NOT_DROPPED);
    heap.run(|| {
      let module = tokio.block_on(async {
        let module = js.load_side_es_module(&specifier).await?;
        let evaluation = js.mod_evaluate(module);
        event_loop::run_until(js, host, heap, evaluation).await??;
        Ok::<_, Error>(module)
      })?;
      Ok(js.get_module_namespace(module)?)
    })
  }

  /// Has the module at `path` have one of these hashes when it is loaded.
  ///
  /// # Errors
  ///
  /// When the path cannot be made into a URL.
  pub(crate) fn pin_module(&mut self, path: &Path, integrity: Integrity) -> Result<(), Error> {
    self.pinned.pin(specifier_of(path)?, integrity);
    Ok(())
  }

  /// Has work done in the isolate.
  ///
  /// # Errors
  ///
  /// Those of the work, and [`Error::HeapLimit`].
  pub(crate) fn in_scope<R>(
    &mut self,
    work: impl FnOnce(&mut v8::PinScope<'_, '_>, &Host) -> Result<R, Error>,
  ) -> Result<R, Error> {
    let Self { js, host, heap, tokio, .. } = self;
    let _entered = entered(tokio);
    heap.run(|| {
      deno_core::scope!(scope, js);
      work(scope, host)
    })
  }

  /// Runs a future that has turns of the event loop be taken.
  ///
  /// # Errors
  ///
  /// Those of the future, and [`Error::HeapLimit`].
  pub(crate) fn run_with_script(
    &mut self,
    work: impl AsyncFnOnce(&mut JsRuntime, &Host, &Heap) -> Result<(), Error>,
  ) -> Result<(), Error> {
    let Self { js, host, heap, tokio, .. } = self;
    let tokio = tokio.as_ref().expect(NOT_DROPPED);
    heap.run(|| tokio.block_on(work(js, host, heap)))
  }

  pub(crate) fn host(&self) -> &Host {
    &self.host
  }

  /// Runs a future to its end on the event loop, but for what JavaScript has to do.
  ///
  /// # Errors
  ///
  /// [`Error::Ended`], when another thread ends it; the future is dropped then.
  pub(crate) fn run_without_script(&mut self, work: impl AsyncFnOnce(&Host)) -> Result<(), Error> {
    let Self { host, heap, tokio, .. } = self;
    let tokio = tokio.as_ref().expect(NOT_DROPPED);
    tokio.block_on(async {
      let mut work = pin!(work(host));
      let mut turn = |cx: &mut Context<'_>| {
        heap.check()?;
        work.as_mut().poll(cx).map(Ok)
      };
      poll_fn(|cx| host.wakeups.poll(cx, &mut turn)).await
    })
  }

  /// Closes a plugin, if it is open: as `plugin.close()` does. One of another runtime stays as it is.
  ///
  /// # Errors
  ///
  /// [`Error::HeapLimit`] when the runtime is at its end.
  pub fn close(&mut self, plugin: &Plugin) -> Result<(), Error> {
    self.in_scope(|scope, host| {
      // A runtime that is being ended closes its plugins when it is dropped.
      if calls::check_runtime(host, plugin.runtime).is_ok() {
        calls::close(scope, host, plugin);
      }
      Ok(())
    })
  }

  /// The op of a plugin by its name, for a caller to call as often as it likes. Here it is asked whether the caller
  /// may.
  ///
  /// # Errors
  ///
  /// `ERR_CALL_PERMISSION` when the caller was not granted the plugin, `ERR_PLUGIN_CLOSED` when it is closed,
  /// `ERR_OP_UNKNOWN` when it has no such op, `ERR_OP_ID` when it is a plugin of another runtime.
  pub fn bind(&self, caller: &Caller, plugin: &Plugin, op: &str) -> Result<OpRef, OpFailure> {
    calls::bind(&self.host, caller, plugin, op)
  }

  /// Calls an op, and runs the event loop until it is done. Arguments and results are what a script passes and gets,
  /// bytes as Uint8Arrays; the call is checked, limited and counted as one of a script's.
  ///
  /// A native op that does not give a promise runs to its end, whatever the caller's deadline says. A guest ends with
  /// its deadline or the caller's, whichever comes first. A script's function is ended at the caller's deadline, as by
  /// an error that it cannot catch, without its `finally`, and with all that it has left for later; not while a guest
  /// that it has called runs code of the script's. An op that gives a promise is given up at the deadline, or when the
  /// token is cancelled, unless it has its answer by then; it is not told that nobody waits for it any more, and code
  /// that it runs later is not ended. While there are handles, which may post what it waits for, nobody can say that it
  /// will never answer.
  ///
  /// The event loop does meanwhile what else there is to do: an error that nobody caught, of whatever script, ends the
  /// wait. Code that calls `Deno.exit` ends the process. Call it about as deep in the stack as the runtime was made:
  /// scripts have what is left from there.
  ///
  /// # Errors
  ///
  /// What the op fails with: class, code and message of the error. `ERR_CALL_DEADLINE` and `ERR_CALL_CANCELLED`;
  /// `ERR_OP_ARGUMENT` and `ERR_OP_RESULT` for what cannot cross; `ERR_OP_ID` for an op of another runtime;
  /// `ERR_CALL_RUNTIME` when the runtime cannot go on, or has nothing left that the op could wait for.
  pub fn invoke(&mut self, caller: &Caller, op: &OpRef, args: Vec<Value>) -> Result<Value, OpFailure> {
    let Self { js, host, heap, tokio, .. } = self;
    let tokio = tokio.as_ref().expect(NOT_DROPPED);
    let mut ticket = None;
    let answer = heap.run(|| {
      let entered = tokio.enter();
      let entry = match calls::admit(host, caller, op) {
        Ok(entry) => entry,
        Err(failure) => return Ok(Err(failure)),
      };
      let mut answered = None;
      let mut new_ticket = || {
        let (answer, receiver) = oneshot::channel();
        answered = Some(receiver);
        ticket.insert(Ticket::new(answer)).clone()
      };
      let called = direct::call(host, &entry, args, &mut new_ticket);
      if host.has_new_ops() {
        deno_core::scope!(scope, js);
        host.publish_ops(scope);
      }
      match called {
        Called::Answered(answer) => return Ok(answer),
        Called::Waiting => {}
        Called::NotMade(args) => {
          let ticket = new_ticket();
          deno_core::scope!(scope, js);
          calls::begin(scope, host, caller, &entry, args, &ticket);
        }
      }
      drop(entered);
      let answered = answered.expect("a call that is not answered has a ticket");
      let answer = async {
        tokio::select! {
          biased;
          answer = answered => answer.expect("the ticket lives"),
          failure = given_up(caller) => Err(failure),
        }
      };
      tokio.block_on(event_loop::run_until(js, host, heap, answer))
    });
    let answer = answer.unwrap_or_else(|error| {
      let _ = event_loop::check(heap, host);
      Err(OpFailure::new(ErrorCode::CallRuntime, error.to_string()))
    });
    // One that was given up nobody answers.
    if let Some(ticket) = ticket {
      ticket.close();
    }
    answer
  }

  /// A handle for other threads to call ops with, while this one runs a script or serves.
  pub fn handle(&self) -> Handle {
    self.host.mailbox.handle()
  }

  /// Does what handles post, and whatever else the event loop has to do, until there is nothing left and the last
  /// handle is dropped. A service calls it again after an error of a script.
  ///
  /// # Errors
  ///
  /// An error that a script threw and nobody caught: the runtime may serve again. [`Error::HeapLimit`], after which it
  /// may not.
  pub fn serve(&mut self) -> Result<(), Error> {
    let Self { js, host, heap, tokio, .. } = self;
    let tokio = tokio.as_ref().expect(NOT_DROPPED);
    heap.run(|| tokio.block_on(event_loop::serve(js, host, heap)))
  }

  /// Opens the plugin at `path`, a path relative to the working directory, and gives the text of a .d.ts file with the
  /// types of the ops that its init registers. The plugin stays open. Of a component the types are those of its exports
  /// and imports; nothing of it is run. Compilers leave the comments of WIT out of components: `wit` is the file or
  /// folder with its author's WIT, for those.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`]. [`Error::Wit`] for WIT that cannot be read, or is given for what is no component.
  pub fn types(&mut self, path: impl AsRef<Path>, wit: Option<&Path>) -> Result<String, Error> {
    let path = path.as_ref();
    if let Some(types) = wit::types(path, wit) {
      return types;
    }
    if wit.is_some() {
      return Err(Error::Wit { path: path.to_owned(), reason: "it is no component".to_string() });
    }
    let opened = self.open(path)?;
    Ok(typescript::declarations(&opened, &self.host.table.ops_of(opened.rid)))
  }

  /// Opens the plugin at `path`, a path relative to the working directory, and gives a world in WIT that has the ops
  /// that its init registers as functions. The plugin stays open. A component has its own world, as [`wit`](crate::wit)
  /// gives it.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`].
  pub fn world(&mut self, path: impl AsRef<Path>) -> Result<String, Error> {
    let path = path.as_ref();
    if wit::is_component(path) {
      return wit::wit(path);
    }
    let opened = self.open(path)?;
    let ops = self.host.table.ops_of(opened.rid);
    let written = wit_world::world(&opened, &ops).and_then(|world| world.text());
    written.map_err(|reason| Error::Wit { path: path.to_owned(), reason })
  }

  /// Opens the guest at `path`, a path relative to the working directory, and gives a component that exports the world
  /// of [`Runtime::world`]: what its init registers, for other hosts of components. The guest stays open.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`]; when it is no guest that plugin_api or plugbay.h made, or has an op that a component cannot
  /// have.
  pub fn component(&mut self, path: impl AsRef<Path>) -> Result<Vec<u8>, Error> {
    let path = path.as_ref();
    let failed = |reason: String| Error::Component { path: path.to_owned(), reason };
    // What else there is need not be opened: code of a library would run.
    let module = wit::core_module(path).map_err(failed)?;
    let opened = self.open(path)?;
    let ops = self.host.table.ops_of(opened.rid);
    let world = wit_world::world(&opened, &ops).map_err(failed)?;
    let ops = world.functions.iter().map(|(op, function)| guest_component::Op {
      name: &op.name,
      function,
      signature: op.signature.as_deref(),
    });
    let ops = ops.collect::<Vec<_>>();
    guest_component::component(&module, &world.resolve, world.id(), &ops).map_err(|error| failed(error.to_string()))
  }

  /// Opens a plugin for a script on another thread, as `js/threads.js` has it; gives what the plugin is.
  ///
  /// # Errors
  ///
  /// When JavaScript itself fails, with why; [`Error::HeapLimit`]. What the script is told is the inner error.
  fn open_as_worker(&mut self, module: &Module, setup: &[u8]) -> Result<Result<Vec<u8>, OpFailure>, Error> {
    self.in_scope(|scope, host| threads::open_as_worker(scope, host, module, setup).map_err(Error::Script))
  }

  /// Calls an op of that plugin and waits until it is done.
  ///
  /// # Errors
  ///
  /// When JavaScript itself fails, with why; [`Error::HeapLimit`] when the runtime is at its end.
  fn call_as_worker(&mut self, op: &str, arguments: Vec<u8>) -> Result<Vec<u8>, Error> {
    let Self { js, host, heap, tokio, .. } = self;
    let tokio = tokio.as_ref().expect(NOT_DROPPED);
    heap.run(|| call_as_worker(js, host, heap, tokio, op, arguments))
  }

  /// Has work done with what belongs to the runtime.
  #[cfg(test)]
  pub(crate) fn with_host<R>(&mut self, work: impl FnOnce(&mut deno_core::v8::PinScope<'_, '_>, &Host) -> R) -> R {
    let Self { js, host, .. } = self;
    deno_core::scope!(scope, js);
    work(scope, host)
  }

  /// What ends whatever the runtime does, from any thread and as soon as it can be: scripts, guests and waiting, but no
  /// native code. What runs then gives [`Error::Ended`], and so does whatever is run after that.
  pub fn ender(&self) -> Ender {
    let (script, guests, waker) = (self.heap.ender(), self.host.ender(), self.host.wakeups.waker());
    Box::new(move || {
      script();
      guests();
      waker.wake_by_ref();
    })
  }

  /// Whether the event loop gets on, for other threads to see. A request that is taken or answered is something new.
  pub fn progress(&self) -> Progress {
    self.host.progress.clone()
  }

  /// The metrics of all ops.
  pub fn metrics(&self) -> Metrics {
    self.host.table.metrics(None)
  }

  /// Reads the metrics from other threads, also while a script or a guest runs and does not end.
  pub fn metrics_reader(&self) -> MetricsReader {
    self.host.table.metrics_reader()
  }
}

impl Drop for Runtime {
  fn drop(&mut self) {
    // Of a heap that was full before somebody has been told.
    if self.heap.check().is_ok()
      && let Err(error) = self.manage("closeGuests", "", "")
    {
      tracing::error!("guests are not told that the runtime ends: {error}");
    }
    // Calls that are under way and open plugins belong to the isolate's thread and may want the event loop's context.
    let Some(tokio) = self.tokio.take() else { return };
    {
      let _entered = tokio.enter();
      self.host.shut_down();
    }
    // Blocking jobs of plugins go on; each keeps its library mapped. Nobody waits for them.
    tokio.shutdown_background();
  }
}

/// Makes runtimes with these settings in which a plugin is open. Their heaps are the plugin's, but no larger than the
/// program's own.
fn lanes_of(settings: Builder) -> LaneMaker {
  Arc::new(move |LaneSetup { module, plugin, heap, counts }| {
    let heap = settings.heap_limit.map_or(*heap, |most| most.min(*heap));
    let opened = settings.clone().heap_limit(heap).build().and_then(|mut runtime| {
      let description = runtime.open_as_worker(module, plugin)?;
      let count = counts.add(runtime.metrics_reader());
      Ok(
        description.map(|description| (Box::new(CountedLane { runtime, _count: count }) as Box<dyn Lane>, description)),
      )
    });
    opened.unwrap_or_else(|error| {
      Err(match error {
        Error::HeapLimit { limit } => {
          OpFailure::heap_full(format_args!("cannot open plugin {}: ", module.name), limit >> 20)
        }
        error => OpFailure::new(ErrorCode::PluginThreads, error.to_string()),
      })
    })
  })
}

/// A runtime on a lane, and its place among those that count.
struct CountedLane {
  runtime: Runtime,
  /// Dropped last: the sums are left when the runtime is gone.
  _count: LaneCount,
}

impl Lane for CountedLane {
  fn call(&mut self, op: &str, arguments: Vec<u8>) -> Result<Vec<u8>, LaneFailure> {
    self.runtime.call_as_worker(op, arguments).map_err(|error| {
      let (failure, is_over) = match error {
        Error::HeapLimit { limit } => (OpFailure::heap_full("", limit >> 20), true),
        error => (OpFailure::thread_failed(error.to_string()), false),
      };
      LaneFailure { failure, is_over }
    })
  }

  fn ender(&self) -> Ender {
    self.runtime.ender()
  }
}

const NOT_DROPPED: &str = "a runtime that is not dropped has an event loop";

fn entered(tokio: &Option<tokio::runtime::Runtime>) -> EnterGuard<'_> {
  tokio.as_ref().expect(NOT_DROPPED).enter()
}

/// Where the module at a path is. A link is followed: what the module imports lies beside the file itself.
fn specifier_of(path: &Path) -> Result<ModuleSpecifier, Error> {
  let script_path = |reason: String| Error::ScriptPath { path: path.to_owned(), reason };
  let absolute = std::path::absolute(path).map_err(|error| script_path(error.to_string()))?;
  // What is not there, or is a pipe, the loader tells of.
  let file = std::fs::canonicalize(&absolute).unwrap_or(absolute);
  ModuleSpecifier::from_file_path(file).map_err(|()| script_path("it is no path".to_string()))
}

fn call_as_worker(
  js: &mut JsRuntime,
  host: &Host,
  heap: &Heap,
  tokio: &tokio::runtime::Runtime,
  op: &str,
  arguments: Vec<u8>,
) -> Result<Vec<u8>, Error> {
  let entered = tokio.enter();
  let promise = {
    deno_core::scope!(scope, js);
    threads::call_as_worker(scope, host, op, arguments).map_err(Error::Script)?
  };
  drop(entered);
  let resolved = js.resolve(promise);
  let value = tokio.block_on(event_loop::run_until(js, host, heap, resolved))?;
  let value = value.map_err(|error| Error::Script(uncaught::text_of(&error)))?;
  deno_core::scope!(scope, js);
  threads::bytes_of_worker(scope, value).map_err(Error::Script)
}
