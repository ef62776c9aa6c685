use crate::{Principal, Refusal};
use central_logger_key_store::{KeyRecord, Report};
use central_logger_keys::KeyId;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
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
/// use central_logger_key_store::{Clock, SystemClock};
///
/// let refusal = Refusal::from(InvalidReason::WrongSecret);
/// let event = AuthEvent {
///     at: SystemClock.now(),
///     address: Some("203.0.113.9".parse()?),
///     claimed_id: Some(&"4fT9aXk20bQz".parse()?),
///     key: None,
///     outcome: Err(&refusal),
/// };
/// assert_eq!(event.outcome.unwrap_err().reason(), "wrong_secret");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct AuthEvent<'a> {
    /// When.
    pub at: OffsetDateTime,
    /// From where, if the caller of the authenticator knows.
    pub address: Option<IpAddr>,
    /// The id that the presented key claims; whether rightly, the outcome tells.
    pub claimed_id: Option<&'a KeyId>,
    /// The key that was presented, when it was verified; also when the request does not get through.
    pub key: Option<&'a KeyRecord>,
    /// What came of it.
    pub outcome: Result<&'a Principal, &'a Refusal>,
}

/// Writes attempts to the log: refusals at `info`, what the operator must mend at `error`, and
/// accepted keys at `debug`.
///
/// Of the refusals in one second, the first hundred are written; how many more there were is told
/// with the next one after that second, so that a flood of bad keys does not become a flood of lines.
///
/// # Examples
///
/// ```
/// use central_logger_auth::{AuthEvent, EventSink, LogEvents, Refusal};
/// use central_logger_key_store::{Clock, SystemClock};
///
/// let events = LogEvents::new();
/// let refusal = Refusal::Missing;
/// let (at, outcome) = (SystemClock.now(), Err(&refusal));
/// events.record(&AuthEvent { at, address: None, claimed_id: None, key: None, outcome });
/// ```
#[derive(Debug, Default)]
pub struct LogEvents(Mutex<Flood>);

#[derive(Debug, Default)]
struct Flood {
    second: i64,
    written: u32,
    left_out: u64,
}

/// How many refusals of one second are written.
const MOST_IN_A_SECOND: u32 = 100;

impl LogEvents {
    /// Has written nothing yet.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Flood {
    /// Whether to write a refusal at this time, and how many were left out before it.
    fn take(&mut self, at: OffsetDateTime) -> (bool, u64) {
        let mut left_out_before = 0;
        // The clock may be set back, too.
        if at.unix_timestamp() != self.second {
            left_out_before = std::mem::take(&mut self.left_out);
            (self.second, self.written) = (at.unix_timestamp(), 0);
        }
        let may_write = self.written < MOST_IN_A_SECOND;
        match may_write {
            true => self.written += 1,
            false => self.left_out += 1,
        }
        (may_write, left_out_before)
    }
}

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
                refusal @ (Refusal::Missing
                | Refusal::Invalid(_)
                | Refusal::Forbidden(_)
                | Refusal::ForbiddenAddress
                | Refusal::Limited(_)),
            ) => {
                let taken = self
                    .0
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take(event.at);
                let (may_write, left_out) = taken;
                if left_out > 0 {
                    tracing::warn!(left_out, "more keys were refused than are logged");
                }
                if may_write {
                    let reason = refusal.reason();
                    tracing::info!(reason, key_id = claimed_id, address, "key refused");
                }
            }
            Err(failure) => tracing::error!(
                reason = failure.reason(),
                key_id = claimed_id,
                error = %Report(failure),
                "key could not be verified"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::{Duration, macros::datetime};

    #[test]
    fn a_flood_is_cut_and_told() {
        let mut flood = Flood::default();
        let now = datetime!(2026-03-01 12:00 UTC);
        for _ in 0..MOST_IN_A_SECOND {
            assert_eq!(flood.take(now), (true, 0));
        }
        for _ in 0..7 {
            assert_eq!(flood.take(now + Duration::milliseconds(999)), (false, 0));
        }
        assert_eq!(flood.take(now + Duration::SECOND), (true, 7));
        assert_eq!(flood.take(now + Duration::SECOND), (true, 0));
        assert_eq!(flood.take(now), (true, 0));
    }
}
