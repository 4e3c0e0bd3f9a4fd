//! Parse → open everything → bind → serve → drain.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::setrlimit;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::mpsc;

use crate::admin::Admin;
use crate::error::UpError;
use crate::generation::Current;
use crate::generation::Generation;
use crate::generation::Process;
use crate::http::connections::Connections;
use crate::http::server::Server;
use crate::http::tls::acceptor;
use crate::meters::Meters;
use crate::options::UpOptions;
use crate::reload::reload_when_asked;
use crate::reload::watch;
use crate::signals;

/// How many files a process has open that are no connections.
const FILES_BESIDES: u64 = 256;

/// Runs an app until the process is told to end by SIGTERM or SIGINT: then it takes no more connections, answers what
/// it has, and returns. A second signal ends the process at once.
///
/// # Errors
///
/// Everything that is wrong, before anything is served.
pub fn up(options: UpOptions) -> Result<(), UpError> {
  let tls = options.tls.as_ref().map(|(certificate, key)| acceptor(certificate, key)).transpose();
  let tls = tls.map_err(UpError::Tls)?;
  // Removed when this ends.
  let folder = tempfile::Builder::new().prefix("plugbay-").tempdir()?;
  let process = Arc::new(Process { meters: Arc::new(Meters::new()), folder: folder.path().to_owned() });
  let (current, is_ready) = (Arc::new(Current::default()), Arc::new(AtomicBool::new(false)));
  let io = tokio::runtime::Builder::new_multi_thread().thread_name("io").enable_all().build()?;
  let stopped = io.block_on(async {
    if let Some(address) = options.admin {
      let admin = Admin { current: current.clone(), meters: process.meters.clone(), is_ready: is_ready.clone() };
      let address = admin.listen(address).await?;
      tracing::info!(target: "app", "the admin address is {address}");
    }
    signals::stopped(is_ready.clone(), folder.path().to_owned())
  })?;
  let stopped = stopped.shared();
  current.replace(Some(Generation::open(&options, &process)?));
  let left = io.block_on(async {
    let bound = Server::bind(options.listen, tls, options.find_free_port).await;
    let server = bound.map_err(|error| UpError::Listen { address: options.listen, error })?;
    reload_on_change(&options, &process, &current)?;
    let connections = Connections::new(connections_of(options.limits.connections), process.meters.clone());
    is_ready.store(true, Ordering::SeqCst);
    if !options.quiet {
      announce(&current, &server)?;
    }
    let drain = options.limits.drain;
    let late = async {
      stopped.clone().await;
      tokio::time::sleep(drain).await;
    };
    Ok::<_, UpError>(tokio::select! {
      () = server.serve(current.clone(), connections, stopped.clone()) => drain,
      // Nothing is left of it.
      () = late => Duration::ZERO,
    })
  })?;
  // What lanes still do though nobody waits for their answers.
  if let Some(last) = current.replace(None)
    && !last.drain(left)
  {
    tracing::warn!(target: "app", "a lane does not end: the process ends without it");
  }
  io.shutdown_background();
  Ok(())
}

/// Reloads at SIGHUP, and when files change if that is asked for.
fn reload_on_change(options: &UpOptions, process: &Arc<Process>, current: &Arc<Current>) -> Result<(), UpError> {
  let (ask, asked) = mpsc::channel(1);
  let mut hang_up = signal(SignalKind::hangup())?;
  if options.watch {
    tokio::spawn(watch(current.clone(), ask.clone()));
  }
  tokio::spawn(async move { while hang_up.recv().await.is_some() && ask.send(()).await.is_ok() {} });
  let (options, process, current) = (options.clone(), process.clone(), current.clone());
  thread::Builder::new().name("reload".to_string()).spawn(|| reload_when_asked(options, process, current, asked))?;
  Ok(())
}

/// How many connections the system lets be open of those that are asked for; a process may not have as many files as
/// it could, until it asks.
fn connections_of(asked: usize) -> usize {
  let limit = getrlimit(Resource::Nofile);
  let most = limit.maximum.unwrap_or(u64::MAX);
  let wanted = (asked as u64).saturating_add(FILES_BESIDES).min(most);
  let mut current = limit.current.unwrap_or(u64::MAX);
  if current < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok() {
    current = wanted;
  }
  let possible = usize::try_from(current.saturating_sub(FILES_BESIDES)).unwrap_or(usize::MAX).max(1);
  if possible < asked {
    tracing::warn!(target: "app", "the system lets {possible} connections be open, not {asked}: see ulimit -n");
  }
  possible.min(asked)
}

/// Says what is served where.
fn announce(current: &Current, server: &Server) -> Result<(), UpError> {
  let base = format!("{}://{}", server.scheme(), server.address()?);
  let mut text = format!("Serving {base}\n");
  if let Some(site) = current.site() {
    for (route, answers) in site.routes() {
      let _ = writeln!(text, "  {answers}: {base}{route}");
    }
  }
  // Nobody may read it.
  let _ = std::io::stdout().write_all(text.as_bytes());
  Ok(())
}
