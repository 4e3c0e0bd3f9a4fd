//! Where components come from: the web, and the locked app itself.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::process::Command;
use std::process::Stdio;

use super::host::App;
use super::host::Host;
use crate::harness::fixtures;
use crate::harness::plugbay;
use crate::harness::text_modules;

/// A command that answers by CGI.
fn module() -> Vec<u8> {
  text_modules();
  std::fs::read(fixtures().join("guests/wagi.wasm")).expect("it was made")
}

/// Serves the bytes once; by a redirect first.
fn serve_once(bytes: Vec<u8>) -> SocketAddr {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address");
  std::thread::spawn(move || {
    let moved =
      b"HTTP/1.1 302 Found\r\nlocation: /there.wasm\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
    for answer in [moved, [head.into_bytes(), bytes].concat()] {
      let (mut stream, _) = listener.accept().expect("somebody connects");
      let mut head = [0; 4096];
      let _ = stream.read(&mut head);
      let _ = stream.write_all(&answer);
    }
  });
  address
}

/// What a program makes of an input.
fn piped(program: &str, arguments: &[&str], input: &[u8]) -> String {
  let mut command = Command::new(program);
  let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
  child.stdin.take().expect("it is piped").write_all(input).expect("it reads");
  let output = child.wait_with_output().expect("it ends");
  String::from_utf8(output.stdout).expect("it prints text")
}

fn manifest(address: SocketAddr, digest: &str) -> String {
  format!(
    "spin_manifest_version = 2\n[application]\nname = \"far\"\n[[trigger.http]]\nroute = \"/...\"\ncomponent = \"far\"\n\
     executor = {{ type = \"wagi\" }}\n[component.far]\n\
     source = {{ url = \"http://{address}/here.wasm\", digest = \"sha256:{digest}\" }}\n"
  )
}

#[test]
fn a_component_from_the_web_is_kept_by_its_digest() {
  let module = module();
  let digest = piped("sha256sum", &[], &module)[..64].to_string();
  let app = App::new(&[("spin.toml", &manifest(serve_once(module), &digest))]);
  let up = || {
    let mut command = app.command_of(1);
    command.arg("--cache-dir").arg(app.path().join("cache")).arg("--temp").arg(app.path().join("temp"));
    let host = Host::start(command);
    assert_eq!(host.get("/any").status, 201);
    let copies = std::fs::read_dir(app.path().join("temp")).expect("it was made").count();
    assert!(host.stop().success() && copies == 1);
  };
  up();
  let kept = app.path().join(format!("cache/downloads/{digest}.wasm"));
  assert!(kept.is_file());
  // The server is gone.
  up();
  std::fs::write(&kept, b"changed").expect("it can be written");
  let mut command = app.command_of(1);
  command.arg("--cache-dir").arg(app.path().join("cache"));
  let told = String::from_utf8(command.output().expect("plugbay runs").stderr).expect("errors are text");
  assert!(told.contains("component far: ") && told.contains("here.wasm"), "{told}");
}

#[test]
fn a_file_has_the_digest_that_the_manifest_says() {
  let module = module();
  let digest = piped("sha256sum", &[], &module)[..64].to_string();
  let of_digest = |digest: &str| {
    let app = App::new(&[]);
    app.write("near.wasm", &module);
    let locked = format!(
      r#"{{"spin_lock_version": 1, "metadata": {{ "name": "locked" }}, "variables": {{}},
        "triggers": [{{ "id": "one", "trigger_type": "http",
          "trigger_config": {{ "component": "near", "route": "/...", "executor": {{ "type": "wagi" }} }} }}],
        "components": [{{ "id": "near", "source": {{ "content_type": "application/wasm",
          "source": "file://{}/near.wasm", "digest": "sha256:{digest}" }} }}]}}"#,
      app.path().display()
    );
    app.write("app.json", locked.as_bytes());
    app
  };
  let command = |app: &App| {
    let mut command = plugbay();
    command.args(["up", "--listen", "127.0.0.1:0", "--lanes", "1", "-f"]).arg(app.path().join("app.json"));
    command
  };
  for digest in [digest.clone(), digest.to_ascii_uppercase()] {
    let app = of_digest(&digest);
    assert_eq!(Host::start(command(&app)).get("/any").status, 201);
  }
  let output = command(&of_digest(&"0".repeat(64))).output().expect("plugbay runs");
  let told = String::from_utf8(output.stderr).expect("errors are text");
  assert!(told.contains("component near: ") && told.contains("options.integrity wants sha256-AAAA"), "{told}");
}

