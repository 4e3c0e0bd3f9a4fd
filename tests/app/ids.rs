//! What a request is called, from the client to the log and to other servers.

use std::io::Read;

use serde_json::Value;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use crate::components_http::serve;
use crate::harness::builds_wasi_guests;

const HANDLER: &str = r#"
  export default {
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/throw") throw new Error("it was asked to");
      return new Response(request.headers.get("x-request-id"));
    },
  };
"#;

#[test]
fn a_request_is_called_the_same_everywhere() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", HANDLER)]);
  let mut command = app.command();
  command.args(["--log-format", "json"]);
  let host = Host::start(command);
  let answer = host.ask("GET", "/", &["x-request-id: order-17"], b"");
  assert_eq!((answer.text().as_str(), answer.header("x-request-id")), ("order-17", Some("order-17")));
  let logged = serde_json::from_str::<Value>(&host.says("\"answered\"")).expect("it is JSON");
  for (name, expected) in [("request_id", "order-17"), ("path", "/"), ("method", "GET"), ("target", "access")] {
    assert_eq!(logged[name], expected, "{logged}");
  }
  assert_eq!(logged["status"], 200);
  // Others are made, one for each.
  let made = [host.get("/"), host.ask("GET", "/", &["x-request-id: a b"], b"")].map(|answer| answer.text());
  assert!(made[0] != made[1] && made.iter().all(|id| id.len() == 36), "{made:?}");
  assert_eq!(host.ask("GET", "/throw", &["x-request-id: order-18"], b"").status, 500);
  let logged = serde_json::from_str::<Value>(&host.says("it was asked to")).expect("it is JSON");
  assert_eq!(logged["request_id"], "order-18");
  let message = logged["message"].as_str().expect("there is one");
  assert!(message.contains("Error: it was asked to (file://") && message.contains("handler.js:"), "{message}");
}

/// Nor by what a handler throws.
#[test]
fn no_client_forges_a_line_of_the_log() {
  let handler = "export default { async fetch(request) { throw new Error(`no ${await request.text()}`); } };";
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", handler)]);
  let host = Host::start(app.command_of(1));
  let body = b"a\n2026-01-01T00:00:00Z  INFO access: answered\r\x1b[2J";
  assert_eq!(host.ask("POST", "/", &[], body).status, 500);
  let said = host.end();
  assert!(said.contains("Error: no a\n  | 2026-01-01T00:00:00Z  INFO access: answered\\r\\u{1b}[2J"), "{said}");
}

#[test]
fn whom_a_component_asks_is_told_what_the_request_is_called() {
  if !builds_wasi_guests() {
    return;
  }
  let server = serve();
  let app = App::of_guest(&format!("allowed_outbound_hosts = [\"http://{server}\"]"));
  let host = app.up();
  let answer = host.ask("GET", "/fetch", &["x-request-id: order-19", &format!("x-url: http://{server}/headers")], b"");
  assert!(answer.text().contains("x-request-id: order-19"), "{}", answer.text());
}

#[test]
fn whom_a_module_asks_is_told_what_its_own_request_is_called() {
  let server = serve();
  // Each asks when all are there, and again in what goes on after the answer.
  let handler = format!(
    r#"
      let left = 3, all;
      const are_there = new Promise((go) => all = go);
      const ask = async (init) => await (await fetch("http://{server}/headers", init)).text();
      export default {{
        async fetch(request) {{
          if (--left === 0) all();
          await are_there;
          const first = await ask();
          await new Promise((go) => setTimeout(go, 1));
          const others = [await ask(), await ask({{ headers: {{ "x-request-id": "its-own" }} }})];
          return new Response([first, ...others].join("--"));
        }},
      }};
    "#
  );
  let manifest = format!("{ONE_MODULE}  allowed_outbound_hosts = [\"http://{server}\"]\n");
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", &handler)]);
  let host = Host::start(app.command_of(1));
  let ids = ["order-1", "order-2", "order-3"];
  let sent = ids.map(|id| host.send("GET", "/", &[&format!("x-request-id: {id}")], b""));
  for (id, sent) in ids.iter().zip(sent) {
    let text = sent.answer().text();
    let told = text.split("--").map(|told| told.matches("x-request-id").count()).collect::<Vec<_>>();
    assert_eq!(told, [1, 1, 1], "{text}");
    assert_eq!(text.matches(&format!("x-request-id: {id}")).count(), 2, "{text}");
    assert!(text.ends_with("its-own") || text.contains("x-request-id: its-own"), "{text}");
  }
}

