//! The SQL that enables row-level security, for this login or for a privileged user.

use super::{
    policies::{Policy, policies},
    rights::{TABLES, Table},
    roles::Roles,
    state,
};
use crate::error::StatementError;
use deadpool_postgres::GenericClient;

/// Rights that other installations' roles have here: of former versions, and of the database that this
/// one is a copy of.
const FOREIGN_GRANTS: &str = "
    SELECT DISTINCT quote_ident(relname), quote_ident(rolname)
    FROM pg_catalog.pg_class, aclexplode(relacl) AS granted
    JOIN pg_catalog.pg_roles ON pg_roles.oid = grantee
    WHERE pg_class.oid = ANY ($1::text[]::regclass[]) AND rolname <> ALL ($2)
      AND rolname ~ '^central_logger_(writer|reader|keeper|server)(_[0-9]+_[0-9]+)?$'";

/// Logins that were given rights by hand, and must be able to connect as before.
const GRANTEES: &str = "
    SELECT DISTINCT quote_ident(rolname)
    FROM pg_catalog.pg_class, aclexplode(relacl) AS granted
    JOIN pg_catalog.pg_roles ON pg_roles.oid = grantee
    WHERE pg_class.oid = ANY ($1::text[]::regclass[]) AND rolcanlogin";

/// Returns what enables row-level security for this login.
pub(crate) async fn sql(client: &impl GenericClient) -> Result<String, StatementError> {
    let roles = Roles::of_this_installation(client).await?;
    // A superuser can take any role.
    let about =
        "SELECT quote_ident(current_user), rolsuper, pg_has_role(current_user, relowner, 'USAGE'),
                     quote_ident(nspname), quote_ident(current_database())
                 FROM pg_catalog.pg_roles, pg_catalog.pg_class
                 JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
                 WHERE rolname = current_user AND pg_class.oid = 'workflow_logs'::regclass";
    let about = client.query_one(about, &[]).await?;
    let (login, is_superuser, is_owner): (String, bool, bool) =
        (about.try_get(0)?, about.try_get(1)?, about.try_get(2)?);
    let (schema, database): (String, String) = (about.try_get(3)?, about.try_get(4)?);
    let (all, taken) = (roles.all(), roles.taken().join(", "));
    let server = roles.server();
    // Another login may be making them at this moment.
    let mut sql: String = all
        .iter()
        .map(|role| {
            format!(
                "DO $$ BEGIN CREATE ROLE {role} NOLOGIN; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;\n"
            )
        })
        .collect();
    sql += &format!("GRANT {taken} TO {server};\n");
    if !is_superuser && is_owner {
        sql += &format!("GRANT {taken} TO {login};\n");
    } else if !is_superuser {
        sql += &format!("GRANT {server} TO {login};\n");
    }
    sql += &format!("GRANT USAGE ON SCHEMA {schema} TO {};\n", all.join(", "));
    let tables: Vec<_> = TABLES.iter().map(|table| table.name).collect();
    if state::roles(client).await?.as_ref() != Some(&roles) {
        sql += &closed_to_the_public(client, &tables, &schema, &database, &server, &login).await?;
    }
    for row in client
        .query(FOREIGN_GRANTS, &[&tables, &all.as_slice()])
        .await?
    {
        let (table, role): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
        sql += &format!(
            "REVOKE ALL ON {schema}.{table} FROM {role};\n\
             REVOKE ALL ON SCHEMA {schema} FROM {role};\n"
        );
    }
    for table in TABLES {
        let name = format!("{schema}.{}", table.name);
        sql += &grants(&name, &table.grants(&roles));
        if table.is_of_logs() {
            sql += &row_level_security(&name, table, &roles);
        }
    }
    Ok(sql)
}

pub(super) fn grants(table: &str, grants: &[(String, &[&str])]) -> String {
    let grants = grants
        .iter()
        .filter(|(_, privileges)| !privileges.is_empty());
    let grants = grants.map(|(role, privileges)| {
        format!("GRANT {} ON {table} TO {role};\n", privileges.join(", "))
    });
    grants.collect()
}

pub(super) fn row_level_security(table_name: &str, table: &Table, roles: &Roles) -> String {
    let mut sql = String::new();
    for Policy {
        name,
        role,
        command,
        rule,
    } in policies(roles, table)
    {
        sql += &format!(
            "DROP POLICY IF EXISTS {name} ON {table_name};\n\
             CREATE POLICY {name} ON {table_name} FOR {command} TO {role}\n    {rule};\n"
        );
    }
    sql + &format!("ALTER TABLE {table_name} FORCE ROW LEVEL SECURITY;\n")
}

/// Nobody else connects or makes anything here. Where the login may not say so, PostgreSQL warns and goes
/// on.
async fn closed_to_the_public(
    client: &impl GenericClient,
    tables: &[&str],
    schema: &str,
    database: &str,
    server: &str,
    login: &str,
) -> Result<String, StatementError> {
    let mut others = vec![server.to_owned(), login.to_owned()];
    for row in client.query(GRANTEES, &[&tables]).await? {
        others.push(row.try_get(0)?);
    }
    others.dedup();
    Ok(format!(
        "GRANT CONNECT ON DATABASE {database} TO {};\n\
         REVOKE CONNECT ON DATABASE {database} FROM PUBLIC;\n\
         REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;\n",
        others.join(", ")
    ))
}
