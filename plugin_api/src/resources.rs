//! Values of a plugin that a script holds by number.

use std::any::Any;
use std::any::type_name;
use std::ffi::c_void;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::OpError;
use crate::host::HostRef;
use crate::host::current;
use crate::quietly::drop_quietly;

/// Number of a resource: a script sees it in `Deno.resources()` and closes it with `Deno.close`.
pub type ResourceId = u32;

/// The resources of the plugin whose init or op is running. It may be moved into the op's future.
///
/// # Panics
///
/// Outside of a plugin's init, op or op future.
#[track_caller]
pub fn resources() -> Resources {
  Resources::new(current("resources"))
}

/// The plugin's part of the host's resource table. What is in it lives until the script closes it or the plugin, or the
/// program ends; it is dropped on the isolate's thread.
///
/// ```
/// use plugin_api::{ResourceId, error::AnyError, json_op, resources};
/// use std::cell::Cell;
///
/// #[json_op]
/// fn counter_new() -> Result<ResourceId, AnyError> {
///   Ok(resources().add("counter", Cell::new(0u32))?)
/// }
///
/// #[json_op]
/// fn counter_next(id: ResourceId) -> Result<u32, AnyError> {
///   let counter = resources().get::<Cell<u32>>(id)?;
///   counter.set(counter.get() + 1);
///   Ok(counter.get())
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Resources {
  host: HostRef,
  /// Not Send: the host's functions want the isolate's thread.
  thread: PhantomData<*const ()>,
}

type Entry = Rc<dyn Any>;

impl Resources {
  pub(crate) fn new(host: HostRef) -> Self {
    Self { host, thread: PhantomData }
  }

  /// Adds `value` under a number that was not used before. `name` is what `Deno.resources()` shows for it.
  ///
  /// # Errors
  ///
  /// When the plugin is closed already; `value` is dropped.
  pub fn add<T: 'static>(&self, name: &str, value: T) -> Result<ResourceId, OpError> {
    let entry: Box<Entry> = Box::new(Rc::new(value));
    // SAFETY: the name outlives the call; `drop_entry` takes the entry back once, whatever is answered. `self` is not
    // Send, so this is the isolate's thread.
    let id = unsafe {
      ((*self.host.table).resource_add)(
        self.host.instance,
        HostRef::slice(name),
        Box::into_raw(entry).cast(),
        Some(drop_entry),
      )
    };
    if id == u32::MAX {
      return Err(OpError::new("BadResource", format!("cannot keep a {name}: the plugin is closed")));
    }
    Ok(id)
  }

  /// The value under a number. It stays alive while it is held, even when it is closed meanwhile.
  ///
  /// # Errors
  ///
  /// `BadResource` when there is none, when it is another plugin's, and when it is no `T`.
  pub fn get<T: 'static>(&self, id: ResourceId) -> Result<Rc<T>, OpError> {
    // SAFETY: the isolate's thread, as above.
    let data = unsafe { ((*self.host.table).resource_get)(self.host.instance, id) };
    // SAFETY: the host answers null or what this plugin added, which `add` made an `Entry`; it lives at least until the
    // host is called again.
    let entry = unsafe { data.cast::<Entry>().as_ref() }.cloned();
    let entry = entry.ok_or_else(|| OpError::bad_resource(id, "there is none of this plugin under that number"))?;
    entry.downcast().map_err(|_| OpError::bad_resource(id, format!("it is no {}", type_name::<T>())))
  }

  /// Closes a resource of this plugin, as `Deno.close` does.
  ///
  /// # Errors
  ///
  /// `BadResource` when there is none under that number, and when it is another plugin's.
  pub fn close(&self, id: ResourceId) -> Result<(), OpError> {
    // SAFETY: the isolate's thread, as above.
    match unsafe { ((*self.host.table).resource_close)(self.host.instance, id) } {
      0 => Err(OpError::bad_resource(id, "there is none of this plugin under that number")),
      _ => Ok(()),
    }
  }
}

/// # Safety
///
/// `data` is a boxed [`Entry`] that is given up.
unsafe extern "C" fn drop_entry(data: *mut c_void) {
  // SAFETY: the caller's promise.
  drop_quietly(unsafe { Box::from_raw(data.cast::<Entry>()) });
}
