use crate::{Flood, Refusal};
use central_logger_hash_pool::HashPoolError;
use central_logger_key_store::KeyRecord;
use central_logger_keys::KeyId;
use central_logger_text::Report;
use std::net::IpAddr;
use time::OffsetDateTime;

/// Told of every attempt to authenticate. It is called within the request, so it must be quick and
/// must not wait.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{AuthEvent, EventSink};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// struct Refused(AtomicU64);
///
/// impl EventSink for Refused {
///     fn record(&self, event: &AuthEvent<'_>) {
///         let refused = u64::from(event.outcome.is_err());
///         self.0.fetch_add(refused, Ordering::Relaxed);
///     }
/// }
/// ```
pub trait EventSink: Send + Sync {
    /// Takes note of an attempt.
    fn record(&self, event: &AuthEvent<'_>);
}

/// An attempt to authenticate, without secrets.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{AuthEvent, InvalidReason, Refusal};
/// use central_logger_times::{Clock, SystemClock};
///
/// let refusal = Refusal::from(InvalidReason::WrongSecret);
/// let event = AuthEvent {
///     at: SystemClock.now(),
///     address: Some("203.0.113.9".parse()?),
///     claimed_id: Some(&"4fT9aXk20bQz".parse()?),
///     key: None,
///     outcome: Err(&refusal),
/// };
/// assert_eq!(event.outcome.unwrap_err().reason().as_str(), "wrong_secret");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AuthEvent<'a> {
    /// When.
    pub at: OffsetDateTime,
    /// From where, if the caller of the authenticator knows; behind a trusted proxy that does not say so,
    /// the proxy.
    pub address: Option<IpAddr>,
    /// The id that the presented key claims; whether rightly, the outcome tells.
    pub claimed_id: Option<&'a KeyId>,
    /// The key that was presented, when it was verified; also when the request does not get through.
    pub key: Option<&'a KeyRecord>,
    /// What came of it.
    pub outcome: Result<(), &'a Refusal>,
}

/// Writes attempts to the log: refusals at `info`, what the operator must fix at `error`, and
/// accepted keys at `debug`.
///
/// Of the refusals in one second, the first hundred are written, and of the failures as many; how many more
/// there were is told with the next one after that second, so that a flood of keys does not become a flood of
/// lines.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{AuthEvent, EventSink, LogEvents, Refusal};
/// use central_logger_times::{Clock, SystemClock};
///
/// let events = LogEvents::new();
/// let refusal = Refusal::Missing;
/// let (at, outcome) = (SystemClock.now(), Err(&refusal));
/// events.record(&AuthEvent { at, address: None, claimed_id: None, key: None, outcome });
/// ```
#[derive(Debug, Default)]
pub struct LogEvents {
    refusals: Flood,
    failures: Flood,
}

impl LogEvents {
    /// Has written nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl EventSink for LogEvents {
    fn record(&self, event: &AuthEvent<'_>) {
        let address = event.address.map(tracing::field::display);
        let claimed_id = event.claimed_id.map(tracing::field::display);
        match event.outcome {
            Ok(()) => tracing::debug!(
                owner = event.key.map(|key| key.owner.as_str()),
                key_id = claimed_id,
                address,
                "key accepted"
            ),
            Err(
                refusal @ (Refusal::Missing
                | Refusal::Invalid(_)
                | Refusal::Forbidden(_)
                | Refusal::ForbiddenAddress
                | Refusal::ProviderKey
                | Refusal::ClientKey
                | Refusal::SessionEnded
                | Refusal::CrossSite
                | Refusal::Limited(_)
                | Refusal::Hash(HashPoolError::Full(_))),
            ) => {
                let (may_write, left_out) = self.refusals.take(event.at);
                if left_out > 0 {
                    tracing::warn!(left_out, "more keys were refused than are logged");
                }
                if may_write {
                    let reason = refusal.reason().as_str();
                    tracing::info!(reason, key_id = claimed_id, address, "key refused");
                }
            }
            // Of an outage the store tells by itself.
            Err(Refusal::Store(error)) if error.is_transient() => tracing::debug!(
                key_id = claimed_id,
                error = %Report(error),
                "key could not be verified"
            ),
            Err(failure) => {
                let (may_write, left_out) = self.failures.take(event.at);
                if left_out > 0 {
                    tracing::error!(left_out, "more keys could not be verified than are logged");
                }
                if may_write {
                    tracing::error!(
                        reason = failure.reason().as_str(),
                        key_id = claimed_id,
                        error = %Report(failure),
                        "key could not be verified"
                    );
                }
            }
        }
    }
}
