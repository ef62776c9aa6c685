use crate::{Environment, Setting, SettingError, Switch, TlsFiles};
use central_logger_keys::Networks;
use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroUsize,
};

const BIND: Setting = Setting {
    name: "LOGGER_BIND",
    flag: "--bind",
    example: "127.0.0.1:8000",
    secret: false,
};
const METRICS_BIND: Setting = Setting {
    name: "LOGGER_METRICS_BIND",
    flag: "--metrics-bind",
    example: "127.0.0.1:9090",
    secret: false,
};
const TRUSTED_PROXIES: Setting = Setting {
    name: "LOGGER_TRUSTED_PROXIES",
    flag: "--trusted-proxy",
    example: "10.0.0.0/8",
    secret: false,
};
const CONNECTIONS_PER_ADDRESS: Setting = Setting {
    name: "LOGGER_CONNECTIONS_PER_ADDRESS",
    flag: "--connections-per-address",
    example: "1000",
    secret: false,
};
const BEHIND_TLS_PROXY: Setting = Setting {
    name: "LOGGER_BEHIND_TLS_PROXY",
    flag: "--behind-tls-proxy",
    example: "true",
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

/// Enough for a large office behind one address, and few enough that a handful of such addresses leaves
/// room for others.
const DEFAULT_CONNECTIONS_PER_ADDRESS: NonZeroUsize = NonZeroUsize::new(1000).unwrap();

/// Where the server listens, and whether it speaks HTTPS there.
///
/// # Examples
///
/// ```
/// use central_logger_settings::{Environment, Flags, Listening};
///
/// let flags = Flags::default()
///     .with("--bind", Some("127.0.0.1:8443".to_owned()))
///     .with("--tls-cert", Some("fullchain.pem".to_owned()))
///     .with("--tls-key", Some("privkey.pem".to_owned()));
/// let listening = Listening::read(&Environment::read(None)?.with_flags(flags))?;
/// assert_eq!(listening.url_at(listening.bind), "https://127.0.0.1:8443");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Listening {
    /// The address and port.
    pub bind: SocketAddr,
    /// The address and port of the metrics, if they are wanted.
    pub metrics_bind: Option<SocketAddr>,
    /// With what it speaks HTTPS.
    pub tls: Option<TlsFiles>,
    /// Whether a proxy in front speaks HTTPS.
    pub behind_tls_proxy: bool,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Networks,
    /// How many connections may be open from one address.
    pub connections_per_address: NonZeroUsize,
}

impl Listening {
    /// Reads the settings.
    ///
    /// # Errors
    /// On the first setting that is wrong, or when one of certificate and key is missing.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let bind = environment.get(&BIND)?;
        let certificate = environment.find(&TLS_CERT)?;
        let key = environment.find(&TLS_KEY)?;
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err(SettingError::HalfTls),
        };
        let behind_tls_proxy = environment.get::<Switch>(&BEHIND_TLS_PROXY)?;
        let per_address = environment.get(&CONNECTIONS_PER_ADDRESS)?;
        let trusted_proxies = environment.get(&TRUSTED_PROXIES)?;
        Ok(Self {
            connections_per_address: per_address.unwrap_or(DEFAULT_CONNECTIONS_PER_ADDRESS),
            behind_tls_proxy: behind_tls_proxy.unwrap_or_default().0,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            metrics_bind: environment.get(&METRICS_BIND)?,
            bind: bind.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8000))),
            tls,
        })
    }

    /// The base URL of a server that listens at `address`.
    pub fn url_at(&self, address: SocketAddr) -> String {
        match self.tls {
            Some(_) => format!("https://{address}"),
            None => format!("http://{address}"),
        }
    }
}
