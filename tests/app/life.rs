//! From the start to the end: reloads, drains, lanes.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use crate::harness::builds_wasi_guests;

fn handler(version: &str) -> String {
  format!(
    r#"
      let asked;
      export default {{
        async fetch(request) {{
          const {{ pathname }} = new URL(request.url);
          if (pathname === "/slow") await new Promise((go) => setTimeout(go, 1000));
          return new Response("version {version}");
        }},
      }};
    "#
  )
}

#[test]
fn what_it_was_asked_is_answered_before_it_ends() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", &handler("1"))]);
  let mut host = app.up();
  let slow = host.send("GET", "/slow", &[], b"");
  // Until it has the request.
  thread::sleep(Duration::from_millis(300));
  host.signal("TERM");
  assert_eq!(slow.answer().text(), "version 1");
  assert!(host.wait().success());
}

#[test]
fn the_second_signal_ends_it_now() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", &handler("1"))]);
  let mut host = app.up();
  let _slow = host.send("GET", "/slow", &[], b"");
  thread::sleep(Duration::from_millis(100));
  host.signal("TERM");
  thread::sleep(Duration::from_millis(100));
  host.signal("TERM");
  assert!(!host.wait().success());
}

/// No request fails while the app is replaced again and again, and a version that does not open changes nothing.
#[test]
fn reloads_lose_no_request() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", &handler("1"))]);
  let host = app.up();
  let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
  thread::scope(|scope| {
    for _ in 0..2 {
      scope.spawn(|| {
        while !is_over.load(Ordering::Relaxed) {
          let answer = host.get("/");
          assert!(answer.status == 200 && answer.text().starts_with("version "), "{answer:?}");
          answered.fetch_add(1, Ordering::Relaxed);
        }
      });
    }
    for version in 2..7 {
      app.write("handler.js", handler(&version.to_string()).as_bytes());
      host.signal("HUP");
      host.says("reloaded");
      assert_eq!(host.get("/").text(), format!("version {version}"));
    }
    app.write("handler.js", b"this is no JavaScript");
    host.signal("HUP");
    host.says("it cannot be reloaded");
    assert_eq!(host.get("/").text(), "version 6");
    app.write("plugbay.toml", b"[app]\nname = 5");
    host.signal("HUP");
    host.says("it cannot be reloaded");
    assert_eq!(host.get("/").text(), "version 6");
    is_over.store(true, Ordering::Relaxed);
  });
  assert!(answered.load(Ordering::Relaxed) > 5);
  assert!(host.stop().success());
}

#[test]
fn a_file_that_changes_is_reloaded() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", &handler("1"))]);
  let mut command = app.command();
  command.arg("--watch");
  let host = super::host::Host::start(command);
  app.write("handler.js", handler("2").as_bytes());
  host.says("reloaded");
  assert_eq!(host.get("/").text(), "version 2");
}

#[test]
fn a_module_that_changes_is_reloaded_with_what_imports_it() {
  let app = App::new(&[
    ("plugbay.toml", ONE_MODULE),
    ("handler.js", "import { word } from './lib/word.js'; export default { fetch: () => new Response(word) };"),
    ("lib/word.js", "export const word = 'one';"),
  ]);
  let mut command = app.command();
  command.arg("--watch");
  let host = super::host::Host::start(command);
  assert_eq!(host.get("/").text(), "one");
  app.write("lib/word.js", b"export const word = 'another';");
  host.says("reloaded");
  assert_eq!(host.get("/").text(), "another");
}

/// Hundreds of versions leave nothing behind: neither threads nor memory, and no request fails.
#[test]
fn a_hundred_reloads_under_load_keep_nothing() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", &handler("1"))]);
  let host = super::host::Host::start(app.command_of(1));
  let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
  thread::scope(|scope| {
    scope.spawn(|| {
      while !is_over.load(Ordering::Relaxed) {
        let answer = host.get("/");
        assert!(answer.status == 200 && answer.text().starts_with("version "), "{answer:?}");
        answered.fetch_add(1, Ordering::Relaxed);
      }
    });
    let reload = |count| {
      for _ in 0..count {
        host.signal("HUP");
        host.says("reloaded");
      }
      (host.status_of("Threads"), host.status_of("VmRSS"))
    };
    let (threads, memory) = reload(reloads() / 2);
    let (more_threads, more_memory) = reload(reloads() / 2);
    is_over.store(true, Ordering::Relaxed);
    // Of the last versions some end.
    assert!(more_threads <= threads + 12, "{threads} threads, then {more_threads}");
    assert!(more_memory <= memory + memory / 4, "{memory} KiB, then {more_memory}");
    println!("{threads} threads, then {more_threads}; {memory} KiB, then {more_memory}");
  });
  assert!(answered.load(Ordering::Relaxed) > 10);
  assert!(host.stop().success());
}

/// As many as the environment says; few by default, because each opens an isolate and more.
fn reloads() -> usize {
  std::env::var("PLUGBAY_RELOADS").ok().and_then(|count| count.parse().ok()).unwrap_or(100)
}

#[test]
fn compiled_components_are_there_for_the_next_start() {
  if !builds_wasi_guests() {
    return;
  }
  let app = App::of_guest("files = [{ source = \"kept\", destination = \"/kept\" }]");
  app.write("kept/a.txt", b"a");
  let says = |cache: &str, flags: &[&str]| {
    let mut command = app.command_of(1);
    command.env("PLUGBAY_LOG", "plugbay=debug,app=warn").env("PLUGBAY_CACHE", app.path().join(cache)).args(flags);
    let host = Host::start(command);
    assert_eq!(host.get("/hello").status, 200);
    host.end()
  };
  let (found_plan, found_module) = ("a component's plan is in ", "a compiled module is in ");
  assert!(!says("cache", &[]).contains("not kept"));
  let again = says("cache", &[]);
  assert!(again.contains(found_plan) && again.contains(found_module), "{again}");
  let flags = ["--direct-mounts", "--allow-transient-write"];
  assert!(says("cache", &flags).contains(found_module));
  // Not where any of its components may write: what is kept there is run for all.
  for writer in ["source = \"guest.wasm\"", "source = \"handler.js\"\nkind = \"javascript\""] {
    let files = "files = [{ source = \"kept\", destination = \"/kept\" }]";
    let manifest = std::fs::read_to_string(app.path().join("plugbay.toml")).expect("it is there").replace(files, "");
    let other =
      format!("[[trigger.http]]\nroute = \"/other\"\ncomponent = \"other\"\n[component.other]\n{writer}\n{files}");
    app.write("plugbay.toml", format!("{manifest}\n{other}").as_bytes());
    app.write("handler.js", handler("1").as_bytes());
    let said = says("kept/cache", &flags);
    assert!(said.contains("a component may write there") && !said.contains(found_module), "{said}");
    app.write("plugbay.toml", manifest.as_bytes());
  }
}
