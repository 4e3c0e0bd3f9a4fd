//! An open native plugin: its library, and what the host remembers of it.

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::rc::Rc;
use std::rc::Weak;
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;

use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::PluginLabel;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;
use tokio::runtime::Handle;

use super::library::Library;
use crate::NativeHost;
use crate::services::Services;

/// An open native plugin. Its ops, its resources and its calls that are under way hold it; when the last is gone, its
/// deinit runs, and then the library may go.
pub struct NativePlugin {
  instance: u64,
  pub(super) label: Rc<PluginLabel>,
  host: Weak<dyn NativeHost>,
  library: Arc<Library>,
  failure: RefCell<Option<OpFailure>>,
  has_failure: Cell<bool>,
  initialised: Cell<bool>,
}

thread_local! {
  /// The open plugins of the runtimes on this thread, by instance number.
  static PLUGINS: RefCell<BTreeMap<u64, Weak<NativePlugin>>> = const { RefCell::new(BTreeMap::new()) };
}

/// What any thread may look up of a plugin that is open: the library to keep mapped, where its jobs run, what its lines
/// in the log are told by, and its services.
#[derive(Clone)]
struct AnyThread {
  library: Arc<Library>,
  tokio: Handle,
  name: Arc<str>,
  services: Arc<dyn Services>,
}

static OPEN: LazyLock<Mutex<HashMap<u64, AnyThread>>> = LazyLock::new(Mutex::default);

fn open_on_any_thread(instance: u64) -> Option<AnyThread> {
  OPEN.lock().unwrap_or_else(PoisonError::into_inner).get(&instance).cloned()
}

impl NativePlugin {
  /// A plugin whose init has not run. What it asks of `services` ends with it.
  pub fn new(
    library: Arc<Library>,
    label: Rc<PluginLabel>,
    host: &Rc<dyn NativeHost>,
    services: Arc<dyn Services>,
  ) -> Rc<Self> {
    static NEXT_INSTANCE: AtomicU64 = AtomicU64::new(1);
    let plugin = Rc::new(Self {
      instance: NEXT_INSTANCE.fetch_add(1, Ordering::Relaxed),
      label,
      host: Rc::downgrade(host),
      library,
      failure: RefCell::default(),
      has_failure: Cell::new(false),
      initialised: Cell::new(false),
    });
    PLUGINS.with_borrow_mut(|plugins| plugins.insert(plugin.instance, Rc::downgrade(&plugin)));
    let name = plugin.label.name.clone();
    let open = AnyThread { library: plugin.library.clone(), tokio: host.tokio().clone(), name, services };
    OPEN.lock().unwrap_or_else(PoisonError::into_inner).insert(plugin.instance, open);
    plugin
  }

  /// Runs the plugin's init with the functions that it may call.
  pub(super) fn run_init(&self, host_table: &'static abi::HostTable) -> Result<(), OpFailure> {
    // SAFETY: the handshake found this entry, and its type belongs to the ABI that it found.
    let status = unsafe { (self.library.entry)(host_table, self.instance) };
    if let Some(failure) = self.take_failure() {
      return Err(self.init_failure(failure));
    }
    if status != 0 {
      return Err(self.init_failure(OpFailure::init_answered(status)));
    }
    self.initialised.set(true);
    Ok(())
  }

  /// A failure that names the plugin and says what happened to it.
  fn init_failure(&self, failure: OpFailure) -> OpFailure {
    // A code that the host or the plugin gave says more than that the init failed.
    let given = |own: &Cow<'static, str>, of_host| if own.is_empty() { Cow::Borrowed(of_host) } else { own.clone() };
    let class = given(&failure.class, ErrorCode::PluginInit.class());
    let code = given(&failure.code, ErrorCode::PluginInit.code());
    let message = format!(
      "cannot open plugin {}: its init failed: {}; nothing of it is registered",
      self.label.name, failure.message
    );
    OpFailure::from_texts(class, code, message)
  }

  pub(crate) fn instance(&self) -> u64 {
    self.instance
  }

  pub(crate) fn library(&self) -> &Arc<Library> {
    &self.library
  }

