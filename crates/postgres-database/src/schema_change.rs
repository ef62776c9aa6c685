//! Changes of the schema that do not make running servers wait.
//!
//! A statement that waits for a lock makes all wait that come after it. So none waits for long: it gives
//! up, lets the others by, and tries again after a pause.

use crate::error::StatementError;
use deadpool_postgres::{GenericClient, Object, Transaction};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long a statement waits for a lock at a time, and others behind it.
const LOCK_TIMEOUT: Duration = Duration::from_millis(200);
/// How long it takes to see whether somebody holds a lock for longer than a statement or two.
const LOOK: Duration = Duration::from_millis(250);
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Any number does, as long as nobody else uses it in this database.
const LOCK: i64 = 0x63_6c_6f_67_67_65_72;

/// For how long a change waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For other programs that change the schema. Nothing waits behind a session that waits for them.
    programs: Duration,
    /// For those who hold a lock that it needs. In this time it is tried again and again.
    locks: Duration,
}

impl Patience {
    /// For what a program cannot go on without, and for commands.
    pub(crate) const LONG: Self = Self {
        programs: Duration::from_secs(60),
        locks: Duration::from_secs(60),
    };
    /// For the start of a server, which can do without.
    pub(crate) const SHORT: Self = Self {
        programs: Duration::from_secs(60),
        locks: Duration::from_secs(2),
    };
    /// For what can be done another time.
    pub(crate) const NONE: Self = Self {
        programs: LOCK_TIMEOUT,
        locks: Duration::ZERO,
    };
}

/// A change that is tried until it is done:
///
/// ```ignore
/// let mut attempts = Attempts::new(patience);
/// loop {
///     let transaction = attempts.begin(client).await?;
///     let done = change(&transaction).await;
///     if let Some(done) = attempts.end(transaction, done).await? {
///         return Ok(done);
///     }
/// }
/// ```
pub(crate) struct Attempts {
    retry: Retry,
}

impl Attempts {
    pub(crate) fn new(patience: Patience) -> Self {
        Self {
            retry: Retry::new(patience),
        }
    }

    /// A transaction that changes the schema, of which there is one at a time among all programs.
    pub(crate) async fn begin<'a>(
        &self,
        client: &'a mut Object,
    ) -> Result<Transaction<'a>, StatementError> {
        locked(client, self.retry.patience).await
    }

    /// Commits what was `done`, or nothing when it has to be tried again.
    pub(crate) async fn end<T>(
        &mut self,
        transaction: Transaction<'_>,
        done: Result<T, StatementError>,
    ) -> Result<Option<T>, StatementError> {
        match done {
            Ok(done) => {
                transaction.commit().await?;
                Ok(Some(done))
            }
            Err(error) if error.is_locked_out() => {
                let back = "ROLLBACK TO SAVEPOINT beginning";
                transaction.batch_execute(back).await?;
                let holders = holders(&transaction).await?;
                transaction.rollback().await?;
                match self.retry.pause().await {
                    true => Ok(None),
                    false => Err(StatementError::LockedOut { holders }),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// Takes the lock of `table` that lets nobody else near it, within `transaction`. Where somebody holds it
/// for long, this does not even line up for it.
pub(crate) async fn lock_alone(
    transaction: &Transaction<'_>,
    table: &str,
    patience: Patience,
) -> Result<(), StatementError> {
    let retry = &mut Retry::new(patience);
    let lock = format!("SAVEPOINT before_lock; LOCK TABLE ONLY {table} IN ACCESS EXCLUSIVE MODE");
    loop {
        if !is_held_for_long(transaction, table).await? {
            match transaction
                .batch_execute(&lock)
                .await
                .map_err(StatementError::from)
            {
                Err(error) if error.is_locked_out() => {
                    transaction.batch_execute("ROLLBACK TO before_lock").await?;
                }
                locked => return locked,
            }
        }
        if !retry.pause().await {
            let holders = holders(transaction).await?;
            return Err(StatementError::LockedOut { holders });
        }
    }
}

/// Whether a transaction holds a lock on `table` now and a moment later.
async fn is_held_for_long(
    client: &impl GenericClient,
    table: &str,
) -> Result<bool, StatementError> {
    let sql = "SELECT array_agg(virtualtransaction) FROM pg_catalog.pg_locks
               WHERE locktype = 'relation' AND relation = $1::text::regclass AND granted
                 AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
                 AND pid <> pg_backend_pid()";
    let mut before: Option<Vec<String>> = None;
    loop {
        let row = client.query_one(sql, &[&table]).await?;
        let now = row
            .try_get::<_, Option<Vec<String>>>(0)?
            .unwrap_or_default();
        match before {
            _ if now.is_empty() => return Ok(false),
            Some(before) => return Ok(now.iter().any(|held| before.contains(held))),
            None => before = Some(now),
        }
        sleep(LOOK).await;
    }
}

/// Who holds locks on tables of the schema, for people.
async fn holders(client: &impl GenericClient) -> Result<String, StatementError> {
    let sql = "SELECT DISTINCT pid, coalesce(nullif(application_name, ''), 'of another login')
               FROM pg_catalog.pg_locks JOIN pg_catalog.pg_stat_activity USING (pid)
               JOIN pg_catalog.pg_class ON pg_class.oid = relation
               WHERE granted AND pid <> pg_backend_pid() AND datname = current_database()
                 AND relnamespace = current_schema()::regnamespace
               ORDER BY pid LIMIT 5";
    let rows = client.query(sql, &[]).await?;
    let holders = rows.iter().map(|row| {
        let (pid, name): (i32, &str) = (row.try_get(0)?, row.try_get(1)?);
        Ok(format!("process {pid} ({name})"))
    });
    let holders: Vec<_> = holders.collect::<Result<_, StatementError>>()?;
    Ok(match holders.is_empty() {
        true => "a process that has ended since".to_owned(),
        false => holders.join(", "),
    })
}

/// A transaction that changes the schema. While it waits for its lock, it makes nobody else wait.
async fn locked(
    client: &mut Object,
    patience: Patience,
) -> Result<Transaction<'_>, StatementError> {
    let transaction = client.transaction().await?;
    // The second setting is for distributed tables, where there are any.
    let settings = format!(
        "SET LOCAL lock_timeout = {};
         SET LOCAL citus.multi_shard_modify_mode = 'sequential'",
        patience.programs.as_millis()
    );
    transaction.batch_execute(&settings).await?;
    let locked = transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await;
    match locked.map_err(StatementError::from) {
        Err(error) if error.is_locked_out() => {
            let holders = "another program that changes the schema".to_owned();
            return Err(StatementError::LockedOut { holders });
        }
        locked => locked?,
    };
    let settings = format!(
        "SET LOCAL lock_timeout = {}; SAVEPOINT beginning",
        LOCK_TIMEOUT.as_millis()
    );
    transaction.batch_execute(&settings).await?;
    Ok(transaction)
}

/// Counts the time down, with longer pauses by and by.
struct Retry {
    began: Instant,
    patience: Patience,
    pause: Duration,
}

impl Retry {
    fn new(patience: Patience) -> Self {
        Self {
            began: Instant::now(),
            patience,
            pause: SHORTEST_PAUSE,
        }
    }

    /// Waits before the next try, and tells whether there is to be one.
    async fn pause(&mut self) -> bool {
        if self.began.elapsed() >= self.patience.locks {
            return false;
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}
