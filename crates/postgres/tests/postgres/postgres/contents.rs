//! What rows hold, and what is told of them.

use super::{acme, keyring, migrated};
use central_logger_key_store::{KeyStore, KeyStoreError, NewKey, Owners};
use central_logger_keyring::model;
use central_logger_keys::{ApiKey, KeyPrefix};
use central_logger_postgres::{
    Postgres,
    testing::{execute, new_database},
};
use central_logger_text::Report;
use proptest::prelude::*;
use std::sync::Arc;

#[tokio::test]
async fn no_row_holds_a_key() {
    let (postgres, url) = migrated().await;
    let keyring = keyring(&postgres);
    let issued = keyring.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let opaque = "made-elsewhere-0123456789";
    let made_elsewhere = ApiKey::parse(opaque).unwrap();
    keyring.import(made_elsewhere, acme()).await.unwrap();

    let rows = execute(&url, "SELECT api_keys::text FROM api_keys").await;
    let rows = format!("{rows:?}");
    assert!(rows.contains(issued.record.id.as_str()), "{rows}");
    let secret = issued.api_key.expose_secret().rsplit('_').next().unwrap();
    for needle in [secret, opaque] {
        assert!(!rows.contains(needle));
    }
}

#[tokio::test]
async fn an_error_is_one_line_without_the_password() {
    let url = new_database().await;
    let (_, rest) = url.split_once("@").unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let (host, _) = server.split_once(':').unwrap();
    for (wrong, says) in [
        (
            format!("postgres://postgres:hunter2@{rest}"),
            "password authentication failed",
        ),
        (
            format!("postgres://postgres:hunter2@{host}:1/{database}"),
            "onnection refused",
        ),
        (
            format!("postgres://postgres:hunter2@nowhere.invalid/{database}"),
            "nowhere.invalid:5432",
        ),
    ] {
        let error = Postgres::connect(&wrong).await.unwrap_err();
        let said = Report(&error).to_string();
        assert!(!said.contains('\n'), "{said}");
        assert!(said.contains(says), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_life_goes_as_the_model_says(steps in model::steps()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let store = Postgres::connect(&new_database().await).await.unwrap();
            store.migrate().await.unwrap();
            model::compare(Arc::new(store.keys()), &steps).await;
        });
    }
}

#[tokio::test]
async fn times_that_no_calendar_has_are_told_with_their_column() {
    let (postgres, url) = migrated().await;
    let keyring = keyring(&postgres);
    let issue = async || {
        let new = NewKey::for_client("acme".parse().unwrap());
        let issued = keyring.issue(&KeyPrefix::default(), new).await.unwrap();
        issued.record.id
    };
    for (column, value, reason) in [
        (
            "expires_at",
            "infinity",
            "must not lie after the year 9999 in UTC",
        ),
        (
            "last_used_at",
            "294276-12-31",
            "must not lie after the year 9999 in UTC",
        ),
        (
            "created_at",
            "0044-03-15 BC",
            "must not lie before the year 1970 in UTC",
        ),
    ] {
        let id = issue().await;
        execute(
            &url,
            &format!("UPDATE api_keys SET {column} = '{value}' WHERE id = '{id}'"),
        )
        .await;
        let error = postgres.keys().find(&id).await.unwrap_err();
        assert!(matches!(error, KeyStoreError::Unreadable(_)), "{error:?}");
        let expected = format!("the row of the key {id} cannot be read: {column} {reason}");
        assert_eq!(error.to_string(), expected);
    }
    let id = issue().await;
    let list = postgres.keys().list(Owners::All).await.unwrap();
    assert_eq!(list.records.len(), 1);
    assert_eq!(list.records[0].id, id);
    assert_eq!(list.unreadable.len(), 3);
}
