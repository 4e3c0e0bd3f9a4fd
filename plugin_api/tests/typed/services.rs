//! Services, of hosts that have them and of hosts that do not.

use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::sync::Mutex;

use plugin_abi as abi;
use plugin_abi::OwnedBuffer;
use plugin_api::OpError;
use plugin_api::futures::executor::block_on;
use plugin_api::services::Services;
use plugin_wire::services::Connect;
use plugin_wire::services::Request;
use plugin_wire::services::read;
use plugin_wire::services::write;

use crate::host::Plugin;
use crate::host::TABLE;

thread_local! {
  static SERVICES: RefCell<Option<Services>> = const { RefCell::new(None) };
}

/// What a plugin has that is opened with a table.
fn services_by(table: &'static abi::HostTable) -> Services {
  drop(Plugin::open_with(table, |interface| SERVICES.set(Some(interface.services()))));
  SERVICES.take().expect("the init has run")
}

fn told<T>(answer: Result<T, OpError>) -> String {
  let error = answer.err().expect("it fails");
  format!("{} {}: {error}", error.class(), error.code().unwrap_or_default())
}

/// The table ends where that of the first version does: what would come behind it is no memory.
#[test]
fn an_older_host_has_none() {
  let words = vec![0_usize; abi::HostTable::FIRST_SIZE / size_of::<usize>()];
  let table = Box::leak(words.into_boxed_slice()).as_mut_ptr().cast::<abi::HostTable>();
  // SAFETY: so many bytes are there, of a table whose size is not looked at yet.
  let services = unsafe {
    std::ptr::copy_nonoverlapping((&raw const TABLE).cast::<u8>(), table.cast::<u8>(), abi::HostTable::FIRST_SIZE);
    (&raw mut (*table).size).write(abi::HostTable::FIRST_SIZE);
    drop(Plugin::open_at(table, |interface| SERVICES.set(Some(interface.services()))));
    SERVICES.take().expect("the init has run")
  };
  let error = told(block_on(services.key_value("default").get("key")));
  assert!(error.starts_with("Error ERR_SERVICE: ") && error.contains("use a newer plugbay"), "{error}");
  #[cfg(feature = "http")]
  {
    let asked = services.http().send(plugin_api::http::Request::new(""));
    let error = told(block_on(asked));
    assert!(error.starts_with("Error ERR_SERVICE: ") && error.contains("use a newer plugbay"), "{error}");
  }
  // As a guest's host.
  let error = told(block_on(services_by(&TABLE).variables()));
  assert!(error.contains("use a newer plugbay"), "{error}");
}

static ASKED: Mutex<Vec<Request>> = Mutex::new(Vec::new());

/// Takes requests and answers by what is asked for.
unsafe extern "C" fn request_service(instance: u64, request: abi::Slice, outcome: *mut abi::Outcome) {
  static VTABLE: abi::FutureVTable =
    abi::FutureVTable { size: size_of::<abi::FutureVTable>(), poll: Some(poll), drop: Some(drop_asked) };
  assert_ne!(instance, 0);
  // SAFETY: the caller's promise.
  let (request, outcome) = unsafe { (std::slice::from_raw_parts(request.ptr, request.len), &mut *outcome) };
  let request = read::<Request>(request).expect("it is a request");
  ASKED.lock().unwrap().push(request.clone());
  match request {
    Request::Variable { name } if name == "closed" => fail(outcome, "the plugin is closed"),
    Request::Variable { name } if name == "odd" => outcome.kind = abi::outcome::NUMBER,
    // As a host that knows no such requests.
    Request::Connect(Connect::Http(_)) => fail(outcome, "the host does not know what the plugin asks for: http"),
    request => {
      let data = Box::into_raw(Box::new((request, 0_u32))).cast();
      outcome.payload.future = abi::Future { data, vtable: &VTABLE };
      outcome.kind = abi::outcome::ASYNC;
    }
  }
}

fn fail(outcome: &mut abi::Outcome, message: &str) {
  let text = |text: &str| OwnedBuffer::from(text.as_bytes().to_vec()).into_raw();
  outcome.payload.error = ManuallyDrop::new(abi::ErrorReport {
    size: size_of::<abi::ErrorReport>(),
    class: text("NotCapable"),
    code: text("ERR_SERVICE"),
    message: text(message),
  });
  outcome.kind = abi::outcome::ERROR;
}

