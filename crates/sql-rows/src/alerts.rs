//! The table `alerts`.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_key_activity::{Acknowledgement, Alert, AlertSubject, Counted, Delivery};
use central_logger_keys::{ClientId, KeyId};

/// The columns, in the order of [`values`].
pub const COLUMNS: &str = "id, kind, client_id, key_id, network, first_at, last_at, count, counted_hour, \
     counted_in_hour, evidence, acknowledged_at, acknowledged_by, delivery, delivery_attempts, \
     delivery_at, delivery_error";

/// Reads an alert from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read(row: &impl Row) -> Result<Alert, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    let (acknowledged_at, delivery_at) = (columns.time_or_null(11)?, columns.time_or_null(15)?);
    Ok(Alert {
        id: columns.parse(0)?,
        kind: columns.parse(1)?,
        subject: AlertSubject {
            client_id: columns.parse_or_empty(2)?,
            key_id: columns.parse_or_empty(3)?,
            network: columns.string_or_empty(4)?,
        },
        first_at: columns.time(5)?,
        last_at: columns.time(6)?,
        counted: Counted {
            sum: columns.number(7)?,
            hour: columns.time(8)?,
            in_hour: columns.number(9)?,
        },
        evidence: columns.string(10)?,
        acknowledged: match (acknowledged_at, columns.string_or_null(12)?) {
            (Some(at), Some(by)) => Some(Acknowledgement { at, by }),
            _ => None,
        },
        delivery: match (columns.parse_or_null(13)?, delivery_at) {
            (Some(state), Some(at)) => Some(Delivery {
                state,
                attempts: u32::try_from(columns.number(14)?).unwrap_or(u32::MAX),
                at,
                error: columns.string_or_null(16)?,
            }),
            _ => None,
        },
    })
}

/// Returns the values of an alert, in the order of the [`COLUMNS`].
pub fn values(alert: &Alert) -> [Value<'_>; 17] {
    let AlertSubject {
        client_id,
        key_id,
        network,
    } = &alert.subject;
    let acknowledged = alert.acknowledged.as_ref();
    let [state, attempts, at, error] = match &alert.delivery {
        Some(delivery) => delivery_values(delivery),
        None => [
            Value::Text(None),
            0.into(),
            Value::Time(None),
            Value::Text(None),
        ],
    };
    [
        alert.id.as_str().into(),
        alert.kind.as_str().into(),
        client_id.as_ref().map_or("", ClientId::as_str).into(),
        key_id.as_ref().map_or("", KeyId::as_str).into(),
        network.as_deref().unwrap_or_default().into(),
        alert.first_at.into(),
        alert.last_at.into(),
        alert.counted.sum.into(),
        alert.counted.hour.into(),
        alert.counted.in_hour.into(),
        alert.evidence.as_str().into(),
        acknowledged.map(|acknowledged| acknowledged.at).into(),
        Value::text(acknowledged.map(|acknowledged| acknowledged.by.as_str())),
        state,
        attempts,
        at,
        error,
    ]
}

/// Returns the values of `delivery`, `delivery_attempts`, `delivery_at` and `delivery_error`.
pub fn delivery_values(delivery: &Delivery) -> [Value<'_>; 4] {
    [
        delivery.state.as_str().into(),
        u64::from(delivery.attempts).into(),
        delivery.at.into(),
        Value::text(delivery.error.as_deref()),
    ]
}
