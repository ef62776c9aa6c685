//! What a reveal link gives, to whom, and how often, on stores in memory and a clock that is set by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use central_logger_hash_pool::HashPool;
use central_logger_key_activity::{
    AlertKind, AlertQuery, AlertRaising, AlertStore, MemoryActivity,
};
use central_logger_key_store::{
    Actor, KeyMaker, KeyStatus, MemoryKeys, NamedRequest, NewKey, Owners,
    reveal_link::{RevealLink, RevealState},
};
use central_logger_keyring::{KeyringError, Rotation};
use central_logger_keys::{KeyHasher, KeyId, KeyPrefix, Scope, Scopes};
use central_logger_log_store::MemoryLogs;
use central_logger_operations::{
    Caller, Once, OperationError, Operations, StaticEntries, Stores, keys::NewProviderKey,
    rights::ProviderRights,
};
use central_logger_reveal_links::{
    LinkHolder, MadeRevealLink, NewRevealLink, RevealLinkView, RevealLinks, Revealing,
};
use central_logger_sessions::{LinkToken, MemorySessions};
use central_logger_settings::Environment;
use central_logger_times::{ManualClock, Timestamp};
use std::sync::Arc;
use time::{Duration, OffsetDateTime, macros::datetime};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);
const URL: &str = "https://logs.example.com";
const HERE: &str = "192.0.2.0/24";

struct Provider {
    operations: Operations,
    stores: Stores,
    activity: Arc<MemoryActivity>,
    clock: Arc<ManualClock>,
    prefix: KeyPrefix,
}

impl Provider {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        let activity = Arc::new(MemoryActivity::new());
        let stores = Stores {
            keys: Arc::new(MemoryKeys::new()),
            activity: activity.clone(),
            logs: Arc::new(MemoryLogs::new()),
            sessions: Arc::new(MemorySessions::new()),
        };
        let operations = operations(&stores, &clock, Caller::Provider(Actor::new("alice@ops")));
        Self {
            operations,
            stores,
            activity,
            clock,
            prefix: KeyPrefix::default(),
        }
    }

    async fn make(&self, new: NewRevealLink) -> Made {
        let links = RevealLinks::of(&self.operations);
        Made::of(links.make(new, URL).await.unwrap().result)
    }

    async fn link(&self, made: &Made) -> RevealLinkView {
        let links = RevealLinks::of(&self.operations);
        links.show(&made.id).await.unwrap()
    }

    fn holder(&self) -> LinkHolder<'_> {
        LinkHolder {
            operations: operations(
                &self.stores,
                &self.clock,
                Caller::Provider(Actor::server("reveal link")),
            ),
            prefix: &self.prefix,
            alerts: AlertRaising::Delivered,
            network: Some(HERE.to_owned()),
        }
    }

    async fn reveal(&self, made: &Made, passphrase: Option<&str>) -> Revealing {
        let passphrase = passphrase.map(|said| said.parse().unwrap());
        let holder = self.holder();
        let revealed = holder.reveal(&made.token, passphrase.as_ref());
        revealed.await.unwrap()
    }

    async fn keys(&self) -> usize {
        let keys = self.operations.keyring().list(Owners::All, None).await;
        keys.unwrap().records.len()
    }

    async fn alerts(&self) -> Vec<(AlertKind, u64, String)> {
        let query = AlertQuery {
            client: None,
            since: Timestamp::MIN,
            before: None,
            limit: 100,
        };
        let alerts = self.activity.alerts(&query).await.unwrap().into_iter();
        alerts
            .map(|alert| (alert.kind, alert.counted.sum, alert.evidence))
            .collect()
    }
}

fn operations(stores: &Stores, clock: &Arc<ManualClock>, caller: Caller) -> Operations {
    let hashes = HashPool::new(KeyHasher::new());
    Operations::new(stores.clone(), hashes, clock.clone(), caller)
}

struct Made {
    id: KeyId,
    token: LinkToken,
    expires_at: OffsetDateTime,
}

impl Made {
    fn of(made: MadeRevealLink) -> Self {
        let token = made.url.strip_prefix("https://logs.example.com/reveal/");
        Self {
            token: token.unwrap().parse().unwrap(),
            id: made.id,
            expires_at: made.expires_at,
        }
    }
}

fn static_entries(api_keys: &str) -> StaticEntries {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(".env");
    std::fs::write(&path, format!("API_KEYS={api_keys}\n")).unwrap();
    StaticEntries::read(&Environment::read(Some(&path)).unwrap())
}

fn to_acme() -> NewRevealLink {
    NewRevealLink::for_key(NewKey::for_client("acme_corp".parse().unwrap()))
}

