use crate::{OpenError, tls::Trust};
use std::time::Duration;
use tokio_postgres::{
    Config,
    config::{Host, SslMode, TargetSessionAttrs},
};

/// What a URL names: a server, and how far its certificate is trusted.
pub(crate) struct Target {
    pub(crate) config: Config,
    pub(crate) trust: Trust,
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// After so long without a sign of life, a connection is asked for one.
const KEEPALIVE: Duration = Duration::from_secs(10);

impl Target {
    /// Understands `sslrootcert` and all values of `sslmode`, as libpq does, beside what the driver
    /// knows.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
        let mut mode = None;
        let mut root_certificate = None;
        let mut others = Vec::new();
        for parameter in parameters
            .split('&')
            .filter(|parameter| !parameter.is_empty())
        {
            match parameter.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", file)) => root_certificate = Some(file),
                _ => others.push(parameter),
            }
        }
        let rest = format!("{base}?{}", others.join("&"));
        // The driver's error is left out: it may repeat a part of the password.
        let mut config: Config = rest.parse().map_err(|_| OpenError::Url)?;
        let (ssl_mode, trust) = match mode {
            Some("disable") => (SslMode::Disable, Trust::Anyone),
            Some("require" | "verify-ca" | "verify-full") => {
                (SslMode::Require, Trust::certified(root_certificate))
            }
            None | Some("prefer") => match root_certificate {
                Some(_) => (SslMode::Require, Trust::certified(root_certificate)),
                None => (SslMode::Prefer, Trust::Anyone),
            },
            Some(_) => return Err(OpenError::Url),
        };
        if config.get_hosts().is_empty() || config.get_hosts().iter().any(is_misread) {
            return Err(OpenError::Url);
        }
        config
            .ssl_mode(ssl_mode)
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_user_timeout(KEEPALIVE)
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(Duration::from_secs(3))
            .keepalives_retries(3)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        if config.get_application_name().is_none() {
            config.application_name("central-logger");
        }
        Ok(Self { config, trust })
    }

    /// Host and port, for messages.
    pub(crate) fn server(&self) -> String {
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

/// An `@` in a password ends it too early, and its rest becomes the head of the host.
fn is_misread(host: &Host) -> bool {
    matches!(host, Host::Tcp(name) if name.contains(['@', '/', '?', '#']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_is_named_without_the_password() {
        for (url, server) in [
            (
                "postgres://u:hunter2@db.example:5433/logger",
                "db.example:5433",
            ),
            (
                "postgresql://u:hunter2@db.example/logger",
                "db.example:5432",
            ),
            ("postgres://u@a,b:1/logger", "a:5432, b:1"),
            ("postgres://u:hunter2@%2Frun%2Fpg/logger", "/run/pg:5432"),
        ] {
            let target = Target::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(target.server(), server, "{url}");
        }
    }

    #[test]
    fn every_sslmode_of_libpq_that_is_safe_is_understood() {
        for (parameters, mode, trust) in [
            ("", SslMode::Prefer, Trust::Anyone),
            ("?sslmode=disable", SslMode::Disable, Trust::Anyone),
            ("?sslmode=require", SslMode::Require, Trust::System),
            ("?sslmode=verify-full", SslMode::Require, Trust::System),
            (
                "?sslrootcert=ca.pem&connect_timeout=2",
                SslMode::Require,
                Trust::File("ca.pem".into()),
            ),
            (
                "?sslmode=verify-ca&sslrootcert=/etc/ca.pem",
                SslMode::Require,
                Trust::File("/etc/ca.pem".into()),
            ),
        ] {
            let target = Target::parse(&format!("postgres://u:p@h/d{parameters}")).unwrap();
            assert_eq!(target.config.get_ssl_mode(), mode, "{parameters}");
            assert_eq!(target.trust, trust, "{parameters}");
        }
    }

    #[test]
    fn what_cannot_be_understood_is_refused_and_not_repeated() {
        for url in [
            "postgres://",
            "postgres://u:hunter2@h:port/d",
            "postgres://u:hunt@er2@h/d",
            "postgres://u:hunter2@h/d?sslmode=allow",
            "postgres://u:hunter2@h/d?colour=hunter2",
        ] {
            let refusal = Target::parse(url)
                .map(|target| target.server())
                .unwrap_err();
            let said = format!("{refusal} {refusal:?}");
            assert!(!said.contains("hunt") && !said.contains("er2"), "{said}");
        }
    }
}
