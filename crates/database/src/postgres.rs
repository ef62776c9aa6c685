use crate::{Database, DatabaseError, Driver, Finding, Gauge, Grant, OpenOptions, Sample, blocks};
use async_trait::async_trait;
use central_logger_block_store::BlockStore;
use central_logger_database_move::{PostgresTables, RawTables};
use central_logger_key_activity::ActivityStore;
use central_logger_key_store::{KeyAdmin, KeyFeed};
use central_logger_limits::LimitStore;
use central_logger_log_store::{LogPruner, LogStore};
use central_logger_postgres::{OpenError, Postgres};
use central_logger_sessions::SessionStore;
use central_logger_workflows::WorkflowStore;
use std::sync::Arc;

/// Opens `postgres://…` and `postgresql://…`.
///
/// # Examples
///
/// ```
/// use central_logger_database::{Driver, PostgresDriver};
///
/// assert_eq!(PostgresDriver.schemes(), ["postgres", "postgresql"]);
/// assert!(PostgresDriver.has_password("postgres://logger:secret@db/logger"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PostgresDriver;

#[async_trait]
impl Driver for PostgresDriver {
    fn name(&self) -> &'static str {
        "PostgreSQL"
    }

    fn schemes(&self) -> &'static [&'static str] {
        &["postgres", "postgresql"]
    }

    fn url_form(&self) -> &'static str {
        "postgres://USER:PASSWORD@HOST:PORT/DATABASE"
    }

    fn is_url(&self, url: &str) -> bool {
        url.contains("://")
    }

    fn has_password(&self, url: &str) -> bool {
        let (base, parameters) = url.split_once('?').unwrap_or((url, ""));
        let login = base.rsplit_once('@').map_or("", |(login, _)| login);
        let login = login.split_once("://").map_or(login, |(_, login)| login);
        let in_login = login
            .split_once(':')
            .is_some_and(|(_, password)| !password.is_empty());
        let secrets = ["password=", "sslpassword="];
        let is_secret = |parameter: &str| secrets.iter().any(|name| parameter.starts_with(name));
        in_login || parameters.split('&').any(is_secret)
    }

    async fn open_tables(&self, url: &str) -> Result<Box<dyn RawTables>, DatabaseError> {
        Ok(Box::new(PostgresTables::connect(url).await?))
    }

    async fn open(
        &self,
        url: &str,
        options: &OpenOptions,
    ) -> Result<Arc<dyn Database>, DatabaseError> {
        let postgres = Postgres::connect_with(url, options.connections).await?;
        Ok(Arc::new(postgres))
    }
}

#[async_trait]
impl Database for Postgres {
    fn keys(&self) -> Arc<dyn KeyAdmin> {
        Arc::new(self.keys())
    }

    fn activity(&self) -> Arc<dyn ActivityStore> {
        Arc::new(self.keys())
    }

    fn feed(&self) -> Arc<dyn KeyFeed> {
        Arc::new(self.feed())
    }

    fn limits(&self) -> Option<Arc<dyn LimitStore>> {
        Some(Arc::new(self.limits()))
    }

    fn sessions(&self) -> Arc<dyn SessionStore> {
        Arc::new(self.sessions())
    }

    fn workflows(&self) -> Arc<dyn WorkflowStore> {
        Arc::new(self.workflows())
    }

    fn logs(&self) -> Arc<dyn LogStore> {
        Arc::new(self.logs())
    }

    fn log_pruner(&self) -> Arc<dyn LogPruner> {
        Arc::new(self.logs())
    }

    fn block_store(&self) -> Option<Arc<dyn BlockStore>> {
        Some(Arc::new(self.logs()))
    }

