//! Several installations in one cluster, and logins that may do no more than they need.

use central_logger_key_store::{KeyStore, Owners, conformance::feed::Followed};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogSearch, LogStore, Submission};
use central_logger_postgres::{
    OpenError, Postgres,
    testing::{execute, new_database, new_login, role_names, with_login},
};
use central_logger_text::Report;
use time::OffsetDateTime;
use tokio_postgres::{NoTls, error::SqlState};

/// A database that belongs to a login of its own, which may make roles or not.
async fn installation(may_make_roles: bool) -> (String, String) {
    let (superuser, login) = (new_database().await, new_login().await);
    let database = superuser.rsplit_once('/').unwrap().1;
    let mut sql = format!(
        "ALTER DATABASE {database} OWNER TO {login}; GRANT ALL ON SCHEMA public TO {login};"
    );
    if may_make_roles {
        sql += &format!("ALTER ROLE {login} CREATEROLE;");
    }
    execute(&superuser, &sql).await;
    (superuser, login)
}

async fn migrated(superuser: &str, login: &str) -> Postgres {
    let postgres = Postgres::connect(&with_login(superuser, login))
        .await
        .unwrap();
    postgres.migrate().await.unwrap();
    postgres
}

async fn append(postgres: &Postgres, client: &ClientId) {
    let body = br#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
    let now = OffsetDateTime::now_utc();
    let Ok(Submission::One(entry)) = Submission::parse(body, client, now) else {
        panic!("it is an entry");
    };
    postgres.logs().append(client, now, &[entry]).await.unwrap();
}

/// What `login` is told when it tries to do `sql` at `url`; nothing when it succeeds with rows.
async fn refusal(url: &str, sql: &str) -> Option<SqlState> {
    let (client, connection) = match tokio_postgres::connect(url, NoTls).await {
        Ok(connected) => connected,
        Err(error) => return Some(error.code().unwrap().clone()),
    };
    tokio::spawn(connection);
    let done = client.simple_query(sql).await;
    done.err().map(|error| error.code().unwrap().clone())
}

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
async fn a_login_with_the_least_rights_does_all_that_a_server_does() {
    let (url, owner) = installation(true).await;
    let postgres = migrated(&url, &owner).await;
    let login = new_login().await;
    assert_eq!(postgres.serve_as(&login).await.unwrap(), None);
    let serving = Postgres::connect(&with_login(&url, &login)).await.unwrap();
    assert_eq!(serving.migrate().await.unwrap(), Vec::<&str>::new());
    assert_eq!(serving.missing_rls().await.unwrap(), None);
    let logs = serving.logs();
    logs.ready().await.unwrap();
    central_logger_log_store::conformance::run(&logs).await;
    central_logger_log_store::conformance::run_pruner(&logs).await;
    serving.keys().ready().await.unwrap();
    central_logger_key_store::conformance::run(&serving.keys()).await;
    let followed = Followed::new(serving.keys(), serving.feed());
    central_logger_key_store::conformance::run_feed(&followed).await;
    central_logger_key_activity::conformance::run(&serving.keys()).await;

    // A further table comes without rights; the next migration gives them.
    let server = role_names(&url).await["server"].clone();
    execute(&url, &format!("REVOKE ALL ON api_keys FROM {server}")).await;
    assert!(postgres.missing_rls().await.unwrap().is_some());
    postgres.migrate().await.unwrap();
    serving.keys().list(Owners::All).await.unwrap();

    // It changes nothing of the schema, and says who may.
    for forbidden in [
        "DROP TABLE workflow_logs_default",
        "DELETE FROM audit_log",
        "TRUNCATE workflow_logs",
    ] {
        let refused = refusal(&with_login(&url, &login), forbidden).await;
        assert_eq!(
            refused,
            Some(SqlState::INSUFFICIENT_PRIVILEGE),
            "{forbidden}"
        );
    }
    execute(&url, "DELETE FROM central_logger_migrations WHERE version = (SELECT max(version) FROM central_logger_migrations)").await;
    let said = Report(&serving.migrate().await.unwrap_err()).to_string();
    assert!(said.contains("as the owner of the tables"), "{said}");
}

