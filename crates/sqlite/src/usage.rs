//! Counts of what is done with keys.

use crate::{
    error::FileError,
    keys::SqliteKeys,
    row::{SqliteRow, unix_ms},
    watching::add_failures,
};
use async_trait::async_trait;
use central_logger_key_activity::{
    ActivityError, KeyUse, Usage, UsageBatch, UsageCounts, UsagePer, UsageQuery, UsageSlot,
    UsageStore,
};
use central_logger_keys::{ClientId, KeyId, RefusalReason};
use central_logger_sql_rows::{keys::PROVIDER, readable, signed, usage};
use rusqlite::Transaction;
use std::collections::BTreeMap;
use time::OffsetDateTime;

#[async_trait]
impl UsageStore for SqliteKeys {
    async fn add_usage(&self, usage: &UsageBatch) -> Result<(), ActivityError> {
        if usage.is_empty() {
            return Ok(());
        }
        let usage = usage.clone();
        let done = self.file.write(move |transaction| {
            add_counts(transaction, &usage.counts)?;
            add_failures(transaction, &usage.failures)?;
            record_uses(transaction, &usage.uses)
        });
        Ok(done.await?)
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Vec<Usage>, ActivityError> {
        let key_id = match query.per {
            UsagePer::Key => "key_id",
            UsagePer::Client => "''",
        };
        let whose = match &query.client {
            Some(_) => "client_id = ?1",
            None => "?1 IS NULL",
        };
        let sql = format!(
            "WITH chosen AS (
                 SELECT client_id, {key_id} AS key_id, refusal, requests, entries, bytes,
                        latency_us, networks, last_at
                 FROM key_usage WHERE hour >= ?2 AND {whose}
             ), seen AS (
                 SELECT client_id, key_id, refusal, count(DISTINCT network.value) AS networks
                 FROM chosen, json_each(chosen.networks) AS network
                 GROUP BY client_id, key_id, refusal
             )
             SELECT client_id, key_id, refusal, sum(requests), sum(entries), sum(bytes),
                    sum(latency_us), coalesce(max(seen.networks), 0), max(last_at)
             FROM chosen LEFT JOIN seen USING (client_id, key_id, refusal)
             GROUP BY client_id, key_id, refusal"
        );
        let client = query.client.as_ref().map(|id| id.as_str().to_owned());
        let since = unix_ms(UsageSlot::hour_of(query.since.get()));
        let sums = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let rows =
                select.query_map((client, since), |row| Ok(usage::read_sum(&SqliteRow(row))))?;
            Ok(readable::<_, Vec<_>>(rows.collect::<Result<Vec<_>, _>>()?))
        });
        Ok(Usage::put_together(sums.await?))
    }

    async fn purge_usage(&self, until: OffsetDateTime) -> Result<(), ActivityError> {
        let until = unix_ms(UsageSlot::hour_of(until));
        let done = self.file.write(move |transaction| {
            transaction.execute("DELETE FROM key_usage WHERE hour < ?1", [until])?;
            transaction.execute("DELETE FROM failed_networks WHERE hour < ?1", [until])?;
            Ok(())
        });
        Ok(done.await?)
    }
}

fn add_counts(
    transaction: &Transaction<'_>,
    counts: &BTreeMap<UsageSlot, UsageCounts>,
) -> Result<(), FileError> {
    let sql = format!(
        "INSERT INTO key_usage AS present (client_id, key_id, hour, refusal, requests, entries,
                                           bytes, latency_us, networks, last_at)
         VALUES (coalesce(?1, (SELECT nullif(client_id, '{}') FROM api_keys WHERE id = ?2), ''),
                 ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (client_id, key_id, hour, refusal) DO UPDATE SET
             requests = present.requests + excluded.requests,
             entries = present.entries + excluded.entries,
             bytes = present.bytes + excluded.bytes,
             latency_us = present.latency_us + excluded.latency_us,
             networks = (SELECT json_group_array(value) FROM (
                 SELECT value FROM json_each(present.networks)
                 UNION SELECT value FROM json_each(excluded.networks) ORDER BY 1 LIMIT {})),
             last_at = max(present.last_at, excluded.last_at)",
        PROVIDER,
        UsageCounts::MAX_NETWORKS
    );
    let mut add = transaction.prepare_cached(&sql)?;
    for (slot, counts) in counts {
        let networks = counts.networks.iter();
        let networks: Vec<_> = networks.map(|network| format!("\"{network}\"")).collect();
        let latency = u64::try_from(counts.latency.as_micros()).unwrap_or(u64::MAX);
        add.execute((
            slot.client_id.as_ref().map(ClientId::as_str),
            slot.key_id.as_ref().map_or("", KeyId::as_str),
            unix_ms(slot.hour),
            slot.refusal.map_or("", RefusalReason::as_str),
            signed(counts.requests),
            signed(counts.entries),
            signed(counts.bytes),
            signed(latency),
            format!("[{}]", networks.join(",")),
            unix_ms(counts.last_at),
        ))?;
    }
    Ok(())
}

fn record_uses(
    transaction: &Transaction<'_>,
    uses: &BTreeMap<KeyId, KeyUse>,
) -> Result<(), FileError> {
    let sql = "UPDATE api_keys SET last_used_at = ?2, last_used_from = ?3
               WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";
    let mut update = transaction.prepare_cached(sql)?;
    for (id, KeyUse { at, from }) in uses {
        update.execute((id.as_str(), unix_ms(*at), from))?;
    }
    Ok(())
}
