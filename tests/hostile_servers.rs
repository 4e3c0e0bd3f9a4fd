//! Servers that are not what they say, or have been taken over: what they send fills no memory and ends no process.

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use plugbay::services::Limits;
use plugbay::services::Services;

use crate::app::host::App;
use crate::app::host::ONE_MODULE;

/// A server whose connections are each had by `talk`, on a thread of its own.
fn serve(talk: impl Fn(TcpStream) -> std::io::Result<()> + Clone + Send + 'static) -> u16 {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let port = listener.local_addr().expect("it has an address").port();
  thread::spawn(move || {
    for stream in listener.incoming().map_while(Result::ok) {
      let talk = talk.clone();
      // That the client has gone is no fault of the server's.
      thread::spawn(move || talk(stream).ok());
    }
  });
  port
}

fn services(make: impl FnOnce(plugbay::services::Builder) -> Result<plugbay::services::Builder, String>) -> Services {
  let limits = Limits { result_bytes: 1 << 20, statement: Duration::from_secs(60), ..Limits::default() };
  make(Services::builder("unused").limits(limits)).expect("it is a URL").build().expect("it is right")
}

/// Says it again and again, until nobody listens.
fn without_end(mut stream: TcpStream, bytes: &[u8]) -> std::io::Result<()> {
  let many = bytes.repeat((64 << 10) / bytes.len() + 1);
  loop {
    stream.write_all(&many)?;
  }
}

/// Answers by what is in the key that is asked for.
fn redis(mut stream: TcpStream) -> std::io::Result<()> {
  let mut bytes = [0; 4096];
  loop {
    let count = stream.read(&mut bytes)?;
    let said = String::from_utf8_lossy(&bytes[..count]).into_owned();
    let asks = |what: &str| said.contains(what);
    match () {
      () if count == 0 => return Ok(()),
      () if asks("SUBSCRIBE") => {
        stream.write_all(b"*3\r\n$9\r\nsubscribe\r\n$6\r\norders\r\n:1\r\n")?;
        stream.write_all(b"*3\r\n$7\r\nmessage\r\n$6\r\norders\r\n$100000000000\r\n")?;
        return without_end(stream, b"x");
      }
      () if asks("SCAN") => stream.write_all(b"*2\r\n$1\r\n7\r\n*1\r\n$1\r\na\r\n")?,
      () if asks("bulk") => {
        stream.write_all(b"$100000000000\r\n")?;
        return without_end(stream, b"x");
      }
      () if asks("many") => {
        stream.write_all(b"*20000\r\n")?;
        return without_end(stream, &[&b"$200\r\n"[..], &[b'x'; 200], b"\r\n"].concat());
      }
      () if asks("nested") => return without_end(stream, b"*1\r\n"),
      () if asks("line") => return without_end(stream, b"+"),
      () if asks("push") => {
        stream.write_all(b">2147483647\r\n")?;
        return without_end(stream, b":1\r\n");
      }
      () => stream.write_all(b"$2\r\nok\r\n")?,
    }
  }
}

#[tokio::test]
async fn of_a_reply_of_redis_no_more_is_read_than_may_be() {
  let port = serve(redis);
  let store = services(|builder| builder.redis_store("cache", &format!("redis://127.0.0.1:{port}"))).store("cache");
  for (key, most) in [("bulk", 2 << 20), ("many", 2 << 20), ("line", 64 << 10), ("push", 2 << 20)] {
    let told = store.get(key.to_string()).await.unwrap_err().to_string();
    assert_eq!(told, format!("the key-value store cache: an answer has more than {most} bytes"), "{key}");
    // The next one has a connection of its own.
    assert_eq!(store.get("another".to_string()).await.unwrap(), Some(b"ok".to_vec()));
  }
  let told = store.get("nested".to_string()).await.unwrap_err().to_string();
  assert!(told.contains("recursion depth"), "{told}");
}

/// Nor of one whose answer never comes, when nobody waits for it any more.
#[tokio::test]
async fn a_connection_ends_whatever_is_under_way() {
  let (went, gone) = std::sync::mpsc::channel();
  let port = serve(move |mut stream| {
    while stream.read(&mut [0; 4096])? > 0 {}
    went.send(()).map_err(std::io::Error::other)
  });
  let limits = Limits { statement: Duration::from_millis(200), ..Limits::default() };
  let builder = Services::builder("unused").limits(limits).redis_store("cache", &format!("redis://127.0.0.1:{port}"));
  let store = builder.expect("it is a URL").build().expect("it is right").store("cache");
  let told = store.get("any".to_string()).await.unwrap_err().to_string();
  assert_eq!(told, "the key-value store cache has not answered within 200ms");
  gone.recv_timeout(Duration::from_secs(60)).expect("the connection is closed");
}

#[tokio::test]
async fn a_cursor_without_an_end_comes_to_an_end() {
  let port = serve(redis);
  let limits = Limits { statement: Duration::from_millis(500), ..Limits::default() };
  let builder = Services::builder("unused").limits(limits).redis_store("cache", &format!("redis://127.0.0.1:{port}"));
  let store = builder.expect("it is a URL").build().expect("it is right").store("cache");
  let told = store.keys(None, 10).await.unwrap_err().to_string();
  assert_eq!(told, "the key-value store cache has not answered within 500ms");
}

