use crate::{
    citus,
    error::{self, OpenError, StatementError},
    migrations::{self, too_new},
    partitions::Months,
    rls::{self, Roles},
};
use central_logger_health::Outage;
use central_logger_keys::ClientId;
use central_logger_postgres_connection::{
    Connection, Connections, Connector, Lent, PoolStatus, Target, WORK_LIMIT, Work, supply_password,
};
use central_logger_sql_rows::migrations::Schema;
use deadpool_postgres::{Object, Transaction};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::Config;

/// A pool of connections to one database.
pub struct Database {
    pub(crate) connections: Connections,
    config: Config,
    connector: Connector,
    pub(crate) server: String,
    is_current: AtomicBool,
    is_distributed: AtomicBool,
    outage: Arc<Outage>,
    /// Those of row-level security that this login can take, as of the first use of the schema.
    roles: RwLock<Option<Roles>>,
    /// As they were found last.
    pub(crate) months: RwLock<Option<Months>>,
    /// When the database had no room last.
    full_since: Mutex<Option<Instant>>,
}

/// How long a statement reads logs unless told otherwise: less than any work may take.
pub const READ_LIMIT: Duration = Duration::from_secs(5);
/// How long a database that had no room is taken to have none. Only a write can tell.
const FULL_FOR: Duration = Duration::from_secs(10);
/// The shortest limit of a statement.
const LEAST_LIMIT: Duration = Duration::from_millis(10);

/// What keeps statements on logs on the primary key, in whose order all is read and removed, whatever the
/// statistics of a table say that has just been made, filled or emptied. There is always this way, so
/// that the others are never needed. Where another is needed all the same, as to count what is there, PostgreSQL
/// adds 10^10 to its cost, and would compile a statement of such a cost, which takes longer than to run it.
pub const IN_INDEX_ORDER: &str = "SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_sort = off;
    SET LOCAL jit = off;";

/// How a database is reached, whatever its schema is.
pub(crate) struct Pool {
    pub(crate) connections: Connections,
    config: Config,
    connector: Connector,
    pub(crate) server: String,
}

impl Pool {
    pub(crate) fn of(url: &str, most: usize) -> Result<Self, OpenError> {
        let mut target = Target::parse(url)?;
        supply_password(&mut target.config);
        let server = target.server();
        let connector = Connector::new(Handle::current(), &target)?;
        let connections = Connections::new(&target.config, &connector, most.max(1));
        let connections = connections.map_err(|error| OpenError::Unreachable {
            server: server.clone(),
            cause: Box::new(error),
        })?;
        Ok(Self {
            connections,
            config: target.config,
            connector,
            server,
        })
    }
}

impl Database {
    /// Connects to `url`, with at most so many connections at a time.
    ///
    /// # Errors
    /// When the URL cannot be understood, the server does not let us in, or the schema is newer
    /// than this program.
    pub async fn connect(url: &str, most: usize) -> Result<Self, OpenError> {
        let Pool {
            connections,
            config,
            connector,
            server,
        } = Pool::of(url, most)?;
        let database = Self {
            connections,
            config,
            connector,
            server,
            is_current: AtomicBool::new(false),
            is_distributed: AtomicBool::new(false),
            outage: Arc::new(Outage::of("the database")),
            roles: RwLock::default(),
            months: RwLock::default(),
            full_since: Mutex::default(),
        };
        database.inspect().await?;
        Ok(database)
    }

    /// How the connections are used at the moment.
    pub fn pool_status(&self) -> PoolStatus {
        self.connections.status()
    }

    /// How to connect.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What makes connections, with TLS where the URL says so.
    pub fn connector(&self) -> &Connector {
        &self.connector
    }

    /// Whether Citus has distributed the logs, as of the first use of the schema.
    pub fn is_distributed(&self) -> bool {
        self.is_distributed.load(Ordering::Relaxed)
    }

