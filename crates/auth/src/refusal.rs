use crate::{Allowance, Allowances, Header, Limit};
use central_logger_hash_pool::HashPoolError;
use central_logger_key_store::{KeyStatus, KeyStoreError};
use central_logger_keys::{HashError, RefusalReason, Scope};
use central_logger_problem_types::ProblemType;
use serde::{Serialize, Serializer};
use std::fmt;

/// Why a request does not get through.
///
/// What the caller is told is the same for every invalid key: see [`problem`](Self::problem). The
/// reason goes to the events only.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{InvalidReason, Refusal};
/// use central_logger_key_store::KeyStatus;
/// use central_logger_keys::RefusalReason;
///
/// let refusal = Refusal::from(InvalidReason::NotActive(KeyStatus::Revoked));
/// assert_eq!(refusal.reason(), RefusalReason::Revoked); // to the log
/// let problem = refusal.problem(); // to the caller
/// assert_eq!((problem.status, &*problem.detail), (401, "Invalid API key"));
/// assert_eq!(refusal.headers(), [("www-authenticate", r#"Bearer realm="API key""#.into())]);
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The request carries no key.
    #[error("the request carries no API key")]
    Missing,
    /// The key is not good.
    #[error("the API key is not good: {0}")]
    Invalid(InvalidReason),
    /// The key is good but does not allow this.
    #[error("the API key lacks the scope {0}")]
    Forbidden(Scope),
    /// The key is good but not from this address.
    #[error("the API key is not accepted from this address")]
    ForbiddenAddress,
    /// 403: a good key of the provider, where a client's is asked for.
    #[error("the API key is one of the provider")]
    ProviderKey,
    /// 403: a good key of a client, where one of the provider is asked for.
    #[error("the API key is not one of the provider")]
    ClientKey,
    /// 401: the session has ended, or there never was such a one.
    #[error("the session has ended")]
    SessionEnded,
    /// 403: a change under a session that a page of another site may have asked for.
    #[error("the change may come from another site")]
    CrossSite,
    /// A limit is reached: the last of these.
    #[error("too many requests: {}", limited_by(.0))]
    Limited(Allowances),
    /// The store did not answer.
    #[error(transparent)]
    Store(KeyStoreError),
    /// The stored hash cannot be worked with, such as for want of its pepper, or too many keys wait to be
    /// hashed.
    #[error(transparent)]
    Hash(#[from] HashPoolError),
}

/// What is wrong with a key that was presented.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{Authenticator, InvalidReason, Origin, PresentedCredential, Refusal, VerificationRequest};
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// let presented = PresentedCredential::Key(b"two words");
/// let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// let refusal = authenticator.authenticate(request).await.unwrap_err();
/// assert!(matches!(refusal, Refusal::Invalid(InvalidReason::Malformed)));
/// assert_eq!(InvalidReason::Malformed.to_string(), "malformed");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvalidReason {
    /// Not 1 to 256 visible ASCII characters.
    Malformed,
    /// Several keys that differ.
    Conflicting,
    /// The form of a generated key, with a checksum that does not fit.
    Mistyped,
    /// No store has it.
    Unknown,
    /// The id exists, the rest is not its.
    WrongSecret,
    /// The right key, but disabled, expired or revoked.
    NotActive(KeyStatus),
}

/// A problem of RFC 9457, to be sent as `application/problem+json`.
///
/// # Examples
///
/// ```
/// use central_logger_auth::Problem;
///
/// let problem = Problem::new(402, "Payment Required", "Please pay your bill");
/// let json: serde_json::Value = serde_json::from_str(&problem.to_json())?;
/// assert_eq!(json["status"], 402);
/// assert_eq!(json["detail"], "Please pay your bill");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of problem it is: a [`ProblemType`], or `about:blank` if the status says it all.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The name of the status.
    pub title: &'static str,
    /// The HTTP status code.
    pub status: u16,
    /// What is wrong, for people.
    pub detail: String,
    /// The limit that was reached: in JSON the list `violated-policies`, with its name in `RateLimit-Policy`.
    #[serde(
        rename = "violated-policies",
        skip_serializing_if = "Option::is_none",
        serialize_with = "as_policies"
    )]
    pub violated: Option<Limit>,
}

