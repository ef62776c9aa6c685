//! Alerts.

use crate::{
    error::{StatementError, or_log, readable},
    keys::{PostgresKeys, parse, parse_named, signed, unsigned},
};
use async_trait::async_trait;
use central_logger_key_activity::{
    Acknowledgement, ActivityError, Alert, AlertId, AlertQuery, AlertStore, AlertSubject, Counted,
    Delivery,
};
use central_logger_keys::{ClientId, KeyId};
use deadpool_postgres::Transaction;
use std::sync::atomic::Ordering;
use time::OffsetDateTime;
use tokio_postgres::Row;

const COLUMNS: &str = "id, kind, client_id, key_id, network, first_at, last_at, count, counted_hour, \
     counted_in_hour, evidence, acknowledged_at, acknowledged_by, delivery, delivery_attempts, \
     delivery_at, delivery_error";

#[async_trait]
impl AlertStore for PostgresKeys {
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, ActivityError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM alerts
             WHERE last_at >= $1 AND ($2::text IS NULL OR client_id = $2)
             ORDER BY last_at DESC, id COLLATE \"C\" DESC LIMIT $3"
        );
        let alerts = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let client = query.client.as_ref().map(ClientId::as_str);
            let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
            let rows = connection
                .query(&select, &[&query.since.get(), &client, &limit])
                .await?;
            Ok(readable(&rows, read))
        });
        Ok(alerts.await?)
    }

    async fn put_alerts(&self, alerts: &[Alert]) -> Result<(), ActivityError> {
        let done = self.database.run(async |connection| {
            let transaction = connection.transaction().await?;
            for alert in alerts {
                put(&transaction, alert).await?;
            }
            Ok(transaction.commit().await?)
        });
        Ok(done.await?)
    }

    async fn acknowledge(
        &self,
        id: &AlertId,
        client: Option<&ClientId>,
        acknowledgement: &Acknowledgement,
    ) -> Result<Option<Alert>, ActivityError> {
        let sql = format!(
            "UPDATE alerts SET acknowledged_at = coalesce(acknowledged_at, $3),
                               acknowledged_by = coalesce(acknowledged_by, $4)
             WHERE id = $1 AND ($2::text IS NULL OR client_id = $2) RETURNING {COLUMNS}"
        );
        // It is one statement, which commits by itself.
        let found = self.database.run_change(async |connection, committing| {
            let update = connection.prepare_cached(&sql).await?;
            let client = client.map(ClientId::as_str);
            let Acknowledgement { at, by } = acknowledgement;
            committing.store(true, Ordering::Relaxed);
            let row = connection
                .query_opt(&update, &[&id.as_str(), &client, at, by])
                .await?;
            row.map(|row| read(&row)).transpose()
        });
        Ok(found.await?)
    }

    async fn due_delivery(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Alert>, ActivityError> {
        // What is read and what is written are the same row, as it was before.
        let sql = format!(
            "WITH due AS (
                 SELECT {COLUMNS} FROM alerts WHERE delivery = 'pending' AND delivery_at <= $1
                 ORDER BY delivery_at LIMIT 1 FOR UPDATE SKIP LOCKED
             ), taken AS (
                 UPDATE alerts SET delivery_at = $2 FROM due WHERE alerts.id = due.id
             )
             SELECT {COLUMNS} FROM due"
        );
        let due = self.database.run(async |connection| {
            let take = connection.prepare_cached(&sql).await?;
            let row = connection.query_opt(&take, &[&now, &until]).await?;
            // One that cannot be read must not stand in the way of the others.
            Ok(row.and_then(|row| or_log(read(&row))))
        });
        Ok(due.await?)
    }

    async fn set_delivery(&self, id: &AlertId, delivery: &Delivery) -> Result<bool, ActivityError> {
        let done = self.database.run_change(async |connection, committing| {
            let sql = "UPDATE alerts SET delivery = $2, delivery_attempts = $3, delivery_at = $4,
                                         delivery_error = $5
                       WHERE id = $1";
            let update = connection.prepare_cached(sql).await?;
            let (state, error) = (delivery.state.as_str(), &delivery.error);
            let attempts = attempts(Some(delivery));
            let values: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
                [&id.as_str(), &state, &attempts, &delivery.at, error];
            committing.store(true, Ordering::Relaxed);
            Ok(connection.execute(&update, &values).await? > 0)
        });
        Ok(done.await?)
    }

    async fn purge_alerts(&self, until: OffsetDateTime) -> Result<(), ActivityError> {
        let done = self.database.run(async |connection| {
            let delete = "DELETE FROM alerts WHERE last_at < $1";
            let delete = connection.prepare_cached(delete).await?;
            connection.execute(&delete, &[&until]).await?;
            Ok(())
        });
        Ok(done.await?)
    }
}

