//! Lanes: threads with an isolate each, in which handlers are open. They take requests from one queue.

use std::io;
use std::panic;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use plugbay::Error;
use plugbay::HandlerGrants;
use plugbay::Instances;
use plugbay::Requests;
use plugbay::Runtime;
use plugbay::request_queue;

use crate::handlers::Group;
use crate::handlers::Handler;
use crate::handlers::Opening;
use crate::meters::Meters;
use crate::places::Places;
use crate::senders::Senders;
use crate::watchdog::Seat;
use crate::watchdog::Watchdog;
use crate::ways::Way;

/// How many requests wait until a lane is free; more are refused.
const MAX_WAITING: usize = 256;
/// How many requests a lane takes while those before wait for something.
const MAX_AT_ONCE: u32 = 64;
/// Until a lane that cannot open its handlers any more tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// Of all lanes.
#[derive(Clone)]
pub(crate) struct Settings {
  /// How many each group has.
  pub(crate) count: usize,
  /// The folder of compiled modules.
  pub(crate) cache: Option<PathBuf>,
  pub(crate) watchdog: Watchdog,
  pub(crate) meters: Arc<Meters>,
}

/// The lanes of a group, and a spare. They answer what is in their queue, and end when nobody can send to it any more.
pub(crate) struct Lanes {
  work: Arc<Work>,
  threads: Vec<JoinHandle<()>>,
  /// Nothing is sent: closed when all threads have ended.
  all_ended: Mutex<mpsc::Receiver<()>>,
  ended: Option<mpsc::Sender<()>>,
  /// How many answer requests.
  pub(crate) count: usize,
}

/// What the threads of a group share.
struct Work {
  group: Group,
  settings: Settings,
  queue: Queues,
  places: Places,
  seats: Mutex<Vec<Arc<Seat>>>,
  /// Of the lane that opens the handlers. One does at a time, so that those that serve have the other processors.
  opening: Mutex<()>,
}

impl Work {
  fn seats(&self) -> MutexGuard<'_, Vec<Arc<Seat>>> {
    self.seats.lock().unwrap_or_else(PoisonError::into_inner)
  }
}

/// What lanes take requests from.
#[derive(Clone)]
struct Queues {
  outer: Requests,
  inner: Requests,
}

impl Queues {
  fn are_closed(&self) -> bool {
    self.outer.are_over() && self.inner.are_over()
  }
}

/// Why a component could not be opened.
#[derive(Debug)]
pub(crate) struct NotOpened {
  pub(crate) component: String,
  pub(crate) error: String,
}

type Ready = mpsc::Sender<Result<(), Vec<NotOpened>>>;

impl Lanes {
  /// Starts the lanes of a group, with their queue, and waits until the first is ready, which compiles what the others
  /// share: these open their handlers while it serves. One more, the spare, takes the place of the first that is at its
  /// end.
  ///
  /// # Errors
  ///
  /// Every component that cannot be opened.
  pub(crate) fn open(group: Group, settings: &Settings) -> Result<(Senders, Self), Vec<NotOpened>> {
    let (outer, from_outside) = request_queue(MAX_WAITING);
    let (mut inner, from_inside) = request_queue(MAX_WAITING);
    let asks_nobody = |handler: &Handler| {
      matches!(
        handler.opening,
        Opening::Module { may_ask_components: false, .. } | Opening::Native { may_ask_components: false, .. }
      )
    };
    if group.handlers.iter().all(asks_nobody) {
      // One queue will do for those that ask no component, and a lane whose requests wait for nothing is found.
      inner = outer.clone();
    }
    let senders = Senders { outer, inner, deadline: group.deadline };
    let queue = Queues { outer: from_outside, inner: from_inside };
    let count = if group.is_pinned { 1 } else { settings.count };
    let (ended, all_ended) = mpsc::channel();
    let settings = settings.clone();
    let work =
      Work { group, settings, queue, places: Places::default(), seats: Mutex::default(), opening: Mutex::default() };
    let mut lanes =
      Self { work: Arc::new(work), threads: Vec::new(), all_ended: Mutex::new(all_ended), ended: Some(ended), count };
    lanes.start_first()?;
    for _ in 0..count {
      if let Err(error) = lanes.start_one(None) {
        tracing::warn!(target: "app", "there are fewer lanes than there should be: {error}");
      }
    }
    lanes.ended.take();
    lanes.work.places.add(count);
    Ok((senders, lanes))
  }

