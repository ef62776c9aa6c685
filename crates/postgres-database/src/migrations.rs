//! Bringing the schema up to date.

use crate::{
    error::{OpenError, StatementError},
    schema_change::{Attempts, Patience},
};
use central_logger_sql_rows::migrations::{Migration, Migrations, Schema};
use deadpool_postgres::{GenericClient, Object, Transaction};
use tokio_postgres::Row;

pub(crate) const MIGRATIONS: Migrations = Migrations(&[
    Migration {
        name: "0001_keys_and_logs",
        sql: include_str!("../../../migrations/postgres/0001_keys_and_logs.sql"),
        compatible_from: 1,
    },
    // Programs of version 1 would revoke keys without waiting for those who remember them.
    Migration {
        name: "0002_leases",
        sql: include_str!("../../../migrations/postgres/0002_leases.sql"),
        compatible_from: 2,
    },
    // Programs of version 2 would see no logs under row-level security.
    Migration {
        name: "0003_walls",
        sql: include_str!("../../../migrations/postgres/0003_walls.sql"),
        compatible_from: 3,
    },
    // Programs of version 3 would store a repeated request again.
    Migration {
        name: "0004_idempotency_keys",
        sql: include_str!("../../../migrations/postgres/0004_idempotency_keys.sql"),
        compatible_from: 4,
    },
    Migration {
        name: "0005_limits",
        sql: include_str!("../../../migrations/postgres/0005_limits.sql"),
        compatible_from: 4,
    },
    // Programs of version 5 cannot read an entry of the audit trail that is of no key.
    Migration {
        name: "0006_retention",
        sql: include_str!("../../../migrations/postgres/0006_retention.sql"),
        compatible_from: 6,
    },
    Migration {
        name: "0007_space_quotas",
        sql: include_str!("../../../migrations/postgres/0007_space_quotas.sql"),
        compatible_from: 6,
    },
    Migration {
        name: "0008_key_usage",
        sql: include_str!("../../../migrations/postgres/0008_key_usage.sql"),
        compatible_from: 6,
    },
    Migration {
        name: "0009_alerts",
        sql: include_str!("../../../migrations/postgres/0009_alerts.sql"),
        compatible_from: 6,
    },
    // Tails would not see what programs of version 9 store.
    Migration {
        name: "0010_order",
        sql: include_str!("../../../migrations/postgres/0010_order.sql"),
        compatible_from: 10,
    },
    // Programs of version 10 would seal neither keys nor the end of the trail.
    Migration {
        name: "0011_sealed_keys",
        sql: include_str!("../../../migrations/postgres/0011_sealed_keys.sql"),
        compatible_from: 11,
    },
    // Programs of version 11 would take roles that have no rights here any more.
    Migration {
        name: "0012_roles_of_one_installation",
        sql: include_str!("../../../migrations/postgres/0012_roles_of_one_installation.sql"),
        compatible_from: 12,
    },
    Migration {
        name: "0013_lease_renewals",
        sql: include_str!("../../../migrations/postgres/0013_lease_renewals.sql"),
        compatible_from: 12,
    },
    // Programs of version 13 would call entries altered whose seal covers who made a change.
    Migration {
        name: "0014_audit_actors",
        sql: include_str!("../../../migrations/postgres/0014_audit_actors.sql"),
        compatible_from: 14,
    },
    // Programs of version 14 would take keys of the provider for unreadable ones, and lift limits that
    // keys share.
    Migration {
        name: "0015_key_makers",
        sql: include_str!("../../../migrations/postgres/0015_key_makers.sql"),
        compatible_from: 15,
    },
    // Programs of version 15 count limits by themselves.
    Migration {
        name: "0016_shared_limits",
        sql: include_str!("../../../migrations/postgres/0016_shared_limits.sql"),
        compatible_from: 15,
    },
    // Programs of version 16 cannot read an entry of the audit trail about a client, and would ignore
    // policies.
    Migration {
        name: "0017_clients",
        sql: include_str!("../../../migrations/postgres/0017_clients.sql"),
        compatible_from: 17,
    },
    // Programs of version 17 would revoke all keys of a client and leave its sessions.
    Migration {
        name: "0018_sessions",
        sql: include_str!("../../../migrations/postgres/0018_sessions.sql"),
        compatible_from: 18,
    },
    // Programs of version 18 do not see blocks. The first block raises this to 19.
    Migration {
        name: "0019_log_blocks",
        sql: include_str!("../../../migrations/postgres/0019_log_blocks.sql"),
        compatible_from: 18,
    },
    // Programs of version 18 leave the reveal links of a client whose keys they revoke.
    Migration {
        name: "0020_reveal_links",
        sql: include_str!("../../../migrations/postgres/0020_reveal_links.sql"),
        compatible_from: 18,
    },
    Migration {
        name: "0021_workflow_documents",
        sql: include_str!("../../../migrations/postgres/0021_workflow_documents.sql"),
        compatible_from: 18,
    },
    // Programs before take a pending key for any other.
    Migration {
        name: "0022_hand_over",
        sql: include_str!("../../../migrations/postgres/0022_hand_over.sql"),
        compatible_from: 18,
    },
    // Programs before would store an event beside a fresh block that is being written. The first block raises this.
    Migration {
        name: "0023_fresh_blocks",
        sql: include_str!("../../../migrations/postgres/0023_fresh_blocks.sql"),
        compatible_from: 18,
    },
    Migration {
        name: "0024_sessions_of_provider",
        sql: include_str!("../../../migrations/postgres/0024_sessions_of_provider.sql"),
        compatible_from: 18,
    },
    Migration {
        name: "0025_status_links",
        sql: include_str!("../../../migrations/postgres/0025_status_links.sql"),
        compatible_from: 18,
    },
    // Programs before put a client without what is new.
    Migration {
        name: "0026_mail",
        sql: include_str!("../../../migrations/postgres/0026_mail.sql"),
        compatible_from: 18,
    },
]);

