//! What a handler throws that nobody catches, and what it reads that never comes.

use std::process::Stdio;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;

const HANDLER: &str = r#"
  const later = () => new Promise((go) => setTimeout(go, 5));
  const actions = {
    report: () => reportError(new TypeError("it was reported")),
    value: () => reportError("a text was reported"),
    nothing: () => reportError(undefined),
    microtask: () => queueMicrotask(() => { throw new RangeError("of a microtask"); }),
    timer: () => void setTimeout(() => { throw new Error("of a timer"); }, 1),
    interval() {
      const timer = setInterval(() => { clearInterval(timer); throw new Error("of an interval"); }, 1);
    },
    listener() {
      const target = new EventTarget();
      target.addEventListener("x", () => { throw new Error("of a listener"); });
      target.dispatchEvent(new Event("x"));
    },
    rejection: () => void Promise.reject(new Error("of a promise")),
    within() {
      addEventListener("error", () => { throw new Error("of who hears of errors"); }, { once: true });
      reportError(new Error("of somebody else"));
    },
    prevented() {
      addEventListener("error", (event) => event.preventDefault(), { once: true });
      reportError(new Error("nobody is told"));
    },
  };
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      actions[pathname.slice(1)]?.();
      await later();
      return new Response("answered");
    },
  };
"#;

const LOGGED: [(&str, &[&str]); 10] = [
  ("report", &["TypeError: it was reported"]),
  ("value", &["a text was reported"]),
  ("nothing", &["undefined"]),
  ("microtask", &["RangeError: of a microtask"]),
  ("timer", &["Error: of a timer"]),
  ("interval", &["Error: of an interval"]),
  ("listener", &["Error: of a listener"]),
  ("rejection", &["Error: of a promise"]),
  ("within", &["of who hears of errors", "of somebody else"]),
  ("prevented", &[]),
];

#[test]
fn what_nobody_catches_is_logged_and_changes_no_answer() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", HANDLER)]);
  let poisoned = App::new(&[("plugbay.toml", &ONE_MODULE.replace("handler.js", "entry.js")), ("handler.js", HANDLER)]);
  poisoned.write_poisoned("handler.js");
  for app in [app, poisoned] {
    let host = Host::start(app.command_of(1));
    for (path, logged) in LOGGED {
      let answer = host.get(&format!("/{path}"));
      assert_eq!((answer.status, answer.text().as_str()), (200, "answered"), "{path}");
      for line in logged {
        host.says(line);
      }
    }
    // At once, and others meanwhile.
    let sent = LOGGED.map(|(path, _)| host.send("GET", &format!("/{path}"), &[], b""));
    assert!(sent.into_iter().all(|sent| sent.answer().text() == "answered"));
    let said = host.end();
    assert!(!said.contains("nobody is told") && !said.contains("begins anew") && !said.contains("POISONED"), "{said}");
  }
}

#[test]
fn a_handler_reads_nothing_from_standard_input() {
  let handler = r#"
    export default {
      async fetch() {
        const all = new Uint8Array(8), { stdin } = Deno;
        const whole = await new Response(stdin.readable).text();
        return new Response(`${stdin.readSync(all)} ${await stdin.read(all)} ${whole.length}`);
      },
    };
  "#;
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", handler)]);
  let mut command = app.command_of(1);
  // Nothing is written to it, and it does not end.
  command.stdin(Stdio::piped());
  let host = Host::start(command);
  assert_eq!(host.get("/").text(), "null null 0");
}

/// The loop began with the module, so that what it asks for has no request behind it.
#[test]
fn what_asks_itself_by_a_loop_of_its_own_comes_to_an_end() {
  let handler = r#"
    const queue = [];
    let go = () => {}, asked = 0;
    (async () => {
      for (;;) {
        while (queue.length === 0) await new Promise((more) => go = more);
        const done = queue.shift();
        asked++;
        fetch("http://self/loop").then((answer) => done(answer.status), done);
      }
    })();
    export default {
      async fetch(request) {
        if (new URL(request.url).pathname === "/count") return new Response(`${asked}`);
        const status = await new Promise((done) => {
          queue.push(done);
          go();
        });
        return new Response(`${status}`);
      },
    };
  "#;
  let manifest = format!(
    "{ONE_MODULE}instances = 1\nallowed_outbound_hosts = [\"http://self\"]\nlimits = {{ deadline = 100000 }}\n"
  );
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", handler)]);
  let host = Host::start(app.command_of(1));
  for round in 1..3 {
    assert_eq!(host.get("/loop").text(), "200");
    host.says("no more than 1024 requests at its own app at once");
    assert_eq!(host.get("/count").text(), (1025 * round).to_string());
  }
}
