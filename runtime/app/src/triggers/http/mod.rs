//! The HTTP trigger: sockets, and what becomes of a request.

pub(crate) mod answer;
pub(crate) mod body;
mod connections;
mod file_limit;
pub(crate) mod fixed;
mod framing;
mod heads;
mod io_threads;
pub(crate) mod request_id;
mod server;
pub(crate) mod site;
mod talk;
mod tls;
mod wagi;
mod wire;

use std::fmt::Write as _;

use futures::FutureExt;
use futures::future::BoxFuture;

use self::connections::Connections;
use self::file_limit::allowed;
use self::io_threads::IoThreads;
use self::server::Server;
use self::tls::acceptor;
use super::trigger::Bound;
use super::trigger::Host;
use super::trigger::Trigger;
use crate::error::UpError;
use crate::generation::Current;

/// Calls components for HTTP requests.
pub(crate) struct Http;

impl Trigger for Http {
  fn kind(&self) -> &str {
    "http"
  }

  fn bind(
    &self,
    Host { options, process, current, stop, ready, .. }: Host,
  ) -> BoxFuture<'static, Result<Bound, UpError>> {
    async move {
      let tls = options.tls.as_ref().map(|(certificate, key)| acceptor(certificate, key)).transpose();
      let tls = tls.map_err(UpError::Tls)?;
      let server = Server::bind(options.listen, tls, options.find_free_port).await;
      let server = server.map_err(|error| UpError::Listen { address: options.listen, error })?;
      let says = routes(&current, &server)?;
      let connections = Connections::new(allowed(options.limits.connections), process.meters.clone());
      let threads = IoThreads::start()?;
      let serve = async move {
        ready.set(true);
        server.serve(threads, current, connections, stop).await;
        Ok(())
      };
      Ok(Bound { says, serve: serve.boxed() })
    }
    .boxed()
  }
}

/// What is served where.
fn routes(current: &Current, server: &Server) -> Result<String, UpError> {
  let base = format!("{}://{}", server.scheme(), server.address()?);
  let mut text = format!("Serving {base}\n");
  if let Some(site) = current.site() {
    for (route, answers) in site.routes() {
      let _ = writeln!(text, "  {answers}: {base}{route}");
    }
  }
  Ok(text)
}
