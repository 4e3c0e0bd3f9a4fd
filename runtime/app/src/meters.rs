//! What is counted while an app is served, for `/metrics` of the admin address. Whoever counts a request has the
//! counters of its component at hand, and takes no lock but that of a histogram.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use http::StatusCode;
use plugbay::ErrorCode;
use plugbay::Instances;
use plugbay::MetricsReader;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Metric;
use prometheus_client::registry::Registry;

type Labels = Vec<(&'static str, String)>;

/// Seconds until the head of an answer.
const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 10.0];

/// Classes of statuses that answers have.
const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// What is counted of a process, over all versions of its app.
pub(crate) struct Meters {
  registry: Registry,
  requests: Family<Labels, Counter>,
  latencies: Family<Labels, Histogram, fn() -> Histogram>,
  in_flight: Family<Labels, Gauge>,
  refused: Family<Labels, Counter>,
  failures: Family<Labels, Counter>,
  queued: Family<Labels, Gauge>,
  instances: Family<Labels, Gauge>,
  made_instances: Family<Labels, Counter>,
  trapped_instances: Family<Labels, Counter>,
  guest_memory: Family<Labels, Gauge>,
  /// Connections that are open, those of them that nothing serves between requests, and those that were closed or
  /// refused because there were too many.
  pub(crate) connections: Gauge,
  pub(crate) resting_connections: Gauge,
  pub(crate) closed_idle: Counter,
  pub(crate) refused_connections: Counter,
  /// Reloads that took the next request, and those that left the old version.
  pub(crate) reloads: Counter,
  pub(crate) failed_reloads: Counter,
  lanes: Gauge,
  lane_restarts: Counter,
  ops: Counter,
  memory: Gauge,
  isolates: Mutex<Isolates>,
}

/// Whether an error of this code says that something took too long.
pub(crate) fn is_late(code: &str) -> bool {
  [ErrorCode::WasmDeadline, ErrorCode::CallDeadline].iter().any(|late| late.code() == code)
}

/// The isolates that answer requests.
#[derive(Default)]
struct Isolates {
  next: u64,
  readers: Vec<(u64, MetricsReader)>,
  /// Calls of ops in those that are gone.
  ops_of_gone: u64,
}

/// The counters of a component.
pub(crate) struct ComponentMeters {
  answers: [Counter; CLASSES.len()],
  latency: Histogram,
  in_flight: Gauge,
  /// Requests that were refused because too many wait.
  pub(crate) refused: Counter,
  deadlines: Counter,
  traps: Counter,
  errors: Counter,
}

/// What counts the instances of a component.
pub(crate) struct InstanceMeters {
  open: Gauge,
  made: Counter,
  trapped: Counter,
  memory: Gauge,
}

impl Instances for InstanceMeters {
  fn opened(&self) {
    self.made.inc();
    self.open.inc();
  }

  fn ended(&self, has_trapped: bool) {
    self.open.dec();
    if has_trapped {
      self.trapped.inc();
    }
  }

  fn memory_changed(&self, by: i64) {
    self.memory.inc_by(by);
  }
}

/// A request that is answered when this is dropped.
pub(crate) struct InFlight<'m>(&'m Gauge);

impl Drop for InFlight<'_> {
  fn drop(&mut self) {
    self.0.dec();
  }
}

impl ComponentMeters {
  /// A request begins.
  pub(crate) fn begin(&self) -> InFlight<'_> {
    self.in_flight.inc();
    InFlight(&self.in_flight)
  }

  /// It is answered, up to the body.
  pub(crate) fn answered(&self, status: StatusCode, time: Duration) {
    let class = usize::from(status.as_u16() / 100).clamp(2, 5) - 2;
    self.answers[class].inc();
    self.latency.observe(time.as_secs_f64());
  }

  /// It is not answered, for an error of this code, or of none.
  pub(crate) fn failed(&self, code: &str) {
    let trapped = [ErrorCode::WasmTrap.code(), ErrorCode::PluginPanic.code()];
    match code {
      _ if is_late(code) => drop(self.deadlines.inc()),
      _ if trapped.contains(&code) => drop(self.traps.inc()),
      _ => drop(self.errors.inc()),
    }
  }
}

/// Adds a metric to those that are told.
fn registered<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
  registry.register(name, help, metric.clone());
  metric
}

/// One that begins at nothing.
fn counted<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
  registered(registry, name, help, M::default())
}