  fn start_first(&mut self) -> Result<(), Vec<NotOpened>> {
    let (ready, is_ready) = mpsc::channel();
    self.start_one(Some(ready)).map_err(|error| of_all("cannot start a thread", error))?;
    is_ready.recv().unwrap_or_else(|error| Err(of_all("a thread has ended before it was ready", error)))
  }

  fn start_one(&mut self, ready: Option<Ready>) -> io::Result<()> {
    let seat = Arc::new(Seat::default());
    self.work.settings.watchdog.watch(&seat)?;
    let (work, ended) = (self.work.clone(), self.ended.clone());
    let name = format!("lane-{}", self.threads.len());
    let started = thread::Builder::new().name(name).spawn({
      let seat = seat.clone();
      move || {
        run(&work, &seat, ready);
        drop(ended);
      }
    });
    self.threads.push(started?);
    self.work.seats().push(seat);
    Ok(())
  }

  /// Waits until they have ended, but no longer than that.
  pub(crate) fn wait(&self, until: Instant) -> bool {
    let left = until.saturating_duration_since(Instant::now());
    let all_ended = self.all_ended.lock().unwrap_or_else(PoisonError::into_inner);
    all_ended.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Disconnected)
  }

  /// Ends them, whatever they do: what was asked of them is not answered.
  pub(crate) fn end(&self) {
    let Work { queue, places, .. } = &*self.work;
    // Whoever waits is told.
    queue.outer.close();
    queue.inner.close();
    places.close();
    self.work.seats().iter().for_each(|seat| seat.end());
  }
}

impl Drop for Lanes {
  fn drop(&mut self) {
    // The spare of a group of which another lane could not be opened waits for nothing.
    if self.ended.is_some() {
      self.end();
    }
  }
}

/// MiB of V8's heap that an isolate may fill, where the manifest says nothing. V8's own limit is so far off that what
/// collects garbage takes minutes before it.
const HEAP: u32 = 256;

/// A lane, until no more requests come. Its isolate may fill its heap, or be ended: then it has another.
fn run(work: &Work, seat: &Seat, ready: Option<Ready>) {
  let mut ready = ready;
  while !seat.is_over() && !work.queue.are_closed() {
    let served = panic::catch_unwind(AssertUnwindSafe(|| serve(work, seat, &mut ready)));
    let ready = ready.take();
    match (served, ready) {
      (Ok(Ok(())), _) => {}
      (Ok(Err(faults)), Some(ready)) => {
        // Whoever waits for it may have given up.
        let _ = ready.send(Err(faults));
        return;
      }
      (Err(_), Some(ready)) => {
        let _ = ready.send(Err(of_all("a thread has panicked", "it opened the components")));
        return;
      }
      (Ok(Err(faults)), None) if !seat.is_over() => {
        for NotOpened { component, error } in faults {
          tracing::error!(target: "handler", component, "a lane cannot go on: {error}");
        }
        thread::sleep(PAUSE);
      }
      (Ok(Err(_)), None) => {}
      (Err(_), None) => {
        tracing::error!(target: "handler", "a lane has panicked, and begins anew");
        thread::sleep(PAUSE);
      }
    }
  }
}

