//! The table `client_quotas`.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_key_store::quota::{ClientQuota, Quota, QuotaDimension};
use std::num::NonZeroU64;

/// The columns, in the order of [`values`].
pub const COLUMNS: &str =
    "client_id, requests_per_day, requests_per_month, entries_per_day, bytes_per_day";

/// Returns the values of a client's quota, in the order of the [`COLUMNS`].
pub fn values(ClientQuota { client_id, quota }: &ClientQuota) -> [Value<'_>; 5] {
    let limit = |dimension| Value::number(quota.limit(dimension).map(NonZeroU64::get));
    [
        client_id.as_str().into(),
        limit(QuotaDimension::RequestsPerDay),
        limit(QuotaDimension::RequestsPerMonth),
        limit(QuotaDimension::EntriesPerDay),
        limit(QuotaDimension::BytesPerDay),
    ]
}

/// Reads the quota of a client from the [`COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read_one(row: &impl Row) -> Result<Quota, UnreadableRow> {
    read(&Columns::with_id_in(row, 0)?, 1)
}

/// Reads a quota from four columns, from `first` on.
pub(crate) fn read(columns: &Columns<'_, impl Row>, first: usize) -> Result<Quota, UnreadableRow> {
    let quota = Quota::default()
        .with(QuotaDimension::RequestsPerDay, limit(columns, first)?)
        .with(QuotaDimension::RequestsPerMonth, limit(columns, first + 1)?)
        .with(QuotaDimension::EntriesPerDay, limit(columns, first + 2)?)
        .with(QuotaDimension::BytesPerDay, limit(columns, first + 3)?);
    Ok(quota)
}

fn limit(
    columns: &Columns<'_, impl Row>,
    column: usize,
) -> Result<Option<NonZeroU64>, UnreadableRow> {
    let limit = columns.integer_or_null(column)?;
    let limit = limit.map(|limit| u64::try_from(limit).and_then(NonZeroU64::try_from));
    limit.transpose().map_err(|error| columns.unreadable(error))
}
