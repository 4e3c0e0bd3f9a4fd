//! What a plugin keeps while it is open: its state, and what its ops share.

use std::any::Any;
use std::any::TypeId;
use std::any::type_name;
use std::cell::Cell;
#[cfg(own_tokio)]
use std::cell::OnceCell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::rc::Weak;
#[cfg(own_tokio)]
use std::sync::Arc;

use crate::OpError;
use crate::loan::SpareLoan;
use crate::quietly::drop_quietly;
#[cfg(own_tokio)]
use crate::tokio_runtime::TokioRuntime;
use plugin_abi::errors;
use plugin_wire::Shapes;

/// An open plugin, on its side of the boundary. Its init and its ops hold it; it is dropped with the last of them.
pub struct Instance {
  pub(crate) number: u64,
  /// Each an `Rc<RefCell<T>>` of another `T`, with the id of that `T`.
  states: RefCell<Vec<(TypeId, Rc<dyn Any>)>>,
  /// The shapes that the host knows of.
  pub(crate) shapes: RefCell<Shapes>,
  /// Where results are written before they are copied to the host; kept so that the next need not allocate.
  pub(crate) message: Cell<Vec<u64>>,
  /// The host was told to fail the init or the call that is running: it will not look at the result.
  pub(crate) has_failed: Cell<bool>,
  /// Ops were registered in the lending call that is running: the host has to show them.
  pub(crate) has_registered: Cell<bool>,
  pub(crate) spare_loan: SpareLoan,
  /// The runtime of its futures, from the first on.
  #[cfg(own_tokio)]
  tokio: OnceCell<Arc<TokioRuntime>>,
}

thread_local! {
  /// Never dropped: a thread that has a destructor to run would keep the library mapped.
  static OPEN: ManuallyDrop<RefCell<BTreeMap<u64, Weak<Instance>>>> = const { ManuallyDrop::new(RefCell::new(BTreeMap::new())) };
}

impl Instance {
  /// The open plugin of that number; it begins with the first who asks.
  pub(crate) fn of(number: u64) -> Rc<Self> {
    OPEN.with(|open| {
      let mut open = open.borrow_mut();
      if let Some(instance) = open.get(&number).and_then(Weak::upgrade) {
        return instance;
      }
      let instance = Rc::new(Self {
        number,
        states: RefCell::default(),
        shapes: RefCell::default(),
        message: Cell::default(),
        has_failed: Cell::default(),
        has_registered: Cell::default(),
        spare_loan: SpareLoan::default(),
        #[cfg(own_tokio)]
        tokio: OnceCell::new(),
      });
      open.insert(number, Rc::downgrade(&instance));
      instance
    })
  }

  /// The tokio runtime of the library, which the plugin holds from now on. `None` where the system has no threads for
  /// it.
  #[cfg(own_tokio)]
  pub(crate) fn tokio(&self) -> Option<tokio::runtime::Handle> {
    if self.tokio.get().is_none() {
      let _ = self.tokio.set(TokioRuntime::shared()?);
    }
    self.tokio.get()?.handle()
  }

  pub(crate) fn put_state<T: 'static>(&self, value: T) {
    let new = Rc::new(RefCell::new(value));
    let mut states = self.states.borrow_mut();
    let old = match states.iter_mut().find(|(id, _)| *id == TypeId::of::<T>()) {
      Some((_, state)) => Some(std::mem::replace(state, new)),
      None => {
        states.push((TypeId::of::<T>(), new));
        None
      }
    };
    // Its drop may ask for the plugin's state.
    drop(states);
    drop(old);
  }

  #[inline]
  pub(crate) fn state<T: 'static>(&self) -> Result<Rc<RefCell<T>>, OpError> {
    let states = self.states.borrow();
    match states.iter().find(|(id, _)| *id == TypeId::of::<T>()) {
      // SAFETY: `put_state` put an `Rc<RefCell<T>>` beside that id.
      Some((_, state)) => Ok(unsafe { Rc::from_raw(Rc::into_raw(state.clone()).cast::<RefCell<T>>()) }),
      None => Err(missing(type_name::<T>())),
    }
  }
}

#[cold]
fn missing(name: &str) -> OpError {
  let short = name.split('<').next().and_then(|path| path.rsplit("::").next()).unwrap_or(name);
  let message =
    format!("the plugin has no state of type {name}; call interface.put_state({short} {{ … }}) in deno_plugin_init");
  OpError::of_host(errors::OP_STATE, message)
}

impl Drop for Instance {
  fn drop(&mut self) {
    OPEN.with(|open| open.borrow_mut().remove(&self.number));
    for (_, state) in self.states.take() {
      drop_quietly(state);
    }
  }
}
