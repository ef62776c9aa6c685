//! Months of logs, each in a partition of its own, so that a month that has ended is dropped at once.
//!
//! Whatever lies in no such month is in the partition that takes everything else. A month is split off
//! only before its first entry comes: those that are there already are not moved.

use crate::{error::StatementError, migrations};
use central_logger_log_store::LogId;
use deadpool_postgres::{GenericClient, Object};
use std::str::FromStr;
use time::{Date, OffsetDateTime};
use tokio_postgres::error::SqlState;
use uuid::Uuid;

/// How many months after the present one have a partition ready.
const AHEAD: usize = 3;

/// How long a server waits for others, and lets others wait, before it lets a partition be for now.
const PATIENCE: &str = "SET LOCAL lock_timeout = '250ms'; SET LOCAL statement_timeout = '2s'";

/// A month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Month {
    year: i32,
    month: time::Month,
}

/// What became of a change of partitions.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// It is not possible, or not at the moment.
    Left,
}

/// Makes the partitions of the present month and of the next ones, however long it takes.
pub(crate) async fn make_at_migration(client: &mut Object) -> Result<(), StatementError> {
    let now = client.query_one("SELECT clock_timestamp()", &[]).await?;
    let present = Month::of(now.try_get(0)?);
    make(client, present, "").await
}

/// Makes the partitions of the months after the present one, and drops those below `ended`, as far as
/// the login may and nobody is in the way.
pub(crate) async fn keep(
    client: &mut Object,
    now: OffsetDateTime,
    ended: Option<LogId>,
) -> Result<(), StatementError> {
    make(client, Month::of(now).next(), PATIENCE).await?;
    let Some(ended) = ended else { return Ok(()) };
    for month in months(client).await?.unwrap_or_default() {
        if month.next().first_id() <= *ended.as_uuid() {
            let name = month.partition();
            let drop = format!("{PATIENCE}; DROP TABLE IF EXISTS {name}");
            if change(client, &drop).await? == Outcome::Done {
                tracing::info!(partition = name, "dropped logs whose term has ended");
            }
        }
    }
    Ok(())
}

/// Makes the partitions of `first` and of the months after it.
async fn make(client: &mut Object, first: Month, setting: &str) -> Result<(), StatementError> {
    let Some(present) = months(client).await? else {
        return Ok(());
    };
    let wanted = std::iter::successors(Some(first), |month| Some(month.next()));
    for month in wanted.take(AHEAD + 1) {
        if present.contains(&month) {
            continue;
        }
        let (name, from, to) = (month.partition(), month.first_id(), month.next().first_id());
        // Attaching disturbs others less than making it in its place. Nothing is granted on it, so
        // that it is reached through the whole table only, behind the wall.
        let make = format!(
            "{setting};
             CREATE TABLE {name} (LIKE workflow_logs INCLUDING ALL);
             ALTER TABLE workflow_logs ATTACH PARTITION {name} FOR VALUES FROM ('{from}') TO ('{to}')"
        );
        change(client, &make).await?;
    }
    Ok(())
}

/// The months that have a partition; nothing when the login may not change them.
async fn months(client: &impl GenericClient) -> Result<Option<Vec<Month>>, StatementError> {
    let sql = "SELECT pg_has_role(current_user, relowner, 'USAGE'),
                   ARRAY (SELECT relname::text FROM pg_catalog.pg_inherits
                          JOIN pg_catalog.pg_class AS partition ON partition.oid = inhrelid
                          WHERE inhparent = logs.oid)
               FROM pg_catalog.pg_class AS logs WHERE oid = 'workflow_logs'::regclass";
    let row = client.query_one(sql, &[]).await?;
    if !row.try_get::<_, bool>(0)? {
        return Ok(None);
    }
    let names: Vec<&str> = row.try_get(1)?;
    let months = names.into_iter().filter_map(|name| name.parse().ok());
    Ok(Some(months.collect()))
}

/// Changes partitions, one program at a time; of several that want the same, one does it.
async fn change(client: &mut Object, sql: &str) -> Result<Outcome, StatementError> {
    let transaction = migrations::locked(client).await?;
    match transaction.batch_execute(sql).await {
        Ok(()) => {
            transaction.commit().await?;
            Ok(Outcome::Done)
        }
        Err(error) if error.code().is_some_and(leaves_it) => Ok(Outcome::Left),
        Err(error) => Err(error.into()),
    }
}

/// Entries of the month lie elsewhere already, so does another partition, somebody else was quicker or
/// is in the way, it takes too long, or the login may not.
fn leaves_it(code: &SqlState) -> bool {
    [
        SqlState::CHECK_VIOLATION,
        SqlState::INVALID_OBJECT_DEFINITION,
        SqlState::DUPLICATE_TABLE,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ]
    .contains(code)
}

impl Month {
    fn of(time: OffsetDateTime) -> Self {
        let date = time.to_offset(time::UtcOffset::UTC).date();
        Self {
            year: date.year(),
            month: date.month(),
        }
    }

    fn next(self) -> Self {
        let month = self.month.next();
        let year = self.year + i32::from(month == time::Month::January);
        Self { year, month }
    }

    fn partition(self) -> String {
        format!("{PREFIX}{:04}_{:02}", self.year, u8::from(self.month))
    }

    /// The first of all ids that begin with a time of this month.
    fn first_id(self) -> Uuid {
        let first = Date::from_calendar_date(self.year, self.month, 1).unwrap_or(Date::MIN);
        let unix_ms = first.midnight().assume_utc().unix_timestamp() * 1000;
        Uuid::from_u128(u128::try_from(unix_ms).unwrap_or(0) << 80)
    }
}

const PREFIX: &str = "workflow_logs_";

/// A partition with another name is none of ours.
impl FromStr for Month {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let date = name.strip_prefix(PREFIX).ok_or(())?;
        let (year, month) = date.split_once('_').ok_or(())?;
        let month: u8 = month.parse().map_err(drop)?;
        let month = Self {
            year: year.parse().map_err(drop)?,
            month: month.try_into().map_err(drop)?,
        };
        (month.partition() == name).then_some(month).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_month_is_the_ids_of_its_time() {
        let december = Month::of(datetime!(2026-12-31 23:59:59.999 UTC));
        assert_eq!(december.partition(), "workflow_logs_2026_12");
        assert_eq!(december.next().partition(), "workflow_logs_2027_01");
        let id = |time: OffsetDateTime| {
            let unix_ms = time.unix_timestamp_nanos() / 1_000_000;
            *LogId::first_of(u64::try_from(unix_ms).unwrap()).as_uuid()
        };
        assert!(december.first_id() <= id(datetime!(2026-12-01 0:00 UTC)));
        assert!(december.first_id() > id(datetime!(2026-11-30 23:59:59.999 UTC)));
        assert!(december.next().first_id() > id(datetime!(2026-12-31 23:59:59.999 UTC)));
        assert_eq!(Month::of(datetime!(2027-01-01 0:30 +1)), december);
    }

    #[test]
    fn a_partition_with_another_name_is_none_of_ours() {
        let name = "workflow_logs_2026_02";
        assert_eq!(name.parse::<Month>().unwrap().partition(), name);
        for name in [
            "workflow_logs_default",
            "workflow_logs_2026_13",
            "workflow_logs_2026_2",
            "workflow_logs_2026_02_old",
            "workflow_logs_+2026_02",
            "other_2026_02",
        ] {
            assert_eq!(name.parse::<Month>(), Err(()), "{name}");
        }
    }
}
