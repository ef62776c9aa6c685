use crate::{
    KeySource, PresentedCredential, RequestHead, collected_credential::CollectedCredential,
};
use central_logger_keys::KeyOwner;
use central_logger_sessions::SessionToken;
use std::{net::IpAddr, sync::Arc};

/// The cookies of sessions, and which requests may make a change under one.
///
/// A cookie is called `__Host-…` and goes over HTTPS alone. Where a server is reached without HTTPS, on its
/// own machine, the name ends with the port instead, since ports of one host share their cookies. Elsewhere,
/// without HTTPS, there are no cookies, and so no sessions.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{SessionCookies, SessionKind};
///
/// let https = SessionCookies::secure().at("https://logs.example.com");
/// let name = https.name(SessionKind::Client, None);
/// assert_eq!(name.as_deref(), Some("__Host-central_logger_session"));
///
/// let plain = SessionCookies::on_loopback();
/// let name = plain.name(SessionKind::Client, Some(b"localhost:8000"));
/// assert_eq!(name.as_deref(), Some("central_logger_session_8000"));
/// assert_eq!(plain.name(SessionKind::Client, Some(b"logs.lan")), None);
/// ```
#[derive(Debug, Clone)]
pub struct SessionCookies {
    is_secure: bool,
    takes_forms: bool,
    /// The origin of the public URL.
    origin: Option<Arc<str>>,
}

/// Whose session a cookie is of. A browser may hold one of each.
///
/// # Examples
///
/// ```
/// use central_logger_auth::SessionKind;
/// use central_logger_keys::KeyOwner;
///
/// assert_eq!(SessionKind::from(&KeyOwner::Provider), SessionKind::Provider);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A person of a client.
    Client,
    /// A person of the provider.
    Provider,
}

impl SessionCookies {
    /// Those of a server that is reached over HTTPS.
    pub fn secure() -> Self {
        Self {
            is_secure: true,
            takes_forms: false,
            origin: None,
        }
    }

    /// Those of a server that is reached over plain HTTP, from its own machine alone.
    pub fn on_loopback() -> Self {
        Self {
            is_secure: false,
            takes_forms: false,
            origin: None,
        }
    }

    /// Lets pages of the server at this base URL make changes.
    #[must_use]
    pub fn at(mut self, public_url: &str) -> Self {
        self.origin = origin(public_url).map(Into::into);
        self
    }

    /// Takes changes as forms instead of JSON, for pages. A page must check by itself that a form comes from a
    /// page of the same session.
    #[must_use]
    pub fn with_forms(self) -> Self {
        Self {
            takes_forms: true,
            ..self
        }
    }

