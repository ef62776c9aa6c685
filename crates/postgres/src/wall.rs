//! The second wall between clients: PostgreSQL itself shows a transaction the logs of one client.
//!
//! Row-level security is forced on the log tables, and each transaction takes a role that can do no
//! more than it has to. So the wall stands even where the login owns the tables or is a superuser.

use crate::{
    error::StatementError,
    rights::{self, TABLES},
    roles::Roles,
    schema_change::{Attempts, Patience},
    wall_sql::{grants, policies, row_level_security, sql},
};
use deadpool_postgres::{GenericClient, Object};

/// Whether the roles of $1 can be taken.
const CAN_TAKE: &str = "
    SELECT count(*) = cardinality($1::text[]) FROM pg_catalog.pg_roles
    WHERE rolname = ANY ($1)
      AND pg_has_role(current_user, oid, CASE
          WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET'
          ELSE 'MEMBER' END)";

/// The tables among those of $1 on which row-level security is not forced.
const UNFORCED: &str = "
    SELECT relname::text FROM pg_catalog.pg_class
    WHERE oid = ANY ($1::text[]::regclass[]) AND NOT relforcerowsecurity";

/// How many of the policies of $2, each for the role of $3, there are on the tables of $1.
const POLICIES: &str = "
    SELECT count(*) FROM pg_catalog.pg_policy
    JOIN pg_catalog.pg_roles ON polroles = ARRAY[pg_roles.oid]
    JOIN unnest($2::text[], $3::text[]) AS wanted (policy, role) ON policy = polname AND role = rolname
    WHERE polrelid = ANY ($1::text[]::regclass[])";

/// Whether no right of $1, $2 and $3 is missing.
const HAS_RIGHTS: &str = "
    SELECT bool_and(pg_roles.oid IS NOT NULL
                    AND has_table_privilege(pg_roles.oid, name::regclass, privilege))
    FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (role, name, privilege)
    LEFT JOIN pg_catalog.pg_roles ON rolname = role";

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

/// The roles that this login can take here: its installation's own, or those that all shared before.
pub(crate) async fn roles(client: &impl GenericClient) -> Result<Option<Roles>, StatementError> {
    if !unforced(client).await?.is_empty() {
        return Ok(None);
    }
    let own = Roles::of_this_installation(client).await?;
    let shared = Roles::shared();
    if can_take(client, &own).await? && has_policies(client, &own).await? {
        return Ok(Some(own));
    }
    Ok(can_take(client, &shared).await?.then_some(shared))
}

async fn can_take(client: &impl GenericClient, roles: &Roles) -> Result<bool, StatementError> {
    let taken = roles.taken();
    let row = client.query_one(CAN_TAKE, &[&taken.as_slice()]).await?;
    Ok(row.try_get(0)?)
}

async fn unforced(client: &impl GenericClient) -> Result<Vec<String>, StatementError> {
    let tables = rights::tables_of_logs();
    let rows = client.query(UNFORCED, &[&tables]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn has_policies(client: &impl GenericClient, roles: &Roles) -> Result<bool, StatementError> {
    let tables = rights::tables_of_logs();
    let (names, of): (Vec<_>, Vec<_>) = policies(roles)
        .into_iter()
        .map(|policy| (policy.name, policy.role))
        .unzip();
    let row = client.query_one(POLICIES, &[&tables, &names, &of]).await?;
    let found = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0);
    Ok(found == names.len() * tables.len())
}

/// Whether nothing is missing in this database, for this login.
pub(crate) async fn stands(client: &impl GenericClient) -> Result<bool, StatementError> {
    let own = Roles::of_this_installation(client).await?;
    if roles(client).await?.as_ref() != Some(&own) {
        return Ok(false);
    }
    let rights = rights::all(&own);
    let roles: Vec<_> = rights.iter().map(|right| &*right.role).collect();
    let tables: Vec<_> = rights.iter().map(|right| right.table).collect();
    let privileges: Vec<_> = rights.iter().map(|right| right.privilege).collect();
    let row = client
        .query_one(HAS_RIGHTS, &[&roles, &tables, &privileges])
        .await?;
    Ok(row.try_get::<_, Option<bool>>(0)?.unwrap_or(false))
}

/// Makes what is missing, as far as the login may: when it may not, this changes nothing.
pub(crate) async fn raise(client: &mut Object, patience: Patience) -> Result<(), StatementError> {
    if stands(&*client).await? {
        return Ok(());
    }
    match raise_missing(client, patience).await {
        Err(error) if error.is_forbidden() => extend_shared(client, patience).await,
        // Without it, the servers hold clients apart alone, and the next start tries again.
        Err(StatementError::LockedOut { .. }) => Ok(()),
        raised => raised,
    }
}

async fn raise_missing(client: &mut Object, patience: Patience) -> Result<(), StatementError> {
    let mut attempts = Attempts::new(patience);
    loop {
        let transaction = attempts.begin(client).await?;
        let raised = async {
            if !stands(&transaction).await? {
                transaction.batch_execute(&sql(&transaction).await?).await?;
            }
            Ok(())
        };
        let raised = raised.await;
        if attempts.end(transaction, raised).await?.is_some() {
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
        sql += &row_level_security(table.name, &shared);
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
    if !stands(client).await? {
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
