//! What is read to find suspicious use of keys.

use crate::keys::PostgresKeys;
use async_trait::async_trait;
use central_logger_key_activity::{
    Activity, ActivityError, FailureSlot, Failures, KeyHistory, UsageSlot, WatchStore, WatchedKey,
};
use central_logger_postgres_database::{PgRow, StatementError};
use central_logger_sql_rows::{readable, readable_or_log, signed, usage};
use deadpool_postgres::Transaction;
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};

#[async_trait]
impl WatchStore for PostgresKeys {
    async fn try_acquire_leadership(
        &self,
        watcher: &str,
        now: OffsetDateTime,
        length: Duration,
    ) -> Result<bool, ActivityError> {
        let taken = self.database.run(async |connection| {
            let sql = "UPDATE alert_watch SET watcher = $1, until = $3
                       WHERE watcher = $1 OR until <= $2 OR until > $3";
            let update = connection.prepare_cached(sql).await?;
            let until = now + length;
            let updated = connection
                .execute(&update, &[&watcher, &now, &until])
                .await?;
            Ok(updated > 0)
        });
        Ok(taken.await?)
    }

    async fn activity(&self, since: OffsetDateTime) -> Result<Activity, ActivityError> {
        let since = UsageSlot::hour_of(since);
        let activity = self.database.run(async |connection| {
            let first = "SELECT min(hour) FROM key_usage";
            let first = connection.prepare_cached(first).await?;
            let columns = usage::COLUMNS;
            let counts = format!("SELECT {columns} FROM key_usage WHERE hour >= $1");
            let counts = connection.prepare_cached(&counts).await?;
            let columns = usage::FAILURE_COLUMNS;
            let failures = format!("SELECT {columns} FROM failed_networks WHERE hour >= $1");
            let failures = connection.prepare_cached(&failures).await?;
            let counts = connection.query(&counts, &[&since]).await?;
            let failures = connection.query(&failures, &[&since]).await?;
            let first = connection.query_one(&first, &[]).await?;
            let counts = counts.iter().map(|row| usage::read_counts(&PgRow(row)));
            let failures = failures.iter().map(|row| usage::read_failures(&PgRow(row)));
            Ok(Activity {
                counted_since: readable_or_log(usage::read_hour(&PgRow(&first))).flatten(),
                counts: readable(counts),
                failures: readable(failures),
            })
        });
        Ok(activity.await?)
    }

    async fn histories(
        &self,
        keys: &BTreeSet<WatchedKey>,
        before: OffsetDateTime,
    ) -> Result<BTreeMap<WatchedKey, KeyHistory>, ActivityError> {
        let before = UsageSlot::hour_of(before);
        let busy_since = before - Duration::days(KeyHistory::BUSY_DAYS);
        // Those that begin with the hour of day of `before`.
        let three_hours = "extract(epoch FROM $3 - hour)::bigint / 3600 % 24 IN (0, 22, 23)";
        let sql = format!(
            "SELECT wanted.client_id, wanted.key_id, used.*, ARRAY(
                 SELECT DISTINCT network FROM key_usage AS used, unnest(networks) AS network
                 WHERE (used.client_id, used.key_id) = (wanted.client_id, wanted.key_id)
                       AND refusal = '' AND hour < $3
                 ORDER BY 1 LIMIT {})
             FROM unnest($1::text[], $2::text[]) AS wanted (client_id, key_id), LATERAL (
                 SELECT min(hour) AS first_hour, max(last_at), coalesce(max(requests)
                            FILTER (WHERE hour >= $4 AND {three_hours}), 0)
                 FROM key_usage AS used
                 WHERE (used.client_id, used.key_id) = (wanted.client_id, wanted.key_id)
                       AND refusal = '' AND hour < $3
             ) AS used
             WHERE used.first_hour IS NOT NULL",
            KeyHistory::MAX_NETWORKS
        );
        let histories = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let clients: Vec<_> = keys.iter().map(|(client, _)| client.as_str()).collect();
            let ids: Vec<_> = keys.iter().map(|(_, id)| id.as_str()).collect();
            let rows = connection
                .query(&select, &[&clients, &ids, &before, &busy_since])
                .await?;
            Ok(readable(
                rows.iter().map(|row| usage::read_history(&PgRow(row))),
            ))
        });
        Ok(histories.await?)
    }
}

/// In the order of the primary key, so that servers never wait for each other in turn.
pub(crate) async fn add_failures(
    transaction: &Transaction<'_>,
    failures: &BTreeMap<FailureSlot, Failures>,
) -> Result<(), StatementError> {
    if failures.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO failed_networks AS present (hour, network, requests, last_at)
               SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::bigint[], $4::timestamptz[])
               ORDER BY 1, 2
               ON CONFLICT (hour, network) DO UPDATE SET
                   requests = present.requests + excluded.requests,
                   last_at = greatest(present.last_at, excluded.last_at)";
    let hours: Vec<_> = failures.keys().map(|slot| slot.hour).collect();
    let networks: Vec<_> = failures.keys().map(|slot| slot.network.as_str()).collect();
    let requests: Vec<_> = failures
        .values()
        .map(|failures| signed(failures.requests))
        .collect();
    let last: Vec<_> = failures.values().map(|failures| failures.last_at).collect();
    let add = transaction.prepare_cached(sql).await?;
    transaction
        .execute(&add, &[&hours, &networks, &requests, &last])
        .await?;
    Ok(())
}
