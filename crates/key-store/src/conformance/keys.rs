//! What every store must do with keys.

use super::{CREATED, entries_about, generated, new_client, opaque, put, settled_salt};
use crate::{
    error::KeyStoreError,
    record::{
        key_maker::KeyMaker, key_record::KeyRecord, new_key::NewKey, owners::Owners,
        rate_bucket::RateBucket,
    },
    store::KeyAdmin,
};
use central_logger_keys::{KeyEnvironment, KeyId, Scope, Scopes};
use central_logger_times::Timestamp;
use time::{Duration, macros::datetime};

/// Checks that a key is read back as it was inserted, in all members.
pub async fn reads_back_what_was_inserted(store: &dyn KeyAdmin) {
    let bare = generated(&new_client());
    let mut full = generated(&new_client());
    full.record = KeyRecord {
        name: Some("Acme & Söhne 🔑".into()),
        scopes: Scopes::from(vec![Scope::KEYS_MANAGE]),
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
        made_by: "session:s4fzyo82mvyi:4fzyo82mvyi1".parse().unwrap(),
        provider_set: "networks inactive".parse().unwrap(),
        shared_rates: RateBucket::parse_all("4fzyo82mvyi1=100/s static-acme-2=5/m").unwrap(),
        ..full.record
    };
    let elsewhere = new_client();
    let opaque = opaque(store, &elsewhere, elsewhere.as_str()).await;
    let mut of_provider = generated(&new_client());
    of_provider.record = KeyRecord {
        made_by: KeyMaker::Key(bare.record.id.clone()),
        ..NewKey::for_provider().into_record(of_provider.record.id, CREATED)
    };
    for key in [bare, full, opaque, of_provider] {
        put(store, &key).await.unwrap();
        let found = store.find(&key.record.id).await.unwrap().expect("found");
        assert_eq!(found.record, key.record);
        assert_eq!(found.proof, key.proof);
    }
}

/// Checks that there is nothing under an id that was never stored.
pub async fn finds_nothing_under_an_unknown_id(store: &dyn KeyAdmin) {
    assert!(
        store
            .find(&KeyId::generate().unwrap())
            .await
            .unwrap()
            .is_none()
    );
}

/// Checks that a key is refused that could be stored and not be read again.
pub async fn refuses_times_that_are_no_timestamps(store: &dyn KeyAdmin) {
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
    let listed = store.list(Owners::Client(&client)).await.unwrap();
    assert_eq!(listed, vec![last.record.clone()].into());
}

/// Checks that a key with an id that exists is refused, and leaves no trace.
pub async fn refuses_an_id_that_exists(store: &dyn KeyAdmin) {
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
    let entries = entries_about(store, 0, &first.record.id).await;
    assert_eq!(entries.len(), 1, "nothing is noted of what was refused");
}

/// Checks that an opaque key belongs to one client, and is found by its hash.
pub async fn refuses_an_opaque_key_that_exists(store: &dyn KeyAdmin) {
    let (owner, other) = (new_client(), new_client());
    let text = owner.as_str();
    let first = opaque(store, &owner, text).await;
    put(store, &first).await.unwrap();
    let second = opaque(store, &other, text).await;
    let refusal = put(store, &second).await.unwrap_err();
    assert!(matches!(refusal, KeyStoreError::KeyExists), "{refusal:?}");
    assert_eq!(entries_about(store, 0, &second.record.id).await, []);

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

/// Checks that the salt of opaque keys is settled once.
pub async fn keeps_the_first_opaque_salt(store: &dyn KeyAdmin) {
    let settled = settled_salt(store).await;
    let again = settled_salt(store).await;
    assert_eq!(settled, again);
    assert_eq!(store.opaque_salt().await.unwrap(), Some(settled));
}

/// Checks the order of lists, and that a client is shown its own keys.
pub async fn lists_oldest_first_and_by_client(store: &dyn KeyAdmin) {
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

    assert_eq!(
        store.list(Owners::Client(&client)).await.unwrap().records,
        expected
    );
    let mut among_all = store.list(Owners::All).await.unwrap().records;
    assert!(among_all.len() > expected.len());
    among_all.retain(|record| record.client() == Some(&client));
    assert_eq!(among_all, expected);
    assert!(
        store
            .list(Owners::Client(&new_client()))
            .await
            .unwrap()
            .is_empty()
    );
}

/// Checks that keys of the provider are told apart from those of clients.
pub async fn lists_keys_of_the_provider_apart(store: &dyn KeyAdmin) {
    let (of_client, mut of_provider) = (generated(&new_client()), generated(&new_client()));
    of_provider.record = NewKey::for_provider().into_record(of_provider.record.id, CREATED);
    for key in [&of_client, &of_provider] {
        put(store, key).await.unwrap();
    }
    for (owners, has_client, has_provider) in [
        (Owners::All, true, true),
        (Owners::Clients, true, false),
        (Owners::from(&of_client.record.owner), true, false),
        (Owners::from(&of_provider.record.owner), false, true),
    ] {
        let listed = store.list(owners).await.unwrap().records;
        let stored = store.stored(owners).await.unwrap().records;
        for (key, is_there) in [(&of_client, has_client), (&of_provider, has_provider)] {
            let id = &key.record.id;
            assert_eq!(listed.contains(&key.record), is_there, "{owners:?}");
            assert_eq!(stored.iter().any(|key| key.record.id == *id), is_there);
        }
        assert!(listed.iter().all(|record| owners.include(&record.owner)));
    }
    let entries = entries_about(store, 0, &of_provider.record.id).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].client_id, None);
}

/// Checks that the store is ready.
pub async fn is_ready(store: &dyn KeyAdmin) {
    store.ready().await.unwrap();
}