/// Opens the handlers and takes requests, until there are no more or the isolate is at its end.
///
/// # Errors
///
/// When they cannot be opened.
fn serve(work: &Work, seat: &Seat, ready: &mut Option<Ready>) -> Result<(), Vec<NotOpened>> {
  let Work { group, settings, queue, .. } = work;
  let opening = work.opening.lock().unwrap_or_else(PoisonError::into_inner);
  if seat.is_over() {
    return Ok(());
  }
  let mut runtime = isolate(group, settings)?;
  // Given back before the isolate is dropped, which may take a while.
  let _seated = seat.take(&runtime, group.deadline);
  open(group, &settings.meters, &mut runtime)?;
  seat.is_open();
  drop(opening);
  if let Some(ready) = ready.take() {
    let _ = ready.send(Ok(()));
  }
  let is_over = || seat.is_over() || queue.are_closed();
  let Some(_place) = work.places.take() else { return Ok(()) };
  let _counted = settings.meters.count_isolate(runtime.metrics_reader());
  let (outer, inner) = (queue.outer.clone(), queue.inner.clone());
  let served = match group.is_native() {
    true => runtime.serve_native_requests(outer, inner, MAX_AT_ONCE),
    false => runtime.serve_requests(outer, inner, MAX_AT_ONCE),
  };
  if is_over() {
    return Ok(());
  }
  settings.meters.lane_restarted();
  let components = group.handlers.iter().map(|handler| &*handler.component).collect::<Vec<_>>().join(", ");
  match served {
    // A module may have closed what its isolate takes requests by.
    Ok(()) => tracing::error!(target: "handler", components, "a lane takes no more requests, and begins anew"),
    Err(Error::Ended) => {
      tracing::error!(target: "handler", components, "a handler loops: its lane is ended, and begins anew")
    }
    Err(Error::HeapLimit { limit }) => {
      let mebibytes = limit >> 20;
      let told = format!("it has filled V8's heap of {mebibytes} MiB; limits.heap of the manifest gives it more");
      tracing::error!(target: "handler", components, "a lane is ended, and begins anew: {told}")
    }
    Err(error) => tracing::error!(target: "handler", components, "a lane is ended, and begins anew: {error}"),
  }
  Ok(())
}

/// # Errors
///
/// When the system or the settings do not let there be one.
fn isolate(group: &Group, settings: &Settings) -> Result<Runtime, Vec<NotOpened>> {
  let mut builder = Runtime::builder().permissions(group.permissions.clone());
  builder = builder
    .granted_by(group.granted_by())
    .grants(group.grants.clone())
    .environment(group.environment.clone())
    .files(group.files.clone());
  if let Some(output) = &group.output {
    builder = builder.output(output.clone());
  }
  if let Some(cache) = &settings.cache {
    builder = builder.cache(cache);
  }
  let mebibytes = group.heap.unwrap_or(HEAP) as usize;
  builder
    .heap_limit(mebibytes.saturating_mul(1 << 20))
    .build()
    .map_err(|error| of_all("there can be no isolate", error))
}

fn open(group: &Group, meters: &Meters, runtime: &mut Runtime) -> Result<(), Vec<NotOpened>> {
  let faults = group.handlers.iter().filter_map(|handler| {
    let opened: Result<(), Error> = match &handler.opening {
      Opening::Guest { way, path, options, grants, .. } => {
        let instances: Arc<dyn Instances> = Arc::new(meters.instances(&handler.component));
        let grants = HandlerGrants { instances: Some(instances), ..grants.clone() };
        match way {
          Way::Requests => runtime.open_handler(handler.number, path, options, &grants),
          Way::Command => runtime.open_command_handler(handler.number, path, options, &grants),
          Way::Messages => runtime.open_receiver(handler.number, path, options, &grants),
        }
      }
      Opening::Module { way: Way::Messages, path, integrity, .. } => {
        runtime.open_receiver_module(handler.number, path, integrity.as_deref(), &group.files)
      }
      Opening::Module { path, integrity, .. } => {
        runtime.open_handler_module(handler.number, path, integrity.as_deref(), &group.files)
      }
      Opening::Native { way: Way::Messages, path, options, .. } => {
        runtime.open_native_receiver(handler.number, path, options)
      }
      Opening::Native { path, options, .. } => runtime.open_native_handler(handler.number, path, options),
    };
    let error = match (opened.err()?, group.deadline) {
      (Error::Ended, Some(deadline)) => {
        format!("its top level is not done after {} ms; limits.deadline gives it more", deadline.as_millis())
      }
      (error, _) => error.to_string(),
    };
    Some(NotOpened { component: handler.component.clone(), error })
  });
  let faults = faults.collect::<Vec<_>>();
  if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// What no component is to blame for.
fn of_all(what: &str, error: impl std::fmt::Display) -> Vec<NotOpened> {
  vec![NotOpened { component: String::new(), error: format!("{what}: {error}") }]
}