const ASKS: &str = r#"
  export default {
    async fetch(request, env, context) {
      const { pathname } = new URL(request.url);
      if (pathname === "/chained") return await fetch("http://other.spin.internal/throw");
      if (pathname === "/throw") throw new Error("it was asked to");
      if (pathname === "/later") {
        context.waitUntil(new Promise((_, fail) => setTimeout(() => fail(new Error("it failed later")), 5)));
        return new Response("at once");
      }
      return await fetch("http://gone.example/");
    },
  };
"#;

/// What a handler is refused, what it leaves for later, and what others do for its sake.
#[test]
fn what_goes_wrong_is_logged_once_with_its_request() {
  let manifest = format!(
    "{ONE_MODULE}  allowed_outbound_hosts = [\"http://other.spin.internal\"]\n[component.other]\n\
     source = \"handler.js\"\nallowed_outbound_hosts = []\n[[trigger.http]]\nroute = {{ private = true }}\n\
     component = \"other\"\n"
  );
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", ASKS)]);
  let host = Host::start(app.command_of(1));
  let ask = |path: &str, id: &str| host.ask("GET", path, &[&format!("x-request-id: {id}")], b"").status;
  assert_eq!(ask("/refused", "order-40"), 500);
  assert_eq!(ask("/chained", "order-41"), 500);
  assert_eq!(ask("/later", "order-42"), 200);
  host.says("it failed later");
  let said = host.end();
  let lines = |text: &str| said.lines().filter(|line| line.contains(text)).collect::<Vec<_>>();
  for (text, id) in [
    ("add \"http://gone.example\" to allowed_outbound_hosts", "order-40"),
    ("it was asked to", "order-41"),
    ("it failed later", "order-42"),
  ] {
    assert!(matches!(&*lines(text), [line] if line.contains(id)), "{text}: {said}");
  }
}

/// It is told no words, but the log has them.
#[test]
fn what_a_component_is_refused_is_logged_with_its_request() {
  if !builds_wasi_guests() {
    return;
  }
  let app = App::of_guest("");
  let host = app.up();
  host.ask("GET", "/fetch", &["x-request-id: order-43", "x-url: http://gone.example/"], b"");
  let line = host.says("add \"http://gone.example\" to allowed_outbound_hosts");
  assert!(line.contains("WARN") && line.contains("request_id=\"order-43\""), "{line}");
}

const PRINTS: &str = r#"
  const bytes = (text) => new TextEncoder().encode(text);
  console.error("opened");
  export default {
    async fetch(request) {
      const id = request.headers.get("x-request-id");
      console.log(`out ${id}\nagain ${id}`);
      await new Promise((go) => setTimeout(go, 1));
      console.error(`err ${id}`);
      Deno.stderr.writeSync(bytes("by itself\n"));
      const lengths = [Deno.stdout.writeSync(bytes("half ")), await Deno.stdout.write(bytes("a line\nand "))];
      const writer = Deno.stdout.writable.getWriter();
      await writer.write(bytes("a stream's"));
      let failure = "none";
      try {
        Deno.stdout.writeSync("text");
      } catch (error) {
        failure = error.name;
      }
      console.log(lengths.join(), failure, Deno.stdout.isTerminal());
      return new Response("printed");
    },
  };
"#;

/// As what a component of WebAssembly prints does.
#[test]
fn what_a_module_prints_goes_where_it_is_told_to_with_its_request() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", PRINTS)]);
  let logs = app.path().join("logs");
  let read = |stream: &str| std::fs::read_to_string(logs.join(format!("script_{stream}.txt"))).expect("it was written");
  let ask = |flags: &[&str]| {
    let mut command = app.command_of(1);
    command.args(flags);
    let host = Host::start(command);
    assert_eq!(host.ask("GET", "/", &["x-request-id: order-30"], b"").text(), "printed");
    host.end()
  };
  let said = ask(&[]);
  for line in ["err order-30", "by itself"] {
    assert!(said.contains(&format!("script order-30 | {line}\n")), "{said}");
  }
  let directory = logs.display().to_string();
  let said = ask(&["--log-dir", &directory]);
  assert!(said.contains("script order-30 | err order-30"), "{said}");
  let lines = ["out order-30", "again order-30", "half a line", "and a stream's", "5,11 TypeError false"];
  assert_eq!(read("stdout"), lines.map(|line| format!("order-30 | {line}\n")).concat());
  // Each lane opens it, and the spare.
  assert!(read("stderr").contains("- | opened\n"), "{}", read("stderr"));
  assert_eq!(read("stderr").replace("- | opened\n", ""), "order-30 | err order-30\norder-30 | by itself\n");
  let said = ask(&["--log-format", "json"]);
  let line = said.lines().find(|line| line.contains("\"out order-30\"")).unwrap_or_else(|| panic!("{said}"));
  let logged = serde_json::from_str::<Value>(line).expect("it is JSON");
  for (name, expected) in
    [("request_id", "order-30"), ("component", "script"), ("stream", "stdout"), ("target", "print")]
  {
    assert_eq!(logged[name], expected, "{logged}");
  }
}

