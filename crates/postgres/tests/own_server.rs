//! What needs a PostgreSQL server of its own: outages and TLS.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_key_store::{KeyStore, KeyStoreError, Report};
use central_logger_keys::KeyId;
use central_logger_log_store::{LogStore, LogStoreError};
use central_logger_postgres::{
    OpenError, Postgres,
    testing::{OwnServer, execute},
};
use std::{fs, os::unix::fs::MetadataExt, path::PathBuf};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_demands_tls_is_reached_and_verified() {
    let server = OwnServer::start();
    let root_certificate = demand_tls(&server, "localhost").await;
    let root_certificate = root_certificate.display();
    let by_name = server.url().replace("127.0.0.1", "localhost");
    for accepted in [
        by_name.clone(),
        server.url().to_owned(),
        format!("{by_name}?sslmode=verify-full&sslrootcert={root_certificate}"),
    ] {
        Postgres::connect(&accepted).await.unwrap();
    }
    for (refused, says) in [
        (format!("{by_name}?sslmode=disable"), "no encryption"),
        (format!("{by_name}?sslmode=require"), "UnknownIssuer"),
        (
            format!(
                "{}?sslmode=require&sslrootcert={root_certificate}",
                server.url()
            ),
            "not valid for name",
        ),
    ] {
        let error = Postgres::connect(&refused).await.unwrap_err();
        let said = Report(&error).to_string();
        assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
        assert!(said.contains(says), "{said}");
    }
    let absent = format!("{by_name}?sslrootcert=/nowhere/ca.pem");
    let error = Postgres::connect(&absent).await.unwrap_err();
    assert!(matches!(error, OpenError::RootCertificate(..)), "{error:?}");
}

/// Gives the server a certificate for `name`, refuses what is not encrypted, and tells where the
/// certificate is.
async fn demand_tls(server: &OwnServer, name: &str) -> PathBuf {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let data = server.data();
    let owner = fs::metadata(&data).unwrap();
    for (file, pem) in [
        ("server.crt", made.cert.pem()),
        ("server.key", made.signing_key.serialize_pem()),
    ] {
        let file = data.join(file);
        fs::write(&file, pem).unwrap();
        std::os::unix::fs::chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(&file, mode).unwrap();
    }
    fs::write(
        data.join("pg_hba.conf"),
        "hostssl all all all scram-sha-256\n",
    )
    .unwrap();
    execute(server.url(), "ALTER SYSTEM SET ssl = on").await;
    server.stop();
    server.start_again();
    data.join("server.crt")
}
