//! A host that calls a plugin's functions as plugbay does, without V8.

use std::cell::Cell;
use std::cell::RefCell;
use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::ptr::null;
use std::ptr::null_mut;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;

use plugin_abi as abi;
use plugin_abi::OwnedBuffer;
use plugin_api::Interface;

thread_local! {
  static CURRENT: Cell<u64> = const { Cell::new(0) };
  static INIT: Cell<fn(&mut dyn Interface)> = const { Cell::new(|_| {}) };
  static OPS: RefCell<HashMap<String, Op>> = RefCell::default();
  static FAILURE: RefCell<Option<Failure>> = const { RefCell::new(None) };
  static RESOURCES: RefCell<Vec<Resource>> = const { RefCell::new(Vec::new()) };
}

type DropFn = unsafe extern "C" fn(*mut c_void);
type Resource = (*mut c_void, Option<DropFn>);

// SAFETY: only one function has this name.
#[unsafe(no_mangle)]
fn deno_plugin_init(interface: &mut dyn Interface) {
  INIT.get()(interface);
}

// SAFETY: plugin_api defines it.
unsafe extern "C" {
  fn plugbay_plugin_entry(host: *const abi::HostTable, instance: u64) -> u32;
}

pub static TABLE: abi::HostTable = abi::HostTable {
  size: size_of::<abi::HostTable>(),
  abi_version: abi::ABI_VERSION,
  reserved: 0,
  register_op,
  fail,
  resource_add,
  resource_get,
  resource_close,
  spawn_blocking,
  log,
  current,
  request_service: None,
};

/// An error as the script would get it.
#[derive(Debug, PartialEq)]
pub struct Failure {
  pub class: String,
  pub code: String,
  pub message: String,
}

/// What became of a call.
#[derive(Debug, PartialEq)]
pub enum Outcome {
  Number(f64),
  Integer(u64),
  Bytes(Vec<u8>),
  Null,
  Retry,
  NotFound,
  Failed(Failure),
}

impl Outcome {
  /// The message of an error.
  pub fn message(self) -> String {
    match self {
      Self::Failed(failure) => failure.message,
      other => panic!("no error but {other:?}"),
    }
  }
}

/// An op that was registered.
#[derive(Clone)]
pub struct Op {
  pub encoding: u32,
  pub parameters: Vec<(String, u32, u32, String)>,
  pub result: u32,
  pub result_type: String,
  pub declarations: String,
  pub documentation: String,
  pub is_async: bool,
  pub bytes_call: Option<abi::OpFn>,
  call: Option<abi::TypedFn>,
  pub fast: *const c_void,
  pub lent: *const c_void,
  data: *mut c_void,
  drop: Option<DropFn>,
  instance: u64,
}

/// An open plugin.
pub struct Plugin {
  pub ops: HashMap<String, Op>,
}

impl Plugin {
  /// # Panics
  ///
  /// When the init fails.
  pub fn open(init: fn(&mut dyn Interface)) -> Self {
    Self::open_with(&TABLE, init)
  }

  /// The same of a host with that table.
  pub fn open_with(table: &'static abi::HostTable, init: fn(&mut dyn Interface)) -> Self {
    // SAFETY: it is a table, and lives for ever.
    unsafe { Self::open_at(table, init) }
  }

  /// The same of one whose table may be shorter than this one's.
  ///
  /// # Safety
  ///
  /// So much of a table is there as its size says, for ever.
  pub unsafe fn open_at(table: *const abi::HostTable, init: fn(&mut dyn Interface)) -> Self {
    static INSTANCES: Mutex<u64> = Mutex::new(0);
    let mut instances = INSTANCES.lock().unwrap();
    *instances += 1;
    let instance = *instances;
    drop(instances);
    INIT.set(init);
    // SAFETY: the caller's promise.
    let answer = unsafe { plugbay_plugin_entry(table, instance) };
    assert_eq!((answer, FAILURE.take()), (0, None));
    assert_eq!(CURRENT.get(), 0);
    Self { ops: OPS.take() }
  }

  pub fn op(&self, name: &str) -> &Op {
    &self.ops[name]
  }
}

impl Drop for Plugin {
  fn drop(&mut self) {
    for op in self.ops.values() {
      // SAFETY: the data is dropped once.
      unsafe { op.drop.unwrap()(op.data) };
    }
    for (data, drop) in RESOURCES.take() {
      // SAFETY: as above.
      unsafe { drop.unwrap()(data) };
    }
    assert_eq!(CURRENT.get(), 0);
  }
}

