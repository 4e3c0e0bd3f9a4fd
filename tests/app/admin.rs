//! What whoever runs an app asks of it.

use std::io::Read;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use super::host::Answer;
use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use super::host::get;
use crate::harness::builds_wasi_guests;

/// Whose requests have 2 s.
fn manifest() -> String {
  format!("{ONE_MODULE}limits = {{ deadline = 2000 }}\n")
}

const HANDLER: &str = r#"
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/loop") for (;;);
      if (pathname === "/throw") throw new Error("it was asked to");
      if (pathname === "/none") return new Response("", { status: 404 });
      if (pathname === "/slow") await new Promise((go) => setTimeout(go, 1000));
      return new Response("fine");
    },
  };
"#;

fn up(app: &App) -> (Host, SocketAddr) {
  start(app.command_of(1))
}

/// Waits until it is ready; gives the admin address too.
pub(super) fn start(mut command: Command) -> (Host, SocketAddr) {
  command.args(["--admin", "127.0.0.1:0"]);
  let host = Host::start(command);
  let said = host.says("the admin address is");
  let address = said.rsplit(' ').next().and_then(|address| address.parse().ok()).expect("it says it");
  let end = Instant::now() + Duration::from_secs(60);
  while get(address, "/ready").status != 200 {
    assert!(Instant::now() < end, "it is not ready");
    thread::sleep(Duration::from_millis(10));
  }
  (host, address)
}

pub(super) fn value(metrics: &Answer, name: &str) -> f64 {
  let text = metrics.text();
  let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
  found.unwrap_or_else(|| panic!("{name}: {text}")).parse().expect("it is a number")
}

#[test]
fn it_says_how_it_fares() {
  let app = App::new(&[("plugbay.toml", &manifest()), ("handler.js", HANDLER)]);
  let (mut host, admin) = up(&app);
  for path in ["/live", "/ready"] {
    assert_eq!(get(admin, path).status, 200, "{path}");
  }
  assert_eq!(get(admin, "/other").status, 404);
  for (path, status) in [("/", 200), ("/", 200), ("/none", 404), ("/throw", 500), ("/loop", 504)] {
    assert_eq!(host.get(path).status, status, "{path}");
  }
  host.says("begins anew");
  assert_eq!(host.get("/").status, 200);
  host.signal("HUP");
  host.says("reloaded");
  app.write("handler.js", b"this is no JavaScript");
  host.signal("HUP");
  host.says("it cannot be reloaded");
  let metrics = get(admin, "/metrics");
  assert!(metrics.header("content-type").is_some_and(|kind| kind.contains("openmetrics")));
  for (name, expected) in [
    ("plugbay_requests_total{component=\"script\",class=\"2xx\"}", 3.0),
    ("plugbay_requests_total{component=\"script\",class=\"4xx\"}", 1.0),
    ("plugbay_requests_total{component=\"script\",class=\"5xx\"}", 2.0),
    ("plugbay_request_duration_seconds_count{component=\"script\"}", 6.0),
    ("plugbay_requests_in_flight{component=\"script\"}", 0.0),
    ("plugbay_requests_queued{component=\"script\"}", 0.0),
    ("plugbay_requests_refused_total{component=\"script\"}", 0.0),
    ("plugbay_request_failures_total{component=\"script\",kind=\"deadline\"}", 1.0),
    ("plugbay_request_failures_total{component=\"script\",kind=\"error\"}", 1.0),
    ("plugbay_reloads_total", 1.0),
    ("plugbay_reloads_failed_total", 1.0),
    ("plugbay_lanes", 1.0),
    ("plugbay_lane_restarts_total", 1.0),
  ] {
    assert_eq!(value(&metrics, name), expected, "{name}");
  }
  assert!(value(&metrics, "plugbay_resident_memory_bytes") > 1e6);
  assert!(metrics.text().contains("plugbay_build_info{version="));
  // It takes requests no more when it is to end, and answers what it has.
  let slow = host.send("GET", "/slow", &[], b"");
  thread::sleep(Duration::from_millis(300));
  host.signal("TERM");
  while get(admin, "/ready").status != 503 {
    thread::sleep(Duration::from_millis(10));
  }
  assert_eq!(get(admin, "/live").status, 200);
  assert_eq!(slow.answer().text(), "fine");
  assert!(host.wait().success());
}

#[test]
fn it_says_what_instances_there_are() {
  if !builds_wasi_guests() {
    return;
  }
  let app = App::of_guest("stateless = false\ninstances = 1");
  let (host, admin) = up(&app);
  let counts = || {
    let metrics = get(admin, "/metrics");
    ["instances", "instances_made_total", "instances_trapped_total", "guest_memory_bytes"]
      .map(|name| value(&metrics, &format!("plugbay_{name}{{component=\"guest\"}}")))
  };
  // One of the lane, and one of the spare, which is made meanwhile.
  let wait_for = |open: f64, made: f64, trapped: f64| {
    let end = Instant::now() + Duration::from_secs(60);
    while counts()[..3] != [open, made, trapped] {
      assert!(Instant::now() < end, "{:?}, not {:?}", counts(), [open, made, trapped]);
      thread::sleep(Duration::from_millis(10));
    }
    let memory = counts()[3];
    assert!(memory >= open * 65536.0 && memory % 65536.0 == 0.0, "{memory}");
  };
  wait_for(2.0, 2.0, 0.0);
  assert_eq!(host.get("/head").status, 200);
  wait_for(2.0, 2.0, 0.0);
  // Its answer breaks off.
  let _ = host.send("GET", "/trap", &[], b"").0.read_to_end(&mut Vec::new());
  wait_for(1.0, 2.0, 1.0);
  assert_eq!(host.get("/head").status, 200);
  wait_for(2.0, 3.0, 1.0);
  // Those of an old version go with it.
  host.signal("HUP");
  host.says("reloaded");
  wait_for(2.0, 5.0, 1.0);
}

#[test]
fn an_admin_address_that_is_taken_is_told() {
  let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a port");
  let port = taken.local_addr().expect("it has an address").port().to_string();
  let app = App::new(&[("plugbay.toml", &manifest()), ("handler.js", HANDLER)]);
  let output = app.command().args(["--admin", &port]).output().expect("plugbay runs");
  let told = String::from_utf8_lossy(&output.stderr);
  assert!(!output.status.success() && told.contains(&format!("admin address 127.0.0.1:{port}")), "{told}");
}