    /// Does `work` on a connection, within a limit of time.
    ///
    /// A connection on which something went wrong that may be its own fault is closed, so that the
    /// next attempt has a new one, perhaps to another server.
    ///
    /// # Errors
    /// When there is no connection, the schema is not current, or `work` fails or takes too long.
    pub async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        self.run_on(Work::Changing, work).await
    }

    /// The same for work that only reads: it is cancelled when nobody waits for it any more.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_reading<T>(
        &self,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        self.run_on(Work::Reading, work).await
    }

    async fn run_on<T>(
        &self,
        kind: Work,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        let done = self.run_unobserved(kind, work).await;
        error::tell(&self.outage, &done);
        done
    }

    async fn run_unobserved<T>(
        &self,
        kind: Work,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        let mut lent = Lent::new(self.connections.lend().await?, kind, &self.connector);
        let done = timeout(WORK_LIMIT, async {
            let client = lent.connection().ok_or(StatementError::TimedOut)?;
            self.need_current_schema(client).await?;
            work(client).await
        });
        let done = done.await.unwrap_or(Err(StatementError::TimedOut));
        self.note_whether_full(&done);
        let client = lent.take_back();
        match done
            .as_ref()
            .is_err_and(StatementError::may_be_of_connection)
        {
            true => drop(client.map(Connection::discard)),
            false => drop(client.map(Connection::give_back)),
        }
        if done.as_ref().is_err_and(StatementError::is_forbidden) {
            // Others may have changed the roles.
            self.is_current.store(false, Ordering::Release);
        }
        done
    }

    /// As [`run`](Self::run), for a change of which somebody must know whether it was made: `committing` is
    /// set when that is up to the database.
    ///
    /// # Errors
    /// As [`run`](Self::run), and [`StatementError::OutcomeUnknown`].
    pub async fn run_change<T>(
        &self,
        work: impl AsyncFnOnce(&mut Object, &AtomicBool) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        let committing = AtomicBool::new(false);
        let done = self
            .run(async |connection| work(connection, &committing).await)
            .await;
        match done {
            Err(error) if committing.load(Ordering::Relaxed) && error.leaves_outcome_unknown() => {
                Err(StatementError::OutcomeUnknown(Box::new(error)))
            }
            done => done,
        }
    }

    /// What tells the log when it does not answer.
    pub fn outage(&self) -> &Arc<Outage> {
        &self.outage
    }

    /// Reads logs of `client` in a transaction that sees no others, and one state of them: the one way to do
    /// so.
    ///
    /// Each statement is ended after `limit`, or after 10 ms when that is longer. The transaction is not
    /// committed, so it is no place for changes.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn read_logs<T>(
        &self,
        client: &ClientId,
        limit: Duration,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        self.run_reading(async |connection| {
            let role = self.take(Roles::reader);
            // It holds for the ROLLBACK as well: cut off, that would leave the connection to others in a
            // transaction.
            let limit = limit.max(LEAST_LIMIT).as_millis();
            // The state that is seen must be one from after the lock: who moves entries into another partition
            // holds it. Citus would take it on every machine.
            let lock = match self.is_distributed() {
                true => "",
                false => {
                    "LOCK TABLE ONLY workflow_logs, ONLY log_block_contents IN ACCESS SHARE MODE;"
                }
            };
            // SET takes no parameter; a client id has no character that would end the literal.
            let narrow = format!(
                "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;
                 SET LOCAL statement_timeout = {limit};
                 SET LOCAL citus.propagate_set_commands = 'local';
                 {IN_INDEX_ORDER}
                 {lock}{role}SET LOCAL app.client_id = '{client}'"
            );
            let transaction = connection.transaction().await?;
            // Sent in this order, before anything is waited for.
            let (narrowed, done) = tokio::join!(
                biased;
                transaction.batch_execute(&narrow),
                work(&transaction),
            );
            narrowed?;
            done
        })
        .await
    }

    /// Returns the statement that takes a role of row-level security, where this login can take it.
    pub fn take(&self, role: impl FnOnce(&Roles) -> String) -> String {
        let roles = self.roles.read().unwrap_or_else(PoisonError::into_inner);
        match &*roles {
            Some(roles) => format!("SET LOCAL ROLE {};", role(roles)),
            // When somebody has enabled row-level security since, this is an error, and not an empty answer.
            None => "SET LOCAL row_security = off;".to_owned(),
        }
    }

    /// Another process may migrate at any time, so what was not current is looked at again.
    pub(crate) async fn need_current_schema(&self, client: &Object) -> Result<(), StatementError> {
        if self.is_current.load(Ordering::Acquire) {
            return Ok(());
        }
        match migrations::inspect(client).await? {
            Schema::Current => {
                let roles = rls::roles(client).await?;
                *self.roles.write().unwrap_or_else(PoisonError::into_inner) = roles;
                self.see_whether_distributed(client).await?;
                self.is_current.store(true, Ordering::Release);
                Ok(())
            }
            other => self.need_schema(other),
        }
    }

    /// Fails when this program cannot work with the schema, and lets all others look at it anew.
    ///
    /// # Errors
    /// When the schema is behind or too new.
    pub fn need_schema(&self, found: Schema) -> Result<(), StatementError> {
        let error = match found {
            Schema::Current => return Ok(()),
            Schema::Behind(_) => StatementError::Outdated,
            Schema::TooNew(found) => StatementError::TooNew(Box::new(too_new(found))),
        };
        self.is_current.store(false, Ordering::Release);
        Err(error)
    }

    /// Fails for a while after the database had no room for what was to be written.
    ///
    /// # Errors
    /// [`StatementError::WasFull`].
    pub fn need_room(&self) -> Result<(), StatementError> {
        let full_since = *self
            .full_since
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match full_since.is_some_and(|since| since.elapsed() < FULL_FOR) {
            true => Err(StatementError::WasFull),
            false => Ok(()),
        }
    }

    fn note_whether_full<T>(&self, done: &Result<T, StatementError>) {
        if done.as_ref().is_err_and(StatementError::is_full) {
            let mut full_since = self
                .full_since
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *full_since = Some(Instant::now());
        }
    }

    pub(crate) async fn see_whether_distributed(
        &self,
        client: &Object,
    ) -> Result<(), StatementError> {
        let tables = citus::distributed(client).await?;
        let is_distributed = tables.is_some_and(|tables| !tables.is_empty());
        self.is_distributed.store(is_distributed, Ordering::Relaxed);
        Ok(())
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.server).finish()
    }
}
