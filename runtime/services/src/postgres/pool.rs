//! Connections to PostgreSQL servers that are used again: what somebody has done with one, the next does not see.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::Manager;
use deadpool::managed::Metrics;
use deadpool::managed::Object;
use deadpool::managed::Pool;
use deadpool::managed::PoolError;
use deadpool::managed::RecycleError;
use deadpool::managed::RecycleResult;
use deadpool::managed::WeakPool;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::Client;

use crate::Limits;
use crate::permits::Permits;
use crate::postgres::failure::PostgresFailure;
use crate::postgres::failure::Unconnected;
use crate::postgres::server::Driver;
use crate::postgres::server::Server;
use crate::servers::Asker;
use crate::servers::Unread;
use crate::servers::begin_on_io;

/// How long a connection stays open that nobody uses.
const IDLE: Duration = Duration::from_secs(30);
/// One that was not used for so long is asked whether it is still there, before somebody has it.
const FRESH: Duration = Duration::from_secs(1);

/// What a session may leave behind. Statements that the client itself has prepared stay: it knows the types by them.
const CLEAN: &str = "CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *; \
  SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; \
  DO $$ DECLARE one record; BEGIN FOR one IN SELECT name FROM pg_prepared_statements WHERE from_sql LOOP \
  EXECUTE format('DEALLOCATE %I', one.name); END LOOP; END $$;";

/// The pools of an app, which have so many connections together.
pub(crate) struct Pools {
  limits: Limits,
  permits: Permits,
  /// Who waits until one of the others closes a connection.
  waiting: AtomicUsize,
  all: Mutex<Vec<WeakPool<Connector>>>,
  is_watched: AtomicBool,
}

/// Connections to one server, for whoever may connect to it.
#[derive(Clone)]
pub(crate) struct ServerPool {
  pool: Pool<Connector>,
}

/// A connection that somebody has.
pub(crate) struct Pooled {
  object: Object<Connector>,
  pools: Arc<Pools>,
}

/// Connects to a server.
pub(crate) struct Connector {
  server: Server,
  /// Who connects, if it is not the host.
  asker: Option<Asker>,
  pools: Arc<Pools>,
}

/// A connection, and what it takes of those that the app may have.
pub(crate) struct Connection {
  client: Client,
  driver: Driver,
  _permit: OwnedSemaphorePermit,
}

impl Pools {
  pub(crate) fn new(limits: &Limits) -> Arc<Self> {
    Arc::new(Self {
      limits: *limits,
      permits: Permits::new(limits.postgres_connections, limits.wait),
      waiting: AtomicUsize::default(),
      all: Mutex::default(),
      is_watched: AtomicBool::default(),
    })
  }

  /// A pool of connections to a server.
  pub(crate) fn pool(self: &Arc<Self>, server: Server, asker: Option<Asker>) -> ServerPool {
    let Limits { postgres_connections, wait, .. } = self.limits;
    let pool = Pool::builder(Connector { server, asker, pools: self.clone() }).max_size(postgres_connections);
    let pool = pool.runtime(Runtime::Tokio1).wait_timeout(Some(wait)).build();
    let pool: Pool<Connector> = pool.expect("a pool with a runtime can have time-outs");
    let mut all = self.all();
    all.retain(|pool| pool.upgrade().is_some());
    all.push(pool.weak());
    drop(all);
    ServerPool { pool }
  }

  fn all(&self) -> MutexGuard<'_, Vec<WeakPool<Connector>>> {
    self.all.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Closes connections that nobody uses and that fit.
  fn close_idle(&self, fits: impl Fn(Metrics) -> bool) -> bool {
    let pools = self.all().iter().filter_map(WeakPool::upgrade).collect::<Vec<_>>();
    let mut has_some = false;
    for pool in pools {
      drop(pool.retain(|_, metrics| !fits(metrics)));
      has_some |= pool.status().size > 0;
    }
    has_some
  }

  /// Leave for one more connection; nothing if others have all of them for too long.
  async fn permit(&self) -> Option<OwnedSemaphorePermit> {
    if let Some(permit) = self.permits.try_take() {
      return Some(permit);
    }
    self.waiting.fetch_add(1, Ordering::Relaxed);
    let _waiting = Waiting(&self.waiting);
    self.close_idle(|_| true);
    self.permits.take().await
  }

