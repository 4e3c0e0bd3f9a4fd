use super::*;
use crate::Router;
use http::Request;

fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
  let mut request = Request::builder().method("POST").uri(uri);
  for (name, value) in headers {
    request = request.header(*name, *value);
  }
  request.body(()).unwrap().into_parts().0
}

fn variables(route: &str, uri: &str, headers: &[(&str, &str)]) -> BTreeMap<String, String> {
  let router = Router::new("/base", [(0, route)]).unwrap().0;
  let request = parts(uri, headers);
  let origin = RequestOrigin {
    scheme: "http",
    host: "a.dev:3000",
    path_and_query: request.uri.path_and_query().unwrap().as_str(),
    client: "[::1]:4000".parse().unwrap(),
  };
  wagi_variables(&router.route(request.uri.path()).unwrap(), &request, origin, 11)
}

#[test]
fn tells_a_command_of_its_request() {
  let told = variables(
    "/hello/:who/...",
    "/base/hello/ann/a%20b?x=1&y=2",
    &[
      ("host", "a.dev:3000"),
      ("content-type", "text/plain"),
      ("x-two-words", "é"),
      ("authorization", "Basic secret"),
      ("connection", "close"),
      ("proxy", "http://evil.com"),
    ],
  );
  let wanted: BTreeMap<String, String> = [
    ("AUTH_TYPE", ""),
    ("CONTENT_LENGTH", "11"),
    ("CONTENT_TYPE", "text/plain"),
    ("GATEWAY_INTERFACE", "CGI/1.1"),
    ("HTTP_CONTENT_TYPE", "text/plain"),
    ("HTTP_HOST", "a.dev:3000"),
    ("HTTP_X_TWO_WORDS", "CORRUPT VALUE"),
    ("PATH_INFO", "/a%20b"),
    ("PATH_TRANSLATED", "/a b"),
    ("QUERY_STRING", "x=1&y=2"),
    ("REMOTE_ADDR", "::1"),
    ("REMOTE_HOST", "::1"),
    ("REMOTE_USER", ""),
    ("REQUEST_METHOD", "POST"),
    ("SCRIPT_NAME", "/base/hello/:who"),
    ("SERVER_NAME", "a.dev"),
    ("SERVER_PORT", "3000"),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
    ("SERVER_SOFTWARE", "WAGI/1"),
    ("X_BASE_PATH", "/"),
    ("X_CLIENT_ADDR", "[::1]:4000"),
    ("X_COMPONENT_ROUTE", "/hello/:who"),
    ("X_FULL_URL", "http://a.dev:3000/base/hello/ann/a%20b?x=1&y=2"),
    ("X_MATCHED_ROUTE", "/base/hello/:who/..."),
    ("X_PATH_MATCH_WHO", "ann"),
    ("X_RAW_COMPONENT_ROUTE", "/hello/:who/..."),
    ("X_RAW_PATH_INFO", "/a%20b"),
  ]
  .map(|(name, value)| (name.to_owned(), value.to_owned()))
  .into();
  assert_eq!(told, wanted);
}

#[test]
fn a_server_has_a_name_and_a_port() {
  for (uri, host, name, port) in [
    ("/base", Some("[::1]:8080"), "[::1]", "8080"),
    ("/base", Some("a.dev"), "a.dev", "80"),
    ("/base", None, "localhost", "80"),
    ("http://b.dev:81/base", None, "b.dev", "81"),
  ] {
    let headers: Vec<(&str, &str)> = host.map(|host| ("host", host)).into_iter().collect();
    let told = variables("/", uri, &headers);
    assert_eq!((told["SERVER_NAME"].as_str(), told["SERVER_PORT"].as_str()), (name, port), "{uri} {host:?}");
  }
}

#[test]
fn arguments_are_split_at_spaces() {
  let arguments = |argv: &str, uri| {
    let wagi = Wagi { argv: argv.to_owned(), ..Wagi::default() };
    wagi_arguments(&wagi, &parts(uri, &[]))
  };
  assert_eq!(arguments("${SCRIPT_NAME} ${ARGS}", "/a/b?x=1&y=2"), ["/a/b", "x=1", "y=2"]);
  assert_eq!(arguments("run ${SCRIPT_NAME} --flag", "/a?x"), ["run", "/a", "--flag"]);
  assert_eq!(arguments("${SCRIPT_NAME} ${ARGS}", "/a"), ["/a", ""]);
  assert_eq!(Wagi::default().entrypoint, "_start");
}

/// Status, headers and body.
type Parsed = (u16, Vec<(String, String)>, String);

fn parsed(output: &str) -> Result<Parsed, CgiFault> {
  parse_cgi_response(output.as_bytes()).map(|response| {
    let headers = response.headers.iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (response.status.as_u16(), headers, String::from_utf8_lossy(response.body).into_owned())
  })
}

fn pairs(headers: &[(&str, &str)]) -> Vec<(String, String)> {
  headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn answers() {
  for (output, status, headers, body) in [
    ("Content-Type: text/plain\n\nhello\n\nyou", 200, vec![("content-type", "text/plain")], "hello\n\nyou"),
    ("content-type:text/html\r\n\r\n\r\n", 200, vec![("content-type", "text/html")], "\r\n"),
    ("Status: 404 Not Found\n\n", 404, vec![], ""),
    ("Location: /elsewhere\n\n", 302, vec![("location", "/elsewhere")], ""),
    ("Location: /elsewhere\nStatus: 307\n\n", 307, vec![("location", "/elsewhere")], ""),
    ("Status: none\n\n", 502, vec![], ""),
    (
      "no header\nbad name: x\nSet-Cookie: a\nSet-Cookie: b\nStatus: 200\n\n",
      200,
      vec![("set-cookie", "a"), ("set-cookie", "b")],
      "",
    ),
  ] {
    assert_eq!(parsed(output), Ok((status, pairs(&headers), body.to_owned())), "{output:?}");
  }
}

#[test]
fn what_is_no_answer() {
  assert_eq!(parsed(""), Err(CgiFault::Empty));
  for output in ["hello", "\n", "\n\nhello", "x-header: 1\n\nbody", "content-type: text/plain\n", "content-type: a"] {
    assert_eq!(parsed(output), Err(CgiFault::NoHeaders), "{output:?}");
  }
  assert_eq!(parse_cgi_response(b"status: 200\nx: \xff\n\n"), Err(CgiFault::NoText));
  assert_eq!(parsed("status: 200\nx-bell: \u{7}\n\n"), Err(CgiFault::BadValue("x-bell".to_owned())));
}
