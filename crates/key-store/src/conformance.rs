//! What every store of keys must do. A backend's tests call [`run`] with the store opened afresh;
//! client ids are new in each run, so a shared database will do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod alerts;
mod audit;
mod changes;
mod feed;
mod retention;
mod usage;
mod watching;

pub use feed::run_feed;

use crate::{
    Actor, AlertQuery, AuditAction, KeyAdmin, KeyProof, KeyRecord, KeyStore, KeyStoreError, NewKey,
    Scope, Scopes, StoreState, StoredKey, Timestamp, UsagePer, UsageQuery, change::Draft,
    tending::Sealer,
};
use central_logger_keys::{
    ApiKey, ClientId, KeyDigest, KeyEnvironment, KeyHasher, KeyId, KeyPrefix, StoreSalt,
};
use std::sync::{Arc, LazyLock};
use time::{Duration, OffsetDateTime, macros::datetime};

static TESTER: LazyLock<Actor> = LazyLock::new(|| Actor::new("tester@here"));
const CREATED: OffsetDateTime = datetime!(2026-03-01 12:00:00.123 UTC);

/// Runs every check.
///
/// # Panics
/// Where the store does not do what the traits promise.
pub async fn run(store: &dyn KeyAdmin) {
    reads_back_what_was_inserted(store).await;
    finds_nothing_under_an_unknown_id(store).await;
    refuses_an_id_that_exists(store).await;
    refuses_an_opaque_key_that_exists(store).await;
    keeps_the_first_opaque_salt(store).await;
    lists_oldest_first_and_by_client(store).await;
    refuses_times_that_are_no_timestamps(store).await;
    changes::changes_what_may_change_and_nothing_else(store).await;
    changes::makes_a_change_whole_or_not_at_all(store).await;
    changes::refuses_a_change_that_was_decided_on_another_state(store).await;
    changes::gives_all_keys_of_a_client_its_quota(store).await;
    retention::keeps_terms_until_they_are_changed(store).await;
    changes::keeps_the_audit_trail_as_it_was_written(store).await;
    audit::replaces_a_hash_within_a_change(store).await;
    audit::keeps_identity_end_and_pepper(store).await;
    audit::gives_keys_with_what_verifies_them(store).await;
    audit::knows_whether_opaque_keys_hang_on_other_peppers(store).await;
    usage::records_use_without_moving_backwards(store).await;
    usage::adds_up_what_was_counted(store).await;
    usage::adds_up_the_keys_of_a_client(store).await;
    usage::keeps_clients_apart_whose_keys_are_called_the_same(store).await;
    usage::keeps_a_bounded_number_of_networks(store).await;
    usage::shows_a_client_its_own_usage(store).await;
    watching::lets_one_watch_at_a_time(store).await;
    watching::shows_what_was_counted(store).await;
    watching::knows_what_is_usual_for_a_key(store).await;
    watching::tells_of_a_bounded_number_of_networks(store).await;
    alerts::keeps_alerts_and_counts_on(store).await;
    alerts::notes_who_saw_an_alert_first(store).await;
    alerts::gives_each_delivery_to_one_at_a_time(store).await;
    usage::forgets_old_usage(store).await;
    is_ready(store).await;
}

/// Checks a store that can only be read: `key` must be in it, as the key `id` of `client`.
///
/// # Panics
/// Where the store does not do what [`KeyStore`] promises.
pub async fn run_read_only(store: &dyn KeyStore, key: &ApiKey, id: &KeyId, client: &ClientId) {
    let found = store.find(id).await.unwrap().expect("found by id");
    assert_eq!((&found.record.id, &found.record.client_id), (id, client));
    let by_digest = store.find_static(&key.digest()).await.unwrap();
    assert_eq!(by_digest.expect("found by digest").record, found.record);
    let other = KeyDigest::of(b"another key");
    assert!(store.find_static(&other).await.unwrap().is_none());

    let listed = store.list(Some(client)).await.unwrap().records;
    assert!(listed.contains(&found.record));
    assert!(listed.iter().all(|record| record.client_id == *client));
    assert!(store.list(None).await.unwrap().records.len() >= listed.len());
    assert!(store.list(Some(&new_client())).await.unwrap().is_empty());

    finds_nothing_under_an_unknown_id(store).await;
    is_ready(store).await;
}

