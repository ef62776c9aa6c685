//! Who gets through and who does not, over the in-memory store and a clock set by hand.

use central_logger_auth::{
    AuthEvent, Authenticator, EventSink, InvalidReason, Origin, PresentedCredential, Principal,
    Refusal, VerificationRequest,
};
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{Actor, KeyStatus, MemoryKeys, NewKey, UnreachableKeys};
use central_logger_keyring::{KeySelection, Keyring};
use central_logger_keys::{
    ApiKey, KeyEnvironment, KeyHasher, KeyId, KeyPrefix, Pepper, Scope, Scopes,
};
use central_logger_times::{Clock, ManualClock, Timestamp};
use std::sync::{Arc, Mutex};
use time::{Duration, macros::datetime};

struct Fixture {
    store: Arc<MemoryKeys>,
    clock: Arc<ManualClock>,
    keyring: Keyring,
    authenticator: Authenticator,
    events: Arc<Recorded>,
}

#[derive(Default)]
struct Recorded(Mutex<Vec<String>>);

impl EventSink for Recorded {
    fn record(&self, event: &AuthEvent<'_>) {
        let outcome = match event.outcome {
            Ok(()) => format!("accepted {}", event.key.unwrap().owner.as_str()),
            Err(refusal) => refusal.reason().to_string(),
        };
        self.0.lock().unwrap().push(outcome);
    }
}

fn fixture() -> Fixture {
    let store = Arc::new(MemoryKeys::new());
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(KeyHasher::new());
    let events = Arc::new(Recorded::default());
    Fixture {
        keyring: Keyring::new(
            store.clone(),
            hashes.clone(),
            clock.clone(),
            Actor::new("tester@here"),
        ),
        authenticator: Authenticator::new(store.clone())
            .with_hashes(hashes)
            .with_clock(clock.clone())
            .with_events(events.clone()),
        store,
        clock,
        events,
    }
}

fn acme() -> NewKey {
    NewKey::for_client("acme".parse().unwrap())
}

async fn present(
    authenticator: &Authenticator,
    key: &[u8],
    required: Option<Scope>,
) -> Result<Principal, Refusal> {
    let request = VerificationRequest {
        presented: PresentedCredential::from_headers([key], []),
        origin: Origin::Unknown,
        required,
    };
    authenticator.authenticate(request).await
}

async fn reason(authenticator: &Authenticator, key: &[u8]) -> InvalidReason {
    match present(authenticator, key, None).await {
        Err(Refusal::Invalid(reason)) => reason,
        other => panic!("expected an invalid key, found {other:?}"),
    }
}

/// A well-formed key of the same id with another secret.
fn forged(id: &KeyId) -> String {
    let key = ApiKey::forged(id.clone()).unwrap();
    key.expose_secret().to_owned()
}

#[tokio::test]
async fn a_good_key_names_its_client() {
    let f = fixture();
    let new = NewKey {
        environment: KeyEnvironment::Test,
        expires_at: Some(Timestamp::clamped(f.clock.now() + Duration::days(1))),
        ..acme()
    };
    let issued = f.keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    let key = issued.api_key.expose_secret().as_bytes();
    let principal = present(&f.authenticator, key, Some(Scope::LOGS_READ))
        .await
        .unwrap();
    assert_eq!(principal.client_id().as_str(), "acme");
    assert_eq!(principal.key_id(), &issued.record.id);
    assert_eq!(principal.scopes(), &Scopes::default());
    assert_eq!(principal.environment(), KeyEnvironment::Test);
    assert_eq!(principal.expires_at(), issued.record.expires_at);
    assert_eq!(*f.events.0.lock().unwrap(), ["accepted acme"]);
}

#[tokio::test]
async fn bad_keys_are_told_apart_in_events_and_nowhere_else() {
    let f = fixture();
    let issued = f
        .keyring
        .issue(&KeyPrefix::default(), acme())
        .await
        .unwrap();
    let key = issued.api_key.expose_secret().to_owned();
    let unknown = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
    let flipped = if key.ends_with('0') { "1" } else { "0" };
    let mistyped = format!("{}{flipped}", &key[..key.len() - 1]);
    let cases: [(&[u8], &str); 7] = [
        (unknown.expose_secret().as_bytes(), "unknown"),
        (b"wrong_key_12345", "unknown"),
        (mistyped.as_bytes(), "mistyped"),
        (forged(&issued.record.id).as_bytes(), "wrong_secret"),
        ("schlüssel".as_bytes(), "malformed"),
        (b"\xff\xfe", "malformed"),
        (&[b'k'; 4096], "malformed"),
    ]
    .map(|(key, reason)| (key.to_vec().leak() as &[u8], reason));
    for (key, expected) in cases {
        let refusal = present(&f.authenticator, key, None).await.unwrap_err();
        assert_eq!(refusal.reason().as_str(), expected);
        let problem = refusal.problem();
        assert_eq!(
            (problem.status, problem.detail.as_str()),
            (401, "Invalid API key")
        );
        assert_eq!(refusal.headers()[0].0, "www-authenticate");
    }
    let told: Vec<_> = cases.iter().map(|(_, reason)| *reason).collect();
    assert_eq!(*f.events.0.lock().unwrap(), told);
}

