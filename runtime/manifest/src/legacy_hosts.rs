//! `allowed_http_hosts`, which `allowed_outbound_hosts` has replaced.

use url::Url;

use crate::table::Text;

/// The entries of `allowed_outbound_hosts` that mean the same, and what is wrong with which of the old ones.
pub(crate) fn converted(hosts: &[Text]) -> (Vec<String>, Vec<(&Text, String)>) {
  if hosts.iter().any(|host| host.text == "insecure:allow-all") {
    return (["http://*:*", "https://*:*", "http://self"].map(str::to_owned).into(), Vec::new());
  }
  let (mut entries, mut faults) = (Vec::new(), Vec::new());
  for host in hosts {
    match host_and_port(&host.text) {
      Ok(place) if place == "self" => entries.push("http://self".to_owned()),
      Ok(place) => entries.extend([format!("http://{place}"), format!("https://{place}")]),
      Err(message) => faults.push((host, message)),
    }
  }
  (entries, faults)
}

/// What a component of spin.toml 1 may reach that says nothing of `allowed_outbound_hosts`.
pub(crate) fn databases() -> [String; 3] {
  ["redis://*:*", "mysql://*:*", "postgres://*:*"].map(str::to_owned)
}

fn host_and_port(text: &str) -> Result<String, String> {
  let no_host = || format!("`{text}` is no host, no `host:port` and no URL of http or https");
  let has_scheme = text.contains("//");
  let url = if has_scheme { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
  let url = url.ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(no_host)?;
  let host = url.host_str().ok_or_else(no_host)?;
  if url.path().len() > 1 {
    return Err(format!("`{text}` has a path; end it with the host, or the port"));
  }
  Ok(match url.port() {
    Some(port) => format!("{host}:{port}"),
    None => host.to_owned(),
  })
}

#[cfg(test)]
mod tests {
  use super::*;

  fn converted_of(hosts: &[&str]) -> (Vec<String>, usize) {
    let texts: Vec<Text> = hosts.iter().map(|host| Text { text: (*host).to_owned(), at: 0, verbatim: None }).collect();
    let (entries, faults) = converted(&texts);
    (entries, faults.len())
  }

  #[test]
  fn hosts_are_of_http_and_https() {
    for (host, place) in [
      ("spin.fermyon.dev", "spin.fermyon.dev"),
      ("http://spin.fermyon.dev/", "spin.fermyon.dev"),
      ("https://spin.fermyon.dev:5555", "spin.fermyon.dev:5555"),
      ("localhost:3001", "localhost:3001"),
      ("192.168.1.1:3002", "192.168.1.1:3002"),
      ("[::1]", "[::1]"),
      ("http://[::1]:8001", "[::1]:8001"),
    ] {
      assert_eq!(converted_of(&[host]), (vec![format!("http://{place}"), format!("https://{place}")], 0), "{host}");
    }
    assert_eq!(converted_of(&["self"]), (vec!["http://self".to_owned()], 0));
    let all = ["http://*:*", "https://*:*", "http://self"].map(str::to_owned).to_vec();
    assert_eq!(converted_of(&["a.b", "insecure:allow-all"]), (all, 0));
  }

  #[test]
  fn what_is_no_host() {
    for host in ["http://spin.fermyon.dev/a", "spin.dev:6666/a/b", "ftp://spin.dev", "", "a b", "http://"] {
      assert_eq!(converted_of(&[host]), (vec![], 1), "{host}");
    }
  }
}
