//! What differs from what the trail says of it.

use super::{Copied, five, issue, keyring, pepper, peppered};
use central_logger_key_store::{
    AuditAction, AuditEntry, AuditTrail, KeyAdmin, KeyProof, KeyRecord, Owners, RateBucket,
    audit::AuditFault,
    quota::{Quota, QuotaDimension},
    record::UnreadableKey,
    settings::SettingChange,
};
use central_logger_keyring::{KeySelection, Rotation};
use central_logger_keys::{Fingerprint, KeyHasher, KeyId, KeyOwner, KeyPrefix};
use std::num::NonZeroU64;
use time::Duration;

#[tokio::test]
async fn a_key_that_is_not_as_the_trail_left_it_is_named_with_what_differs() {
    for hasher in [KeyHasher::new(), peppered(b'p')] {
        let (store, ids) = five(&hasher).await;
        let keyring = keyring(&store, &hasher);
        let one = KeySelection::Id(ids[1].clone());
        keyring.revoke(&one, None).await.unwrap().at_commit();
        keyring.disable(&ids[2]).await.unwrap().at_commit();
        let rotation = Rotation {
            grace: Duration::DAY,
            expires_at: None,
        };
        let prefix = KeyPrefix::default();
        let rotated = keyring.rotate(&ids[3], &prefix, rotation).await;
        let successor = rotated.unwrap().at_commit().issued.record.id;
        let copied = Copied::of(&store).await;
        let report = copied.report(&hasher);
        assert_eq!((report.faults, report.keys), (Vec::new(), Some(6)));

        type Alteration = fn(&mut KeyRecord);
        let alterations: [(&KeyId, &str, Alteration); 18] = [
            (&ids[0], "client_id", |key| {
                key.owner = "other".parse().unwrap()
            }),
            (&ids[0], "client_name", |key| key.name = Some("A".into())),
            (&ids[0], "scopes", |key| {
                key.scopes = "keys:manage".parse().unwrap()
            }),
            (&ids[0], "allowed_from", |key| {
                key.allowed_from = "203.0.113.0/24".parse().unwrap();
            }),
            (&ids[0], "rate_limit", |key| {
                key.rate_limit = "9/s".parse().ok()
            }),
            (&ids[0], "expires_at", |key| {
                key.expires_at = Some(key.created_at)
            }),
            (&ids[0], "created_at", |key| key.created_at -= Duration::DAY),
            (&ids[0], "is_active", |key| key.is_active = false),
            (&ids[0], "is_weak", |key| key.is_weak = true),
            (&ids[0], "note", |key| key.note = Some("x".into())),
            (&ids[0], "client_id", |key| key.owner = KeyOwner::Provider),
            (&ids[0], "made_by", |key| {
                key.made_by = "session:s1".parse().unwrap()
            }),
            (&ids[0], "provider_set", |key| key.provider_set.rate = true),
            (&ids[0], "shared_rates", |key| {
                key.shared_rates = RateBucket::parse_all("a=5/m").unwrap()
            }),
            (&ids[1], "revoked_at", |key| key.revoked_at = None),
            (&ids[2], "is_active", |key| key.is_active = true),
            (&ids[3], "grace_ends_at", |key| key.grace_ends_at = None),
            (&successor, "predecessor", |key| key.predecessor = None),
        ];
        for (id, name, alter) in alterations {
            let mut tampered = copied.clone();
            alter(&mut tampered.key(id).record);
            let faults = tampered.faults(&hasher);
            let [
                AuditFault::Key {
                    key_id, differs, ..
                },
            ] = &faults[..]
            else {
                panic!("{name}: {faults:?}");
            };
            assert_eq!((key_id, &**differs), (id, &[name.to_owned()][..]));
        }

        let mut swapped = copied.clone();
        let proof = swapped.key(&ids[0]).proof.clone();
        swapped.key(&ids[0]).proof = copied.clone().key(&ids[4]).proof.clone();
        swapped.key(&ids[4]).proof = proof;
        let faults = swapped.faults(&hasher);
        let mut named: Vec<_> = faults.iter().map(ToString::to_string).collect();
        named.sort();
        let mut expected = [&ids[0], &ids[4]].map(|id| format!("the key {id} is not as entry "));
        expected.sort();
        assert_eq!(named.len(), 2, "{named:?}");
        for (named, expected) in named.iter().zip(&expected) {
            assert!(named.starts_with(expected), "{named}");
            assert!(
                named.ends_with("key_hash or fingerprint differs"),
                "{named}"
            );
        }

        let mut other_fingerprint = copied.clone();
        let key = other_fingerprint.key(&ids[0]);
        if let KeyProof::Generated { fingerprint, .. } = &mut key.proof {
            *fingerprint = Fingerprint::from_bytes([0; 8]);
        }
        assert_eq!(other_fingerprint.faults(&hasher).len(), 1);

        let mut inserted = copied.clone();
        let mut stranger = inserted.keys.records[0].clone();
        stranger.record.id = KeyId::generate().unwrap();
        let key_id = stranger.record.id.clone();
        inserted.keys.records.push(stranger);
        assert_eq!(inserted.faults(&hasher), [AuditFault::Unentered { key_id }]);

        let mut deleted = copied.clone();
        let key_id = deleted.keys.records.pop().unwrap().record.id;
        assert_eq!(deleted.faults(&hasher), [AuditFault::Gone { key_id }]);

        let mut spoiled = copied.clone();
        let record = spoiled.keys.records.pop().unwrap().record;
        spoiled.keys.unreadable.push(UnreadableKey {
            id: record.id.to_string(),
            client_id: record.client().cloned(),
            made_by: None,
            is_revoked: false,
            reason: "its scopes".to_owned(),
        });
        let fault = AuditFault::Unreadable {
            key_id: record.id.to_string(),
            reason: "its scopes".to_owned(),
        };
        assert_eq!(spoiled.faults(&hasher), [fault]);
    }
}

