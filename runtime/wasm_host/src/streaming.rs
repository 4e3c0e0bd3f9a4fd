//! Modules that are read and compiled while the script goes on: on threads of the host's and of V8's. V8 begins when a
//! module is there as a whole, because the limits have to be put into it first.

use std::rc::Rc;

use deno_core::v8;
use plugbay_core::OpFailure;
use tokio::sync::oneshot;
use tokio::task::JoinError;
use v8_bridge::Exception;
use v8_bridge::in_flight::Finish;
use v8_bridge::in_flight::Job;
use v8_bridge::in_flight::Next;
use wasm_rewrite::Rewritten;

use super::cache;
use super::component;
use super::load;
use super::load::Limits;
use crate::host::Guests;
use crate::host::Host;

type Stepped<'s> = Result<Next<'s>, OpFailure>;

/// A module on its way.
struct Module {
  name: String,
  limits: Limits,
  guests: Rc<Guests>,
}

/// A promise of what [`guest_bytes::load`](crate::guest_bytes::load) gives, of the module that `read` gives.
///
/// # Errors
///
/// When there can be no promise. The promise is rejected with what `read` gives and with what `load` says.
pub fn open<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  name: String,
  limits: Limits,
  read: impl AsyncFnOnce(&str) -> Result<Vec<u8>, OpFailure> + 'static,
) -> Result<v8::Local<'s, v8::Value>, OpFailure> {
  let resolver = v8::PromiseResolver::new(scope).ok_or_else(OpFailure::script_ended)?;
  let reading = async move { read(&name).await.map(|bytes| (name, bytes)) };
  let guests = host.guests.clone();
  let job = job(host, reading, move |scope, host, read| {
    let (name, bytes) = read?;
    Module { name, limits, guests }.look_up(scope, host, bytes)
  });
  host.in_flight.add_job(job, v8::Global::new(scope, resolver));
  Ok(resolver.get_promise(scope).into())
}

impl Module {
  fn look_up<'s>(self, scope: &mut v8::PinScope<'s, '_>, host: &v8_bridge::Host, bytes: Vec<u8>) -> Stepped<'s> {
    if component_plan::is_component(&bytes) {
      let component = component::load(scope, &self.guests, &self.name, bytes, self.limits).map_err(failure_of)?;
      return Ok(Next::Value(component.into()));
    }
    let options = self.limits.options(self.guests.makes_objects);
    if let Some(found) = cache::find(scope, self.guests.folder(), &bytes, options) {
      return Ok(Next::Value(load::to_object(scope, &self.guests, &self.name, self.limits, found).into()));
    }
    let Self { name, limits, guests } = self;
    let rewriting = host.tokio().spawn_blocking(move || {
      let begun = load::rewrite_supported(&name, &bytes, options, limits.deadline).map(|rewritten| {
        // V8's threads begin here.
        let mut compilation = v8::WasmModuleCompilation::new();
        compilation.on_bytes_received(&rewritten.bytes);
        (rewritten, compilation)
      });
      (name, bytes, begun)
    });
    Ok(Next::Job(job(host, rewriting, move |scope, host, rewritten| {
      let (name, bytes, begun) = ended(rewritten)?;
      let (rewritten, compilation) = begun.map_err(|refused| refused.explain(scope, &name, &bytes))?;
      Ok(Self { name, limits, guests }.compile(scope, host, bytes, rewritten, compilation))
    })))
  }

  fn compile<'s>(
    self,
    scope: &mut v8::PinScope<'s, '_>,
    host: &v8_bridge::Host,
    bytes: Vec<u8>,
    rewritten: Rewritten,
    compilation: v8::WasmModuleCompilation,
  ) -> Next<'s> {
    let (sender, compiled) = oneshot::channel();
    compilation.finish(scope, None, move |_, module| {
      // Nobody listens when the runtime ends.
      let _ = sender.send(module.ok().map(|module| module.get_compiled_module()));
    });
    Next::Job(job(host, compiled, move |scope, _, compiled| {
      let compiled = match compiled.ok().flatten() {
        Some(compiled) => v8::WasmModuleObject::from_compiled_module(scope, &compiled),
        None => None,
      };
      let compiled = match compiled {
        Some(compiled) => compiled,
        // It says why not.
        None => load::compile(scope, &self.name, &rewritten.bytes)?,
      };
      let options = self.limits.options(self.guests.makes_objects);
      let found = cache::keep(self.guests.folder(), bytes, options, rewritten, compiled);
      Ok(Next::Value(load::to_object(scope, &self.guests, &self.name, self.limits, found).into()))
    }))
  }
}

/// A job that the event loop waits for; `finish` makes of what it gives what comes next.
fn job<T: 'static>(
  host: &v8_bridge::Host,
  job: impl Future<Output = T> + 'static,
  finish: impl for<'t> FnOnce(&mut v8::PinScope<'t, '_>, &v8_bridge::Host, T) -> Stepped<'t> + 'static,
) -> Job {
  let host = host.weak();
  Box::pin(async move {
    let given = job.await;
    let last: Finish = Box::new(move |scope| match host.upgrade() {
      Some(host) => finish(scope, &host, given),
      None => Err(OpFailure::script_ended()),
    });
    last
  })
}

/// What V8 throws meanwhile is the end of the script.
fn failure_of(exception: Exception) -> OpFailure {
  match exception {
    Exception::Failure(failure) => failure,
    Exception::Pending => OpFailure::script_ended(),
  }
}

/// What a thread gave; it ends without only when it panics.
fn ended<T>(result: Result<T, JoinError>) -> Result<T, OpFailure> {
  result.map_err(OpFailure::host_panicked)
}
