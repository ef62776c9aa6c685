use crate::{
    citus,
    error::{self, OpenError, StatementError},
    home::Home,
    lent::{Lent, Work},
    migrations::{self, KNOWN, Schema},
    partitions,
    passfile::supply_password,
    url::Target,
    wall,
};
use central_logger_key_store::Outage;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::Config;

/// A pool of connections to one database.
pub(crate) struct Database {
    pool: Pool,
    config: Config,
    home: Home,
    server: String,
    is_current: AtomicBool,
    has_wall: AtomicBool,
    is_distributed: AtomicBool,
    outage: Arc<Outage>,
}

/// How a pool of connections is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// How many connections there may be.
    pub most: usize,
    /// Connections on which something is done.
    pub in_use: usize,
    /// Connections that are ready for use.
    pub idle: usize,
    /// How many wait for a connection.
    pub waiting: usize,
}

const CONNECTIONS: usize = 16;
/// How long to wait for a connection, new or used.
const CONNECTION_LIMIT: Duration = Duration::from_secs(5);
/// How long any work on a connection may take, such as on a server that has stopped.
pub(crate) const WORK_LIMIT: Duration = Duration::from_secs(10);

impl Database {
    pub(crate) async fn connect(url: &str) -> Result<Self, OpenError> {
        let mut target = Target::parse(url)?;
        supply_password(&mut target.config);
        let server = target.server();
        let tls = target.trust.connector()?;
        let recycling_method = RecyclingMethod::Fast;
        let home = Home {
            runtime: Handle::current(),
            tls,
        };
        let manager = Manager::from_connect(
            target.config.clone(),
            home.clone(),
            ManagerConfig { recycling_method },
        );
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .wait_timeout(Some(CONNECTION_LIMIT))
            .create_timeout(Some(CONNECTION_LIMIT))
            .recycle_timeout(Some(CONNECTION_LIMIT))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| OpenError::Unreachable {
                server: server.clone(),
                cause: Box::new(error),
            })?;
        let database = Self {
            pool,
            config: target.config,
            home,
            server,
            is_current: AtomicBool::new(false),
            has_wall: AtomicBool::new(false),
            is_distributed: AtomicBool::new(false),
            outage: Arc::new(Outage::of("the database")),
        };
        database.inspect().await?;
        Ok(database)
    }

    pub(crate) fn pool_status(&self) -> PoolStatus {
        let status = self.pool.status();
        PoolStatus {
            most: status.max_size,
            in_use: status.size.saturating_sub(status.available),
            idle: status.available,
            waiting: status.waiting,
        }
    }

    /// How to connect.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    pub(crate) async fn pending(&self) -> Result<Vec<&'static str>, OpenError> {
        Ok(match self.inspect().await? {
            Schema::Behind(version) => migrations::after(version).collect(),
            Schema::Current | Schema::TooNew(_) => Vec::new(),
        })
    }

    pub(crate) async fn is_new(&self) -> Result<bool, OpenError> {
        Ok(self.inspect().await? == Schema::Behind(0))
    }

    pub(crate) async fn migrate(&self) -> Result<Vec<&'static str>, OpenError> {
        let mut client = self.client_to_open().await?;
        // Without a limit: a large table may take its time, and so may whoever has the lock.
        let found = migrations::apply(&mut client)
            .await
            .map_err(|error| OpenError::Schema(Box::new(error)))?;
        if !matches!(found, Schema::TooNew(_)) {
            let raised = async {
                wall::raise(&mut client).await?;
                self.see_whether_distributed(&client).await
            };
            let raised = raised.await;
            raised.map_err(|error| OpenError::Schema(Box::new(error)))?;
            let made = partitions::make_at_migration(&mut client).await;
            made.map_err(|error| OpenError::Schema(Box::new(error)))?;
        }
        match found {
            Schema::Behind(version) => Ok(migrations::after(version).collect()),
            Schema::Current => Ok(Vec::new()),
            Schema::TooNew(found) => Err(too_new(found)),
        }
    }

    /// The SQL that raises the wall between clients, where it does not stand.
    pub(crate) async fn missing_wall(&self) -> Result<Option<String>, OpenError> {
        let client = self.client_to_open().await?;
        let missing = timeout(WORK_LIMIT, async {
            match wall::stands(&client).await? {
                true => Ok(None),
                false => wall::sql(&client).await.map(Some),
            }
        });
        let missing = missing.await.unwrap_or(Err(StatementError::TimedOut));
        missing.map_err(|error| OpenError::Schema(Box::new(error)))
    }

    /// Whether the roles of the wall can be taken, as of the first use of the schema.
    pub(crate) fn has_wall(&self) -> bool {
        self.has_wall.load(Ordering::Relaxed)
    }

    /// Whether Citus has distributed the logs, as of the first use of the schema.
    pub(crate) fn is_distributed(&self) -> bool {
        self.is_distributed.load(Ordering::Relaxed)
    }

    /// Does `work` on a connection, within a limit of time.
    ///
    /// A connection on which something went wrong that may be its own fault is closed, so that the
    /// next attempt has a new one, perhaps to another server.
    pub(crate) async fn run<T>(
        &self,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        self.run_on(Work::Changing, work).await
    }

    /// The same for work that only reads: it is cancelled when nobody waits for it any more.
    pub(crate) async fn run_reading<T>(
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
        let mut lent = Lent::new(self.pool.get().await?, kind, &self.home);
        let done = timeout(WORK_LIMIT, async {
            let client = lent.connection().ok_or(StatementError::TimedOut)?;
            self.need_current_schema(client).await?;
            work(client).await
        });
        let done = done.await.unwrap_or(Err(StatementError::TimedOut));
        let client = lent.take_back();
        if done.as_ref().is_err_and(StatementError::is_passing) {
            drop(client.map(Object::take));
        }
        done
    }

    /// What tells the log when it does not answer.
    pub(crate) fn outage(&self) -> &Arc<Outage> {
        &self.outage
    }

    /// Another process may migrate at any time, so what was not current is looked at again.
    async fn need_current_schema(&self, client: &Object) -> Result<(), StatementError> {
        if self.is_current.load(Ordering::Acquire) {
            return Ok(());
        }
        match migrations::inspect(client).await? {
            Schema::Current => {
                let has_wall = wall::stands(client).await?;
                self.has_wall.store(has_wall, Ordering::Relaxed);
                self.see_whether_distributed(client).await?;
                self.is_current.store(true, Ordering::Release);
                Ok(())
            }
            Schema::Behind(_) => Err(StatementError::Outdated),
            Schema::TooNew(found) => Err(StatementError::TooNew(Box::new(too_new(found)))),
        }
    }

    async fn see_whether_distributed(&self, client: &Object) -> Result<(), StatementError> {
        let tables = citus::distributed(client).await?;
        let is_distributed = tables.is_some_and(|tables| !tables.is_empty());
        self.is_distributed.store(is_distributed, Ordering::Relaxed);
        Ok(())
    }

    async fn inspect(&self) -> Result<Schema, OpenError> {
        let client = self.client_to_open().await?;
        let schema = timeout(WORK_LIMIT, migrations::inspect(&client)).await;
        let schema = schema
            .unwrap_or(Err(StatementError::TimedOut))
            .map_err(|error| OpenError::Schema(Box::new(error)))?;
        match schema {
            Schema::TooNew(found) => Err(too_new(found)),
            other => Ok(other),
        }
    }

    pub(crate) async fn client_to_open(&self) -> Result<Object, OpenError> {
        let client = self.pool.get().await;
        client.map_err(|error| OpenError::Unreachable {
            server: self.server.clone(),
            cause: Box::new(StatementError::from(error)),
        })
    }
}

fn too_new(found: i32) -> OpenError {
    OpenError::TooNew {
        found,
        known: KNOWN,
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.server).finish()
    }
}
