//! Handlers that are native plugins: they answer the requests of a server without JavaScript.

use std::future::poll_fn;
use std::path::Path;
use std::rc::Rc;
use std::task::Poll;

use deno_core::futures::FutureExt;
use deno_core::futures::StreamExt;
use deno_core::futures::stream::FuturesUnordered;
use http::HeaderMap;
use http::Response;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http_body_util::BodyExt;
use http_body_util::Empty;
use http_body_util::Full;
use plugbay_core::OpFailure;
use plugbay_http::AnswerSender;
use plugbay_http::BodyWriter;
use plugbay_http::Caller;
use plugbay_http::Exchange;
use plugbay_http::MessageBody;
use plugbay_http::Patient;
use plugbay_http::Requests;
use plugbay_http::Unanswered;
use plugbay_http::message_body;
use plugbay_http::remove_connection_headers;
use plugbay_ops::Answering;
use plugbay_ops::Encoding;
use plugbay_ops::OpEntry;
use plugbay_ops::OpTarget;
use plugbay_ops::Outcome;
use plugbay_ops::PendingAnswer;
use plugbay_ops::ResponseBody;

use crate::Error;
use crate::Runtime;
use crate::host::Host;

impl Runtime {
  /// Opens the native plugin at `path`, a path relative to the working directory, as what answers the requests of that
  /// number. `options` are those of `Deno.openPlugin`, in JSON.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`], and `ERR_HTTP_HANDLER` where it has registered no handler.
  pub fn open_native_handler(&mut self, number: u32, path: impl AsRef<Path>, options: &str) -> Result<(), Error> {
    self.open_native(number, path.as_ref(), options, Encoding::Http)
  }

  /// Opens the native plugin at `path`, as [`Runtime::open_native_handler`] does, as what takes the messages of that
  /// number, of channels of Redis. Each is the body of a request, whose path is the channel's name in
  /// percent-encoding; its answer has none.
  ///
  /// # Errors
  ///
  /// As [`Runtime::open`], and `ERR_HTTP_HANDLER` where it has registered nothing that takes messages.
  pub fn open_native_receiver(&mut self, number: u32, path: impl AsRef<Path>, options: &str) -> Result<(), Error> {
    self.open_native(number, path.as_ref(), options, Encoding::Redis)
  }

  fn open_native(&mut self, number: u32, path: &Path, options: &str, encoding: Encoding) -> Result<(), Error> {
    let plugin = self.open_with_options(path, options)?;
    let handler = self.host().table.ops_of(plugin.rid).into_iter().find(|op| op.encoding == encoding);
    let Some(handler) = handler else {
      self.close(&plugin)?;
      let lacking = match encoding {
        Encoding::Redis => OpFailure::no_native_receiver(plugin.name()),
        _ => OpFailure::no_native_handler(plugin.name()),
      };
      return Err(Error::Script(lacking.to_string()));
    };
    self.host().native_handlers.borrow_mut().insert(number, handler);
    Ok(())
  }

  /// Answers requests of two queues with the native handlers that were opened, as [`Runtime::serve_requests`] does with
  /// others, until their other ends are dropped and all is answered. No JavaScript runs meanwhile.
  ///
  /// # Errors
  ///
  /// [`Error::Ended`]: what was not answered is not answered any more.
  pub fn serve_native_requests(&mut self, outer: Requests, inner: Requests, most: u32) -> Result<(), Error> {
    self.host().wakeups.sleep_at_once();
    self.run_without_script(async |host| {
      let others = async {
        if !inner.same_queue(&outer) {
          serve(host, &inner, usize::MAX).await;
        }
      };
      tokio::join!(serve(host, &outer, most as usize), others);
    })
  }
}

/// How many requests are taken at once until other things have their turn.
const MAX_TAKEN: usize = 32;

/// Answers requests of a queue, at most so many at once.
async fn serve(host: &Host, queue: &Requests, most: usize) {
  let (mut taker, mut running, mut is_open) = (queue.taker(), FuturesUnordered::new(), true);
  poll_fn(|cx| {
    for _ in 0..MAX_TAKEN {
      while let Poll::Ready(Some(())) = running.poll_next_unpin(cx) {}
      if !is_open || running.len() >= most {
        taker.pause();
        return if running.is_empty() { Poll::Ready(()) } else { Poll::Pending };
      }
      match taker.poll_next(cx) {
        Poll::Ready(Some(exchange)) => {
          // What the plugin asks for meanwhile is asked for the sake of this request.
          let caller = Caller::answering(&exchange.request);
          let left = caller.during(|| answer(host, exchange));
          running.extend(left.map(|left| caller.scope(left)));
        }
        Poll::Ready(None) => is_open = false,
        Poll::Pending => return Poll::Pending,
      }
    }
    cx.waker().wake_by_ref();
    Poll::Pending
  })
  .await;
}