impl Refusal {
    /// What the caller is told.
    pub fn problem(&self) -> Problem {
        let (kind, detail) = match self {
            Self::Missing => (ProblemType::MISSING_KEY, "Missing API key".to_owned()),
            Self::Invalid(_) => (ProblemType::INVALID_KEY, "Invalid API key".to_owned()),
            Self::Forbidden(scope) => (
                ProblemType::SCOPE,
                format!("This needs a key with the scope {scope}"),
            ),
            Self::ForbiddenAddress => (
                ProblemType::ADDRESS,
                "This API key is not accepted from this address".to_owned(),
            ),
            Self::ProviderKey => (
                ProblemType::PROVIDER_KEY,
                "This is a key of the provider: it cannot do what keys of clients do".to_owned(),
            ),
            Self::ClientKey => (
                ProblemType::CLIENT_KEY,
                "This needs a key of the provider".to_owned(),
            ),
            Self::SessionEnded => (
                ProblemType::SESSION_ENDED,
                "The session has ended: sign in again".to_owned(),
            ),
            Self::CrossSite => (
                ProblemType::CROSS_SITE,
                "A change in a session needs Sec-Fetch-Site: same-origin or the Origin of this server, \
                 and a body of the type application/json if it has one"
                    .to_owned(),
            ),
            Self::Limited(allowances) => return Problem::of_limit(allowances),
            _ if self.is_transient() => (
                ProblemType::UNAVAILABLE,
                "Keys cannot be verified at the moment: please try again".to_owned(),
            ),
            Self::Hash(HashPoolError::Full(_)) => (
                ProblemType::TEMPORARY_REDUCED_CAPACITY,
                "Too many keys wait to be verified: please try again".to_owned(),
            ),
            Self::Store(_) | Self::Hash(_) => (
                ProblemType::INTERNAL_ERROR,
                "The key could not be verified: the server's log says why".to_owned(),
            ),
        };
        Problem::of(kind, detail)
    }

