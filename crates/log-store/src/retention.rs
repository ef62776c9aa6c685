//! Removing what is not to be kept any longer, over any store.

use crate::{LogId, LogKeeper, LogStoreError};
use central_logger_keys::ClientId;
use time::{Duration, OffsetDateTime};

/// The smallest id of the entries that a term of this length keeps at `now`. An entry of the same
/// millisecond is kept.
pub fn kept_from(now: OffsetDateTime, term: Duration) -> LogId {
    let now = now.unix_timestamp_nanos().div_euclid(1_000_000);
    let from = now - term.whole_milliseconds();
    LogId::first_of(u64::try_from(from).unwrap_or(0))
}

/// Removes the entries whose term has ended, client after client, and tells how many. `kept_from` is
/// asked before each step, and says from which id on a client's entries are kept, if there is a term.
///
/// # Errors
/// When the store is not available or fails. What was removed until then stays removed.
pub async fn prune(
    logs: &dyn LogKeeper,
    mut kept_from: impl FnMut(&ClientId) -> Option<LogId>,
) -> Result<usize, LogStoreError> {
    let (mut removed, mut reached) = (0, None);
    while let Some(client) = logs.next_client(reached.as_ref()).await? {
        while let Some(from) = kept_from(&client) {
            match logs.remove(&client, Some(from)).await? {
                0 => break,
                count => removed += count,
            }
        }
        reached = Some(client);
    }
    Ok(removed)
}

/// Removes all entries of a client, and tells how many; then what is remembered of its requests.
///
/// # Errors
/// When the store is not available or fails. What was removed until then stays removed.
pub async fn forget(logs: &dyn LogKeeper, client: &ClientId) -> Result<usize, LogStoreError> {
    let mut removed = 0;
    loop {
        match logs.remove(client, None).await? {
            0 => break,
            count => removed += count,
        }
    }
    while logs.forget_requests(client).await? > 0 {}
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_term_keeps_the_millisecond_with_which_it_begins() {
        let now = datetime!(2026-03-01 12:00:00.123 UTC);
        let from = kept_from(now, Duration::days(90));
        let begin = datetime!(2025-12-01 12:00:00.123 UTC).unix_timestamp_nanos() / 1_000_000;
        let begin = u64::try_from(begin).unwrap();
        assert_eq!(from, LogId::first_of(begin));
        assert!(LogId::random(begin) >= from && LogId::random(begin - 1) < from);
    }

    #[test]
    fn a_term_from_before_all_times_keeps_everything() {
        let now = datetime!(2026-03-01 12:00 UTC);
        for term in [Duration::days(365 * 100), Duration::MAX] {
            assert_eq!(kept_from(now, term), LogId::first_of(0));
        }
    }
}
