//! Retention: how long logs are kept, and their deletion over any store.

mod period;

pub use period::{InvalidRetentionPeriod, RetentionPeriod};

use crate::{
    entries::LogId,
    store::{Append, LogPruner, LogStoreError},
    validation::{ValidationError, ValidationErrors},
};
use central_logger_keys::ClientId;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

/// Returns the smallest id of the entries that a term of this length keeps at `now`. An entry of the same
/// millisecond is kept.
pub fn kept_from(now: OffsetDateTime, term: Duration) -> LogId {
    let now = now.unix_timestamp_nanos().div_euclid(1_000_000);
    let from = now - term.whole_milliseconds();
    LogId::first_of(u64::try_from(from).unwrap_or(0))
}

/// Refuses entries that would be removed at once. Each is named by its index unless it `is_one` alone.
///
/// # Errors
/// One for each entry that is too old.
pub fn refuse_too_old(
    append: &Append,
    is_one: bool,
    period: RetentionPeriod,
) -> Result<(), ValidationErrors> {
    let Some(term) = period.duration() else {
        return Ok(());
    };
    let kept_from = kept_from(append.received_at, term);
    let too_old = append.entries.iter().enumerate();
    let too_old = too_old.filter(|(_, entry)| entry.id() < kept_from);
    let message = || {
        let from = append.received_at.checked_sub(term);
        let from = from.and_then(|from| from.format(&Rfc3339).ok());
        let from = from.unwrap_or_default();
        format!("must not lie before {from}: entries are kept for {period}")
    };
    let errors = too_old.map(|(index, _)| ValidationError {
        index: (!is_one).then_some(index),
        ..ValidationError::new("executed_at", message())
    });
    let errors: ValidationErrors = errors.collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(errors),
    }
}

/// Deletes the entries whose term has ended, client after client, and returns how many. `kept_from` is
/// asked before each step, and says from which id on a client's entries are kept, if there is a term.
///
/// # Errors
/// When the store is not available or fails. What was deleted until then stays deleted.
pub async fn prune(
    logs: &dyn LogPruner,
    mut kept_from: impl FnMut(&ClientId) -> Option<LogId>,
) -> Result<usize, LogStoreError> {
    let (mut deleted, mut reached) = (0, None);
    while let Some(client) = logs.next_client(reached.as_ref()).await? {
        while let Some(from) = kept_from(&client) {
            match logs.delete(&client, Some(from)).await? {
                0 => break,
                count => deleted += count,
            }
        }
        reached = Some(client);
    }
    Ok(deleted)
}

/// Deletes all entries of a client, and returns how many; then what is remembered of its requests.
///
/// # Errors
/// When the store is not available or fails. What was deleted until then stays deleted.
pub async fn purge(logs: &dyn LogPruner, client: &ClientId) -> Result<usize, LogStoreError> {
    let mut deleted = 0;
    loop {
        match logs.delete(client, None).await? {
            0 => break,
            count => deleted += count,
        }
    }
    while logs.delete_requests(client).await? > 0 {}
    Ok(deleted)
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
        let (first, before) = (begin * 1000, begin * 1000 - 1);
        assert!(LogId::of_event(first, "x") >= from && LogId::of_event(before, "x") < from);
    }

    #[test]
    fn a_term_from_before_all_times_keeps_everything() {
        let now = datetime!(2026-03-01 12:00 UTC);
        for term in [Duration::days(365 * 100), Duration::MAX] {
            assert_eq!(kept_from(now, term), LogId::first_of(0));
        }
    }
}