impl Meters {
  pub(crate) fn new() -> Self {
    let mut registry = Registry::with_prefix("plugbay");
    let r = &mut registry;
    r.register("build", "This program", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
    let latency = (|| Histogram::new(BUCKETS)) as fn() -> Histogram;
    let latencies = Family::new_with_constructor(latency);
    Self {
      requests: counted(r, "requests", "Requests that were answered, by component and class of status"),
      latencies: registered(r, "request_duration_seconds", "Seconds until the head of an answer", latencies),
      in_flight: counted(r, "requests_in_flight", "Requests whose answers have not begun"),
      refused: counted(r, "requests_refused", "Requests answered 503 because too many waited"),
      failures: counted(r, "request_failures", "Requests that no handler answered, by kind of failure"),
      queued: counted(r, "requests_queued", "Requests that wait for a lane"),
      instances: counted(r, "instances", "Instances of WebAssembly that there are"),
      made_instances: counted(r, "instances_made", "Instances of WebAssembly that were made"),
      trapped_instances: counted(r, "instances_trapped", "Instances of WebAssembly that were ended by a trap"),
      guest_memory: counted(r, "guest_memory_bytes", "Memory of the instances of WebAssembly that there are"),
      connections: counted(r, "connections", "Connections that are open"),
      resting_connections: counted(r, "connections_resting", "Connections that rest between requests"),
      closed_idle: counted(r, "connections_closed_idle", "Idle connections closed to make room for others"),
      refused_connections: counted(r, "connections_refused", "Connections refused because too many were busy"),
      reloads: counted(r, "reloads", "Reloads of the app"),
      failed_reloads: counted(r, "reloads_failed", "Reloads that did not open, and left the old version"),
      lanes: counted(r, "lanes", "Lanes of the version that takes requests"),
      lane_restarts: counted(r, "lane_restarts", "Lanes that were at their end and began anew"),
      ops: counted(r, "op_calls", "Calls of ops on lanes"),
      memory: counted(r, "resident_memory_bytes", "Memory of the process"),
      isolates: Mutex::default(),
      registry,
    }
  }

  /// The counters of a component, which go on when its app is reloaded.
  pub(crate) fn component(&self, id: &str) -> ComponentMeters {
    let named = || vec![("component", id.to_string())];
    let with = |name, value: &str| vec![("component", id.to_string()), (name, value.to_string())];
    let failure = |kind| self.failures.get_or_create_owned(&with("kind", kind));
    ComponentMeters {
      answers: CLASSES.map(|class| self.requests.get_or_create_owned(&with("class", class))),
      latency: self.latencies.get_or_create_owned(&named()),
      in_flight: self.in_flight.get_or_create_owned(&named()),
      refused: self.refused.get_or_create_owned(&named()),
      deadlines: failure("deadline"),
      traps: failure("trap"),
      errors: failure("error"),
    }
  }

  /// What counts the instances of a component.
  pub(crate) fn instances(&self, id: &str) -> InstanceMeters {
    let named = vec![("component", id.to_string())];
    InstanceMeters {
      open: self.instances.get_or_create_owned(&named),
      made: self.made_instances.get_or_create_owned(&named),
      trapped: self.trapped_instances.get_or_create_owned(&named),
      memory: self.guest_memory.get_or_create_owned(&named),
    }
  }

  /// A lane was at its end and begins anew.
  pub(crate) fn lane_restarted(&self) {
    self.lane_restarts.inc();
  }

  fn isolates(&self) -> MutexGuard<'_, Isolates> {
    self.isolates.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Counts what an isolate does, until what it gives is dropped.
  pub(crate) fn count_isolate(self: &Arc<Self>, reader: MetricsReader) -> CountedIsolate {
    let mut isolates = self.isolates();
    let number = isolates.next;
    isolates.next += 1;
    isolates.readers.push((number, reader));
    CountedIsolate { meters: self.clone(), number }
  }

  /// All of it as Prometheus reads it, with how many requests wait, by component, and how many lanes there are.
  pub(crate) fn text<'q>(&self, queued: impl Iterator<Item = (&'q str, usize)>, lanes: usize) -> String {
    self.queued.clear();
    for (component, count) in queued {
      self.queued.get_or_create(&vec![("component", component.to_string())]).set(count as i64);
    }
    self.lanes.set(lanes as i64);
    self.ops.inner().store(self.isolates().op_calls(), std::sync::atomic::Ordering::Relaxed);
    self.memory.set(resident_memory());
    let mut text = String::new();
    // A string takes all of it.
    let _ = encode(&mut text, &self.registry);
    text
  }
}

impl Isolates {
  fn op_calls(&self) -> u64 {
    let calls = self.readers.iter().map(|(_, reader)| reader.metrics().totals.ops_dispatched());
    self.ops_of_gone + calls.sum::<u64>()
  }
}

/// An isolate that is counted.
pub(crate) struct CountedIsolate {
  meters: Arc<Meters>,
  number: u64,
}

impl Drop for CountedIsolate {
  fn drop(&mut self) {
    let mut isolates = self.meters.isolates();
    if let Some(place) = isolates.readers.iter().position(|(number, _)| *number == self.number) {
      let (_, reader) = isolates.readers.swap_remove(place);
      isolates.ops_of_gone += reader.metrics().totals.ops_dispatched();
    }
  }
}

/// Bytes of the process in memory; 0 where the system does not say.
fn resident_memory() -> i64 {
  let pages = std::fs::read_to_string("/proc/self/statm").ok();
  let pages = pages.and_then(|text| text.split(' ').nth(1)?.parse::<i64>().ok());
  pages.map_or(0, |pages| pages * rustix::param::page_size() as i64)
}
