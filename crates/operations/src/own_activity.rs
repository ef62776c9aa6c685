//! Usage of the keys of a client, and alerts about them.

use crate::{OperationError, Operations, UsagePage, UsageReport, paging::PageRequest};
use central_logger_key_activity::{
    Acknowledgement, Alert, AlertId, AlertPage, AlertPlace, AlertQuery, UsagePer, UsagePlace,
    UsageQuery, UsageSlot,
};
use central_logger_key_store::ActorKind;
use central_logger_times::Timestamp;

/// What stands before the id of a key, or of a session, that has acknowledged an alert.
const BY_KEY: &str = "key ";
const BY_SESSION: &str = "session ";

impl Operations {
    /// Returns what was counted of each key of the calling client since an hour.
    ///
    /// # Errors
    /// When the caller is no client, or the store fails.
    pub async fn own_usage(&self, since: Timestamp) -> Result<UsageReport, OperationError> {
        let query = UsageQuery {
            client: Some(self.caller.check_client()?.clone()),
            since,
            per: UsagePer::Key,
        };
        Ok(UsageReport {
            since: UsageSlot::hour_of(since.get()),
            usage: self.stores.activity.usage(&query).await?,
        })
    }

    /// Returns the same page by page.
    ///
    /// # Errors
    /// As [`own_usage`](Self::own_usage).
    pub async fn own_usage_page(
        &self,
        since: Timestamp,
        page: &PageRequest<UsagePlace>,
    ) -> Result<UsagePage, OperationError> {
        Ok(self.own_usage(since).await?.page(page))
    }

    /// Returns the alerts about the calling client after a place in the list, the most recent first.
    ///
    /// # Errors
    /// When the caller is no client, or the store fails.
    pub async fn own_alerts(
        &self,
        since: Timestamp,
        before: Option<AlertPlace>,
        limit: usize,
    ) -> Result<AlertPage, OperationError> {
        let client = Some(self.caller.check_client()?.clone());
        let query = AlertQuery {
            client,
            since,
            before,
            limit,
        };
        let mut page = AlertPage::of(&*self.stores.activity, query).await?;
        page.alerts.iter_mut().for_each(hide_provider);
        Ok(page)
    }

    /// Records that the calling client has seen an alert about it, if nobody has before.
    ///
    /// # Errors
    /// When the caller is no client, there is no such alert about it, or the store fails.
    pub async fn acknowledge_own(&self, id: &AlertId) -> Result<Alert, OperationError> {
        let client = self.caller.check_client()?;
        let actor = self.caller.actor();
        let by = match actor.kind() {
            Some(ActorKind::Session) => BY_SESSION,
            _ => BY_KEY,
        };
        let acknowledgement = Acknowledgement {
            at: self.now(),
            by: format!("{by}{}", actor.id().unwrap_or_default()),
        };
        let activity = &self.stores.activity;
        let acknowledged = activity
            .acknowledge(id, Some(client), &acknowledgement)
            .await?;
        let mut alert = acknowledged.ok_or_else(|| OperationError::UnknownAlert(id.clone()))?;
        hide_provider(&mut alert);
        Ok(alert)
    }
}

/// Who works for the provider, on which machines, and where it receives alerts is not for clients.
fn hide_provider(alert: &mut Alert) {
    alert.delivery = None;
    let is_own = |by: &str| [BY_KEY, BY_SESSION].iter().any(|kind| by.starts_with(kind));
    if let Some(seen) = &mut alert.acknowledged
        && !is_own(&seen.by)
    {
        seen.by = "provider".to_owned();
    }
}