async fn reads_back_what_was_inserted(store: &dyn KeyAdmin) {
    let bare = generated(&new_client());
    let mut full = generated(&new_client());
    full.record = KeyRecord {
        client_name: Some("Acme & Söhne 🔑".into()),
        scopes: Scopes::from(vec![Scope::KeysManage]),
        environment: KeyEnvironment::Test,
        allowed_from: "203.0.113.0/24 2001:db8::/32".parse().unwrap(),
        rate_limit: Some("600/m".parse().unwrap()),
        is_active: false,
        is_weak: true,
        last_used_at: Some(CREATED + Duration::milliseconds(1)),
        last_used_from: Some("192.0.2.0/24".into()),
        expires_at: Some(CREATED + Duration::days(90)),
        grace_ends_at: Some(CREATED + Duration::days(2)),
        revoked_at: Some(CREATED + Duration::days(3)),
        revoked_reason: Some("it's \"out\"".into()),
        note: Some("line\nline".into()),
        predecessor: Some(bare.record.id.clone()),
        ..full.record
    };
    let elsewhere = new_client();
    let opaque = opaque(store, &elsewhere, elsewhere.as_str()).await;
    for key in [bare, full, opaque] {
        put(store, &key).await.unwrap();
        let found = store.find(&key.record.id).await.unwrap().expect("found");
        assert_eq!(found.record, key.record);
        assert_eq!(found.proof, key.proof);
    }
}

async fn finds_nothing_under_an_unknown_id(store: &dyn KeyStore) {
    assert!(
        store
            .find(&KeyId::generate().unwrap())
            .await
            .unwrap()
            .is_none()
    );
}

/// Whatever a program hands over: a key that could be stored and not be read again would be lost.
async fn refuses_times_that_are_no_timestamps(store: &dyn KeyAdmin) {
    let client = new_client();
    for time in [
        datetime!(9999-12-31 23:59:59 -05:00),
        datetime!(9999-12-31 23:59:59.9999 UTC),
        datetime!(1969-12-31 23:59:59 UTC),
    ] {
        let mut key = generated(&client);
        key.record.expires_at = Some(time);
        let refused = put(store, &key).await;
        assert!(matches!(refused, Err(KeyStoreError::Failed(_))), "{time}");
    }
    let mut last = generated(&client);
    last.record.expires_at = Some(Timestamp::MAX.get());
    put(store, &last).await.unwrap();
    let listed = store.list(Some(&client)).await.unwrap();
    assert_eq!(listed, vec![last.record.clone()].into());

    let since = UsageQuery {
        client: Some(client.clone()),
        since: Timestamp::MAX,
        per: UsagePer::Key,
    };
    assert_eq!(store.usage(&since).await.unwrap(), []);
    let since = AlertQuery {
        client: Some(client),
        since: Timestamp::MAX,
        limit: 1,
    };
    assert_eq!(store.alerts(&since).await.unwrap(), []);
}

async fn refuses_an_id_that_exists(store: &dyn KeyAdmin) {
    let first = generated(&new_client());
    put(store, &first).await.unwrap();
    let mut second = generated(&new_client());
    second.record.id = first.record.id.clone();
    let refusal = put(store, &second).await.unwrap_err();
    assert!(
        matches!(&refusal, KeyStoreError::IdExists(id) if *id == first.record.id),
        "{refusal:?}"
    );
    let kept = store.find(&first.record.id).await.unwrap().unwrap();
    assert_eq!(kept.record, first.record);
    assert_eq!(kept.proof, first.proof);
}

async fn refuses_an_opaque_key_that_exists(store: &dyn KeyAdmin) {
    let (owner, other) = (new_client(), new_client());
    let text = owner.as_str();
    let first = opaque(store, &owner, text).await;
    put(store, &first).await.unwrap();
    let second = opaque(store, &other, text).await;
    let refusal = put(store, &second).await.unwrap_err();
    assert!(matches!(refusal, KeyStoreError::KeyExists), "{refusal:?}");

    let hash = first.proof.hash().unwrap();
    let found = store
        .find_opaque(hash)
        .await
        .unwrap()
        .expect("found by hash");
    assert_eq!(found.record, first.record);
    let unknown = opaque(store, &other, other.as_str()).await;
    let nothing = store.find_opaque(unknown.proof.hash().unwrap()).await;
    assert!(nothing.unwrap().is_none());
}

