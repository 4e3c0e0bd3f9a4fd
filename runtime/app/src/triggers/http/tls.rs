//! Certificates.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use tokio_rustls::TlsAcceptor;

/// What speaks TLS with a certificate and a key, both in PEM; HTTP/2 and HTTP/1.1.
///
/// # Errors
///
/// What is wrong with the files.
pub(crate) fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, String> {
  let fault = |path: &Path, error: &dyn std::fmt::Display| format!("cannot read {}: {error}", path.display());
  let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
  let chain = chain.map_err(|error| fault(certificate, &error))?;
  if chain.is_empty() {
    return Err(fault(certificate, &"it has no certificate"));
  }
  let key = PrivateKeyDer::from_pem_file(key).map_err(|error| fault(key, &error))?;
  let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
  let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
  let config = config.map_err(|error| error.to_string())?.with_no_client_auth().with_single_cert(chain, key);
  let mut config = config.map_err(|error| format!("certificate and key do not fit: {error}"))?;
  config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
  Ok(TlsAcceptor::from(Arc::new(config)))
}
