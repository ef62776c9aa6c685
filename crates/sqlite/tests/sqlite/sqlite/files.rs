//! What files hold, who may read them, and what is told of them.

use super::{acme, directory, keyring, opened, path};
use central_logger_key_store::KeyStore;
use central_logger_keyring::KeySelection;
use central_logger_keys::{ApiKey, KeyPrefix};
use central_logger_log_store::{LogSearch, LogStore, Submission};
use central_logger_sqlite::{OpenError, Sqlite};
use central_logger_text::Report;
use std::fs;
use time::OffsetDateTime;

#[tokio::test]
async fn another_process_sees_a_change_at_once() {
    let directory = directory();
    let path = path(&directory);
    let (one, other) = (opened(&path).await, opened(&path).await);
    let issued = keyring(&one)
        .issue(&KeyPrefix::default(), acme())
        .await
        .unwrap();
    let id = issued.record.id;
    assert!(other.keys().find(&id).await.unwrap().is_some());
    let selection = KeySelection::Id(id.clone());
    keyring(&other)
        .revoke(&selection, None)
        .await
        .unwrap()
        .at_commit();
    let seen = one.keys().find(&id).await.unwrap().unwrap();
    assert!(seen.record.revoked_at.is_some());
}

#[tokio::test]
async fn what_was_appended_is_there_after_the_files_are_opened_anew() {
    let directory = directory();
    let path = path(&directory);
    let client = "acme".parse().unwrap();
    let body = br#"{"environment":"e","executed_at":"2025-12-24T10:30:00Z","status":"s"}"#;
    let now = OffsetDateTime::now_utc();
    let Ok(Submission::One(entry)) = Submission::parse(body, &client, now) else {
        panic!("one entry");
    };
    let first = opened(&path).await;
    first.logs().append(&client, now, &[entry]).await.unwrap();
    drop(first);
    let page = opened(&path)
        .await
        .logs()
        .page(&client, &LogSearch::default())
        .await;
    assert_eq!(page.unwrap().logs.len(), 1);
}

#[tokio::test]
async fn files_are_for_their_owner_and_hold_no_key() {
    let directory = directory();
    let path = path(&directory);
    let sqlite = opened(&path).await;
    let keyring = keyring(&sqlite);
    let issued = keyring.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let opaque = "made-elsewhere-0123456789";
    keyring
        .import(ApiKey::parse(opaque).unwrap(), acme())
        .await
        .unwrap();

    let secret = issued.api_key.expose_secret().rsplit('_').next().unwrap();
    let mut files = 0;
    for file in fs::read_dir(path.parent().unwrap()).unwrap() {
        let file = file.unwrap().path();
        let bytes = fs::read(&file).unwrap();
        for needle in [secret, opaque] {
            let found = bytes
                .windows(needle.len())
                .any(|window| window == needle.as_bytes());
            assert!(!found, "{} holds a key", file.display());
        }
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(&file).unwrap().permissions(),
            );
            assert_eq!(mode & 0o777, 0o600, "{}", file.display());
        }
        files += 1;
    }
    assert!(files >= 2);
}

#[tokio::test]
async fn what_is_no_database_is_refused_in_one_line() {
    let directory = directory();
    let text = directory.path().join("text.db");
    fs::write(
        &text,
        "not a database, but long enough to be taken for one at first",
    )
    .unwrap();
    let error = Sqlite::open(&text).await.unwrap_err();
    let said = Report(&error).to_string();
    assert!(
        said.contains("text.db cannot be used as a SQLite database: "),
        "{said}"
    );
    assert!(!said.contains('\n'));

    let below_a_file = text.join("keys.db");
    let error = Sqlite::open(&below_a_file).await.unwrap_err();
    assert!(matches!(error, OpenError::Create(..)), "{error:?}");
}
