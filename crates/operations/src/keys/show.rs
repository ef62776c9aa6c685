use super::KeyView;
use crate::{AlertView, OperationError, Operations};
use central_logger_key_activity::{Alert, AlertPage, Usage, UsagePer, UsageQuery};
use central_logger_key_store::KeyRecord;
use central_logger_keys::KeyId;
use central_logger_times::Timestamp;
use serde::Serialize;
use time::{Duration, OffsetDateTime};

/// All that is known about a key.
#[derive(Debug, Serialize)]
pub struct KeyDetails {
    /// The key.
    #[serde(flatten)]
    pub key: KeyView,
    /// The key that it replaces.
    pub predecessor: Option<KeyView>,
    /// The key that replaces it.
    pub successor: Option<KeyView>,
    /// The usage of the last 24 hours.
    pub usage: Option<Usage>,
    /// The alerts of the last 7 days that nobody has acknowledged.
    pub alerts: Vec<AlertView>,
}

/// How far back usage is shown.
const USAGE_PERIOD: Duration = Duration::hours(24);
/// How far back open alerts are shown.
const ALERT_PERIOD: Duration = Duration::days(7);

impl Operations {
    /// Shows a key, its predecessor and its successor, its recent usage and its open alerts.
    ///
    /// # Errors
    /// When there is no such key, its row cannot be read, or the store fails.
    pub async fn show(&self, id: &KeyId) -> Result<KeyDetails, OperationError> {
        let record = self.look(id).await?;
        let owners = (&record.owner).into();
        let of_owner = self.keyring.list(owners, None).await?.records;
        let book = self.book(record.client()).await?;
        let now = self.now();
        let (mut predecessor, mut successor) = (None, None);
        for other in of_owner {
            if Some(&other.id) == record.predecessor.as_ref() {
                predecessor = Some(self.view(other, &book).await?);
            } else if other.predecessor.as_ref() == Some(id) {
                successor = Some(self.view(other, &book).await?);
            }
        }
        Ok(KeyDetails {
            predecessor,
            successor,
            usage: self.recent_usage(&record, now).await?,
            alerts: self.open_alerts(&record, now).await?,
            key: self.view(record, &book).await?,
        })
    }

    async fn recent_usage(
        &self,
        key: &KeyRecord,
        now: OffsetDateTime,
    ) -> Result<Option<Usage>, OperationError> {
        let query = UsageQuery {
            client: key.client().cloned(),
            since: Timestamp::clamped(now).saturating_sub(USAGE_PERIOD),
            per: UsagePer::Key,
        };
        let mut usage = self.stores.activity.usage(&query).await?.into_iter();
        Ok(usage.find(|usage| usage.key_id.as_ref() == Some(&key.id)))
    }

    async fn open_alerts(
        &self,
        key: &KeyRecord,
        now: OffsetDateTime,
    ) -> Result<Vec<AlertView>, OperationError> {
        let since = Timestamp::clamped(now).saturating_sub(ALERT_PERIOD);
        let client = key.client().cloned();
        let page = AlertPage::read(&*self.stores.activity, client, since).await?;
        let is_open = |alert: &Alert| {
            alert.subject.key_id.as_ref() == Some(&key.id) && alert.acknowledged.is_none()
        };
        let open = page.alerts.into_iter().filter(is_open);
        let mut open: Vec<_> = open.map(AlertView::from).collect();
        if self.caller.client().is_some() {
            // Where the provider receives alerts is not for clients.
            open.iter_mut().for_each(|alert| alert.delivery = None);
        }
        Ok(open)
    }
}
