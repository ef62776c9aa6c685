#![doc = include_str!("../README.md")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod alerts;
mod citus;
mod database;
mod error;
mod feed;
mod home;
mod key_change;
mod keys;
mod lent;
mod logs;
mod migrations;
mod partitions;
mod passfile;
mod retention;
#[cfg(feature = "testing")]
pub mod testing;
mod tls;
mod url;
mod usage;
mod wall;
mod watching;

pub use database::PoolStatus;
pub use error::OpenError;
pub use feed::PostgresFeed;
pub use keys::PostgresKeys;
pub use logs::PostgresLogs;

use database::Database;
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
        let database = Arc::new(Database::connect(url).await?);
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

    /// Distributes the logs over the machines of a Citus cluster, by client, and gives the names of the
    /// tables that were not distributed before; nothing where the database does not have Citus.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn distribute(&self) -> Result<Option<Vec<&'static str>>, OpenError> {
        self.database.distribute().await
    }

    /// The SQL that raises the wall between clients within PostgreSQL, where it does not stand because
    /// the login may not make roles. Then the wall of the programs is the only one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn missing_wall(&self) -> Result<Option<String>, OpenError> {
        self.database.missing_wall().await
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
        PostgresFeed::new(&self.database)
    }

    /// The logs.
    pub fn logs(&self) -> PostgresLogs {
        PostgresLogs::new(Arc::clone(&self.database))
    }
}
