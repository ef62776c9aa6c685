//! What needs a PostgreSQL server of its own: outages, and servers that are full.

use central_logger_key_store::{KeyStore, KeyStoreError};
use central_logger_keys::KeyId;
use central_logger_log_store::{LogPruner, LogStore, LogStoreError, Submission};
use central_logger_postgres::{
    Postgres,
    testing::{OwnServer, execute, new_database, new_login, with_login},
};
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_makes_calls_unavailable_and_heals() {
    let server = OwnServer::start();
    let postgres = Postgres::connect(server.url()).await.unwrap();
    postgres.migrate().await.unwrap();
    let (keys, logs) = (postgres.keys(), postgres.logs());
    let id = KeyId::generate().unwrap();
    assert!(keys.find(&id).await.unwrap().is_none());

    server.crash();
    for _ in 0..3 {
        let error = keys.find(&id).await.unwrap_err();
        assert!(matches!(error, KeyStoreError::Unavailable(_)), "{error:?}");
        let error = logs.ready().await.unwrap_err();
        assert!(matches!(error, LogStoreError::Unavailable(_)), "{error:?}");
    }

    server.start_again();
    assert!(keys.find(&id).await.unwrap().is_none());
    logs.ready().await.unwrap();
}

/// How many sessions `login` has at the server of `url`.
async fn sessions(url: &str, login: &str) -> usize {
    let sql = format!("SELECT pid FROM pg_stat_activity WHERE usename = '{login}'");
    let rows = execute(url, &sql).await;
    let is_row = |message: &&tokio_postgres::SimpleQueryMessage| {
        matches!(message, tokio_postgres::SimpleQueryMessage::Row(_))
    };
    rows.iter().filter(is_row).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_more_connections_are_let_in_calls_wait_for_one_that_is_there() {
    let (url, login) = (new_database().await, new_login().await);
    let owner = Postgres::connect(&url).await.unwrap();
    owner.migrate().await.unwrap();
    owner.serve_as(&login).await.unwrap();
    execute(&url, &format!("ALTER ROLE {login} CONNECTION LIMIT 6")).await;
    let postgres = Postgres::connect(&with_login(&url, &login)).await.unwrap();
    let feed = postgres.feed();
    let holder = central_logger_key_store::LeaseHolder::new("test").unwrap();
    let lease = central_logger_key_store::feed::Lease {
        holder: holder.clone(),
        applied: central_logger_key_store::Head::default(),
        length: Duration::from_secs(2),
        peppers: Vec::new(),
    };
    let feed: &dyn central_logger_key_store::KeyFeed = &feed;
    feed.hold_lease(&lease).await.unwrap();
    let readers = (0..12).map(|_| {
        let (keys, logs) = (postgres.keys(), postgres.logs());
        tokio::spawn(async move {
            for _ in 0..100 {
                let id = KeyId::generate().unwrap();
                assert!(keys.find(&id).await.unwrap().is_none());
                logs.ready().await.unwrap();
            }
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.unwrap();
    }
    feed.hold_lease(&lease).await.unwrap();
    // One is left for changes of keys, which may have to wait until a connection has ended.
    let command = Postgres::connect(&with_login(&url, &login)).await.unwrap();
    command.keys().ready().await.unwrap();
    assert!(sessions(&url, &login).await <= 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_more_connections_than_were_asked_for() {
    let (url, login) = (new_database().await, new_login().await);
    let owner = Postgres::connect(&url).await.unwrap();
    owner.migrate().await.unwrap();
    owner.serve_as(&login).await.unwrap();
    let postgres = Postgres::connect_with(&with_login(&url, &login), 3)
        .await
        .unwrap();
    let readers = (0..12).map(|_| {
        let logs = postgres.logs();
        tokio::spawn(async move { logs.ready().await.unwrap() })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.unwrap();
    }
    let status = postgres.pool_status();
    assert!(
        status.most == 3 && status.in_use + status.idle <= 3,
        "{status:?}"
    );
    assert!(sessions(&url, &login).await <= 3);
}

/// As when the machine of a standby is gone on which all commits wait.
#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_is_not_confirmed_says_that_its_outcome_is_unknown() {
    let server = OwnServer::start();
    let postgres = Postgres::connect(server.url()).await.unwrap();
    postgres.migrate().await.unwrap();
    let (logs, client) = (postgres.logs(), "acme_corp".parse().unwrap());
    let now = time::OffsetDateTime::now_utc();
    let body = br#"[{"environment":"e","executed_at":"2026-03-01T00:00:00Z","status":"s"}]"#;
    let Ok(Submission::Many(entries)) = Submission::parse(body, &client, now) else {
        panic!("an entry was refused");
    };
    logs.append(&client, now, &entries).await.unwrap();

    let set = async |sql: &str| {
        execute(server.url(), sql).await;
        execute(server.url(), "SELECT pg_reload_conf()").await;
    };
    set("ALTER SYSTEM SET synchronous_standby_names = 'gone'").await;
    let error = logs.delete(&client, None).await.unwrap_err();
    assert!(
        matches!(error, LogStoreError::OutcomeUnknown(_)),
        "{error:?}"
    );
    set("ALTER SYSTEM RESET synchronous_standby_names").await;
    assert!(logs.delete(&client, None).await.unwrap() <= 1);
    assert_eq!(logs.delete(&client, None).await.unwrap(), 0);
}
