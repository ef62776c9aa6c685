//! What people read of an alert.

use central_logger_key_activity::Alert;

/// Whom it is about.
pub(crate) fn about(alert: &Alert) -> String {
    let subject = &alert.subject;
    let client = subject.client_id.as_ref();
    let network = subject.network.as_ref();
    let about = [
        client.map(|client| format!("client {client}")),
        subject.key_id.as_ref().map(|key| format!("key {key}")),
        network.map(|network| format!("network {network}")),
    ];
    let about: Vec<_> = about.into_iter().flatten().collect();
    match about.is_empty() {
        true => "many clients".to_owned(),
        false => about.join(", "),
    }
}

/// The alert on one line.
pub(crate) fn line(alert: &Alert) -> String {
    let (kind, about, evidence) = (alert.kind, about(alert), &alert.evidence);
    let line = format!("{}: {about}: {evidence}", kind.as_str());
    line.chars().filter(|c| !c.is_control()).collect()
}
