use super::*;

fn hosts(entries: &[&str]) -> OutboundHosts {
  OutboundHosts::parse(entries, ["first", "second"], |_| None).unwrap()
}

#[test]
fn reads_entries() {
  for entry in [
    "http://example.com",
    "http://example.com/",
    "https://example.com:5555",
    "http://example.com:4444/",
    "http://example.com:4444..5555",
    "*://example.com:7777",
    "http://self",
    "http://localhost:3001",
    "http://*.example.com",
    "http://192.168.1.1:3002",
    "http://[::1]",
    "http://[::1]:8080/",
    "http://[::1]:*",
    "*://[::1]:80",
    "*://127.0.0.0/24:80",
    "http://10.0.0.0/8",
    "*://ff00::/8:80",
    "http://ff00::/8",
    "http://::1/128",
    "http://2001:db8::/32:443",
    "*://*:*",
    "  https://example.com  ",
  ] {
    assert!(OutboundHost::parse(entry).is_ok(), "{entry}");
  }
}

#[test]
fn refuses_what_is_no_entry() {
  for entry in [
    "example.com",
    "example.com:80",
    "localhost",
    "",
    "*",
    "insecure:allow-all",
    "tcp://example.com",
    "*://127.0.0.0/24",
    "http2://example.com",
    "://example.com:80",
    "{http,https}://example.com",
    "http://{a,b}.example.com",
    "http://example.com:{80,81}",
    "http://example.com/a",
    "http://example.com:6666/a/b",
    "http://example.com//",
    "http://*.example.com/a",
    "http://self//",
    "http://127.0.0.0/24/p",
    "http://example.com:notaport",
    "http://example.com:99999",
    "http://example.com:8080..70000",
    "http://*.example.com:8080..",
    "http://example.com:80:90",
    "http://self:notaport",
    "http://a.*.example.com",
    "http://*.*.example.com",
    "http://exam*ple.com",
    "http://*.",
    "http://*.:8080",
    "http://*.127.0.0.1",
    "http://*.192.168.001.001",
    "http://*.[::1]",
    "http://[::1",
    "http://[::1]junk",
    "http://[::1]::80",
    "http://[::1]/foo",
    "http://[v1.]",
    "http://ff00::/8/extra",
    "http://ff00::/8:99999",
    "http://example%.com",
    "http://example%GG.com",
    "http://exa[mple.com",
    r"http://exa\mple.com",
    "[::1]:8080",
  ] {
    assert!(OutboundHost::parse(entry).is_err(), "{entry}");
  }
}

#[test]
fn says_what_to_write() {
  let said = |entry| OutboundHost::parse(entry).unwrap_err();
  assert_eq!(
    said("example.com"),
    "`example.com` has no scheme; write `https://example.com`, or `*://example.com` for any scheme"
  );
  assert_eq!(said("tcp://a.b"), "`tcp://a.b`: the scheme `tcp` has no port of its own; add one, or `:*` for any");
  assert_eq!(said("http://a.b:x"), "`http://a.b:x`: `x` is no port");
}

#[test]
fn allows_what_is_named() {
  let allowed = hosts(&["*://spin.dev:443", "http://example.com:8383", "https://api.com/", "ftp://x.y:1..3"]);
  for (scheme, host, port) in [
    ("http", "example.com", Some(8383)),
    ("https", "spin.dev", None),
    ("https", "SPIN.dev", Some(443)),
    ("https", "api.com", None),
    ("ftp", "x.y", Some(1)),
    ("ftp", "x.y", Some(2)),
  ] {
    assert!(allowed.allows(scheme, host, port), "{scheme}://{host}:{port:?}");
  }
  for (scheme, host, port) in [
    ("http", "example.com", None),
    ("http", "google.com", None),
    ("http", "spin.dev", None),
    ("http", "api.com", None),
    ("https", "api.com.evil.com", None),
    ("https", "evil.com@api.com", None),
    ("ftp", "x.y", Some(3)),
    ("ftp", "x.y", None),
    ("https", "", None),
  ] {
    assert!(!allowed.allows(scheme, host, port), "{scheme}://{host}:{port:?}");
  }
}

#[test]
fn subdomains_are_not_the_domain() {
  let allowed = hosts(&["http://*.Example.COM", "http://*.example2.com:8383"]);
  assert!(allowed.allows("http", "a.example.com", None));
  assert!(allowed.allows("http", "a.b.example.com", Some(80)));
  assert!(allowed.allows("http", "a.b.example2.com", Some(8383)));
  assert!(!allowed.allows("http", "a.b.example2.com", None));
  assert!(!allowed.allows("http", "example.com", None));
  assert!(!allowed.allows("http", "myexample.com", None));
}

