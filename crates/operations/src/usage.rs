use crate::{OperationError, Operations, paging::PageRequest};
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
    /// Returns what keys were used for, page by page.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn usage_page(
        &self,
        query: &UsageQuery,
        page: &PageRequest<UsagePlace>,
    ) -> Result<UsagePage, OperationError> {
        Ok(self.usage(query).await?.page(page))
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

impl UsageReport {
    pub(crate) fn page(self, page: &PageRequest<UsagePlace>) -> UsagePage {
        let (usage, next_cursor) = page.of(self.usage, UsagePlace::of);
        let since = self.since;
        UsagePage {
            report: Self { since, usage },
            next_cursor,
        }
    }
}