#[test]
fn a_module_has_the_digest_that_the_manifest_says() {
  let module = b"\xef\xbb\xbfexport const fetch = () => new Response('the module');".to_vec();
  let digest = piped("sha256sum", &[], &module)[..64].to_string();
  let app = |source: &str| {
    let manifest = format!(
      "[app]\nname = \"site\"\n[[trigger.http]]\nroute = \"/...\"\ncomponent = \"script\"\n\
       [component.script]\nkind = \"javascript\"\nsource = {{ {source} }}\n"
    );
    let app = App::new(&[("plugbay.toml", &manifest)]);
    app.write("handler.js", &module);
    app
  };
  let near = |digest: &str| app(&format!("path = \"handler.js\", digest = \"sha256:{digest}\""));
  let far = |digest: &str| {
    app(&format!("url = \"http://{}/here.js\", digest = \"sha256:{digest}\"", serve_once(module.clone())))
  };
  for served in [near(&digest), far(&digest)] {
    let host = served.up();
    assert_eq!(host.get("/any").text(), "the module");
    assert!(host.stop().success());
  }
  let told = near(&"0".repeat(64)).refused();
  assert!(told.contains("component script: ") && told.contains("ERR_PLUGIN_INTEGRITY"), "{told}");
  let told = far(&"0".repeat(64)).refused();
  assert!(told.contains("component script: ") && told.contains("is not what its digest says"), "{told}");
}

/// What was downloaded and looked at may be another file when it is opened.
#[test]
fn a_component_from_the_web_is_what_its_digest_says_when_it_is_opened() {
  let module = module();
  let digest = piped("sha256sum", &[], &module)[..64].to_string();
  let address = serve_once(module);
  let app = App::new(&[]);
  let downloads = app.path().join("cache/downloads");
  std::fs::create_dir_all(&downloads).expect("a folder can be made");
  let manifest = format!(
    r#"
      [app]
      name = "far"
      [[trigger.http]]
      route = "/near"
      component = "near"
      [[trigger.http]]
      route = "/..."
      component = "far"
      executor = {{ type = "wagi" }}
      [component.near]
      source = "near.js"
      kind = "javascript"
      environment = {{ DOWNLOADS = "{}" }}
      files = [{{ source = "cache/downloads", destination = "/downloads" }}]
      [component.far]
      source = {{ url = "http://{address}/here.wasm", digest = "sha256:{digest}" }}
    "#,
    downloads.display()
  );
  let near = r#"
    const downloads = Deno.env.get("DOWNLOADS"), other = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    for (const { name } of Deno.readDirSync(downloads)) {
      if (!name.endsWith(".wasm")) continue;
      const made = `${downloads}/${crypto.randomUUID()}`;
      Deno.writeFileSync(made, other);
      // At once: other lanes do the same.
      Deno.renameSync(made, `${downloads}/${name}`);
    }
    export const fetch = () => new Response("");
  "#;
  app.write("plugbay.toml", manifest.as_bytes());
  app.write("near.js", near.as_bytes());
  let cache = app.path().join("cache");
  let told = app.refused_with(&[
    "--direct-mounts",
    "--allow-transient-write",
    "--cache-dir",
    cache.to_str().expect("it is text"),
  ]);
  assert!(told.contains("component far: ") && told.contains("integrity"), "{told}");
}

