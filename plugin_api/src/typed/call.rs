//! What an op has besides its arguments, on either path.

use std::cell::RefCell;
use std::cell::RefMut;
use std::rc::Rc;

use crate::Interface;
use crate::OpError;
use crate::ResourceId;
use crate::Resources;
use crate::host::HostRef;
use crate::instance::Instance;
use plugin_abi::errors;

/// A call of an op.
pub struct Call<'a> {
  pub(super) host: HostRef,
  pub(crate) instance: &'a Instance,
}

impl<'a> Call<'a> {
  #[inline]
  pub(crate) fn new(host: HostRef, instance: &'a Instance) -> Self {
    Self { host, instance }
  }

  /// The interface, for an op that takes it.
  #[inline]
  pub fn host(&self) -> impl Interface + use<> {
    self.host
  }

  /// Whether the op has told the host to fail the call. On the slow path the host sees to that itself.
  pub fn check(&self) -> Result<(), OpError> {
    Ok(())
  }

  /// The plugin's state of type `T`.
  #[inline]
  pub fn state<T: 'static>(&self) -> Result<Rc<RefCell<T>>, OpError> {
    self.instance.state()
  }

  /// The resource of that number.
  #[inline]
  pub fn resource<T: 'static>(&self, id: ResourceId) -> Result<Rc<T>, OpError> {
    Resources::new(self.host).get(id)
  }
}

/// Lends an op the plugin's state.
#[inline]
pub fn borrow_state<T>(state: &RefCell<T>) -> Result<RefMut<'_, T>, OpError> {
  state.try_borrow_mut().map_err(|_| {
    let message =
      format!("the plugin's state of type {} is in use by an op that is running", std::any::type_name::<T>());
    OpError::of_host(errors::OP_STATE, message)
  })
}
