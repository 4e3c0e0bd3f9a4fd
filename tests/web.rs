//! Plugins from the web: real servers, which answer as they should and otherwise.

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use rustls::ServerConfig;
use rustls::ServerConnection;
use rustls::StreamOwned;
use rustls::pki_types::PrivatePkcs8KeyDer;

use crate::harness::describe;
use crate::harness::plugbay;

const MODULE: &str =
  r#"(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"#;

/// Opens what each argument names and prints what comes of it.
const SCRIPT: &str = r#"
  for (const url of Deno.args) {
    try {
      const plugin = await Deno.openPluginStreaming(url, { limits: { module: 4096 } });
      console.log(plugin.name, plugin.kind, plugin.ops.add(40, 2));
      plugin.close();
    } catch (error) {
      console.log(error.name, error.code, error.message);
    }
  }
"#;

fn module() -> Vec<u8> {
  wat::parse_str(MODULE).expect("it is a module")
}

/// Answers each connection on a thread of its own, with what `answer` gives for the request's path.
fn serve(answer: impl Fn(&str, &mut dyn Write) + Send + Sync + 'static) -> SocketAddr {
  serve_streams(move |stream| {
    let mut stream = BufReader::new(stream);
    if let Some(path) = requested(&mut stream) {
      answer(&path, stream.get_mut());
    }
  })
}

fn serve_streams(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address");
  let each = Arc::new(each);
  thread::spawn(move || {
    for stream in listener.incoming().map_while(Result::ok) {
      let each = each.clone();
      thread::spawn(move || each(stream));
    }
  });
  address
}

/// The path of a request, which is read to its end.
fn requested(stream: &mut impl BufRead) -> Option<String> {
  let mut lines = stream.lines().map_while(Result::ok);
  let first = lines.next()?;
  lines.find(String::is_empty)?;
  Some(first.split(' ').nth(1)?.to_string())
}