/// Where it is written down which migrations were applied.
pub const HISTORY: &str = "central_logger_migrations";
/// Its name up to version 11, which other programs use as well.
const FORMER_HISTORY: &str = "schema_migrations";

/// The migration that was applied last, where the schema is current.
pub const LATEST: &str = "
    SELECT version, compatible_from FROM central_logger_migrations ORDER BY version DESC LIMIT 1";

/// Looks, and changes nothing.
pub(crate) async fn inspect(client: &impl GenericClient) -> Result<Schema, StatementError> {
    let Some(history) = history(client).await? else {
        return Ok(Schema::Behind(0));
    };
    judge(&client.query(&LATEST.replace(HISTORY, history), &[]).await?)
}

/// What [`LATEST`] found.
///
/// # Errors
/// When a row is not as it should be.
pub fn judge(latest: &[Row]) -> Result<Schema, StatementError> {
    let latest = match latest.first() {
        Some(row) => {
            let (version, compatible_from): (i32, i32) = (row.try_get(0)?, row.try_get(1)?);
            Some((version.unsigned_abs(), compatible_from.unsigned_abs()))
        }
        None => None,
    };
    Ok(MIGRATIONS.judge(latest))
}

/// The name of the table of applied migrations, if there is one.
async fn history(client: &impl GenericClient) -> Result<Option<&'static str>, StatementError> {
    // Read from the catalogue's table: what to_regclass() knows may be older than the snapshot.
    let has = "SELECT EXISTS (
                   SELECT FROM pg_catalog.pg_attribute
                   JOIN pg_catalog.pg_class ON pg_class.oid = attrelid AND relkind = 'r'
                   JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
                   WHERE relname = $1 AND attname = 'compatible_from'
                     AND nspname = ANY (current_schemas(false)))";
    if client.query_one(has, &[&HISTORY]).await?.try_get(0)? {
        return Ok(Some(HISTORY));
    }
    if !client
        .query_one(has, &[&FORMER_HISTORY])
        .await?
        .try_get::<_, bool>(0)?
    {
        return Ok(None);
    }
    let is_ours = format!("SELECT EXISTS (SELECT FROM {FORMER_HISTORY} WHERE name = $1)");
    let is_ours = client.query_one(&is_ours, &[&MIGRATIONS.0[0].name]).await?;
    Ok(is_ours.try_get::<_, bool>(0)?.then_some(FORMER_HISTORY))
}

/// Returns the names of the migrations that `schema` lacks.
pub(crate) fn missing(schema: Schema) -> Vec<&'static str> {
    MIGRATIONS.missing_names(schema)
}

/// Applies what is missing in one transaction under a lock, so that of several programs one does
/// the work and the others find it done. Where nothing is missing, nothing is locked.
pub(crate) async fn apply(client: &mut Object) -> Result<Schema, StatementError> {
    let found = inspect(&*client).await?;
    if !matches!(found, Schema::Behind(_)) {
        return Ok(found);
    }
    let mut attempts = Attempts::new(Patience::LONG);
    loop {
        let transaction = attempts.begin(client).await?;
        let found = apply_missing(&transaction).await;
        if let Some(found) = attempts.end(transaction, found).await? {
            return Ok(found);
        }
    }
}

async fn apply_missing(transaction: &Transaction<'_>) -> Result<Schema, StatementError> {
    let found = inspect(transaction).await?;
    if !matches!(found, Schema::Behind(_)) {
        return Ok(found);
    }
    make_history(transaction).await?;
    // What has been raised since stays so.
    let sql = format!(
        "INSERT INTO {HISTORY} (version, name, compatible_from)
         SELECT $1, $2, greatest($3, (SELECT max(compatible_from) FROM {HISTORY}))"
    );
    for (number, migration) in MIGRATIONS.missing(found) {
        transaction.batch_execute(migration.sql).await?;
        let values = [number, migration.compatible_from].map(u32::cast_signed);
        transaction
            .execute(&sql, &[&values[0], &migration.name, &values[1]])
            .await?;
    }
    Ok(found)
}

async fn make_history(transaction: &Transaction<'_>) -> Result<(), StatementError> {
    let sql = match history(transaction).await? {
        Some(name) if name == FORMER_HISTORY => {
            format!("ALTER TABLE {FORMER_HISTORY} RENAME TO {HISTORY}")
        }
        Some(_) => return Ok(()),
        None => format!(
            "CREATE TABLE {HISTORY} (
                 version         integer PRIMARY KEY,
                 name            text NOT NULL,
                 compatible_from integer NOT NULL,
                 applied_at      timestamptz NOT NULL DEFAULT now()
             )"
        ),
    };
    Ok(transaction.batch_execute(&sql).await?)
}

pub(crate) fn too_new(found: u32) -> OpenError {
    OpenError::TooNew {
        found,
        known: MIGRATIONS.known(),
    }
}
