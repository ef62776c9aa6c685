use crate::{DatabaseError, Finding, Gauge, blocks};
use async_trait::async_trait;
use central_logger_block_store::BlockStore;
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{KeyAdmin, KeyFeed};
use central_logger_limits::LimitStore;
use central_logger_log_store::{LogPruner, LogStore};
use central_logger_sessions::SessionStore;
use central_logger_workflows::WorkflowStore;
use std::{fmt, io, sync::Arc};

/// A database of keys and logs that is open.
///
/// What has a default here is what not every database has: a driver leaves it out.
///
/// # Examples
///
/// ```
/// use central_logger_database::{Database, DatabaseError};
///
/// async fn is_healthy(database: &dyn Database) -> Result<bool, DatabaseError> {
///     let findings = database.findings().await;
///     Ok(database.pending_migrations().await?.is_empty() && findings.iter().all(|found| found.is_ok))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files = tempfile::tempdir()?;
/// # let url = format!("sqlite:{}", files.path().join("keys.db").display());
/// let database = central_logger_database::open(&url).await?;
/// assert!(!is_healthy(&*database).await?);
/// database.migrate().await?;
/// assert!(is_healthy(&*database).await?);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Database: fmt::Debug + Send + Sync {
    /// The keys.
    fn keys(&self) -> Arc<dyn KeyAdmin>;

    /// What is recorded of the use of keys, and alerts.
    fn activity(&self) -> Arc<dyn ActivityStore>;

    /// The feed of changes to keys.
    fn feed(&self) -> Arc<dyn KeyFeed>;

    /// The limits that all servers share. Without them, each server counts by itself.
    fn limits(&self) -> Option<Arc<dyn LimitStore>> {
        None
    }

    /// The sessions of people who have signed in, and the links by which they do.
    fn sessions(&self) -> Arc<dyn SessionStore>;

    /// What is kept of the workflows of clients.
    fn workflows(&self) -> Arc<dyn WorkflowStore>;

    /// The logs.
    fn logs(&self) -> Arc<dyn LogStore>;

    /// Deletes logs.
    fn log_pruner(&self) -> Arc<dyn LogPruner>;

    /// The rows and blocks of logs. Without it, all logs stay in rows.
    fn block_store(&self) -> Option<Arc<dyn BlockStore>> {
        None
    }

    /// Returns the migrations that have not been applied yet, by name.
    ///
    /// # Errors
    /// When the database cannot be read, or is newer than this program.
    async fn pending_migrations(&self) -> Result<Vec<&'static str>, DatabaseError>;

    /// Returns whether nothing was ever migrated here.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn is_new(&self) -> Result<bool, DatabaseError>;

    /// Brings the schema up to date and returns the names of what was applied. Several processes may do
    /// so at once.
    ///
    /// # Errors
    /// When the database cannot be changed.
    async fn migrate(&self) -> Result<Vec<&'static str>, DatabaseError>;

    /// Does what [`migrate`](Self::migrate) leaves to a command, since it may take long.
    ///
    /// # Errors
    /// When the database cannot be changed.
    async fn finish_migration(&self) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Looks at what an operator should know of this kind of database. What cannot be looked at is a
    /// finding, too.
    async fn findings(&self) -> Vec<Finding>;

    /// Reads every block of logs, and names those that cannot be read. With many logs it takes long.
    async fn inspect_blocks(&self) -> Finding {
        blocks::inspection(self.block_store().as_deref(), &*self.log_pruner()).await
    }

    /// Returns how this kind of database stands at the moment, for metrics.
    fn gauges(&self) -> Vec<Gauge> {
        Vec::new()
    }

    /// Keeps space on the disk for changes to keys, so that a key can be revoked when the disk is full.
    /// A server calls this every second. A database on another machine has an operator for it.
    ///
    /// # Errors
    /// When the file system does not allow it, for another reason than want of space.
    async fn reserve_space(&self) -> io::Result<()> {
        Ok(())
    }

    /// Accepts the clock that this database goes by, if it has jumped.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn accept_clock(&self) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Lets a role that does not own the tables do what a server does, now and after further migrations.
    ///
    /// # Errors
    /// When this kind of database has no roles, there is no such role, or the database cannot be changed.
    async fn grant_server_rights(&self, _role: &str) -> Result<Grant, DatabaseError> {
        Err(DatabaseError::Unsupported("this database has no roles"))
    }

    /// Distributes the logs over the machines of a cluster, by client, and returns the tables that were
    /// not distributed before; `None` where there is no cluster.
    ///
    /// # Errors
    /// When the database cannot be changed.
    async fn distribute_logs(&self) -> Result<Option<Vec<&'static str>>, DatabaseError> {
        Ok(None)
    }
}

/// What became of a grant.
///
/// # Examples
///
/// ```
/// use central_logger_database::Grant;
///
/// let left = Grant::Missing { sql: "GRANT writer TO logger;".to_owned() };
/// assert_ne!(left, Grant::Done);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Grant {
    /// The role has all rights.
    Done,
    /// This login may not grant them.
    Missing {
        /// What a privileged user has to run.
        sql: String,
    },
}