async fn keeps_the_first_opaque_salt(store: &dyn KeyAdmin) {
    let settled = settled_salt(store).await;
    let again = settled_salt(store).await;
    assert_eq!(settled, again);
    assert_eq!(store.opaque_salt().await.unwrap(), Some(settled));
}

async fn lists_oldest_first_and_by_client(store: &dyn KeyAdmin) {
    let client = new_client();
    let mut keys = vec![generated(&client), generated(&client), generated(&client)];
    keys[0].record.created_at += Duration::milliseconds(2);
    keys[1].record.created_at += Duration::milliseconds(1);
    keys[2].record.created_at += Duration::milliseconds(2);
    put(store, &generated(&new_client())).await.unwrap();
    for key in &keys {
        put(store, key).await.unwrap();
    }
    let mut expected: Vec<_> = keys.into_iter().map(|key| key.record).collect();
    expected.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));

    assert_eq!(store.list(Some(&client)).await.unwrap().records, expected);
    let mut among_all = store.list(None).await.unwrap().records;
    assert!(among_all.len() > expected.len());
    among_all.retain(|record| record.client_id == client);
    assert_eq!(among_all, expected);
    assert!(store.list(Some(&new_client())).await.unwrap().is_empty());
}

async fn is_ready(store: &dyn KeyStore) {
    store.ready().await.unwrap();
}

/// Stores a key, and again when somebody else was quicker.
async fn put(store: &dyn KeyAdmin, key: &StoredKey) -> Result<(), KeyStoreError> {
    loop {
        let change = |draft: &mut Draft<'_>| draft.insert(key.clone(), AuditAction::Issue);
        match commit(store, change).await {
            Err(KeyStoreError::Stale) => {}
            done => return done,
        }
    }
}

async fn commit(
    store: &dyn KeyAdmin,
    decide: impl Fn(&mut Draft<'_>),
) -> Result<(), KeyStoreError> {
    let state = store.state().await?;
    let mut draft = draft_on(&state);
    decide(&mut draft);
    store.commit(&draft.finish().expect("a change")).await
}

fn draft_on(state: &StoreState) -> Draft<'_> {
    let sealer = Sealer {
        hasher: Arc::new(KeyHasher::new()),
        has_pepper: true,
    };
    Draft::new(state, &sealer, &TESTER, CREATED)
}

fn new_client() -> ClientId {
    let suffix = KeyId::generate().unwrap().as_str().to_ascii_lowercase();
    format!("client-{suffix}").parse().unwrap()
}

fn generated(client: &ClientId) -> StoredKey {
    let key = ApiKey::generate(&KeyPrefix::default(), KeyEnvironment::Live).unwrap();
    StoredKey {
        record: record(key.key_id().unwrap().clone(), client),
        proof: KeyProof::Generated {
            hash: KeyHasher::new().hash_generated(&key).unwrap(),
            fingerprint: key.fingerprint().unwrap(),
        },
    }
}

async fn opaque(store: &dyn KeyAdmin, client: &ClientId, text: &str) -> StoredKey {
    let digest = KeyDigest::of(text.as_bytes());
    let salt = settled_salt(store).await;
    StoredKey {
        record: record(KeyId::generate().unwrap(), client),
        proof: KeyProof::Opaque {
            hash: KeyHasher::new().hash_opaque(&digest, salt).unwrap(),
        },
    }
}

async fn settled_salt(store: &dyn KeyAdmin) -> StoreSalt {
    let proposed = StoreSalt::generate().unwrap();
    store.settle_opaque_salt(proposed).await.unwrap()
}

fn record(id: KeyId, client: &ClientId) -> KeyRecord {
    NewKey::for_client(client.clone()).into_record(id, CREATED)
}
