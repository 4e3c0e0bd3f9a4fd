//! Both sides of a plugin on other threads: what `js/threads.js` calls in the script's runtime, and what the threads
//! call in theirs.

use std::sync::Arc;

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_lanes::Pool;
use plugbay_ops::Answer;
use plugbay_ops::AnswerForm;
use plugbay_ops::Outcome;
use plugbay_ops::metrics::LaneCounts;
use v8_bridge::Arguments;
use v8_bridge::Exception;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::Value;
use v8_bridge::arguments::op_id;
use v8_bridge::arguments::resource_id;
use v8_bridge::buffers;
use v8_bridge::call::Call;
use v8_bridge::exception;
use v8_bridge::functions::call_kept;
use v8_bridge::functions::keep_each;
use v8_bridge::object::ObjectBuilder;
use v8_bridge::values::number;

use crate::host::Host;
use crate::host::LaneSetup;
use crate::host::Module;
use crate::open;
use crate::opening::integrity;
use crate::opening::limits;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("callOnThread", call_on_thread);
  functions.add("closePool", close_pool);
  functions.add("countPool", count_pool);
  functions.add("openPool", open_pool);
  functions.add("setWorkerFunctions", set_worker_functions);
}

/// As `js/threads.js` says.
const MAX_THREADS: usize = 64;

/// `setWorkerFunctions(open, call)`: for bootstrap.
fn set_worker_functions<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_each(scope, &host.js.worker, arguments);
  Ok(None)
}

/// `openPool(path, limits, integrity, setup, threads, heap)` → `{ id, opened }`. V8's heap of each thread has so many
/// MiB.
fn open_pool<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let path = arguments.get(0).to_rust_string_lossy(scope);
  let (limits, integrity) = (limits(scope, arguments.get(1)), integrity(scope, arguments.get(2))?);
  // Threads that are made later have the same bytes, whatever has become of the file.
  let module = open::read_module(host, &path, limits, &integrity, "options.threads")?;
  let plugin = buffers::copy_of(arguments.get(3)).unwrap_or_default();
  let threads = (number(arguments.get(4)) as usize).min(MAX_THREADS);
  let heap = (number(arguments.get(5)) as usize).saturating_mul(1 << 20);
  let counts = Arc::<LaneCounts>::default();
  let setup = LaneSetup { module, plugin, heap, counts: counts.clone() };
  let (pool, opened) = Pool::open(&host.lanes(setup), threads)?;
  let opened = buffers::to_view(scope, opened).ok_or(Exception::Pending)?;
  let id = host.pools.add(pool);
  host.pool_counts.borrow_mut().insert(id, counts);
  let mut object = ObjectBuilder::new(scope);
  object.number("id", id).value("opened", opened);
  Ok(Some(object.build().into()))
}

/// `countPool(id, rid)`: what the threads of a pool count is the plugin's of that number.
fn count_pool<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let counts = host.pool_counts.borrow_mut().remove(&(number(arguments.get(0)) as u32));
  if let Some(counts) = counts {
    host.table.add_lanes(resource_id(scope, arguments.get(1))?, counts);
  }
  Ok(None)
}

/// `closePool(id)`: its calls are ended, and its threads.
fn close_pool<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let id = number(arguments.get(0)) as u32;
  host.pool_counts.borrow_mut().remove(&id);
  host.pools.close(id);
  Ok(None)
}

/// `callOnThread(id, pool, op, arguments)` → a Promise of the result's bytes.
fn call_on_thread<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  let target = entry.target()?;
  let (op, passed) =
    (arguments.get(2).to_rust_string_lossy(scope), buffers::copy_of(arguments.get(3)).unwrap_or_default());
  let started = entry.metrics.begin(0, passed.len());
  let reply = host.pools.call(number(arguments.get(1)) as u32, op, passed);
  let called = entry.clone();
  let answer = async move {
    let result = match reply {
      Some(reply) => reply.await.ok(),
      None => None,
    };
    match result {
      Some(Ok(result)) => Outcome::Answer(Answer::of_host(result)),
      Some(Err(failure)) => Outcome::Failed(failure),
      // The plugin was closed meanwhile, or the thread has panicked.
      None => Outcome::Failed(called.target().err().unwrap_or_else(OpFailure::thread_ended)),
    }
  };
  let outcome = Outcome::Pending { answer: Box::pin(answer), unref: false };
  Call { host, entry, target, form: AnswerForm::Ops }.finish(scope, outcome, started)
}

/// Calls one of `js/threads.js`'s functions. An error is its text.
fn call_worker<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  which: usize,
  arguments: &[Value<'s>],
) -> Result<Value<'s>, String> {
  let place = &host.js.worker[which];
  if place.borrow().is_none() {
    return Err("the runtime is gone".to_string());
  }
  exception::caught(scope, |scope| call_kept(scope, place, arguments))
}

/// [`Runtime::open_as_worker`](crate::Runtime). The inner error is the one that opening fails with.
pub(crate) fn open_as_worker(
  scope: Scope<'_, '_, '_>,
  host: &Host,
  Module { name, bytes }: &Module,
  setup: &[u8],
) -> Result<Result<Vec<u8>, OpFailure>, String> {
  const NO_MEMORY: &str = "there is no memory";
  let name = v8::String::new(scope, name).ok_or(NO_MEMORY)?.into();
  let bytes = buffers::to_view(scope, bytes.clone()).ok_or(NO_MEMORY)?;
  let setup = buffers::to_view(scope, setup.to_vec()).ok_or(NO_MEMORY)?;
  let opened = call_worker(scope, host, 0, &[name, bytes, setup])?;
  if let Some(opened) = buffers::copy_of(opened) {
    return Ok(Ok(opened));
  }
  let refused = v8::Local::<v8::Object>::try_from(opened).map_err(|_| "it does not say what was opened")?;
  let [class, code, message] = [0, 1, 2]
    .map(|index| refused.get_index(scope, index).map(|text| text.to_rust_string_lossy(scope)).unwrap_or_default());
  Ok(Err(OpFailure::from_texts(class, code, message)))
}

/// [`Runtime::call_as_worker`](crate::Runtime): the promise of the result.
pub(crate) fn call_as_worker(
  scope: Scope<'_, '_, '_>,
  host: &Host,
  op: &str,
  arguments: Vec<u8>,
) -> Result<v8::Global<v8::Value>, String> {
  let op = v8::String::new(scope, op).ok_or("the name is too long")?.into();
  let arguments = buffers::to_view(scope, arguments).ok_or("there is no memory")?;
  let promise = call_worker(scope, host, 1, &[op, arguments])?;
  Ok(v8::Global::new(scope, promise))
}

/// The bytes that the promise gave.
pub(crate) fn bytes_of_worker(scope: Scope<'_, '_, '_>, value: v8::Global<v8::Value>) -> Result<Vec<u8>, String> {
  buffers::copy_of(v8::Local::new(scope, value)).ok_or_else(|| "it does not answer with bytes".to_string())
}
