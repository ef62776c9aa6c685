//! What is read to find suspicious use of keys.

use crate::{
    error::{FileError, or_log, readable},
    keys::{SqliteKeys, from_unix_ms, parse_named, signed, unix_ms, unreadable, unsigned},
};
use async_trait::async_trait;
use central_logger_key_activity::{
    Activity, ActivityError, FailureSlot, Failures, KeyHistory, UsageCounts, UsageSlot, WatchStore,
    WatchedKey,
};
use rusqlite::{Row, Transaction};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration as StdDuration,
};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl WatchStore for SqliteKeys {
    async fn try_acquire_leadership(
        &self,
        watcher: &str,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<bool, ActivityError> {
        let (watcher, until) = (watcher.to_owned(), unix_ms(now + length));
        let taken = self.file.write(move |transaction| {
            let sql = "UPDATE alert_watch SET watcher = ?1, until = ?3
                       WHERE watcher = ?1 OR until <= ?2 OR until > ?3";
            Ok(transaction.execute(sql, (watcher, unix_ms(now), until))? > 0)
        });
        Ok(taken.await?)
    }

    async fn activity(&self, since: OffsetDateTime) -> Result<Activity, ActivityError> {
        let since = unix_ms(UsageSlot::hour_of(since));
        let activity = self.file.read(move |connection| {
            let first = "SELECT min(hour) FROM key_usage";
            let first: Option<i64> = connection.query_row(first, [], |row| row.get(0))?;
            let mut counts = connection.prepare_cached(
                "SELECT client_id, key_id, hour, refusal, requests, entries, bytes, latency_us,
                        networks, last_at
                 FROM key_usage WHERE hour >= ?1",
            )?;
            let counts = counts.query_map([since], |row| Ok(read_counts(row)))?;
            let mut failures = connection.prepare_cached(
                "SELECT hour, network, requests, last_at FROM failed_networks WHERE hour >= ?1",
            )?;
            let failures = failures.query_map([since], |row| Ok(read_failures(row)))?;
            Ok(Activity {
                counted_since: first.and_then(|first| or_log(time_of("the first hour", first))),
                counts: readable(counts)?,
                failures: readable(failures)?,
            })
        });
        Ok(activity.await?)
    }

    async fn histories(
        &self,
        keys: &BTreeSet<WatchedKey>,
        before: OffsetDateTime,
    ) -> Result<BTreeMap<WatchedKey, KeyHistory>, ActivityError> {
        let keys = keys.clone();
        let before = UsageSlot::hour_of(before);
        let busy_since = unix_ms(before - Duration::days(KeyHistory::BUSY_DAYS));
        let before = unix_ms(before);
        // The three hours of day are those that begin with the one of `before`.
        let sql = format!(
            "SELECT min(hour), max(last_at),
                    coalesce(max(requests) FILTER (
                        WHERE hour >= ?4 AND (?3 - hour) / 3600000 % 24 IN (0, 22, 23)), 0),
                    (SELECT json_group_array(value) FROM (
                        SELECT DISTINCT value FROM key_usage, json_each(key_usage.networks)
                        WHERE client_id = ?1 AND key_id = ?2 AND refusal = '' AND hour < ?3
                        ORDER BY 1 LIMIT {}))
             FROM key_usage
             WHERE client_id = ?1 AND key_id = ?2 AND refusal = '' AND hour < ?3
             HAVING count(*) > 0",
            KeyHistory::MAX_NETWORKS
        );
        let histories = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let mut histories = BTreeMap::new();
            for (client, id) in keys {
                let about = (client.as_str(), id.as_str(), before, busy_since);
                let found = select
                    .query_map(about, |row| Ok(read_history(id.as_str(), row)))?
                    .next();
                if let Some(history) = found.transpose()?.and_then(or_log) {
                    histories.insert((client, id), history);
                }
            }
            Ok(histories)
        });
        Ok(histories.await?)
    }
}

pub(crate) fn add_failures(
    transaction: &Transaction<'_>,
    failures: &BTreeMap<FailureSlot, Failures>,
) -> Result<(), FileError> {
    let sql = "INSERT INTO failed_networks AS present (hour, network, requests, last_at)
               VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT (hour, network) DO UPDATE SET
                   requests = present.requests + excluded.requests,
                   last_at = max(present.last_at, excluded.last_at)";
    let mut add = transaction.prepare_cached(sql)?;
    for (slot, failures) in failures {
        let (hour, last_at) = (unix_ms(slot.hour), unix_ms(failures.last_at));
        add.execute((hour, &slot.network, signed(failures.requests), last_at))?;
    }
    Ok(())
}

fn read_counts(row: &Row<'_>) -> Result<(UsageSlot, UsageCounts), FileError> {
    let (client, id, refusal): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
    let number = |column| Ok::<_, FileError>(unsigned(row.get(column)?));
    let slot = UsageSlot {
        hour: time_of(&id, row.get(2)?)?,
        client_id: parse_named(&id, &client)?,
        key_id: parse_named(&id, &id)?,
        refusal: parse_named(&id, &refusal)?,
    };
    let counts = UsageCounts {
        requests: number(4)?,
        entries: number(5)?,
        bytes: number(6)?,
        latency: StdDuration::from_micros(number(7)?),
        networks: read_networks(&id, row.get(8)?)?,
        last_at: time_of(&id, row.get(9)?)?,
    };
    Ok((slot, counts))
}

fn read_failures(row: &Row<'_>) -> Result<(FailureSlot, Failures), FileError> {
    let network: String = row.get(1)?;
    let failures = Failures {
        requests: unsigned(row.get(2)?),
        last_at: time_of(&network, row.get(3)?)?,
    };
    let hour = time_of(&network, row.get(0)?)?;
    Ok((FailureSlot { hour, network }, failures))
}

fn read_history(id: &str, row: &Row<'_>) -> Result<KeyHistory, FileError> {
    Ok(KeyHistory {
        first_hour: time_of(id, row.get(0)?)?,
        last_used_at: time_of(id, row.get(1)?)?,
        busiest: unsigned(row.get(2)?),
        networks: read_networks(id, row.get(3)?)?,
    })
}

fn read_networks(id: &str, json: String) -> Result<BTreeSet<String>, FileError> {
    serde_json::from_str(&json).map_err(|error| unreadable(id, error))
}

pub(crate) fn time_of(id: &str, ms: i64) -> Result<OffsetDateTime, FileError> {
    from_unix_ms(ms).map_err(|error| unreadable(id, error))
}
