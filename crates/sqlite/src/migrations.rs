//! Bringing a file's schema up to date.

use central_logger_sql_rows::migrations::{Migration, Migrations, Schema};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

pub(crate) const KEYS: Migrations = Migrations(&[
    Migration {
        name: "keys/0001_api_keys",
        sql: include_str!("../../../migrations/sqlite/keys/0001_api_keys.sql"),
        compatible_from: 1,
    },
    // Programs of version 1 would revoke keys without waiting for those who remember them.
    Migration {
        name: "keys/0002_leases",
        sql: include_str!("../../../migrations/sqlite/keys/0002_leases.sql"),
        compatible_from: 2,
    },
    Migration {
        name: "keys/0003_limits",
        sql: include_str!("../../../migrations/sqlite/keys/0003_limits.sql"),
        compatible_from: 2,
    },
    // Programs of version 3 cannot read an entry of the audit trail that is of no key.
    Migration {
        name: "keys/0004_retention",
        sql: include_str!("../../../migrations/sqlite/keys/0004_retention.sql"),
        compatible_from: 4,
    },
    // Programs of version 4 would lift these quotas when they set others.
    Migration {
        name: "keys/0005_space_quotas",
        sql: include_str!("../../../migrations/sqlite/keys/0005_space_quotas.sql"),
        compatible_from: 5,
    },
    Migration {
        name: "keys/0006_key_usage",
        sql: include_str!("../../../migrations/sqlite/keys/0006_key_usage.sql"),
        compatible_from: 5,
    },
    Migration {
        name: "keys/0007_alerts",
        sql: include_str!("../../../migrations/sqlite/keys/0007_alerts.sql"),
        compatible_from: 5,
    },
    // Programs of version 7 would seal neither keys nor the end of the trail.
    Migration {
        name: "keys/0008_sealed_keys",
        sql: include_str!("../../../migrations/sqlite/keys/0008_sealed_keys.sql"),
        compatible_from: 8,
    },
    Migration {
        name: "keys/0009_lease_renewals",
        sql: include_str!("../../../migrations/sqlite/keys/0009_lease_renewals.sql"),
        compatible_from: 8,
    },
    // Programs of version 9 would call entries altered whose seal covers who made a change.
    Migration {
        name: "keys/0010_audit_actors",
        sql: include_str!("../../../migrations/sqlite/keys/0010_audit_actors.sql"),
        compatible_from: 10,
    },
    // Programs of version 10 would take keys of the provider for unreadable ones, and lift limits that
    // keys share.
    Migration {
        name: "keys/0011_key_makers",
        sql: include_str!("../../../migrations/sqlite/keys/0011_key_makers.sql"),
        compatible_from: 11,
    },
    // Programs of version 11 count limits by themselves.
    Migration {
        name: "keys/0012_shared_limits",
        sql: include_str!("../../../migrations/sqlite/keys/0012_shared_limits.sql"),
        compatible_from: 11,
    },
    // Programs of version 12 cannot read an entry of the audit trail about a client, and would ignore
    // policies.
    Migration {
        name: "keys/0013_clients",
        sql: include_str!("../../../migrations/sqlite/keys/0013_clients.sql"),
        compatible_from: 13,
    },
    // Programs of version 13 would revoke all keys of a client and leave its sessions.
    Migration {
        name: "keys/0014_sessions",
        sql: include_str!("../../../migrations/sqlite/keys/0014_sessions.sql"),
        compatible_from: 14,
    },
    Migration {
        name: "keys/0015_lease_versions",
        sql: include_str!("../../../migrations/sqlite/keys/0015_lease_versions.sql"),
        compatible_from: 14,
    },
    // Programs of version 14 leave the reveal links of a client whose keys they revoke.
    Migration {
        name: "keys/0016_reveal_links",
        sql: include_str!("../../../migrations/sqlite/keys/0016_reveal_links.sql"),
        compatible_from: 14,
    },
    // Programs before take a pending key for any other.
    Migration {
        name: "keys/0017_hand_over",
        sql: include_str!("../../../migrations/sqlite/keys/0017_hand_over.sql"),
        compatible_from: 14,
    },
    Migration {
        name: "keys/0018_sessions_of_provider",
        sql: include_str!("../../../migrations/sqlite/keys/0018_sessions_of_provider.sql"),
        compatible_from: 14,
    },
    // Programs before put a client without what is new.
    Migration {
        name: "keys/0019_mail",
        sql: include_str!("../../../migrations/sqlite/keys/0019_mail.sql"),
        compatible_from: 14,
    },
]);

