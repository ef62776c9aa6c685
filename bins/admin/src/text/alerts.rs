use super::minute;
use crate::table::table;
use central_logger_key_activity::{Alert, AlertSubject, DeliveryState};
use central_logger_operations::AlertView;
use central_logger_text::shown;

/// Alerts, one in each row.
pub(crate) fn alert_table(alerts: &[AlertView]) -> String {
    let header = [
        "ALERT", "LAST", "SEVERITY", "KIND", "ABOUT", "COUNT", "STATE", "EVIDENCE",
    ];
    let row = |view: &AlertView| {
        let alert = &view.alert;
        [
            alert.id.to_string(),
            minute(alert.last_at),
            alert.kind.severity().as_str().to_owned(),
            alert.kind.to_string(),
            narrowest(&alert.subject),
            alert.counted.sum.to_string(),
            state(view),
            alert.evidence.clone(),
        ]
    };
    table(header, alerts.iter().map(row))
}

/// An alert in one line, beside the key that it is about.
pub(crate) fn alert_line(view: &AlertView) -> String {
    let Alert {
        id,
        kind,
        last_at,
        evidence,
        ..
    } = &view.alert;
    let last = minute(*last_at);
    shown(&format!("{id} {kind}, last {last}: {evidence}")).into_owned()
}

/// An acknowledged alert, and by whom, in one line.
pub(crate) fn acknowledged(view: &AlertView) -> String {
    let id = &view.alert.id;
    let by = view.alert.acknowledged.as_ref();
    let by = by.map(|seen| format!(", by {} at {}", seen.by, minute(seen.at)));
    let by = by.unwrap_or_default();
    shown(&format!("{id} is acknowledged{by}")).into_owned()
}

/// The narrowest of what an alert is about.
fn narrowest(subject: &AlertSubject) -> String {
    match (&subject.client_id, &subject.key_id, &subject.network) {
        (Some(client), Some(key), _) => format!("{client} {key}"),
        (Some(client), None, _) => client.to_string(),
        (None, _, Some(network)) => network.clone(),
        (None, ..) => "several".to_owned(),
    }
}

/// Whether the alert is acknowledged, and whether it is still to be delivered or could not be.
fn state(view: &AlertView) -> String {
    let seen = match view.alert.acknowledged {
        Some(_) => "acknowledged",
        None => "open",
    };
    match view.delivery.as_ref().map(|delivery| delivery.state) {
        None | Some(DeliveryState::Delivered) => seen.to_owned(),
        Some(DeliveryState::Pending) => format!("{seen}, to be delivered"),
        Some(_) => format!("{seen}, not delivered"),
    }
}
