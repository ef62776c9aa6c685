//! The tables `key_usage` and `failed_networks`.

use crate::{Row, UnreadableRow, columns::Columns};
use central_logger_key_activity::{
    FailureSlot, Failures, KeyHistory, UsageCounts, UsageSlot, UsageSum, WatchedKey,
};
use std::time::Duration;
use time::OffsetDateTime;

/// The columns that [`read_counts`] reads.
pub const COLUMNS: &str =
    "client_id, key_id, hour, refusal, requests, entries, bytes, latency_us, networks, last_at";

/// The columns of `failed_networks` that [`read_failures`] reads.
pub const FAILURE_COLUMNS: &str = "hour, network, requests, last_at";

/// Reads the counts of one hour from the [`COLUMNS`].
///
/// # Errors
/// When they cannot be read.
pub fn read_counts(row: &impl Row) -> Result<(UsageSlot, UsageCounts), UnreadableRow> {
    let columns = Columns::with_id_in(row, 1)?;
    let slot = UsageSlot {
        hour: columns.time(2)?,
        client_id: columns.parse_or_empty(0)?,
        key_id: columns.parse_or_empty(1)?,
        refusal: columns.parse_or_empty(3)?,
    };
    let counts = UsageCounts {
        requests: columns.number(4)?,
        entries: columns.number(5)?,
        bytes: columns.number(6)?,
        latency: Duration::from_micros(columns.number(7)?),
        networks: columns.names(8)?,
        last_at: columns.time(9)?,
    };
    Ok((slot, counts))
}

/// Reads an `hour` from the first column, if there is one.
///
/// # Errors
/// When it cannot be read.
pub fn read_hour(row: &impl Row) -> Result<Option<OffsetDateTime>, UnreadableRow> {
    Columns::of(row, "an hour").time_or_null(0)
}

/// Reads sums from the columns `client_id`, `key_id`, `refusal`, then the sums of `requests`, `entries`,
/// `bytes` and `latency_us`, the number of networks and the latest `last_at`.
///
/// # Errors
/// When they cannot be read.
pub fn read_sum(row: &impl Row) -> Result<UsageSum, UnreadableRow> {
    let columns = Columns::with_id_in(row, 1)?;
    Ok(UsageSum {
        client_id: columns.parse_or_empty(0)?,
        key_id: columns.parse_or_empty(1)?,
        refusal: columns.string_or_empty(2)?,
        requests: columns.number(3)?,
        entries: columns.number(4)?,
        bytes: columns.number(5)?,
        latency: Duration::from_micros(columns.number(6)?),
        networks: columns.number(7)?,
        last_at: columns.time(8)?,
    })
}

/// Reads the failures of a network from the [`FAILURE_COLUMNS`].
///
/// # Errors
/// When they cannot be read.
pub fn read_failures(row: &impl Row) -> Result<(FailureSlot, Failures), UnreadableRow> {
    let columns = Columns::with_id_in(row, 1)?;
    let slot = FailureSlot {
        hour: columns.time(0)?,
        network: columns.string(1)?,
    };
    let failures = Failures {
        requests: columns.number(2)?,
        last_at: columns.time(3)?,
    };
    Ok((slot, failures))
}

/// Reads what a key did before from the columns `client_id`, `key_id`, its first `hour`, the latest
/// `last_at`, the most requests of an hour and the networks.
///
/// # Errors
/// When it cannot be read.
pub fn read_history(row: &impl Row) -> Result<(WatchedKey, KeyHistory), UnreadableRow> {
    let columns = Columns::with_id_in(row, 1)?;
    let key = (columns.parse(0)?, columns.parse(1)?);
    let history = KeyHistory {
        first_hour: columns.time(2)?,
        last_used_at: columns.time(3)?,
        busiest: columns.number(4)?,
        networks: columns.names(5)?,
    };
    Ok((key, history))
}