  /// Closes what nobody uses for long, as long as there are connections.
  fn watch(self: &Arc<Self>) {
    if self.is_watched.swap(true, Ordering::Relaxed) {
      return;
    }
    let pools = Arc::downgrade(self);
    begin_on_io(async move {
      loop {
        tokio::time::sleep(IDLE / 2).await;
        let Some(pools) = pools.upgrade() else { return };
        if !pools.close_idle(|metrics| metrics.last_used() > IDLE) {
          pools.is_watched.store(false, Ordering::Relaxed);
          return;
        }
      }
    });
  }
}

struct Waiting<'w>(&'w AtomicUsize);

impl Drop for Waiting<'_> {
  fn drop(&mut self) {
    self.0.fetch_sub(1, Ordering::Relaxed);
  }
}

impl ServerPool {
  /// A connection, as a new one is.
  pub(crate) async fn take(&self) -> Result<Pooled, Unconnected> {
    let pools = self.pool.manager().pools.clone();
    match self.pool.get().await {
      Ok(object) => Ok(Pooled { object, pools }),
      Err(PoolError::Backend(failure)) => Err(failure),
      Err(_) => Err(full(&pools.limits)),
    }
  }

  /// Whether it has connections, or somebody waits for one.
  fn is_used(&self) -> bool {
    let status = self.pool.status();
    status.size > 0 || status.waiting > 0
  }
}

impl Pooled {
  pub(crate) fn client(&self) -> &Client {
    &self.object.client
  }

  /// Why it is lost, if that is because of what the server sent.
  pub(crate) async fn unread(&mut self) -> Option<Unread> {
    self.object.driver.unread().await
  }

  /// Has the next one have it, if nothing is left in it of this one's.
  pub(crate) fn give_back(self) {
    let Self { object, pools } = self;
    pools.watch();
    begin_on_io(async move {
      let cleaned = tokio::time::timeout(pools.limits.wait, clean(&object.client, &pools.limits)).await;
      // Who waits for a connection of another pool has its place.
      let is_wanted = pools.waiting.load(Ordering::Relaxed) > 0;
      match cleaned {
        Ok(Ok(())) if !is_wanted => drop(object),
        _ => drop(Object::take(object)),
      }
    });
  }

  /// Nobody has it any more.
  pub(crate) fn close(self) {
    drop(Object::take(self.object));
  }
}

async fn clean(client: &Client, limits: &Limits) -> Result<(), tokio_postgres::Error> {
  client.batch_execute("ROLLBACK").await?;
  client.batch_execute(CLEAN).await?;
  client.batch_execute(&Server::limits_of(limits)).await
}

impl Manager for Connector {
  type Type = Connection;
  type Error = Unconnected;

  async fn create(&self) -> Result<Connection, Unconnected> {
    let limits = &self.pools.limits;
    let permit = self.pools.permit().await.ok_or_else(|| full(limits))?;
    let (client, driver) = self.server.connect(self.asker.as_ref(), limits).await?;
    Ok(Connection { client, driver, _permit: permit })
  }

  async fn recycle(&self, connection: &mut Connection, metrics: &Metrics) -> RecycleResult<Unconnected> {
    let is_there = async || {
      // A statement without anything in it.
      let asked = connection.client.batch_execute("");
      matches!(tokio::time::timeout(self.pools.limits.wait, asked).await, Ok(Ok(())))
    };
    let is_open = !connection.client.is_closed() && (metrics.last_used() < FRESH || is_there().await);
    if is_open { Ok(()) } else { Err(RecycleError::message("the connection is lost")) }
  }
}

fn full(limits: &Limits) -> Unconnected {
  let most = limits.postgres_connections;
  let told = format!("the app has {most} connections to PostgreSQL servers already");
  Unconnected::Failed(PostgresFailure::ConnectionFailed(told))
}

/// The pools of a component, by the addresses that it has opened.
#[derive(Default)]
pub(crate) struct Addresses(Mutex<BTreeMap<String, ServerPool>>);

impl Addresses {
  /// The pool of an address, which is made if there is none.
  pub(crate) fn pool(&self, address: &str, make: impl FnOnce() -> ServerPool) -> ServerPool {
    let mut pools = self.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(pool) = pools.get(address) {
      return pool.clone();
    }
    // A component may write addresses without end.
    pools.retain(|_, pool| pool.is_used());
    pools.entry(address.to_owned()).or_insert_with(make).clone()
  }
}
