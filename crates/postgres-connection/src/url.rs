use crate::{
    error::TargetError,
    tls::{ClientCertificate, Trust},
};
use std::time::Duration;
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};

/// What a URL names: a server, and how far its certificate is trusted.
#[derive(Debug)]
pub struct Target {
    /// How to connect.
    pub config: Config,
    pub(crate) trust: Trust,
    pub(crate) certificate: Option<ClientCertificate>,
    /// With or without encryption, when the server's rules refuse the first way.
    pub(crate) second: Option<SslMode>,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// After so long without a sign of life, a connection is asked for one.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// Parameters of libpq that are left to the driver.
const OF_THE_DRIVER: [&str; 17] = [
    "user",
    "password",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "options",
    "application_name",
    "sslnegotiation",
    "channel_binding",
    "load_balance_hosts",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
];

/// Parameters of libpq with the values that ask for nothing else than what is done anyway.
const DONE_ANYWAY: [(&str, &[&str]); 7] = [
    // The stores need a server that takes writes.
    ("target_session_attrs", &["any", "read-write", "primary"]),
    (
        "client_encoding",
        &["UTF8", "utf8", "UTF-8", "utf-8", "auto"],
    ),
    ("gssencmode", &["disable", "prefer"]),
    ("sslcompression", &["0"]),
    ("sslsni", &["1"]),
    ("sslcertmode", &["allow"]),
    ("ssl_min_protocol_version", &["TLSv1", "TLSv1.1", "TLSv1.2"]),
];

/// What the URL says of TLS.
#[derive(Default)]
struct Tls {
    mode: Option<String>,
    roots: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Target {
    /// Understands a URL as libpq does, or names the parameter that this program does not know.
    ///
    /// # Errors
    /// When the URL cannot be understood, or a file that it names cannot be read.
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
        let mut tls = Tls::default();
        let mut others = Vec::new();
        for parameter in parameters.split('&').filter(|text| !text.is_empty()) {
            // This was no parameter, but a part of a password.
            let (name, value) = parameter.split_once('=').ok_or(TargetError::Url)?;
            if parameter.contains('@') || !is_name(name) {
                return Err(TargetError::Url);
            }
            let text = || decode(value).ok_or_else(|| invalid(name));
            match name {
                "sslmode" => tls.mode = Some(text()?),
                "sslrootcert" => tls.roots = Some(text()?),
                "sslcert" => tls.certificate = Some(text()?),
                "sslkey" => tls.key = Some(text()?),
                "fallback_application_name" => {
                    others.insert(0, format!("application_name={value}"));
                }
                _ if OF_THE_DRIVER.contains(&name) => {
                    let alone = format!("postgres://localhost/?{parameter}");
                    alone.parse::<Config>().map_err(|_| invalid(name))?;
                    others.push(parameter.to_owned());
                }
                _ => check_done_anyway(name, &text()?)?,
            }
        }
        let rest = format!("{base}?{}", others.join("&"));
        // The driver's error is left out: it may repeat a part of the password.
        let mut config: Config = rest.parse().map_err(|_| TargetError::Url)?;
        if config.get_hosts().is_empty() || config.get_hosts().iter().any(is_misread) {
            return Err(TargetError::Url);
        }
        let (ssl_mode, second, trust) = tls.meaning()?;
        config
            .ssl_mode(ssl_mode)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        set_defaults(&mut config, &others);
        Ok(Self {
            config,
            trust,
            certificate: tls.client_certificate()?,
            second,
        })
    }

    /// Host and port, for messages.
    pub fn server(&self) -> String {
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(directory) => directory.display().to_string(),
        });
        let ports = self.config.get_ports();
        let servers = hosts.enumerate().map(|(place, host)| {
            let port = ports.get(place).or(ports.first()).unwrap_or(&5432);
            format!("{host}:{port}")
        });
        servers.collect::<Vec<_>>().join(", ")
    }
}

impl Tls {
    /// As libpq: `require` looks at the certificate only when there is an authority to hold it against.
    fn meaning(&self) -> Result<(SslMode, Option<SslMode>, Trust), TargetError> {
        let authority = |is_host_checked| Trust::authority(self.roots.as_deref(), is_host_checked);
        let mode = self.mode.as_deref();
        let unlike = |needed| TargetError::Parameter {
            name: "sslrootcert".to_owned(),
            reason: needed,
        };
        if self.roots.as_deref() == Some("system") && !matches!(mode, None | Some("verify-full")) {
            return Err(unlike("system goes with sslmode=verify-full only"));
        }
        Ok(match (mode, &self.roots) {
            (Some("disable"), _) => (SslMode::Disable, None, Trust::Anyone),
            (Some("allow"), None) => (SslMode::Disable, Some(SslMode::Require), Trust::Anyone),
            (Some("allow"), Some(_)) => {
                (SslMode::Disable, Some(SslMode::Require), authority(false))
            }
            (None | Some("prefer"), None) => {
                (SslMode::Prefer, Some(SslMode::Disable), Trust::Anyone)
            }
            (Some("prefer"), Some(_)) => {
                (SslMode::Prefer, Some(SslMode::Disable), authority(false))
            }
            (Some("require"), None) => (SslMode::Require, None, Trust::Anyone),
            (Some("require"), Some(_)) | (Some("verify-ca"), _) => {
                (SslMode::Require, None, authority(false))
            }
            // An authority without a mode asks for full verification.
            (None, Some(_)) | (Some("verify-full"), _) => (SslMode::Require, None, authority(true)),
            (Some(_), _) => return Err(invalid("sslmode")),
        })
    }

    fn client_certificate(&self) -> Result<Option<ClientCertificate>, TargetError> {
        let missing = |name: &str, reason| TargetError::Parameter {
            name: name.to_owned(),
            reason,
        };
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Ok(Some(ClientCertificate {
                chain: certificate.into(),
                key: key.into(),
            })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(missing("sslcert", "it needs sslkey, the file of its key")),
            (None, Some(_)) => Err(missing(
                "sslkey",
                "it needs sslcert, the file of its certificate",
            )),
        }
    }
}

/// What the URL leaves open.
fn set_defaults(config: &mut Config, given: &[String]) {
    let is_given = |name: &str| {
        let mut names = given
            .iter()
            .filter_map(|parameter| parameter.split_once('='));
        names.any(|(given, _)| given == name)
    };
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(KEEPALIVE);
    }
    if !is_given("keepalives_idle") {
        config.keepalives_idle(KEEPALIVE);
    }
    if !is_given("keepalives_interval") {
        config.keepalives_interval(Duration::from_secs(3));
    }
    if !is_given("keepalives_retries") {
        config.keepalives_retries(3);
    }
    if config.get_application_name().is_none() {
        config.application_name("central-logger");
    }
}

fn check_done_anyway(name: &str, value: &str) -> Result<(), TargetError> {
    let Some((_, values)) = DONE_ANYWAY.iter().find(|(known, _)| *known == name) else {
        return Err(TargetError::Parameter {
            name: name.to_owned(),
            reason: "this program does not support it",
        });
    };
    match values.contains(&value) {
        true => Ok(()),
        false => Err(invalid(name)),
    }
}

fn invalid(name: &str) -> TargetError {
    TargetError::Parameter {
        name: name.to_owned(),
        reason: "this program does not support the value that it has",
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// An `@` in a password ends it too early, and its rest becomes the head of the host.
fn is_misread(host: &Host) -> bool {
    matches!(host, Host::Tcp(name) if name.contains(['@', '/', '?', '#']))
}

/// A value without its `%XX`.
fn decode(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
