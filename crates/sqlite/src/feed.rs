use crate::{
    error::FileError,
    file::File,
    migrations, retention,
    row::{SqliteRow, params, unix_ms},
    store_clock,
};
use async_trait::async_trait;
use central_logger_key_store::{
    Head, KeyFeed, KeyStoreError, LeaseHolder,
    feed::{ChangedKeys, Changes, Lease, Reached, StoreTime},
};
use central_logger_keys::KeyId;
use central_logger_sql_rows::{UnreadableRow, Value, leases, signed, state, unsigned};
use central_logger_times::Clock;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::spawn_blocking, time::sleep};

/// Follows the changes of keys in a SQLite file, whichever process makes them, on a connection of
/// its own.
pub struct SqliteFeed {
    keys: File,
    logs: File,
    clock: Arc<dyn Clock>,
    connection: Arc<Mutex<Option<Following>>>,
}

struct Following {
    connection: Connection,
    /// To look whether another program has brought its schema up to date.
    logs: Connection,
    /// What SQLite counts up when another connection has changed the file.
    data_version: i64,
}

/// How often to look whether another connection has changed the file, which costs a glance at shared
/// memory.
const GLANCE: Duration = Duration::from_millis(50);

/// How long to wait for others that are writing, so that a lease may be tried again in time.
const PATIENCE: Duration = Duration::from_secs(1);

impl SqliteFeed {
    pub(crate) fn new(keys: File, logs: File, clock: Arc<dyn Clock>) -> Self {
        Self {
            keys,
            logs,
            clock,
            connection: Arc::default(),
        }
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Following) -> Result<T, FileError> + Send + 'static,
    ) -> Result<T, FileError> {
        let (keys, logs) = (self.keys.clone(), self.logs.clone());
        let connection = Arc::clone(&self.connection);
        let done = spawn_blocking(move || {
            keys.need_in_place()?;
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let following = match &mut *connection {
                Some(following) => following,
                none => none.insert(Following::open(&keys, &logs)?),
            };
            work(following)
        });
        self.keys.tell(done.await?)
    }

    async fn has_moved(&self) -> Result<bool, FileError> {
        self.run(|following| {
            let version = data_version(&following.connection)?;
            let last = std::mem::replace(&mut following.data_version, version);
            Ok(last != version)
        })
        .await
    }
}

impl Following {
    fn open(keys: &File, logs: &File) -> Result<Self, FileError> {
        let connection = keys.connect()?;
        connection.busy_timeout(PATIENCE)?;
        // Leases need not outlast the machine: all who hold them or wait for them end with it.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(Self {
            data_version: data_version(&connection)?,
            connection,
            logs: logs.connect()?,
        })
    }
}

#[async_trait]
impl KeyFeed for SqliteFeed {
    async fn changes(&self, since: Option<&Reached>) -> Result<Changes, KeyStoreError> {
        let (since, clock) = (since.copied(), Arc::clone(&self.clock));
        let changes = self.run(move |following| {
            // In one transaction, so that all is of the same state.
            let snapshot = following.connection.transaction()?;
            let sql = "SELECT sequence, head, changed_at, by_hand, restore_accepted_at
                       FROM key_store_state";
            let (head, changed_at, by_hand, accepted_at) = snapshot.query_row(sql, [], |row| {
                let (by_hand, accepted_at): (i64, Option<i64>) = (row.get(3)?, row.get(4)?);
                Ok((
                    state::read_head(&SqliteRow(row)),
                    row.get(2)?,
                    unsigned(by_hand),
                    accepted_at,
                ))
            })?;
            let head = head?;
            let now = unix_ms(clock.now());
            let age = |at: i64| Duration::from_millis(unsigned(now - at));
            let continues = match since {
                Some(since) => is_past(&snapshot, &since.head)?,
                None => true,
            };
            let followed = since.filter(|since| continues && since.by_hand == by_hand);
            let named = changed_names(&snapshot, followed.map(|since| since.head), &head)?;
            // An entry of no key is of what is kept.
            let is_retention_same = named
                .as_ref()
                .is_some_and(|named| named.iter().all(Option::is_some));
            let keys = named.map(|named| ChangedKeys::These(named.into_iter().flatten().collect()));
            Ok(Changes {
                head,
                by_hand,
                continues,
                restore_accepted: accepted_at.map(age),
                keys: keys.unwrap_or(ChangedKeys::All),
                retention: match is_retention_same {
                    true => None,
                    false => Some(retention::read(&snapshot)?),
                },
                age: age(changed_at),
            })
        });
        Ok(changes.await?)
    }

