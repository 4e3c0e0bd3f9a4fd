//! One version of an app, open: a reload makes another, and the old one ends when its requests are answered.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use app_manifest::Router;
use plugbay::services::Services;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::artifact::Artifacts;
use crate::error::UpError;
use crate::handlers::Group;
use crate::handlers::Parts;
use crate::lanes::Lanes;
use crate::lanes::NotOpened;
use crate::lanes::Settings;
use crate::meters::Meters;
use crate::network::SiteLink;
use crate::options::UpOptions;
use crate::placed;
use crate::reading::Reading;
use crate::stamps::Stamps;
use crate::stores::services_of;
use crate::stores::values_of;
use crate::triggers::http::site::Site;
use crate::triggers::redis::subscriptions::faults_of as redis_faults;
use crate::watchdog::Watchdog;

/// How long lanes may take until they have seen that they are ended.
const END: Duration = Duration::from_secs(5);
/// MiB that the body of a request may have if nobody says otherwise.
const MAX_BODY: u32 = 100;

/// A version of an app whose handlers are open.
pub(crate) struct Generation {
  pub(crate) site: Arc<Site>,
  /// What its files were when they were read.
  pub(crate) stamps: Stamps,
  pub(crate) services: Services,
  lanes: Vec<Lanes>,
  /// Copies of the components' files, and stores that go with the app.
  _files: TempDir,
}

impl Generation {
  /// Opens everything that an app names.
  ///
  /// # Errors
  ///
  /// Everything that cannot be opened.
  pub(crate) fn open(
    options: &UpOptions,
    process: &Process,
    Reading { app, stamps }: Reading,
  ) -> Result<Self, UpError> {
    // Of routes that never take a request the manifest's warnings tell.
    let (router, _) = Router::of_app(&app).map_err(|fault| UpError::Components(vec![fault.to_string()]))?;
    let of_logs = options.logs.faults(&app);
    let files = tempfile::Builder::new().prefix("files-").tempdir_in(&process.folder)?;
    let services = services_of(&app, &options.services, files.path())?;
    let variables = futures::executor::block_on(values_of(&app, &services)).map_err(UpError::Components)?;
    let site = SiteLink::default();
    let parts = Parts {
      app: &app,
      services: &services,
      variables: &variables,
      artifacts: Artifacts { cache: options.cache.as_deref(), copies: files.path() },
      files: options.files,
      plugins: &options.native_plugins,
      logs: &options.logs,
      site: site.clone(),
    };
    let (groups, of_groups) = parts.groups();
    let count = options.lanes.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).max(1);
    let (watchdog, meters) = (Watchdog::default(), process.meters.clone());
    let settings = Settings { count, cache: cache_of(options, &groups), watchdog, meters };
    let (mut lanes, mut queues) = (Vec::new(), vec![None; app.components.len()]);
    let mut faults = [of_logs, of_groups, redis_faults(&app, &variables)].concat();
    for group in groups {
      let numbers = group.handlers.iter().map(|handler| handler.number as usize).collect::<Vec<_>>();
      match Lanes::open(group, &settings) {
        Ok((requests, opened)) => {
          numbers.into_iter().for_each(|number| queues[number] = Some(requests.clone()));
          lanes.push(opened);
        }
        Err(not_opened) => {
          faults.extend(not_opened.into_iter().map(|NotOpened { component, error }| match &*component {
            "" => error,
            id => placed::of_component(&app, id, &error),
          }))
        }
      }
    }
    if !faults.is_empty() {
      return Err(UpError::Components(faults));
    }
    let max_body = options.limits.body.or(app.max_body).unwrap_or(MAX_BODY);
    let max_body = u64::from(max_body) << 20;
    let all = Arc::new(Site::new(app, variables, router, queues, &process.meters, max_body));
    // Nobody has set it before.
    let _ = site.set(Arc::downgrade(&all));
    Ok(Self { site: all, stamps, services, lanes, _files: files })
  }

  /// Waits until all that it was asked is answered; nobody asks it any more. What is not done after that time is
  /// ended. Gives whether all is over: native code is ended by nobody.
  pub(crate) fn drain(self, patience: Duration) -> bool {
    // The queues are closed when the last request is sent that has seen the site.
    drop(self.site);
    let until = Instant::now() + patience;
    let is_done = self.lanes.iter().all(|lanes| lanes.wait(until));
    if !is_done {
      tracing::warn!(target: "app", "requests are not answered after {} s: their lanes are ended", patience.as_secs());
      self.lanes.iter().for_each(Lanes::end);
    }
    let until = Instant::now() + END;
    is_done || self.lanes.iter().all(|lanes| lanes.wait(until))
  }
}

/// The folder of compiled modules, whose code all handlers run. There is none where one of them may write there.
fn cache_of(options: &UpOptions, groups: &[Group]) -> Option<PathBuf> {
  let cache = options.cache.as_ref()?;
  if groups.iter().any(|group| group.permissions.write.meets(cache)) {
    tracing::warn!(target: "app", "compiled modules are not kept in {}: a component may write there", cache.display());
    return None;
  }
  Some(cache.clone())
}

/// What the versions of an app share.
pub(crate) struct Process {
  pub(crate) meters: Arc<Meters>,
  /// The folder of all copies of files.
  pub(crate) folder: PathBuf,
}

/// The version that takes requests now.
#[derive(Default)]
pub(crate) struct Current {
  generation: RwLock<Option<Generation>>,
  /// How many others have taken its place.
  changes: watch::Sender<u64>,
}

impl Current {
  /// Nothing when the app is at its end.
  pub(crate) fn site(&self) -> Option<Arc<Site>> {
    let current = self.generation.read().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().map(|generation| generation.site.clone())
  }

  /// How many lanes answer requests.
  pub(crate) fn lanes(&self) -> usize {
    let current = self.generation.read().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().map_or(0, |generation| generation.lanes.iter().map(|lanes| lanes.count).sum())
  }

  /// What the files of the version were when they were read. Nothing when the app is at its end.
  pub(crate) fn stamps(&self) -> Option<Stamps> {
    let current = self.generation.read().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().map(|generation| generation.stamps.clone())
  }

  /// Changes whenever another version is there.
  pub(crate) fn changes(&self) -> watch::Receiver<u64> {
    self.changes.subscribe()
  }

  /// Takes another version; gives the one that was there.
  pub(crate) fn replace(&self, next: Option<Generation>) -> Option<Generation> {
    let old = std::mem::replace(&mut *self.generation.write().unwrap_or_else(PoisonError::into_inner), next);
    self.changes.send_modify(|count| *count += 1);
    old
  }
}
