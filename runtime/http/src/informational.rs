//! Responses before the response (1xx).

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use http::Request;

use crate::Failure;

/// How many of them a server may send for one request.
const MOST: usize = 100;

/// How many came for a request. The client reads one after the other for as long as they come, and nothing else on its
/// thread has its turn meanwhile.
pub struct Informational(Arc<AtomicUsize>);

impl Informational {
  /// Ends the connection of the request when there are too many.
  pub fn bound<B>(request: &mut Request<B>) -> Self {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    hyper::ext::on_informational(request, move |_| {
      if counted.fetch_add(1, Ordering::Relaxed) == MOST {
        // The client asks for no answer here. Unwinding ends the task of this connection, and the request fails.
        resume_unwind(Box::new("too many informational responses"));
      }
    });
    Self(count)
  }

  /// Why the request failed, if it is for that.
  pub fn failure(&self) -> Option<Failure> {
    let is_bounded = self.0.load(Ordering::Relaxed) > MOST;
    is_bounded.then(|| {
      Failure::new("HTTP-protocol-error", format!("the server sends more than {MOST} informational responses (1xx)"))
    })
  }
}
