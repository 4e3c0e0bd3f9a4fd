//! A SQLite file and the connections to it, as many as may be open at once. Whoever uses one leases it, and what is
//! done with it is done on a thread for work that blocks.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::Once;
use std::sync::PoisonError;

use rusqlite::Connection;
use rusqlite::ErrorCode;
use rusqlite::OpenFlags;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;

use crate::Failure;
use crate::Limits;
use crate::permits::Permits;
use crate::sqlite::fault::failure_of;
use crate::sqlite::guard::Seen;
use crate::sqlite::stop::Until;
use crate::sqlite::stop::Waiting;
use crate::sqlite::stop::free;

/// What SQLite may take of memory in this process, whatever is asked of it.
const MOST_MEMORY: i64 = 256 << 20;
/// KiB of pages that a connection keeps.
const CACHE: i64 = 1024;
/// Bytes that the journal of a file keeps when it is done with.
const JOURNAL: i64 = 16 << 20;

/// A file. It is opened when it is first used.
pub(crate) struct Database {
  path: PathBuf,
  /// What is said of it.
  name: String,
  pub(crate) limits: Limits,
  set_up: SetUp,
  idle: Mutex<Vec<Opened>>,
  permits: Permits,
  /// Held by who writes, so that others wait in turn: SQLite has them look again and again.
  writing: tokio::sync::Mutex<()>,
}

/// What is done with each new connection.
type SetUp = fn(&mut Connection, &Seen, &Limits) -> rusqlite::Result<()>;

/// A connection, and what was seen of what was asked of it.
pub(crate) struct Opened {
  pub(crate) connection: Connection,
  pub(crate) seen: Seen,
  /// How many rows it had changed when it was leased.
  changed_before: u64,
}

impl Opened {
  /// The number of the row that was inserted last, and how many were changed last: by whoever has it now.
  pub(crate) fn last_changes(&self) -> (i64, u64) {
    match self.connection.total_changes() == self.changed_before {
      true => (0, 0),
      false => (self.connection.last_insert_rowid(), self.connection.changes()),
    }
  }
}

impl Database {
  pub(crate) fn new(path: PathBuf, name: String, limits: Limits, set_up: SetUp) -> Arc<Self> {
    let permits = Permits::new(limits.connections, limits.wait);
    Arc::new(Self { path, name, limits, set_up, idle: Mutex::default(), permits, writing: Default::default() })
  }

  /// A connection of one's own, for as long as the lease is kept.
  pub(crate) async fn lease(self: &Arc<Self>) -> Result<Lease, Failure> {
    let permit = self.permits.take().await.ok_or_else(|| {
      Failure::Other(format!("all {} connections to {} are in use", self.limits.connections, self.name))
    })?;
    let opened = self.idle().pop();
    Ok(Lease { database: self.clone(), opened, is_tainted: false, _permit: permit })
  }