fn revealed(revealing: Revealing) -> central_logger_reveal_links::RevealedKey {
    match revealing {
        Revealing::Revealed(key) => *key,
        other => panic!("{other:?}"),
    }
}

fn is_gone(revealing: &Revealing) -> bool {
    matches!(revealing, Revealing::Gone)
}

#[tokio::test]
async fn a_key_comes_into_being_when_it_is_revealed() {
    let provider = Provider::new();
    let made = provider.make(to_acme()).await;
    assert_eq!(made.expires_at, NOW + Duration::DAY);
    assert_eq!(provider.link(&made).await.state, RevealState::Waiting);

    let holder = provider.holder();
    for _ in 0..2 {
        assert_eq!(holder.look(&made.token).await.unwrap(), Some(false));
    }
    let opened = provider.link(&made).await;
    assert_eq!(opened.state, RevealState::Opened);
    assert_eq!(opened.opened_from.as_deref(), Some(HERE));
    assert_eq!(provider.keys().await, 0, "there is nothing of it before");

    provider.clock.advance(Duration::HOUR);
    let key = revealed(provider.reveal(&made, None).await);
    let record = &key.issued.record;
    assert_eq!(key.issued.api_key.key_id(), Some(&record.id));
    assert_eq!(record.owner.as_str(), "acme_corp");
    assert_eq!(record.created_at, NOW + Duration::HOUR);
    assert_eq!(provider.keys().await, 1);

    let link = provider.link(&made).await;
    assert_eq!(link.state, RevealState::Revealed);
    assert_eq!(link.key_id.as_ref(), Some(&record.id));
    assert_eq!(link.revealed_at, Some(NOW + Duration::HOUR));
    assert_eq!(link.revealed_from.as_deref(), Some(HERE));
    assert_eq!(holder.look(&made.token).await.unwrap(), None);

    let trail = provider.stores.keys.audit(0, 10).await.unwrap();
    let told: Vec<_> = trail
        .iter()
        .map(|entry| (entry.action.as_str(), entry.actor.name()))
        .collect();
    assert_eq!(
        told,
        [("reveal_link", "alice@ops"), ("issue", "reveal link")]
    );
    assert_eq!(trail[1].actor.id(), Some(made.id.as_str()));
    assert_eq!(trail[1].actor.network(), Some(HERE));
    let text = format!("{trail:?}");
    assert!(!text.contains(made.token.expose_secret()));
    let report = provider.operations.keyring().audit(|_| {}).await.unwrap();
    assert_eq!(report.faults, []);
}

#[tokio::test]
async fn a_second_attempt_gets_nothing_and_raises_an_alert() {
    let provider = Provider::new();
    let made = provider.make(to_acme()).await;
    let key = revealed(provider.reveal(&made, None).await);
    for _ in 0..2 {
        assert!(is_gone(&provider.reveal(&made, None).await));
    }
    assert_eq!(provider.keys().await, 1);
    let alerts = provider.alerts().await;
    let [(kind, count, evidence)] = &alerts[..] else {
        panic!("{alerts:?}");
    };
    assert_eq!((*kind, *count), (AlertKind::RevealLink, 2));
    let id = key.issued.record.id.as_str();
    assert!(
        evidence.contains(id) && evidence.contains(HERE),
        "{evidence}"
    );
    let never = LinkToken::generate().unwrap();
    let holder = provider.holder();
    assert!(is_gone(&holder.reveal(&never, None).await.unwrap()));
    assert_eq!(provider.alerts().await.len(), 1);
}

#[tokio::test]
async fn of_many_who_reveal_at_once_one_gets_a_key() {
    let provider = Provider::new();
    let made = provider.make(to_acme()).await;
    let [one, two, three, four] = [(); 4].map(|()| provider.reveal(&made, None));
    let all = tokio::join!(one, two, three, four);
    let all = [all.0, all.1, all.2, all.3];
    assert_eq!(
        all.iter().filter(|each| is_gone(each)).count(),
        3,
        "{all:?}"
    );
    assert_eq!(provider.keys().await, 1);
}

