//! Nothing that anybody writes or sends makes these panic.

use app_manifest::OutboundHosts;
use app_manifest::RequestOrigin;
use app_manifest::RoutePattern;
use app_manifest::Router;
use app_manifest::Template;
use app_manifest::Wagi;
use app_manifest::parse_cgi_response;
use app_manifest::set_spin_headers;
use app_manifest::wagi_arguments;
use app_manifest::wagi_variables;
use proptest::prelude::*;

/// Of what routes and paths are made of.
const PATH: &str = "/?([a-zé:.*%/]|\\.\\.\\.|/){0,16}";

proptest! {
  #[test]
  fn routes_and_paths(
    routes in proptest::collection::vec(PATH, 0..6),
    base in PATH,
    path in PATH,
    query in "[ -~]{0,9}",
  ) {
    let valid = |route: &&String| RoutePattern::parse(&format!("{base}{route}")).is_ok();
    let routes: Vec<&str> = routes.iter().filter(valid).map(String::as_str).collect();
    let Ok((router, hidden)) = Router::new(&base, routes.iter().copied().enumerate()) else { return Ok(()) };
    prop_assert_eq!(router.routes().count() + hidden.len(), routes.len());
    let Some(found) = router.route(&path) else { return Ok(()) };
    // What is told of the path is of the path.
    prop_assert!(path.ends_with(found.path_info()));
    prop_assert!(found.parameters().all(|(_, value)| path.contains(value)));
    let url = format!("{path}?{query}");
    let client = "127.0.0.1:1".parse().unwrap();
    let origin = RequestOrigin { scheme: "http", host: "a", path_and_query: &url, client };
    let mut headers = http::HeaderMap::new();
    set_spin_headers(&mut headers, &found, origin);
    if let Ok(request) = http::Request::builder().uri(&url).body(()) {
      let request = request.into_parts().0;
      let _ = wagi_variables(&found, &request, origin, 0);
      let _ = wagi_arguments(&Wagi::default(), &request);
    }
  }

  /// A route takes the path that it is, and a shorter one never hides a longer one.
  #[test]
  fn literal_routes_take_themselves(segments in proptest::collection::vec("[a-z]{1,3}", 1..5)) {
    let route = format!("/{}", segments.join("/"));
    let wildcards = (0..segments.len()).map(|length| format!("/{}/...", segments[..length].join("/")));
    let routes: Vec<String> = wildcards.chain([route.clone()]).collect();
    let (router, _) = Router::new("/", routes.iter().map(String::as_str).enumerate()).unwrap();
    prop_assert_eq!(router.route(&route).map(|found| found.raw_route()), Some(route.as_str()));
    let longer = format!("/{}/x", segments[..segments.len() - 1].join("/"));
    let found = router.route(&longer).unwrap();
    prop_assert!(found.path_info() == "/x" || segments.last().is_some_and(|last| last == "x"), "{}", found.raw_route());
  }

  #[test]
  fn outbound_hosts(
    entry in "([*a-z]{0,5}://)?[\\]\\[a-zé0-9.:/*{}@ ]{0,20}",
    scheme in "[a-z]{0,5}",
    host in "[\\]\\[a-z0-9.:@é]{0,12}",
  ) {
    if let Ok(hosts) = OutboundHosts::parse(&[&entry], ["a"], |name| Some(name.to_owned())) {
      let _ = hosts.allows(&scheme, &host, None);
      let _ = hosts.allows_self(&scheme);
    }
    // What would allow a connection does, or there is no such host.
    let wanted = OutboundHosts::entry_for("http", &host, Some(8080));
    if let Ok(hosts) = OutboundHosts::parse(&[&wanted], [], |_| None)
      && !wanted.contains('*')
      && !["self", "self.alt"].contains(&host.as_str())
    {
      prop_assert!(hosts.allows("http", &host, Some(8080)), "{}", wanted);
    }
  }

  #[test]
  fn templates(text in "([a-zé ]|\\{\\{|\\}\\}|\\{|\\}){0,20}") {
    if let Ok(template) = Template::parse(&text) {
      for (name, at) in template.names() {
        prop_assert!(text[at..].starts_with(name));
      }
      prop_assert_eq!(template.expand(|name| Some(format!("<{name}>"))).is_ok(), true);
    }
  }

  #[test]
  fn answers_of_commands(
    output in proptest::collection::vec(any::<u8>(), 0..60),
    text in "((content-type|status|location|x): ?[ -~]{0,9}\r?\n){0,4}\r?\n?[ -~\n]{0,9}",
  ) {
    let _ = parse_cgi_response(&output);
    if let Ok(response) = parse_cgi_response(text.as_bytes()) {
      prop_assert!(text.as_bytes().ends_with(response.body));
    }
  }
}
