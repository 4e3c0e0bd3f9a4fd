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
