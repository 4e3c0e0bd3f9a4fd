//! Requests that are under way: futures of the host's.

use std::fmt;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::mem::offset_of;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use plugin_abi as abi;
use plugin_abi::LentWaker;
use plugin_abi::errors;
use plugin_wire::WireError;
use plugin_wire::services::Connect;
use plugin_wire::services::Request;
use plugin_wire::services::read;
use plugin_wire::services::write;
use serde::de::DeserializeOwned;

use super::handle::Services;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::outcome::new_outcome;

/// What a service gives, or why it does not: a future. It is given up when it is dropped.
#[must_use = "nothing is asked for until it is awaited"]
pub struct Asked<T> {
  begun: Begun,
  services: Services,
  /// Open until it is answered.
  connection: Option<Arc<OpenConnection>>,
  read: fn(&[u8], &Services) -> Result<T, WireError>,
}

enum Begun {
  Future(HostFuture),
  /// It could not be begun; nothing when that was told.
  Failed(Option<OpError>),
}

impl Services {
  /// Asks for something whose answer is read as it is.
  pub(super) fn ask<T: DeserializeOwned>(&self, request: &Request) -> Asked<T> {
    self.ask_as(request, |bytes, _| read(bytes))
  }

  /// Asks for something of which `T` is made.
  pub(super) fn ask_as<T>(&self, request: &Request, read: fn(&[u8], &Services) -> Result<T, WireError>) -> Asked<T> {
    let begun = self.begin(request).map_or_else(|error| Begun::Failed(Some(error)), Begun::Future);
    Asked { begun, services: self.clone(), connection: None, read }
  }

  fn begin(&self, request: &Request) -> Result<HostFuture, OpError> {
    let request = write(request).map_err(|error| failed(format!("it cannot be asked for: {error}")))?;
    let table = self.host.table;
    // SAFETY: the host's table is valid for as long as the process runs, and each function is read only if the table is
    // long enough.
    let function = unsafe {
      match (&raw const (*table).size).read() > offset_of!(abi::HostTable, request_service) {
        true => (*table).request_service,
        false => None,
      }
    };
    let function = function.ok_or_else(|| {
      failed(
        "this host has none for native plugins: it is older than the plugin_api of this plugin; use a newer plugbay",
      )
    })?;
    let mut outcome = new_outcome();
    let slice = abi::Slice { ptr: request.as_ptr(), len: request.len() };
    // SAFETY: the request and the outcome are valid until the call returns; any thread may call it.
    unsafe { function(self.host.instance, slice, &mut outcome) };
    match outcome.kind {
      // SAFETY: the kind says which field is set, and that it is ours.
      abi::outcome::ASYNC => Ok(HostFuture(unsafe { outcome.payload.future })),
      // SAFETY: as above.
      abi::outcome::ERROR => Err(unsafe { OpError::from_report(ManuallyDrop::take(&mut outcome.payload.error)) }),
      kind => Err(failed(format!("the host gives an outcome of kind {kind}"))),
    }
  }

  /// Makes a connection; of its number `T` is made.
  pub(super) fn connect<T: From<OpenConnection>>(&self, to: Connect) -> Asked<T> {
    self.ask_as(&Request::Connect(to), |bytes, services| {
      Ok(T::from(OpenConnection { services: services.clone(), number: read(bytes)? }))
    })
  }
}

#[cold]
pub(super) fn failed(message: impl fmt::Display) -> OpError {
  OpError::of_host(errors::SERVICE_FAILED, format!("the service cannot do that: {message}"))
}

/// A connection of the host's, by its number. It is closed with the last who holds it.
#[derive(Debug)]
pub struct OpenConnection {
  services: Services,
  number: u32,
}

impl OpenConnection {
  /// Asks for something by this connection.
  pub(super) fn ask<T: DeserializeOwned>(self: &Arc<Self>, request: impl FnOnce(u32) -> Request) -> Asked<T> {
    self.ask_as(request, |bytes, _| read(bytes))
  }

  /// The same for something of which `T` is made.
  pub(super) fn ask_as<T>(
    self: &Arc<Self>,
    request: impl FnOnce(u32) -> Request,
    read: fn(&[u8], &Services) -> Result<T, WireError>,
  ) -> Asked<T> {
    let asked = self.services.ask_as(&request(self.number), read);
    Asked { connection: Some(self.clone()), ..asked }
  }
}

impl Drop for OpenConnection {
  fn drop(&mut self) {
    // It is done when it is begun. Of a plugin that is closed the host has closed it already.
    let _ = self.services.begin(&Request::Close { connection: self.number });
  }
}

impl<T> Future for Asked<T> {
  type Output = Result<T, OpError>;

  fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
    let Self { begun, services, connection, read } = &mut *self;
    let answer = match begun {
      Begun::Future(future) => ready!(future.poll(cx)),
      Begun::Failed(error) => Err(error.take().expect("nobody polls what is done")),
    };
    *begun = Begun::Failed(None);
    *connection = None;
    let answer = answer.and_then(|bytes| {
      read(&bytes, services)
        .map_err(|error| failed(format!("the host gives another answer than was asked for: {error}")))
    });
    Poll::Ready(answer)
  }
}

// Of `T` it has a function only.
impl<T> Unpin for Asked<T> {}

impl<T> fmt::Debug for Asked<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("Asked").finish_non_exhaustive()
  }
}

/// A future that the host made.
struct HostFuture(abi::Future);

// SAFETY: the functions of a future that the host made may be called on any thread, by one at a time.
unsafe impl Send for HostFuture {}
// SAFETY: nothing can be done with a reference.
unsafe impl Sync for HostFuture {}

impl HostFuture {
  fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<ZeroCopyBuf, OpError>> {
    let waker = LentWaker::new(cx.waker());
    let mut outcome = new_outcome();
    // SAFETY: a vtable lives as long as the future that names it.
    let poll = unsafe { (*self.0.vtable).poll }.expect("a future can be polled");
    // SAFETY: the future is live and not done; the waker and the outcome are valid until the call returns.
    if unsafe { poll(self.0.data, waker.as_raw(), &mut outcome) } == 0 {
      return Poll::Pending;
    }
    let payload = &mut outcome.payload;
    Poll::Ready(match outcome.kind {
      // SAFETY: the kind says which field is set, and that it is ours.
      abi::outcome::SYNC => Ok(unsafe { ZeroCopyBuf::from_raw(ManuallyDrop::take(&mut payload.buffer)) }),
      // SAFETY: as above.
      abi::outcome::ERROR => Err(unsafe { OpError::from_report(ManuallyDrop::take(&mut payload.error)) }),
      kind => Err(failed(format!("the host gives an outcome of kind {kind}"))),
    })
  }
}

impl Drop for HostFuture {
  fn drop(&mut self) {
    // SAFETY: the future is live, and is given up here; its vtable lives as long.
    unsafe {
      if let Some(drop) = (*self.0.vtable).drop {
        drop(self.0.data);
      }
    }
  }
}
