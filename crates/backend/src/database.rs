use crate::{DatabaseSettings, DatabaseUrl};
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{KeyAdmin, KeyFeed, KeyStoreError};
use central_logger_log_store::{LogKeeper, LogStore};
use central_logger_postgres::{Months, PoolStatus, Postgres};
use central_logger_sqlite::Sqlite;
use central_logger_text::Report;
use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::sleep;

/// Both stores in the database that a URL names.
///
/// # Examples
///
/// ```
/// use central_logger_backend::Backend;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files = tempfile::tempdir()?;
/// # let url = format!("sqlite:{}", files.path().join("central-logger.db").display());
/// let backend = Backend::open(&url.parse()?).await?; // `sqlite:PATH` or `postgres://…`
/// assert!(backend.is_new().await?);
/// backend.migrate().await?;
/// assert!(backend.pending().await?.is_empty());
/// assert!(backend.keys().list(None).await?.is_empty());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub enum Backend {
    /// Embedded.
    Sqlite(Sqlite),
    /// A server.
    Postgres(Postgres),
}

/// Why a database cannot be worked with.
///
/// # Examples
///
/// ```
/// use central_logger_backend::{Backend, DatabaseUrl};
/// use central_logger_text::Report;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let files = tempfile::tempdir()?;
/// # let path = files.path().join("letter.db");
/// std::fs::write(&path, "Dear Sir or Madam, this is a letter and no database.")?;
/// let error = Backend::open(&DatabaseUrl::Sqlite(path)).await.unwrap_err();
/// assert!(Report(&error).to_string().contains("letter.db"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// About a SQLite file.
    #[error(transparent)]
    Sqlite(#[from] central_logger_sqlite::OpenError),
    /// About a PostgreSQL server.
    #[error(transparent)]
    Postgres(#[from] central_logger_postgres::OpenError),
}

/// How long to wait before a database is tried again.
const PAUSE: Duration = Duration::from_secs(2);

impl BackendError {
    /// Whether the database may be there in a moment.
    fn is_passing(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(error) => error.is_passing(),
        }
    }
}

