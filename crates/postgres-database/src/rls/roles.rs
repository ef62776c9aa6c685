//! The roles under which PostgreSQL keeps clients apart, of which none can log in.

use crate::error::StatementError;
use deadpool_postgres::GenericClient;

/// The roles of one installation. Roles belong to the whole cluster, so their names hold the numbers of
/// the database and of the schema: neither another installation nor a copy of this one has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    suffix: String,
}

impl Roles {
    /// Those of the installation that the login sees.
    pub(crate) async fn of_this_installation(
        client: &impl GenericClient,
    ) -> Result<Self, StatementError> {
        let sql = "SELECT '_' || pg_database.oid || '_' || relnamespace
                   FROM pg_catalog.pg_database, pg_catalog.pg_class
                   WHERE datname = current_database() AND pg_class.oid = 'workflow_logs'::regclass";
        let suffix = client.query_one(sql, &[]).await?.try_get(0)?;
        Ok(Self { suffix })
    }

    /// Those that all installations of a cluster shared up to version 11 of the schema.
    pub(crate) fn shared() -> Self {
        Self {
            suffix: String::new(),
        }
    }

    /// May add logs, and nothing else.
    pub fn writer(&self) -> String {
        format!("central_logger_writer{}", self.suffix)
    }

    /// May see the logs of the client that `app.client_id` names.
    pub fn reader(&self) -> String {
        format!("central_logger_reader{}", self.suffix)
    }

    /// May delete logs of all clients: for terms that have ended.
    pub fn keeper(&self) -> String {
        format!("central_logger_keeper{}", self.suffix)
    }

    /// May do all that a server does, for logins that do not own the tables.
    pub(crate) fn server(&self) -> String {
        format!("central_logger_server{}", self.suffix)
    }

    /// The roles that transactions on logs take.
    pub(crate) fn taken(&self) -> [String; 3] {
        [self.writer(), self.reader(), self.keeper()]
    }

    /// All of them.
    pub(crate) fn all(&self) -> [String; 4] {
        [self.writer(), self.reader(), self.keeper(), self.server()]
    }
}
