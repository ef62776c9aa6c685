use std::{fmt, net::IpAddr, str::FromStr};
use url::{Host, Url};
use zeroize::Zeroizing;

/// A mail server, how it is reached, and as whom: `smtps://USER:PASSWORD@HOST` (TLS from the first byte, port
/// 465), `smtp://…?tls=required` (STARTTLS, port 587), or for a server on this machine `smtp://localhost`
/// without TLS (port 25).
///
/// `Display` and `Debug` show neither user nor password.
///
/// # Examples
///
/// ```
/// use central_logger_mail::SmtpUrl;
///
/// let url: SmtpUrl = "smtps://logger:secret@mail.example.com".parse()?;
/// assert_eq!(url.to_string(), "smtps://mail.example.com:465");
/// # Ok::<(), central_logger_mail::InvalidSmtpUrl>(())
/// ```
#[derive(Clone)]
pub struct SmtpUrl {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) encryption: Encryption,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<Zeroizing<String>>,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// TLS from the first byte.
    Tls,
    /// TLS by STARTTLS, before anything is said.
    StartTls,
    /// None, within this machine.
    None,
}

/// Error returned when parsing an [`SmtpUrl`] fails. The text, which may have a password, is not repeated.
///
/// # Examples
///
/// ```
/// use central_logger_mail::{InvalidSmtpUrl, SmtpUrl};
///
/// let error = "smtp://mail.example.com".parse::<SmtpUrl>().unwrap_err();
/// assert_eq!(error, InvalidSmtpUrl::Plain);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSmtpUrl {
    /// It is no such URL.
    #[error(
        "a mail server is smtps://USER:PASSWORD@HOST or smtp://USER:PASSWORD@HOST?tls=required"
    )]
    Malformed,
    /// What follows the host is not understood.
    #[error("behind the host there may only be ?tls=required")]
    Continued,
    /// Mail would cross a network in plain text.
    #[error("mail goes without TLS to this machine only: use smtps:// or ?tls=required")]
    Plain,
    /// A password would be said in plain text.
    #[error("a password is not said without TLS: use smtps:// or ?tls=required")]
    PlainPassword,
    /// A password without a user.
    #[error("there is a password and no user: write smtps://USER:PASSWORD@HOST")]
    NoUser,
}

impl SmtpUrl {
    /// Whether there is a user but no password yet.
    pub fn needs_password(&self) -> bool {
        self.user.is_some() && self.password.is_none()
    }
}

impl FromStr for SmtpUrl {
    type Err = InvalidSmtpUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).map_err(|_| InvalidSmtpUrl::Malformed)?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(InvalidSmtpUrl::Malformed)?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(InvalidSmtpUrl::Continued);
        }
        let (encryption, usual_port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Encryption::Tls, 465),
            ("smtp", Some("tls=required")) => (Encryption::StartTls, 587),
            ("smtp", None) => (Encryption::None, 25),
            ("smtp" | "smtps", Some(_)) => return Err(InvalidSmtpUrl::Continued),
            _ => return Err(InvalidSmtpUrl::Malformed),
        };
        let user = Some(decoded(url.username())?).filter(|user| !user.is_empty());
        let password = url.password().map(decoded).transpose()?;
        match encryption {
            Encryption::None if user.is_some() || password.is_some() => {
                return Err(InvalidSmtpUrl::PlainPassword);
            }
            Encryption::None if !is_this_machine(host) => return Err(InvalidSmtpUrl::Plain),
            _ if user.is_none() && password.is_some() => return Err(InvalidSmtpUrl::NoUser),
            _ => {}
        }
        Ok(Self {
            host: bare(host).to_owned(),
            port: url.port().unwrap_or(usual_port),
            encryption,
            user: user.map(|user| user.to_string()),
            password,
        })
    }
}

/// The URLs of this scheme are not special to the parser, which leaves hosts as they are written.
fn is_this_machine(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Ok(Host::Ipv4(ip)) => ip.is_loopback(),
        Ok(Host::Ipv6(ip)) => ip.is_loopback(),
        Err(_) => false,
    }
}