async fn put(transaction: &Transaction<'_>, alert: &Alert) -> Result<(), StatementError> {
    let sql = format!(
        "INSERT INTO alerts ({COLUMNS})
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
         ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at, count = excluded.count,
             counted_hour = excluded.counted_hour, counted_in_hour = excluded.counted_in_hour,
             evidence = excluded.evidence"
    );
    let put = transaction.prepare_cached(&sql).await?;
    let AlertSubject {
        client_id,
        key_id,
        network,
    } = &alert.subject;
    let acknowledged = alert.acknowledged.as_ref();
    let delivery = alert.delivery.as_ref();
    transaction
        .execute(
            &put,
            &[
                &alert.id.as_str(),
                &alert.kind.as_str(),
                &client_id.as_ref().map_or("", ClientId::as_str),
                &key_id.as_ref().map_or("", KeyId::as_str),
                &network.as_deref().unwrap_or_default(),
                &alert.first_at,
                &alert.last_at,
                &signed(alert.counted.sum),
                &alert.counted.hour,
                &signed(alert.counted.in_hour),
                &alert.evidence,
                &acknowledged.map(|acknowledged| acknowledged.at),
                &acknowledged.map(|acknowledged| &acknowledged.by),
                &delivery.map(|delivery| delivery.state.as_str()),
                &attempts(delivery),
                &delivery.map(|delivery| delivery.at),
                &delivery.and_then(|delivery| delivery.error.as_ref()),
            ],
        )
        .await?;
    Ok(())
}

fn attempts(delivery: Option<&Delivery>) -> i32 {
    let attempts = delivery.map_or(0, |delivery| delivery.attempts);
    i32::try_from(attempts).unwrap_or(i32::MAX)
}

fn read(row: &Row) -> Result<Alert, StatementError> {
    let id: &str = row.try_get(0)?;
    let network: &str = row.try_get(4)?;
    let delivery: Option<&str> = row.try_get(13)?;
    Ok(Alert {
        id: parse(id, id)?,
        kind: parse(id, row.try_get(1)?)?,
        subject: AlertSubject {
            client_id: parse_named(id, row.try_get(2)?)?,
            key_id: parse_named(id, row.try_get(3)?)?,
            network: (!network.is_empty()).then(|| network.to_owned()),
        },
        first_at: row.try_get(5)?,
        last_at: row.try_get(6)?,
        counted: Counted {
            sum: unsigned(row.try_get(7)?),
            hour: row.try_get(8)?,
            in_hour: unsigned(row.try_get(9)?),
        },
        evidence: row.try_get(10)?,
        acknowledged: match (row.try_get(11)?, row.try_get(12)?) {
            (Some(at), Some(by)) => Some(Acknowledgement { at, by }),
            _ => None,
        },
        delivery: match (delivery, row.try_get(15)?) {
            (Some(state), Some(at)) => Some(Delivery {
                state: parse(id, state)?,
                attempts: row.try_get::<_, i32>(14)?.unsigned_abs(),
                at,
                error: row.try_get(16)?,
            }),
            _ => None,
        },
    })
}
