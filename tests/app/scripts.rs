//! Modules of JavaScript have what components have: services, files, variables, and one another.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::thread;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use crate::components_http::build_spin;
use crate::components_http::serve;
use crate::harness::builds_wasi_guests;
use crate::harness::root;

const MANIFEST: &str = r#"
  [app]
  name = "site"

  [variables]
  greeting = { default = "hello" }
  server = { default = "nowhere.example" }

  [[trigger.http]]
  route = "/..."
  component = "one"
  [[trigger.http]]
  route = { private = true }
  component = "two"
  [[trigger.http]]
  route = "/fixed"
  static_response = { body = "short and stout" }

  [component.one]
  source = "script.js"
  key_value_stores = ["default", "shared"]
  sqlite_databases = ["default"]
  files = ["texts/*.txt", "texts/*.wasm", { source = "texts", destination = "/mounted" }]
  allowed_outbound_hosts = ["http://two.spin.internal", "http://one.spin.internal", "http://self", "http://{{ server }}"]
  environment = { COLOR = "blue" }
  [component.one.variables]
  greeting = "{{ greeting }}, you"

  [component.two]
  source = "script.js"
  key_value_stores = ["other", "shared"]
  allowed_outbound_hosts = ["http://one.spin.internal"]
"#;

fn app() -> App {
  let script = std::fs::read_to_string(root().join("tests/app/script.js")).expect("it is there");
  App::new(&[
    ("plugbay.toml", MANIFEST),
    ("script.js", &script),
    ("texts/a.txt", "the text"),
    ("texts/b.md", "another"),
    ("secret.txt", "secret"),
  ])
}

/// The same under the prelude that tells when the runtime asks for what a script can replace.
fn poisoned() -> App {
  let app = app();
  app.write_poisoned("script.js");
  std::fs::write(app.path().join("plugbay.toml"), MANIFEST.replace("script.js", "entry.js"))
    .expect("it can be written");
  app
}

fn up(app: &App, server: &str) -> Host {
  let mut command = app.command();
  command.args(["--variable", &format!("server={server}")]);
  Host::start(command)
}

fn ask(host: &Host, path: &str) -> String {
  host.get(path).text()
}

/// Ends an app that has asked for nothing that a script can replace.
fn end(host: Host) {
  let said = host.end();
  assert!(!said.contains("POISONED"), "{said}");
}

/// What component two says, by way of component one.
fn ask_two(host: &Host, path: &str) -> String {
  let answer: (u16, String) =
    serde_json::from_str(&ask(host, &format!("/fetch/http://two.spin.internal{path}"))).expect("it has asked");
  answer.1
}

/// What it leaves for later fails later.
#[test]
fn what_a_handler_waits_for_in_vain_is_logged_and_does_not_change_its_answer() {
  let handler = "export default { async fetch(request, env, context) {
    context.waitUntil(Promise.reject(new TypeError('in vain')));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return new Response('answered');
  } };";
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", handler)]);
  let host = Host::start(app.command_of(1));
  let answer = host.get("/");
  assert_eq!((answer.status, answer.text().as_str()), (200, "answered"));
  let logged = host.says("in vain");
  assert!(logged.contains("TypeError: in vain (file://") && logged.contains("handler.js:2:"), "{logged}");
  assert!(!host.end().contains("Bad resource"));
}

