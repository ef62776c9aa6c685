//! What is read to find suspicious use of keys.

use crate::{
    error::FileError,
    keys::SqliteKeys,
    row::{SqliteRow, unix_ms},
};
use async_trait::async_trait;
use central_logger_key_activity::{
    Activity, ActivityError, FailureSlot, Failures, KeyHistory, UsageSlot, WatchStore, WatchedKey,
};
use central_logger_sql_rows::{readable, readable_or_log, signed, usage};
use rusqlite::Transaction;
use std::collections::{BTreeMap, BTreeSet};
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
            let first = connection.query_row(first, [], |row| {
                Ok(readable_or_log(usage::read_hour(&SqliteRow(row))))
            })?;
            let columns = usage::COLUMNS;
            let sql = format!("SELECT {columns} FROM key_usage WHERE hour >= ?1");
            let mut counts = connection.prepare_cached(&sql)?;
            let counts =
                counts.query_map([since], |row| Ok(usage::read_counts(&SqliteRow(row))))?;
            let columns = usage::FAILURE_COLUMNS;
            let sql = format!("SELECT {columns} FROM failed_networks WHERE hour >= ?1");
            let mut failures = connection.prepare_cached(&sql)?;
            let failures =
                failures.query_map([since], |row| Ok(usage::read_failures(&SqliteRow(row))))?;
            Ok(Activity {
                counted_since: first.flatten(),
                counts: readable(counts.collect::<Result<Vec<_>, _>>()?),
                failures: readable(failures.collect::<Result<Vec<_>, _>>()?),
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
            "SELECT ?1, ?2, min(hour), max(last_at),
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
                    .query_map(about, |row| Ok(usage::read_history(&SqliteRow(row))))?
                    .next();
                histories.extend(found.transpose()?.and_then(readable_or_log));
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
