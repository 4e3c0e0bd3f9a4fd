//! What whoever runs an app asks of it: whether it lives, whether it takes requests, and what it counts. It has an
//! address of its own, which is not for strangers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::error::UpError;
use crate::generation::Current;
use crate::meters::Meters;
use crate::triggers::Readiness;

/// Until the head of a request is there.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Until an answer is read. Each has a connection of its own.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Connections at once; others wait.
const MAX_CONNECTIONS: usize = 32;

/// What the admin address tells of.
#[derive(Clone)]
pub(crate) struct Admin {
  pub(crate) current: Arc<Current>,
  pub(crate) meters: Arc<Meters>,
  pub(crate) readiness: Readiness,
}

impl Admin {
  /// Serves it until the runtime of tokio that runs this ends.
  ///
  /// # Errors
  ///
  /// When the address cannot be had.
  pub(crate) async fn listen(self, address: SocketAddr) -> Result<SocketAddr, UpError> {
    let listening = |error| UpError::Admin { address, error };
    let listener = TcpListener::bind(address).await.map_err(listening)?;
    let bound = listener.local_addr().map_err(listening)?;
    let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    tokio::spawn(async move {
      loop {
        let Ok(place) = room.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
          tokio::time::sleep(Duration::from_millis(50)).await;
          continue;
        };
        let admin = self.clone();
        let service = service_fn(move |request| {
          let answer = admin.answer(&request);
          async move { Ok::<_, Infallible>(answer) }
        });
        let mut builder = http1::Builder::new();
        builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).keep_alive(false);
        // Whoever breaks off is told nothing.
        tokio::spawn(async move {
          let served = builder.serve_connection(TokioIo::new(stream), service);
          let _ = tokio::time::timeout(TIMEOUT, served).await;
          drop(place);
        });
      }
    });
    Ok(bound)
  }

  fn metrics(&self) -> String {
    match self.current.site() {
      Some(site) => self.meters.text(site.queued(), self.current.lanes()),
      None => self.meters.text(std::iter::empty(), 0),
    }
  }

  fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let is_get = [Method::GET, Method::HEAD].contains(request.method());
    let mut kind = "text/plain; charset=utf-8";
    let (status, text) = match request.uri().path() {
      _ if !is_get => (StatusCode::METHOD_NOT_ALLOWED, String::new()),
      "/live" => (StatusCode::OK, "live\n".to_string()),
      "/ready" if self.readiness.is_ready() => (StatusCode::OK, "ready\n".to_string()),
      "/ready" => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n".to_string()),
      "/metrics" => {
        kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        (StatusCode::OK, self.metrics())
      }
      _ => (StatusCode::NOT_FOUND, "there are /live, /ready and /metrics\n".to_string()),
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
  }
}
