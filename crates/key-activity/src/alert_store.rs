use crate::{Acknowledgement, ActivityError, Alert, AlertId, AlertPlace, Delivery};
use async_trait::async_trait;
use central_logger_keys::ClientId;
use central_logger_times::Timestamp;
use time::OffsetDateTime;

/// Stores alerts, and how far each has been delivered.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertQuery, AlertStore, MemoryActivity};
/// use central_logger_times::Timestamp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use central_logger_key_activity::{Alert, AlertId, AlertKind, AlertSubject, Counted};
/// # use central_logger_times::{Clock, SystemClock};
/// #
/// # let subject = AlertSubject { client_id: Some("acme_corp".parse()?), ..AlertSubject::default() };
/// # let at = SystemClock.now();
/// # let alert = Alert {
/// #     id: AlertId::of(AlertKind::Spike, &subject, at),
/// #     kind: AlertKind::Spike,
/// #     subject,
/// #     first_at: at,
/// #     last_at: at,
/// #     counted: Counted { sum: 12_000, hour: at, in_hour: 12_000 },
/// #     evidence: "12000 requests in an hour".to_owned(),
/// #     acknowledged: None,
/// #     delivery: None,
/// # };
/// let store = MemoryActivity::new();
/// store.put_alerts(&[alert.clone()]).await?;
/// let of_client = AlertQuery { client: Some("acme_corp".parse()?), since: Timestamp::MIN, before: None, limit: 10 };
/// assert_eq!(store.alerts(&of_client).await?, [alert]);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait AlertStore: Send + Sync {
    /// The alerts that are asked for, the last one first.
    async fn alerts(&self, query: &AlertQuery) -> Result<Vec<Alert>, ActivityError>;

    /// Stores alerts. Of one that is there already only `last_at`, `counted` and `evidence` change:
    /// servers that find the same store it once.
    async fn put_alerts(&self, alerts: &[Alert]) -> Result<(), ActivityError>;

    /// Notes that somebody has seen an alert, unless that is noted already, and gives the alert. Nothing
    /// when there is none of that id, or it is not of this client.
    async fn acknowledge(
        &self,
        id: &AlertId,
        client: Option<&ClientId>,
        acknowledgement: &Acknowledgement,
    ) -> Result<Option<Alert>, ActivityError>;

    /// An alert whose delivery is due, which nobody else gets before `until`: so one that is lost with a
    /// server that ends is tried again.
    async fn due_delivery(
        &self,
        now: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Option<Alert>, ActivityError>;

    /// Notes how the delivery of an alert stands. Tells whether there is such an alert.
    async fn set_delivery(&self, id: &AlertId, delivery: &Delivery) -> Result<bool, ActivityError>;

    /// Deletes alerts that were last seen before `until`.
    async fn purge_alerts(&self, until: OffsetDateTime) -> Result<(), ActivityError>;
}

/// As many alerts as are shown at a time, the last one first.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::{AlertPage, MemoryActivity};
/// use central_logger_times::Timestamp;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let page = AlertPage::read(&MemoryActivity::new(), None, Timestamp::MIN).await?;
/// assert!(page.alerts.is_empty() && !page.has_more);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertPage {
    /// The alerts: [`MAX`](Self::MAX) at most.
    pub alerts: Vec<Alert>,
    /// Whether there are earlier ones.
    pub has_more: bool,
}

/// Which alerts are asked for.
///
/// # Examples
///
/// ```
/// use central_logger_key_activity::AlertQuery;
/// use central_logger_times::Timestamp;
///
/// let last_ten = AlertQuery { client: None, since: Timestamp::MIN, before: None, limit: 10 };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertQuery {
    /// Those about keys of one client, or all.
    pub client: Option<ClientId>,
    /// Those that were seen from this time on.
    pub since: Timestamp,
    /// Those that come after this place in the list.
    pub before: Option<AlertPlace>,
    /// How many at most.
    pub limit: usize,
}

impl AlertQuery {
    /// As many as are shown at a time, the last of those that were seen from `since` on.
    pub fn latest(client: Option<ClientId>, since: Timestamp) -> Self {
        Self {
            client,
            since,
            before: None,
            limit: AlertPage::MAX,
        }
    }
}

impl AlertPage {
    /// How many alerts are shown at a time.
    pub const MAX: usize = 1000;

    /// Where the next page begins, if there is one.
    pub fn next(&self) -> Option<AlertPlace> {
        let last = self.alerts.last().filter(|_| self.has_more);
        last.map(AlertPlace::of)
    }

    /// The last of those that were seen from `since` on, of one client or of all.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn read(
        store: &dyn AlertStore,
        client: Option<ClientId>,
        since: Timestamp,
    ) -> Result<Self, ActivityError> {
        Self::of(store, AlertQuery::latest(client, since)).await
    }

    /// As many alerts as are asked for, and whether there are earlier ones.
    ///
    /// # Errors
    /// When the store is not available or fails.
    pub async fn of(store: &dyn AlertStore, query: AlertQuery) -> Result<Self, ActivityError> {
        let limit = query.limit;
        let one_more = AlertQuery {
            limit: limit.saturating_add(1),
            ..query
        };
        let mut alerts = store.alerts(&one_more).await?;
        let has_more = alerts.len() > limit;
        alerts.truncate(limit);
        Ok(Self { alerts, has_more })
    }
}