    async fn pending_migrations(&self) -> Result<Vec<&'static str>, DatabaseError> {
        Ok(self.pending().await?)
    }

    async fn is_new(&self) -> Result<bool, DatabaseError> {
        Ok(self.is_new().await?)
    }

    async fn migrate(&self) -> Result<Vec<&'static str>, DatabaseError> {
        Ok(self.migrate().await?)
    }

    async fn finish_migration(&self) -> Result<(), DatabaseError> {
        Ok(self.finish_migration().await?)
    }

    async fn findings(&self) -> Vec<Finding> {
        vec![
            isolation(self).await,
            partitions(self).await,
            Finding::ok("removal", "by the clock of the database"),
            blocks::finding(&self.logs()).await,
        ]
    }

    fn gauges(&self) -> Vec<Gauge> {
        let pool = self.pool_status();
        let state = |state, value| Sample {
            label: Some(("state", state)),
            value,
        };
        let mut gauges = vec![
            Gauge::with_samples(
                "pool_connections",
                "Connections to the database",
                vec![state("in_use", pool.in_use), state("idle", pool.idle)],
            ),
            Gauge::new(
                "pool_max_connections",
                "How many connections to the database there may be",
                pool.most,
            ),
            Gauge::new(
                "pool_waiting",
                "How many wait for a connection to the database",
                pool.waiting,
            ),
        ];
        if let Some(months) = self.months() {
            gauges.push(Gauge::new(
                "partitions_ready",
                "Months, from the current one on, that have a partition",
                months.ready,
            ));
        }
        gauges
    }

    async fn grant_server_rights(&self, role: &str) -> Result<Grant, DatabaseError> {
        Ok(match self.serve_as(role).await? {
            None => Grant::Done,
            Some(sql) => Grant::Missing { sql },
        })
    }

    async fn distribute_logs(&self) -> Result<Option<Vec<&'static str>>, DatabaseError> {
        Ok(self.distribute().await?)
    }
}

/// Whether the database itself keeps clients apart.
async fn isolation(postgres: &Postgres) -> Finding {
    const CHECK: &str = "isolation";
    match postgres.missing_rls().await {
        Err(error) => return Finding::failed(CHECK, &error),
        Ok(Some(sql)) => {
            return Finding::problem(
                CHECK,
                format!(
                    "row-level security is off, so the servers alone keep clients apart: run this SQL as a \
                     privileged user:\n{sql}"
                ),
            );
        }
        Ok(None) => {}
    }
    match postgres.strangers().await {
        Err(error) => Finding::failed(CHECK, &error),
        Ok(strangers) if strangers.is_empty() => {
            Finding::ok(CHECK, "row-level security keeps clients apart")
        }
        Ok(strangers) => Finding::problem(CHECK, taken_by(&strangers)),
    }
}

/// Says who may read, write or delete logs and should not.
fn taken_by(strangers: &[(String, String)]) -> String {
    let each = strangers.iter().map(|(member, role)| {
        format!("{member} may take the role {role}: REVOKE {role} FROM {member};")
    });
    let each: Vec<_> = each.collect();
    format!(
        "not known to be the login of a server (`migrate --serve-as` makes one known):\n{}",
        each.join("\n")
    )
}

/// Whether the entries of this month and the next lie in partitions of their own.
async fn partitions(postgres: &Postgres) -> Finding {
    const CHECK: &str = "partitions";
    match postgres.look_at_months().await {
        Err(error) => Finding::failed(CHECK, &error),
        Ok(months) if months.ready < 2 => {
            let who = match months.may_make {
                true => "",
                false => " as the owner of the tables, which this login is not",
            };
            Finding::problem(
                CHECK,
                format!(
                    "no partition of {}: their logs go to workflow_logs_default, and cannot be \
                     dropped together: run `central-logger-admin migrate`{who}",
                    months.missing.join(", ")
                ),
            )
        }
        Ok(months) => Finding::ok(CHECK, format!("{} months are ready", months.ready)),
    }
}

impl From<OpenError> for DatabaseError {
    fn from(error: OpenError) -> Self {
        match error.is_transient() {
            true => Self::Unavailable(Box::new(error)),
            false => Self::Failed(Box::new(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_seen_wherever_it_stands() {
        for (url, has_password) in [
            ("postgres://u:p@h/d", true),
            ("postgres://u:p@w@h/d", true),
            ("postgres://h/d?password=p", true),
            ("postgres://h/d?user=u&sslpassword=p", true),
            ("postgres://u@h:5432/d", false),
            ("postgres://u:@h:5432/d", false),
            ("postgres://h:5432/d?passfile=x", false),
            ("postgresql:///d?host=/run", false),
        ] {
            assert!(PostgresDriver.is_url(url), "{url}");
            assert_eq!(PostgresDriver.has_password(url), has_password, "{url}");
        }
        assert!(!PostgresDriver.is_url("postgres:u:p@h"));
    }
}
