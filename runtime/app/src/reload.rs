//! Hot reload: when a file of the app changes, or SIGHUP comes, its new version is opened beside the old one.

use std::sync::Arc;
use std::thread;

use tokio::sync::mpsc;

use crate::error::UpError;
use crate::generation::Current;
use crate::generation::Generation;
use crate::generation::Process;
use crate::options::UpOptions;
use crate::reading::read;
use crate::sources::Sources;
use crate::stamps::LOOK;
use crate::stamps::Stamps;
use crate::triggers;

/// Reloads whenever somebody asks for it, one reload after the other, until nobody can ask any more.
pub(crate) fn reload_when_asked(
  options: Arc<UpOptions>,
  process: Arc<Process>,
  current: Arc<Current>,
  mut asked: mpsc::Receiver<()>,
) {
  while asked.blocking_recv().is_some() {
    reload(&options, &process, &current);
  }
}

/// Opens the app's new version; when that fails the old one stays.
fn reload(options: &UpOptions, process: &Process, current: &Current) {
  match next(options, process, current) {
    Ok(generation) => {
      if let Some(old) = current.replace(Some(generation)) {
        process.meters.reloads.inc();
        tracing::info!(target: "app", "reloaded");
        let patience = options.limits.drain;
        // It has requests to answer; the new one is served meanwhile.
        thread::spawn(move || old.drain(patience));
      }
    }
    Err(error) => {
      process.meters.failed_reloads.inc();
      tracing::error!(target: "app", "the app is served as it was, since it cannot be reloaded: {error}");
    }
  }
}

fn next(options: &UpOptions, process: &Process, current: &Current) -> Result<Generation, UpError> {
  let reading = read(options)?;
  let triggers = triggers::check(&reading.app, options).and_then(|()| {
    let has_others = current.site().is_some_and(|site| triggers::kinds(site.app()) != triggers::kinds(&reading.app));
    let told = || UpError::Triggers(vec!["it has other kinds of triggers now: start it again".to_string()]);
    if has_others { Err(told()) } else { Ok(()) }
  });
  UpError::both(Generation::open(options, process, reading), triggers).map(|(generation, ())| generation)
}

/// Asks for a reload whenever a file of the app has changed since it was read. Where the app is built, too, that comes
/// first: what a build writes is opened when all of it is there, and not at all if something is not built.
pub(crate) async fn watch(current: Arc<Current>, ask: mpsc::Sender<()>, mut sources: Option<Sources>) {
  let (mut seen, mut asked) = (Stamps::default(), Stamps::default());
  while let Some(read) = current.stamps() {
    if let Some(mut of_app) = sources.take() {
      let looked = tokio::task::spawn_blocking(move || {
        let is_built = !of_app.have_changed() || rebuild(&mut of_app);
        (of_app, is_built)
      });
      let Ok((of_app, is_built)) = looked.await else { return };
      sources = Some(of_app);
      if !is_built {
        asked = read.now();
      }
    }
    let now = read.now();
    // What a version was opened of, or has failed to open of, is no change.
    if now != read && now == seen && now != asked {
      asked = now.clone();
      if ask.send(()).await.is_err() {
        return;
      }
    }
    seen = now;
    tokio::time::sleep(LOOK).await;
  }
}

/// Whether everything was built.
fn rebuild(sources: &mut Sources) -> bool {
  tracing::info!(target: "app", "a file has changed: the app is built");
  match sources.build() {
    Ok(()) => {
      tracing::info!(target: "app", "built");
      true
    }
    Err(error) => {
      tracing::error!(target: "app", "the app is served as it was, since it is not built: {error}");
      false
    }
  }
}
