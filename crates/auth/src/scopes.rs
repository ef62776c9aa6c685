//! Scopes as types, for extractors whose signature says what a handler needs.

use crate::{Principal, Refusal, Rejection};
use central_logger_key_store::Scope;

/// A scope, or that any good key will do.
pub trait Needed: Send + Sync + 'static {
    /// The scope that a key must have.
    const SCOPE: Option<Scope>;
}

/// Any good key.
#[derive(Debug, Clone, Copy)]
pub struct Any;

/// A key with [`Scope::LogsWrite`].
#[derive(Debug, Clone, Copy)]
pub struct LogsWrite;

/// A key with [`Scope::LogsRead`].
#[derive(Debug, Clone, Copy)]
pub struct LogsRead;

/// A key with [`Scope::KeysManage`].
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
#[derive(Debug, Clone, Copy)]
pub struct Anonymous;

/// What an extractor gives to the handler of `path`, from what an adapter has left for it: the
/// caller, or nobody where no key is needed.
///
/// # Errors
/// When the caller's key does not allow what `S` needs, or no adapter was there.
pub fn caller<S: Needed>(
    path: &str,
    known: Option<&Principal>,
    anonymous: Option<&Anonymous>,
) -> Result<Option<Principal>, Rejection> {
    match (known, anonymous, S::SCOPE) {
        (Some(principal), _, Some(scope)) if !principal.scopes().contains(scope) => {
            tracing::info!(path, key_id = %principal.key_id(), %scope, "the key lacks a scope");
            Err(Refusal::Forbidden(scope).into())
        }
        (Some(principal), _, _) => Ok(Some(principal.clone())),
        (None, Some(Anonymous), _) => Ok(None),
        (None, None, _) => {
            tracing::error!(
                path,
                "a handler asks for its caller, and no middleware before it knows"
            );
            Err(Rejection::Ungated)
        }
    }
}
