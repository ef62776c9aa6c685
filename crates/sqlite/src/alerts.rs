//! Alerts.

use crate::{
    error::FileError,
    keys::SqliteKeys,
    row::{SqliteRow, params, unix_ms},
};
use async_trait::async_trait;
use central_logger_key_activity::{
    Acknowledgement, ActivityError, Alert, AlertId, AlertQuery, AlertStore, Delivery,
};
use central_logger_keys::ClientId;
use central_logger_sql_rows::{
    Value,
    alerts::{self, COLUMNS},
    readable, readable_or_log,
};
use rusqlite::{OptionalExtension, Transaction, types};
use time::OffsetDateTime;

#[async_trait]
impl AlertStore for SqliteKeys {
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, ActivityError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM alerts WHERE last_at >= ?1 AND (?2 IS NULL OR client_id = ?2)
               AND (?4 IS NULL OR (last_at, id) < (?4, ?5))
             ORDER BY last_at DESC, id DESC LIMIT ?3"
        );
        let query = query.clone();
        let alerts = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let client = query.client.as_ref().map(ClientId::as_str);
            let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
            let before = query.before.as_ref();
            let before_at = before.map(|place| unix_ms(place.last_at));
            let before_id = before.map(|place| place.id.as_str());
            let since = unix_ms(query.since.get());
            let about = (since, client, limit, before_at, before_id);
            let rows = select.query_map(about, |row| Ok(alerts::read(&SqliteRow(row))))?;
            Ok(readable(rows.collect::<Result<Vec<_>, _>>()?))
        });
        Ok(alerts.await?)
    }

    async fn put_alerts(&self, alerts: &[Alert]) -> Result<(), ActivityError> {
        let alerts = alerts.to_vec();
        let done = self
            .file
            .write(move |transaction| alerts.iter().try_for_each(|alert| put(transaction, alert)));
        Ok(done.await?)
    }

    async fn acknowledge(
        &self,
        id: &AlertId,
        client: Option<&ClientId>,
        acknowledgement: &Acknowledgement,
    ) -> Result<Option<Alert>, ActivityError> {
        let sql = format!(
            "UPDATE alerts SET acknowledged_at = coalesce(acknowledged_at, ?3),
                               acknowledged_by = coalesce(acknowledged_by, ?4)
             WHERE id = ?1 AND (?2 IS NULL OR client_id = ?2) RETURNING {COLUMNS}"
        );
        let (id, client) = (id.to_string(), client.map(ToString::to_string));
        let (at, by) = (unix_ms(acknowledgement.at), acknowledgement.by.clone());
        let found = self.file.write(move |transaction| {
            let mut update = transaction.prepare_cached(&sql)?;
            let alert = update.query_row((id, client, at, by), |row| {
                Ok(alerts::read(&SqliteRow(row)))
            });
            Ok(alert.optional()?.transpose()?)
        });
        Ok(found.await?)
    }

    async fn due_delivery(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Alert>, ActivityError> {
        let due = self.file.write(move |transaction| {
            let select = format!(
                "SELECT {COLUMNS} FROM alerts WHERE delivery = 'pending' AND delivery_at <= ?1
                 ORDER BY delivery_at LIMIT 1"
            );
            let mut select = transaction.prepare_cached(&select)?;
            let mut due = select.query([unix_ms(now)])?;
            let Some(row) = due.next()? else {
                return Ok(None);
            };
            // Before it is read: one that cannot be must not stand in the way of the others.
            let take = "UPDATE alerts SET delivery_at = ?2 WHERE id = ?1";
            let id: types::Value = row.get(0)?;
            transaction.execute(take, (id, unix_ms(until)))?;
            Ok(readable_or_log(alerts::read(&SqliteRow(row))))
        });
        Ok(due.await?)
    }

    async fn set_delivery(&self, id: &AlertId, delivery: &Delivery) -> Result<bool, ActivityError> {
        let (id, delivery) = (id.to_string(), delivery.clone());
        let done = self.file.write(move |transaction| {
            let sql = "UPDATE alerts SET delivery = ?2, delivery_attempts = ?3, delivery_at = ?4,
                                         delivery_error = ?5
                       WHERE id = ?1";
            let id = [Value::from(id)].into_iter();
            let values = params(id.chain(alerts::delivery_values(&delivery)));
            Ok(transaction.execute(sql, values)? > 0)
        });
        Ok(done.await?)
    }

    async fn purge_alerts(&self, until: OffsetDateTime) -> Result<(), ActivityError> {
        let until = unix_ms(until);
        let done = self.file.write(move |transaction| {
            transaction.execute("DELETE FROM alerts WHERE last_at < ?1", [until])?;
            Ok(())
        });
        Ok(done.await?)
    }
}

fn put(transaction: &Transaction<'_>, alert: &Alert) -> Result<(), FileError> {
    let sql = format!(
        "INSERT INTO alerts ({COLUMNS})
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
         ON CONFLICT (id) DO UPDATE SET last_at = excluded.last_at, count = excluded.count,
             counted_hour = excluded.counted_hour, counted_in_hour = excluded.counted_in_hour,
             evidence = excluded.evidence"
    );
    let mut put = transaction.prepare_cached(&sql)?;
    put.execute(params(alerts::values(alert)))?;
    Ok(())
}
