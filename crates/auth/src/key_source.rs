use crate::{
    RequestHead, authorization, collected_credential::CollectedCredential,
    presented_credential::bearer_token,
};
use std::borrow::Cow;

/// A place in a request where a key may stand.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, Gate, KeySource};
/// # use central_logger_key_store::MemoryKeys;
/// # use std::sync::Arc;
///
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(MemoryKeys::new())));
/// let places = [KeySource::header("X-Acme-Key"), KeySource::Cookie("acme_key".to_owned())];
/// let gate = Gate::new(authenticator).keys_from(places);
///
/// assert_eq!(KeySource::header("X-Acme-Key"), KeySource::Header("x-acme-key".to_owned()));
/// assert_eq!(KeySource::standard(), [KeySource::header("X-API-Key"), KeySource::Bearer]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// `Authorization: Bearer KEY`, with `Bearer` in any case.
    Bearer,
    /// `Authorization: SCHEME KEY` of this scheme, in any case.
    Scheme(String),
    /// `Authorization: ApiKey KEY`, as clients of Elasticsearch send it: the key, or base64 of `ANY:KEY`.
    ApiKey,
    /// `Authorization: Basic …`: the password, or the user when the password is empty.
    Basic,
    /// The value of the header of this name, in lower case: see [`header`](Self::header).
    Header(String),
    /// The value of the cookie of this name.
    ///
    /// A browser sends cookies also with requests that another site made it send. A service that takes
    /// keys from cookies must set them with `SameSite=Strict`, `Secure` and `HttpOnly`, or guard every
    /// change in some other way.
    Cookie(String),
    /// The value of the query parameter of this name.
    ///
    /// **Dangerous**: addresses are written down, key and all, by servers, proxies and browsers, and
    /// are passed on in `Referer`. It is for callers that can set nothing else, such as webhooks:
    /// give those keys of their own, with one scope and a near expiry.
    Query(String),
}

impl KeySource {
    /// The header of this name, in whichever case.
    pub fn header(name: &str) -> Self {
        Self::Header(name.to_ascii_lowercase())
    }

    /// Where keys stand unless told otherwise: in `X-API-Key` and `Authorization: Bearer`.
    pub fn standard() -> [Self; 2] {
        [Self::header("X-API-Key"), Self::Bearer]
    }

    pub(crate) fn collect<'a>(
        &'a self,
        request: &'a impl RequestHead,
        collected: &mut CollectedCredential<Cow<'a, [u8]>>,
    ) {
        let mut add = |key: &'a [u8]| collected.add(Cow::Borrowed(key.trim_ascii()));
        let authorization = || request.header("authorization");
        match self {
            Self::Bearer => authorization().filter_map(bearer_token).for_each(add),
            Self::Scheme(scheme) => authorization()
                .filter_map(|value| authorization::credentials(value, scheme))
                .for_each(add),
            Self::ApiKey => authorization()
                .filter_map(authorization::api_key)
                .for_each(|key| collected.add(key)),
            Self::Basic => authorization()
                .filter_map(authorization::basic)
                .for_each(|key| collected.add(Cow::Owned(key))),
            Self::Header(name) => request.header(name).for_each(add),
            Self::Cookie(name) => request
                .header("cookie")
                .flat_map(|cookies| cookies.split(|byte| *byte == b';'))
                .filter_map(|cookie| value_of(cookie.trim_ascii(), name))
                .for_each(&mut add),
            Self::Query(name) => {
                let query = request.query().unwrap_or_default();
                for (parameter, value) in form_urlencoded::parse(query.as_bytes()) {
                    if parameter == *name {
                        collected.add(match value {
                            Cow::Borrowed(key) => Cow::Borrowed(key.as_bytes()),
                            Cow::Owned(key) => Cow::Owned(key.into_bytes()),
                        });
                    }
                }
            }
        }
    }
}

/// The value of a cookie, without the quotes that it may stand in (RFC 6265, 4.1.1).
fn value_of<'a>(cookie: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let value = cookie.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
    let unquoted = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    Some(unquoted.unwrap_or(value))
}
