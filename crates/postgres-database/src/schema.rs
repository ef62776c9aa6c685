//! The schema of a database: looked at, brought up to date, and kept so.

use crate::{
    citus,
    database::Database,
    error::{OpenError, StatementError},
    migrations::{self, too_new},
    partitions::{self, Effort, Months},
    rls,
    schema_change::Patience,
};
use central_logger_log_store::LogId;
use central_logger_postgres_connection::{Connection, WORK_LIMIT};
use central_logger_sql_rows::migrations::Schema;
use deadpool_postgres::Object;
use std::{sync::PoisonError, time::Duration};
use time::OffsetDateTime;
use tokio::time::timeout;

/// How long an error waits for what it is to tell beside its cause.
const LOOK_LIMIT: Duration = Duration::from_secs(1);

impl Database {
    /// The migrations that have not been applied yet, by name.
    ///
    /// # Errors
    /// When the database cannot be read, or is newer than this program.
    pub async fn pending(&self) -> Result<Vec<&'static str>, OpenError> {
        let schema = self.inspect().await?;
        self.need_utf8().await?;
        Ok(migrations::missing(schema))
    }

    /// Whether nothing was ever migrated here.
    ///
    /// # Errors
    /// As [`pending`](Self::pending).
    pub async fn is_new(&self) -> Result<bool, OpenError> {
        Ok(self.inspect().await? == Schema::Behind(0))
    }

    /// What is missing, and nothing that can be left for later when somebody is in the way.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn migrate(&self) -> Result<Vec<&'static str>, OpenError> {
        self.need_utf8().await?;
        let found = self
            .change_schema(async |client| {
                // A large table may take its time.
                let found = migrations::apply(client).await?;
                if !matches!(found, Schema::TooNew(_)) {
                    let patience = match found {
                        // What has just been made is of no use without it.
                        Schema::Behind(_) => Patience::LONG,
                        _ => Patience::SHORT,
                    };
                    rls::enable(client, patience).await?;
                    self.see_whether_distributed(client).await?;
                    partitions::make(client, Effort::Server).await?;
                    let now = client.query_one("SELECT clock_timestamp()", &[]).await?;
                    let months = partitions::months(&*client, now.try_get(0)?).await?;
                    *self.months.write().unwrap_or_else(PoisonError::into_inner) = Some(months);
                }
                Ok(found)
            })
            .await?;
        match found {
            Schema::TooNew(found) => Err(too_new(found)),
            found => Ok(migrations::missing(found)),
        }
    }

    /// What [`migrate`](Self::migrate) has left, however long it takes.
    ///
    /// # Errors
    /// When the database cannot be changed, or somebody holds a lock for too long.
    pub async fn finish_migration(&self) -> Result<(), OpenError> {
        self.change_schema(async |client| {
            rls::enable(client, Patience::LONG).await?;
            partitions::make(client, Effort::Command).await
        })
        .await
    }

    /// Lets `role` do what a server does. Where this login may not say so, gives the SQL.
    ///
    /// # Errors
    /// When there is no such role, or the database cannot be changed.
    pub async fn serve_as(&self, role: &str) -> Result<Option<String>, OpenError> {
        self.change_schema(async |client| rls::serve_as(client, role).await)
            .await
    }

    /// Returns the SQL that enables row-level security, where it is off.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn missing_rls(&self) -> Result<Option<String>, OpenError> {
        self.look(async |client| match rls::is_enabled(&*client).await? {
            true => Ok(None),
            false => rls::sql(&*client).await.map(Some),
        })
        .await
    }

    /// Returns who may take the roles of row-level security and should not, each with the role.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn strangers(&self) -> Result<Vec<(String, String)>, OpenError> {
        self.look(async |client| rls::strangers(&*client).await)
            .await
    }

    /// Distributes the tables that are not distributed yet, where there is Citus, and gives their names.
    ///
    /// # Errors
    /// When the database cannot be changed.
    pub async fn distribute(&self) -> Result<Option<Vec<&'static str>>, OpenError> {
        self.change_schema(async |client| citus::distribute(client).await)
            .await
    }

    /// How it stands with the months of logs, by the database's clock.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn look_at_months(&self) -> Result<Months, OpenError> {
        self.look(async |client| {
            let now = client.query_one("SELECT clock_timestamp()", &[]).await?;
            partitions::months(&*client, now.try_get(0)?).await
        })
        .await
    }

    /// How it stood with the months of logs when they were last kept.
    pub fn months(&self) -> Option<Months> {
        let months = self.months.read().unwrap_or_else(PoisonError::into_inner);
        months.clone()
    }

    /// Makes months and drops those that have ended, beside the other work.
    ///
    /// # Errors
    /// When the database cannot be used.
    pub async fn maintain_partitions(
        &self,
        now: OffsetDateTime,
        ended: Option<LogId>,
    ) -> Result<(), StatementError> {
        let mut client = self.connections.lend().await?;
        self.need_current_schema(&client).await?;
        let kept = partitions::keep(&mut client, now, ended).await;
        let months = partitions::months(&*client, now).await?;
        // Until the end of the month there is time, but not without end.
        if months.ready < 2 {
            let missing = months.missing.join(", ");
            tracing::warn!(
                missing,
                may_make = months.may_make,
                "logs of these months go to workflow_logs_default, and cannot be dropped together: \
                 run `central-logger-admin migrate` as the owner of the tables"
            );
        }
        *self.months.write().unwrap_or_else(PoisonError::into_inner) = Some(months);
        kept
    }

    pub(crate) async fn inspect(&self) -> Result<Schema, OpenError> {
        let schema = self.look(async |client| migrations::inspect(&*client).await);
        match schema.await? {
            Schema::TooNew(found) => Err(too_new(found)),
            other => Ok(other),
        }
    }

    async fn need_utf8(&self) -> Result<(), OpenError> {
        let found = self.look(async |client| {
            let row = client.query_one("SHOW server_encoding", &[]).await?;
            Ok(row.try_get::<_, String>(0)?)
        });
        match found.await? {
            found if found == "UTF8" => Ok(()),
            found => Err(OpenError::Encoding { found }),
        }
    }

    /// Reads something about the schema, within a limit of time.
    async fn look<T>(
        &self,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StatementError>,
    ) -> Result<T, OpenError> {
        let mut client = self.client_to_open().await?;
        let done = timeout(WORK_LIMIT, work(&mut client)).await;
        let done = done.unwrap_or(Err(StatementError::TimedOut));
        match done {
            Ok(done) => Ok(done),
            Err(error) => Err(self.schema_error(&client, error).await),
        }
    }

    /// Changes the schema, which waits for locks as long as it says itself.
    async fn change_schema<T>(
        &self,
        work: impl AsyncFnOnce(&mut Object) -> Result<T, StatementError>,
    ) -> Result<T, OpenError> {
        let mut client = self.client_to_open().await?;
        match work(&mut client).await {
            Ok(done) => Ok(done),
            Err(error) => Err(self.schema_error(&client, error).await),
        }
    }

    async fn schema_error(&self, client: &Object, error: StatementError) -> OpenError {
        let cause = match error {
            error if error.is_forbidden() => Box::new(StatementError::NotOwner {
                source: Box::new(error),
            }),
            error => Box::new(error),
        };
        let search_path = timeout(LOOK_LIMIT, client.query_one("SHOW search_path", &[])).await;
        let search_path = match search_path {
            Ok(Ok(row)) => row.try_get(0).unwrap_or_default(),
            _ => "unknown".to_owned(),
        };
        OpenError::Schema { search_path, cause }
    }

    async fn client_to_open(&self) -> Result<Connection, OpenError> {
        let client = self.connections.lend().await;
        client.map_err(|error| OpenError::Unreachable {
            server: self.server.clone(),
            cause: Box::new(StatementError::from(error)),
        })
    }
}
