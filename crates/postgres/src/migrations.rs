//! Bringing the schema up to date.

use crate::error::StatementError;
use deadpool_postgres::{GenericClient, Object, Transaction};

/// A step from one version of the schema to the next.
struct Migration {
    name: &'static str,
    sql: &'static str,
    /// The oldest version whose programs can work with this schema too.
    compatible_from: i32,
}

const MIGRATIONS: &[Migration] = &[
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
    // Programs of version 2 would see no logs where the wall stands.
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
];

/// The version that this program knows.
pub(crate) const KNOWN: i32 = MIGRATIONS.len() as i32;

/// Any number does, as long as nobody else uses it in this database.
const LOCK: i64 = 0x63_6c_6f_67_67_65_72;

const HISTORY: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version         integer PRIMARY KEY,
        name            text NOT NULL,
        compatible_from integer NOT NULL,
        applied_at      timestamptz NOT NULL DEFAULT now()
    )";

/// How the database's schema relates to what this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Older, or not there yet: the version.
    Behind(i32),
    /// The same, or newer in a way that this program can work with.
    Current,
    /// Newer, and not to be touched: the version.
    TooNew(i32),
}

/// Looks, and changes nothing.
pub(crate) async fn inspect(client: &impl GenericClient) -> Result<Schema, StatementError> {
    // Read from the catalogue's table: what to_regclass() knows may be older than the snapshot.
    let history = "SELECT EXISTS (
                       SELECT FROM pg_catalog.pg_tables
                       WHERE tablename = 'schema_migrations'
                         AND schemaname = ANY (current_schemas(false)))";
    if !client.query_one(history, &[]).await?.get::<_, bool>(0) {
        return Ok(Schema::Behind(0));
    }
    let latest = "SELECT version, compatible_from FROM schema_migrations
                  ORDER BY version DESC LIMIT 1";
    let latest = client.query_opt(latest, &[]).await?;
    let (version, compatible_from) = match latest {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => (0, 0),
    };
    Ok(if version < KNOWN {
        Schema::Behind(version)
    } else if version == KNOWN || compatible_from <= KNOWN {
        Schema::Current
    } else {
        Schema::TooNew(version)
    })
}

/// The names of the migrations after `version`.
pub(crate) fn after(version: i32) -> impl Iterator<Item = &'static str> {
    numbered()
        .filter(move |(number, _)| *number > version)
        .map(|(_, migration)| migration.name)
}

/// Applies what is missing in one transaction under a lock, so that of several programs one does
/// the work and the others find it done.
pub(crate) async fn apply(client: &mut Object) -> Result<Schema, StatementError> {
    let transaction = locked(client).await?;
    let found = inspect(&transaction).await?;
    if let Schema::Behind(version) = found {
        transaction.batch_execute(HISTORY).await?;
        for (number, migration) in numbered().filter(|(number, _)| *number > version) {
            transaction.batch_execute(migration.sql).await?;
            let sql = "INSERT INTO schema_migrations (version, name, compatible_from)
                       VALUES ($1, $2, $3)";
            transaction
                .execute(sql, &[&number, &migration.name, &migration.compatible_from])
                .await?;
        }
        transaction.commit().await?;
    }
    Ok(found)
}

/// A transaction that changes the schema, of which there is one at a time.
pub(crate) async fn locked(client: &mut Object) -> Result<Transaction<'_>, StatementError> {
    let transaction = client.transaction().await?;
    // For distributed tables, where there are any.
    let settings = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'";
    transaction.batch_execute(settings).await?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .await?;
    Ok(transaction)
}

fn numbered() -> impl Iterator<Item = (i32, &'static Migration)> {
    (1..).zip(MIGRATIONS)
}
