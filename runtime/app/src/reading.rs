//! The app that is to be run, as its manifest says.

use app_manifest::App;

use crate::error::UpError;
use crate::options::UpOptions;
use crate::options::Watch;
use crate::stamps::Stamps;

/// An app that was read, of which nothing is open.
pub(crate) struct Reading {
  pub(crate) app: App,
  /// What its files were when they were read, if they are watched.
  pub(crate) stamps: Stamps,
}

/// Reads the app. If one kind of its triggers is asked for, it has no others, and no components but those that they
/// call.
///
/// # Errors
///
/// Everything that is wrong with the manifest.
pub(crate) fn read(options: &UpOptions) -> Result<Reading, UpError> {
  let manifest = Stamps::of([&options.from]);
  let mut app = app_manifest::load(&options.from, &options.load)?;
  let stamps = match options.watch {
    Watch::Nothing => Stamps::default(),
    Watch::Artifacts | Watch::Sources => manifest.and(Stamps::of_app(&app)),
  };
  for warning in &app.warnings {
    tracing::warn!("{warning}");
  }
  for component in &mut app.components {
    component.environment.extend(options.environment.iter().cloned());
  }
  if let Some(directory) = &options.directory {
    app.directory.clone_from(directory);
  }
  if let Some(kind) = &options.only {
    app.triggers.retain(|trigger| trigger.kind() == kind);
    let App { triggers, components, .. } = &mut app;
    components.retain(|component| triggers.iter().any(|trigger| trigger.component() == Some(&component.id)));
  }
  Ok(Reading { app, stamps })
}
