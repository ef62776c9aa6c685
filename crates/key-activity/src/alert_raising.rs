use crate::{
    ActivityError, ActivityStore, Alert, AlertId, AlertKind, AlertQuery, AlertSubject, Counted,
    Delivery, UsageSlot,
};
use central_logger_keys::ClientId;
use central_logger_text::Report;
use central_logger_times::Timestamp;
use time::OffsetDateTime;

/// What becomes of alerts that are raised at once, when something happens.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{
///     AlertKind, AlertPage, AlertRaising, AlertSubject, MemoryActivity,
/// };
/// use central_logger_times::Timestamp;
/// use time::macros::datetime;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, now) = (MemoryActivity::new(), datetime!(2026-03-01 12:00 UTC));
/// let (kind, evidence) = (AlertKind::Undelivered, "the target refuses the key".to_owned());
/// let subject = AlertSubject::default();
/// AlertRaising::Listed.raise(&store, kind, subject, now, evidence).await;
/// let page = AlertPage::read(&store, None, Timestamp::clamped(now)).await?;
/// assert_eq!(page.alerts[0].kind, AlertKind::Undelivered);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertRaising {
    /// They are not raised.
    Off,
    /// They are listed.
    Listed,
    /// They are listed, and delivered as other alerts are.
    Delivered,
}

impl AlertRaising {
    /// The most alerts that are looked through for one of the same hour.
    const RECENT: usize = 1000;

    /// Raises an alert. One that cannot be stored is in the log.
    pub async fn raise(
        self,
        store: &dyn ActivityStore,
        kind: AlertKind,
        subject: AlertSubject,
        now: OffsetDateTime,
        evidence: String,
    ) {
        let client = subject.client_id.as_ref().map(ClientId::as_str);
        tracing::warn!(%kind, client, evidence, "an alert");
        if self == Self::Off {
            return;
        }
        if let Err(error) = self.store(store, kind, subject, now, evidence).await {
            let error = Report(&error).to_string();
            tracing::warn!(%kind, error, "an alert could not be stored");
        }
    }

    async fn store(
        self,
        store: &dyn ActivityStore,
        kind: AlertKind,
        subject: AlertSubject,
        now: OffsetDateTime,
        evidence: String,
    ) -> Result<(), ActivityError> {
        let (id, hour) = (AlertId::of(kind, &subject, now), UsageSlot::hour_of(now));
        let query = AlertQuery {
            client: subject.client_id.clone(),
            since: Timestamp::clamped(hour),
            before: None,
            limit: Self::RECENT,
        };
        let recent = store.alerts(&query).await?;
        let known = recent.into_iter().find(|alert| alert.id == id);
        let mut counted = match &known {
            Some(alert) => alert.counted,
            None => Counted {
                sum: 0,
                hour,
                in_hour: 0,
            },
        };
        counted.add(hour, counted.in_hour + 1);
        let alert = Alert {
            id,
            kind,
            subject,
            first_at: known.map_or(now, |alert| alert.first_at),
            last_at: now,
            counted,
            evidence,
            acknowledged: None,
            delivery: (self == Self::Delivered).then(|| Delivery::due(now)),
        };
        store.put_alerts(&[alert]).await
    }
}
