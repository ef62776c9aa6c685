use super::{
    OLD, Secrets,
    receiver::{Answer, Receiver},
    send,
};
use central_logger_monitor::{DeliveryError, EgressPolicy};
use std::net::TcpListener;
use tokio::time::pause;

async fn send_to(receiver: &Receiver) -> Result<(), DeliveryError> {
    let secrets = Secrets::new(OLD);
    let url = format!("http://{}/", receiver.address);
    send(&secrets.webhook(&url, EgressPolicy::Anywhere)).await
}

#[tokio::test]
async fn a_receiver_that_hangs_or_is_slow_is_given_up_and_disconnected() {
    for answer in [Answer::Bytes(String::new()), Answer::Slow] {
        let mut receiver = Receiver::start(answer, None).await;
        let secrets = Secrets::new(OLD);
        let url = format!("http://{}/", receiver.address);
        let webhook = secrets.webhook(&url, EgressPolicy::Anywhere);
        let sending = tokio::spawn(async move { send(&webhook).await });
        receiver.request().await;
        // From here on, time passes at once when all wait for it.
        pause();
        let error = sending.await.unwrap().unwrap_err();
        assert!(matches!(error, DeliveryError::Timeout), "{error:?}");
        receiver.closed().await;
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_receiver_that_never_begins_with_tls_is_given_up() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let secrets = Secrets::new(OLD);
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let webhook = secrets.webhook(&url, EgressPolicy::Anywhere);
    let sending = tokio::spawn(async move { send(&webhook).await });
    let _stream = listener.accept().await.unwrap();
    pause();
    let error = sending.await.unwrap().unwrap_err();
    assert!(matches!(error, DeliveryError::Timeout), "{error:?}");
}

#[tokio::test]
async fn only_a_status_of_2xx_is_a_delivery() {
    for (status, delivered) in [
        (200, true),
        (201, true),
        (202, true),
        (204, true),
        (299, true),
        (300, false),
        (304, false),
        (400, false),
        (410, false),
        (429, false),
        (500, false),
        (503, false),
    ] {
        let answer = format!("HTTP/1.1 {status} .\r\ncontent-length: 0\r\n\r\n");
        let sent = send_to(&Receiver::answering(answer).await).await;
        match sent {
            Ok(()) => assert!(delivered, "{status}"),
            Err(DeliveryError::Status(seen)) => assert!(!delivered && seen == status, "{status}"),
            Err(error) => panic!("{status}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = elsewhere.local_addr().unwrap();
    for status in [301, 302, 303, 307, 308] {
        for location in [
            format!("http://{address}/"),
            "http://169.254.169.254/".to_owned(),
        ] {
            let answer =
                format!("HTTP/1.1 {status} .\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            let mut receiver = Receiver::answering(answer).await;
            let sent = send_to(&receiver).await;
            let told = matches!(sent, Err(DeliveryError::Status(seen)) if seen == status);
            assert!(told, "{sent:?}");
            receiver.request().await;
            receiver.closed().await;
        }
    }
    assert!(elsewhere.accept().is_err());
}

#[tokio::test]
async fn the_body_of_an_answer_is_not_waited_for() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\nit goes on";
    let mut receiver = Receiver::answering(answer).await;
    send_to(&receiver).await.unwrap();
    receiver.request().await;
    receiver.closed().await;
}

#[tokio::test]
async fn what_is_no_answer_in_http_is_an_error() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "a".repeat(100_000));
    for answer in ["SSH-2.0-server\r\n\r\n", "\r\n\r\n\0\0", &endless] {
        let mut receiver = Receiver::answering(answer).await;
        let sent = send_to(&receiver).await;
        assert!(matches!(sent, Err(DeliveryError::Answer(_))), "{sent:?}");
        receiver.request().await;
        receiver.closed().await;
    }
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let secrets = Secrets::new(OLD);
    let webhook = secrets.webhook(&url, EgressPolicy::Anywhere);
    drop(listener);
    let error = send(&webhook).await.unwrap_err();
    assert!(matches!(error, DeliveryError::Connection(_)), "{error:?}");
}
