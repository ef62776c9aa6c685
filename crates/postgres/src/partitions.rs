//! Months of logs, each in a partition of its own, so that a month that has ended is dropped at once.
//!
//! Whatever lies in no such month is in the partition that takes everything else. When a month is made
//! late, its entries are moved from there: few by the servers, many by `migrate`.

use crate::{
    error::StatementError,
    schema_change::{self, Attempts, Patience},
};
use central_logger_log_store::LogId;
use deadpool_postgres::{GenericClient, Object, Transaction};
use std::{fmt, str::FromStr};
use time::{Date, OffsetDateTime};
use tokio_postgres::error::SqlState;
use uuid::Uuid;

/// How many months after the present one have a partition ready.
const AHEAD: usize = 3;
/// How many entries a server moves when it makes a month, beside its other work.
const FEW: i64 = 10_000;
/// How long any statement of a server takes that changes partitions.
const SERVER_LIMIT: &str = "SET LOCAL statement_timeout = '2s'";
const DEFAULT: &str = "workflow_logs_default";

/// A month in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Month {
    year: i32,
    month: time::Month,
}

/// How it stands with the months of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Months {
    /// For how many months without a gap, from the present one on, there is a partition.
    pub ready: usize,
    /// The months from the present one on that have none, such as `2027-01`: their entries go to the
    /// partition that takes everything else, and cannot be dropped together.
    pub missing: Vec<String>,
    /// Whether the login owns the tables, and so may make partitions.
    pub may_make: bool,
}

/// What became of a change of partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// It is not possible, or not at the moment.
    Left,
}

/// How much is done to make a month.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Effort {
    /// What nobody notices, beside the requests.
    Server,
    /// All that it takes, by a command.
    Command,
}

/// How it stands with the present month and the next ones.
pub(crate) async fn months(
    client: &impl GenericClient,
    now: OffsetDateTime,
) -> Result<Months, StatementError> {
    let (may_make, present) = present(client).await?;
    let has = |month: &Month| present.contains(month);
    let wanted: Vec<_> = wanted(now).collect();
    Ok(Months {
        ready: wanted.iter().take_while(|month| has(month)).count(),
        missing: wanted
            .iter()
            .filter(|month| !has(month))
            .map(Month::to_string)
            .collect(),
        may_make,
    })
}

/// Makes the partitions of the present month and of the next ones, by this database's clock, with the
/// entries that they should have. A command makes those that are missing since the first one, too.
pub(crate) async fn make(client: &mut Object, effort: Effort) -> Result<(), StatementError> {
    let now = client.query_one("SELECT clock_timestamp()", &[]).await?;
    make_at(client, now.try_get(0)?, effort).await
}

/// Makes months that are missing, and drops those below `ended`, as far as the login may and nobody is in
/// the way.
pub(crate) async fn keep(
    client: &mut Object,
    now: OffsetDateTime,
    ended: Option<LogId>,
) -> Result<(), StatementError> {
    make_at(client, now, Effort::Server).await?;
    let (may_make, present) = present(&*client).await?;
    let Some(ended) = ended.filter(|_| may_make) else {
        return Ok(());
    };
    for month in present {
        if month.next().first_id() <= *ended.as_uuid() {
            let name = month.partition();
            if drop_month(client, &name).await? == Outcome::Done {
                tracing::info!(partition = name, "dropped logs whose term has ended");
            }
        }
    }
    Ok(())
}

async fn make_at(
    client: &mut Object,
    now: OffsetDateTime,
    effort: Effort,
) -> Result<(), StatementError> {
    let (may_make, present) = present(&*client).await?;
    if !may_make {
        return Ok(());
    }
    let last = Month::of(now).plus(AHEAD);
    let first = match effort {
        Effort::Server => Month::of(now),
        Effort::Command => present
            .iter()
            .copied()
            .chain([Month::of(now)])
            .min_by_key(|month| month.first_id())
            .unwrap_or(Month::of(now)),
    };
    let wanted = std::iter::successors(Some(first), |month| Some(month.next()));
    let wanted = wanted.take_while(|month| month.first_id() <= last.first_id());
    for month in wanted.filter(|month| !present.contains(month)) {
        make_month(client, month, effort).await?;
    }
    Ok(())
}

/// The present month and the next ones.
fn wanted(now: OffsetDateTime) -> impl Iterator<Item = Month> {
    (0..=AHEAD).map(move |months| Month::of(now).plus(months))
}

/// Whether the login may change partitions, and the months that have one.
async fn present(client: &impl GenericClient) -> Result<(bool, Vec<Month>), StatementError> {
    let sql = "SELECT pg_has_role(current_user, relowner, 'USAGE'),
                   ARRAY (SELECT relname::text FROM pg_catalog.pg_inherits
                          JOIN pg_catalog.pg_class AS partition ON partition.oid = inhrelid
                          WHERE inhparent = logs.oid)
               FROM pg_catalog.pg_class AS logs WHERE oid = 'workflow_logs'::regclass";
    let row = client.query_one(sql, &[]).await?;
    let names: Vec<&str> = row.try_get(1)?;
    let months = names.into_iter().filter_map(|name| name.parse().ok());
    Ok((row.try_get(0)?, months.collect()))
}

