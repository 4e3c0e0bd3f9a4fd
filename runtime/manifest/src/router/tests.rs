use super::*;

fn router(base: &str, routes: &[&str]) -> Router {
  Router::new(base, routes.iter().copied().enumerate()).unwrap().0
}

/// The route that a path goes to, as it is written.
fn routed<'r>(router: &'r Router, path: &str) -> Option<&'r str> {
  router.route(path).map(|found| found.raw_route())
}

#[test]
fn exact_routes() {
  let router = router("/", &["/foo", "/foo/bar", "/", "/baz/"]);
  for (path, route) in [
    ("/foo", Some("/foo")),
    ("/foo/", Some("/foo")),
    ("/foo/bar", Some("/foo/bar")),
    ("/", Some("/")),
    ("", Some("/")),
    ("/baz", Some("/baz/")),
    ("/fo", None),
    ("/foobar", None),
    ("/foo/bar/baz", None),
    ("/FOO", None),
    ("/f%6Fo", None),
  ] {
    assert_eq!(routed(&router, path), route, "{path}");
  }
}

#[test]
fn the_base_stands_before_every_route() {
  for base in ["/base", "base", "/base/"] {
    let router = router(base, &["/foo", "bar/...", "/"]);
    assert_eq!(routed(&router, "/base/foo"), Some("/foo"));
    assert_eq!(routed(&router, "/base/bar/x"), Some("bar/..."));
    assert_eq!(routed(&router, "/base"), Some("/"));
    assert_eq!(routed(&router, "/foo"), None);
    assert_eq!(router.route("/base/bar/x").unwrap().matched_route(), "/base/bar/...");
    assert_eq!(router.route("/base/bar/x").unwrap().matched_prefix(), "/base/bar");
    assert_eq!(router.route("/base/bar/x").unwrap().component_route(), "bar");
  }
}

#[test]
fn wildcards_take_what_follows() {
  for wildcard in ["...", "*"] {
    let route = format!("/test/{wildcard}");
    let router = router("/", &[&route]);
    for (path, rest) in [
      ("/test", Some("")),
      ("/test/", Some("/")),
      ("/test/hello", Some("/hello")),
      ("/test/hello/", Some("/hello/")),
      ("/test/a/b%2Fc/é", Some("/a/b%2Fc/é")),
      ("/testing", None),
      ("/", None),
    ] {
      assert_eq!(router.route(path).map(|found| found.path_info()), rest, "{path}");
    }
  }
  let all = router("/", &["/..."]);
  for path in ["/", "/1/2/3", "/abc/"] {
    assert_eq!(all.route(path).unwrap().path_info(), path);
  }
  assert_eq!(router("/", &["/foo"]).route("/foo/").unwrap().path_info(), "");
}

#[test]
fn the_longest_prefix_wins_whatever_the_order() {
  let mut routes =
    vec!["/...", "/one/...", "/one/two/...", "/one/two/three/...", "/one", "/one/:x", "/one/:x/...", "/"];
  for _ in 0..routes.len() {
    routes.rotate_left(1);
    let router = router("/", &routes);
    for (path, route) in [
      ("/one/two/three/four", "/one/two/three/..."),
      ("/one/two/three", "/one/two/three/..."),
      ("/one/two", "/one/two/..."),
      ("/one/three", "/one/:x"),
      ("/one/three/four", "/one/:x/..."),
      ("/one", "/one"),
      ("/two", "/..."),
      ("/", "/"),
    ] {
      assert_eq!(routed(&router, path), Some(route), "{path} of {routes:?}");
    }
  }
}

#[test]
fn parameters_are_segments_or_parts_of_them() {
  for (route, path, wanted) in [
    ("/1/:two/3", "/1/2/3", vec![("two", "2")]),
    ("/1/:two/...", "/1/2/3", vec![("two", "2")]),
    ("/:a/:b", "/x/y/", vec![("a", "x"), ("b", "y")]),
    ("/:name.json", "/report.json", vec![("name", "report")]),
    ("/:name.:kind", "/report.tar.gz", vec![("name", "report"), ("kind", "tar.gz")]),
    ("/file.:kind", "/file.é", vec![("kind", "é")]),
    ("/é:x/:a-b", "/é:x/1", vec![("a-b", "1")]),
  ] {
    let router = router("/", &[route]);
    let found = router.route(path).unwrap_or_else(|| panic!("{route} takes {path}"));
    assert_eq!(found.parameters().collect::<Vec<_>>(), wanted, "{route}");
  }
  let router = router("/", &["/:name.json", "/a/:b"]);
  for path in ["/report", "/report.xml", "/a", "/a/", "/a.b.json"] {
    assert!(router.route(path).is_none(), "{path}");
  }
}

#[test]
fn text_is_asked_before_parameters() {
  let router = router("/", &["/:x", "/:x.json", "/a.json", "/:x/b", "/a/:y"]);
  assert_eq!(routed(&router, "/a.json"), Some("/a.json"));
  assert_eq!(routed(&router, "/b.json"), Some("/:x.json"));
  assert_eq!(routed(&router, "/b"), Some("/:x"));
  assert_eq!(routed(&router, "/a/b"), Some("/a/:y"));
}

#[test]
fn the_later_one_of_two_alike_counts() {
  let (router, hidden) =
    Router::new("/", [(0, "/"), (1, "/foo"), (2, "/foo"), (3, "/a/:b"), (4, "/a/:c"), (5, "/foo/")]).unwrap();
  assert_eq!(router.route("/foo").unwrap().trigger(), 2);
  assert_eq!(router.route("/a/1").unwrap().parameters().collect::<Vec<_>>(), [("b", "1")]);
  assert_eq!(
    hidden,
    [HiddenRoute { hidden: 1, by: 2 }, HiddenRoute { hidden: 4, by: 3 }, HiddenRoute { hidden: 5, by: 2 }]
  );
  assert_eq!(router.routes().count(), 3);
}

#[test]
fn what_is_no_route() {
  for (route, message) in [
    ("/a/.../b", "`...` stands only at the end"),
    ("/*/b", "`*` stands only at the end"),
    ("/a/*rest", "`*rest` stands only at the end"),
    ("/:", "a `:` has no name after it"),
    ("/:a/:a", "it has two parameters `a`"),
    ("/:a b", "the parameter `a b` has ` ` in its name"),
  ] {
    assert_eq!(RoutePattern::parse(route), Err(message.to_owned()));
  }
}

#[test]
fn reserved_routes() {
  assert!(router("/", &["/.well-known/spin/..."]).has_reserved_route());
  assert!(!router("/", &["/.well-known/spindle/...", "/.well-known/spin"]).has_reserved_route());
}

#[test]
fn a_chained_request_has_its_whole_path() {
  let found = RouteMatch::chained(3, "/a/b");
  assert_eq!((found.trigger(), found.path_info(), found.matched_route()), (3, "/a/b", "/..."));
  assert_eq!(found.parameters().count(), 0);
}
