//! The server's settings, read and checked before anything is opened.

use crate::args::Args;
use central_logger_backend::{Setting, SettingError, Settings};
use std::{net::SocketAddr, path::PathBuf};

const BIND: Setting = Setting {
    name: "LOGGER_BIND",
    flag: "--bind",
    example: "127.0.0.1:8000",
    secret: false,
};
const TLS_CERT: Setting = Setting {
    name: "LOGGER_TLS_CERT",
    flag: "--tls-cert",
    example: "fullchain.pem",
    secret: false,
};
const TLS_KEY: Setting = Setting {
    name: "LOGGER_TLS_KEY",
    flag: "--tls-key",
    example: "privkey.pem",
    secret: false,
};

/// What the server needs to know to start.
pub(crate) struct ServerSettings {
    pub(crate) shared: Settings,
    pub(crate) bind: SocketAddr,
    /// Certificate chain and private key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
}

/// A setting, or two together, with which the server does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerSettingError {
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error("--tls-cert and --tls-key go together: give both or neither")]
    HalfTls,
    #[error(
        "--bind {0}: this address is reachable from other machines, and API keys must not travel \
         over plain HTTP. Give --tls-cert and --tls-key, or --behind-tls-proxy when a proxy in \
         front speaks HTTPS, or bind to 127.0.0.1"
    )]
    PlainBeyondLoopback(SocketAddr),
}

impl ServerSettings {
    pub(crate) fn read(args: &Args) -> Result<Self, ServerSettingError> {
        let shared = Settings::read(&args.shared)?;
        let environment = &shared.environment;
        let bind = environment
            .get(&BIND, args.bind.as_deref())?
            .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8000)));
        let tls = match (
            environment.get(&TLS_CERT, args.tls_cert.as_deref())?,
            environment.get(&TLS_KEY, args.tls_key.as_deref())?,
        ) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err(ServerSettingError::HalfTls),
        };
        if tls.is_none() && !args.behind_tls_proxy && !bind.ip().is_loopback() {
            return Err(ServerSettingError::PlainBeyondLoopback(bind));
        }
        Ok(Self { shared, bind, tls })
    }
}
