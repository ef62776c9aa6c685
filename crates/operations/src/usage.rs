use crate::{OperationError, Operations};
use central_logger_key_activity::{Usage, UsageQuery, UsageSlot};
use serde::Serialize;
use time::OffsetDateTime;

/// What keys were used for.
#[derive(Debug, Serialize)]
pub struct UsageReport {
    /// The beginning of the first hour that is counted.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// The counts, key by key or client by client.
    pub usage: Vec<Usage>,
}

impl Operations {
    /// Returns what keys were used for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage(&self, query: &UsageQuery) -> Result<UsageReport, OperationError> {
        Ok(UsageReport {
            since: UsageSlot::hour_of(query.since.get()),
            usage: self.stores.activity.usage(query).await?,
        })
    }
}
