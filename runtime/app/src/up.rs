//! Parse → open everything → bind → serve → drain.

use std::fs::File;
use std::io;
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

use crate::admin::Admin;
use crate::error::UpError;
use crate::generation::Current;
use crate::generation::Generation;
use crate::generation::Process;
use crate::meters::Meters;
use crate::options::UpOptions;
use crate::options::Watch;
use crate::reading::read;
use crate::reload::reload_when_asked;
use crate::reload::watch;
use crate::signals;
use crate::sources::Sources;
use crate::stores::fill;
use crate::triggers;
use crate::triggers::Children;
use crate::triggers::Host;
use crate::triggers::Readiness;
use crate::triggers::Stop;
use crate::triggers::Trigger;

/// Runs an app until the process is told to end by SIGTERM or SIGINT, or one of its triggers ends by itself: then it
/// takes no more connections, answers what it has, and returns. A second signal ends the process at once. The process
/// has an empty standard input from then on.
///
/// # Errors
///
/// Everything that is wrong, before anything is served; why a trigger has ended.
pub fn up(options: UpOptions) -> Result<(), UpError> {
  // Whatever code of the app's reads it finds its end, and blocks nothing.
  rustix::stdio::dup2_stdin(File::open("/dev/null")?).map_err(io::Error::from)?;
  // Removed when this ends.
  let mut folder = tempfile::Builder::new();
  folder.prefix("plugbay-");
  let folder = match &options.temp {
    Some(temp) => std::fs::create_dir_all(temp).and_then(|()| folder.tempdir_in(temp)),
    None => folder.tempdir(),
  }?;
  let sources = (options.watch == Watch::Sources).then(|| {
    let mut sources = Sources::new(&options.from, &options.load);
    sources.build_first();
    sources
  });
  options.logs.prepare()?;
  let app = Running {
    process: Arc::new(Process { meters: Arc::new(Meters::new()), folder: folder.path().to_owned() }),
    options: Arc::new(options),
    current: Arc::default(),
    readiness: Readiness::default(),
    children: Children::default(),
  };
  // Connections of clients have threads of their own; whatever else waits for the system waits here.
  let io = tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name("host").enable_all().build()?;
  let stopped = io.block_on(app.listen_to_operators())?;
  let reading = read(&app.options)?;
  let triggers = triggers::of_app(&reading.app, &app.options);
  let (first, triggers) = UpError::both(Generation::open(&app.options, &app.process, reading), triggers)?;
  io.block_on(fill(&first.services, &app.options.services)).map_err(UpError::Components)?;
  app.current.replace(Some(first));
  let served = io.block_on(app.serve(&triggers, sources, stopped))?;
  // What lanes still do though nobody waits for their answers.
  if let Some(last) = app.current.replace(None)
    && !last.drain(served.left)
  {
    tracing::warn!(target: "app", "a lane does not end: the process ends without it");
  }
  io.shutdown_background();
  served.ended
}

/// An app that is run.
struct Running {
  process: Arc<Process>,
  options: Arc<UpOptions>,
  current: Arc<Current>,
  readiness: Readiness,
  children: Children,
}

/// What has become of the triggers.
struct Served {
  /// How long what they have taken may go on.
  left: Duration,
  /// Whether one has ended by itself.
  ended: Result<(), UpError>,
}

impl Running {
  /// Takes signals, and serves the admin address. Gives what is done when the app is to end.
  async fn listen_to_operators(&self) -> Result<impl Future<Output = ()> + Send + 'static, UpError> {
    if let Some(address) = self.options.admin {
      let (current, meters) = (self.current.clone(), self.process.meters.clone());
      let address = Admin { current, meters, readiness: self.readiness.clone() }.listen(address).await?;
      tracing::info!(target: "app", "the admin address is {address}");
    }
    signals::stopped(self.readiness.clone(), self.children.clone(), self.process.folder.clone())
  }

  /// Serves until `stopped` is done, or a trigger ends by itself.
  ///
  /// # Errors
  ///
  /// Why nothing is served.
  async fn serve(
    &self,
    triggers: &[Arc<dyn Trigger>],
    sources: Option<Sources>,
    stopped: impl Future<Output = ()> + Send + 'static,
  ) -> Result<Served, UpError> {
    let (first, first_ended) = oneshot::channel::<()>();
    let stop: Stop = select(stopped.boxed(), first_ended).map(drop).boxed().shared();
    let mut all = Vec::new();
    for trigger in triggers {
      let host = Host {
        options: self.options.clone(),
        process: self.process.clone(),
        current: self.current.clone(),
        stop: stop.clone(),
        children: self.children.clone(),
        ready: self.readiness.of(trigger.kind()),
      };
      all.push(trigger.bind(host).await?);
    }
    self.reload_on_change(sources)?;
    self.readiness.begin();
    if !self.options.quiet {
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
    let drain = self.options.limits.drain;
    let late = async {
      stop.clone().await;
      tokio::time::sleep(drain).await;
    };
    let left = tokio::select! {
      () = drained => drain,
      // Nothing is left of it.
      () = late => {
        self.children.kill();
        Duration::ZERO
      }
    };
    Ok(Served { left, ended })
  }

  /// Reloads at SIGHUP, and when files change if that is asked for.
  fn reload_on_change(&self, sources: Option<Sources>) -> Result<(), UpError> {
    let (ask, asked) = mpsc::channel(1);
    let mut hang_up = signal(SignalKind::hangup())?;
    if self.options.watch != Watch::Nothing {
      tokio::spawn(watch(self.current.clone(), ask.clone(), sources));
    }
    tokio::spawn(async move { while hang_up.recv().await.is_some() && ask.send(()).await.is_ok() {} });
    let (options, process, current) = (self.options.clone(), self.process.clone(), self.current.clone());
    thread::Builder::new().name("reload".to_string()).spawn(|| reload_when_asked(options, process, current, asked))?;
    Ok(())
  }
}
