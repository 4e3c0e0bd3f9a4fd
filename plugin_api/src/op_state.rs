//! What deno_core had for the ops of its embedders from Deno 1.4 on, as far as plugins have a use for it: a state by
//! types, resources that are closed, and JSON ops over both.

use std::any::Any;
use std::any::TypeId;
use std::any::type_name;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Interface;
use crate::JsonOp;
use crate::ResourceId;
use crate::ZeroCopyBuf;
use crate::error::AnyError;
use crate::host::current;
use crate::instance::Instance;
use crate::resources;

/// The buffers of an op that keeps them.
pub type BufVec = Vec<ZeroCopyBuf>;

/// One value of each type, and the plugin's resources: one of these for each time that the plugin is opened.
///
/// ```
/// use plugin_api::{OpState, error::AnyError, json_op_sync};
///
/// struct Visits(u32);
///
/// let op = json_op_sync(|state: &mut OpState, by: u32, _| {
///   if !state.has::<Visits>() {
///     state.put(Visits(0));
///   }
///   let visits = state.borrow_mut::<Visits>();
///   visits.0 += by;
///   Ok(visits.0)
/// });
/// ```
#[derive(Default)]
pub struct OpState {
  values: HashMap<TypeId, Box<dyn Any>>,
  /// The plugin's resources.
  pub resource_table: ResourceTable,
}

#[allow(clippy::should_implement_trait, reason = "the names that deno_core gave them")]
impl OpState {
  pub(crate) fn of(interface: &dyn Interface) -> Rc<RefCell<Self>> {
    Self::of_instance(interface.host().instance)
  }

  fn of_instance(number: u64) -> Rc<RefCell<Self>> {
    let instance = Instance::of(number);
    instance.state().unwrap_or_else(|_| {
      instance.put_state(Self::default());
      instance.state().expect("it was put there")
    })
  }

  /// Keeps a value, in place of the one of its type if there is one.
  pub fn put<T: 'static>(&mut self, value: T) {
    self.values.insert(TypeId::of::<T>(), Box::new(value));
  }

  /// Whether there is a value of the type.
  pub fn has<T: 'static>(&self) -> bool {
    self.values.contains_key(&TypeId::of::<T>())
  }

  /// The value of the type, if there is one.
  pub fn try_borrow<T: 'static>(&self) -> Option<&T> {
    self.values.get(&TypeId::of::<T>())?.downcast_ref()
  }

  /// The value of the type.
  ///
  /// # Panics
  ///
  /// When there is none.
  pub fn borrow<T: 'static>(&self) -> &T {
    self.try_borrow().unwrap_or_else(|| missing::<T>())
  }

  /// The value of the type, to be changed, if there is one.
  pub fn try_borrow_mut<T: 'static>(&mut self) -> Option<&mut T> {
    self.values.get_mut(&TypeId::of::<T>())?.downcast_mut()
  }

  /// The value of the type, to be changed.
  ///
  /// # Panics
  ///
  /// When there is none.
  pub fn borrow_mut<T: 'static>(&mut self) -> &mut T {
    self.try_borrow_mut().unwrap_or_else(|| missing::<T>())
  }

  /// Takes the value of the type out, if there is one.
  pub fn try_take<T: 'static>(&mut self) -> Option<T> {
    self.values.remove(&TypeId::of::<T>())?.downcast().ok().map(|value| *value)
  }

  /// Takes the value of the type out.
  ///
  /// # Panics
  ///
  /// When there is none.
  pub fn take<T: 'static>(&mut self) -> T {
    self.try_take().unwrap_or_else(|| missing::<T>())
  }
}

#[cold]
fn missing<T>() -> ! {
  panic!("the OpState has no {}; put one there in deno_plugin_init or before it is asked for", type_name::<T>())
}

/// A value that a script holds by number, and that is told when it is closed.
pub trait Resource: Any {
  /// What `Deno.resources()` shows for it.
  fn name(&self) -> Cow<'_, str> {
    type_name::<Self>().into()
  }

  /// It was closed: by `Deno.close`, by [`ResourceTable::close`] or with its plugin.
  fn close(self: Rc<Self>) {}
}

/// The resources of the plugin whose init, op or future runs, as [`resources`] has them.
#[derive(Default)]
pub struct ResourceTable(());

/// Tells a resource that it is closed, when the host drops it.
struct Closing<T: Resource>(Rc<T>);

impl<T: Resource> Drop for Closing<T> {
  fn drop(&mut self) {
    self.0.clone().close();
  }
}

impl ResourceTable {
  /// Adds a resource under a number that was not used before.
  ///
  /// # Panics
  ///
  /// When the plugin is closed, and outside of its init, ops and futures.
  pub fn add<T: Resource>(&mut self, resource: T) -> ResourceId {
    let resource = Rc::new(resource);
    let name = resource.name().into_owned();
    resources().add(&name, Closing(resource)).unwrap_or_else(|error| panic!("{error}"))
  }

  /// The resource under a number, if it is a `T` of this plugin.
  pub fn get<T: Resource>(&self, id: ResourceId) -> Option<Rc<T>> {
    resources().get::<Closing<T>>(id).ok().map(|closing| closing.0.clone())
  }

  /// Closes a resource of this plugin; `None` when there is none under that number.
  pub fn close(&mut self, id: ResourceId) -> Option<()> {
    resources().close(id).ok()
  }
}

/// A JSON op of a function over the state, for [`register_op`](trait.Interface.html#method.register_op).
pub fn json_op_sync<F, V, R>(function: F) -> JsonOp
where
  F: Fn(&mut OpState, V, &mut [ZeroCopyBuf]) -> Result<R, AnyError> + 'static,
  V: DeserializeOwned,
  R: Serialize,
{
  JsonOp::new("value", move |interface, argument, buffers| {
    let state = OpState::of(interface);
    let mut state = state.borrow_mut();
    function(&mut state, argument.parse()?, buffers)
  })
}

/// A JSON op of a function over the state that answers later.
pub fn json_op_async<F, V, R, A>(function: F) -> JsonOp
where
  F: Fn(Rc<RefCell<OpState>>, V, BufVec) -> A + 'static,
  V: DeserializeOwned,
  R: Serialize,
  A: Future<Output = Result<R, AnyError>> + 'static,
{
  let function = Rc::new(function);
  JsonOp::new_async("value", move |argument, buffers| {
    let state = OpState::of_instance(current("json_op_async").instance);
    let function = function.clone();
    async move { function(state, argument.borrow().parse()?, buffers).await }
  })
}