#[test]
fn of_a_message_of_redis_no_more_is_read_than_may_be() {
  let port = serve(redis);
  let manifest =
    ONE_MODULE.replace("[[trigger.http]]\n  route = \"/...\"", "[[trigger.redis]]\n  channel = \"orders\"");
  let manifest = manifest.replace(
    "name = \"site\"",
    &format!("name = \"site\"\n[app.trigger.redis]\naddress = \"redis://127.0.0.1:{port}\""),
  );
  let manifest = format!("{manifest}\n[[trigger.http]]\nroute = \"/\"\nstatic_response = {{ body = \"here\" }}\n");
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", "export default { redis() {} };")]);
  let host = app.up();
  let said = host.says("cannot listen");
  assert!(said.contains("an answer has more than 16777216 bytes; it is tried again in 1 s"), "{said}");
  assert_eq!(host.get("/").text(), "here");
}

/// A message of PostgreSQL's protocol.
fn message(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
  let payload = parts.concat();
  [&[kind], &(payload.len() as u32 + 4).to_be_bytes()[..], &payload].concat()
}

/// Lets everybody in, and does what the name of the user says.
fn postgres(mut stream: TcpStream) -> std::io::Result<()> {
  let read = |stream: &mut TcpStream, has_kind: bool| {
    let mut head = [0; 5];
    stream.read_exact(&mut head[usize::from(!has_kind)..])?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let mut payload = vec![0; length - 4];
    stream.read_exact(&mut payload)?;
    Ok::<_, std::io::Error>((head[0], String::from_utf8_lossy(&payload).into_owned()))
  };
  let (_, user) = read(&mut stream, false)?;
  let is = |what: &str| user.contains(what);
  let ready = message(b'Z', &[b"I"]);
  stream.write_all(&[message(b'R', &[&[0; 4]]), ready.clone()].concat())?;
  // Of one column, a text; or of none.
  let column = [&0_u32.to_be_bytes()[..], &[0; 2], &25_u32.to_be_bytes(), &[0xff; 2], &[0xff; 4], &[0; 2]].concat();
  let columns = match is("empty") {
    true => message(b'T', &[&[0, 0]]),
    false => message(b'T', &[&[0, 1], b"a\0", &column]),
  };
  loop {
    let (kind, _) = read(&mut stream, true)?;
    match kind {
      b'Q' => stream.write_all(&[message(b'C', &[b"SET\0"]), ready.clone()].concat())?,
      b'P' => stream.write_all(&message(b'1', &[]))?,
      b'D' => stream.write_all(&[message(b't', &[&[0, 0]]), columns.clone()].concat())?,
      b'B' => stream.write_all(&message(b'2', &[]))?,
      b'C' => stream.write_all(&message(b'3', &[]))?,
      b'E' if is("huge") => {
        stream
          .write_all(&[b"D", &0x7fff_fff0_u32.to_be_bytes()[..], &[0, 1], &0x7fff_ff00_u32.to_be_bytes()].concat())?;
        return without_end(stream, b"x");
      }
      b'E' if is("settings") => {
        for number in 0_u64.. {
          let setting = message(b'S', &[number.to_string().as_bytes(), b"\0", &[b'x'; 1000], b"\0"]);
          stream.write_all(&setting)?;
        }
      }
      b'E' if is("empty") => return without_end(stream, &message(b'D', &[&[0, 0]])),
      b'E' => {
        let row = message(b'D', &[&[0, 1], &2_u32.to_be_bytes(), b"ok"]);
        stream.write_all(&[row, message(b'C', &[b"SELECT 1\0"])].concat())?;
      }
      b'S' => stream.write_all(&ready)?,
      _ => return Ok(()),
    }
  }
}

#[tokio::test]
async fn of_an_answer_of_postgresql_no_more_is_read_than_may_be() {
  let (went, gone) = std::sync::mpsc::channel();
  let port = serve(move |stream| {
    let ended = postgres(stream);
    let _ = went.send(());
    ended
  });
  for (user, told) in [
    ("huge", Some("an answer has more than 2097152 bytes: the connection is closed; ask for less")),
    ("settings", Some("an answer has more than 1048576 bytes: the connection is closed; ask for less")),
    ("empty", Some("the statement gives more than 1048576 bytes; ask for less, as with LIMIT")),
    ("honest", None),
  ] {
    let url = format!("postgres://{user}:hush@127.0.0.1:{port}/orders?sslmode=disable");
    let database = services(|builder| builder.postgres_database("orders", &url)).database("orders");
    let session = database.connect();
    let given = session.execute("SELECT a FROM t".to_string(), Vec::new()).await;
    let Some(told) = told else {
      assert_eq!(given.unwrap().rows.len(), 1);
      continue;
    };
    assert_eq!(given.unwrap_err().to_string(), told);
    drop(session);
    // Nobody reads any more what it sends.
    let wait = gone.recv_timeout(Duration::from_secs(60));
    wait.unwrap_or_else(|_| panic!("{user}: the connection is open"));
  }
}