#[tokio::test]
async fn missing_and_conflicting_keys_are_refused() {
    let f = fixture();
    let request = |presented| VerificationRequest {
        presented,
        origin: Origin::Unknown,
        required: None,
    };
    let missing = f
        .authenticator
        .authenticate(request(PresentedCredential::Missing))
        .await
        .unwrap_err();
    assert_eq!(missing.problem().detail, "Missing API key");
    assert_eq!(missing.problem().status, 401);
    let differing = f
        .authenticator
        .authenticate(request(PresentedCredential::Conflicting))
        .await;
    assert_eq!(differing.unwrap_err().problem().detail, "Invalid API key");
}

#[tokio::test]
async fn expiry_counts_from_its_very_millisecond() {
    let f = fixture();
    let new = NewKey {
        expires_at: Some(Timestamp::clamped(
            f.clock.now() + Duration::milliseconds(2),
        )),
        ..acme()
    };
    let issued = f.keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    let key = issued.api_key.expose_secret().as_bytes();
    f.clock.advance(Duration::milliseconds(1));
    assert!(present(&f.authenticator, key, None).await.is_ok());
    f.clock.advance(Duration::milliseconds(1));
    let expired = InvalidReason::NotActive(KeyStatus::Expired);
    assert_eq!(reason(&f.authenticator, key).await, expired);
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_its_state_is_told_to_nobody_without_it() {
    let f = fixture();
    let issued = f
        .keyring
        .issue(&KeyPrefix::default(), acme())
        .await
        .unwrap();
    let key = issued.api_key.expose_secret().as_bytes();
    assert!(present(&f.authenticator, key, None).await.is_ok());
    let id = issued.record.id;
    f.keyring
        .revoke(&KeySelection::Id(id.clone()), None)
        .await
        .unwrap()
        .at_commit();
    let revoked = InvalidReason::NotActive(KeyStatus::Revoked);
    assert_eq!(reason(&f.authenticator, key).await, revoked);
    let guess = forged(&id);
    let guessed = reason(&f.authenticator, guess.as_bytes()).await;
    assert_eq!(guessed, InvalidReason::WrongSecret);
}

#[tokio::test]
async fn a_disabled_key_is_refused() {
    let f = fixture();
    let issued = f
        .keyring
        .issue(&KeyPrefix::default(), acme())
        .await
        .unwrap();
    f.keyring
        .disable(&issued.record.id)
        .await
        .unwrap()
        .at_commit();
    let key = issued.api_key;
    let reason = reason(&f.authenticator, key.expose_secret().as_bytes()).await;
    assert_eq!(reason, InvalidReason::NotActive(KeyStatus::Disabled));
}

#[tokio::test]
async fn a_key_without_the_scope_is_forbidden() {
    let f = fixture();
    let new = NewKey {
        scopes: Scopes::from(vec![Scope::LOGS_READ]),
        ..acme()
    };
    let issued = f.keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    let key = issued.api_key.expose_secret().as_bytes();
    assert!(
        present(&f.authenticator, key, Some(Scope::LOGS_READ))
            .await
            .is_ok()
    );
    let refusal = present(&f.authenticator, key, Some(Scope::LOGS_WRITE))
        .await
        .unwrap_err();
    assert!(matches!(&refusal, Refusal::Forbidden(scope) if *scope == Scope::LOGS_WRITE));
    assert_eq!(refusal.problem().status, 403);
}

#[tokio::test]
async fn whoever_got_through_can_be_asked_about_again() {
    let f = fixture();
    let new = NewKey {
        scopes: Scopes::from(vec![Scope::LOGS_READ]),
        expires_at: Some(Timestamp::clamped(f.clock.now() + Duration::HOUR)),
        ..acme()
    };
    let issued = f.keyring.issue(&KeyPrefix::default(), new).await.unwrap();
    let key = issued.api_key.expose_secret().as_bytes();
    let caller = present(&f.authenticator, key, None).await.unwrap();
    let is_good = async |scope| f.authenticator.is_still_good(&caller, scope).await.unwrap();
    assert!(is_good(None).await);
    assert!(is_good(Some(Scope::LOGS_READ)).await);
    assert!(!is_good(Some(Scope::LOGS_WRITE)).await);

    let elsewhere = Authenticator::new(Arc::new(MemoryKeys::new()));
    assert!(!elsewhere.is_still_good(&caller, None).await.unwrap());
    let nowhere = Authenticator::new(Arc::new(UnreachableKeys));
    assert!(nowhere.is_still_good(&caller, None).await.is_err());

    f.clock.advance(Duration::HOUR);
    assert!(!is_good(None).await);
    f.clock.advance(-Duration::MINUTE);
    assert!(is_good(None).await);
    let selection = KeySelection::Id(issued.record.id.clone());
    let revoked = f.keyring.revoke(&selection, None).await.unwrap();
    assert_eq!(revoked.at_commit().len(), 1);
    assert!(!is_good(None).await);
    // Nothing of it counts as an attempt.
    assert_eq!(f.events.0.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_opaque_key_is_found_by_its_slow_hash_and_by_nothing_else() {
    let f = fixture();
    let text = "made-by-python-token-urlsafe";
    let adopt = f.keyring.import(ApiKey::parse(text).unwrap(), acme());
    adopt.await.unwrap();
    let principal = present(&f.authenticator, text.as_bytes(), None)
        .await
        .unwrap();
    assert_eq!(principal.client_id().as_str(), "acme");
    let other = reason(&f.authenticator, b"made-by-python-token-urlsafF").await;
    assert_eq!(other, InvalidReason::Unknown);
}

#[tokio::test]
async fn a_hash_whose_pepper_is_gone_is_a_failure_and_not_a_bad_key() {
    let f = fixture();
    let peppered = KeyHasher::with_pepper(Pepper::new(&[7; 32]).unwrap(), None);
    let keyring = Keyring::new(
        f.store.clone(),
        HashPool::new(peppered),
        f.clock.clone(),
        Actor::new("tester@here"),
    );
    let issued = keyring.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let opaque = "made-by-python-token-urlsafe";
    keyring
        .import(ApiKey::parse(opaque).unwrap(), acme())
        .await
        .unwrap();
    let generated = issued.api_key.expose_secret();
    // Any opaque key may be the one whose hash cannot be computed here.
    for key in [generated, opaque, "another-by-python-token-urlsafe"] {
        let refusal = present(&f.authenticator, key.as_bytes(), None)
            .await
            .unwrap_err();
        assert!(matches!(refusal, Refusal::Hash(_)), "{refusal:?}");
        assert_eq!(refusal.problem().status, 503);
        assert_eq!(refusal.headers(), [("retry-after", "1".into())]);
    }
    // What is no key at all is none, whatever the pepper.
    let other = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
    let unknown = reason(&f.authenticator, other.expose_secret().as_bytes()).await;
    assert_eq!(unknown, InvalidReason::Unknown);
}

#[tokio::test]
async fn the_first_store_that_knows_a_key_has_the_last_word() {
    let f = fixture();
    let issued = f
        .keyring
        .issue(&KeyPrefix::default(), acme())
        .await
        .unwrap();
    let key = issued.api_key.expose_secret();
    let forgotten = Arc::new(MemoryKeys::new());
    let second = Keyring::new(
        forgotten.clone(),
        HashPool::new(KeyHasher::new()),
        f.clock.clone(),
        Actor::new("tester@here"),
    );
    second
        .import(ApiKey::parse(key).unwrap(), acme())
        .await
        .unwrap();
    let only_second = second.issue(&KeyPrefix::default(), acme()).await.unwrap();
    let both = f.authenticator.clone().with_fallback(forgotten);

    let id = KeySelection::Id(issued.record.id.clone());
    f.keyring.revoke(&id, None).await.unwrap().at_commit();
    let revoked = InvalidReason::NotActive(KeyStatus::Revoked);
    assert_eq!(reason(&both, key.as_bytes()).await, revoked);
    let fallback = only_second.api_key.expose_secret().as_bytes();
    assert!(present(&both, fallback, None).await.is_ok());
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_503_and_the_fallback_is_not_a_guess() {
    let f = fixture();
    let issued = f
        .keyring
        .issue(&KeyPrefix::default(), acme())
        .await
        .unwrap();
    let unreachable = Authenticator::new(Arc::new(UnreachableKeys)).with_fallback(f.store);
    let key = issued.api_key.expose_secret().as_bytes();
    let refusal = present(&unreachable, key, None).await.unwrap_err();
    assert_eq!(refusal.problem().status, 503);
    assert_eq!(refusal.headers(), [("retry-after", "1".into())]);
}
