//! The second wall between clients: PostgreSQL itself shows a transaction the logs of one client.
//!
//! Row-level security is forced on the log tables, and each transaction takes a role that can do no
//! more than it has to. So the wall stands even where the login owns the tables or is a superuser.

use crate::{database::Database, error::StatementError, migrations};
use central_logger_keys::ClientId;
use deadpool_postgres::{GenericClient, Object, Transaction};
use std::time::Duration;
use tokio_postgres::error::SqlState;

/// May add logs, and nothing else.
pub(crate) const WRITER: &str = "central_logger_writer";
/// May see the logs of the client that `app.client_id` names.
const READER: &str = "central_logger_reader";
/// May delete logs of all clients: for terms that have ended.
pub(crate) const KEEPER: &str = "central_logger_keeper";

/// How long a statement reads logs unless told otherwise: less than any work may take.
pub(crate) const READ_LIMIT: Duration = Duration::from_secs(5);

/// What keeps statements on logs on the primary key, in whose order all is read and removed, whatever the
/// statistics of a table say that has just been made, filled or emptied. There is always this way, so
/// that the others are never needed.
pub(crate) const IN_INDEX_ORDER: &str = "SET LOCAL enable_seqscan = off;
    SET LOCAL enable_bitmapscan = off;
    SET LOCAL enable_sort = off;";

/// Whether the roles can be taken and the log tables are held by them.
const STANDS: &str = "
    SELECT (SELECT bool_and(relforcerowsecurity) FROM pg_catalog.pg_class
            WHERE oid = ANY ($1::text[]::regclass[]))
       AND (SELECT count(*) = cardinality($2::text[]) FROM pg_catalog.pg_roles
            WHERE rolname = ANY ($2)
              AND pg_has_role(current_user, oid, CASE
                  WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET'
                  ELSE 'MEMBER' END))";

/// The tables of logs, and what the writer may do with each.
const TABLES: [(&str, &str); 3] = [
    ("workflow_logs", "INSERT"),
    ("idempotency_keys", "SELECT, INSERT, UPDATE"),
    ("log_arrivals", "INSERT"),
];

/// Whether the wall stands in this database, for this login.
pub(crate) async fn stands(client: &impl GenericClient) -> Result<bool, StatementError> {
    let tables = TABLES.map(|(table, _)| table);
    let roles = [WRITER, READER, KEEPER];
    let row = client
        .query_one(STANDS, &[&tables.as_slice(), &roles.as_slice()])
        .await?;
    Ok(row.try_get::<_, Option<bool>>(0)?.unwrap_or(false))
}

/// Makes what the wall needs where it does not stand, as far as the login may: when it may not, this
/// changes nothing.
pub(crate) async fn raise(client: &mut Object) -> Result<(), StatementError> {
    let transaction = migrations::locked(client).await?;
    if stands(&transaction).await? {
        return Ok(());
    }
    let sql = sql(&transaction).await?;
    match transaction.batch_execute(&sql).await {
        Ok(()) => Ok(transaction.commit().await?),
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// What raises the wall for this login, for whoever may.
pub(crate) async fn sql(client: &impl GenericClient) -> Result<String, StatementError> {
    // A superuser can take any role.
    let login = "SELECT quote_ident(rolname), rolsuper, quote_ident(current_schema())
                 FROM pg_catalog.pg_roles WHERE rolname = current_user";
    let login = client.query_one(login, &[]).await?;
    let (name, is_superuser, schema): (String, bool, String) =
        (login.try_get(0)?, login.try_get(1)?, login.try_get(2)?);
    // Roles belong to the whole cluster, and another database may be making them at this moment.
    let mut sql: String = [WRITER, READER, KEEPER]
        .map(|role| {
            format!(
                "DO $$ BEGIN CREATE ROLE {role} NOLOGIN; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;\n"
            )
        })
        .concat();
    if !is_superuser {
        sql += &format!("GRANT {WRITER}, {READER}, {KEEPER} TO {name};\n");
    }
    sql += &format!("GRANT USAGE ON SCHEMA {schema} TO {WRITER}, {READER}, {KEEPER};\n");
    for (table, writing) in TABLES {
        // The login inherits what its roles may, but is not the keeper until it takes that role.
        sql += &format!(
            "GRANT {writing} ON {schema}.{table} TO {WRITER};\n\
             GRANT SELECT ON {schema}.{table} TO {READER};\n\
             GRANT SELECT, DELETE ON {schema}.{table} TO {KEEPER};\n\
             DROP POLICY IF EXISTS keeping ON {schema}.{table};\n\
             CREATE POLICY keeping ON {schema}.{table} TO {KEEPER}\n    \
                 USING (current_user = '{KEEPER}');\n\
             ALTER TABLE {schema}.{table} FORCE ROW LEVEL SECURITY;\n"
        );
    }
    Ok(sql)
}

impl Database {
    /// Reads logs of `client` in a transaction that sees no others: the one way to do so.
    ///
    /// Each statement is ended after `limit`. The transaction is not committed, so it is no place for
    /// changes.
    pub(crate) async fn read_logs<T>(
        &self,
        client: &ClientId,
        limit: Duration,
        work: impl AsyncFnOnce(&Transaction<'_>) -> Result<T, StatementError>,
    ) -> Result<T, StatementError> {
        self.run_reading(async |connection| {
            let role = self.take_role(READER);
            // PostgreSQL takes 0 for no limit.
            let limit = limit.as_millis().max(1);
            // SET takes no parameter; a client id has no character that would end the literal.
            let narrow = format!(
                "SET TRANSACTION READ ONLY;
                 SET LOCAL statement_timeout = {limit};
                 SET LOCAL citus.propagate_set_commands = 'local';
                 {IN_INDEX_ORDER}
                 {role}SET LOCAL app.client_id = '{client}'"
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

    /// The statement that takes a role of the wall, where it stands.
    pub(crate) fn take_role(&self, role: &str) -> String {
        match self.has_wall() {
            true => format!("SET LOCAL ROLE {role};"),
            false => String::new(),
        }
    }
}
