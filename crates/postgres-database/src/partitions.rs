//! Months of logs, in rows and in blocks, each in a partition of its own, so that a month that has ended is dropped at
//! once.
//!
//! Whatever lies in no such month is in the partition that takes everything else. When a month is made
//! late, its entries are moved from there: few by the servers, many by `migrate`.

mod month;

use crate::{
    error::StatementError,
    rls,
    schema_change::{self, Attempts, Patience},
};
use central_logger_log_store::LogId;
use deadpool_postgres::{GenericClient, Object, Transaction};
use month::{BLOCKS, Month, ROWS, Split};
use time::OffsetDateTime;
use tokio_postgres::error::SqlState;

/// How many months after the present one have a partition ready.
const AHEAD: usize = 3;
/// How many entries a server moves when it makes a month, beside its other work.
const FEW: i64 = 10_000;
/// How long any statement of a server takes that changes partitions.
const SERVER_LIMIT: &str = "SET LOCAL statement_timeout = '2s'";
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
    let (may_make, present) = present(client, ROWS).await?;
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
    for split in [ROWS, BLOCKS] {
        let (may_make, present) = present(&*client, split).await?;
        let Some(ended) = ended.filter(|_| may_make) else {
            continue;
        };
        for month in present {
            if month.next().first_id() <= *ended.as_uuid()
                && drop_month(client, split, month).await? == Outcome::Done
            {
                let partition = month.partition(split);
                tracing::info!(partition, "dropped logs whose term has ended");
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
    for split in [ROWS, BLOCKS] {
        make_months(client, split, now, effort).await?;
    }
    Ok(())
}

async fn make_months(
    client: &mut Object,
    split: Split,
    now: OffsetDateTime,
    effort: Effort,
) -> Result<(), StatementError> {
    let (may_make, present) = present(&*client, split).await?;
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
        make_month(client, split, month, effort).await?;
    }
    Ok(())
}

/// Makes the partitions of the month of a time, by a command.
pub(crate) async fn make_month_of(
    client: &mut Object,
    time: OffsetDateTime,
) -> Result<(), StatementError> {
    let month = Month::of(time);
    for split in [ROWS, BLOCKS] {
        let (may_make, present) = present(&*client, split).await?;
        if may_make && !present.contains(&month) {
            make_month(client, split, month, Effort::Command).await?;
        }
    }
    Ok(())
}

/// The present month and the next ones.
fn wanted(now: OffsetDateTime) -> impl Iterator<Item = Month> {
    (0..=AHEAD).map(move |months| Month::of(now).plus(months))
}

/// Whether the login may change partitions, and the months that have one.
async fn present(
    client: &impl GenericClient,
    split: Split,
) -> Result<(bool, Vec<Month>), StatementError> {
    let sql = "SELECT pg_has_role(current_user, relowner, 'USAGE'),
                   ARRAY (SELECT relname::text FROM pg_catalog.pg_inherits
                          JOIN pg_catalog.pg_class AS partition ON partition.oid = inhrelid
                          WHERE inhparent = logs.oid)
               FROM pg_catalog.pg_class AS logs WHERE oid = $1::text::regclass";
    let row = client.query_one(sql, &[&split.table]).await?;
    let names: Vec<&str> = row.try_get(1)?;
    let months = names
        .into_iter()
        .filter_map(|name| Month::of_partition(split, name));
    Ok((row.try_get(0)?, months.collect()))
}

async fn make_month(
    client: &mut Object,
    split: Split,
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
        let made = split_off(&transaction, split, month, effort, patience).await;
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
    split: Split,
    month: Month,
    effort: Effort,
    patience: Patience,
) -> Result<u64, StatementError> {
    let Split { table, id } = split;
    let (name, from, to) = (
        month.partition(split),
        month.first_id(),
        month.next().first_id(),
    );
    let default = split.default();
    let within = format!("{id} >= '{from}' AND {id} < '{to}'");
    if let Effort::Server = effort {
        transaction.batch_execute(SERVER_LIMIT).await?;
        let are_many = format!(
            "SELECT count(*) > {FEW} FROM
                 (SELECT FROM {default} WHERE {within} LIMIT {FEW} + 1) AS few"
        );
        if transaction.query_one(&are_many, &[]).await?.try_get(0)? {
            let month = month.to_string();
            return Err(StatementError::TooManyEntries { month });
        }
    }
    // Nothing is granted on it, so that it is reached through the whole table only, under row-level security. The
    // check tells ATTACH what it would otherwise look for, row by row.
    let make = format!(
        "CREATE TABLE {name} (LIKE {table} INCLUDING ALL, CONSTRAINT within CHECK ({within}))"
    );
    transaction.batch_execute(&make).await?;
    // Others see an entry in its old place until all is committed, and then in its new one.
    let move_entries = format!(
        "WITH moved AS (DELETE FROM {default} WHERE {within} RETURNING *)
         INSERT INTO {name} SELECT * FROM moved"
    );
    let mut moved = transaction.execute(&move_entries, &[]).await?;
    // Of the whole as well: a read that has begun looks in the old places only.
    for locked in [table, &default] {
        schema_change::lock_alone(transaction, locked, patience).await?;
    }
    // Those that came in the meantime.
    moved += transaction.execute(&move_entries, &[]).await?;
    let attach = format!(
        "ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES FROM ('{from}') TO ('{to}');
         ALTER TABLE {name} DROP CONSTRAINT within"
    );
    transaction.batch_execute(&attach).await?;
    Ok(moved)
}

async fn drop_month(
    client: &mut Object,
    split: Split,
    month: Month,
) -> Result<Outcome, StatementError> {
    let (name, default) = (month.partition(split), split.default());
    let mut attempts = Attempts::new(Patience::NONE);
    loop {
        let transaction = match attempts.begin(client).await {
            Ok(transaction) => transaction,
            Err(error) => return left(error, Effort::Server),
        };
        let dropped = async {
            transaction.batch_execute(SERVER_LIMIT).await?;
            for table in [split.table, &default, &name] {
                schema_change::lock_alone(&transaction, table, Patience::NONE).await?;
            }
            if split == BLOCKS {
                forget_blocks(&transaction, month).await?;
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

/// Deletes what says where the blocks of a month lie.
async fn forget_blocks(transaction: &Transaction<'_>, month: Month) -> Result<(), StatementError> {
    if let Some(roles) = rls::roles(transaction).await? {
        let keeper = format!("SET LOCAL ROLE {}", roles.keeper());
        transaction.batch_execute(&keeper).await?;
    }
    let (from, to) = (month.first_id(), month.next().first_id());
    let delete = "DELETE FROM log_blocks WHERE first_id >= $1 AND first_id < $2";
    transaction.execute(delete, &[&from, &to]).await?;
    Ok(transaction.batch_execute("RESET ROLE").await?)
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
