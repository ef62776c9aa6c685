use crate::{
    error::TargetError,
    verifier::{AnyCertificate, ByAuthority},
};
use central_logger_input_file::InputFile;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Whose certificate is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Anyone's: against eavesdroppers only.
    Anyone,
    /// One by an authority.
    Authority {
        /// Who that is; nothing for those that the system trusts.
        roots: Option<PathBuf>,
        /// Whether it has to be one for that host.
        is_host_checked: bool,
    },
}

/// What this program shows of itself.
#[derive(Debug, Clone)]
pub(crate) struct ClientCertificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
}

impl Trust {
    /// `roots` is a file of certificates, or `system`.
    pub(crate) fn authority(roots: Option<&str>, is_host_checked: bool) -> Self {
        let file = roots.filter(|roots| *roots != "system");
        Self::Authority {
            roots: file.map(PathBuf::from),
            is_host_checked,
        }
    }

    pub(crate) fn connector(
        &self,
        certificate: Option<&ClientCertificate>,
    ) -> Result<MakeRustlsConnect, TargetError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .dangerous();
        let builder = match self {
            Self::Anyone => {
                builder.with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
            }
            Self::Authority {
                roots,
                is_host_checked,
            } => {
                let roots = certificates_of(roots.as_deref())?;
                let mut store = RootCertStore::empty();
                store.add_parsable_certificates(roots.iter().cloned());
                let verifier = ByAuthority::new(store, roots, *is_host_checked, provider)?;
                builder.with_custom_certificate_verifier(Arc::new(verifier))
            }
        };
        Ok(MakeRustlsConnect::new(match certificate {
            None => builder.with_no_client_auth(),
            Some(certificate) => {
                let (chain, key) = certificate.read()?;
                builder.with_client_auth_cert(chain, key)?
            }
        }))
    }
}

impl ClientCertificate {
    fn read(&self) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TargetError> {
        let chain = read(&self.chain).map_err(|error| unreadable("sslcert", &self.chain, error))?;
        let key = read_key(&self.key).map_err(|error| unreadable("sslkey", &self.key, error))?;
        Ok((chain, key))
    }
}

fn certificates_of(authority: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, TargetError> {
    match authority {
        None => Ok(rustls_native_certs::load_native_certs().certs),
        Some(path) => read(path).map_err(|error| unreadable("sslrootcert", path, error)),
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, Box<dyn Error + Send + Sync>> {
    let file = InputFile::read(path, InputFile::SETTINGS_LIMIT)?;
    let certificates =
        CertificateDer::pem_slice_iter(&file.content).collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() {
        return Err("there is no certificate in it".into());
    }
    Ok(certificates)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, Box<dyn Error + Send + Sync>> {
    let file = InputFile::read(path, InputFile::SETTINGS_LIMIT)?;
    Ok(PrivateKeyDer::from_pem_slice(&file.content)?)
}

fn unreadable(
    parameter: &'static str,
    path: &Path,
    source: Box<dyn Error + Send + Sync>,
) -> TargetError {
    TargetError::TlsFile {
        parameter,
        path: path.to_owned(),
        source,
    }
}
