//! Ops that are registered.

use std::rc::Rc;

use crate::instance::Instance;

/// What an [`OpDefinition::data`](plugin_abi::OpDefinition::data) points to. The plugin comes first, where the fast
/// path finds it whatever the code is.
#[repr(C)]
pub(crate) struct Registered<C> {
  pub(crate) instance: Rc<Instance>,
  pub(crate) code: C,
}
