//! Scopes as types, for extractors whose signature says what a handler needs.

use crate::{Principal, Refusal, Rejection};
use central_logger_keys::Scope;

/// A scope that a key must have, as a type: a service defines its own.
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{RequiredScope, caller};
/// use central_logger_keys::Scope;
/// # use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// # use std::sync::Arc;
///
/// struct OrdersRead;
///
/// impl RequiredScope for OrdersRead {
///     const SCOPE: Option<Scope> = Some(Scope::from_static("orders:read"));
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// # let presented = PresentedCredential::Key(b"xyz789_real_key");
/// # let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(request).await?;
/// // The key of this caller has other scopes.
/// let refused = caller::<OrdersRead>(|| None, Some(&principal), None).unwrap_err();
/// assert_eq!(refused.answer().status, 403);
/// # Ok(())
/// # }
/// ```
pub trait RequiredScope: Send + Sync + 'static {
    /// The scope; `None` when any valid key will do.
    const SCOPE: Option<Scope>;
}

/// Any valid key.
///
/// # Examples
///
/// ```
/// use central_logger_auth::scopes::{Any, caller};
/// # use central_logger_auth::{Authenticator, Origin, PresentedCredential, VerificationRequest};
/// # use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_static_keys::{ApiKeys, StaticKeys};
/// # use central_logger_times::{Clock as _, SystemClock};
/// # let keys = ApiKeys::parse(r#"{"xyz789_real_key": "acme_corp"}"#)?;
/// # let store = StaticKeys::new(&keys, SystemClock.now());
/// # let authenticator = Arc::new(Authenticator::new(Arc::new(store)));
/// # let presented = PresentedCredential::Key(b"xyz789_real_key");
/// # let request = VerificationRequest { presented, origin: Origin::Unknown, required: None };
/// # let principal = authenticator.authenticate(request).await?;
/// assert!(caller::<Any>(|| None, Some(&principal), None)?.is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Any;

impl RequiredScope for Any {
    const SCOPE: Option<Scope> = None;
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
pub fn caller<S: RequiredScope>(
    route: impl FnOnce() -> Option<String>,
    known: Option<&Principal>,
    anonymous: Option<&Anonymous>,
) -> Result<Option<Principal>, Rejection> {
    match (known, anonymous, S::SCOPE) {
        (Some(principal), _, Some(scope)) if !principal.scopes().contains(&scope) => {
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
