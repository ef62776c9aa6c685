//! The table `server_lease`.

use crate::{Row, UnreadableRow, Value, columns::Columns, unsigned};
use central_logger_key_store::feed::{Lease, LeaseBehind, LiveLease};
use central_logger_keys::PepperId;
use std::time::Duration;

/// The columns, in the order of [`values`]. When the lease expires is left to the clock of the database.
pub const COLUMNS: &str = "holder, sequence, head, length_ms, peppers";

/// The columns that [`read_behind`] reads.
pub const BEHIND_COLUMNS: &str = "holder, length_ms, renewals";

/// The columns that [`read_live`] reads.
pub const LIVE_COLUMNS: &str = "holder, peppers, sequence, CAST(knows AS bigint)";

/// Returns the values of a lease, in the order of the [`COLUMNS`].
pub fn values(lease: &Lease) -> [Value<'_>; 5] {
    let peppers: Vec<_> = lease.peppers.iter().map(PepperId::to_string).collect();
    let length = u64::try_from(lease.length.as_millis()).unwrap_or(u64::MAX);
    [
        lease.holder.as_str().into(),
        lease.applied.sequence.into(),
        Value::shown(lease.applied.seal),
        length.into(),
        peppers.join(" ").into(),
    ]
}

/// Reads a lease that is behind from the [`BEHIND_COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read_behind(row: &impl Row) -> Result<LeaseBehind, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    Ok(LeaseBehind {
        holder: columns.string(0)?.into(),
        length: Duration::from_millis(columns.number(1)?),
        renewals: columns.number(2)?,
    })
}

/// Reads a lease that has not run out from the [`LIVE_COLUMNS`].
///
/// # Errors
/// When it cannot be read.
pub fn read_live(row: &impl Row) -> Result<LiveLease, UnreadableRow> {
    let columns = Columns::with_id_in(row, 0)?;
    let peppers = columns.text(1)?.split_whitespace();
    let peppers = peppers.map(|id| columns.parse_text(id));
    Ok(LiveLease {
        sequence: columns.number(2)?,
        knows: columns.integer_or_null(3)?.map(unsigned),
        peppers: peppers.collect::<Result<_, _>>()?,
        holder: columns.string(0)?.into(),
    })
}
