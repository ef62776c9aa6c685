//! What each kind of caller may change.

mod client;
mod client_authority;
mod in_session;
mod provider_key;
mod successors;

pub use client::ClientRights;
pub use client_authority::ClientAuthority;
pub use provider_key::ProviderRights;

pub(crate) use in_session::InSession;
pub(crate) use provider_key::ProviderKeyAuthority;

use central_logger_key_store::authority::Denied;

/// The codes of changes that a caller may not make.
pub(crate) mod codes {
    /// The key of the caller has ended since it was verified.
    pub(crate) const ENDED: &str = "key_ended";
    /// The session of the caller has ended since its request was let in.
    pub(crate) const SESSION_ENDED: &str = "session_ended";
    /// It would allow more than the caller may.
    pub(crate) const BEYOND: &str = "beyond_own_rights";
    /// The provider has set what is to be changed.
    pub(crate) const PROVIDER_SET: &str = "provider_set";
    /// The client may not change keys itself.
    pub(crate) const NO_SELF_SERVICE: &str = "self_service_off";
    /// The client has as many keys as it may.
    pub(crate) const MAX_KEYS: &str = "max_keys";
    /// Keys of this client must expire.
    pub(crate) const EXPIRY_REQUIRED: &str = "expiry_required";
    /// There are no scopes to be taken over.
    pub(crate) const SCOPES_REQUIRED: &str = "scopes_required";
    /// The kind of caller may not do this at all.
    pub(crate) const FORBIDDEN: &str = "forbidden";
    /// To the caller there is no such key.
    pub(crate) const UNKNOWN_KEY: &str = "unknown_key";
}

/// The refusal of what would allow more than the caller may.
pub(crate) fn beyond(message: impl Into<String>) -> Denied {
    Denied::new(codes::BEYOND, message)
}

/// The refusal of a caller whose key has ended since it was verified.
fn ended() -> Denied {
    Denied::new(
        codes::ENDED,
        "The key of this request is not valid any more",
    )
}

/// The refusal of a key that is none of the caller's.
fn unknown() -> Denied {
    Denied::new(codes::UNKNOWN_KEY, "There is no such key")
}