#[tokio::test]
async fn the_fifth_wrong_passphrase_withdraws_a_link() {
    let provider = Provider::new();
    let new = || NewRevealLink {
        passphrase: Some("open sesame".parse().unwrap()),
        ..to_acme()
    };
    let (made, other) = (provider.make(new()).await, provider.make(new()).await);
    assert_eq!(
        provider.holder().look(&made.token).await.unwrap(),
        Some(true)
    );
    let asked = provider.reveal(&made, None).await;
    assert!(matches!(asked, Revealing::NeedsPassphrase), "{asked:?}");
    for left in (0..RevealLink::MOST_TRIES).rev() {
        let refused = provider.reveal(&made, Some("open barley")).await;
        let is_refused = matches!(refused, Revealing::WrongPassphrase { left: l } if l == left);
        assert!(is_refused, "{refused:?}");
    }
    for _ in 1..RevealLink::MOST_TRIES {
        let refused = provider.reveal(&other, Some("open rye")).await;
        assert!(matches!(refused, Revealing::WrongPassphrase { .. }));
    }
    revealed(provider.reveal(&other, Some("open sesame")).await);
    assert!(is_gone(&provider.reveal(&made, Some("open sesame")).await));
    assert_eq!(provider.link(&made).await.state, RevealState::Withdrawn);
    assert_eq!(provider.keys().await, 1, "the fifth of the other was right");
    let alerts = provider.alerts().await;
    assert_eq!(alerts.len(), 1, "{alerts:?}");
    assert!(alerts[0].2.contains("5 wrong passphrases"), "{alerts:?}");
}

#[tokio::test]
async fn a_link_that_has_ended_gives_no_key() {
    let provider = Provider::new();
    let links = RevealLinks::of(&provider.operations);
    let expired = NewRevealLink {
        valid: Some(Duration::HOUR),
        ..to_acme()
    };
    let (expired, withdrawn) = (provider.make(expired).await, provider.make(to_acme()).await);
    let view = links.withdraw(&withdrawn.id).await.unwrap().result;
    assert_eq!(view.state, RevealState::Withdrawn);
    provider.clock.advance(Duration::HOUR);
    assert_eq!(provider.link(&expired).await.state, RevealState::Expired);
    for made in [&expired, &withdrawn] {
        assert_eq!(provider.holder().look(&made.token).await.unwrap(), None);
        assert!(is_gone(&provider.reveal(made, None).await));
    }
    assert_eq!(
        (provider.keys().await, provider.alerts().await),
        (0, vec![])
    );
    // Nothing is left to withdraw.
    let before = provider.stores.keys.head().await.unwrap();
    links
        .withdraw(&expired.id)
        .await
        .unwrap()
        .everywhere()
        .await
        .unwrap();
    assert_eq!(provider.stores.keys.head().await.unwrap(), before);

    let used = provider.make(to_acme()).await;
    revealed(provider.reveal(&used, None).await);
    let refused = links.withdraw(&used.id).await.unwrap_err();
    assert_eq!(refused.code(), "link_used");
    let unknown = links.withdraw(&KeyId::generate().unwrap()).await;
    assert_eq!(unknown.unwrap_err().code(), "unknown_link");
}

#[tokio::test]
async fn the_grace_of_a_rotation_begins_when_the_successor_is_revealed() {
    let provider = Provider::new();
    let new = NewKey {
        scopes: Scopes::from(vec![Scope::LOGS_WRITE]),
        ..NewKey::for_client("acme_corp".parse().unwrap())
    };
    let old = provider.operations.issue(&provider.prefix, new).await;
    let old = old.unwrap().result.record.id;
    let rotation = Rotation {
        grace: Duration::DAY,
        expires_at: None,
    };
    let successor = || NewRevealLink {
        valid: Some(Duration::days(7)),
        ..NewRevealLink::for_successor(old.clone(), rotation)
    };
    let (made, late) = (
        provider.make(successor()).await,
        provider.make(successor()).await,
    );
    assert_eq!(provider.link(&made).await.replaces, Some(old.clone()));
    provider.clock.advance(Duration::days(3));
    let before = provider.operations.keyring().show(&old).await.unwrap();
    assert_eq!(before.grace_ends_at, None, "nothing is changed yet");

    let key = revealed(provider.reveal(&made, None).await);
    assert_eq!(key.issued.record.predecessor, Some(old.clone()));
    assert_eq!(key.issued.record.scopes, before.scopes);
    let replaced = key.replaced.unwrap();
    assert_eq!(replaced.key_id, old);
    assert_eq!(replaced.works_until, Some(NOW + Duration::days(4)));
    // A key has one successor.
    let token = &late.token;
    let refused = provider.holder().reveal(token, None).await.unwrap_err();
    assert!(
        matches!(
            refused,
            OperationError::Keyring(KeyringError::Transition(_))
        ),
        "{refused:?}"
    );
    let links = RevealLinks::of(&provider.operations);
    let refused = links.make(successor(), URL).await.unwrap_err();
    assert_eq!(refused.code(), "wrong_status");
}

