//! Lanes: threads with an isolate each, in which handlers are open. They take requests from one queue.

use std::panic;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::thread::JoinHandle;
use std::time::Duration;

use plugbay::Error;
use plugbay::Requests;
use plugbay::Runtime;

use crate::handlers::Group;
use crate::handlers::Opening;
use crate::senders::Senders;

/// How many requests wait until a lane is free; more are refused.
const MAX_WAITING: usize = 256;
/// How many requests a lane takes while those before wait for something.
const MAX_AT_ONCE: u32 = 64;
/// Until a lane that cannot open its handlers any more tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// Of all lanes.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
  /// How many each group has.
  pub(crate) count: usize,
  /// The folder of compiled modules.
  pub(crate) cache: Option<PathBuf>,
}

/// The lanes of a group. They answer what is in their queue, and end when nobody can send to it any more.
pub(crate) struct Lanes {
  threads: Vec<JoinHandle<()>>,
}

/// What lanes take requests from.
#[derive(Clone)]
struct Queues {
  outer: Requests,
  inner: Requests,
}

impl Queues {
  fn are_closed(&self) -> bool {
    [&self.outer, &self.inner].iter().all(|queue| queue.is_closed() && queue.is_empty())
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
  /// Starts the lanes of a group, with their queue, and waits until all are ready. The first compiles what the others
  /// then share.
  ///
  /// # Errors
  ///
  /// Every component that cannot be opened.
  pub(crate) fn open(group: Group, settings: &Settings) -> Result<(Senders, Self), Vec<NotOpened>> {
    let group = Arc::new(group);
    let (outer, from_outside) = async_channel::bounded(MAX_WAITING);
    let (mut inner, from_inside) = async_channel::bounded(MAX_WAITING);
    if group.handlers.iter().all(|handler| matches!(handler.opening, Opening::Module { .. })) {
      // Modules ask no other component. So one queue will do, and a lane whose requests wait for nothing is found.
      inner = outer.clone();
    }
    let queue = Queues { outer: from_outside, inner: from_inside };
    let mut lanes = Self { threads: Vec::new() };
    lanes.start(&group, settings, &queue, 1)?;
    let count = if group.is_pinned { 1 } else { settings.count };
    lanes.start(&group, settings, &queue, count.saturating_sub(1))?;
    Ok((Senders { outer, inner }, lanes))
  }

  fn start(
    &mut self,
    group: &Arc<Group>,
    settings: &Settings,
    queue: &Queues,
    count: usize,
  ) -> Result<(), Vec<NotOpened>> {
    let (ready, all_ready) = mpsc::channel();
    for _ in 0..count {
      let (group, settings, queue, ready) = (group.clone(), settings.clone(), queue.clone(), ready.clone());
      let name = format!("lane-{}", self.threads.len());
      let started = thread::Builder::new().name(name).spawn(move || run(&group, &settings, &queue, ready));
      self.threads.push(started.map_err(|error| of_all("cannot start a thread", error))?);
    }
    drop(ready);
    for _ in 0..count {
      all_ready.recv().unwrap_or_else(|error| Err(of_all("a thread has ended before it was ready", error)))?;
    }
    Ok(())
  }

  /// Waits until they have ended.
  pub(crate) fn join(self) {
    for thread in self.threads {
      // One that has panicked has said so.
      let _ = thread.join();
    }
  }
}

/// A lane, until no more requests come. Its isolate may fill its heap: then it has another.
fn run(group: &Group, settings: &Settings, queue: &Queues, ready: Ready) {
  let mut ready = Some(ready);
  loop {
    let served = panic::catch_unwind(AssertUnwindSafe(|| serve(group, settings, queue, &mut ready)));
    match served {
      Ok(Ok(())) if queue.are_closed() => return,
      // A module may have closed what its isolate takes requests by.
      Ok(Ok(())) => tracing::error!(target: "handler", "a lane takes no more requests, and begins anew"),
      Ok(Err(faults)) => match ready.take() {
        Some(ready) => {
          // Whoever waits for it may have given up.
          let _ = ready.send(Err(faults));
          return;
        }
        None => {
          for NotOpened { component, error } in faults {
            tracing::error!(target: "handler", component, "a lane cannot go on: {error}");
          }
          thread::sleep(PAUSE);
        }
      },
      Err(_) => match ready.take() {
        Some(ready) => {
          let _ = ready.send(Err(of_all("a thread has panicked", "it opened the components")));
          return;
        }
        None => {
          tracing::error!(target: "handler", "a lane has panicked, and begins anew");
          thread::sleep(PAUSE);
        }
      },
    }
    if queue.are_closed() {
      return;
    }
  }
}

fn serve(group: &Group, settings: &Settings, queue: &Queues, ready: &mut Option<Ready>) -> Result<(), Vec<NotOpened>> {
  let mut runtime = open(group, settings)?;
  if let Some(ready) = ready.take() {
    let _ = ready.send(Ok(()));
  }
  runtime
    .serve_requests(queue.outer.clone(), queue.inner.clone(), MAX_AT_ONCE)
    .map_err(|error| of_all("it is ended", error))
}

fn open(group: &Group, settings: &Settings) -> Result<Runtime, Vec<NotOpened>> {
  let mut builder = Runtime::builder().permissions(group.permissions.clone());
  if let Some(cache) = &settings.cache {
    builder = builder.cache(cache);
  }
  if let Some(mebibytes) = group.heap {
    builder = builder.heap_limit((mebibytes as usize).saturating_mul(1 << 20));
  }
  let mut runtime = builder.build().map_err(|error| of_all("there can be no isolate", error))?;
  let faults = group.handlers.iter().filter_map(|handler| {
    let opened: Result<(), Error> = match &handler.opening {
      Opening::Plugin { path, options, grants } => runtime.open_handler(handler.number, path, options, grants),
      Opening::Command { path, options, grants } => runtime.open_command_handler(handler.number, path, options, grants),
      Opening::Receiver { path, options, grants } => runtime.open_receiver(handler.number, path, options, grants),
      Opening::Module { path } => runtime.open_handler_module(handler.number, path),
    };
    let error = opened.err()?.to_string();
    Some(NotOpened { component: handler.component.clone(), error })
  });
  let faults = faults.collect::<Vec<_>>();
  if faults.is_empty() { Ok(runtime) } else { Err(faults) }
}

/// What no component is to blame for.
fn of_all(what: &str, error: impl std::fmt::Display) -> Vec<NotOpened> {
  vec![NotOpened { component: String::new(), error: format!("{what}: {error}") }]
}
