//! Why an app is not served.

use std::fmt;
use std::net::SocketAddr;

use app_manifest::Faults;

/// Why an app is not served.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
  /// The manifest has faults.
  #[error("{0}")]
  Manifest(#[from] Faults),
  /// Components cannot be opened.
  #[error("{}", Lines(.0))]
  Components(Vec<String>),
  /// Triggers that cannot be served, each with why.
  #[error("{}", Lines(.0))]
  Triggers(Vec<String>),
  /// A trigger has ended by itself.
  #[error("the trigger {kind} has ended: {error}")]
  TriggerEnded {
    /// As the manifest calls it.
    kind: String,
    /// Why.
    error: String,
  },
  /// The address cannot be had.
  #[error("cannot listen on {address}: {error}; {}", remedy(.error))]
  Listen {
    /// The address.
    address: SocketAddr,
    /// Why not.
    error: std::io::Error,
  },
  /// The admin address cannot be had.
  #[error("cannot listen on the admin address {address}: {error}; name another by --admin, or leave it out")]
  Admin {
    /// The address.
    address: SocketAddr,
    /// Why not.
    error: std::io::Error,
  },
  /// Certificate or key are no good.
  #[error("cannot speak TLS: {0}")]
  Tls(String),
  /// The system gives no threads or signals.
  #[error("cannot start: {0}")]
  System(#[from] std::io::Error),
}

impl UpError {
  /// What two parts of the host give, or everything that is wrong with both.
  pub(crate) fn both<A, B>(one: Result<A, Self>, other: Result<B, Self>) -> Result<(A, B), Self> {
    match (one, other) {
      (Ok(one), Ok(other)) => Ok((one, other)),
      (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
      (Err(one), Err(other)) => Err(Self::Components(vec![one.to_string(), other.to_string()])),
    }
  }
}

struct Lines<'l>(&'l [String]);

impl fmt::Display for Lines<'_> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(&self.0.join("\n"))
  }
}

fn remedy(error: &std::io::Error) -> &'static str {
  match error.kind() {
    std::io::ErrorKind::AddrInUse => "--find-free-port takes the next that is free",
    std::io::ErrorKind::PermissionDenied => "ports below 1024 are the system's; name another by --listen",
    _ => "name another by --listen",
  }
}
