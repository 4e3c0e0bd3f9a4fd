//! Parse → open everything → bind → serve → drain.

use std::io::Write as _;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use futures::future::select;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::error::UpError;
use crate::generation::Current;
use crate::generation::Generation;
use crate::options::UpOptions;
use crate::reading::read;
use crate::reload::reload_when_asked;
use crate::reload::watch;
use crate::triggers;
use crate::triggers::Children;
use crate::triggers::Host;
use crate::triggers::Readiness;
use crate::triggers::Trigger;

/// How long a drain may take.
const DRAIN: Duration = Duration::from_secs(30);

/// Runs an app until the process is told to end by SIGTERM or SIGINT, or one of its triggers ends by itself: then it
/// takes no more connections, answers what it has, and returns. A second signal ends the process at once.
///
/// # Errors
///
/// Everything that is wrong, before anything is served; why a trigger has ended.
pub fn up(options: UpOptions) -> Result<(), UpError> {
  let reading = read(&options)?;
  let triggers = triggers::of_app(&reading.app, &options)?;
  let current = Arc::new(Current::new(Generation::open(&options, reading)?));
  let io = tokio::runtime::Builder::new_multi_thread().thread_name("io").enable_all().build()?;
  let served = io.block_on(serve(&triggers, Arc::new(options), &current))?;
  if let Some(last) = current.replace(None) {
    match served.is_drained {
      true => drain(last),
      // Its files go; its lanes end with the process.
      false => drop(last),
    }
  }
  io.shutdown_background();
  served.ended
}

/// What has become of the triggers.
struct Served {
  /// Whether all has ended that they had taken.
  is_drained: bool,
  /// Whether one has ended by itself.
  ended: Result<(), UpError>,
}

/// Serves until the process is told to end, or a trigger ends by itself.
///
/// # Errors
///
/// Why nothing is served.
async fn serve(
  triggers: &[Arc<dyn Trigger>],
  options: Arc<UpOptions>,
  current: &Arc<Current>,
) -> Result<Served, UpError> {
  let (first, first_ended) = oneshot::channel::<()>();
  let (readiness, children) = (Readiness::default(), Children::default());
  let stop = select(stopped(children.clone())?.boxed(), first_ended).map(drop).boxed().shared();
  let mut all = Vec::new();
  for trigger in triggers {
    let host = Host {
      options: options.clone(),
      current: current.clone(),
      stop: stop.clone(),
      children: children.clone(),
      ready: readiness.of(trigger.kind()),
    };
    all.push(trigger.bind(host).await?);
  }
  reload_on_change(&options, current)?;
  if !options.quiet {
    let says = all.iter().map(|bound| &*bound.says).collect::<String>();
    // Nobody may read it.
    let _ = std::io::stdout().write_all(says.as_bytes());
  }
  let mut serving = all.into_iter().map(|bound| bound.serve).collect::<JoinSet<_>>();
  let mut ended = Ok(());
  let drained = async {
    let mut first = Some(first);
    while let Some(result) = serving.join_next().await {
      // The others end too.
      first.take();
      if ended.is_ok() {
        ended = result.unwrap_or_else(|error| Err(UpError::System(error.into())));
      }
    }
  };
  let late = async {
    stop.clone().await;
    tokio::time::sleep(DRAIN).await;
  };
  let is_drained = tokio::select! {
    () = drained => true,
    () = late => false,
  };
  if !is_drained {
    children.kill();
  }
  Ok(Served { is_drained, ended })
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

/// Done at the first signal to end. The second ends the process, and those of triggers.
fn stopped(children: Children) -> Result<impl Future<Output = ()> + Send + 'static, UpError> {
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
      children.kill();
      std::process::exit(130);
    });
  })
}