#[tokio::test]
async fn a_link_ends_with_the_key_that_made_it() {
    let provider = Provider::new();
    let new = NewProviderKey {
        scopes: vec![Scope::PROVIDER_READ, Scope::PROVIDER_WRITE],
        ..NewProviderKey::default()
    };
    let issued = provider
        .operations
        .issue_provider_key(&provider.prefix, new);
    let maker = issued.await.unwrap().result.record.id;
    let rights = |scopes: Vec<Scope>| ProviderRights {
        maker: KeyMaker::Key(maker.clone()),
        scopes: Scopes::from(scopes),
    };
    let program = |scopes| {
        let actor = Actor::new("program");
        let rights = rights(scopes);
        operations(
            &provider.stores,
            &provider.clock,
            Caller::ProviderKey { actor, rights },
        )
    };
    let reading = program(vec![Scope::PROVIDER_READ]);
    let refused = RevealLinks::of(&reading).make(to_acme(), URL).await;
    assert!(refused.is_err());

    let writing = program(vec![Scope::PROVIDER_READ, Scope::PROVIDER_WRITE]);
    let links = RevealLinks::of(&writing);
    let [used, unused] = [
        Made::of(links.make(to_acme(), URL).await.unwrap().result),
        Made::of(links.make(to_acme(), URL).await.unwrap().result),
    ];
    let key = revealed(provider.reveal(&used, None).await);
    assert_eq!(key.issued.record.made_by, KeyMaker::Key(maker.clone()));

    let revoked = provider.operations.revoke_provider_key(&maker, None, true);
    let revoked = revoked.await.unwrap().result.revoked;
    assert!(revoked.contains(&key.issued.record.id));
    assert!(is_gone(&provider.reveal(&unused, None).await));
    assert_eq!(provider.link(&unused).await.state, RevealState::Withdrawn);
    let after = links.make(to_acme(), URL).await;
    assert!(after.is_err(), "its maker is not valid any more");
}

#[tokio::test]
async fn to_revoke_all_of_a_client_withdraws_its_links() {
    let provider = Provider::new();
    let (made, used) = (
        provider.make(to_acme()).await,
        provider.make(to_acme()).await,
    );
    let key = revealed(provider.reveal(&used, None).await)
        .issued
        .record
        .id;
    let other = NewKey::for_client("widget_co".parse().unwrap());
    let other = provider.make(NewRevealLink::for_key(other)).await;
    let client = "acme_corp".parse().unwrap();
    let entries = static_entries("{}");
    let revoked = provider.operations.revoke_client(&client, None, entries);
    let revoked = revoked.await.unwrap().result;
    assert_eq!(revoked.revoked, [key]);
    assert_eq!(revoked.links_withdrawn, Some(1));
    assert!(is_gone(&provider.reveal(&made, None).await));
    revealed(provider.reveal(&other, None).await);
}

#[tokio::test]
async fn a_named_request_makes_one_link() {
    let provider = Provider::new();
    let request = || Some(NamedRequest::new("key", "POST /links", "one", b"{}"));
    let make =
        async |operations: Operations| RevealLinks::of(&operations).make(to_acme(), URL).await;
    let first = provider.operations.once(request(), make).await.unwrap();
    let Once::Done(made) = first else {
        panic!("{first:?}");
    };
    let again = provider.operations.once(request(), make).await.unwrap();
    let Once::Repeated(repeated) = again else {
        panic!("{again:?}");
    };
    assert_eq!(repeated.result.keys.first(), Some(&made.result.id));
    let links = RevealLinks::of(&provider.operations);
    assert_eq!(links.list(None).await.unwrap().links.len(), 1);
}

#[tokio::test]
async fn a_link_is_made_for_a_while_and_never_for_longer_than_its_key() {
    let provider = Provider::new();
    let links = RevealLinks::of(&provider.operations);
    for valid in [Duration::ZERO, Duration::days(31)] {
        let new = NewRevealLink {
            valid: Some(valid),
            ..to_acme()
        };
        let refused = links.make(new, URL).await.unwrap_err();
        assert_eq!(refused.code(), "invalid_link");
    }
    let ending = |at| {
        NewRevealLink::for_key(NewKey {
            expires_at: Some(Timestamp::clamped(at)),
            ..NewKey::for_client("acme_corp".parse().unwrap())
        })
    };
    let made = provider.make(ending(NOW + Duration::HOUR)).await;
    assert_eq!(made.expires_at, NOW + Duration::HOUR);
    let refused = links.make(ending(NOW), URL).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_expiry");
    let record = revealed(provider.reveal(&made, None).await).issued.record;
    assert_eq!(record.status(NOW), KeyStatus::Active);
    let of_provider = NewRevealLink::for_key(NewKey::for_provider());
    let refused = links.make(of_provider, URL).await.unwrap_err();
    assert_eq!(refused.code(), "invalid_link");
}