#[tokio::test]
async fn quotas_and_terms_that_the_trail_did_not_set_are_found() {
    let hasher = peppered(b'p');
    let (store, _) = five(&hasher).await;
    let keyring = keyring(&store, &hasher);
    let acme = "acme".parse().unwrap();
    let quota = |per_day| {
        let limit = NonZeroU64::new(per_day);
        Quota::default().with(QuotaDimension::RequestsPerDay, limit)
    };
    let set = keyring.set_quota(&acme, |_| quota(10)).await;
    set.unwrap().at_commit();
    // Its later keys have it too, and those of others have none.
    issue(&keyring, "acme").await;
    issue(&keyring, "widget").await;
    let change = SettingChange {
        client_id: Some(acme.clone()),
        value: Some("90d".to_owned()),
    };
    let set = keyring.set_retention(&change).await;
    set.unwrap().at_commit();
    let copied = Copied::of(&store).await;
    assert_eq!(copied.faults(&hasher), []);

    let mut tampered = copied.clone();
    for key in &mut tampered.keys.records {
        key.record.quota = quota(11);
    }
    assert_eq!(tampered.faults(&hasher).len(), 7);
    let mut tampered = copied.clone();
    tampered.retention.for_all = Some("1d".to_owned());
    let told = tampered.faults(&hasher);
    assert_eq!(told, [AuditFault::Retention { client_id: None }]);
    for value in [None, Some("forever".to_owned())] {
        let mut tampered = copied.clone();
        tampered.retention.apply(&SettingChange {
            client_id: Some(acme.clone()),
            value,
        });
        let client_id = Some(acme.clone());
        let told = tampered.faults(&hasher);
        assert_eq!(told, [AuditFault::Retention { client_id }]);
    }
}

#[tokio::test]
async fn a_change_by_hand_is_found_though_a_program_has_changed_the_key_since() {
    let hasher = peppered(b'p');
    let (store, ids) = five(&hasher).await;
    let keyring = keyring(&store, &hasher);
    keyring.disable(&ids[0]).await.unwrap().at_commit();
    let honest = Copied::of(&store).await;
    keyring.enable(&ids[0]).await.unwrap().at_commit();
    let later = Copied::of(&store).await;
    assert_eq!(later.faults(&hasher), []);
    // As if the key had been another client's, and had got another scope, when it was enabled.
    let sequence = honest.state.head.sequence;
    for (differs, alter) in [
        (
            "client_id",
            (|entry| entry.client_id = "other".parse().ok()) as fn(&mut AuditEntry),
        ),
        ("scopes", |entry| {
            entry.before = entry
                .before
                .take()
                .map(|state| state.replace("logs:read", "keys:manage"));
        }),
    ] {
        let mut tampered = later.clone();
        let last = tampered.entries.last_mut().unwrap();
        alter(last);
        let found = tampered.faults(&hasher);
        assert!(
            found.contains(&AuditFault::Key {
                key_id: ids[0].clone(),
                sequence,
                differs: vec![differs.to_owned()],
            }),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn a_key_that_is_hashed_anew_leaves_an_entry() {
    let old = peppered(b'o');
    let (store, ids) = five(&old).await;
    let both = KeyHasher::with_pepper(pepper(b'n'), Some(pepper(b'o')));
    let keyring = keyring(&store, &both);
    keyring.tend().await.unwrap();
    assert_eq!(store.state().await.unwrap().pepper, Some(pepper(b'n').id()));
    let stored = store.stored(Owners::All).await.unwrap().records;
    let key = stored.iter().find(|key| key.record.id == ids[0]).unwrap();
    let hash = key.proof.hash().unwrap();
    let api_key = central_logger_keys::ApiKey::generate(
        &KeyPrefix::default(),
        central_logger_keys::KeyEnvironment::Live,
    );
    let new = peppered(b'n').hash_generated(&api_key.unwrap()).unwrap();
    // Not back to the pepper that the store does not use any more.
    let stale = old
        .hash_generated(
            &central_logger_keys::ApiKey::generate(
                &KeyPrefix::default(),
                central_logger_keys::KeyEnvironment::Live,
            )
            .unwrap(),
        )
        .unwrap();
    keyring.rehash(&ids[0], hash, &stale).await.unwrap();
    keyring.rehash(&ids[0], &new, &new).await.unwrap();
    let before = store.head().await.unwrap();
    keyring.rehash(&ids[0], hash, &new).await.unwrap();
    let entries = store.audit(before.sequence, 10).await.unwrap();
    let [entry] = &entries[..] else {
        panic!("{entries:?}");
    };
    assert_eq!(
        (entry.action, entry.key_id.as_ref()),
        (AuditAction::Rehash, Some(&ids[0]))
    );
    assert_eq!(
        entry.before.as_ref(),
        Some(&entry.after),
        "it is the same key"
    );
    let copied = Copied::of(&store).await;
    assert_eq!(copied.faults(&both), []);
    // And back behind the trail's back.
    let mut tampered = copied;
    tampered.key(&ids[0]).proof = key.proof.clone();
    assert_eq!(tampered.faults(&both).len(), 1);
}