impl Op {
  /// The slow path.
  pub fn call(&self, arguments: &[abi::Argument]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let call = abi::Call { size: size_of::<abi::Call>(), host: &TABLE, instance: self.instance };
    let mut outcome = new_outcome();
    // SAFETY: the arguments are those of the signature, as the tests write them.
    unsafe { self.call.unwrap()(self.data, &call, arguments.as_mut_ptr(), arguments.len(), &mut outcome) };
    assert_eq!(CURRENT.get(), 0);
    if let Some(failure) = FAILURE.take() {
      return Outcome::Failed(failure);
    }
    if outcome.kind == abi::outcome::ASYNC {
      assert!(self.is_async);
      // SAFETY: the kind says so.
      return wait(unsafe { outcome.payload.future });
    }
    take(outcome)
  }

  /// With buffers, as `Deno.core.dispatch` does.
  pub fn dispatch(&self, buffers: Vec<Vec<u8>>) -> Outcome {
    let mut buffers = buffers.into_iter().map(|bytes| OwnedBuffer::from(bytes).into_raw()).collect::<Vec<_>>();
    let call = abi::Call { size: size_of::<abi::Call>(), host: &TABLE, instance: self.instance };
    let mut outcome = new_outcome();
    // SAFETY: whole buffers, which are released below.
    unsafe {
      self.bytes_call.unwrap()(self.data, &call, buffers.as_mut_ptr(), buffers.len(), &mut outcome);
      buffers.into_iter().for_each(|buffer| drop(OwnedBuffer::from_raw(buffer)));
    }
    match outcome.kind {
      // SAFETY: the kind says so.
      abi::outcome::ASYNC => wait(unsafe { outcome.payload.future }),
      _ => take(outcome),
    }
  }
}

fn new_outcome() -> abi::Outcome {
  abi::Outcome {
    size: size_of::<abi::Outcome>(),
    kind: abi::outcome::NOT_FOUND,
    reserved: 0,
    payload: abi::OutcomePayload { integer: 0 },
  }
}

fn take(mut outcome: abi::Outcome) -> Outcome {
  // SAFETY: the kind says which field is set.
  unsafe {
    match outcome.kind {
      abi::outcome::NUMBER => Outcome::Number(outcome.payload.number),
      abi::outcome::INTEGER => Outcome::Integer(outcome.payload.integer),
      abi::outcome::NULL => Outcome::Null,
      abi::outcome::SYNC => {
        Outcome::Bytes(OwnedBuffer::from_raw(ManuallyDrop::take(&mut outcome.payload.buffer)).to_vec())
      }
      abi::outcome::ERROR => Outcome::Failed(take_report(ManuallyDrop::take(&mut outcome.payload.error))),
      other => panic!("an outcome of kind {other}"),
    }
  }
}

unsafe fn take_report(report: abi::ErrorReport) -> Failure {
  // SAFETY: three whole buffers.
  let text = |buffer| String::from_utf8(unsafe { OwnedBuffer::from_raw(buffer) }.to_vec()).unwrap();
  Failure { class: text(report.class), code: text(report.code), message: text(report.message) }
}

/// Polls a future until it is done, on this thread.
fn wait(future: abi::Future) -> Outcome {
  static WAKER: abi::WakerVTable = abi::WakerVTable {
    size: size_of::<abi::WakerVTable>(),
    clone: Some(clone_waker),
    wake: Some(wake),
    drop: Some(drop_waker),
  };
  static WAKER_OF_ALL: Waker = Waker(abi::Waker { vtable: &WAKER });
  struct Waker(abi::Waker);
  // SAFETY: it only points to a static.
  unsafe impl Sync for Waker {}

  // SAFETY: the vtable is a static of the plugin's.
  let vtable = unsafe { &*future.vtable };
  let mut outcome = new_outcome();
  loop {
    let woken = *WOKEN.lock().unwrap();
    // SAFETY: the future is live, and not done.
    let is_done = unsafe { vtable.poll.unwrap()(future.data, &WAKER_OF_ALL.0, &mut outcome) };
    assert_eq!(CURRENT.get(), 0);
    if is_done == 1 {
      break;
    }
    let mut count = WOKEN.lock().unwrap();
    while *count == woken {
      count = WAKE.wait(count).unwrap();
    }
  }
  // SAFETY: it is dropped once.
  unsafe { vtable.drop.unwrap()(future.data) };
  take(outcome)
}

