//! One version of an app, open: a reload makes another, and the old one ends when its requests are answered.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::thread;

use app_manifest::Router;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::error::UpError;
use crate::handlers::Parts;
use crate::lanes::Lanes;
use crate::lanes::NotOpened;
use crate::lanes::Settings;
use crate::network::SiteLink;
use crate::options::UpOptions;
use crate::reading::Reading;
use crate::stamps::Stamps;
use crate::stores::services_of;
use crate::stores::values_of;
use crate::triggers::http::site::Site;

/// A version of an app whose handlers are open.
pub(crate) struct Generation {
  pub(crate) site: Arc<Site>,
  /// What its files were when they were read.
  pub(crate) stamps: Stamps,
  lanes: Vec<Lanes>,
  /// Copies of the components' files.
  _files: TempDir,
}

impl Generation {
  /// Opens everything that an app names.
  ///
  /// # Errors
  ///
  /// Everything that cannot be opened.
  pub(crate) fn open(options: &UpOptions, Reading { app, stamps }: Reading) -> Result<Self, UpError> {
    // Of routes that never take a request the manifest's warnings tell.
    let (router, _) = Router::of_app(&app).map_err(|fault| UpError::Components(vec![fault.to_string()]))?;
    let files = tempfile::Builder::new().prefix("plugbay-").tempdir()?;
    let services = services_of(&app, &options.services).map_err(UpError::Components)?;
    let variables = futures::executor::block_on(values_of(&app, &services)).map_err(UpError::Components)?;
    let site = SiteLink::default();
    let parts = Parts {
      app: &app,
      services: &services,
      variables: &variables,
      copies: files.path(),
      files: options.files,
      site: site.clone(),
    };
    let groups = parts.groups().map_err(UpError::Components)?;
    let count = options.lanes.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)).max(1);
    let settings = Settings { count, cache: options.cache.clone() };
    let (mut lanes, mut faults, mut queues) = (Vec::new(), Vec::new(), vec![None; app.components.len()]);
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
            id => format!("component {id}: {error}"),
          }))
        }
      }
    }
    if !faults.is_empty() {
      return Err(UpError::Components(faults));
    }
    let all = Arc::new(Site::new(app, variables, router, queues));
    // Nobody has set it before.
    let _ = site.set(Arc::downgrade(&all));
    Ok(Self { site: all, stamps, lanes, _files: files })
  }

  /// Waits until all that it was asked is answered; nobody asks it any more.
  pub(crate) fn drain(self) {
    // The queues are closed when the last request is sent that has seen the site.
    drop(self.site);
    self.lanes.into_iter().for_each(Lanes::join);
  }
}

/// The version that takes requests now.
pub(crate) struct Current {
  generation: RwLock<Option<Generation>>,
  /// How many others have taken its place.
  changes: watch::Sender<u64>,
}

impl Current {
  pub(crate) fn new(generation: Generation) -> Self {
    Self { generation: RwLock::new(Some(generation)), changes: watch::Sender::default() }
  }

  /// Nothing when the app is at its end.
  pub(crate) fn site(&self) -> Option<Arc<Site>> {
    let current = self.generation.read().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().map(|generation| generation.site.clone())
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
