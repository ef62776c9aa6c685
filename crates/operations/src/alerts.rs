use crate::{OperationError, Operations};
use central_logger_key_activity::{
    Acknowledgement, Alert, AlertId, AlertPage, AlertPlace, AlertQuery, Delivery,
};
use central_logger_times::Timestamp;
use serde::Serialize;

/// An alert, and how its delivery stands.
#[derive(Debug, Clone, Serialize)]
pub struct AlertView {
    /// The alert.
    #[serde(flatten)]
    pub alert: Alert,
    /// Its delivery, if it is to be delivered.
    pub delivery: Option<Delivery>,
}

/// As many alerts as are shown at a time, the most recent first.
#[derive(Debug, Serialize)]
pub struct AlertList {
    /// The time from which on alerts are listed.
    pub since: Timestamp,
    /// The alerts.
    pub alerts: Vec<AlertView>,
    /// Whether there are earlier ones.
    pub has_more: bool,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<AlertPlace>,
}

/// Alerts that somebody has seen.
#[derive(Debug, Serialize)]
pub struct AcknowledgedAlerts {
    /// The alerts. Of several who acknowledge one, the first is recorded.
    pub acknowledged: Vec<AlertView>,
}

/// Alerts that are to be delivered again.
#[derive(Debug, Serialize)]
pub struct RedeliveredAlerts {
    /// The ids of the alerts.
    pub due: Vec<AlertId>,
}

impl Operations {
    /// Lists alerts of one client or of all, page by page.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn alerts(&self, query: AlertQuery) -> Result<AlertList, OperationError> {
        self.caller.check_provider_reads()?;
        let since = query.since;
        let page = AlertPage::of(&*self.stores.activity, query).await?;
        Ok(AlertList {
            since,
            next_cursor: page.next(),
            alerts: page.alerts.into_iter().map(AlertView::from).collect(),
            has_more: page.has_more,
        })
    }

    /// Records that the caller has seen alerts.
    ///
    /// # Errors
    /// When there is no such alert, or the store fails. Those before it in the list are acknowledged.
    pub async fn acknowledge(&self, ids: &[AlertId]) -> Result<AcknowledgedAlerts, OperationError> {
        self.caller.check_provider_writes()?;
        let acknowledgement = Acknowledgement {
            at: self.now(),
            by: self.caller.actor().name().to_owned(),
        };
        let mut acknowledged = Vec::new();
        for id in ids {
            let alert = self.stores.activity.acknowledge(id, None, &acknowledgement);
            match alert.await? {
                Some(alert) => acknowledged.push(AlertView::from(alert)),
                None => return Err(OperationError::UnknownAlert(id.clone())),
            }
        }
        Ok(AcknowledgedAlerts { acknowledged })
    }

    /// Has a server deliver alerts to the webhook again, as if for the first time.
    ///
    /// # Errors
    /// When there is no such alert, or the store fails. Those before it in the list are due.
    pub async fn redeliver(&self, ids: Vec<AlertId>) -> Result<RedeliveredAlerts, OperationError> {
        self.caller.check_provider_writes()?;
        let delivery = Delivery::due(self.now());
        for id in &ids {
            if !self.stores.activity.set_delivery(id, &delivery).await? {
                return Err(OperationError::UnknownAlert(id.clone()));
            }
        }
        Ok(RedeliveredAlerts { due: ids })
    }
}

impl From<Alert> for AlertView {
    fn from(mut alert: Alert) -> Self {
        let delivery = alert.delivery.take();
        Self { alert, delivery }
    }
}