/// Has its handler begin to answer a request; gives what is left to do, if all of the answer is not there at once.
fn answer(host: &Host, exchange: Exchange) -> Option<impl Future<Output = ()> + use<>> {
  let Exchange { handler, request, answer, .. } = exchange;
  let handler = host.native_handlers.borrow().get(&handler).cloned();
  // Nobody waits for the others any more.
  let answering = Answering::begin(handler.filter(|_| !answer.is_closed())?);
  let (head, body) = request.into_parts();
  let responded = match respond(&answering.entry, &head, body) {
    Ok(Responded::Now(response)) => Ok(response),
    Err(failure) => Err(failure),
    Ok(Responded::Later(pending)) => return Some(Left::Waits(answering, head.headers, pending, answer).run()),
  };
  let rest = settle(&answering, head.headers, responded, answer)?;
  Some(Left::Gives(answering, rest).run())
}

/// What is left to do for a request.
enum Left {
  /// Its response is not there.
  Waits(Answering, HeaderMap, Pending, AnswerSender),
  /// Its body is not.
  Gives(Answering, Rest),
}

impl Left {
  /// To its end. When nobody waits for the response any more, what the plugin has begun is dropped.
  async fn run(self) {
    let (answering, rest) = match self {
      Self::Gives(answering, rest) => (answering, Some(rest)),
      Self::Waits(answering, headers, mut pending, mut answer) => {
        let responded = tokio::select! {
          biased;
          outcome = &mut pending.answer => response_of(&answering.entry, outcome),
          () = answer.closed() => return,
        };
        drop(pending);
        let rest = settle(&answering, headers, responded, answer);
        (answering, rest)
      }
    };
    if let Some((writer, first, body)) = rest
      && let Err(failure) = writer.pump(first, body, |bytes| answering.gives(bytes)).await
    {
      tracing::error!(target: "handler", "{}", answering.fail(&failure));
    }
  }
}

/// What a handler has given.
enum Responded {
  Now(Response<ResponseBody>),
  Later(Pending),
}

/// What a handler gives later.
struct Pending {
  answer: PendingAnswer,
  /// Held as long as what it has begun.
  _code: Rc<dyn OpTarget>,
}

/// The response of a handler, up to its body.
fn respond(handler: &Rc<OpEntry>, head: &Parts, body: MessageBody) -> Result<Responded, OpFailure> {
  let body = Box::pin(Patient::new(body));
  let code = handler.target()?.code().ok_or_else(|| no_response(handler))?;
  match code.answer(head, body) {
    Outcome::Pending { answer, .. } => Ok(Responded::Later(Pending { answer, _code: code })),
    outcome => response_of(handler, outcome).map(Responded::Now),
  }
}

fn response_of(handler: &OpEntry, outcome: Outcome) -> Result<Response<ResponseBody>, OpFailure> {
  match outcome {
    Outcome::Response(response) => Ok(response),
    Outcome::Failed(failure) => Err(failure),
    _ => Err(no_response(handler)),
  }
}

fn no_response(handler: &OpEntry) -> OpFailure {
  OpFailure::gives_no_response(&handler.name, &handler.plugin.name)
}

/// Says what has become of a request; gives what is left of the body. Who has gone meanwhile is told nothing. `asked`
/// are the request's headers, whose memory the response's get: it goes back to whoever made it.
fn settle(
  answering: &Answering,
  mut asked: HeaderMap,
  responded: Result<Response<ResponseBody>, OpFailure>,
  answer: AnswerSender,
) -> Option<Rest> {
  match responded {
    Err(failure) => {
      let (code, message) = (failure.code.clone().into_owned(), answering.fail(&failure));
      let _ = answer.send(Err(Unanswered { code, message }));
      None
    }
    Ok(response) => {
      let (mut response, rest) = begin(answering, response);
      asked.clear();
      asked.extend(std::mem::take(response.headers_mut()));
      *response.headers_mut() = asked;
      let _ = answer.send(Ok(response));
      rest
    }
  }
}

/// What is left of a body to be sent: its first piece, if that is there, and the others.
type Rest = (BodyWriter, Option<bytes::Bytes>, ResponseBody);

/// What is sent of a response, with all of its body if that is there; or else what writes the body.
fn begin(answering: &Answering, response: Response<ResponseBody>) -> (Response<MessageBody>, Option<Rest>) {
  let (mut head, mut body) = response.into_parts();
  remove_connection_headers(&mut head.headers);
  if body.is_end_stream() {
    return (Response::from_parts(head, message_body(Empty::new())), None);
  }
  let length = body.size_hint().exact();
  let first = match length.and_then(|_| body.frame().now_or_never()) {
    Some(Some(Ok(frame))) => frame.into_data().ok(),
    _ => None,
  };
  if let Some(bytes) = &first
    && body.is_end_stream()
  {
    answering.gives(bytes.len());
    // Its length is what it is.
    head.headers.remove(CONTENT_LENGTH);
    return (Response::from_parts(head, message_body(Full::new(bytes.clone()))), None);
  }
  if let Some(length) = length {
    head.headers.entry(CONTENT_LENGTH).or_insert(length.into());
  }
  let (writer, pieces) = BodyWriter::new();
  (Response::from_parts(head, pieces), Some((writer, first, body)))
}