pub(crate) const LOGS: Migrations = Migrations(&[
    Migration {
        name: "logs/0001_workflow_logs",
        sql: include_str!("../../../migrations/sqlite/logs/0001_workflow_logs.sql"),
        compatible_from: 1,
    },
    // Programs of version 1 would store a repeated request again.
    Migration {
        name: "logs/0002_idempotency_keys",
        sql: include_str!("../../../migrations/sqlite/logs/0002_idempotency_keys.sql"),
        compatible_from: 2,
    },
    // Tails would not see what programs of version 2 store.
    Migration {
        name: "logs/0003_order",
        sql: include_str!("../../../migrations/sqlite/logs/0003_order.sql"),
        compatible_from: 3,
    },
    // Programs of version 3 do not see blocks. The first block raises this to 4.
    Migration {
        name: "logs/0004_log_blocks",
        sql: include_str!("../../../migrations/sqlite/logs/0004_log_blocks.sql"),
        compatible_from: 3,
    },
    Migration {
        name: "logs/0005_workflow_documents",
        sql: include_str!("../../../migrations/sqlite/logs/0005_workflow_documents.sql"),
        compatible_from: 3,
    },
    Migration {
        name: "logs/0006_fresh_blocks",
        sql: include_str!("../../../migrations/sqlite/logs/0006_fresh_blocks.sql"),
        compatible_from: 3,
    },
    Migration {
        name: "logs/0007_status_links",
        sql: include_str!("../../../migrations/sqlite/logs/0007_status_links.sql"),
        compatible_from: 3,
    },
]);

const HISTORY: &str = "
    CREATE TABLE IF NOT EXISTS schema_migrations (
        version         INTEGER PRIMARY KEY,
        name            TEXT NOT NULL,
        compatible_from INTEGER NOT NULL,
        applied_at      TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
    ) STRICT";

/// Looks, and changes nothing.
pub(crate) fn inspect(connection: &Connection, migrations: Migrations) -> rusqlite::Result<Schema> {
    let has_history = "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'";
    let has_history = connection
        .query_row(has_history, [], |_| Ok(()))
        .optional()?;
    if has_history.is_none() {
        return Ok(Schema::Behind(0));
    }
    let latest = "SELECT version, compatible_from FROM schema_migrations
                  ORDER BY version DESC LIMIT 1";
    let latest = connection
        .query_row(latest, [], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, u32>(1)?))
        })
        .optional()?;
    Ok(migrations.judge(latest))
}

/// Applies what is missing in one transaction that holds the write lock from its beginning, so that
/// of several programs one does the work and the others find it done.
pub(crate) fn apply(
    connection: &mut Connection,
    migrations: Migrations,
) -> rusqlite::Result<Vec<&'static str>> {
    let transaction = Transaction::new(connection, TransactionBehavior::Immediate)?;
    let found = inspect(&transaction, migrations)?;
    if !matches!(found, Schema::Behind(_)) {
        return Ok(Vec::new());
    }
    transaction.execute_batch(HISTORY)?;
    for (version, migration) in migrations.missing(found) {
        transaction.execute_batch(migration.sql)?;
        transaction.execute(
            // What has been raised since stays so.
            "INSERT INTO schema_migrations (version, name, compatible_from)
             SELECT ?1, ?2, max(?3, coalesce(max(compatible_from), 0)) FROM schema_migrations",
            (version, migration.name, migration.compatible_from),
        )?;
    }
    transaction.commit()?;
    Ok(migrations.missing_names(found))
}
