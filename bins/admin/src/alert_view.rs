use crate::view::minute;
use central_logger_key_activity::{Alert, Delivery, DeliveryState};
use central_logger_text::shown;
use serde::Serialize;

/// An alert as the commands show it, with how its delivery stands.
#[derive(Debug, Serialize)]
pub(crate) struct AlertView {
    #[serde(flatten)]
    alert: Alert,
    delivery: Option<Delivery>,
}

impl From<Alert> for AlertView {
    fn from(mut alert: Alert) -> Self {
        let delivery = alert.delivery.take();
        Self { alert, delivery }
    }
}

impl AlertView {
    pub(crate) const COLUMNS: [&'static str; 8] = [
        "ALERT", "LAST", "SEVERITY", "KIND", "ABOUT", "COUNT", "STATE", "EVIDENCE",
    ];

    pub(crate) fn row(&self) -> [String; 8] {
        [
            self.alert.id.to_string(),
            minute(Some(self.alert.last_at), ""),
            self.alert.kind.severity().as_str().to_owned(),
            self.alert.kind.to_string(),
            self.about(),
            self.alert.counted.sum.to_string(),
            self.state(),
            self.alert.evidence.clone(),
        ]
    }

    /// In one line, beside the key that it is about.
    pub(crate) fn as_line(&self) -> String {
        let Alert {
            id,
            kind,
            last_at,
            evidence,
            ..
        } = &self.alert;
        let last = minute(Some(*last_at), "");
        shown(&format!("{id} {kind}, last {last}: {evidence}")).into_owned()
    }

    pub(crate) fn acknowledged(&self) -> String {
        let seen = self.alert.acknowledged.as_ref();
        let seen = seen.map(|seen| format!(", by {} at {}", seen.by, minute(Some(seen.at), "")));
        let (id, seen) = (&self.alert.id, seen.unwrap_or_default());
        shown(&format!("{id} is acknowledged{seen}")).into_owned()
    }

    /// The narrowest of what it is about.
    fn about(&self) -> String {
        let subject = &self.alert.subject;
        match (&subject.client_id, &subject.key_id, &subject.network) {
            (Some(client), Some(key), _) => format!("{client} {key}"),
            (Some(client), None, _) => client.to_string(),
            (None, _, Some(network)) => network.clone(),
            (None, ..) => "several".to_owned(),
        }
    }

    /// Who has seen it, and whether it could be delivered, if it was to be.
    fn state(&self) -> String {
        let seen = match self.alert.acknowledged {
            Some(_) => "acknowledged",
            None => "open",
        };
        match self.delivery.as_ref().map(|delivery| delivery.state) {
            None | Some(DeliveryState::Delivered) => seen.to_owned(),
            Some(DeliveryState::Pending) => format!("{seen}, to be delivered"),
            Some(DeliveryState::GivenUp) => format!("{seen}, not delivered"),
        }
    }
}
