//! Hot reload: when a file of the app changes, or SIGHUP comes, its new version is opened beside the old one.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use std::time::SystemTime;

use app_manifest::Source;
use tokio::sync::mpsc;

use crate::generation::Current;
use crate::generation::Generation;
use crate::options::UpOptions;

/// How often files are looked at. What has changed is read when it stays as it is from one look to the next.
const LOOK: Duration = Duration::from_millis(100);

/// What a file is, as far as can be seen without reading it.
type Stamps = BTreeMap<PathBuf, Option<(u64, SystemTime)>>;

/// Reloads whenever somebody asks for it, one reload after the other, until nobody can ask any more.
pub(crate) fn reload_when_asked(options: UpOptions, current: Arc<Current>, mut asked: mpsc::Receiver<()>) {
  while asked.blocking_recv().is_some() {
    reload(&options, &current);
  }
}

/// Opens the app's new version; when that fails the old one stays.
fn reload(options: &UpOptions, current: &Current) {
  match Generation::open(options) {
    Ok(generation) => {
      if let Some(old) = current.replace(Some(generation)) {
        tracing::info!(target: "app", "reloaded");
        // It has requests to answer; the new one is served meanwhile.
        thread::spawn(move || old.drain());
      }
    }
    Err(error) => tracing::error!(target: "app", "the app is served as it was, since it cannot be reloaded: {error}"),
  }
}

/// Asks for a reload whenever a file of the app has changed.
pub(crate) async fn watch(options: UpOptions, current: Arc<Current>, ask: mpsc::Sender<()>) {
  let mut loaded = stamps_of(&options, &current);
  let mut seen = loaded.clone();
  loop {
    tokio::time::sleep(LOOK).await;
    let now = stamps_of(&options, &current);
    if now != loaded && now == seen {
      if ask.send(()).await.is_err() {
        return;
      }
      loaded = now.clone();
    }
    seen = now;
  }
}

fn stamps_of(options: &UpOptions, current: &Current) -> Stamps {
  let mut paths = vec![options.from.clone()];
  if let Some(site) = current.site() {
    let app = site.app();
    paths.push(app.manifest.clone());
    paths.extend(app.components.iter().filter_map(|component| match &component.source {
      Source::Path { path, .. } => Some(path.clone()),
      _ => None,
    }));
  }
  let stamp = |path: &PathBuf| {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
  };
  paths.into_iter().map(|path| (path.clone(), stamp(&path))).collect()
}
