//! Redis by TLS: stores, connections that components open, and triggers.

use std::net::TcpListener;
use std::path::PathBuf;

use tempfile::TempDir;

use super::host::App;
use super::host::Host;
use crate::components_http::build_spin;
use crate::components_http::build_spin_redis;
use crate::harness::builds_wasi_guests;
use crate::redis_server::RedisServer;

/// A server that is also spoken to by TLS.
struct Secure {
  server: RedisServer,
  port: u16,
  /// The certificate, for who trusts it.
  certificate: PathBuf,
  _folder: TempDir,
}

impl Secure {
  fn start() -> Option<Self> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let made = rcgen::generate_simple_self_signed(["localhost".to_string()]).expect("a certificate can be made");
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).expect("it can be written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("it can be written");
    let free = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = free.local_addr().expect("it has an address").port();
    drop(free);
    let [certificate_file, key_file] = [&certificate, &key].map(|file| file.display().to_string());
    let server = RedisServer::start_with(&[
      "--tls-port",
      &port.to_string(),
      "--tls-cert-file",
      &certificate_file,
      "--tls-key-file",
      &key_file,
      "--tls-ca-cert-file",
      &certificate_file,
      "--tls-auth-clients",
      "no",
    ])?;
    Some(Self { server, port, certificate, _folder: folder })
  }

  fn url(&self) -> String {
    format!("rediss://localhost:{}", self.port)
  }

  /// Serves an app that trusts the certificate or not.
  fn up(&self, app: &App, trusts: bool, flags: &[&str]) -> Host {
    let mut command = app.command();
    command.args(flags).current_dir(app.path());
    if trusts {
      command.env("SSL_CERT_FILE", &self.certificate);
    }
    Host::start(command)
  }
}

#[test]
fn stores_and_connections_may_be_by_tls() {
  if !builds_wasi_guests() {
    return;
  }
  let Some(server) = Secure::start() else { return };
  let url = server.url();
  let manifest = |hosts: &str| {
    format!(
      r#"
        spin_manifest_version = 2
        [application]
        name = "tls"
        [[trigger.http]]
        route = "/..."
        component = "front"
        [component.front]
        source = "app.wasm"
        key_value_stores = ["default"]
        allowed_outbound_hosts = ["{hosts}"]
      "#
    )
  };
  let settings = format!("[key_value_store.default]\ntype = 'redis'\nurl = '{url}'\n");
  let app = App::new(&[("spin.toml", &manifest(&url)), ("runtime.toml", &settings)]);
  app.write("app.wasm", &std::fs::read(&build_spin()[2]).expect("it was built"));
  let flags = ["--runtime-config-file", "runtime.toml"];
  let post = |host: &Host, path: &str, body: &str| host.ask("POST", path, &[], body.as_bytes());
  let host = server.up(&app, false, &flags);
  let untrusted = format!("the certificate of {url} is not trusted (UnknownIssuer); the system's roots, or");
  assert_eq!(post(&host, "/keep", "value").status, 500);
  host.says(&untrusted);
  let answer = post(&host, "/redis", &url).text();
  assert!(answer.contains(&untrusted), "{answer}");
  drop(host);
  let host = server.up(&app, true, &flags);
  assert_eq!(post(&host, "/keep", "value").text(), r#"value ["kept"] false"#);
  assert_eq!(server.server.asked("EXISTS kept").expect("it answers"), ":1", "it is the server's");
  assert_eq!(post(&host, "/redis", &url).text(), "1");
  // The entry for TLS is none for what goes without, and a certificate is for its name alone.
  let plain = server.server.url();
  assert!(post(&host, "/redis", &plain).text().contains("InvalidAddress"));
  drop(host);
  app.write("spin.toml", manifest(&format!("redis://*:{}\", \"redis://127.0.0.1:*", server.port)).as_bytes());
  let host = server.up(&app, true, &flags);
  assert_eq!(post(&host, "/redis", &url).text(), "2", "an entry for both");
  let answer = post(&host, "/redis", &url.replace("localhost", "127.0.0.1")).text();
  assert!(answer.contains("is not trusted"), "{answer}");
}

#[test]
fn messages_may_come_by_tls() {
  if !builds_wasi_guests() {
    return;
  }
  let Some(server) = Secure::start() else { return };
  let manifest = format!(
    r#"
      spin_manifest_version = 2
      [application]
      name = "queue"
      [application.trigger.redis]
      address = "{}"
      [[trigger.http]]
      route = "/"
      static_response = {{ body = "here" }}
      [[trigger.redis]]
      channel = "orders"
      component = "first"
      [component.first]
      source = "app.wasm"
      key_value_stores = ["default"]
    "#,
    server.url()
  );
  let app = App::new(&[("spin.toml", &manifest)]);
  app.write("app.wasm", &std::fs::read(&build_spin_redis()[1]).expect("it was built"));
  let host = server.up(&app, false, &[]);
  let url = server.url();
  host.says(&format!("cannot listen to {url}: the certificate of {url} is not trusted (UnknownIssuer)"));
  drop(host);
  let host = server.up(&app, true, &[]);
  host.says("the trigger redis is ready");
  assert_eq!(server.server.publish("orders", "secret"), 1);
  host.says("message 1: secret");
  assert!(host.stop().success());
}
