//! How an app is run.

use std::net::SocketAddr;
use std::path::PathBuf;

use app_manifest::LoadOptions;

use crate::files::FileOptions;
use crate::stores::ServiceOptions;

/// How an app is run.
#[derive(Clone, Debug)]
pub struct UpOptions {
  /// A manifest, a directory with one, or a guest.
  pub from: PathBuf,
  /// How the manifest is read.
  pub load: LoadOptions,
  /// Where HTTP is served.
  pub listen: SocketAddr,
  /// Whether another port will do if that one is taken.
  pub find_free_port: bool,
  /// Files in PEM: a certificate with its chain, and its key.
  pub tls: Option<(PathBuf, PathBuf)>,
  /// Environment variables of every component.
  pub environment: Vec<(String, String)>,
  /// How many lanes there are; as many as processors by default.
  pub lanes: Option<usize>,
  /// The folder of compiled modules.
  pub cache: Option<PathBuf>,
  /// What is said of its services.
  pub services: ServiceOptions,
  /// How components have their files.
  pub files: FileOptions,
  /// The one kind of triggers that is served; all if there is none.
  pub only: Option<String>,
  /// What paths of the app's services are relative to; where its manifest lies by default.
  pub directory: Option<PathBuf>,
  /// Where plugins are installed.
  pub plugins: Option<PathBuf>,
  /// Flags that are none of the host's, for triggers that are programs of their own.
  pub trigger_flags: Vec<String>,
  /// Whether the app is reloaded when its files change.
  pub watch: bool,
  /// Whether nothing is printed but errors.
  pub quiet: bool,
}