impl Backend {
    /// Opens the database and leaves its schema as it is. A SQLite file is made when it is missing.
    ///
    /// # Errors
    /// When it cannot be opened, or a newer program has changed its schema.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, BackendError> {
        Self::open_with(url, Postgres::CONNECTIONS).await
    }

    /// Opens the database with at most so many connections to a server at a time, and one more for the
    /// changes of keys. SQLite has none.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_with(url: &DatabaseUrl, connections: usize) -> Result<Self, BackendError> {
        Ok(match url {
            DatabaseUrl::Sqlite(path) => Self::Sqlite(Sqlite::open(path).await?),
            DatabaseUrl::Postgres(url) => {
                Self::Postgres(Postgres::connect_with(url, connections).await?)
            }
        })
    }

    /// Opens the database as a server does: where it is not there yet, or lets nobody in at the moment,
    /// this tells the log and tries again.
    ///
    /// # Errors
    /// As [`open`](Self::open), once the time to wait is over.
    pub async fn open_patiently(
        url: &DatabaseUrl,
        settings: &DatabaseSettings,
    ) -> Result<Self, BackendError> {
        let began = Instant::now();
        loop {
            match Self::open_with(url, settings.connections).await {
                Err(error) if error.is_passing() && began.elapsed() < settings.wait => {
                    let left = settings.wait.saturating_sub(began.elapsed()).as_secs();
                    let error = Report(&error).to_string();
                    tracing::warn!(error, left_s = left, "waiting for the database");
                    sleep(PAUSE).await;
                }
                opened => return opened,
            }
        }
    }

    /// The keys.
    pub fn keys(&self) -> Arc<dyn KeyAdmin> {
        match self {
            Self::Sqlite(sqlite) => Arc::new(sqlite.keys()),
            Self::Postgres(postgres) => Arc::new(postgres.keys()),
        }
    }

    /// Usage and alerts.
    pub fn activity(&self) -> Arc<dyn ActivityStore> {
        match self {
            Self::Sqlite(sqlite) => Arc::new(sqlite.keys()),
            Self::Postgres(postgres) => Arc::new(postgres.keys()),
        }
    }

    /// The changes of keys.
    pub fn feed(&self) -> Arc<dyn KeyFeed> {
        match self {
            Self::Sqlite(sqlite) => Arc::new(sqlite.feed()),
            Self::Postgres(postgres) => Arc::new(postgres.feed()),
        }
    }

    /// The logs.
    pub fn logs(&self) -> Arc<dyn LogStore> {
        match self {
            Self::Sqlite(sqlite) => Arc::new(sqlite.logs()),
            Self::Postgres(postgres) => Arc::new(postgres.logs()),
        }
    }

    /// What takes logs out again.
    pub fn log_keeper(&self) -> Arc<dyn LogKeeper> {
        match self {
            Self::Sqlite(sqlite) => Arc::new(sqlite.logs()),
            Self::Postgres(postgres) => Arc::new(postgres.logs()),
        }
    }

    /// How the connections to a server are used at the moment; nothing for SQLite, which has none.
    pub fn pool_status(&self) -> Option<PoolStatus> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres) => Some(postgres.pool_status()),
        }
    }

    /// Keeps room back on the disk for changes of keys, so that a key can be revoked when it is full: in a
    /// file beside a SQLite database. To be called again and again by whoever takes entries, which are
    /// refused from then on before that room is needed. PostgreSQL has to be given room by its operator.
    ///
    /// # Errors
    /// When the file system does not allow it, for another reason than want of room.
    pub async fn keep_room(&self) -> io::Result<()> {
        match self {
            Self::Sqlite(sqlite) => sqlite.keep_room().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// How far the clock of this machine is ahead of what a SQLite database expects, if it has jumped.
    /// PostgreSQL goes by its own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn clock_jump(&self) -> Result<Option<time::Duration>, KeyStoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.clock_jump().await,
            Self::Postgres(_) => Ok(None),
        }
    }

    /// Lets a SQLite database believe the clock of this machine from now on.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn accept_clock(&self) -> Result<(), KeyStoreError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.accept_clock().await,
            Self::Postgres(_) => Ok(()),
        }
    }

    /// The SQL that raises the wall between clients within the database, where there could be one and
    /// the login may not make it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn missing_wall(&self) -> Result<Option<String>, BackendError> {
        Ok(match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres) => postgres.missing_wall().await?,
        })
    }

    /// How it stood with the partitions of months when a server last looked after them; nothing for
    /// SQLite, which has none.
    pub fn months(&self) -> Option<Months> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres) => postgres.months(),
        }
    }

    /// The migrations that have not been applied yet, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn pending(&self) -> Result<Vec<&'static str>, BackendError> {
        Ok(match self {
            Self::Sqlite(sqlite) => sqlite.pending().await?,
            Self::Postgres(postgres) => postgres.pending().await?,
        })
    }

    /// Whether nothing was ever migrated here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn is_new(&self) -> Result<bool, BackendError> {
        Ok(match self {
            Self::Sqlite(sqlite) => sqlite.is_new().await?,
            Self::Postgres(postgres) => postgres.is_new().await?,
        })
    }

    /// Brings the schema up to date and gives the names of what was applied.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, BackendError> {
        Ok(match self {
            Self::Sqlite(sqlite) => sqlite.migrate().await?,
            Self::Postgres(postgres) => postgres.migrate().await?,
        })
    }

    /// Distributes the logs over the machines of a Citus cluster, by client, and gives the names of the
    /// tables that were not distributed before; nothing where the database does not have Citus.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn distribute(&self) -> Result<Option<Vec<&'static str>>, BackendError> {
        Ok(match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres) => postgres.distribute().await?,
        })
    }
}