#[test]
fn a_module_has_the_services_that_it_is_granted_and_no_others() {
  for app in [app(), poisoned()] {
    let host = up(&app, "nowhere.example");
    let kept = r#"[null,"of default",true,[2,3],["bytes","key"],false,null]"#;
    assert_eq!(ask(&host, "/keep/default"), kept);
    assert_eq!(ask_two(&host, "/keep/other"), kept.replace("default", "other"));
    // A store that both have is one.
    assert_eq!(ask(&host, "/keep/shared"), kept.replace("default", "shared"));
    assert_eq!(ask_two(&host, "/read/shared"), r#""of shared""#);
    for (told, line) in [
      (ask_two(&host, "/keep/default"), r#"key_value_stores = [\"other\", \"shared\", \"default\"]"#),
      (ask(&host, "/keep/other"), r#"key_value_stores = [\"default\", \"shared\", \"other\"]"#),
      (ask_two(&host, "/query/default"), r#"sqlite_databases = [\"default\"]"#),
      (ask_two(&host, "/variable/greeting"), r#"[component.two.variables]: greeting"#),
    ] {
      assert!(told.starts_with("\"NotCapable ERR_SERVICE: component ") && told.contains(line), "{line}: {told}");
    }
    let row = r#"[["a","b","c","d","e","f"],[1,1.5,"text",[7,8],null,"1152921504606846976n"],1,1,[["integer","real","blob","real"]]]"#;
    assert_eq!(ask(&host, "/query/default"), row);
    assert_eq!(ask(&host, "/variable/greeting"), r#""hello, you""#);
    let bad = ask(&host, "/bad");
    for text in [
      "TypeError ERR_SERVICE: keyValue() takes the name of a store, got the number 7",
      "TypeError ERR_SERVICE: get() takes a key, got an object",
      "TypeError ERR_SERVICE: set() takes a string or a Uint8Array as its value, got the number 7",
      "TypeError ERR_SERVICE: execute() takes an array of parameters, got the string",
      "got an object as parameter 1",
      "as parameter 1",
      "Error ERR_SERVICE: the service cannot do that: near",
      "TypeError ERR_SERVICE: variables.get() takes the name of a variable, got undefined",
      "TypeError ERR_SERVICE: path() takes the path of a file, got the number 7",
    ] {
      assert!(bad.contains(text), "{text}: {bad}");
    }
    end(host);
  }
}

#[test]
fn requests_have_connections_of_their_own() {
  let app = app();
  let host = up(&app, "nowhere.example");
  let sent = (0..16).map(|_| host.send("GET", "/transaction/default", &[], b"")).collect::<Vec<_>>();
  let mut counts = sent.into_iter().map(|sent| sent.answer().text()).collect::<Vec<_>>();
  counts.sort_by_key(|count| count.parse::<u32>().unwrap_or_else(|_| panic!("{count}")));
  assert_eq!(counts, (0..16).map(|count| count.to_string()).collect::<Vec<_>>());
}

#[test]
fn what_fetch_has_decoded_is_sent_as_it_is() {
  // "decoded", by gzip.
  const BYTES: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\x4b\x49\x4d\xce\x4f\x49\x4d\x01\0\xf6\x9a\xf0\x1a\x07\0\0\0";
  let server = TcpListener::bind("127.0.0.1:0").expect("there is a port");
  let address = server.local_addr().expect("it has one");
  thread::spawn(move || {
    let (mut stream, _) = server.accept().expect("somebody asks");
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
      let mut piece = [0; 1024];
      let length = stream.read(&mut piece).expect("it asks");
      asked.extend_from_slice(&piece[..length]);
    }
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", BYTES.len());
    stream.write_all(&[head.as_bytes(), BYTES].concat()).expect("it is read");
  });
  let manifest = format!("{ONE_MODULE}allowed_outbound_hosts = ['http://{address}']\n");
  let handler = format!("export default {{ fetch: () => fetch('http://{address}/') }};");
  let host = App::new(&[("plugbay.toml", &manifest), ("handler.js", &handler)]).up();
  let answer = host.get("/");
  assert_eq!((answer.text().as_str(), answer.header("content-encoding")), ("decoded", None));
}

#[test]
fn odd_answers_are_taken_or_refused_in_words() {
  let handler = "export const fetch = (request) => new URL(request.url).pathname === '/frozen'
    ? Object.freeze(Promise.resolve(new Response('frozen')))
    : Object.create(Response.prototype);";
  let host = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", handler)]).up();
  assert_eq!(host.get("/frozen").text(), "frozen");
  assert_eq!(host.get("/").status, 500);
  host.says("gave no Response");
}

/// Variables, files and what goes on after the answer.
#[test]
fn a_module_sees_what_is_the_components() {
  for app in [app(), poisoned()] {
    let module = wat::parse_str("(module (func (export \"seven\") (result i32) i32.const 7))").expect("it is a module");
    app.write("texts/seven.wasm", &module);
    let host = Host::start(app.command_of(1));
    assert_eq!(ask(&host, "/plugin/texts%2Fseven.wasm"), "7");
    assert_eq!(ask(&host, "/environment"), r#"["blue",null,false,null,{"COLOR":"blue"}]"#);
    assert!(ask(&host, "/change").contains("NotCapable"));
    for name in ["texts/a.txt", "/texts/a.txt", "/mounted/a.txt"] {
      assert_eq!(ask(&host, &format!("/file/{}", name.replace('/', "%2F"))), r#""the text""#, "{name}");
    }
    for (path, told) in [
      ("/file/texts%2Fb.md", "NotFound"),
      ("/file/..%2F..%2F..%2Fetc%2Fhostname", "NotCapable"),
      ("/real/%2Fetc%2Fhostname", "NotCapable"),
      (&format!("/real/{}", app.path().join("secret.txt").display().to_string().replace('/', "%2F")), "NotCapable"),
      ("/write/texts%2Fa.txt", "NotCapable"),
      ("/directory", "Deno.chdir()"),
    ] {
      assert!(ask(&host, path).contains(told), "{path}: {}", ask(&host, path));
    }
    // What to do is said of the manifest, and not of a command line that nobody has.
    for (path, advice) in [
      ("/real/%2Fetc%2Fhostname", "files of component one in the manifest"),
      ("/write/texts%2Fa.txt", "plugbay up with --allow-transient-write"),
      ("/import/%2Fetc%2Fhostname", "files of component one in the manifest"),
      ("/native/%2Flib%2Fa.so", "kind = \\\"native\\\" in the manifest"),
    ] {
      let told = ask(&host, path);
      // Of an import it is the module that is not found.
      let is_refused = told.contains("NotCapable") || told.contains("ERR_MODULE_NOT_FOUND");
      assert!(is_refused && told.contains(advice), "{path}: {told}");
      assert!(!told.contains("run again") && !told.contains("--allow-read"), "{path}: {told}");
    }
    assert_eq!(ask(&host, "/later/default"), r#""at once""#);
    host.says("it went wrong later");
    assert_eq!(ask(&host, "/read/default"), r#""later""#);
    assert_eq!(ask(&host, "/kept/default"), r#""first""#);
    assert!(ask(&host, "/kept/default").contains("BadResource ERR_SERVICE: the request is over"));
    end(host);
  }
}

#[test]
fn a_module_writes_where_it_may_and_sees_directories_as_they_are() {
  let app = App::new(&[("texts/a.txt", "the text")]);
  let script = std::fs::read_to_string(root().join("tests/app/script.js")).expect("it is there");
  app.write("script.js", script.as_bytes());
  app.write("plugbay.toml", MANIFEST.replace("\"texts/*.txt\", \"texts/*.wasm\", ", "").as_bytes());
  let mut command = app.command();
  command.args(["--direct-mounts", "--allow-transient-write"]);
  let host = Host::start(command);
  assert_eq!(ask(&host, "/write/mounted%2Fb.txt"), "null");
  assert_eq!(std::fs::read_to_string(app.path().join("texts/b.txt")).expect("it is there"), "written");
  let told = ask(&host, "/file/texts%2Fa.txt");
  assert!(told.contains("NotCapable ERR_SERVICE: the component has no file \\\"texts/a.txt\\\""), "{told}");
}

#[test]
fn modules_ask_one_another_and_other_servers_by_one_grammar() {
  for app in [app(), poisoned()] {
    let server = serve().to_string();
    let host = up(&app, &server);
    let fetch = |url: &str| ask(&host, &format!("/fetch/{url}"));
    let post = |url: &str| host.ask("POST", &format!("/fetch/{url}"), &[], b"a body").text();
    assert_eq!(post(&format!("http://{server}/post")), r#"[200,"a body"]"#);
    assert_eq!(fetch("http://self/fixed"), r#"[200,"short and stout"]"#);
    assert_eq!(fetch("http://self/variable/greeting"), r#"[200,"\"hello, you\""]"#);
    assert_eq!(fetch("http://self/.well-known/spin/health"), r#"[200,"OK"]"#);
    let nested = post(&format!("http://one.spin.internal/fetch/http://{server}/post"));
    assert_eq!(nested, r#"[200,"[200,\"a body\"]"]"#);
    for (told, line) in [
      (fetch("http://other.example/"), r#"add \"http://other.example\" to allowed_outbound_hosts of component one"#),
      (fetch("https://self/fixed"), r#"add \"https://self\""#),
      (fetch("http://gone.spin.internal/"), r#"add \"http://gone.spin.internal\""#),
      (ask_two(&host, "/fetch/http://self/fixed"), r#"add \"http://self\" to allowed_outbound_hosts of component two"#),
      (ask_two(&host, &format!("/fetch/http://{server}/post")), "of component two"),
    ] {
      assert!(told.starts_with("\"NotCapable : it may not make requests to") && told.contains(line), "{line}: {told}");
    }
    assert!(fetch(&format!("http://{server}/moved")).starts_with("[200,"));
    end(host);
  }
}

#[test]
fn redirects_lead_nowhere_else() {
  let app = app();
  let (server, elsewhere) = (redirect(), serve().to_string());
  let host = up(&app, &server);
  let told = ask(&host, &format!("/fetch/http://{server}/{elsewhere}"));
  assert!(told.contains("NotCapable") && told.contains(&format!("http://{elsewhere}")), "{told}");
}

/// A server that sends every request to the host that its path names.
fn redirect() -> String {
  use std::io::BufRead;
  use std::io::Write;
  let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address").to_string();
  std::thread::spawn(move || {
    for mut stream in listener.incoming().map_while(Result::ok) {
      let mut lines = std::io::BufReader::new(stream.try_clone().expect("it can be read")).lines();
      let line = lines.next().and_then(Result::ok).unwrap_or_default();
      let to = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_string();
      lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
      let _ = write!(
        stream,
        "HTTP/1.1 302 Found\r\nlocation: http://{to}/\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
      );
    }
  });
  address
}

/// Services, queues, requests: whatever has a number.
#[test]
fn a_module_that_closes_all_that_it_has_harms_itself_alone() {
  let app = app();
  let host = Host::start(app.command_of(1));
  assert_eq!(host.get("/close").status, 500);
  host.says("begins anew");
  assert_eq!(ask(&host, "/variable/greeting"), r#""hello, you""#);
  assert_eq!(ask_two(&host, "/read/shared"), "null");
}

/// Whoever asks itself comes to an end, by its name or by the app's routes.
#[test]
fn what_asks_itself_comes_to_an_end() {
  let app = app();
  let host = Host::start(app.command_of(1));
  for url in ["http://one.spin.internal", "http://self"] {
    let answer = ask(&host, &format!("/again/{}", url.replace('/', "%2F")));
    assert_eq!(answer, "33", "{url}");
  }
  host.says("no more than 32 deep");
  // It goes on.
  assert_eq!(ask(&host, "/variable/greeting"), r#""hello, you""#);
}

/// A component asks a module, which asks a component; and both ask one another until they are not asked any more.
#[test]
fn components_and_modules_ask_one_another() {
  if !builds_wasi_guests() {
    return;
  }
  let script = r#"
    export default {
      async fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === "/relay") {
          return await fetch("http://back.spin.internal/called", { method: "POST", body: request.body });
        }
        const body = "http://script.spin.internal/loop";
        return await fetch("http://front.spin.internal/fetch", { method: "POST", body });
      },
    };
  "#;
  let manifest = r#"
    [app]
    name = "mixed"
    [[trigger.http]]
    route = "/..."
    component = "front"
    [[trigger.http]]
    route = { private = true }
    component = "script"
    [[trigger.http]]
    route = { private = true }
    component = "back"
    [component.front]
    source = "app.wasm"
    allowed_outbound_hosts = ["http://script.spin.internal"]
    [component.back]
    source = "app.wasm"
    [component.script]
    source = "script.js"
    allowed_outbound_hosts = ["http://*.spin.internal"]
  "#;
  let app = App::new(&[("plugbay.toml", manifest), ("script.js", script)]);
  app.write("app.wasm", &std::fs::read(&build_spin()[2]).expect("it was built"));
  let host = Host::start(app.command_of(1));
  let post = |url: &str| host.ask("POST", "/fetch", &[], url.as_bytes());
  let relayed = post("http://script.spin.internal/relay");
  let text = relayed.text();
  assert!(relayed.status == 200 && text.contains("POST") && text.ends_with("ping"), "{text}");
  assert_eq!(post("http://script.spin.internal/loop").status, 508);
  host.says("no more than 32 deep");
  assert_eq!(post("http://script.spin.internal/relay").status, 200);
}

#[test]
fn a_module_alone_is_an_app() {
  let script = "export const fetch = (request) => new Response(new URL(request.url).pathname);";
  let app = App::new(&[("hello.js", script), ("hello.ts", script)]);
  let of = |path: &Path| {
    let mut command = crate::harness::plugbay();
    command.args(["up", "--listen", "127.0.0.1:0", "--lanes", "1", "--from"]).arg(path);
    command
  };
  let host = Host::start(of(&app.path().join("hello.js")));
  assert_eq!(ask(&host, "/any/path"), "/any/path");
  let output = of(&app.path().join("hello.ts")).output().expect("plugbay runs");
  let told = String::from_utf8_lossy(&output.stderr).into_owned();
  assert!(!output.status.success() && told.contains("hello.ts") && told.contains("compile it first"), "{told}");
}
