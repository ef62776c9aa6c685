use super::{
    OLD, Secrets,
    receiver::{Answer, Receiver},
    send,
};
use central_logger_monitor::{DeliveryError, EgressPolicy, Webhook, WebhookError};
use rustls::{ServerConfig, crypto::ring, pki_types::PrivatePkcs8KeyDer};
use std::{env, fs, process::Command, sync::Arc};

#[test]
fn a_host_that_is_never_public_is_refused_from_the_start() {
    let secrets = Secrets::new(OLD);
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "hooks.localhost",
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "0",
        "10.0.0.1",
        "192.168.1.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
    ] {
        let url = format!("https://{host}:8443/hunter2");
        let error = Webhook::new(&url, &secrets.path, EgressPolicy::PublicOnly).unwrap_err();
        assert!(
            matches!(error, WebhookError::NotPublic),
            "{host}: {error:?}"
        );
        assert!(
            Webhook::new(&url, &secrets.path, EgressPolicy::Anywhere).is_ok(),
            "{host}"
        );
    }
    for host in [
        "hooks.example.com",
        "8.8.8.8",
        "notlocalhost",
        "[2606:4700::1]",
    ] {
        let url = format!("https://{host}/");
        assert!(
            Webhook::new(&url, &secrets.path, EgressPolicy::PublicOnly).is_ok(),
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_name_is_resolved_and_posted_to() {
    let mut receiver = Receiver::answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let secrets = Secrets::new(OLD);
    let host = format!("localhost:{}", receiver.address.port());
    let webhook = secrets.webhook(&format!("http://{host}/"), EgressPolicy::Anywhere);
    send(&webhook).await.unwrap();
    assert_eq!(receiver.request().await.headers()["host"], host);
}

#[test]
fn urls_to_which_nothing_can_be_posted_are_refused_without_repeating_them() {
    let secrets = Secrets::new(OLD);
    let refused = |url: &str, reach| {
        let error = Webhook::new(url, &secrets.path, reach).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{url}");
        error
    };
    for url in [
        "hunter2",
        "/hunter2",
        "https://",
        "https://hunter2:x",
        "https://a b/hunter2",
    ] {
        let error = refused(url, EgressPolicy::Anywhere);
        assert!(matches!(error, WebhookError::Url(_)), "{url}: {error:?}");
    }
    for url in ["http://example.com/hunter2", "http://127.0.0.1/hunter2"] {
        let error = refused(url, EgressPolicy::PublicOnly);
        assert!(matches!(error, WebhookError::Scheme), "{url}: {error:?}");
    }
    for url in ["ftp://hunter2/", "file:///hunter2", "data:hunter2"] {
        let error = refused(url, EgressPolicy::Anywhere);
        assert!(matches!(error, WebhookError::Scheme), "{url}: {error:?}");
    }
    for url in ["https://me:hunter2@example.com", "https://hunter2@[::1]/"] {
        let error = refused(url, EgressPolicy::Anywhere);
        assert!(matches!(error, WebhookError::Userinfo), "{url}: {error:?}");
    }
}

#[test]
fn a_webhook_shows_neither_path_nor_query_nor_secrets() {
    let secrets = Secrets::new(OLD);
    let url = "https://Hooks.example.com:8443/hunter2?token=hunter2";
    let webhook = secrets.webhook(url, EgressPolicy::PublicOnly);
    assert_eq!(webhook.to_string(), "https://hooks.example.com:8443");
    let debug = format!("{webhook:?}");
    assert_eq!(debug, r#"Webhook("https://hooks.example.com:8443")"#);
}

const URL: &str = "WEBHOOK_TEST_URL";

#[tokio::test]
async fn https_needs_a_certificate_of_an_authority_that_the_system_trusts() {
    if let Ok(url) = env::var(URL) {
        return send_trusting(&url).await;
    }
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let answer = Answer::Bytes("HTTP/1.1 200 OK\r\n\r\n".to_owned());
    let mut receiver = Receiver::start(answer, Some(config)).await;
    let url = format!("https://localhost:{}/hook", receiver.address.port());

    let secrets = Secrets::new(OLD);
    let error = send(&secrets.webhook(&url, EgressPolicy::Anywhere)).await;
    assert!(matches!(error, Err(DeliveryError::Tls(_))), "{error:?}");
    receiver.closed().await;

    // The environment of this process cannot be changed while others read it.
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    fs::write(&authority, made.cert.pem()).unwrap();
    let mut again = Command::new(env::current_exe().unwrap());
    again
        .arg("https_needs_a_certificate_of_an_authority_that_the_system_trusts")
        .env("SSL_CERT_FILE", authority)
        .env_remove("SSL_CERT_DIR")
        .env(URL, &url);
    let output = tokio::task::spawn_blocking(move || again.output());
    let output = output.await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(receiver.request().await.uri(), "/hook");
    receiver.closed().await;
}

async fn send_trusting(url: &str) {
    let secrets = Secrets::new(OLD);
    let webhook = secrets.webhook(url, EgressPolicy::Anywhere);
    send(&webhook).await.unwrap();
    // The certificate is for the name alone.
    let webhook = secrets.webhook(
        &url.replace("localhost", "127.0.0.1"),
        EgressPolicy::Anywhere,
    );
    let error = send(&webhook).await;
    assert!(matches!(error, Err(DeliveryError::Tls(_))), "{error:?}");
}
