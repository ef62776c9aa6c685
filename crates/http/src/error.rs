//! Why a server does not start or does not go on.

use central_logger_database::DatabaseError;
use central_logger_keys::RandomnessError;
use central_logger_leak_routes::InvalidKeysUrl;
use central_logger_settings::{SettingError, StaticKeysError, TlsError};
use std::{io, net::SocketAddr};

/// Error returned when a server cannot be started or stops by itself.
///
/// # Examples
///
/// ```
/// use central_logger_http::{ServerError, Sockets};
/// use central_logger_settings::{Environment, Flags, Listening};
///
/// let flags = Flags::default().with("--bind", ["0.0.0.0:0".to_owned()]);
/// let listening = Listening::read(&Environment::read(None)?.with_flags(flags))?;
/// let refused = Sockets::bind(&listening).err();
/// assert!(matches!(refused, Some(ServerError::PlainBeyondLoopback(_))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A setting cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// API keys would travel over plain HTTP.
    #[error(
        "--bind {0}: this address is reachable from other machines, and API keys must not travel \
         over plain HTTP. Give --tls-cert and --tls-key, or --behind-tls-proxy when a proxy in \
         front speaks HTTPS, or bind to 127.0.0.1"
    )]
    PlainBeyondLoopback(SocketAddr),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The static keys cannot be read.
    #[error(transparent)]
    StaticKeys(#[from] StaticKeysError),
    /// The certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The address of the server is not available.
    #[error("--bind {0}: cannot listen there, choose another address or port")]
    Bind(SocketAddr, #[source] io::Error),
    /// The address of the metrics is not available.
    #[error("--metrics-bind {0}: cannot listen there, choose another address or port")]
    MetricsBind(SocketAddr, #[source] io::Error),
    /// The operating system gives no random bytes.
    #[error("cannot read secure random bytes from the operating system")]
    Randomness(#[from] RandomnessError),
    /// The keys of GitHub cannot be fetched from the address that is set.
    #[error("LOGGER_SECRET_SCANNING_URL")]
    SecretScanning(#[from] InvalidKeysUrl),
    /// Connections cannot be accepted.
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}
