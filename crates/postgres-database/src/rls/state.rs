//! Whether row-level security is enabled, as the catalogue of the database says.

use super::{policies::policies, rights, roles::Roles};
use crate::error::StatementError;
use deadpool_postgres::GenericClient;

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

pub(super) async fn can_take(
    client: &impl GenericClient,
    roles: &Roles,
) -> Result<bool, StatementError> {
    let taken = roles.taken();
    let row = client.query_one(CAN_TAKE, &[&taken.as_slice()]).await?;
    Ok(row.try_get(0)?)
}

pub(super) async fn unforced(client: &impl GenericClient) -> Result<Vec<String>, StatementError> {
    let tables = rights::tables_of_logs();
    let rows = client.query(UNFORCED, &[&tables]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn has_policies(client: &impl GenericClient, roles: &Roles) -> Result<bool, StatementError> {
    let tables = rights::tables_of_logs();
    // All tables have those of the same names and roles.
    let of_one = rights::TABLES.iter().find(|table| table.is_of_logs());
    let (names, of): (Vec<_>, Vec<_>) = of_one
        .into_iter()
        .flat_map(|table| policies(roles, table))
        .map(|policy| (policy.name, policy.role))
        .unzip();
    let row = client.query_one(POLICIES, &[&tables, &names, &of]).await?;
    let found = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0);
    Ok(found == names.len() * tables.len())
}

/// Returns whether nothing is missing in this database, for this login.
pub(crate) async fn is_enabled(client: &impl GenericClient) -> Result<bool, StatementError> {
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
