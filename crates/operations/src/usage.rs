use crate::{OperationError, Operations};
use central_logger_key_activity::{Usage, UsagePlace, UsageQuery, UsageSlot};
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

/// A part of what keys were used for.
#[derive(Debug, Serialize)]
pub struct UsagePage {
    /// The report, in the order of clients and keys.
    #[serde(flatten)]
    pub report: UsageReport,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<UsagePlace>,
}

impl Operations {
    /// Returns what keys were used for after a place, at most `limit` counts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage_after(
        &self,
        query: &UsageQuery,
        after: Option<&UsagePlace>,
        limit: usize,
    ) -> Result<UsagePage, OperationError> {
        let mut report = self.usage(query).await?;
        let usage = &mut report.usage;
        usage.retain(|usage| after.is_none_or(|after| UsagePlace::of(usage) > *after));
        usage.sort_by_cached_key(UsagePlace::of);
        let has_more = usage.len() > limit;
        usage.truncate(limit);
        let last = usage.last().filter(|_| has_more);
        Ok(UsagePage {
            next_cursor: last.map(UsagePlace::of),
            report,
        })
    }

    /// Returns what keys were used for.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage(&self, query: &UsageQuery) -> Result<UsageReport, OperationError> {
        self.caller.check_provider_reads()?;
        Ok(UsageReport {
            since: UsageSlot::hour_of(query.since.get()),
            usage: self.stores.activity.usage(query).await?,
        })
    }
}