    /// Whether the server is reached over HTTPS.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// The token of a session in a request, if there is one token.
    pub fn token(&self, kind: SessionKind, request: &impl RequestHead) -> Option<SessionToken> {
        let source = self.source(kind, request)?;
        let mut collected = CollectedCredential::None;
        source.collect(request, &mut collected);
        match collected.presented() {
            PresentedCredential::Key(token) => str::from_utf8(token).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// The name of a cookie, where there can be one. `host` is the `Host` of the request.
    pub fn name(&self, kind: SessionKind, host: Option<&[u8]>) -> Option<String> {
        let name = match kind {
            SessionKind::Client => "central_logger_session",
            SessionKind::Provider => "central_logger_provider_session",
        };
        match self.is_secure {
            true => Some(format!("__Host-{name}")),
            false => {
                let port = loopback_port(host?)?;
                Some(format!("{name}_{port}"))
            }
        }
    }

    /// The `Set-Cookie` that begins a session in a browser, where there can be one.
    pub fn set(
        &self,
        kind: SessionKind,
        host: Option<&[u8]>,
        token: &SessionToken,
    ) -> Option<String> {
        let name = self.name(kind, host)?;
        let secret = token.expose_secret();
        Some(format!("{name}={secret}; {}", self.attributes()))
    }

    /// The `Set-Cookie` that takes the cookie of a session back.
    pub fn unset(&self, kind: SessionKind, host: Option<&[u8]>) -> Option<String> {
        let name = self.name(kind, host)?;
        Some(format!("{name}=; {}; Max-Age=0", self.attributes()))
    }

    fn attributes(&self) -> &'static str {
        match self.is_secure {
            true => "Path=/; Secure; HttpOnly; SameSite=Strict",
            false => "Path=/; HttpOnly; SameSite=Strict",
        }
    }

    /// Where the token of a session stands in a request.
    pub(crate) fn source(
        &self,
        kind: SessionKind,
        request: &impl RequestHead,
    ) -> Option<KeySource> {
        self.name(kind, first(request, "host"))
            .map(KeySource::Cookie)
    }

    /// Whether a request under a session may be served: it changes nothing, or a page of this server has
    /// asked for it, with a body of JSON if there is one. No form of another site can send such a request.
    pub(crate) fn allow(&self, request: &impl RequestHead) -> bool {
        let changes_nothing = ["GET", "HEAD", "OPTIONS", "TRACE"].contains(&request.method());
        let has_its_body = || match self.takes_forms {
            true => has_type(request, b"application/x-www-form-urlencoded"),
            false => has_json_or_nothing(request),
        };
        changes_nothing || (self.is_of_own_page(request) && has_its_body())
    }

    /// Whether a browser, or a program, says that another site has asked for a request. Programs that say
    /// nothing about it are no pages.
    pub fn is_foreign(&self, request: &impl RequestHead) -> bool {
        let has_origin = request.header("origin").next().is_some();
        let site = request.header("sec-fetch-site").next();
        let says_so = has_origin || site.is_some_and(|site| site != b"none");
        says_so && !self.is_of_own_page(request)
    }

    /// Whether a browser says that a page of this server has asked for a request.
    pub fn is_of_own_page(&self, request: &impl RequestHead) -> bool {
        if first(request, "sec-fetch-site") == Some(b"same-origin") {
            return true;
        }
        let Some(sent) = first(request, "origin") else {
            return false;
        };
        match (&self.origin, first(request, "host")) {
            (Some(origin), _) => sent.eq_ignore_ascii_case(origin.as_bytes()),
            (None, Some(host)) if loopback_port(host).is_some() => {
                let of_host = sent
                    .strip_prefix(b"http://")
                    .or(sent.strip_prefix(b"https://"));
                of_host.is_some_and(|sent| sent.eq_ignore_ascii_case(host))
            }
            (None, _) => false,
        }
    }
}

impl From<&KeyOwner> for SessionKind {
    fn from(owner: &KeyOwner) -> Self {
        match owner {
            KeyOwner::Client(_) => Self::Client,
            KeyOwner::Provider => Self::Provider,
        }
    }
}

/// The only value of a header; of several, none can be relied on.
fn first<'r>(request: &'r impl RequestHead, name: &str) -> Option<&'r [u8]> {
    let mut values = request.header(name);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.trim_ascii()),
        _ => None,
    }
}

fn has_json_or_nothing(request: &impl RequestHead) -> bool {
    match first(request, "content-type") {
        Some(_) => has_type(request, b"application/json"),
        None => {
            let length = first(request, "content-length").unwrap_or(b"0");
            length == b"0" && request.header("transfer-encoding").next().is_none()
        }
    }
}

fn has_type(request: &impl RequestHead, wanted: &[u8]) -> bool {
    let kind = first(request, "content-type").unwrap_or_default();
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii().eq_ignore_ascii_case(wanted)
}

/// The port of a host that is this machine.
fn loopback_port(host: &[u8]) -> Option<u16> {
    const OF_HTTP: u16 = 80;
    let host = str::from_utf8(host).ok()?;
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
        _ => (host, OF_HTTP),
    };
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    let address: Option<IpAddr> = address.unwrap_or(name).parse().ok();
    let name = name.to_ascii_lowercase();
    let is_named = name == "localhost" || name.ends_with(".localhost");
    (is_named || address.is_some_and(|address| address.is_loopback())).then_some(port)
}

/// The origin of a URL, as browsers write it.
fn origin(url: &str) -> Option<String> {
    let url = url.to_ascii_lowercase();
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    let default_port = match scheme {
        "https" => ":443",
        _ => ":80",
    };
    let host = host.strip_suffix(default_port).unwrap_or(host);
    Some(format!("{scheme}://{host}"))
}