/// Writes an answer; that the client has gone is no fault of the server's.
fn respond(stream: &mut dyn Write, status: &str, headers: &str, body: &[u8]) {
  let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
  let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

fn run(script: &str, net: &str, urls: &[String], prepare: impl FnOnce(&mut Command)) -> String {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  fs::write(&path, script).expect("it can be written");
  let mut command = plugbay();
  command.arg("run").arg(format!("--allow-net={net}")).arg(path).args(urls);
  prepare(&mut command);
  let output = command.output().expect("plugbay runs");
  assert!(output.status.success(), "{}", describe(&output));
  String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn modules_come_from_the_web() {
  let server = serve(|path, stream| match path {
    "/add.wasm?v=2" => respond(stream, "200 OK", "Content-Type: application/wasm\r\n", &module()),
    "/moved/add.wasm" => respond(stream, "302 Found", "Location: ../add.wasm?v=2\r\n", b""),
    // In pieces that are smaller than anything in it.
    "/slow.wasm" => {
      let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
      for byte in module() {
        let _ = stream.write_all(&[b'1', b'\r', b'\n', byte, b'\r', b'\n']).and_then(|()| stream.flush());
        thread::sleep(Duration::from_millis(2));
      }
      let _ = stream.write_all(b"0\r\n\r\n");
    }
    _ => respond(stream, "404 Not Found", "", b"none"),
  });
  let urls = ["add.wasm?v=2", "moved/add.wasm", "slow.wasm"].map(|path| format!("http://{server}/{path}"));
  assert_eq!(run(SCRIPT, &server.to_string(), &urls, |_| {}), "add wasm 42\nadd wasm 42\nslow wasm 42\n");
}

#[test]
fn the_script_goes_on_while_a_module_comes() {
  let script = r#"
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const [first, second] = await Promise.all(Deno.args.map((url) => Deno.openPluginStreaming(url)));
    clearInterval(timer);
    console.log(first.ops.add(1, 2), second.ops.add(3, 4), ticks > 5 || ticks);
    const old = Deno.plugins.open("sum", first);
    const replaced = Deno.plugins.replace("sum", second);
    console.log(old === first, replaced === second, Deno.plugins.get("sum").ops.add(5, 6), Deno.plugins.list().length);
    try {
      first.ops.add(1, 1);
    } catch (error) {
      console.log(error.code);
    }
  "#;
  let server = serve(|_, stream| {
    thread::sleep(Duration::from_millis(400));
    respond(stream, "200 OK", "", &module());
  });
  let urls = ["a", "b"].map(|name| format!("http://{server}/{name}.wasm"));
  assert_eq!(run(script, &server.to_string(), &urls, |_| {}), "3 7 true\ntrue true 11 1\nERR_PLUGIN_CLOSED\n");
}

#[test]
fn what_is_no_module_is_refused() {
  let component = b"\0asm\x0e\0\x01\0".to_vec();
  let invalid = [&b"\0asm\x01\0\0\0"[..], &[3, 2, 1, 0]].concat();
  let large = [module(), vec![0, 0xff, 0x7f]].concat();
  let server = serve(move |path, stream| match path {
    "/page.wasm" => respond(stream, "200 OK", "Content-Type: text/html\r\n", b"<!DOCTYPE html>"),
    "/short.wasm" => respond(stream, "200 OK", "", b"\0as"),
    "/empty.wasm" => respond(stream, "200 OK", "", b""),
    "/library.wasm" => respond(stream, "200 OK", "", b"\x7fELF\x02\x01\x01"),
    "/component.wasm" => respond(stream, "200 OK", "", &component),
    "/invalid.wasm" => respond(stream, "200 OK", "", &invalid),
    "/announced.wasm" => respond(stream, "200 OK", "", &vec![0; 5000]),
    // It never ends.
    "/endless.wasm" => {
      let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").and_then(|()| stream.write_all(&large));
      while stream.write_all(&[0; 64]).is_ok() {}
    }
    "/broken.wasm" => {
      let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n\0asm\x01\0\0\0");
    }
    "/gone.wasm" => {}
    "/nonsense.wasm" => {
      let _ = stream.write_all(b"nonsense\r\n\r\n");
    }
    "/loop.wasm" => respond(stream, "301 Moved Permanently", "Location: /loop.wasm\r\n", b""),
    "/elsewhere.wasm" => respond(stream, "307 Temporary Redirect", "Location: http://other.invalid:99/x.wasm\r\n", b""),
    "/file.wasm" => respond(stream, "302 Found", "Location: file:///etc/passwd\r\n", b""),
    _ => respond(stream, "404 Not Found", "", b"none"),
  });
  let expected = [
    ("page", "CompileError ERR_WASM_COMPILE", "is no WebAssembly module but text/html of another format"),
    (
      "short",
      "CompileError ERR_WASM_COMPILE",
      "is no WebAssembly module but something without a type of another format",
    ),
    ("empty", "CompileError ERR_WASM_COMPILE", "is no WebAssembly module"),
    ("library", "CompileError ERR_WASM_COMPILE", "a native library, which is opened from a file only"),
    (
      "component",
      "CompileError ERR_WASM_COMPONENT",
      "cannot open plugin component: it is a WebAssembly component of a version",
    ),
    ("invalid", "CompileError ERR_WASM_COMPILE", "it is no valid WebAssembly module: "),
    ("announced", "RangeError ERR_WASM_LIMIT", "the module is 5000 bytes long and may have 4096"),
    ("endless", "RangeError ERR_WASM_LIMIT", "options.limits.module sets another limit"),
    ("broken", "Http ERR_PLUGIN_DOWNLOAD", "the answer breaks off"),
    ("gone", "Http ERR_PLUGIN_DOWNLOAD", "/gone.wasm: "),
    ("nonsense", "Http ERR_PLUGIN_DOWNLOAD", "/nonsense.wasm: "),
    ("loop", "Http ERR_PLUGIN_DOWNLOAD", "there are more than 5 redirects"),
    ("elsewhere", "NotCapable ERR_PLUGIN_PERMISSION", "run plugbay with --allow-net=other.invalid:99"),
    ("file", "Http ERR_PLUGIN_DOWNLOAD", "it leads to \"file:///etc/passwd\", which is no address of the web"),
    ("none", "Http ERR_PLUGIN_DOWNLOAD", "the server answers with 404 Not Found"),
  ];
  let urls = expected.map(|(name, ..)| format!("http://{server}/{name}.wasm"));
  let printed = run(SCRIPT, &server.to_string(), &urls, |_| {});
  let lines = printed.lines().collect::<Vec<_>>();
  assert_eq!(lines.len(), expected.len(), "{printed}");
  for ((name, begin, part), line) in expected.iter().zip(lines) {
    assert!(line.starts_with(begin) && line.contains(part), "{name}: {line}");
  }
}

#[test]
fn a_host_has_to_be_granted() {
  let server = serve(|_, stream| respond(stream, "200 OK", "", &module()));
  // Nobody listens there any more.
  let closed =
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("there is a free port");
  let urls = [format!("http://me:secret@{server}/add.wasm"), format!("http://{closed}/add.wasm")];
  let printed = run(SCRIPT, &closed.to_string(), &urls, |_| {});
  let lines = printed.lines().collect::<Vec<_>>();
  let denied = format!("http://{server}/add.wasm may not be reached; run plugbay with --allow-net={server}");
  assert!(lines[0].starts_with("NotCapable ERR_PLUGIN_PERMISSION") && lines[0].contains(&denied), "{printed}");
  assert!(lines[1].starts_with("ConnectionRefused ERR_PLUGIN_DOWNLOAD"), "{printed}");
}

// Elsewhere the system's own store says what is trusted.
#[cfg(target_os = "linux")]
#[test]
fn certificates_are_checked() {
  let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_string()]).expect("a certificate can be made");
  let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
  let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
    .with_safe_default_protocol_versions()
    .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key.into()))
    .expect("the certificate can be used");
  let config = Arc::new(config);
  let server = serve_streams(move |stream| {
    let connection = ServerConnection::new(config.clone()).expect("the settings are good");
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    if requested(&mut stream).is_some() {
      respond(stream.get_mut(), "200 OK", "", &module());
      stream.get_mut().conn.send_close_notify();
      let _ = stream.get_mut().flush();
      let _ = stream.read(&mut [0]);
    }
  });
  let url = [format!("https://{server}/add.wasm")];
  let refused = run(SCRIPT, "127.0.0.1", &url, |_| {});
  assert!(refused.starts_with("Http ERR_PLUGIN_DOWNLOAD") && refused.contains("certificate"), "{refused}");
  let folder = tempfile::tempdir().expect("a folder can be made");
  let trusted = folder.path().join("trusted.pem");
  fs::write(&trusted, made.cert.pem()).expect("it can be written");
  let opened = run(SCRIPT, "127.0.0.1", &url, |command| {
    command.env("SSL_CERT_FILE", &trusted);
  });
  assert_eq!(opened, "add wasm 42\n");
}