/// Is done at the second poll.
unsafe extern "C" fn poll(data: *mut c_void, waker: *const abi::Waker, outcome: *mut abi::Outcome) -> u32 {
  // SAFETY: the caller's promise.
  let ((request, polls), outcome) = unsafe { (&mut *data.cast::<(Request, u32)>(), &mut *outcome) };
  *polls += 1;
  if *polls == 1 {
    // SAFETY: the caller's promise; a clone may wake on another thread.
    unsafe {
      let clone = (*(*waker).vtable).clone.unwrap()(waker) as usize;
      std::thread::spawn(move || {
        let clone = clone as *const abi::Waker;
        let vtable = &*(*clone).vtable;
        vtable.wake.unwrap()(clone);
        vtable.drop.unwrap()(clone);
      });
    }
    return 0;
  }
  let answer = match request {
    Request::Connect(Connect::Database(_)) => write(&7),
    Request::Variable { name } if name == "long" => write(&"x".repeat(1000)),
    Request::Variable { name } if name == "number" => write(&1),
    _ => {
      fail(outcome, "it may not");
      return 1;
    }
  };
  outcome.payload.buffer = ManuallyDrop::new(OwnedBuffer::from(answer.unwrap()).into_raw());
  outcome.kind = abi::outcome::SYNC;
  1
}

unsafe extern "C" fn drop_asked(data: *mut c_void) {
  // SAFETY: the caller's promise.
  drop(unsafe { Box::from_raw(data.cast::<(Request, u32)>()) });
}

static WITH_SERVICES: abi::HostTable = abi::HostTable { request_service: Some(request_service), ..TABLE };

#[test]
fn what_the_host_answers_is_read() {
  let services = services_by(&WITH_SERVICES);
  assert_eq!(block_on(services.variable("long")), Ok("x".repeat(1000)));
  assert_eq!(told(block_on(services.variable("closed"))), "NotCapable ERR_SERVICE: the plugin is closed");
  assert_eq!(told(block_on(services.variable("other"))), "NotCapable ERR_SERVICE: it may not");
  assert!(told(block_on(services.variable("odd"))).ends_with("the host gives an outcome of kind 5"));
  assert!(told(block_on(services.variable("number"))).contains("another answer than was asked for"));
  // What nobody waits for is dropped as it is, polled or not.
  drop(services.variable("long"));
  let mut asked = services.variable("long");
  block_on(std::future::poll_fn(|cx| {
    assert!(std::pin::Pin::new(&mut asked).poll(cx).is_pending());
    std::task::Poll::Ready(())
  }));
  drop(asked);
}

/// A connection is closed with the last who holds it, what was asked for by it among them.
#[test]
fn a_connection_is_closed_once() {
  let services = services_by(&WITH_SERVICES);
  let closed = || {
    let is_close = |request: &&Request| **request == Request::Close { connection: 7 };
    ASKED.lock().unwrap().iter().filter(is_close).count()
  };
  let thread = std::thread::spawn(move || block_on(services.database("default").connect()));
  let connection = thread.join().expect("it does not panic").expect("it connects");
  let executed = connection.clone().execute("select 1", []);
  drop(connection);
  assert_eq!(closed(), 0);
  assert_eq!(told(block_on(executed)), "NotCapable ERR_SERVICE: it may not");
  assert_eq!(closed(), 1);
}

#[cfg(feature = "http")]
#[test]
fn a_request_to_another_server_crosses_as_it_is() {
  use plugin_api::http::Body;
  use plugin_wire::services::Bytes;
  use plugin_wire::services::HttpBody;
  use plugin_wire::services::HttpRequest;

  let services = services_by(&WITH_SERVICES);
  let request =
    |body: Body| plugin_api::http::Request::post("http://a.example/b?c").header("X-D", "e").body(body).unwrap();
  let streamed = Body::from_stream(plugin_api::futures::stream::iter([Ok::<_, OpError>("piece")]));
  for (body, crossed) in
    [("whole".into(), HttpBody::Whole(b"whole".to_vec())), (streamed, HttpBody::Written { length: None })]
  {
    let asked = services.http().follow_redirects(3).send(request(body));
    assert_eq!(told(block_on(asked)), "NotCapable ERR_SERVICE: the host does not know what the plugin asks for: http");
    let expected = Connect::Http(HttpRequest {
      method: "POST".to_string(),
      uri: "http://a.example/b?c".to_string(),
      headers: vec![("x-d".to_string(), Bytes(b"e".to_vec()))],
      body: crossed,
      redirects: 3,
    });
    assert!(ASKED.lock().unwrap().contains(&Request::Connect(expected)));
  }
}
