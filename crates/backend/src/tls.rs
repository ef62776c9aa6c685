use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use std::{path::PathBuf, sync::Arc};

/// The files with which a server speaks HTTPS itself, both in PEM.
///
/// # Examples
///
/// ```no_run
/// use central_logger_backend::TlsFiles;
///
/// let files = TlsFiles { certificate: "fullchain.pem".into(), key: "privkey.pem".into() };
/// let config: rustls::ServerConfig = files.load()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// The private key of its first certificate.
    pub key: PathBuf,
}

/// Why HTTPS cannot be served.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{TlsError, TlsFiles};
///
/// let files = TlsFiles { certificate: "no/such.pem".into(), key: "privkey.pem".into() };
/// let error = files.load().unwrap_err();
/// assert!(matches!(error, TlsError::Certificate(..)));
/// assert!(error.to_string().starts_with("LOGGER_TLS_CERT: no/such.pem cannot be read"));
/// ```
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificates cannot be read.
    #[error("LOGGER_TLS_CERT: {} cannot be read as PEM certificates", .0.display())]
    Certificate(PathBuf, #[source] pem::Error),
    /// The file holds none.
    #[error("LOGGER_TLS_CERT: there is no certificate in {}", .0.display())]
    NoCertificate(PathBuf),
    /// The private key cannot be read.
    #[error("LOGGER_TLS_KEY: {} cannot be read as a PEM private key", .0.display())]
    Key(PathBuf, #[source] pem::Error),
    /// They are not of the same pair, or of a kind that is not spoken.
    #[error("LOGGER_TLS_CERT and LOGGER_TLS_KEY do not fit together")]
    Mismatch(#[source] rustls::Error),
}

impl TlsFiles {
    /// Reads both files.
    ///
    /// # Errors
    /// When one cannot be read or they do not fit together.
    pub fn load(&self) -> Result<ServerConfig, TlsError> {
        let unreadable = |error| TlsError::Certificate(self.certificate.clone(), error);
        let chain = CertificateDer::pem_file_iter(&self.certificate)
            .map_err(unreadable)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(unreadable)?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate(self.certificate.clone()));
        }
        let private_key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|error| TlsError::Key(self.key.clone(), error))?;
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .with_no_client_auth()
                    .with_single_cert(chain, private_key)
            })
            .map_err(TlsError::Mismatch)
    }
}
