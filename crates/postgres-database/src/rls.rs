//! Row-level security: PostgreSQL itself shows a transaction the logs of one client.
//!
//! It is forced on the log tables, and each transaction takes a role that can do no more than it has to.
//! So it holds even where the login owns the tables or is a superuser.

mod policies;
mod rights;
mod roles;
mod sql;
mod state;

pub use roles::Roles;
pub(crate) use sql::sql;
pub(crate) use state::{is_enabled, roles};

use crate::{
    error::StatementError,
    schema_change::{Attempts, Patience},
};
use deadpool_postgres::{GenericClient, Object};
use rights::TABLES;
use sql::{grants, row_level_security};
use state::{can_take, unforced};

/// Logins and groups that can take a role of $1 and are not known to be the server's.
const STRANGERS: &str = "
    SELECT DISTINCT quote_ident(member.rolname), quote_ident(role.rolname)
    FROM pg_catalog.pg_auth_members
    JOIN pg_catalog.pg_roles AS role ON role.oid = roleid
    JOIN pg_catalog.pg_roles AS member ON member.oid = pg_auth_members.member
    WHERE role.rolname = ANY ($1) AND NOT member.rolsuper
      AND member.rolname <> ALL (ARRAY[current_user::text, $2])
      AND member.oid <> (SELECT relowner FROM pg_catalog.pg_class WHERE oid = 'workflow_logs'::regclass)
    ORDER BY 1, 2";

/// Makes what is missing, as far as the login may: when it may not, this changes nothing.
pub(crate) async fn enable(client: &mut Object, patience: Patience) -> Result<(), StatementError> {
    if is_enabled(&*client).await? {
        return Ok(());
    }
    match enable_missing(client, patience).await {
        Err(error) if error.is_forbidden() => extend_shared(client, patience).await,
        // Without it, the servers hold clients apart alone, and the next start tries again.
        Err(StatementError::LockedOut { .. }) => Ok(()),
        done => done,
    }
}

async fn enable_missing(client: &mut Object, patience: Patience) -> Result<(), StatementError> {
    let mut attempts = Attempts::new(patience);
    loop {
        let transaction = attempts.begin(client).await?;
        let enabled = async {
            if !is_enabled(&transaction).await? {
                transaction.batch_execute(&sql(&transaction).await?).await?;
            }
            Ok(())
        };
        let enabled = enabled.await;
        if attempts.end(transaction, enabled).await?.is_some() {
            return Ok(());
        }
    }
}

/// Where the login may not make roles and has those that all installations shared, gives them the tables
/// that came since.
async fn extend_shared(client: &mut Object, patience: Patience) -> Result<(), StatementError> {
    let shared = Roles::shared();
    if !can_take(&*client, &shared).await? {
        return Ok(());
    }
    let unforced = unforced(&*client).await?;
    let mut sql = String::new();
    for table in TABLES
        .iter()
        .filter(|table| unforced.iter().any(|name| name == table.name))
    {
        sql += &grants(table.name, &table.grants_to_the_taken(&shared));
        sql += &row_level_security(table.name, table, &shared);
    }
    let mut attempts = Attempts::new(patience);
    loop {
        let transaction = attempts.begin(client).await?;
        let extended = transaction
            .batch_execute(&sql)
            .await
            .map_err(StatementError::from);
        match attempts.end(transaction, extended).await {
            Ok(None) => {}
            Err(error) if !error.is_forbidden() => return Err(error),
            Ok(Some(())) | Err(_) => return Ok(()),
        }
    }
}

/// Lets `role` do all that a server does, and gives its SQL where this login may not say so.
pub(crate) async fn serve_as(
    client: &Object,
    role: &str,
) -> Result<Option<String>, StatementError> {
    let row = client
        .query_opt(
            "SELECT quote_ident(rolname) FROM pg_catalog.pg_roles WHERE rolname = $1",
            &[&role],
        )
        .await?;
    let Some(row) = row else {
        return Err(StatementError::NoSuchRole(role.to_owned()));
    };
    let name: String = row.try_get(0)?;
    let server = Roles::of_this_installation(client).await?.server();
    let grant = format!("GRANT {server} TO {name}");
    if !is_enabled(client).await? {
        return Ok(Some(format!("{}{grant};\n", sql(client).await?)));
    }
    // No lock of a table is needed for it.
    match client
        .batch_execute(&grant)
        .await
        .map_err(StatementError::from)
    {
        Err(error) if error.is_forbidden() => Ok(Some(format!("{grant};\n"))),
        granted => granted.map(|()| None),
    }
}

/// Those who can take a role that reads, writes or deletes logs, and are not known to be the server's: each with the role.
pub(crate) async fn strangers(
    client: &impl GenericClient,
) -> Result<Vec<(String, String)>, StatementError> {
    let roles = Roles::of_this_installation(client).await?;
    let rows = client
        .query(STRANGERS, &[&roles.taken().as_slice(), &roles.server()])
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect()
}