#[tokio::test]
async fn without_the_right_to_make_roles_the_sql_for_a_serving_login_is_told() {
    let (url, owner) = installation(false).await;
    let postgres = migrated(&url, &owner).await;
    let login = new_login().await;
    let sql = postgres.serve_as(&login).await.unwrap().unwrap();
    execute(&url, &sql).await;
    assert_eq!(postgres.missing_rls().await.unwrap(), None);
    let serving = Postgres::connect(&with_login(&url, &login)).await.unwrap();
    let acme: ClientId = "acme".parse().unwrap();
    append(&serving, &acme).await;
    assert_eq!(
        serving
            .logs()
            .page(&acme, &LogSearch::default())
            .await
            .unwrap()
            .logs
            .len(),
        1
    );

    let said = Report(&postgres.serve_as("nobody_here").await.unwrap_err()).to_string();
    assert!(said.contains("no role nobody_here"), "{said}");
}

#[tokio::test]
async fn servers_that_run_while_row_level_security_is_enabled_show_nobody_an_empty_answer() {
    let (url, owner) = installation(false).await;
    let postgres = migrated(&url, &owner).await;
    let acme: ClientId = "acme".parse().unwrap();
    append(&postgres, &acme).await;
    let sql = postgres.missing_rls().await.unwrap().unwrap();
    execute(&url, &sql).await;
    let mut pages = 0;
    while pages < 2 {
        if let Ok(page) = postgres.logs().page(&acme, &LogSearch::default()).await {
            assert_eq!(page.logs.len(), 1);
            pages += 1;
        }
    }
    append(&postgres, &"widget".parse().unwrap()).await;
}

#[tokio::test]
async fn a_table_of_another_program_is_not_taken_for_ours() {
    for table in [
        "CREATE TABLE schema_migrations (version text PRIMARY KEY)",
        "CREATE TABLE schema_migrations (version bigint, dirty boolean)",
        "CREATE TABLE schema_migrations (name text, compatible_from text)",
    ] {
        let url = new_database().await;
        execute(&url, table).await;
        let postgres = Postgres::connect(&url).await.unwrap();
        assert!(postgres.is_new().await.unwrap(), "{table}");
        postgres.migrate().await.unwrap();
        postgres.keys().ready().await.unwrap();
        execute(&url, "SELECT FROM schema_migrations").await;
    }
}

#[tokio::test]
async fn tables_of_the_same_name_are_an_error_that_tells_the_search_path() {
    let url = new_database().await;
    execute(&url, "CREATE TABLE api_keys (token text)").await;
    let postgres = Postgres::connect(&url).await.unwrap();
    let said = Report(&postgres.migrate().await.unwrap_err()).to_string();
    assert!(
        said.contains("api_keys") && said.contains("search path: \"$user\", public"),
        "{said}"
    );

    let elsewhere = format!("{url}?options=-c%20search_path%3Dnowhere");
    let postgres = Postgres::connect(&elsewhere).await.unwrap();
    let said = Report(&postgres.migrate().await.unwrap_err()).to_string();
    assert!(said.contains("search path: nowhere"), "{said}");
}

#[tokio::test]
async fn a_database_that_does_not_hold_all_text_is_refused() {
    let server = std::env::var("TEST_DATABASE_URL").unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let name = new_login().await;
        execute(
            &server,
            &format!("CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"),
        )
        .await;
        let postgres = Postgres::connect(&format!("{base}/{name}")).await.unwrap();
        for error in [
            postgres.pending().await.unwrap_err(),
            postgres.migrate().await.unwrap_err(),
        ] {
            assert!(
                matches!(&error, OpenError::Encoding { found } if found == encoding),
                "{error:?}"
            );
        }
    }
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
