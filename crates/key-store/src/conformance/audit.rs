//! What every store must keep for the audit trail to show that it is whole.

use super::{commit, generated, new_client, opaque, put};
use crate::{
    audit::{action::AuditAction, state::EndSeal},
    change::Rehash,
    draft::Draft,
    record::{
        key_record::{KeyProof, KeyRecord, StoredKey},
        owners::Owners,
    },
    store::KeyAdmin,
};
use central_logger_keys::{KeyHasher, Pepper, SealPurpose};

/// Checks that a change replaces the hash of a key, and nothing else of it.
pub async fn replaces_a_hash_within_a_change(store: &dyn KeyAdmin) {
    let client = new_client();
    let (key, other) = (generated(&client), generated(&client));
    put(store, &key).await.unwrap();
    let (id, new) = (&key.record.id, other.proof.hash().unwrap());
    let before = store.head().await.unwrap();
    let change = |draft: &mut Draft<'_>| {
        let rehashed = StoredKey {
            record: key.record.clone(),
            proof: other.proof.clone(),
        };
        draft.put(&rehashed, key.record.clone(), AuditAction::Rehash);
        draft.change.rehashes.push(Rehash {
            id: id.clone(),
            new: new.clone(),
        });
    };
    commit(store, change).await.unwrap();
    let found = store.find(id).await.unwrap().unwrap();
    assert_eq!(found.proof.hash(), Some(new));
    assert_eq!(found.proof.fingerprint(), key.proof.fingerprint());
    assert_eq!(found.record, key.record);
    let last = store.last_entry(id).await.unwrap().unwrap();
    assert_eq!(
        (last.action, last.key_id.as_ref()),
        (AuditAction::Rehash, Some(id))
    );
    let nobody = central_logger_keys::KeyId::generate().unwrap();
    assert_eq!(store.last_entry(&nobody).await.unwrap(), None);
    assert!(store.head().await.unwrap().sequence > before.sequence);
    // Back again, so that the trail has the last word on it.
    let change = |draft: &mut Draft<'_>| {
        draft.put(&key, key.record.clone(), AuditAction::Rehash);
        draft.change.rehashes.push(Rehash {
            id: id.clone(),
            new: key.proof.hash().unwrap().clone(),
        });
    };
    commit(store, change).await.unwrap();
}

/// Checks that identity, sealed end and pepper of the store are kept.
pub async fn keeps_identity_end_and_pepper(store: &dyn KeyAdmin) {
    put(store, &generated(&new_client())).await.unwrap();
    let before = store.state().await.unwrap();
    assert!(!before.identity.is_empty());
    assert!(before.is_taken_up, "all that is in it has an entry");
    assert_eq!(before.end.unwrap().sequence, before.head.sequence);

    let pepper = Pepper::new(&[7; 32]).unwrap().id();
    for told in [Some(pepper), None] {
        let insert = |draft: &mut Draft<'_>| {
            draft.add(generated(&new_client()), AuditAction::Issue);
            draft.change.pepper = told;
        };
        commit(store, insert).await.unwrap();
        let after = store.state().await.unwrap();
        assert_eq!(
            (after.identity, after.pepper),
            (before.identity.clone(), told)
        );
        let end = after.end.unwrap();
        assert_eq!(end.sequence, after.head.sequence);
        assert_ne!(end, before.end.unwrap());
    }

    // A change that does not vouch for the end leaves the seal of an earlier one.
    let earlier = store.state().await.unwrap();
    let mut change = super::draft_on(&earlier);
    change.add(generated(&new_client()), AuditAction::Issue);
    let mut change = change.finish().unwrap();
    let made: Option<EndSeal> = change.end.take();
    store.commit(&change).await.unwrap();
    let later = store.state().await.unwrap();
    assert!(later.head.sequence > earlier.head.sequence);
    assert_eq!(later.end, earlier.end);
    assert_ne!(later.end, made);
    put(store, &generated(&new_client())).await.unwrap();
}

/// Checks that keys are given with their proofs, by id.
pub async fn gives_keys_with_what_verifies_them(store: &dyn KeyAdmin) {
    let client = new_client();
    let mut keys = [
        generated(&client),
        generated(&client),
        opaque(store, &client, client.as_str()).await,
    ];
    for key in &keys {
        put(store, key).await.unwrap();
    }
    keys.sort_by(|one, other| one.record.id.cmp(&other.record.id));
    let parts = |keys: &[StoredKey]| -> Vec<(KeyRecord, KeyProof)> {
        let part = |key: &StoredKey| (key.record.clone(), key.proof.clone());
        keys.iter().map(part).collect()
    };
    let of_client = store.stored(Owners::Client(&client)).await.unwrap().records;
    assert_eq!(parts(&of_client), parts(&keys));
    let mut among_all = store.stored(Owners::All).await.unwrap().records;
    assert!(among_all.is_sorted_by(|one, other| one.record.id < other.record.id));
    among_all.retain(|key| key.record.client() == Some(&client));
    assert_eq!(parts(&among_all), parts(&keys));
    assert!(
        store
            .stored(Owners::Client(&new_client()))
            .await
            .unwrap()
            .is_empty()
    );
}

/// Checks that opaque keys are told of that were hashed with another pepper.
pub async fn knows_whether_opaque_keys_hang_on_other_peppers(store: &dyn KeyAdmin) {
    let [own, other] = [[1; 32], [2; 32]].map(|bytes| Pepper::new(&bytes).unwrap());
    let beyond = async |known: &[&Pepper]| {
        let known: Vec<_> = known.iter().map(|pepper| pepper.id()).collect();
        store.has_opaque_beyond(&known).await.unwrap()
    };
    assert!(!beyond(&[]).await, "none of these keys has a pepper");
    let client = new_client();
    let mut key = opaque(store, &client, client.as_str()).await;
    let hasher = KeyHasher::with_pepper(own.clone(), None);
    let digest = central_logger_keys::KeyDigest::of(client.as_str().as_bytes());
    let salt = super::settled_salt(store).await;
    key.proof = KeyProof::Opaque {
        hash: hasher.hash_opaque(&digest, salt).unwrap(),
    };
    put(store, &key).await.unwrap();
    assert!(!beyond(&[&other, &own]).await);
    assert!(beyond(&[&other]).await);
    assert!(beyond(&[]).await);

    let revoke = |draft: &mut Draft<'_>| {
        let revoked = KeyRecord {
            revoked_at: Some(key.record.created_at),
            ..key.record.clone()
        };
        draft.put(&key, revoked, AuditAction::Revoke);
    };
    commit(store, revoke).await.unwrap();
    assert!(!beyond(&[]).await, "a revoked key is refused anyway");
    // A seal of one purpose is none of another.
    assert_ne!(
        hasher.seal(SealPurpose::Key, b""),
        hasher.seal(SealPurpose::Head, b"")
    );
}
