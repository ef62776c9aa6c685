use crate::{Found, Origin, SettingError, setting::read_file};
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
/// use central_logger_settings::{Found, Origin, TlsFiles};
///
/// let named = |value: &str| Found { value: value.into(), origin: Origin::Variable("MY_TLS_FILES") };
/// let files = TlsFiles { certificate: named("fullchain.pem"), key: named("privkey.pem") };
/// let config: rustls::ServerConfig = files.load()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain.
    pub certificate: Found<PathBuf>,
    /// The private key of its first certificate.
    pub key: Found<PathBuf>,
}

/// Why HTTPS cannot be served.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Found, Origin, TlsError, TlsFiles};
///
/// let named = |value: &str| Found { value: value.into(), origin: Origin::Flag("--tls-cert") };
/// let files = TlsFiles { certificate: named("no/such.pem"), key: named("privkey.pem") };
/// let error = files.load().unwrap_err();
/// assert!(matches!(error, TlsError::File(_)));
/// assert!(error.to_string().starts_with("--tls-cert: no/such.pem: "));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] SettingError),
    /// The certificates cannot be understood.
    #[error("{}: {} cannot be read as PEM certificates", .0.origin, .0.value.display())]
    Certificate(Found<PathBuf>, #[source] pem::Error),
    /// The file holds none.
    #[error("{}: there is no certificate in {}", .0.origin, .0.value.display())]
    NoCertificate(Found<PathBuf>),
    /// The private key cannot be understood.
    #[error("{}: {} cannot be read as a PEM private key", .0.origin, .0.value.display())]
    Key(Found<PathBuf>, #[source] pem::Error),
    /// They are not of the same pair, or of a kind that is not spoken.
    #[error("{0} and {1} do not fit together")]
    Mismatch(Origin, Origin, #[source] Box<rustls::Error>),
}

impl TlsFiles {
    /// Reads both files.
    ///
    /// # Errors
    /// When one cannot be read or they do not fit together.
    pub fn load(&self) -> Result<ServerConfig, TlsError> {
        let (certificate, key) = (&self.certificate, &self.key);
        let content = read_file(&certificate.origin, &certificate.value)?;
        let chain = CertificateDer::pem_slice_iter(&content)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::Certificate(certificate.clone(), error))?;
        if chain.is_empty() {
            return Err(TlsError::NoCertificate(certificate.clone()));
        }
        let content = read_file(&key.origin, &key.value)?;
        let private_key = PrivateKeyDer::from_pem_slice(&content)
            .map_err(|error| TlsError::Key(key.clone(), error))?;
        let mismatch = |error| {
            TlsError::Mismatch(
                certificate.origin.clone(),
                key.origin.clone(),
                Box::new(error),
            )
        };
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config
                    .with_no_client_auth()
                    .with_single_cert(chain, private_key)
            })
            .map_err(mismatch)
    }
}
