//! Roles of installations that share a server.

use super::{append, installation, migrated, refusal};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogSearch, LogStore};
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database, new_login, role_names, with_login},
};
use tokio_postgres::error::SqlState;

#[tokio::test]
async fn a_login_of_another_installation_reads_forges_and_deletes_nothing() {
    let (first, first_login) = installation(true).await;
    let (second, second_login) = installation(true).await;
    let acme: ClientId = "acme".parse().unwrap();
    let postgres = migrated(&first, &first_login).await;
    append(&postgres, &acme).await;
    append(&migrated(&second, &second_login).await, &acme).await;

    let attacker = with_login(&first, &second_login);
    let denied = Some(SqlState::INSUFFICIENT_PRIVILEGE);
    assert_eq!(
        refusal(&attacker, "SELECT 1").await,
        denied,
        "it does not even connect"
    );

    // An operator may let it connect; then it may still read nothing.
    let database = first.rsplit_once('/').unwrap().1;
    execute(
        &first,
        &format!("GRANT CONNECT ON DATABASE {database} TO PUBLIC"),
    )
    .await;
    let (own, others) = (role_names(&second).await, role_names(&first).await);
    let mut attacks = vec![
        "SET app.client_id = 'acme'; SELECT * FROM workflow_logs".to_owned(),
        "SELECT * FROM api_keys".to_owned(),
        "SELECT * FROM workflow_logs_default".to_owned(),
    ];
    for roles in [&own, &others] {
        let [reader, writer, keeper] = ["reader", "writer", "keeper"].map(|kind| &roles[kind]);
        attacks.extend([
            format!("SET ROLE {reader}; SET app.client_id = 'acme'; SELECT * FROM workflow_logs"),
            format!(
                "SET ROLE {writer}; INSERT INTO workflow_logs
                     (client_id, id, received_at, environment, executed_at, status)
                 VALUES ('acme', gen_random_uuid(), now(), 'e', '', 'forged')"
            ),
            format!("SET ROLE {keeper}; DELETE FROM workflow_logs"),
            format!("SET ROLE {keeper}; SELECT * FROM idempotency_keys"),
        ]);
    }
    for attack in attacks {
        assert_eq!(refusal(&attacker, &attack).await, denied, "{attack}");
    }
    let page = postgres
        .logs()
        .page(&acme, &LogSearch::default())
        .await
        .unwrap();
    assert_eq!(page.logs.len(), 1);
}

#[tokio::test]
async fn roles_that_installations_shared_lose_their_rights_at_the_next_migration() {
    let (url, login) = installation(true).await;
    migrated(&url, &login).await;
    // As version 9 left it, in a database with a stranger who has the roles for his own installation.
    let stranger = new_login().await;
    let database = url.rsplit_once('/').unwrap().1;
    let own = role_names(&url).await;
    let mut sql = String::new();
    for kind in ["writer", "reader", "keeper"] {
        sql += &format!(
            "DO $$ BEGIN CREATE ROLE central_logger_{kind} NOLOGIN;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             GRANT central_logger_{kind} TO {login}, {stranger};
             GRANT USAGE ON SCHEMA public TO central_logger_{kind};
             GRANT SELECT, INSERT, UPDATE, DELETE ON workflow_logs, idempotency_keys, log_arrivals, workflow_documents
                 TO central_logger_{kind};
             REVOKE {own} FROM {login}; REVOKE {own} FROM {server};",
            own = own[kind],
            server = own["server"],
        );
    }
    for table in [
        "workflow_logs",
        "idempotency_keys",
        "log_arrivals",
        "workflow_documents",
    ] {
        sql += &format!(
            "DROP POLICY one_client ON {table}; DROP POLICY adding ON {table};
             DROP POLICY keeping ON {table};
             CREATE POLICY one_client ON {table} FOR SELECT
                 USING (client_id = current_setting('app.client_id', true));
             CREATE POLICY adding ON {table} USING (current_user = 'central_logger_writer');
             CREATE POLICY keeping ON {table} TO central_logger_keeper
                 USING (current_user = 'central_logger_keeper');"
        );
    }
    sql += &format!("GRANT CONNECT ON DATABASE {database} TO PUBLIC;");
    execute(&url, &sql).await;
    let acme: ClientId = "acme".parse().unwrap();
    let before = Postgres::connect(&with_login(&url, &login)).await.unwrap();
    append(&before, &acme).await;
    let attack = "SET app.client_id = 'acme'; SELECT * FROM workflow_logs";
    assert_eq!(refusal(&with_login(&url, &stranger), attack).await, None);

    before.migrate().await.unwrap();
    assert_eq!(before.missing_rls().await.unwrap(), None);
    let denied = Some(SqlState::INSUFFICIENT_PRIVILEGE);
    assert_eq!(
        refusal(&with_login(&url, &stranger), "SELECT 1").await,
        denied
    );
    execute(
        &url,
        &format!("GRANT CONNECT ON DATABASE {database} TO PUBLIC"),
    )
    .await;
    for attack in [
        attack,
        "SET ROLE central_logger_keeper; DELETE FROM workflow_logs",
    ] {
        assert_eq!(
            refusal(&with_login(&url, &stranger), attack).await,
            denied,
            "{attack}"
        );
    }
    // What was opened before finds its new roles by itself.
    let mut page = before.logs().page(&acme, &LogSearch::default()).await;
    if page.is_err() {
        page = before.logs().page(&acme, &LogSearch::default()).await;
    }
    assert_eq!(page.unwrap().logs.len(), 1);
}

