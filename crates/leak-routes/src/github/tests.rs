use super::*;
use crate::published_keys::tests::pem;
use central_logger_times::ManualClock;
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};
use std::sync::atomic::{AtomicUsize, Ordering};
use time::macros::datetime;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        let (kind, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).unwrap())
    }

    fn sign(&self, body: &[u8]) -> String {
        let signature = self.0.sign(&SystemRandom::new(), body).unwrap();
        Base64::encode_string(signature.as_ref())
    }

    fn published(&self, id: &str) -> String {
        let key = pem(self.0.public_key().as_ref());
        serde_json::json!({"public_keys": [{"key_identifier": id, "key": key}]}).to_string()
    }
}

/// Publishes what it is told to, and counts how often it is asked.
#[derive(Clone, Default)]
struct Publisher {
    body: Arc<std::sync::Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    async fn start(&self) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let this = self.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut head = [0; 4096];
                let _ = stream.read(&mut head).await;
                this.asked.fetch_add(1, Ordering::SeqCst);
                let body = this.body.lock().unwrap().clone();
                let length = body.len();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        url.parse().unwrap()
    }
}

const BODY: &[u8] = b"[{\"token\":\"x\"}]";

#[tokio::test]
async fn what_is_signed_is_taken_once() {
    let (signer, publisher) = (Signer::new(), Publisher::default());
    *publisher.body.lock().unwrap() = signer.published("k1");
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    clock.advance(time::Duration::DAY);
    let github = GitHub::new(&publisher.start().await, clock.clone()).unwrap();
    let good = signer.sign(BODY);
    assert_eq!(github.check("k1", &good, BODY).await, Ok(()));
    github.remember(BODY);
    assert_eq!(
        github.check("k1", &good, BODY).await,
        Err(NotTaken::Replayed)
    );
    let again = signer.sign(BODY);
    assert_eq!(
        github.check("k1", &again, BODY).await,
        Err(NotTaken::Replayed)
    );
    for (id, signature, body) in [
        ("k1", good.as_str(), &b"[]"[..]),
        ("k1", "", BODY),
        ("k1", "AAAA", BODY),
        ("k1", &Signer::new().sign(BODY), BODY),
        ("k2", &good, BODY),
    ] {
        let checked = github.check(id, signature, body).await;
        assert_eq!(checked, Err(NotTaken::Unsigned), "{id} {signature}");
    }
    assert_eq!(publisher.asked.load(Ordering::SeqCst), 1, "keys are cached");
    clock.advance(time::Duration::days(2));
    assert_eq!(
        github.check("k1", &good, BODY).await,
        Ok(()),
        "it is forgotten"
    );
}

#[tokio::test]
async fn a_new_key_is_fetched_and_not_too_often() {
    let (old, new, publisher) = (Signer::new(), Signer::new(), Publisher::default());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    clock.advance(time::Duration::DAY);
    let github = GitHub::new(&publisher.start().await, clock.clone()).unwrap();
    let signed = old.sign(BODY);
    assert_eq!(
        github.check("k1", &signed, BODY).await,
        Err(NotTaken::NoKeys)
    );
    *publisher.body.lock().unwrap() = old.published("k1");
    assert_eq!(
        github.check("k1", &signed, BODY).await,
        Err(NotTaken::NoKeys)
    );
    clock.advance(time::Duration::minutes(2));
    assert_eq!(github.check("k1", &signed, BODY).await, Ok(()));
    *publisher.body.lock().unwrap() = new.published("k2");
    clock.advance(time::Duration::minutes(2));
    assert_eq!(github.check("k2", &new.sign(BODY), BODY).await, Ok(()));
    assert_eq!(publisher.asked.load(Ordering::SeqCst), 3);
}

#[test]
fn keys_come_over_https_or_from_this_machine() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    for (url, is_good) in [
        (
            "https://api.github.com/meta/public_keys/secret_scanning",
            true,
        ),
        ("http://127.0.0.1:9/keys", true),
        ("http://keys.example.com/", false),
        ("http://10.0.0.1/", false),
    ] {
        let made = GitHub::new(&url.parse().unwrap(), Arc::clone(&clock));
        assert_eq!(made.is_ok(), is_good, "{url}");
    }
}
