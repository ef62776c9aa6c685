//! Alerts.

use crate::{
    error::{FileError, or_log, readable},
    keys::{SqliteKeys, parse, parse_named, signed, unix_ms, unsigned},
    watching::time_of,
};
use async_trait::async_trait;
use central_logger_key_activity::{
    Acknowledgement, ActivityError, Alert, AlertId, AlertQuery, AlertStore, AlertSubject, Counted,
    Delivery,
};
use central_logger_keys::{ClientId, KeyId};
use rusqlite::{Row, ToSql, Transaction, params, types::Value};
use time::OffsetDateTime;

const COLUMNS: &str = "id, kind, client_id, key_id, network, first_at, last_at, count, counted_hour, \
     counted_in_hour, evidence, acknowledged_at, acknowledged_by, delivery, delivery_attempts, \
     delivery_at, delivery_error";

#[async_trait]
impl AlertStore for SqliteKeys {
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, ActivityError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM alerts WHERE last_at >= ?1 AND (?2 IS NULL OR client_id = ?2)
             ORDER BY last_at DESC, id DESC LIMIT ?3"
        );
        let query = query.clone();
        let alerts = self.file.read(move |connection| {
            let mut select = connection.prepare_cached(&sql)?;
            let client = query.client.as_ref().map(ClientId::as_str);
            let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
            let about = (unix_ms(query.since.get()), client, limit);
            let rows = select.query_map(about, |row| Ok(read(row)))?;
            readable::<_, Vec<_>>(rows)
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
        let found = self
            .file
            .write(move |transaction| read_one(transaction, &sql, params![id, client, at, by]));
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
            let id: Value = row.get(0)?;
            transaction.execute(take, params![id, unix_ms(until)])?;
            Ok(or_log(read(row)))
        });
        Ok(due.await?)
    }

    async fn set_delivery(&self, id: &AlertId, delivery: &Delivery) -> Result<bool, ActivityError> {
        let (id, delivery) = (id.to_string(), delivery.clone());
        let done = self.file.write(move |transaction| {
            let sql = "UPDATE alerts SET delivery = ?2, delivery_attempts = ?3, delivery_at = ?4,
                                         delivery_error = ?5
                       WHERE id = ?1";
            let (state, at) = (delivery.state.as_str(), unix_ms(delivery.at));
            let about = params![id, state, delivery.attempts, at, delivery.error];
            Ok(transaction.execute(sql, about)? > 0)
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
    let AlertSubject {
        client_id,
        key_id,
        network,
    } = &alert.subject;
    let acknowledged = alert.acknowledged.as_ref();
    let delivery = alert.delivery.as_ref();
    transaction.prepare_cached(&sql)?.execute(params![
        alert.id.as_str(),
        alert.kind.as_str(),
        client_id.as_ref().map_or("", ClientId::as_str),
        key_id.as_ref().map_or("", KeyId::as_str),
        network.as_deref().unwrap_or_default(),
        unix_ms(alert.first_at),
        unix_ms(alert.last_at),
        signed(alert.counted.sum),
        unix_ms(alert.counted.hour),
        signed(alert.counted.in_hour),
        alert.evidence,
        acknowledged.map(|acknowledged| unix_ms(acknowledged.at)),
        acknowledged.map(|acknowledged| &acknowledged.by),
        delivery.map(|delivery| delivery.state.as_str()),
        delivery.map_or(0, |delivery| delivery.attempts),
        delivery.map(|delivery| unix_ms(delivery.at)),
        delivery.and_then(|delivery| delivery.error.as_ref()),
    ])?;
    Ok(())
}

fn read_one(
    transaction: &Transaction<'_>,
    sql: &str,
    about: &[&dyn ToSql],
) -> Result<Option<Alert>, FileError> {
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query_map(about, |row| Ok(read(row)))?;
    rows.next().map(|row| row?).transpose()
}

fn read(row: &Row<'_>) -> Result<Alert, FileError> {
    let id: String = row.get(0)?;
    let named = |column| row.get::<_, String>(column);
    let time = |column| time_of(&id, row.get(column)?);
    let network = named(4)?;
    let (acknowledged_at, delivery): (Option<i64>, Option<String>) = (row.get(11)?, row.get(13)?);
    Ok(Alert {
        id: parse(&id, &id)?,
        kind: parse(&id, &named(1)?)?,
        subject: AlertSubject {
            client_id: parse_named(&id, &named(2)?)?,
            key_id: parse_named(&id, &named(3)?)?,
            network: (!network.is_empty()).then_some(network),
        },
        first_at: time(5)?,
        last_at: time(6)?,
        counted: Counted {
            sum: unsigned(row.get(7)?),
            hour: time(8)?,
            in_hour: unsigned(row.get(9)?),
        },
        evidence: named(10)?,
        acknowledged: match acknowledged_at {
            Some(_) => Some(Acknowledgement {
                at: time(11)?,
                by: named(12)?,
            }),
            None => None,
        },
        delivery: match delivery {
            Some(state) => Some(Delivery {
                state: parse(&id, &state)?,
                attempts: row.get(14)?,
                at: time(15)?,
                error: row.get(16)?,
            }),
            None => None,
        },
    })
}
