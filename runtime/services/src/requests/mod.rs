//! What native plugins ask for, in the wire format (`plugin_wire::services`): requests in, answers out, on any thread.

mod connections;
mod failures;
mod grants;
mod http;
mod key_value;
mod postgres;
mod redis;
mod written;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::future::Either;
use futures::future::ready;
use futures::future::select;
use plugbay_core::OpFailure;
use plugbay_http::Caller;
use plugin_wire::services::Request;
use plugin_wire::services::read;
use tokio::sync::watch;

pub use self::grants::PluginGrants;
use self::grants::nothing_granted;

use crate::Failure;
use crate::requests::connections::Connected;
use crate::requests::connections::Connections;
use crate::requests::written::Written;
use crate::requests::written::written;
use crate::servers::on_io;

/// The services of one open plugin, with the connections that it has.
pub struct PluginServices {
  used: Arc<Used>,
  /// Dropped with the plugin.
  open: watch::Sender<()>,
}

/// What requests that are under way hold.
struct Used {
  grants: Arc<PluginGrants>,
  connections: Arc<Connections>,
}

impl PluginServices {
  /// Those of a plugin that has no connections yet.
  pub fn new(grants: Arc<PluginGrants>) -> Self {
    Self { used: Arc::new(Used { grants, connections: Arc::default() }), open: watch::Sender::default() }
  }

  /// Does what a request asks for, on the thread of services, for the sake of the server's request that the current
  /// future answers. What it gives may be polled anywhere; when it is dropped the request is given up. It ends with an
  /// error when `self` is dropped.
  pub fn begin(&self, request: &[u8]) -> BoxFuture<'static, Written> {
    let request = match read(request) {
      Ok(request) => request,
      Err(error) => return failed(format!("the host does not know what the plugin asks for: {error}")),
    };
    if let Request::Close { connection } = request {
      self.used.connections.close(connection);
      return ready(written(&())).boxed();
    }
    let (used, mut open, caller) = (self.used.clone(), self.open.subscribe(), Caller::current());
    async move {
      let answer = on_io(used.answer(request, caller));
      match select(pin!(answer), pin!(open.changed())).await {
        Either::Left((answer, _)) => answer?.written(),
        Either::Right(_) => Err(OpFailure::service_failed("the plugin is closed")),
      }
    }
    .boxed()
  }
}

/// What is told of an answer when the plugin is there to take it.
enum Answer {
  Written(Vec<u8>),
  Connected(Connected),
}

impl Answer {
  fn written(self) -> Written {
    match self {
      Self::Written(bytes) => Ok(bytes),
      Self::Connected(connected) => written(&connected.take()),
    }
  }
}

impl Used {
  async fn answer(self: Arc<Self>, request: Request, caller: Caller) -> Result<Answer, OpFailure> {
    match request {
      Request::Connect(to) => Ok(Answer::Connected(self.connections.connect(&self.grants, to, caller).await?)),
      request => self.written(request).await.map(Answer::Written),
    }
  }

  async fn written(&self, request: Request) -> Written {
    match request {
      Request::KeyValue { store, request } => key_value::answer(self.grants.services()?, &store, request).await,
      // Others see to these.
      Request::Connect(_) | Request::Close { .. } => written(&()),
      Request::Execute { connection, statement, parameters } => {
        let session = self.connections.database(connection)?;
        written(&session.execute(statement, parameters).await?)
      }
      Request::Redis { connection, command, arguments } => {
        let session = self.connections.redis(connection)?;
        written(&redis::ask(&session, command, arguments).await?)
      }
      Request::PostgresQuery { connection, statement, parameters } => {
        let session = self.connections.postgres(connection)?;
        written(&postgres::query(&session, statement, parameters).await?)
      }
      Request::PostgresExecute { connection, statement, parameters } => {
        let session = self.connections.postgres(connection)?;
        written(&postgres::execute(&session, statement, parameters).await?)
      }
      Request::HttpAnswer { connection } => written(&http::answer(&*self.connections.http(connection)?).await?),
      Request::HttpRead { connection } => written(&http::read(&*self.connections.http(connection)?).await?),
      Request::HttpWrite { connection, bytes } => {
        written(&self.connections.http(connection)?.write(bytes.0.into()).await)
      }
      Request::HttpEnd { connection, trailers } => {
        written(&http::end(&*self.connections.http(connection)?, &trailers).await?)
      }
      Request::Variable { name } => written(&self.grants.services()?.variable(&name).await?),
      Request::Variables => {
        written(&self.grants.services()?.variables().await?.into_iter().collect::<BTreeMap<_, _>>())
      }
      Request::Environment => {
        written(self.grants.environment.as_ref().ok_or_else(|| nothing_granted("no environment of its own"))?)
      }
      Request::Path { path } => written(&self.path(&path)?),
    }
  }

  /// Where a file of the component's lies.
  fn path(&self, name: &str) -> Result<String, OpFailure> {
    let asked = if name.starts_with('/') { name.to_owned() } else { format!("/{name}") };
    let below = |place: &str| {
      let rest = asked.strip_prefix(place.trim_end_matches('/'))?;
      (rest.is_empty() || rest.starts_with('/')).then(|| rest.trim_start_matches('/').to_owned())
    };
    let found = self.grants.files.iter().filter_map(|(place, path)| Some((place.len(), path, below(place)?)));
    let (_, path, rest) = found.max_by_key(|(length, ..)| *length).ok_or_else(|| OpFailure::no_such_file(name))?;
    let path = if rest.is_empty() { path.clone() } else { path.join(rest) };
    path.into_os_string().into_string().map_err(|path| Failure::other(format!("{} is no UTF-8", path.display())).into())
  }
}

fn failed(message: String) -> BoxFuture<'static, Written> {
  ready(Err(OpFailure::service_failed(message))).boxed()
}
