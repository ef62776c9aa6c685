#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod clients;
mod feed;
mod key_change;
mod keys;
mod limits;
mod receipts;
mod retention;
mod reveal_links;
mod sessions;
#[cfg(feature = "testing")]
pub mod testing;
mod usage;
mod watching;

pub use central_logger_postgres_connection::{PoolStatus, TargetError};
pub use central_logger_postgres_database::{Months, OpenError};
pub use central_logger_postgres_logs::PostgresLogs;
pub use central_logger_postgres_workflows::PostgresWorkflows;
pub use feed::PostgresFeed;
pub use keys::PostgresKeys;
pub use limits::PostgresLimits;
pub use sessions::PostgresSessions;

use central_logger_postgres_database::Database;
use std::sync::Arc;

/// Both stores in a PostgreSQL database.
#[derive(Debug, Clone)]
pub struct Postgres {
    database: Arc<Database>,
}

impl Postgres {
    /// Connects to `url`, such as `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. The schema is left
    /// as it is.
    ///
    /// # Errors
    /// When the URL cannot be understood, the server does not let us in, or the schema is newer
    /// than this program.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        Self::connect_with(url, Self::CONNECTIONS).await
    }

    /// How many connections there may be at a time, unless told otherwise.
    pub const CONNECTIONS: usize = 16;

    /// Connects to `url` with at most so many connections at a time, and one more for the changes of
    /// keys.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(url: &str, connections: usize) -> Result<Self, OpenError> {
        let database = Arc::new(Database::connect(url, connections).await?);
        Ok(Self { database })
    }

    /// The migrations that have not been applied yet, by name.
    ///
    /// # Errors
    /// When the database cannot be read, or is newer than this program.
    pub async fn pending(&self) -> Result<Vec<&'static str>, OpenError> {
        self.database.pending().await
    }

    /// Whether nothing was ever migrated here.
    ///
    /// # Errors
    /// As [`pending`](Self::pending).
    pub async fn is_new(&self) -> Result<bool, OpenError> {
        self.database.is_new().await
    }

    /// Brings the schema up to date and gives the names of what was applied. Several processes may
    /// do so at once.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, OpenError> {
        self.database.migrate().await
    }

    /// Does what [`migrate`](Self::migrate) leaves to a command, since it takes its time: it waits for
    /// others who hold locks, and moves logs into the partition of their month.
    ///
    /// # Errors
    /// When the database cannot be changed, or somebody holds a lock for too long.
    pub async fn finish_migration(&self) -> Result<(), OpenError> {
        self.database.finish_migration().await
    }

    /// Lets `role`, which does not own the tables, do what a server does, now and after further
    /// migrations. Gives the SQL for it where this login may not say so.
    ///
    /// # Errors
    /// When there is no such role, or the database cannot be changed.
    pub async fn serve_as(&self, role: &str) -> Result<Option<String>, OpenError> {
        self.database.serve_as(role).await
    }

    /// The logins and groups that may read, write or delete logs and are not known to be the server's:
    /// each with the role that it may take.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn strangers(&self) -> Result<Vec<(String, String)>, OpenError> {
        self.database.strangers().await
    }

    /// How it stands with the partitions of months.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn look_at_months(&self) -> Result<Months, OpenError> {
        self.database.look_at_months().await
    }

    /// How it stood with the partitions of months when a server last looked after them.
    pub fn months(&self) -> Option<Months> {
        self.database.months()
    }

    /// Distributes the logs over the machines of a Citus cluster, by client, and gives the names of the
    /// tables that were not distributed before; nothing where the database does not have Citus.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn distribute(&self) -> Result<Option<Vec<&'static str>>, OpenError> {
        self.database.distribute().await
    }

    /// Returns the SQL that enables row-level security, where it is off because the login may not make
    /// roles. Then the programs alone keep clients apart.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn missing_rls(&self) -> Result<Option<String>, OpenError> {
        self.database.missing_rls().await
    }

    /// How the connections are used at the moment.
    pub fn pool_status(&self) -> PoolStatus {
        self.database.pool_status()
    }

    /// The keys.
    pub fn keys(&self) -> PostgresKeys {
        PostgresKeys::new(Arc::clone(&self.database))
    }

    /// The changes of keys, on a connection that is made when it is first needed.
    pub fn feed(&self) -> PostgresFeed {
        PostgresFeed::new(Arc::clone(&self.database))
    }

    /// The limits that all servers share.
    pub fn limits(&self) -> PostgresLimits {
        let database = Arc::clone(&self.database);
        PostgresLimits { database }
    }

    /// The sessions of people who have signed in.
    pub fn sessions(&self) -> PostgresSessions {
        let database = Arc::clone(&self.database);
        PostgresSessions { database }
    }

    /// The workflows of clients.
    pub fn workflows(&self) -> PostgresWorkflows {
        PostgresWorkflows::new(Arc::clone(&self.database))
    }

    /// The logs.
    pub fn logs(&self) -> PostgresLogs {
        PostgresLogs::new(Arc::clone(&self.database))
    }
}
