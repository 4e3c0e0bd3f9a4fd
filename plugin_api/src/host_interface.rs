//! [`Interface`] over the host's C table: the trait object is made inside the plugin and stays there.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr::null;
use std::rc::Rc;

use plugin_abi as abi;

use crate::DispatchOpFn;
use crate::Interface;
use crate::IntoOp;
use crate::LogLevel;
use crate::OpError;
use crate::OpId;
use crate::Resources;
use crate::calls;
use crate::host::HostRef;
use crate::instance::Instance;
use crate::into_op::Code;
use crate::into_op::OpObject;
use crate::into_op::ZeroCopyShape;
use crate::lending::call_lent;
use crate::registered::Registered;
use crate::typed::NO_FAST_FUNCTION;
use crate::typed::Signature;

impl dyn Interface + '_ {
  /// Puts an op into the host's table under `name` and answers its id.
  ///
  /// # Errors
  ///
  /// The id is 0 when the host refused, because the plugin has an op of that name or the name is empty. The init or the
  /// op that is running then fails with an error that says so.
  pub fn register_op<Shape>(&mut self, name: &str, op: impl IntoOp<Shape>) -> OpId {
    register(self.host(), name, op.into_op())
  }

  /// Has a function answer the HTTP requests that `plugbay up` has for the plugin: see [`http`](crate::http). In the
  /// table it is the op `http`, which scripts do not call.
  ///
  /// # Errors
  ///
  /// As [`register_op`](trait.Interface.html#method.register_op): there is one handler.
  #[cfg(http_handlers)]
  pub fn register_http<Shape>(&mut self, handler: impl crate::http::Handler<Shape>) -> OpId {
    register(self.host(), "http", OpObject { code: Code::Http(handler.into_code()) })
  }

  /// Has a function take the messages of Redis that `plugbay up` has for the plugin: see [`redis`](crate::redis). In
  /// the table it is the op `redis`, which scripts do not call.
  ///
  /// # Errors
  ///
  /// As [`register_op`](trait.Interface.html#method.register_op): there is one handler. A host that is older than this
  /// refuses it, and so the plugin.
  #[cfg(redis_handlers)]
  pub fn register_redis<Shape>(&mut self, handler: impl crate::redis::Handler<Shape>) -> OpId {
    register(self.host(), "redis", OpObject { code: Code::Redis(handler.into_code()) })
  }

  /// The services of the host's app, as far as the plugin is granted them: see [`services`](crate::services). Get them
  /// in the init or in an op, and use them whenever and wherever you like.
  #[cfg(not(target_family = "wasm"))]
  pub fn services(&self) -> crate::services::Services {
    crate::services::Services::of(self.host())
  }

  /// Keeps a value that ops under `#[op]` get as `&mut T`: the plugin's state of type `T`, one for each time that the
  /// plugin is opened. It replaces the state of that type, if there is one. It is dropped on the isolate's thread, when
  /// the plugin is closed and its last op is gone.
  ///
  /// ```
  /// use plugin_api::{Interface, op};
  ///
  /// struct Counter {
  ///   next: u32,
  /// }
  ///
  /// #[op]
  /// fn next(counter: &mut Counter) -> u32 {
  ///   counter.next += 1;
  ///   counter.next
  /// }
  ///
  /// fn deno_plugin_init(interface: &mut dyn Interface) {
  ///   interface.put_state(Counter { next: 0 });
  ///   interface.register_op("next", next);
  /// }
  /// ```
  pub fn put_state<T: 'static>(&mut self, value: T) {
    Instance::of(self.host().instance).put_state(value);
  }

  /// The state that was given to [`put_state`](trait.Interface.html#method.put_state), for ops that are not under
  /// `#[op]`.
  ///
  /// # Errors
  ///
  /// When there is none of that type.
  pub fn state<T: 'static>(&self) -> Result<Rc<RefCell<T>>, OpError> {
    Instance::of(self.host().instance).state()
  }
}

impl Interface for HostRef {
  fn fail(&mut self, error: OpError) {
    Instance::of(self.instance).has_failed.set(true);
    self.tell_failure(error);
  }

  fn resources(&self) -> Resources {
    Resources::new(*self)
  }

  fn log(&self, level: LogLevel, message: &str) {
    // SAFETY: the text outlives the call.
    unsafe { ((*self.table).log)(self.instance, level as u32, Self::slice(message)) };
  }

  fn register_op(&self, name: &str, op: DispatchOpFn) -> OpId {
    register(*self, name, IntoOp::<ZeroCopyShape>::into_op(op))
  }

  fn host(&self) -> HostRef {
    *self
  }
}

/// Puts an op into the host's table.
fn register(host: HostRef, name: &str, op: OpObject) -> OpId {
  let instance = Instance::of(host.instance);
  let registered = Box::new(Registered { instance: instance.clone(), code: op.code });
  let encoding = registered.code.encoding();
  let parameters;
  let signature = match signature(&registered.code) {
    Some((signature, fast)) => {
      parameters = signature.abi_parameters();
      Some(signature.to_abi(&parameters, calls::call_typed, fast))
    }
    None => None,
  };
  let (lent, answer) = (lent(&registered.code), answer(&registered.code));
  let data = Box::into_raw(registered);
  let definition = abi::OpDefinition {
    size: size_of::<abi::OpDefinition>(),
    name: HostRef::slice(name),
    encoding,
    reserved: 0,
    call: Some(calls::call_op),
    data: data.cast(),
    drop: Some(calls::drop_op),
    signature: signature.as_ref().map_or(null(), |signature| signature),
    lent,
    answer,
  };
  // SAFETY: the definition and the name outlive the call, and the signature, which borrows from what the host drops,
  // is not read after that; `data` is what the functions expect, and the host drops it once whatever it answers. The
  // thread is the isolate's, as in `fail`.
  let id = unsafe { ((*host.table).register_op)(host.instance, &definition) };
  match id {
    0 => instance.has_failed.set(true),
    _ => instance.has_registered.set(true),
  }
  id as OpId
}

/// What an op takes and gives, and its fast function or null.
fn signature(code: &Code) -> Option<(&Signature, *const c_void)> {
  match code {
    Code::Json(op) if op.has_fast_path() => Some((&op.signature, calls::call_json as *const c_void)),
    Code::Json(op) => Some((&op.signature, NO_FAST_FUNCTION)),
    Code::Typed(op) => Some((&op.signature, op.fast)),
    _ => None,
  }
}

/// What answers requests, of an op that does.
fn answer(code: &Code) -> Option<abi::HttpFn> {
  match code {
    #[cfg(http_handlers)]
    Code::Http(_) => Some(crate::http::answer),
    #[cfg(redis_handlers)]
    Code::Redis(_) => Some(crate::http::answer),
    _ => None,
  }
}

/// An op's function for lending calls, or null. Of a guest the host asks for none.
fn lent(code: &Code) -> *const c_void {
  match code {
    Code::Bytes(_) if cfg!(not(target_family = "wasm")) => call_lent as *const c_void,
    _ => null(),
  }
}
