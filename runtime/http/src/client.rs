//! The client, and which certificates it trusts.

use std::rc::Rc;
use std::sync::Arc;
use std::sync::OnceLock;

use deno_core::OpState;
use deno_error::JsErrorBox;
pub use deno_fetch::Client;
use deno_fetch::FsFetchHandler;
use deno_fetch::HttpClientCreateError;
use deno_fetch::Options;
use deno_permissions::PermissionsContainer;
use deno_tls::RootCertStoreProvider;
use rustls::RootCertStore;

use crate::Informational;

/// What servers are told who asks.
const USER_AGENT: &str = concat!("plugbay/", env!("CARGO_PKG_VERSION"));

/// The options of deno_fetch.
pub fn options() -> Options {
  // Another one may be the program's own.
  let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
  Options {
    user_agent: USER_AGENT.to_string(),
    root_cert_store_provider: Some(Arc::new(SystemRoots)),
    file_fetch_handler: Rc::new(FsFetchHandler),
    request_builder_hook: Some(|request| {
      Informational::bound(request);
      Ok(())
    }),
    ..Options::default()
  }
}

/// The certificates that the system trusts, read when they are first asked for.
pub fn system_roots() -> &'static RootCertStore {
  static ROOTS: OnceLock<RootCertStore> = OnceLock::new();
  ROOTS.get_or_init(|| {
    let mut roots = RootCertStore::empty();
    // What cannot be read is not trusted.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
  })
}

struct SystemRoots;

impl RootCertStoreProvider for SystemRoots {
  fn get_or_try_init(&self) -> Result<&RootCertStore, JsErrorBox> {
    Ok(system_roots())
  }
}

/// A client for the host itself, outside of isolates: it may reach everything.
///
/// # Errors
///
/// When the client cannot be made.
pub fn of_host() -> Result<Client, HttpClientCreateError> {
  deno_fetch::create_client_from_options(&options(), None)
}

/// The client of the program itself, which may reach what the program may.
///
/// # Errors
///
/// When the client cannot be made.
pub fn of_program(state: &mut OpState) -> Result<Client, HttpClientCreateError> {
  deno_fetch::get_or_create_client_from_state(state)
}

/// A client of its own for somebody who may reach less.
pub(crate) fn with(options: &Options, permissions: PermissionsContainer) -> Result<Client, HttpClientCreateError> {
  deno_fetch::create_client_from_options(options, Some(permissions))
}