static WOKEN: Mutex<u64> = Mutex::new(0);
static WAKE: Condvar = Condvar::new();

unsafe extern "C" fn clone_waker(waker: *const abi::Waker) -> *const abi::Waker {
  waker
}

unsafe extern "C" fn wake(_: *const abi::Waker) {
  *WOKEN.lock().unwrap() += 1;
  WAKE.notify_all();
}

unsafe extern "C" fn drop_waker(_: *const abi::Waker) {}

// ---- The fast path ----

/// The memory of fast calls.
pub struct Fast {
  pub exchange: Box<abi::Exchange>,
  pub context: Box<abi::FastContext>,
  _input: Vec<u64>,
  _output: Vec<u64>,
  slab: Vec<u8>,
}

impl Fast {
  /// For one op, with `input` as its values.
  pub fn new(op: &Op, input: Vec<u64>) -> Self {
    static FAST_TABLE: abi::FastTable = abi::FastTable { size: size_of::<abi::FastTable>(), view_bytes };

    let mut output = vec![0u64; 8];
    let mut slab = vec![0; 64];
    let mut exchange = Box::new(abi::Exchange {
      size: size_of::<abi::Exchange>(),
      input: input.as_ptr().cast(),
      input_length: input.len() * 8,
      output: output.as_mut_ptr().cast(),
      output_capacity: output.len() * 8,
      slab: slab.as_mut_ptr(),
      slab_capacity: slab.len(),
      slab_used: 0,
      slab_longest: 32,
      status: abi::status::DONE,
      slab_offset: 0,
      integer: 0,
      overflow: abi::Buffer::EMPTY,
    });
    let context = Box::new(abi::FastContext {
      size: size_of::<abi::FastContext>(),
      data: op.data,
      host: &TABLE,
      instance: op.instance,
      current: CURRENT.with(Cell::as_ptr),
      exchange: &mut *exchange,
      table: &FAST_TABLE,
      bytes_sent: 0,
      bytes_received: 0,
    });
    Self { exchange, context, _input: input, _output: output, slab }
  }

  /// The second argument of a fast function.
  pub fn address(&mut self) -> f64 {
    self.exchange.status = abi::status::DONE;
    (&raw mut *self.context).expose_provenance() as f64
  }

  /// What a call has given that answered `result`, of one of the kinds that are bytes.
  pub fn take(&mut self, result: u32, is_bytes: bool) -> Outcome {
    if let Some(failed) = self.take_failure() {
      return failed;
    }
    if self.exchange.status == abi::status::OVERFLOW {
      let buffer = std::mem::replace(&mut self.exchange.overflow, abi::Buffer::EMPTY);
      // SAFETY: a whole buffer that was given to the host.
      return Outcome::Bytes(unsafe { OwnedBuffer::from_raw(buffer) }.to_vec());
    }
    if result == u32::MAX {
      return Outcome::Null;
    }
    let length = result as usize;
    Outcome::Bytes(match is_bytes {
      true => self.slab[self.exchange.slab_offset as usize..][..length].to_vec(),
      // SAFETY: so many bytes have been written there.
      false => unsafe { std::slice::from_raw_parts(self.exchange.output, length) }.to_vec(),
    })
  }

  /// Why a call has no result, if it has none.
  pub fn take_failure(&mut self) -> Option<Outcome> {
    assert_eq!(CURRENT.get(), 0);
    match self.exchange.status {
      abi::status::FAILED => Some(Outcome::Failed(FAILURE.take().expect("the op told the host why"))),
      abi::status::RETRY => Some(Outcome::Retry),
      _ => {
        assert_eq!(FAILURE.take(), None);
        None
      }
    }
  }
}

/// A view is a pointer to its slice here, and null one whose bytes cannot be had.
unsafe extern "C" fn view_bytes(view: *const c_void, bytes: *mut abi::Slice) -> u32 {
  // SAFETY: see above.
  match unsafe { view.cast::<abi::Slice>().as_ref() } {
    Some(view) => {
      // SAFETY: the caller's promise.
      unsafe { *bytes = *view };
      1
    }
    None => 0,
  }
}

// ---- Lending calls ----

/// Memory as V8 has it: a call lends it, and it goes when nobody holds it. What lay there is overwritten then.
#[derive(Clone)]
pub struct Store(Arc<Memory>);

struct Memory(UnsafeCell<Box<[u8]>>);