/// Nothing that a script can replace is asked for meanwhile.
#[test]
fn what_a_module_prints_asks_nothing_of_it() {
  let app = App::new(&[("plugbay.toml", &ONE_MODULE.replace("handler.js", "entry.js")), ("handler.js", PRINTS)]);
  app.write_poisoned("handler.js");
  let host = Host::start(app.command_of(1));
  assert_eq!(host.ask("GET", "/", &["x-request-id: order-32"], b"").text(), "printed");
  let said = host.end();
  assert!(said.contains("script order-32 | by itself\n") && !said.contains("POISONED"), "{said}");
}

#[test]
fn a_quiet_host_prints_nothing_of_modules() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", PRINTS)]);
  // It does not say where it serves either.
  let mut command = crate::harness::plugbay();
  command.args(["up", "--quiet", "--lanes", "1", "--from"]).arg(app.path());
  let output = quiet_output(command);
  assert!(!output.contains("order-31") && !output.contains("by itself") && !output.contains("opened"), "{output}");
}

/// It is lost, and nobody else waits for it.
#[test]
fn what_nobody_reads_holds_no_request_for_ever() {
  use std::io::BufRead;
  let prints = "export default { fetch() { console.log('line\\n'.repeat(100000)); return new Response('printed'); } };";
  let manifest = format!("{ONE_MODULE}  limits = {{ deadline = 0 }}\n");
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", prints)]);
  let mut command = app.command_of(1);
  let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("plugbay runs");
  let mut unread = std::io::BufReader::new(child.stdout.take().expect("it is piped"));
  let mut line = String::new();
  unread.read_line(&mut line).expect("it says what it serves");
  let address = line.trim().rsplit('/').next().and_then(|address| address.parse().ok()).expect("it serves");
  assert_eq!(super::host::get(address, "/").text(), "printed");
  child.kill().expect("it runs");
  child.wait().expect("it ends");
}

/// All that a host prints that is asked once.
fn quiet_output(mut command: std::process::Command) -> String {
  use std::process::Stdio;
  let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address");
  drop(listener);
  let mut child = command
    .args(["--listen", &address.to_string()])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .expect("plugbay runs");
  let mut answer = String::new();
  super::host::until("it serves", || {
    let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
    std::io::Write::write_all(
      &mut stream,
      b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-request-id: order-31\r\n\r\n",
    )
    .is_ok()
      && stream.read_to_string(&mut answer).is_ok()
  });
  assert!(answer.contains("printed"), "{answer}");
  let killed = std::process::Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
  assert!(killed.expect("kill runs").success());
  let (mut said, mut errors) = (String::new(), String::new());
  child.stdout.take().expect("it is piped").read_to_string(&mut said).expect("it is text");
  child.stderr.take().expect("it is piped").read_to_string(&mut errors).expect("it is text");
  assert!(child.wait().expect("it ends").success());
  said + &errors
}

#[test]
fn what_a_component_prints_is_logged_with_its_request() {
  if !builds_wasi_guests() {
    return;
  }
  for kept in ["stateless = false\ninstances = 1", "stateless = true"] {
    let app = App::of_guest(kept);
    let mut command = app.command();
    command.args(["--log-format", "json"]);
    let host = Host::start(command);
    for id in ["order-20", "order-21"] {
      // It prints why it panics, and its answer breaks off.
      let _ = host.send("GET", "/trap", &[&format!("x-request-id: {id}")], b"").0.read_to_end(&mut Vec::new());
      let logged = serde_json::from_str::<Value>(&host.says("\"message\":\"in the middle\"")).expect("it is JSON");
      for (name, expected) in [("request_id", id), ("component", "guest"), ("stream", "stderr"), ("target", "print")] {
        assert_eq!(logged[name], expected, "{logged}");
      }
    }
  }
}