/// An address of IPv6 without its brackets.
fn bare(host: &str) -> &str {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner
        .filter(|inner| inner.parse::<IpAddr>().is_ok())
        .unwrap_or(host)
}

fn decoded(text: &str) -> Result<Zeroizing<String>, InvalidSmtpUrl> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => {
                let (digits, behind) = rest.split_at_checked(2).ok_or(InvalidSmtpUrl::Malformed)?;
                rest = behind;
                let digits = str::from_utf8(digits).map_err(|_| InvalidSmtpUrl::Malformed)?;
                let byte = u8::from_str_radix(digits, 16);
                bytes.push(byte.map_err(|_| InvalidSmtpUrl::Malformed)?);
            }
            plain => bytes.push(*plain),
        }
    }
    let text = str::from_utf8(&bytes).map_err(|_| InvalidSmtpUrl::Malformed)?;
    match text.contains(char::is_control) {
        true => Err(InvalidSmtpUrl::Malformed),
        false => Ok(Zeroizing::new(text.to_owned())),
    }
}

impl fmt::Display for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, query) = match self.encryption {
            Encryption::Tls => ("smtps", ""),
            Encryption::StartTls => ("smtp", "?tls=required"),
            Encryption::None => ("smtp", ""),
        };
        match self.host.contains(':') {
            true => write!(f, "{scheme}://[{}]:{}{query}", self.host, self.port),
            false => write!(f, "{scheme}://{}:{}{query}", self.host, self.port),
        }
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SmtpUrl").field(&self.to_string()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mail_server_is_reached_with_tls_or_is_this_machine() {
        for (text, shown) in [
            ("smtps://mail.example.com", "smtps://mail.example.com:465"),
            (
                "smtps://u:p@mail.example.com:2465",
                "smtps://mail.example.com:2465",
            ),
            (
                "smtp://u:p@10.0.0.7?tls=required",
                "smtp://10.0.0.7:587?tls=required",
            ),
            ("smtp://localhost", "smtp://localhost:25"),
            ("smtp://127.0.0.1:2525", "smtp://127.0.0.1:2525"),
            ("smtp://[::1]:2525", "smtp://[::1]:2525"),
        ] {
            assert_eq!(text.parse::<SmtpUrl>().unwrap().to_string(), shown);
        }
        for (text, error) in [
            ("", InvalidSmtpUrl::Malformed),
            ("mail.example.com", InvalidSmtpUrl::Malformed),
            ("smtps:", InvalidSmtpUrl::Malformed),
            ("https://mail.example.com", InvalidSmtpUrl::Malformed),
            ("smtps://mail.example.com/x", InvalidSmtpUrl::Continued),
            (
                "smtp://mail.example.com?tls=opportunistic",
                InvalidSmtpUrl::Continued,
            ),
            (
                "smtps://mail.example.com?tls=required",
                InvalidSmtpUrl::Continued,
            ),
            ("smtp://mail.example.com", InvalidSmtpUrl::Plain),
            ("smtp://10.0.0.7", InvalidSmtpUrl::Plain),
            ("smtp://localhost.example.com", InvalidSmtpUrl::Plain),
            ("smtp://u:p@localhost", InvalidSmtpUrl::PlainPassword),
            ("smtps://:p@mail.example.com", InvalidSmtpUrl::NoUser),
        ] {
            assert_eq!(text.parse::<SmtpUrl>().unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn user_and_password_are_decoded_and_never_shown() {
        let url: SmtpUrl = "smtps://a%40b:p%2Fw%25@mail.example.com".parse().unwrap();
        assert_eq!(url.user.as_deref(), Some("a@b"));
        assert_eq!(url.password.as_ref().map(|p| p.as_str()), Some("p/w%"));
        for shown in [url.to_string(), format!("{url:?}")] {
            assert!(!shown.contains("p/w") && !shown.contains("a@b"), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(smtps?://)?[ -~]{0,40}") {
            let _ = text.parse::<SmtpUrl>();
        }
    }
}
