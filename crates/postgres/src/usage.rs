//! Counts of what is done with keys.

use crate::{keys::PostgresKeys, watching::add_failures};
use async_trait::async_trait;
use central_logger_key_activity::{
    ActivityError, KeyUse, Usage, UsageBatch, UsageCounts, UsagePer, UsageQuery, UsageSlot,
    UsageStore,
};
use central_logger_keys::{ClientId, KeyId, RefusalReason};
use central_logger_postgres_database::{Database, PgRow, StatementError};
use central_logger_sql_rows::{keys::PROVIDER, readable, signed, usage};
use deadpool_postgres::Transaction;
use std::{collections::BTreeMap, time::Duration};
use time::OffsetDateTime;

#[async_trait]
impl UsageStore for PostgresKeys {
    async fn add_usage(&self, usage: &UsageBatch) -> Result<(), ActivityError> {
        if usage.is_empty() {
            return Ok(());
        }
        let database: &Database = &self.database;
        let done = database.run(async |connection| {
            let transaction = connection.transaction().await?;
            // Counts first: all servers lock rows in the same order.
            add_counts(&transaction, &usage.counts).await?;
            add_failures(&transaction, &usage.failures).await?;
            record_uses(&transaction, &usage.uses).await?;
            Ok(transaction.commit().await?)
        });
        Ok(done.await?)
    }

    async fn usage(&self, query: &UsageQuery) -> Result<Vec<Usage>, ActivityError> {
        let key_id = match query.per {
            UsagePer::Key => "key_id",
            UsagePer::Client => "''",
        };
        let sql = format!(
            "WITH chosen AS (
                 SELECT client_id, {key_id} AS key_id, refusal, requests, entries, bytes,
                        latency_us, networks, last_at
                 FROM key_usage WHERE hour >= $2 AND ($1::text IS NULL OR client_id = $1)
             ), seen AS (
                 SELECT client_id, key_id, refusal, count(DISTINCT network) AS networks
                 FROM chosen, unnest(networks) AS network GROUP BY client_id, key_id, refusal
             )
             SELECT client_id, key_id, refusal, sum(requests)::bigint, sum(entries)::bigint,
                    sum(bytes)::bigint, sum(latency_us)::bigint, coalesce(max(seen.networks), 0),
                    max(last_at)
             FROM chosen LEFT JOIN seen USING (client_id, key_id, refusal)
             GROUP BY client_id, key_id, refusal"
        );
        let since = UsageSlot::hour_of(query.since.get());
        let sums = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let client = query.client.as_ref().map(ClientId::as_str);
            let rows = connection.query(&select, &[&client, &since]).await?;
            let sums = rows.iter().map(|row| usage::read_sum(&PgRow(row)));
            Ok(readable::<_, Vec<_>>(sums))
        });
        Ok(Usage::put_together(sums.await?))
    }

    async fn purge_usage(&self, until: OffsetDateTime) -> Result<(), ActivityError> {
        let until = UsageSlot::hour_of(until);
        let done = self.database.run(async |connection| {
            let delete = "DELETE FROM key_usage WHERE hour < $1";
            let delete = connection.prepare_cached(delete).await?;
            connection.execute(&delete, &[&until]).await?;
            let delete = "DELETE FROM failed_networks WHERE hour < $1";
            let delete = connection.prepare_cached(delete).await?;
            connection.execute(&delete, &[&until]).await?;
            Ok(())
        });
        Ok(done.await?)
    }
}

async fn add_counts(
    transaction: &Transaction<'_>,
    counts: &BTreeMap<UsageSlot, UsageCounts>,
) -> Result<(), StatementError> {
    // In the order of the primary key, so that servers never wait for each other in turn.
    let sql = format!(
        "INSERT INTO key_usage AS present (client_id, key_id, hour, refusal, requests, entries,
                                           bytes, latency_us, networks, last_at)
         SELECT coalesce(added.client_id, nullif(api_keys.client_id, '{}'), ''), key_id, hour, refusal,
                requests, entries, bytes, latency_us, string_to_array(networks, ' '), last_at
         FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[],
                     $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::timestamptz[])
             AS added (client_id, key_id, hour, refusal, requests, entries, bytes, latency_us,
                       networks, last_at)
         LEFT JOIN api_keys ON api_keys.id = key_id AND added.client_id IS NULL
         ORDER BY 1, 2, 3, 4
         ON CONFLICT (client_id, key_id, hour, refusal) DO UPDATE SET
             requests = present.requests + excluded.requests,
             entries = present.entries + excluded.entries,
             bytes = present.bytes + excluded.bytes,
             latency_us = present.latency_us + excluded.latency_us,
             networks = ARRAY(SELECT DISTINCT unnest(present.networks || excluded.networks)
                              ORDER BY 1 LIMIT {}),
             last_at = greatest(present.last_at, excluded.last_at)",
        PROVIDER,
        UsageCounts::MAX_NETWORKS
    );
    let slots = || counts.keys();
    let clients = slots().map(|slot| slot.client_id.as_ref().map(ClientId::as_str));
    let keys = slots().map(|slot| slot.key_id.as_ref().map_or("", KeyId::as_str));
    let refusals = slots().map(|slot| slot.refusal.map_or("", RefusalReason::as_str));
    let hours = slots().map(|slot| slot.hour);
    let numbers = |number: fn(&UsageCounts) -> u64| -> Vec<i64> {
        let numbers = counts.values().map(number);
        numbers.map(signed).collect()
    };
    let networks = counts.values().map(|counts| {
        let networks: Vec<_> = counts.networks.iter().map(String::as_str).collect();
        networks.join(" ")
    });
    let last = counts.values().map(|counts| counts.last_at);
    let add = transaction.prepare_cached(&sql).await?;
    transaction
        .execute(
            &add,
            &[
                &clients.collect::<Vec<_>>(),
                &keys.collect::<Vec<_>>(),
                &hours.collect::<Vec<_>>(),
                &refusals.collect::<Vec<_>>(),
                &numbers(|counts| counts.requests),
                &numbers(|counts| counts.entries),
                &numbers(|counts| counts.bytes),
                &numbers(|counts| microseconds(counts.latency)),
                &networks.collect::<Vec<_>>(),
                &last.collect::<Vec<_>>(),
            ],
        )
        .await?;
    Ok(())
}

fn microseconds(latency: Duration) -> u64 {
    u64::try_from(latency.as_micros()).unwrap_or(u64::MAX)
}

async fn record_uses(
    transaction: &Transaction<'_>,
    uses: &BTreeMap<KeyId, KeyUse>,
) -> Result<(), StatementError> {
    let ids: Vec<_> = uses.keys().map(KeyId::as_str).collect();
    let times: Vec<_> = uses.values().map(|used| used.at).collect();
    let networks: Vec<_> = uses.values().map(|used| used.from.as_deref()).collect();
    // In order, so that servers doing this at the same time never wait for each other in turn.
    let sql = "WITH locked AS (
                   SELECT id, used.at, used.network
                   FROM api_keys JOIN unnest($1::text[], $2::timestamptz[], $3::text[])
                       AS used (id, at, network) USING (id)
                   WHERE last_used_at IS NULL OR last_used_at < used.at
                   ORDER BY id FOR UPDATE OF api_keys
               )
               UPDATE api_keys SET last_used_at = locked.at, last_used_from = locked.network
               FROM locked WHERE api_keys.id = locked.id";
    let update = transaction.prepare_cached(sql).await?;
    transaction
        .execute(&update, &[&ids, &times, &networks])
        .await?;
    Ok(())
}
