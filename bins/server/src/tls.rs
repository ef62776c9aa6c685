//! HTTPS served by the server itself.

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Why HTTPS cannot be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("--tls-cert: {} cannot be read as PEM certificates", .0.display())]
    Certificate(PathBuf, #[source] pem::Error),
    #[error("--tls-cert: there is no certificate in {}", .0.display())]
    NoCertificate(PathBuf),
    #[error("--tls-key: {} cannot be read as a PEM private key", .0.display())]
    Key(PathBuf, #[source] pem::Error),
    #[error("--tls-cert and --tls-key do not fit together")]
    Mismatch(#[source] rustls::Error),
}

/// What the certificate chain and private key in two PEM files make.
pub(crate) fn load(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let unreadable = |error| TlsError::Certificate(certificate.to_owned(), error);
    let chain = CertificateDer::pem_file_iter(certificate)
        .map_err(unreadable)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    if chain.is_empty() {
        return Err(TlsError::NoCertificate(certificate.to_owned()));
    }
    let private_key =
        PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::Key(key.to_owned(), error))?;
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|config| {
            config
                .with_no_client_auth()
                .with_single_cert(chain, private_key)
        })
        .map_err(TlsError::Mismatch)
}
