use crate::{Principal, Refusal};
use central_logger_key_store::Report;
use central_logger_keys::KeyId;
use std::net::IpAddr;
use time::OffsetDateTime;

/// Told of every attempt to authenticate. It is called within the request, so it must be quick and
/// must not wait.
pub trait EventSink: Send + Sync {
    /// Takes note of an attempt.
    fn record(&self, event: &AuthEvent<'_>);
}

/// An attempt to authenticate, without secrets.
#[derive(Debug)]
pub struct AuthEvent<'a> {
    /// When.
    pub at: OffsetDateTime,
    /// From where, if the caller of the authenticator knows.
    pub address: Option<IpAddr>,
    /// The id that the presented key claims; whether rightly, the outcome tells.
    pub claimed_id: Option<&'a KeyId>,
    /// What came of it.
    pub outcome: Result<&'a Principal, &'a Refusal>,
}

/// Writes attempts to the log: refusals at `info`, what the operator must mend at `error`, and
/// accepted keys at `debug`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogEvents;

impl EventSink for LogEvents {
    fn record(&self, event: &AuthEvent<'_>) {
        let address = event.address.map(tracing::field::display);
        let claimed_id = event.claimed_id.map(tracing::field::display);
        match event.outcome {
            Ok(principal) => tracing::debug!(
                client_id = %principal.client_id(),
                key_id = %principal.key_id(),
                address,
                "key accepted"
            ),
            Err(
                Refusal::Missing
                | Refusal::Invalid(_)
                | Refusal::Forbidden(_)
                | Refusal::ForbiddenAddress,
            ) => tracing::info!(
                reason = event.outcome.err().map(Refusal::reason),
                key_id = claimed_id,
                address,
                "key refused"
            ),
            Err(failure) => tracing::error!(
                reason = failure.reason(),
                key_id = claimed_id,
                error = %Report(failure),
                "key could not be verified"
            ),
        }
    }
}