// SAFETY: as those of a script's buffer, its bytes are written by one at a time.
unsafe impl Send for Memory {}
// SAFETY: as above.
unsafe impl Sync for Memory {}

impl Drop for Memory {
  fn drop(&mut self) {
    self.0.get_mut().fill(0xDD);
  }
}

impl Store {
  pub fn new(bytes: &[u8]) -> Self {
    Self(Arc::new(Memory(UnsafeCell::new(bytes.into()))))
  }

  pub fn bytes(&self) -> Vec<u8> {
    // SAFETY: no op runs.
    unsafe { (*self.0.0.get()).to_vec() }
  }

  /// Who holds it, this one too.
  pub fn holders(&self) -> usize {
    Arc::strong_count(&self.0)
  }

  fn slice(&self) -> abi::Slice {
    // SAFETY: only its address is taken.
    let bytes = unsafe { &*self.0.0.get() };
    abi::Slice { ptr: bytes.as_ptr(), len: bytes.len() }
  }
}

/// The memory of lending calls of one op.
pub struct Lending {
  context: Box<abi::LentContext>,
  exchange: Box<abi::Exchange>,
  lent: LentFn,
}

type LentFn = unsafe extern "C" fn(*const c_void, f64, *const c_void, f64, u32, u32, *const c_void);

impl Lending {
  pub fn new(op: &Op) -> Self {
    static LEND_TABLE: abi::LendTable = abi::LendTable { size: size_of::<abi::LendTable>(), lend, hold };

    let mut fast = Fast::new(op, Vec::new());
    let context = Box::new(abi::LentContext {
      fast: abi::FastContext { exchange: &mut *fast.exchange, ..*fast.context },
      call: abi::Call { size: size_of::<abi::Call>(), host: &TABLE, instance: op.instance },
      table: &LEND_TABLE,
      outcome: new_outcome(),
      is_answered: 0,
      reserved: 0,
    });
    assert!(!op.lent.is_null());
    // SAFETY: the definition says so.
    let lent = unsafe { std::mem::transmute::<*const c_void, LentFn>(op.lent) };
    Self { context, exchange: fast.exchange, lent }
  }

  /// Calls the op. Gives what it answered, `None` when it is done and answered nothing. With `known` the address is
  /// passed.
  pub fn call(&mut self, store: Option<&Store>, known: bool) -> Option<Outcome> {
    self.call_only(store, known);
    match self.exchange.status {
      abi::status::DONE => None,
      abi::status::RETRY => Some(Outcome::Retry),
      abi::status::ANSWERED => {
        assert_eq!(std::mem::take(&mut self.context.is_answered), 1);
        if let Some(failure) = FAILURE.take() {
          return Some(Outcome::Failed(failure));
        }
        let outcome = std::mem::replace(&mut self.context.outcome, new_outcome());
        match outcome.kind {
          abi::outcome::NOT_FOUND => Some(Outcome::NotFound),
          // SAFETY: the kind says so.
          abi::outcome::ASYNC => Some(wait(unsafe { outcome.payload.future })),
          _ => Some(take(outcome)),
        }
      }
      status => panic!("status {status}"),
    }
  }

  /// Calls the op and leaves what it answered, as when the script's stack is full.
  pub fn call_only(&mut self, store: Option<&Store>, known: bool) {
    self.exchange.status = abi::status::DONE;
    let context = (&raw mut *self.context).expose_provenance() as f64;
    let view = store.map_or(null(), std::ptr::from_ref).cast();
    let (address, length) = match store.map(Store::slice) {
      Some(bytes) if known => (bytes.ptr.expose_provenance() as f64, bytes.len as u32),
      _ => (0.0, 0),
    };
    // SAFETY: as the host of V8 calls it.
    unsafe { (self.lent)(null(), context, view, address, length, store.is_some().into(), OPTIONS) };
    assert_eq!(CURRENT.get(), 0);
  }

  pub fn bytes_sent(&self) -> u64 {
    self.context.fast.bytes_sent
  }
}

const OPTIONS: *const c_void = std::ptr::without_provenance(8);

/// A view is a pointer to its [`Store`]; an empty one cannot be lent.
unsafe extern "C" fn lend(view: *const c_void, options: *const c_void, bytes: *mut abi::Slice) -> u32 {
  assert_eq!(options, OPTIONS);
  // SAFETY: the caller's promise.
  let slice = unsafe { &*view.cast::<Store>() }.slice();
  if slice.len == 0 {
    return 0;
  }
  // SAFETY: as above.
  unsafe { bytes.write(slice) };
  1
}