#[tokio::test]
async fn a_copy_of_a_database_has_roles_of_its_own() {
    let (url, login) = installation(true).await;
    drop(migrated(&url, &login).await);
    let (server, database) = url.rsplit_once('/').unwrap();
    let copy = format!("{database}_copy");
    let others = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
    );
    let admin = format!("{server}/postgres");
    execute(&admin, &others).await;
    execute(
        &admin,
        &format!("CREATE DATABASE {copy} TEMPLATE {database} OWNER {login}"),
    )
    .await;
    let copy = format!("{server}/{copy}");
    migrated(&copy, &login).await;
    let (first, second) = (role_names(&url).await, role_names(&copy).await);
    for kind in ["writer", "reader", "keeper", "server"] {
        assert_ne!(first[kind], second[kind]);
        let rights = format!(
            "SELECT 1 / (NOT has_table_privilege('{}', 'workflow_logs', 'SELECT, INSERT, DELETE'))::int",
            first[kind]
        );
        assert_eq!(refusal(&copy, &rights).await, None, "{kind}");
    }
}

#[tokio::test]
async fn members_that_are_not_the_servers_are_named() {
    let (url, login) = installation(true).await;
    let postgres = migrated(&url, &login).await;
    assert_eq!(postgres.strangers().await.unwrap(), []);
    let (server, stranger) = (new_login().await, new_login().await);
    postgres.serve_as(&server).await.unwrap();
    assert_eq!(postgres.strangers().await.unwrap(), []);
    let reader = role_names(&url).await["reader"].clone();
    execute(&url, &format!("GRANT {reader} TO {stranger}")).await;
    assert_eq!(postgres.strangers().await.unwrap(), [(stranger, reader)]);
}

#[tokio::test]
async fn installations_in_two_schemas_of_a_database_do_not_share_roles() {
    let url = new_database().await;
    execute(&url, "CREATE SCHEMA one; CREATE SCHEMA two").await;
    let mut names = Vec::new();
    for schema in ["one", "two"] {
        let at = format!("{url}?options=-c%20search_path%3D{schema}");
        let postgres = Postgres::connect(&at).await.unwrap();
        postgres.migrate().await.unwrap();
        assert_eq!(postgres.missing_rls().await.unwrap(), None);
        let policy = format!(
            "SELECT 1 / count(DISTINCT roles)::int FROM pg_policies WHERE schemaname = '{schema}'
             AND policyname = 'one_client'"
        );
        assert_eq!(refusal(&url, &policy).await, None);
        let roles = format!(
            "SELECT roles::text FROM pg_policies WHERE schemaname = '{schema}' AND policyname = 'one_client' LIMIT 1"
        );
        names.push(format!("{:?}", execute(&url, &roles).await));
    }
    assert_ne!(names[0], names[1]);
}

#[tokio::test]
async fn shared_roles_reach_new_tables_where_no_others_can_be_made() {
    let (url, login) = installation(false).await;
    migrated(&url, &login).await;
    let mut sql = String::new();
    for kind in ["writer", "reader", "keeper"] {
        sql += &format!(
            "DO $$ BEGIN CREATE ROLE central_logger_{kind} NOLOGIN;
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             GRANT central_logger_{kind} TO {login};
             GRANT USAGE ON SCHEMA public TO central_logger_{kind};"
        );
    }
    execute(&url, &sql).await;
    let postgres = migrated(&url, &login).await;
    let sql = postgres.missing_rls().await.unwrap().unwrap();
    assert!(sql.contains("CREATE ROLE central_logger_server_"), "{sql}");
    let logs = postgres.logs();
    central_logger_log_store::conformance::run(&logs).await;
    central_logger_log_store::conformance::run_pruner(&logs).await;
    assert!(
        execute(
            &url,
            "SELECT FROM pg_class WHERE relname = 'log_arrivals' AND relforcerowsecurity"
        )
        .await
        .len()
            > 1
    );

    // What was opened before goes on when others have made the roles.
    execute(&url, &sql).await;
    let postgres = migrated(&url, &login).await;
    assert_eq!(postgres.missing_rls().await.unwrap(), None);
    let logs = postgres.logs();
    central_logger_log_store::conformance::run(&logs).await;
}