#[test]
fn modules_come_from_streams() {
  let script = r#"
    const module = Uint8Array.from(Deno.args[0].split(","), Number);
    const pieces = (length) => function* () {
      for (let at = 0; at < module.length; at += length) yield module.slice(at, at + length);
    };
    const report = async (make, options) => {
      try {
        const plugin = await Deno.openPluginStreaming(make(), options);
        console.log(plugin.name, plugin.ops.add(40, 2));
      } catch (error) {
        console.log(error.name, error.code, error.message);
      }
    };
    await report(pieces(1));
    await report(() => ReadableStream.from(pieces(7)()), { name: "stream" });
    // As a Response is, and the promise of one.
    await report(async () => ({ body: ReadableStream.from(pieces(30)()) }));
    await report(() => [module.buffer]);
    await report(pieces(10), { limits: { module: 40 } });
    await report(() => ["text"]);
    await report(function* () {
      yield module.slice(0, 9);
      throw new Error("lost");
    });
    await report(() => ({ ok: false, status: 404, body: [module] }));
    // It never ends, and need not.
    await report(function* () {
      for (;;) yield new Uint8Array(1000);
    });
    for (const source of [undefined, 5, "add.wasm", "file:///add.wasm", {}, module]) await report(() => source);
    await report(pieces(10), { threads: 1 });
    try {
      Deno.openPlugin("https://example.com/add.wasm");
    } catch (error) {
      console.log(error.code, error.message);
    }
  "#;
  let bytes = module().iter().map(u8::to_string).collect::<Vec<_>>().join(",");
  let printed = run(script, "example.com", &[bytes], |_| {});
  let lines = printed.lines().collect::<Vec<_>>();
  assert_eq!(lines[..4], ["module 42", "stream 42", "module 42", "module 42"], "{printed}");
  assert!(
    lines[4].starts_with("RangeError ERR_WASM_LIMIT cannot open plugin module: the module is longer"),
    "{printed}"
  );
  assert!(lines[5].contains("its stream gives something else than bytes"), "{printed}");
  assert_eq!(lines[6], "Error undefined lost");
  assert!(lines[7].starts_with("Http ERR_PLUGIN_DOWNLOAD") && lines[7].contains("404"), "{printed}");
  assert!(lines[8].starts_with("CompileError ERR_WASM_COMPILE"), "{printed}");
  assert!(
    lines[9..15].iter().all(|line| line.contains("takes an http or https URL, or a stream of bytes")),
    "{printed}"
  );
  assert!(lines[15].contains("options.threads cannot go with"), "{printed}");
  assert!(lines[16].ends_with("is an address of the web: use await Deno.openPluginStreaming()"), "{printed}");
}

#[test]
fn a_script_that_ends_does_not_wait_for_a_download() {
  let script = r#"
    Deno.openPluginStreaming(Deno.args[0]).catch(() => {});
    setTimeout(() => Deno.openPluginStreaming([Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)]), 50);
    setTimeout(() => {
      throw new Error("enough");
    }, 60);
  "#;
  let server = serve(|_, _| thread::sleep(Duration::from_secs(600)));
  let folder = tempfile::tempdir().expect("a folder can be made");
  let path = folder.path().join("main.js");
  fs::write(&path, script).expect("it can be written");
  let started = Instant::now();
  let mut command = plugbay();
  let output = command.args(["run", "--allow-net"]).arg(path).arg(format!("http://{server}/x.wasm")).output();
  let output = output.expect("plugbay runs");
  assert!(String::from_utf8_lossy(&output.stderr).contains("enough"), "{}", describe(&output));
  assert_eq!(output.status.code(), Some(1));
  assert!(started.elapsed() < Duration::from_secs(60), "{}", describe(&output));
}
