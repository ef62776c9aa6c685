//! What PostgreSQL itself shows of the logs, whatever a statement asks for.

use central_logger_keys::ClientId;
use central_logger_log_store::{LogStore, Submission};
use central_logger_postgres::{
    Postgres,
    testing::{clients_seen_without_where, execute, new_database, new_login, with_login},
};
use proptest::prelude::*;
use time::OffsetDateTime;
use tokio_postgres::SimpleQueryMessage;

#[tokio::test]
async fn a_forgotten_where_shows_no_other_client_even_to_a_superuser() {
    let postgres = Postgres::connect(&new_database().await).await.unwrap();
    postgres.migrate().await.unwrap();
    assert_eq!(postgres.missing_rls().await.unwrap(), None);
    assert_clients_are_kept_apart(&postgres).await;
}

#[tokio::test]
async fn where_the_login_may_not_make_roles_the_missing_sql_is_told_and_enables_row_level_security()
{
    let (superuser, login) = (new_database().await, new_login().await);
    let url = with_login(&superuser, &login);
    let database = superuser.rsplit_once('/').unwrap().1;
    execute(
        &superuser,
        &format!(
            "GRANT CREATE ON DATABASE {database} TO {login}; GRANT ALL ON SCHEMA public TO {login}"
        ),
    )
    .await;
    let postgres = Postgres::connect(&url).await.unwrap();
    postgres.migrate().await.unwrap();
    let sql = postgres.missing_rls().await.unwrap().unwrap();
    // All goes on without it.
    let logs = postgres.logs();
    central_logger_log_store::conformance::run(&logs).await;
    central_logger_log_store::conformance::run_pruner(&logs).await;

    execute(&superuser, &sql).await;
    let postgres = Postgres::connect(&url).await.unwrap();
    assert_eq!(postgres.missing_rls().await.unwrap(), None);
    let logs = postgres.logs();
    central_logger_log_store::conformance::run(&logs).await;
    central_logger_log_store::conformance::run_pruner(&logs).await;
    assert_clients_are_kept_apart(&postgres).await;
    // Nor does the owner see anything who forgot to take a role.
    let seen = execute(&url, "SELECT id FROM workflow_logs").await;
    let is_row = |message: &SimpleQueryMessage| matches!(message, SimpleQueryMessage::Row(_));
    assert!(!seen.iter().any(is_row));
}

#[tokio::test]
async fn a_login_that_may_make_roles_enables_it_itself() {
    let (superuser, login) = (new_database().await, new_login().await);
    execute(
        &superuser,
        &format!("ALTER ROLE {login} CREATEROLE; GRANT ALL ON SCHEMA public TO {login}"),
    )
    .await;
    let postgres = Postgres::connect(&with_login(&superuser, &login))
        .await
        .unwrap();
    postgres.migrate().await.unwrap();
    assert_eq!(postgres.missing_rls().await.unwrap(), None);
    assert_clients_are_kept_apart(&postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_databases_of_a_cluster_may_enable_it_at_once() {
    let mut starts = Vec::new();
    for _ in 0..6 {
        let url = new_database().await;
        for _ in 0..2 {
            let url = url.clone();
            starts.push(tokio::spawn(async move {
                let postgres = Postgres::connect(&url).await?;
                postgres.migrate().await?;
                postgres.missing_rls().await
            }));
        }
    }
    for start in starts {
        assert_eq!(start.await.unwrap().unwrap(), None);
    }
}

async fn assert_clients_are_kept_apart(postgres: &Postgres) {
    let clients: [ClientId; 2] = [client("wall-acme"), client("wall-widget")];
    for client in &clients {
        let body = br#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
        let now = OffsetDateTime::now_utc();
        let Ok(Submission::One(entry)) = Submission::parse(body, client, now) else {
            panic!("it is an entry");
        };
        postgres.logs().append(client, now, &[entry]).await.unwrap();
    }
    for client in &clients {
        let seen = clients_seen_without_where(postgres, client).await;
        assert_eq!(seen, [client.as_str()]);
    }
    let stranger = client("wall-stranger");
    let seen = clients_seen_without_where(postgres, &stranger).await;
    assert!(seen.is_empty(), "{seen:?}");
}

fn client(id: &str) -> ClientId {
    id.parse().unwrap()
}

proptest! {
    /// A client id becomes part of a statement, between quotes.
    #[test]
    fn no_client_id_ends_a_literal(text in "[a-z0-9_'\"\\\\;$ -]{1,64}") {
        if let Ok(id) = text.parse::<ClientId>() {
            let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
            prop_assert!(id.as_str().bytes().all(is_harmless));
        }
    }
}