    /// Whether the key may be valid, and trying again may help: also at another server, which has the
    /// pepper that this one lacks.
    fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Store(KeyStoreError::Unavailable(_) | KeyStoreError::OutcomeUnknown(_))
                | Self::Hash(HashPoolError::Hash(HashError::UnknownPepper))
        )
    }

    /// The headers that the answer carries beside the problem: names in lower case, and values.
    pub fn headers(&self) -> Vec<Header> {
        match self {
            Self::Missing | Self::Invalid(_) | Self::SessionEnded => {
                vec![("www-authenticate", r#"Bearer realm="API key""#.into())]
            }
            Self::Limited(allowances) => {
                let wait = reached(allowances).map_or(1, |limit| limit.reset);
                let fields = allowances.headers();
                let mut headers: Vec<_> =
                    fields.map(|(name, value)| (name, value.into())).collect();
                headers.push(("retry-after", wait.to_string().into()));
                headers
            }
            Self::Hash(HashPoolError::Full(_)) => vec![("retry-after", "1".into())],
            _ if self.is_transient() => vec![("retry-after", "1".into())],
            _ => Vec::new(),
        }
    }

    /// Returns the reason, for logs, metrics and counts.
    pub fn reason(&self) -> RefusalReason {
        match self {
            Self::Missing => RefusalReason::Missing,
            Self::Invalid(reason) => reason.reason(),
            Self::Forbidden(_) | Self::ProviderKey | Self::ClientKey | Self::CrossSite => {
                RefusalReason::Forbidden
            }
            Self::SessionEnded => RefusalReason::Expired,
            Self::ForbiddenAddress => RefusalReason::ForbiddenAddress,
            Self::Limited(allowances) => limited_by(allowances),
            _ if self.is_transient() => RefusalReason::Unavailable,
            Self::Hash(HashPoolError::Full(_)) => RefusalReason::Overload,
            Self::Store(_) | Self::Hash(_) => RefusalReason::Failed,
        }
    }
}

fn reached(allowances: &Allowances) -> Option<&Allowance> {
    allowances.iter().last()
}

fn limited_by(allowances: &Allowances) -> RefusalReason {
    match reached(allowances).map(|reached| reached.limit) {
        Some(Limit::Day | Limit::Month) => RefusalReason::Quota,
        Some(Limit::Failures) => RefusalReason::Failures,
        Some(Limit::Rate) | None => RefusalReason::Rate,
    }
}

fn limit_detail(allowances: &Allowances) -> String {
    let Some(Allowance {
        limit,
        quota,
        reset,
        ..
    }) = reached(allowances)
    else {
        return "Too many requests".to_owned();
    };
    match limit {
        Limit::Rate => format!("Too many requests with this API key: try again in {reset} s"),
        Limit::Day => {
            format!("All {quota} requests of the day are used up: try again in {reset} s")
        }
        Limit::Month => {
            format!("All {quota} requests of the month are used up: try again in {reset} s")
        }
        Limit::Failures => {
            format!("Too many failed attempts from this address: try again in {reset} s")
        }
    }
}

impl InvalidReason {
    /// Returns the reason, for logs, metrics and counts.
    pub fn reason(self) -> RefusalReason {
        match self {
            Self::Malformed => RefusalReason::Malformed,
            Self::Conflicting => RefusalReason::Conflicting,
            Self::Mistyped => RefusalReason::Mistyped,
            Self::Unknown => RefusalReason::Unknown,
            Self::WrongSecret => RefusalReason::WrongSecret,
            Self::NotActive(KeyStatus::Revoked) => RefusalReason::Revoked,
            Self::NotActive(KeyStatus::Expired) => RefusalReason::Expired,
            // An active key is not refused for its status.
            Self::NotActive(KeyStatus::Disabled | KeyStatus::Active) => RefusalReason::Disabled,
        }
    }
}

impl From<KeyStoreError> for Refusal {
    fn from(error: KeyStoreError) -> Self {
        match error {
            // However little of it can be read, it is withdrawn.
            KeyStoreError::Unreadable(key) if key.is_revoked => {
                InvalidReason::NotActive(KeyStatus::Revoked).into()
            }
            error => Self::Store(error),
        }
    }
}

impl From<InvalidReason> for Refusal {
    fn from(reason: InvalidReason) -> Self {
        Self::Invalid(reason)
    }
}

impl fmt::Display for InvalidReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason().fmt(f)
    }
}

impl Problem {
    /// A problem of this status, 400 to 599, and its name.
    pub fn new(status: u16, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title,
            status,
            detail: detail.into(),
            violated: None,
        }
    }

    pub(crate) fn of(kind: ProblemType, detail: impl Into<String>) -> Self {
        Self {
            kind: kind.uri(),
            ..Self::new(kind.status(), kind.title(), detail)
        }
    }

    fn of_limit(allowances: &Allowances) -> Self {
        let limit = reached(allowances).map(|reached| reached.limit);
        let kind = match limit {
            Some(Limit::Failures) => ProblemType::ABNORMAL_USAGE_DETECTED,
            Some(Limit::Rate | Limit::Day | Limit::Month) | None => ProblemType::QUOTA_EXCEEDED,
        };
        Self {
            violated: limit,
            ..Self::of(kind, limit_detail(allowances))
        }
    }

    /// The problem as JSON, for a body of the type `application/problem+json`.
    pub fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

fn as_policies<S: Serializer>(violated: &Option<Limit>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(violated.map(Limit::as_str))
}
