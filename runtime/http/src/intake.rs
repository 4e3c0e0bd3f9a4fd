//! What an isolate takes of its queues, and how much of that is not answered.

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::op2;
use http::HeaderValue;
use http::Method;
use http::Uri;
use http::request::Parts;
use hyper::body::Body;
use tokio::time::Sleep;
use tokio::time::sleep_until;

use crate::caller::Depth;
use crate::caller::X_REQUEST_ID;
use crate::headers::text_of;
use crate::incoming::Incoming;
use crate::queue::Requests;
use crate::queue::Taker;
use crate::serving::Changes;
use crate::serving::CommandLine;
use crate::serving::Exchange;
use crate::serving::PATIENCE;
use crate::serving::Unsettled;
use crate::serving::Until;

/// A request as a handler has it.
pub struct Accepted {
  /// Of what is to be answered: for `op_http_respond` and `op_http_refuse`.
  pub exchange: ResourceId,
  /// Which handler is to answer.
  pub handler: u32,
  /// Of a command, how it is run.
  pub command: Option<CommandLine>,
  /// How it asks.
  pub method: Method,
  /// What it asks for.
  pub uri: Uri,
  /// What it says besides: a text of lines, names and values in turn, of which each byte is a character.
  pub headers: Vec<u8>,
  id: Option<HeaderValue>,
  /// Of the body, if there is one.
  pub body: Option<ResourceId>,
  /// How many requests it has behind it, for those that it asks.
  pub depth: u32,
}

impl Accepted {
  /// What it is called in logs, if the server says that.
  pub fn id(&self) -> Option<&str> {
    self.id.as_ref()?.to_str().ok()
  }
}

/// The requests whose handlers are not done, by the numbers that these know them by.
#[derive(Clone, Default)]
struct Running(Rc<RefCell<HashMap<ResourceId, Rc<Unsettled>>>>);

/// That an isolate takes requests, among all that it has open: when a module has closed it, it takes no more.
#[derive(Default)]
struct Place(Cell<bool>);

impl Resource for Place {
  fn name(&self) -> Cow<'_, str> {
    "httpRequests".into()
  }

  fn close(self: Rc<Self>) {
    self.0.set(true);
  }
}

/// What an isolate takes of its queues.
pub struct Intake {
  place: Rc<Place>,
  queues: Vec<Limited>,
  running: Running,
  changes: Changes,
  last: Option<Rc<Unsettled>>,
}

/// A queue of which so many requests are taken at once.
struct Limited {
  taker: Taker,
  most: usize,
  is_open: bool,
  /// As of the last look.
  has_room: bool,
  /// Those that were taken, but for some of the others that are done.
  taken: Vec<Rc<Unsettled>>,
  /// Until there may be room of which nobody tells.
  full: Option<Pin<Box<Sleep>>>,
}

impl Limited {
  fn new(queue: &Requests, most: usize) -> Self {
    Self { taker: queue.taker(), most, is_open: true, has_room: true, taken: Vec::new(), full: None }
  }

  /// The next request; none when no more will come. Where too many are not done, one is waited for that is, or that
  /// keeps others waiting no longer.
  fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Exchange>> {
    loop {
      let mut first = Until::Answered;
      if self.taken.len() >= self.most || self.taken.len() == self.taken.capacity() {
        self.taken.retain(|exchange| {
          let until = exchange.busy_until(cx);
          first = first.min(until.unwrap_or(first));
          until.is_some()
        });
      }
      self.has_room = self.taken.len() < self.most;
      if self.has_room {
        self.full = None;
      } else {
        self.taker.pause();
        let Until::Then(end) = first else {
          self.full = None;
          return Poll::Pending;
        };
        let full = self.full.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if full.deadline() != end {
          full.as_mut().reset(end);
        }
        ready!(full.as_mut().poll(cx));
        continue;
      }
      match ready!(self.taker.poll_next(cx)) {
        // Nobody waits for the others any more.
        Some(exchange) if exchange.answer.is_closed() => {}
        next => return Poll::Ready(next),
      }
    }
  }
}

impl Intake {
  /// Of `outer` at most so many at once, and all of `inner`, if that is another.
  pub fn new(state: &mut OpState, outer: &Requests, inner: &Requests, most: u32) -> Self {
    let (running, changes) = (Running::default(), Changes::default());
    state.put(running.clone());
    state.put(changes.clone());
    let place = Rc::new(Place::default());
    state.resource_table.add_rc(place.clone());
    let mut queues = vec![Limited::new(outer, most as usize)];
    // Whoever waits for a queue twice takes a request of it and keeps another from those who are free.
    if !inner.same_queue(outer) {
      queues.push(Limited::new(inner, usize::MAX));
    }
    Self { place, queues, running, changes, last: None }
  }

  /// The next request, whose handler is running until `op_http_ended`.
  pub fn poll_next(&mut self, cx: &mut Context<'_>, state: &RefCell<OpState>) -> Poll<Accepted> {
    if self.place.0.get() {
      self.queues.iter_mut().for_each(|queue| queue.is_open = false);
    }
    self.changes.0.set(false);
    for queue in self.queues.iter_mut().filter(|queue| queue.is_open) {
      match queue.poll_next(cx) {
        Poll::Ready(Some(exchange)) => {
          let (accepted, unsettled) = accept(&mut state.borrow_mut(), exchange);
          queue.taken.push(unsettled.clone());
          self.running.0.borrow_mut().insert(accepted.exchange, unsettled.clone());
          self.last = Some(unsettled);
          return Poll::Ready(accepted);
        }
        Poll::Ready(None) => queue.is_open = false,
        Poll::Pending => {}
      }
    }
    Poll::Pending
  }

  /// Whether the request that was taken last is answered.
  pub fn last_is_answered(&self) -> bool {
    self.last.as_ref().is_none_or(|last| last.is_settled())
  }

  /// Whether a request is answered, or its handler done, since the last look for another: there may be room.
  pub fn has_changed(&self) -> bool {
    self.changes.0.get()
  }

  /// Whether another request may come, and would be taken, now or later.
  pub fn waits(&self) -> bool {
    self.queues.iter().any(|queue| queue.is_open && (queue.has_room || queue.full.is_some()))
  }

  /// Whether no more requests will come, and all handlers are done.
  pub fn is_over(&self) -> bool {
    self.running.0.borrow().is_empty() && self.queues.iter().all(|queue| !queue.is_open)
  }
}

fn accept(state: &mut OpState, Exchange { handler, command, request, answer }: Exchange) -> (Accepted, Rc<Unsettled>) {
  let (head, body) = request.into_parts();
  let table = &mut state.resource_table;
  let body = (!body.is_end_stream()).then(|| table.add(Incoming::new(body, PATIENCE)));
  let depth = Depth::of(&head.extensions).0;
  let Parts { method, uri, headers: map, .. } = head;
  let (headers, id) = (text_of(&map), map.get(X_REQUEST_ID).cloned());
  let unsettled = Rc::new(Unsettled::new(answer, map));
  let exchange = table.add_rc(unsettled.clone());
  (Accepted { exchange, handler, command, method, uri, headers, id, body, depth }, unsettled)
}

/// Says that the handler of a request is done.
#[op2(fast)]
pub(crate) fn op_http_ended(state: &mut OpState, #[smi] exchange: ResourceId) {
  if let Some(ended) = state.borrow::<Running>().0.borrow_mut().remove(&exchange) {
    ended.end();
    state.borrow::<Changes>().note();
  }
}