  pub(super) fn host(&self) -> Option<Rc<dyn NativeHost>> {
    self.host.upgrade()
  }

  /// Notes why the init or the op that is running fails.
  pub(super) fn set_failure(&self, failure: OpFailure) {
    self.failure.replace(Some(failure));
    self.has_failure.set(true);
  }

  /// Takes what was noted since the last call.
  #[inline]
  pub fn take_failure(&self) -> Option<OpFailure> {
    if self.has_failure.take() { self.failure.take() } else { None }
  }

  /// The open plugin of a number, if it belongs to this thread.
  pub(super) fn of_instance(instance: u64) -> Option<Rc<Self>> {
    PLUGINS.with_borrow(|plugins| plugins.get(&instance)?.upgrade())
  }

  /// What the plugin of a number is called, on any thread; `None` when it is gone.
  pub(super) fn name_of_instance(instance: u64) -> Option<Arc<str>> {
    open_on_any_thread(instance).map(|open| open.name)
  }

  /// The services of the plugin of a number, on any thread; `None` when it is gone. The library is to be kept mapped
  /// for what is begun by them.
  pub(super) fn services_of_instance(instance: u64) -> Option<(Arc<Library>, Arc<dyn Services>)> {
    open_on_any_thread(instance).map(|open| (open.library, open.services))
  }

  /// Runs `function(data)` on a thread that may block, with the library of `instance` mapped until it has returned.
  /// `false` when the plugin is gone; the function is not run then.
  ///
  /// # Safety
  ///
  /// The function may be called with the data once, on any thread.
  pub(super) unsafe fn spawn_job(
    instance: u64,
    function: unsafe extern "C" fn(*mut c_void),
    data: *mut c_void,
  ) -> bool {
    struct Job(unsafe extern "C" fn(*mut c_void), *mut c_void);
    // SAFETY: the caller promises that any thread may run it.
    unsafe impl Send for Job {}
    impl Job {
      fn run(self) {
        // SAFETY: once, because `self` is given up.
        unsafe { (self.0)(self.1) }
      }
    }
    let Some(AnyThread { library, tokio, .. }) = open_on_any_thread(instance) else { return false };
    let job = Arc::new(Mutex::new(Some(Job(function, data))));
    let queued = job.clone();
    let take = |job: &Mutex<Option<Job>>| job.lock().unwrap_or_else(PoisonError::into_inner).take();
    let spawned = catch_unwind(AssertUnwindSafe(|| {
      tokio.spawn_blocking(move || {
        if let Some(job) = take(&queued) {
          job.run();
        }
        drop(library);
      });
    }));
    // When the system gives no thread tokio panics, with the job in its queue: whoever takes it first has it.
    spawned.is_ok() || take(&job).is_none()
  }
}

/// Takes what the plugin of a number noted since its last call.
pub fn take_failure(instance: u64) -> Option<OpFailure> {
  NativePlugin::of_instance(instance)?.take_failure()
}

/// Takes over a buffer that the plugin of a number made.
///
/// # Safety
///
/// It did, and gave it away.
pub unsafe fn adopt_buffer(buffer: abi::Buffer, instance: u64) -> Answer {
  let library = NativePlugin::of_instance(instance).map(|plugin| plugin.library.clone());
  // SAFETY: the caller's promise.
  let bytes = unsafe { OwnedBuffer::from_raw(buffer) };
  match library {
    Some(library) => Answer::of_library(bytes, library),
    None => Answer::of_host(bytes),
  }
}

impl Drop for NativePlugin {
  fn drop(&mut self) {
    if self.initialised.get()
      && let Some(deinit) = self.library.deinit
    {
      // SAFETY: nothing of the plugin is under way, and the library is still mapped.
      unsafe { deinit() };
    }
    // The thread may be at its end; then its map is gone already.
    let _ = PLUGINS.try_with(|plugins| plugins.borrow_mut().remove(&self.instance));
    let open = OPEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.instance);
    // After the lock: this may unmap the library, which runs its destructors.
    drop(open);
  }
}
