//! What logins with few rights can do, and what they are told.

use super::{append, installation, migrated, refusal};
use central_logger_key_store::{KeyStore, Owners, conformance::feed::Followed};
use central_logger_keys::ClientId;
use central_logger_log_store::{LogSearch, LogStore};
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_login, role_names, with_login},
};
use central_logger_text::Report;
use tokio_postgres::error::SqlState;

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