#[test]
fn what_the_digest_does_not_say_is_refused() {
  let module = module();
  let told = App::new(&[("spin.toml", &manifest(serve_once(module), &"0".repeat(64)))]).refused();
  assert!(told.contains("is not what its digest says") && told.contains(&"0".repeat(64)), "{told}");
}

#[test]
fn a_component_in_the_locked_app_is_served() {
  let inline = piped("base64", &["-w0"], &module());
  let locked = format!(
    r#"{{"spin_lock_version": 1, "metadata": {{ "name": "locked" }}, "variables": {{}},
      "triggers": [{{ "id": "one", "trigger_type": "http",
        "trigger_config": {{ "component": "one", "route": "/...", "executor": {{ "type": "wagi" }} }} }}],
      "components": [{{ "id": "one", "source": {{ "content_type": "application/wasm", "inline": "{inline}" }} }}]}}"#
  );
  let app = App::new(&[("app.json", &locked)]);
  let mut command = plugbay();
  command.args(["up", "--listen", "127.0.0.1:0", "--lanes", "1", "-f"]).arg(app.path().join("app.json"));
  let host = Host::start(command);
  assert_eq!(host.get("/any").status, 201);
  assert!(host.stop().success());
}

#[test]
fn bindle_is_refused_by_name() {
  let told = |arguments: &[&str]| {
    let output = plugbay().args(["up", "--bindle", "shop/1.0.0"]).args(arguments).output().expect("plugbay runs");
    assert_eq!(output.status.code(), Some(2));
    String::from_utf8(output.stderr).expect("errors are text")
  };
  assert!(told(&[]).contains("Bindle is no more"));
  let both = told(&["-f", "spin.toml"]);
  assert!(both.contains("--bindle") && both.contains("--from"), "{both}");
}

/// To files of its own, and to the host's streams only if it is followed.
#[test]
fn what_a_component_prints_goes_to_its_file() {
  let manifest = r#"
    spin_manifest_version = 2
    [application]
    name = "commands"
    [[trigger.http]]
    route = "/..."
    component = "told"
    executor = { type = "wagi" }
    [component.told]
    source = "told.wasm"
  "#;
  // It tells its whereabouts twice: as its answer, and to whoever reads its errors.
  let told = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "content-type: text/plain\n\nhello\n")
    (data (i32.const 64) "asked\n")
    (func (export "_start")
      (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 32))
      (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
      (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 6))
      (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))"#;
  let app = App::new(&[("spin.toml", manifest)]);
  app.write("told.wasm", &wat::parse_str(told).expect("it is a module"));
  let logs = app.path().join("logs");
  let read = || std::fs::read_to_string(logs.join("told_stderr.txt")).expect("it was written");
  let up = |arguments: &[&str]| {
    let mut command = app.command_of(1);
    command.args(arguments).arg("--log-dir").arg(&logs);
    Host::start(command)
  };
  let host = up(&["--follow", "told"]);
  let ask = |host: &Host, id: &str| host.ask("GET", "/", &[&format!("x-request-id: {id}")], b"").text();
  assert_eq!(["order-1", "order-2"].map(|id| ask(&host, id)), ["hello\n", "hello\n"]);
  host.says("told order-2 | asked");
  assert!(host.stop().success());
  assert_eq!(read(), "order-1 | asked\norder-2 | asked\n");
  let host = up(&["--truncate-logs"]);
  assert_eq!(ask(&host, "order-3"), "hello\n");
  assert!(host.stop().success());
  assert_eq!(read(), "order-3 | asked\n");
  let mut command = app.command_of(1);
  command.args(["--follow", "other"]);
  let told = String::from_utf8(command.output().expect("plugbay runs").stderr).expect("errors are text");
  assert!(told.contains("no component other"), "{told}");
}