  /// Does something with a connection that is anybody's.
  pub(crate) async fn run<T: Send + 'static>(
    self: &Arc<Self>,
    work: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
  ) -> Result<T, Failure> {
    self.lease().await?.run(move |opened| work(&mut opened.connection)).await.1
  }

  /// The same for what writes.
  pub(crate) async fn write<T: Send + 'static>(
    self: &Arc<Self>,
    work: impl FnOnce(&mut Connection) -> Result<T, Failure> + Send + 'static,
  ) -> Result<T, Failure> {
    let turn = tokio::time::timeout(self.limits.wait, self.writing.lock()).await;
    let _turn = turn.map_err(|_| Failure::Other(format!("{} is busy: too many write", self.name)))?;
    self.run(work).await
  }

  pub(crate) fn failure_of(&self, error: &rusqlite::Error) -> Failure {
    match error.sqlite_error_code() {
      Some(ErrorCode::OperationInterrupted) => Failure::Other(format!(
        "what {} was asked for took longer than {:?} and was ended",
        self.name, self.limits.statement
      )),
      _ => failure_of(error, &self.name),
    }
  }

  fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Opened>> {
    self.idle.lock().unwrap_or_else(PoisonError::into_inner)
  }

  fn open(&self, until: Until) -> Result<Opened, Failure> {
    self.try_open(until).map_err(|error| {
      tracing::error!(path = %self.path.display(), %error, "cannot open {}", self.name);
      match error {
        Unopened::Folder(_) => Failure::Other(format!("{} cannot be opened: its folder cannot be made", self.name)),
        Unopened::File(error) => self.failure_of(&error),
      }
    })
  }

  fn try_open(&self, until: Until) -> Result<Opened, Unopened> {
    if let Some(folder) = self.path.parent() {
      fs::create_dir_all(folder)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&self.path, flags)?;
    // Whoever has made the file may have put into it what never ends.
    until.hold(&mut connection)?;
    connection.busy_timeout(self.limits.wait)?;
    bound_memory(&connection)?;
    connection.pragma_update(None, "cache_size", -CACHE)?;
    // What is sorted may be large.
    connection.pragma_update(None, "temp_store", "FILE")?;
    connection.pragma_update(None, "mmap_size", 0)?;
    // Readers do not wait for who writes. A crash of the system may undo what was last written, but damages nothing.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL)?;
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let pages = i64::try_from(self.limits.file_bytes).unwrap_or(i64::MAX) / page.max(1);
    connection.pragma_update(None, "max_page_count", pages.max(1))?;
    let seen = Seen::default();
    (self.set_up)(&mut connection, &seen, &self.limits)?;
    let changed_before = connection.total_changes();
    Ok(Opened { connection, seen, changed_before })
  }
}

/// Once for all connections.
fn bound_memory(connection: &Connection) -> rusqlite::Result<()> {
  static BOUND: Once = Once::new();
  let mut bound = Ok(());
  BOUND.call_once(|| bound = connection.pragma_update(None, "hard_heap_limit", MOST_MEMORY));
  bound
}

#[derive(Debug, thiserror::Error)]
enum Unopened {
  #[error(transparent)]
  Folder(#[from] std::io::Error),
  #[error(transparent)]
  File(#[from] rusqlite::Error),
}

/// A connection that somebody has.
pub(crate) struct Lease {
  database: Arc<Database>,
  opened: Option<Opened>,
  /// It has what the next one who leases it is not to see.
  is_tainted: bool,
  _permit: OwnedSemaphorePermit,
}

impl Lease {
  /// Does something that blocks, within the time of a statement and while somebody waits for it, and gives the lease
  /// back. Where the work panicked there is none.
  pub(crate) async fn run<T: Send + 'static>(
    mut self,
    work: impl FnOnce(&mut Opened) -> Result<T, Failure> + Send + 'static,
  ) -> (Option<Self>, Result<T, Failure>) {
    let waiting = Waiting::default();
    let until = waiting.until(self.database.limits.statement);
    let done = spawn_blocking(move || {
      let done = self.run_until(until, work);
      (self, done)
    });
    match done.await {
      Ok((lease, done)) => (Some(lease), done),
      Err(_) => (None, Err(Failure::other("the host failed"))),
    }
  }

  fn run_until<T>(&mut self, until: Until, work: impl FnOnce(&mut Opened) -> Result<T, Failure>) -> Result<T, Failure> {
    let opened = match &mut self.opened {
      Some(opened) => {
        until.hold(&mut opened.connection).map_err(|error| self.database.failure_of(&error))?;
        opened
      }
      none => none.insert(self.database.open(until)?),
    };
    let done = work(opened);
    // Another use of the connection, or its end, is not to be ended.
    let freed = free(&mut opened.connection);
    self.is_tainted |= opened.seen.take_taints() || freed.is_err();
    done
  }

  /// Whether letting go of it is work that blocks: there is a transaction to be undone.
  pub(crate) fn ends_slowly(&self) -> bool {
    self.is_tainted || self.opened.as_ref().is_some_and(|opened| !opened.connection.is_autocommit())
  }
}

impl Drop for Lease {
  fn drop(&mut self) {
    let Some(mut opened) = self.opened.take() else { return };
    if self.is_tainted || std::thread::panicking() {
      return;
    }
    if !opened.connection.is_autocommit() && opened.connection.execute_batch("ROLLBACK").is_err() {
      return;
    }
    opened.changed_before = opened.connection.total_changes();
    self.database.idle().push(opened);
  }
}
