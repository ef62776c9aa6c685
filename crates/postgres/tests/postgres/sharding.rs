//! What the tables of logs must keep to, so that they can be distributed by client.

use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database, role_names},
};
use std::{fs, path::Path};
use tokio_postgres::SimpleQueryMessage;

/// Each row is a rule that does not hold. The tables of logs are those whose rows are kept apart between
/// clients, with their partitions.
const VIOLATIONS: &str = r#"
    WITH parents AS (
        SELECT oid, relname FROM pg_class
        WHERE relrowsecurity AND relkind IN ('r', 'p') AND NOT relispartition
    ), logs AS (
        SELECT DISTINCT tree.relid AS oid, class.relname, class.relispartition
        FROM parents, pg_partition_tree(parents.oid) AS tree
        JOIN pg_class AS class ON class.oid = tree.relid
        UNION
        SELECT oid, relname, false FROM parents
    ), taken AS (
        SELECT oid, split_part(rolname, '_', 3) AS rolname FROM pg_roles
        WHERE rolname ~ ('^central_logger_(writer|reader|keeper)_'
                         || (SELECT oid FROM pg_database WHERE datname = current_database()) || '_')
    )
    SELECT 'no table of logs called ' || name FROM unnest(ARRAY['workflow_logs', 'idempotency_keys', 'log_arrivals', 'log_blocks', 'log_block_contents', 'workflow_documents']) AS name
        WHERE name NOT IN (SELECT relname FROM parents)
    UNION ALL
    SELECT 'no forced row-level security: ' || relname FROM parents JOIN pg_class USING (oid, relname)
        WHERE NOT relforcerowsecurity
    UNION ALL
    SELECT 'no key: ' || relname FROM logs
        WHERE NOT EXISTS (SELECT FROM pg_index WHERE indrelid = logs.oid AND indisprimary)
    UNION ALL
    SELECT 'a key that does not begin with the client: ' || indexrelid::regclass
        FROM logs JOIN pg_index ON indrelid = logs.oid
        LEFT JOIN pg_attribute ON attrelid = logs.oid AND attnum = indkey[0]
        WHERE indisunique AND attname IS DISTINCT FROM 'client_id'
    UNION ALL
    SELECT 'a foreign key: ' || conname FROM pg_constraint
        WHERE contype = 'f'
          AND (conrelid IN (SELECT oid FROM logs) OR confrelid IN (SELECT oid FROM logs))
    UNION ALL
    SELECT 'a trigger: ' || tgname FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM logs)
    UNION ALL
    SELECT 'not partitioned by range: ' || partrelid::regclass FROM pg_partitioned_table
        WHERE partrelid IN (SELECT oid FROM logs) AND partstrat <> 'r'
    UNION ALL
    SELECT 'a second level of partitions: ' || partrelid::regclass
        FROM pg_partitioned_table JOIN logs ON logs.oid = partrelid
        WHERE relispartition
    UNION ALL
    SELECT 'a partition that roles for transactions may use: ' || relname || ', ' || rolname
        FROM logs, taken
        WHERE relispartition
          AND has_table_privilege(taken.oid, logs.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
    UNION ALL
    SELECT 'a role for transactions that may do nothing: ' || relname || ', ' || rolname
        FROM parents, taken
        WHERE NOT has_table_privilege(taken.oid, parents.oid, 'SELECT, INSERT')
    UNION ALL
    SELECT 'a role for transactions that is not there' WHERE (SELECT count(*) FROM taken) <> 3"#;

#[tokio::test]
async fn the_schema_keeps_to_the_rules_of_sharding() {
    let url = migrated().await;
    assert_eq!(violations(&url).await, Vec::<String>::new());
}

#[tokio::test]
async fn each_rule_of_sharding_is_looked_at() {
    let url = migrated().await;
    let roles = role_names(&url).await;
    for (breach, says) in [
        (
            "CREATE TABLE extra (id uuid PRIMARY KEY, client_id text);
             ALTER TABLE extra ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
             GRANT ALL ON extra TO {writer}, {reader}, {keeper}",
            "a key that does not begin with the client: extra_pkey",
        ),
        (
            "CREATE UNIQUE INDEX by_event ON workflow_logs (id, client_id)",
            "a key that does not begin with the client: by_event",
        ),
        (
            "ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey",
            "no key: idempotency_keys",
        ),
        (
            "ALTER TABLE api_keys ADD UNIQUE (client_id);
             ALTER TABLE workflow_logs ADD CONSTRAINT to_keys
                FOREIGN KEY (client_id) REFERENCES api_keys (client_id)",
            "a foreign key: to_keys",
        ),
        (
            "CREATE TABLE notes (client_id text, id uuid, CONSTRAINT to_logs
                FOREIGN KEY (client_id, id) REFERENCES workflow_logs (client_id, id))",
            "a foreign key: to_logs",
        ),
        (
            "CREATE TRIGGER watch BEFORE DELETE ON workflow_logs
                FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only()",
            "a trigger: watch",
        ),
        (
            "CREATE TABLE deep PARTITION OF workflow_logs
                FOR VALUES FROM ('80000000-0000-0000-0000-000000000000')
                           TO ('90000000-0000-0000-0000-000000000000') PARTITION BY RANGE (id)",
            "a second level of partitions: deep",
        ),
        (
            "CREATE TABLE by_list (client_id text, id uuid, PRIMARY KEY (client_id, id))
                PARTITION BY LIST (client_id);
             ALTER TABLE by_list ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "not partitioned by range: by_list",
        ),
        (
            "GRANT SELECT ON workflow_logs_default TO {reader}",
            "a partition that roles for transactions may use: workflow_logs_default, reader",
        ),
        (
            "REVOKE ALL ON workflow_logs FROM {writer}",
            "a role for transactions that may do nothing: workflow_logs, writer",
        ),
        (
            "ALTER TABLE workflow_logs NO FORCE ROW LEVEL SECURITY",
            "no forced row-level security: workflow_logs",
        ),
        (
            "ALTER TABLE idempotency_keys DISABLE ROW LEVEL SECURITY",
            "no table of logs called idempotency_keys",
        ),
    ] {
        let breach = ["writer", "reader", "keeper"]
            .iter()
            .fold(breach.to_owned(), |breach, kind| {
                breach.replace(&format!("{{{kind}}}"), &roles[*kind])
            });
        // Nothing of it stays, since the connection ends within the transaction.
        let found = rows(execute(&url, &format!("BEGIN; {breach}; {VIOLATIONS}")).await);
        assert!(found.iter().any(|rule| rule == says), "{breach}: {found:?}");
    }
    assert_eq!(violations(&url).await, Vec::<String>::new());
}

/// Each shard would take its own time.
#[test]
fn no_statement_updates_on_conflict_to_the_time_of_the_database() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut statements = 0;
    for directory in ["src", "../postgres-logs/src", "../../migrations/postgres"] {
        for file in fs::read_dir(crates.join(directory)).unwrap() {
            let file = file.unwrap().path();
            if file.is_dir() {
                continue;
            }
            let text = fs::read_to_string(&file).unwrap().to_lowercase();
            for update in text.split("do update").skip(1) {
                statements += 1;
                let end = update.find(['"', ';']).unwrap_or(update.len());
                let update = &update[..end];
                let update = update.split("returning").next().unwrap_or(update);
                for time in ["now()", "current_timestamp", "_timestamp()"] {
                    assert!(!update.contains(time), "{}: {update}", file.display());
                }
            }
        }
    }
    assert!(statements >= 3, "{statements} statements were found");
}

async fn migrated() -> String {
    let url = new_database().await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    url
}

async fn violations(url: &str) -> Vec<String> {
    rows(execute(url, VIOLATIONS).await)
}

fn rows(messages: Vec<SimpleQueryMessage>) -> Vec<String> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
        _ => None,
    });
    rows.collect()
}
