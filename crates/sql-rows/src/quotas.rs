//! The table `client_quotas`.

use crate::{Row, UnreadableRow, Value, columns::Columns};
use central_logger_key_store::{ClientQuota, Quota, RequestQuota, SpaceQuota};
use std::{
    fmt::Display,
    num::{NonZeroU32, NonZeroU64},
};

/// The columns, in the order of [`values`].
pub const COLUMNS: &str =
    "client_id, requests_per_day, requests_per_month, entries_per_day, bytes_per_day";

/// Returns the values of a client's quota, in the order of the [`COLUMNS`].
pub fn values(ClientQuota { client_id, quota }: &ClientQuota) -> [Value<'_>; 5] {
    let Quota { requests, space } = quota;
    let small = |limit: Option<NonZeroU32>| Value::number(limit.map(|limit| limit.get().into()));
    let large = |limit: Option<NonZeroU64>| Value::number(limit.map(NonZeroU64::get));
    [
        client_id.as_str().into(),
        small(requests.per_day),
        small(requests.per_month),
        large(space.entries_per_day),
        large(space.bytes_per_day),
    ]
}

/// Reads a quota from four columns, from `first` on.
pub(crate) fn read(columns: &Columns<'_, impl Row>, first: usize) -> Result<Quota, UnreadableRow> {
    Ok(Quota {
        requests: RequestQuota {
            per_day: limit(columns, first)?,
            per_month: limit(columns, first + 1)?,
        },
        space: SpaceQuota {
            entries_per_day: limit(columns, first + 2)?,
            bytes_per_day: limit(columns, first + 3)?,
        },
    })
}

fn limit<T: TryFrom<NonZeroU64, Error: Display>>(
    columns: &Columns<'_, impl Row>,
    column: usize,
) -> Result<Option<T>, UnreadableRow> {
    let number = |limit| {
        let positive = u64::try_from(limit).and_then(NonZeroU64::try_from);
        let positive = positive.map_err(|error| columns.unreadable(error))?;
        T::try_from(positive).map_err(|error| columns.unreadable(error))
    };
    columns.integer_or_null(column)?.map(number).transpose()
}
