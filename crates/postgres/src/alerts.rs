//! Alerts.

use crate::keys::PostgresKeys;
use async_trait::async_trait;
use central_logger_key_activity::{
    Acknowledgement, ActivityError, Alert, AlertId, AlertQuery, AlertStore, Delivery,
};
use central_logger_keys::ClientId;
use central_logger_postgres_database::{Params, PgRow, StatementError};
use central_logger_sql_rows::{
    Value,
    alerts::{self, COLUMNS},
    readable, readable_or_log,
};
use deadpool_postgres::Transaction;
use std::sync::atomic::Ordering;
use time::OffsetDateTime;
use tokio_postgres::types::ToSql;

#[async_trait]
impl AlertStore for PostgresKeys {
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, ActivityError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM alerts
             WHERE last_at >= $1 AND ($2::text IS NULL OR client_id = $2)
               AND ($4::timestamptz IS NULL OR (last_at, id COLLATE \"C\") < ($4, $5::text))
             ORDER BY last_at DESC, id COLLATE \"C\" DESC LIMIT $3"
        );
        let alerts = self.database.run(async |connection| {
            let select = connection.prepare_cached(&sql).await?;
            let client = query.client.as_ref().map(ClientId::as_str);
            let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
            let before = query.before.as_ref();
            let before_at = before.map(|place| place.last_at);
            let before_id = before.map(|place| place.id.as_str());
            let since = query.since.get();
            let about: [&(dyn ToSql + Sync); 5] = [&since, &client, &limit, &before_at, &before_id];
            let rows = connection.query(&select, &about).await?;
            Ok(readable(rows.iter().map(|row| alerts::read(&PgRow(row)))))
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
            let alert = row.map(|row| alerts::read(&PgRow(&row)));
            Ok(alert.transpose()?)
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
            Ok(row.and_then(|row| readable_or_log(alerts::read(&PgRow(&row)))))
        });
        Ok(due.await?)
    }

    async fn set_delivery(&self, id: &AlertId, delivery: &Delivery) -> Result<bool, ActivityError> {
        let done = self.database.run_change(async |connection, committing| {
            let sql = "UPDATE alerts SET delivery = $2, delivery_attempts = $3, delivery_at = $4,
                                         delivery_error = $5
                       WHERE id = $1";
            let update = connection.prepare_cached(sql).await?;
            let id = [Value::from(id.as_str())].into_iter();
            let values = Params::new(id.chain(alerts::delivery_values(delivery)));
            committing.store(true, Ordering::Relaxed);
            Ok(connection.execute(&update, &values.values()).await? > 0)
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
    let values = Params::new(alerts::values(alert));
    transaction.execute(&put, &values.values()).await?;
    Ok(())
}