#[test]
fn addresses_are_not_names() {
  let allowed = hosts(&["http://[::1]", "http://2001:db8::/32", "*://127.0.0.1/24:63551", "http://10.0.0.1"]);
  assert!(allowed.allows("http", "[::1]", None));
  assert!(allowed.allows("http", "::1", Some(80)));
  assert!(!allowed.allows("http", "[::1]", Some(81)));
  assert!(!allowed.allows("http", "[::2]", None));
  assert!(allowed.allows("http", "[2001:db8:abcd::1]", None));
  assert!(!allowed.allows("http", "2001:db9::1", None));
  assert!(allowed.allows("tcp", "127.0.0.77", Some(63551)));
  assert!(!allowed.allows("tcp", "127.0.1.1", Some(63551)));
  // Another way to write the same address.
  assert!(allowed.allows("http", "0x0a000001", None));
  assert!(!allowed.allows("http", "10.0.0.1.example.com", None));
}

#[test]
fn itself_is_no_host() {
  let allowed = hosts(&["http://self"]);
  assert!(allowed.allows_self("http"));
  assert!(!allowed.allows_self("https"));
  assert!(!allowed.allows("http", "self", None));
  assert!(hosts(&["*://*:*"]).allows_self("https"));
  assert!(!hosts(&["http://example.com"]).allows_self("http"));
}

#[test]
fn chaining_is_to_components_of_the_app() {
  let allowed = hosts(&["http://*.spin.internal"]);
  assert!(allowed.allows("http", "first.spin.internal", None));
  assert!(allowed.allows("http", "second.spin.internal", None));
  assert!(!allowed.allows("http", "third.spin.internal", None));
  assert_eq!(chained_component("first.spin.internal"), Some("first"));
  assert_eq!(chained_component("a.first.spin.internal"), None);
  assert_eq!(chained_component(".spin.internal"), None);
  assert_eq!(OutboundHost::parse("http://a.spin.internal").unwrap().chained(), Some("a"));
  assert!(OutboundHost::parse("http://a.spin.internal").unwrap().is_for_chaining());
  assert!(!OutboundHost::parse("http://spin.internal").unwrap().is_for_chaining());
}

#[test]
fn variables_make_hosts() {
  let values = |name: &str| match name {
    "host" => Some("example.com".to_owned()),
    "port" => Some("1234".to_owned()),
    "bad" => Some("zoinks, Scooby!".to_owned()),
    "empty" => Some(String::new()),
    _ => None,
  };
  let parse = |entries: &[&str]| OutboundHosts::parse(entries, [], values);
  let allowed = parse(&["http://{{ host }}:{{ port }}", "https://{{ empty }}", "{{ empty }}"]).unwrap();
  assert!(allowed.allows("http", "example.com", Some(1234)));
  assert!(!allowed.allows("https", "example.com", None));
  let faults = parse(&["http://{{ host }}", "http://{{ bad }}", "http://{{ nobody }}"]).unwrap_err();
  assert_eq!(faults.iter().map(|fault| fault.index).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn tells_the_entry_that_would_allow() {
  for (scheme, host, port) in
    [("https", "a.b", None), ("https", "a.b", Some(443)), ("http", "::1", Some(3000)), ("redis", "10.0.0.1", None)]
  {
    let entry = OutboundHosts::entry_for(scheme, host, port);
    assert!(hosts(&[&entry]).allows(scheme, host, port), "{entry}");
  }
  assert_eq!(OutboundHosts::entry_for("https", "a.b", Some(443)), "https://a.b");
}

#[test]
fn tells_what_of_the_app_is_allowed() {
  for (entry, is_allowed) in [
    ("http://a.spin.internal", true),
    ("http://*.spin.internal", true),
    ("http://self", true),
    ("https://self.alt", true),
    ("*://*:*", true),
    ("http://a.b", false),
    ("redis://*:*", false),
  ] {
    let allowed = OutboundHosts::parse(&[entry], ["a"], |_| None).unwrap();
    assert_eq!(allowed.allows_components(), is_allowed, "{entry}");
  }
  assert!(!OutboundHosts::default().allows_components());
}

#[test]
fn tells_hosts_of_any_scheme() {
  let allowed = hosts(&["*://a.b:*", "*://[::1]:8080", "http://c.d", "*://*.e.f:*", "*://10.0.0.0/8:*", "*://*:*"]);
  assert_eq!(allowed.of_any_scheme().collect::<Vec<_>>(), ["a.b", "[::1]:8080", "*"]);
}
