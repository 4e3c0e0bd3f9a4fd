//! Variables in Vault, of which a small server speaks the HTTP API as its documentation has it.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;

use plugbay::services::VariableFailure;
use plugbay::services::Variables;
use plugbay::services::VaultVariables;

const TOKEN: &str = "hvs.hush";

/// A server whose engine is mounted at `secret`; gives its URL.
pub(crate) fn vault() -> String {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let url = format!("http://{}", listener.local_addr().expect("it is bound"));
  std::thread::spawn(move || {
    for stream in listener.incoming().map_while(Result::ok) {
      std::thread::spawn(move || answer(stream));
    }
  });
  url
}

fn answer(stream: TcpStream) -> Option<()> {
  let mut lines = BufReader::new(stream.try_clone().ok()?);
  loop {
    let (mut path, mut token) = (String::new(), String::new());
    loop {
      let mut line = String::new();
      if lines.read_line(&mut line).ok()? == 0 {
        return None;
      }
      let lower = line.trim().to_ascii_lowercase();
      match line.trim().strip_prefix("GET ") {
        Some(asked) => path = asked.split(' ').next()?.to_string(),
        None if lower.starts_with("x-vault-token: ") => token = line.trim()["x-vault-token: ".len()..].to_string(),
        None if lower.is_empty() => break,
        None => {}
      }
    }
    let (status, body) = match path.as_str() {
      _ if token != TOKEN => ("403 Forbidden", r#"{"errors":["permission denied"]}"#.to_string()),
      "/v1/secret/data/app/token" | "/v1/secret/data/token" => ("200 OK", secret(r#"{"value":"from vault"}"#)),
      "/v1/secret/data/app/odd" => ("200 OK", secret(r#"{"values":"hush"}"#)),
      "/v1/secret/data/app/number" => ("200 OK", secret(r#"{"value":7}"#)),
      "/v1/secret/data/app/broken" => ("200 OK", r#"{"data": "hush"#.to_string()),
      "/v1/secret/data/app/large" => ("200 OK", secret(&format!(r#"{{"value":"{}"}}"#, "x".repeat(2 << 20)))),
      "/v1/secret/data/app/sealed" => ("503 Service Unavailable", r#"{"errors":["Vault is sealed"]}"#.to_string()),
      // It hangs up in the middle.
      "/v1/secret/data/app/cut" => ("200 OK", String::new()),
      _ => ("404 Not Found", r#"{"errors":[]}"#.to_string()),
    };
    let length = if path.ends_with("/cut") { 100 } else { body.len() };
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n");
    (&stream).write_all(&[head.as_bytes(), body.as_bytes()].concat()).ok()?;
    if path.ends_with("/cut") {
      return stream.shutdown(std::net::Shutdown::Both).ok();
    }
  }
}

/// What reading a secret of version 2 of the engine answers.
fn secret(data: &str) -> String {
  format!(
    r#"{{"request_id":"8a","lease_id":"","renewable":false,"lease_duration":0,"data":{{"data":{data},
    "metadata":{{"created_time":"2026-01-01T00:00:00Z","custom_metadata":null,"deletion_time":"","destroyed":false,
    "version":1}}}},"wrap_info":null,"warnings":null,"auth":null}}"#
  )
}

fn told(answer: Result<Option<String>, VariableFailure>) -> String {
  let told = answer.expect_err("it fails").to_string();
  assert!(told.starts_with("Vault, which has the values of variables, gives none: "), "{told}");
  assert!(!told.contains("hush"), "{told}");
  told
}

#[tokio::test]
async fn variables_come_from_vault() {
  let url = vault();
  let variables = VaultVariables::new(&url, TOKEN.to_string(), "secret", Some("app"));
  assert_eq!(variables.get("token").await, Ok(Some("from vault".to_string())));
  assert_eq!(variables.get("none").await, Ok(None));
  for (name, why) in [
    ("odd", "the secret has no text `value`"),
    ("number", "the secret has no text `value`"),
    ("broken", "the secret has no text `value`"),
    ("large", "its answer breaks off"),
    ("cut", "its answer breaks off"),
    ("sealed", "it is not able to answer"),
  ] {
    let told = told(variables.get(name).await);
    assert!(told.ends_with(why), "{name}: {told}");
  }
  // Slashes are as one likes, and the prefix may be left out.
  for prefix in [None, Some(""), Some("/")] {
    let variables = VaultVariables::new(&format!("{url}/"), TOKEN.to_string(), "/secret/", prefix);
    assert_eq!(variables.get("token").await, Ok(Some("from vault".to_string())));
  }
  let stranger = VaultVariables::new(&url, "hush".to_string(), "secret", None);
  assert!(told(stranger.get("token").await).ends_with("it does not let the host read this"));
  for (url, token) in [("http://127.0.0.1:1", "x"), ("http://[", "hush"), (&*url, "hu\nsh")] {
    told(VaultVariables::new(url, token.to_string(), "secret", None).get("token").await);
  }
}

/// One that takes the connection and says nothing.
#[tokio::test]
async fn a_vault_that_does_not_answer_is_an_error() {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let url = format!("http://{}", listener.local_addr().expect("it is bound"));
  let variables = VaultVariables::new(&url, TOKEN.to_string(), "secret", None);
  assert!(told(variables.get("token").await).ends_with("it does not answer"));
  let (mut asked, _) = listener.accept().expect("somebody has asked");
  let mut text = [0; 64];
  let read = asked.read(&mut text).expect("something was sent");
  assert!(String::from_utf8_lossy(&text[..read]).starts_with("GET /v1/secret/data/token HTTP/1.1"));
}
