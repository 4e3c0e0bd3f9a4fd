//! How an app is run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use app_manifest::LoadOptions;
use plugbay::Grant;

use crate::files::FileOptions;
use crate::logs::LogOptions;
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
  /// The folder of compiled modules, and of components from the web.
  pub cache: Option<PathBuf>,
  /// Where components' copies of their files are made; where the system has such things by default.
  pub temp: Option<PathBuf>,
  /// What is said of its services.
  pub services: ServiceOptions,
  /// Where goes what components print.
  pub logs: LogOptions,
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
  /// Flags of the host's own, with their dashes: one that nothing takes may have been meant as one of these.
  pub own_flags: Vec<String>,
  /// Which native plugins of the manifest may run their code, which may do all that the process may.
  pub native_plugins: Grant,
  /// What is done when files change.
  pub watch: Watch,
  /// Whether nothing is printed but errors.
  pub quiet: bool,
  /// Where `/live`, `/ready` and `/metrics` are served, if they are.
  pub admin: Option<SocketAddr>,
  /// What clients may have.
  pub limits: ServerLimits,
}

/// What clients of a server may have.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
  /// Connections at once. When one more comes the oldest idle ones are closed.
  pub connections: usize,
  /// MiB of a request's body; what the manifest says, or 100, by default.
  pub body: Option<u32>,
  /// How long requests may take that an ended or replaced version of the app still has.
  pub drain: Duration,
}

/// What is done when files of an app change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Watch {
  /// Nothing.
  #[default]
  Nothing,
  /// The app is reloaded when its manifest or what runs has changed.
  Artifacts,
  /// The app is built before it is served, and again when what it is built of has changed.
  Sources,
}