async fn make_month(
    client: &mut Object,
    month: Month,
    effort: Effort,
) -> Result<Outcome, StatementError> {
    let patience = match effort {
        Effort::Server => Patience::NONE,
        Effort::Command => Patience::LONG,
    };
    let mut attempts = Attempts::new(patience);
    loop {
        let transaction = match attempts.begin(client).await {
            Ok(transaction) => transaction,
            Err(error) => return left(error, effort),
        };
        let made = split_off(&transaction, month, effort, patience).await;
        match attempts.end(transaction, made).await {
            Ok(None) => {}
            Ok(Some(0)) => return Ok(Outcome::Done),
            Ok(Some(moved)) => {
                let month = month.to_string();
                tracing::info!(month, moved, "moved logs into the partition of their month");
                return Ok(Outcome::Done);
            }
            Err(error) => return left(error, effort),
        }
    }
}

/// Makes the partition of `month`, and tells how many entries were moved into it.
async fn split_off(
    transaction: &Transaction<'_>,
    month: Month,
    effort: Effort,
    patience: Patience,
) -> Result<u64, StatementError> {
    let (name, from, to) = (month.partition(), month.first_id(), month.next().first_id());
    let within = format!("id >= '{from}' AND id < '{to}'");
    if let Effort::Server = effort {
        transaction.batch_execute(SERVER_LIMIT).await?;
        let are_many = format!(
            "SELECT count(*) > {FEW} FROM
                 (SELECT FROM {DEFAULT} WHERE {within} LIMIT {FEW} + 1) AS few"
        );
        if transaction.query_one(&are_many, &[]).await?.try_get(0)? {
            let month = month.to_string();
            return Err(StatementError::TooManyEntries { month });
        }
    }
    // Nothing is granted on it, so that it is reached through the whole table only, under row-level security. The
    // check tells ATTACH what it would otherwise look for, row by row.
    let make = format!(
        "CREATE TABLE {name} (LIKE workflow_logs INCLUDING ALL, CONSTRAINT within CHECK ({within}))"
    );
    transaction.batch_execute(&make).await?;
    // Others see an entry in its old place until all is committed, and then in its new one.
    let move_entries = format!(
        "WITH moved AS (DELETE FROM {DEFAULT} WHERE {within} RETURNING *)
         INSERT INTO {name} SELECT * FROM moved"
    );
    let mut moved = transaction.execute(&move_entries, &[]).await?;
    // Of the whole as well: a read that has begun looks in the old places only.
    for table in ["workflow_logs", DEFAULT] {
        schema_change::lock_alone(transaction, table, patience).await?;
    }
    // Those that came in the meantime.
    moved += transaction.execute(&move_entries, &[]).await?;
    let attach = format!(
        "ALTER TABLE workflow_logs ATTACH PARTITION {name} FOR VALUES FROM ('{from}') TO ('{to}');
         ALTER TABLE {name} DROP CONSTRAINT within"
    );
    transaction.batch_execute(&attach).await?;
    Ok(moved)
}

async fn drop_month(client: &mut Object, name: &str) -> Result<Outcome, StatementError> {
    let mut attempts = Attempts::new(Patience::NONE);
    loop {
        let transaction = match attempts.begin(client).await {
            Ok(transaction) => transaction,
            Err(error) => return left(error, Effort::Server),
        };
        let dropped = async {
            transaction.batch_execute(SERVER_LIMIT).await?;
            for table in ["workflow_logs", DEFAULT, name] {
                schema_change::lock_alone(&transaction, table, Patience::NONE).await?;
            }
            let drop = format!("DROP TABLE IF EXISTS {name}");
            Ok(transaction.batch_execute(&drop).await?)
        };
        let dropped = dropped.await;
        match attempts.end(transaction, dropped).await {
            Ok(None) => {}
            Ok(Some(())) => return Ok(Outcome::Done),
            Err(error) => return left(error, Effort::Server),
        }
    }
}

/// A server comes back to it later; a command reports it.
fn left(error: StatementError, effort: Effort) -> Result<Outcome, StatementError> {
    match (&error, effort) {
        (StatementError::Refused(refused), _) if was_done_by_others(refused.code()) => {
            Ok(Outcome::Left)
        }
        (
            StatementError::LockedOut { .. } | StatementError::TooManyEntries { .. },
            Effort::Server,
        ) => Ok(Outcome::Left),
        (StatementError::Refused(refused), Effort::Server)
            if *refused.code() == SqlState::QUERY_CANCELED =>
        {
            Ok(Outcome::Left)
        }
        _ => Err(error),
    }
}

/// Somebody else was quicker, or the login may not.
fn was_done_by_others(code: &SqlState) -> bool {
    [
        SqlState::INVALID_OBJECT_DEFINITION,
        SqlState::UNDEFINED_TABLE,
        SqlState::DUPLICATE_TABLE,
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

    fn plus(self, months: usize) -> Self {
        (0..months).fold(self, |month, _| month.next())
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

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, u8::from(self.month))
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
