//! Scopes as types, for extractors whose signature says what a handler needs.

use crate::{Principal, Refusal, Rejection};
use central_logger_keys::Scope;

/// A scope, or that any good key will do.
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{Any, LogsWrite, Needed};
/// use central_logger_keys::Scope;
///
/// assert_eq!(LogsWrite::SCOPE, Some(Scope::LogsWrite));
/// assert_eq!(Any::SCOPE, None);
/// ```
pub trait Needed: Send + Sync + 'static {
    /// The scope that a key must have.
    const SCOPE: Option<Scope>;
}

/// Any good key.
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{Any, caller};
/// # use central_logger_auth::{Attempt, Authenticator, Origin, Presented};
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// # let presented = Presented::Key(b"xyz789_real_key");
/// # let attempt = Attempt { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(attempt).await?;
/// assert!(caller::<Any>(|| None, Some(&principal), None)?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Any;

/// A key with [`Scope::LogsWrite`].
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{LogsWrite, caller};
/// # use central_logger_auth::{Attempt, Authenticator, Origin, Presented};
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// # let presented = Presented::Key(b"xyz789_real_key");
/// # let attempt = Attempt { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(attempt).await?;
/// assert!(caller::<LogsWrite>(|| None, Some(&principal), None)?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogsWrite;

/// A key with [`Scope::LogsRead`].
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{LogsRead, Needed};
/// use central_logger_keys::Scope;
///
/// assert_eq!(LogsRead::SCOPE, Some(Scope::LogsRead));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogsRead;

/// A key with [`Scope::KeysManage`].
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{KeysManage, caller};
/// # use central_logger_auth::{Attempt, Authenticator, Origin, Presented};
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// # let presented = Presented::Key(b"xyz789_real_key");
/// # let attempt = Attempt { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(attempt).await?;
/// let refused = caller::<KeysManage>(|| None, Some(&principal), None).unwrap_err();
/// assert_eq!(refused.answer().status, 403);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct KeysManage;

impl Needed for Any {
    const SCOPE: Option<Scope> = None;
}

impl Needed for LogsWrite {
    const SCOPE: Option<Scope> = Some(Scope::LogsWrite);
}

impl Needed for LogsRead {
    const SCOPE: Option<Scope> = Some(Scope::LogsRead);
}

impl Needed for KeysManage {
    const SCOPE: Option<Scope> = Some(Scope::KeysManage);
}

/// A request without a key, where none is needed. Adapters leave it among the extensions of the
/// request in the place of the [`Principal`].
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{Anonymous, Any, caller};
///
/// assert!(caller::<Any>(|| None, None, Some(&Anonymous))?.is_none());
/// let ungated = caller::<Any>(|| None, None, None).unwrap_err();
/// assert_eq!(ungated.answer().status, 500);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Anonymous;

/// What an extractor gives to a handler, from what an adapter has left for it: the caller, or nobody where
/// no key is needed.
///
/// `route` is asked when there is something to log: for the pattern of the handler's route, such as
/// `/logs/{id}`, if the library tells it, and never for the path of the request, into which a stranger may
/// have written anything, a key even.
///
/// # Errors
/// When the caller's key does not allow what `S` needs, or no adapter was there.
pub fn caller<S: Needed>(
    route: impl FnOnce() -> Option<String>,
    known: Option<&Principal>,
    anonymous: Option<&Anonymous>,
) -> Result<Option<Principal>, Rejection> {
    match (known, anonymous, S::SCOPE) {
        (Some(principal), _, Some(scope)) if !principal.scopes().contains(scope) => {
            tracing::info!(route = route(), key_id = %principal.key_id(), %scope, "the key lacks a scope");
            Err(Refusal::Forbidden(scope).into())
        }
        (Some(principal), _, _) => Ok(Some(principal.clone())),
        (None, Some(Anonymous), _) => Ok(None),
        (None, None, _) => {
            tracing::error!(
                route = route(),
                "a handler asks for its caller, and no middleware before it knows"
            );
            Err(Rejection::Ungated)
        }
    }
}
