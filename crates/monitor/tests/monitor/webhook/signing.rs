use super::{
    BODY, NEW, OLD, Secrets,
    receiver::{OK, Receiver},
    send,
};
use central_logger_monitor::{DeliveryError, EgressPolicy, SecretsError, Webhook, WebhookError};
use http::{Method, Request};
use std::{fs, path::Path};
use time::{OffsetDateTime, macros::datetime};

/// Whether the reference library of Standard Webhooks accepts it.
pub(crate) fn is_accepted(request: &Request<String>, secret: &str) -> bool {
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    let body = request.body().as_bytes();
    webhook.verify(body, request.headers()).is_ok()
}

#[tokio::test]
async fn the_reference_library_accepts_what_is_sent_and_nothing_else() {
    let mut receiver = Receiver::answering(OK).await;
    let secrets = Secrets::new(OLD);
    let url = format!("http://{}/hooks/a%20b?c=d#e", receiver.address);
    let webhook = secrets.webhook(&url, EgressPolicy::Anywhere);
    send(&webhook).await.unwrap();

    let request = receiver.request().await;
    assert!(is_accepted(&request, OLD));
    assert!(!is_accepted(&request, NEW));
    let other = request.clone().map(|body| body.replace("acme", "acne"));
    assert!(!is_accepted(&other, OLD));

    assert_eq!(request.method(), Method::POST);
    assert_eq!(request.uri(), "/hooks/a%20b?c=d");
    assert_eq!(request.body(), BODY);
    assert_eq!(request.headers()["host"], receiver.address.to_string());
    assert_eq!(request.headers()["content-type"], "application/json");
    assert_eq!(request.headers()["webhook-id"], "alert-1");
    receiver.closed().await;
}

#[tokio::test]
async fn an_attempt_carries_its_time_in_seconds() {
    let mut receiver = Receiver::answering(OK).await;
    let secrets = Secrets::new(OLD);
    let webhook = secrets.webhook(
        &format!("http://{}", receiver.address),
        EgressPolicy::Anywhere,
    );
    let at = datetime!(2026-01-01 0:00:00.999 +1);
    webhook.send("alert-1", at, BODY).await.unwrap();
    let request = receiver.request().await;
    assert_eq!(request.uri(), "/");
    assert_eq!(request.headers()["webhook-timestamp"], "1767222000");
}

#[tokio::test]
async fn secrets_are_rotated_under_a_webhook_in_use() {
    let mut receiver = Receiver::answering(OK).await;
    let secrets = Secrets::new(OLD);
    let webhook = secrets.webhook(
        &format!("http://{}", receiver.address),
        EgressPolicy::Anywhere,
    );
    for (file, by_old, by_new) in [
        (OLD.to_owned(), true, false),
        (format!("# both\n{NEW}\n{OLD}\n"), true, true),
        (NEW.to_owned(), false, true),
    ] {
        secrets.write(&file);
        send(&webhook).await.unwrap();
        let request = receiver.request().await;
        receiver.closed().await;
        assert_eq!(is_accepted(&request, OLD), by_old, "{file}");
        assert_eq!(is_accepted(&request, NEW), by_new, "{file}");
        if by_old && by_new {
            let signatures = request.headers()["webhook-signature"].to_str().unwrap();
            let (first, _) = signatures.split_once(' ').unwrap();
            let mut newest = request.clone();
            let first = first.parse().unwrap();
            newest.headers_mut().insert("webhook-signature", first);
            assert!(is_accepted(&newest, NEW));
        }
    }
}

#[tokio::test]
async fn nothing_is_sent_without_good_secrets() {
    let mut receiver = Receiver::answering(OK).await;
    let url = format!("http://{}", receiver.address);
    let secrets = Secrets::new(OLD);
    let webhook = secrets.webhook(&url, EgressPolicy::Anywhere);

    secrets.write(&format!("{OLD}\nwhsec_tooshort\n"));
    let error = send(&webhook).await.unwrap_err();
    let line = matches!(
        error,
        DeliveryError::Secrets(SecretsError::Line { line: 2, .. })
    );
    assert!(line, "{error:?}");
    assert!(!format!("{error} {error:?}").contains("tooshort"));
    let error = Webhook::new(&url, &secrets.path, EgressPolicy::Anywhere).unwrap_err();
    assert!(matches!(error, WebhookError::Secrets(_)), "{error:?}");

    secrets.write("");
    let error = send(&webhook).await.unwrap_err();
    let empty = matches!(error, DeliveryError::Secrets(SecretsError::Empty { .. }));
    assert!(empty, "{error:?}");

    fs::remove_file(&secrets.path).unwrap();
    let error = send(&webhook).await.unwrap_err();
    assert!(names(&error.to_string(), &secrets.path), "{error}");

    secrets.write(OLD);
    let now = OffsetDateTime::now_utc();
    let error = webhook.send("alert.1", now, BODY).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Id), "{error:?}");

    // What comes first is what is sent now.
    webhook.send("alert-2", now, BODY).await.unwrap();
    let request = receiver.request().await;
    assert_eq!(request.headers()["webhook-id"], "alert-2");
}

fn names(said: &str, path: &Path) -> bool {
    said.contains(&path.display().to_string())
}
