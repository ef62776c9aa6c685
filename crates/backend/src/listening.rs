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

/// Where the server listens, as flags.
///
/// # Examples
///
/// ```
/// use central_logger_backend::ListenFlags;
/// use clap::Parser;
///
/// #[derive(Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     listen: ListenFlags,
/// }
///
/// let arguments = Arguments::parse_from(["my-service", "--bind", "127.0.0.1:8080"]);
/// assert_eq!(arguments.listen.bind.as_deref(), Some("127.0.0.1:8080"));
/// ```
#[derive(Debug, Default, clap::Args)]
pub struct ListenFlags {
    /// The address to listen on; port 0 takes a free one (LOGGER_BIND, default 127.0.0.1:8000)
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub bind: Option<String>,

    /// The address to serve /metrics on, for Prometheus (LOGGER_METRICS_BIND, default nowhere)
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub metrics_bind: Option<String>,

    /// Serve HTTPS with this certificate chain in PEM (LOGGER_TLS_CERT)
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<String>,

    /// The private key of the certificate, in PEM (LOGGER_TLS_KEY)
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<String>,

    /// Serve plain HTTP beyond this machine, because a proxy in front speaks HTTPS
    /// (LOGGER_BEHIND_TLS_PROXY)
    #[arg(long)]
    pub behind_tls_proxy: bool,

    /// Believe the X-Forwarded-For of proxies in this network; may be repeated
    /// (LOGGER_TRUSTED_PROXIES, several separated by commas)
    #[arg(long = "trusted-proxy", value_name = "CIDR")]
    pub trusted_proxies: Vec<String>,

    /// How many connections may be open from one address, or one /64 in IPv6, other than those of
    /// trusted proxies and this machine (LOGGER_CONNECTIONS_PER_ADDRESS, default 1000)
    #[arg(long, value_name = "NUMBER")]
    pub connections_per_address: Option<String>,
}

/// Where the server listens, and whether it speaks HTTPS there.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{Environment, ListenFlags, Listening};
///
/// let flags = ListenFlags {
///     bind: Some("127.0.0.1:8443".to_owned()),
///     tls_cert: Some("fullchain.pem".to_owned()),
///     tls_key: Some("privkey.pem".to_owned()),
///     ..ListenFlags::default()
/// };
/// let listening = Listening::read(&Environment::read(None)?, &flags)?;
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
    /// Reads the settings from flags, environment and `.env` file.
    ///
    /// # Errors
    /// On the first setting that is wrong, or when one of certificate and key is missing.
    pub fn read(environment: &Environment, flags: &ListenFlags) -> Result<Self, SettingError> {
        let bind = environment.get(&BIND, flags.bind.as_deref())?;
        let certificate = environment.find(&TLS_CERT, flags.tls_cert.as_deref())?;
        let key = environment.find(&TLS_KEY, flags.tls_key.as_deref())?;
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err(SettingError::HalfTls),
        };
        if flags
            .trusted_proxies
            .iter()
            .any(|proxy| proxy.trim().is_empty())
        {
            return Err(SettingError::Empty(TRUSTED_PROXIES.flag));
        }
        let proxies = (!flags.trusted_proxies.is_empty()).then(|| flags.trusted_proxies.join(","));
        let trusted_proxies = environment.get(&TRUSTED_PROXIES, proxies.as_deref())?;
        let per_address = flags.connections_per_address.as_deref();
        let per_address = environment.get(&CONNECTIONS_PER_ADDRESS, per_address)?;
        let behind_tls_proxy = environment.get::<Switch>(&BEHIND_TLS_PROXY, None)?;
        Ok(Self {
            connections_per_address: per_address.unwrap_or(DEFAULT_CONNECTIONS_PER_ADDRESS),
            behind_tls_proxy: flags.behind_tls_proxy || behind_tls_proxy.unwrap_or_default().0,
            trusted_proxies: trusted_proxies.unwrap_or_default(),
            metrics_bind: environment.get(&METRICS_BIND, flags.metrics_bind.as_deref())?,
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