unsafe extern "C" fn hold(view: *const c_void, options: *const c_void, buffer: *mut abi::Buffer) {
  static VTABLE: abi::BufferVTable =
    abi::BufferVTable { size: size_of::<abi::BufferVTable>(), retain: None, release: Some(release) };
  unsafe extern "C" fn release(buffer: *mut abi::Buffer) {
    // SAFETY: the box that `hold` made.
    drop(unsafe { Box::from_raw(std::ptr::with_exposed_provenance_mut::<Store>((*buffer).owner[0])) });
  }
  assert_eq!(options, OPTIONS);
  // SAFETY: the caller's promise.
  let store = unsafe { &*view.cast::<Store>() };
  let bytes = store.slice();
  let owner = Box::into_raw(Box::new(store.clone())).expose_provenance();
  let held = abi::Buffer { ptr: bytes.ptr.cast_mut(), len: bytes.len, vtable: &VTABLE, owner: [owner, 0] };
  // SAFETY: as above.
  unsafe { buffer.write(held) };
}

// ---- The host table ----

fn text(slice: abi::Slice) -> String {
  match slice.len {
    0 => String::new(),
    // SAFETY: the plugin lends it for this call.
    len => String::from_utf8(unsafe { std::slice::from_raw_parts(slice.ptr, len) }.to_vec()).unwrap(),
  }
}

unsafe extern "C" fn register_op(instance: u64, definition: *const abi::OpDefinition) -> u32 {
  // SAFETY: the plugin's definition is whole, and so is its signature.
  let (definition, signature) = unsafe { (&*definition, (*definition).signature.as_ref()) };
  let parameters = signature.map_or(&[][..], |signature| match signature.parameter_count {
    0 => &[],
    // SAFETY: so many parameters.
    count => unsafe { std::slice::from_raw_parts(signature.parameters, count) },
  });
  let parameters =
    parameters.iter().map(|parameter| (text(parameter.name), parameter.kind, parameter.flags, text(parameter.type_)));
  let text_of = |field: fn(&abi::Signature) -> abi::Slice| signature.map(field).map(text).unwrap_or_default();
  let op = Op {
    encoding: definition.encoding,
    parameters: parameters.collect(),
    result: signature.map_or(0, |signature| signature.result),
    result_type: text_of(|signature| signature.result_type),
    declarations: text_of(|signature| signature.declarations),
    documentation: text_of(|signature| signature.documentation),
    is_async: signature.is_some_and(|signature| signature.flags & abi::signature_flags::ASYNC != 0),
    bytes_call: definition.call,
    call: signature.and_then(|signature| signature.call),
    fast: signature.map_or(null(), |signature| signature.fast),
    lent: definition.lent,
    data: definition.data,
    drop: definition.drop,
    instance,
  };
  OPS.with_borrow_mut(|ops| {
    assert!(ops.insert(text(definition.name), op).is_none());
    ops.len() as u32
  })
}

unsafe extern "C" fn fail(_: u64, error: *mut abi::ErrorReport) {
  // SAFETY: the plugin gives its report away.
  FAILURE.set(Some(unsafe { take_report(error.read()) }));
}

unsafe extern "C" fn resource_add(_: u64, _: abi::Slice, data: *mut c_void, drop: Option<DropFn>) -> u32 {
  RESOURCES.with_borrow_mut(|resources| {
    resources.push((data, drop));
    resources.len() as u32 - 1
  })
}

unsafe extern "C" fn resource_get(_: u64, rid: u32) -> *mut c_void {
  RESOURCES.with_borrow(|resources| resources.get(rid as usize).map_or(null_mut(), |resource| resource.0))
}

unsafe extern "C" fn resource_close(_: u64, _: u32) -> u32 {
  unimplemented!("no test closes a resource")
}

unsafe extern "C" fn spawn_blocking(_: u64, function: unsafe extern "C" fn(*mut c_void), data: *mut c_void) -> u32 {
  let data = data.expose_provenance();
  // SAFETY: the function may be called on another thread, once.
  std::thread::spawn(move || unsafe { function(std::ptr::with_exposed_provenance_mut(data)) });
  1
}

unsafe extern "C" fn log(_: u64, _: u32, _: abi::Slice) {}

unsafe extern "C" fn current() -> *mut u64 {
  CURRENT.with(Cell::as_ptr)
}
