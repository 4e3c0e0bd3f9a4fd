//! Parse → open everything → bind → serve → drain.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::mpsc;

use crate::error::UpError;
use crate::generation::Current;
use crate::generation::Generation;
use crate::http::server::Server;
use crate::http::tls::acceptor;
use crate::options::UpOptions;
use crate::reload::reload_when_asked;
use crate::reload::watch;

/// How long a drain may take.
const DRAIN: Duration = Duration::from_secs(30);

/// Runs an app until the process is told to end by SIGTERM or SIGINT: then it takes no more connections, answers what
/// it has, and returns. A second signal ends the process at once.
///
/// # Errors
///
/// Everything that is wrong, before anything is served.
pub fn up(options: UpOptions) -> Result<(), UpError> {
  let tls = options.tls.as_ref().map(|(certificate, key)| acceptor(certificate, key)).transpose();
  let tls = tls.map_err(UpError::Tls)?;
  let current = Arc::new(Current::new(Generation::open(&options)?));
  let io = tokio::runtime::Builder::new_multi_thread().thread_name("io").enable_all().build()?;
  let is_drained = io.block_on(async {
    let bound = Server::bind(options.listen, tls, options.find_free_port).await;
    let server = bound.map_err(|error| UpError::Listen { address: options.listen, error })?;
    let stopped = stopped()?.shared();
    reload_on_change(&options, &current)?;
    if !options.quiet {
      announce(&current, &server)?;
    }
    let late = async {
      stopped.clone().await;
      tokio::time::sleep(DRAIN).await;
    };
    Ok::<_, UpError>(tokio::select! {
      () = server.serve(current.clone(), stopped.clone()) => true,
      () = late => false,
    })
  })?;
  if let Some(last) = current.replace(None) {
    match is_drained {
      true => drain(last),
      // Its files go; its lanes end with the process.
      false => drop(last),
    }
  }
  io.shutdown_background();
  Ok(())
}

/// Waits for what lanes still do, though nobody waits for their answers.
fn drain(last: Generation) {
  let (done, is_done) = std::sync::mpsc::channel();
  thread::spawn(move || {
    last.drain();
    // Nobody may wait any more.
    let _ = done.send(());
  });
  if is_done.recv_timeout(DRAIN).is_err() {
    tracing::warn!(target: "app", "lanes are not done after {} s: the process ends", DRAIN.as_secs());
  }
}

/// Reloads at SIGHUP, and when files change if that is asked for.
fn reload_on_change(options: &UpOptions, current: &Arc<Current>) -> Result<(), UpError> {
  let (ask, asked) = mpsc::channel(1);
  let mut hang_up = signal(SignalKind::hangup())?;
  if options.watch {
    tokio::spawn(watch(current.clone(), ask.clone()));
  }
  tokio::spawn(async move { while hang_up.recv().await.is_some() && ask.send(()).await.is_ok() {} });
  let (options, current) = (options.clone(), current.clone());
  thread::Builder::new().name("reload".to_string()).spawn(|| reload_when_asked(options, current, asked))?;
  Ok(())
}

/// Done at the first signal to end. The second ends the process.
fn stopped() -> Result<impl Future<Output = ()>, UpError> {
  let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
  Ok(async move {
    let next = async |terminate: &mut tokio::signal::unix::Signal, interrupt: &mut tokio::signal::unix::Signal| {
      tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
      }
    };
    next(&mut terminate, &mut interrupt).await;
    tokio::spawn(async move {
      next(&mut terminate, &mut interrupt).await;
      std::process::exit(130);
    });
  })
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