    async fn hold_lease(&self, lease: &Lease) -> Result<StoreTime, KeyStoreError> {
        let (lease, clock) = (lease.clone(), Arc::clone(&self.clock));
        let (keys, logs) = (self.keys.clone(), self.logs.clone());
        let held = self.run(move |following| {
            logs.need_in_place()?;
            keys.look_at_schema(&following.connection)?;
            logs.look_at_schema(&following.logs)?;
            let behavior = TransactionBehavior::Immediate;
            let transaction = Transaction::new(&mut following.connection, behavior)?;
            let time = store_clock::check(&transaction, &*clock)?;
            let sql = format!(
                "INSERT INTO server_lease ({}, expires_at, knows)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6 + ?4, {})
                 ON CONFLICT (holder) DO UPDATE SET sequence = excluded.sequence,
                     head = excluded.head, expires_at = excluded.expires_at,
                     length_ms = excluded.length_ms, peppers = excluded.peppers,
                     renewals = renewals + 1, knows = excluded.knows",
                leases::COLUMNS,
                migrations::KEYS.known()
            );
            let now = [Value::from(clock.now())];
            transaction.execute(&sql, params(leases::values(&lease).into_iter().chain(now)))?;
            transaction.commit()?;
            Ok(time)
        });
        Ok(held.await?)
    }

    async fn end_lease(&self, holder: &LeaseHolder) -> Result<(), KeyStoreError> {
        let holder = holder.as_str().to_owned();
        let ended = self.run(move |following| {
            let sql = "DELETE FROM server_lease WHERE holder = ?1";
            following.connection.execute(sql, [holder])?;
            Ok(())
        });
        Ok(ended.await?)
    }

    async fn announced(&self) {
        loop {
            sleep(GLANCE).await;
            match self.has_moved().await {
                Ok(false) => {}
                // The next query for changes reports what cannot be looked at.
                Ok(true) | Err(_) => return,
            }
        }
    }
}

fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Whether the store was ever in this state.
fn is_past(snapshot: &Connection, head: &Head) -> Result<bool, FileError> {
    if *head == Head::default() {
        return Ok(true);
    }
    let seal = head.seal.map(|seal| seal.to_string());
    let sql = "SELECT 1 FROM audit_log WHERE sequence = ?1 AND seal = ?2";
    let known = snapshot
        .prepare_cached(sql)?
        .query_row((signed(head.sequence), seal), |_| Ok(()))
        .optional()?;
    Ok(known.is_some())
}

/// The keys that later entries of the audit trail name, if they name one; nothing when it cannot be
/// told.
fn changed_names(
    snapshot: &Connection,
    since: Option<Head>,
    head: &Head,
) -> Result<Option<Vec<Option<KeyId>>>, FileError> {
    let Some(since) = since.filter(|since| since.is_close_to(head)) else {
        return Ok(None);
    };
    let sequence = signed(since.sequence);
    let sql = "SELECT key_id FROM audit_log WHERE sequence > ?1 ORDER BY sequence";
    let mut select = snapshot.prepare_cached(sql)?;
    let ids = select.query_map([sequence], |row| row.get::<_, String>(0))?;
    let ids = ids.map(|id| {
        let id = id?;
        let parsed = (!id.is_empty()).then(|| id.parse()).transpose();
        Ok::<_, FileError>(parsed.map_err(|error| UnreadableRow::new(&id, error))?)
    });
    Ok(Some(ids.collect::<Result<_, _>>()?))
}

impl fmt::Debug for SqliteFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteFeed").finish_non_exhaustive()
    }
}
