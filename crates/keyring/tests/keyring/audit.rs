//! What the audit trail shows, and who may go on with it.

use central_logger_client_records::ClientBook;
use central_logger_hash_pool::HashPool;
use central_logger_key_store::{
    Actor, AuditAction, AuditEntry, AuditTrail, Head, KeyAdmin, KeyList, KeyProof, KeyRecord,
    MemoryKeys, NewKey, Owners, RateBucket, StoredKey, Via,
    audit::{AuditCheck, AuditFault, AuditReport, EndSeal, StoreState},
    quota::{Quota, QuotaDimension},
    record::UnreadableKey,
    settings::{ClientSettings, SettingChange},
};
use central_logger_keyring::{KeySelection, Keyring, KeyringError, Rotation};
use central_logger_keys::{
    Fingerprint, KeyHasher, KeyId, KeyOwner, KeyPrefix, Pepper, SealPurpose,
};
use central_logger_times::ManualClock;
use std::{num::NonZeroU64, sync::Arc};
use time::{Duration, macros::datetime};

/// All that a check looks at, to be tampered with.
#[derive(Clone)]
struct Copied {
    entries: Vec<AuditEntry>,
    state: StoreState,
    keys: KeyList<StoredKey>,
    retention: ClientSettings,
    clients: ClientBook,
}

impl Copied {
    async fn of(store: &MemoryKeys) -> Self {
        Self {
            entries: store.audit(0, 1000).await.unwrap(),
            state: store.state().await.unwrap(),
            keys: store.stored(Owners::All).await.unwrap(),
            retention: store.retention().await.unwrap(),
            clients: store.clients(None).await.unwrap(),
        }
    }

    fn report(&self, hasher: &KeyHasher) -> AuditReport {
        self.report_at_least(hasher, Head::default())
    }

    fn report_at_least(&self, hasher: &KeyHasher, noted: Head) -> AuditReport {
        let mut check = AuditCheck::new(hasher).at_least(noted);
        self.entries.iter().for_each(|entry| check.entry(entry));
        check.finish(&self.state, &self.keys, &self.retention, &self.clients)
    }

    fn faults(&self, hasher: &KeyHasher) -> Vec<AuditFault> {
        self.report(hasher).faults
    }

    fn key(&mut self, id: &KeyId) -> &mut StoredKey {
        let mut keys = self.keys.records.iter_mut();
        keys.find(|key| key.record.id == *id).unwrap()
    }
}

fn pepper(letter: u8) -> Pepper {
    Pepper::new(&[letter; 40]).unwrap()
}

fn peppered(letter: u8) -> KeyHasher {
    KeyHasher::with_pepper(pepper(letter), None)
}

fn keyring(store: &Arc<MemoryKeys>, hasher: &KeyHasher) -> Keyring {
    let clock = Arc::new(ManualClock::new(datetime!(2026-03-01 12:00 UTC)));
    let hashes = HashPool::new(hasher.clone());
    Keyring::new(store.clone(), hashes, clock, Actor::new("tester@here"))
}

async fn issue(keyring: &Keyring, client: &str) -> KeyId {
    let new = NewKey::for_client(client.parse().unwrap());
    let issued = keyring.issue(&KeyPrefix::default(), new).await;
    issued.unwrap().record.id
}

/// A trail of at least five entries, of five keys of the client acme.
async fn five(hasher: &KeyHasher) -> (Arc<MemoryKeys>, Vec<KeyId>) {
    let store = Arc::new(MemoryKeys::new());
    let keyring = keyring(&store, hasher);
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(issue(&keyring, "acme").await);
    }
    (store, ids)
}

#[tokio::test]
async fn whatever_is_done_to_the_audit_trail_is_found_and_named() {
    let hasher = KeyHasher::new();
    let copied = Copied::of(&five(&hasher).await.0).await;
    assert_eq!(copied.faults(&hasher), []);

    let alterations: [fn(&mut AuditEntry); 11] = [
        |entry| entry.actor = Actor::new("somebody else"),
        |entry| entry.actor = Actor::named("tester@here"),
        |entry| entry.actor = Actor::server("tester@here").coming_via(Via::CommandLine),
        |entry| entry.actor = Actor::new("tester@here").from_network("192.0.2.0/24"),
        |entry| entry.actor = Actor::new("tester@here").coming_via(Via::Http),
        |entry| entry.at += Duration::MILLISECOND,
        |entry| entry.client_id = "other".parse().ok(),
        |entry| entry.before = Some("{}".into()),
        |entry| entry.after = "{}".into(),
        |entry| entry.action = AuditAction::Revoke,
        |entry| entry.key_seal = None,
    ];
    let altered = || AuditFault::Altered { sequence: 3 };
    for alter in alterations {
        let mut tampered = copied.clone();
        alter(&mut tampered.entries[2]);
        assert!(tampered.faults(&hasher).contains(&altered()));
    }

    let missing = |sequence, until| AuditFault::Missing { sequence, until };
    let mut cut_out = copied.clone();
    cut_out.entries.remove(2);
    assert!(cut_out.faults(&hasher).contains(&missing(3, 3)));
    let mut cut_off = copied.clone();
    cut_off.entries.truncate(3);
    assert!(cut_off.faults(&hasher).contains(&missing(4, 5)));
    let mut emptied = copied.clone();
    emptied.entries.clear();
    assert!(emptied.faults(&hasher).contains(&missing(1, 5)));

    let mut swapped = copied.clone();
    swapped.entries.swap(1, 2);
    (swapped.entries[1].sequence, swapped.entries[2].sequence) = (2, 3);
    let found = swapped.faults(&hasher);
    assert!(found.contains(&AuditFault::Altered { sequence: 2 }) && found.contains(&altered()));

    let mut longer = copied;
    longer.state.head = longer.entries[3].head();
    let unexpected = AuditFault::Unexpected { sequence: 5 };
    assert_eq!(longer.faults(&hasher), [unexpected]);
}

#[tokio::test]
async fn a_trail_that_was_cut_is_found_though_the_store_was_told_an_older_end() {
    let hasher = peppered(b'p');
    let (store, ids) = five(&hasher).await;
    let earlier = Copied::of(&store).await;
    let keyring = keyring(&store, &hasher);
    let one = KeySelection::Id(ids[0].clone());
    keyring.revoke(&one, None).await.unwrap().at_commit();
    let copied = Copied::of(&store).await;
    assert_eq!(copied.faults(&hasher), []);

    // The last entry is cut off, and the end noted that the entry before has sealed.
    let mut cut = copied.clone();
    cut.entries.pop();
    cut.state.head = cut.entries.last().unwrap().head();
    let sequence = cut.state.head.sequence;
    assert!(cut.faults(&hasher).contains(&AuditFault::End { sequence }));
    // A copy of the seal of that entry is no seal of the end.
    let seal = cut.state.head.seal.unwrap();
    cut.state.end = Some(EndSeal { sequence, seal });
    assert!(cut.faults(&hasher).contains(&AuditFault::End { sequence }));
    // Nor is one that was made without the pepper.
    let seal = KeyHasher::new().seal(SealPurpose::Head, b"");
    cut.state.end = Some(EndSeal { sequence, seal });
    assert!(cut.faults(&hasher).contains(&AuditFault::End { sequence }));
    cut.state.end = None;
    assert!(cut.faults(&hasher).contains(&AuditFault::End { sequence }));
    // With the end of that time the trail is whole, but the key is not as it was.
    cut.state.end = earlier.state.end;
    assert!(matches!(
        &cut.faults(&hasher)[..],
        [AuditFault::Key { key_id, differs, .. }]
            if *key_id == ids[0] && *differs == ["revoked_at"]
    ));
}

#[tokio::test]
async fn what_is_set_back_as_a_whole_is_found_by_what_was_noted() {
    let hasher = peppered(b'p');
    let (store, ids) = five(&hasher).await;
    let earlier = Copied::of(&store).await;
    let keyring = keyring(&store, &hasher);
    let one = KeySelection::Id(ids[0].clone());
    let revoked = keyring.revoke(&one, None).await.unwrap();
    let noted = keyring.noted().unwrap();
    assert_eq!(noted, revoked.head());
    let copied = Copied::of(&store).await;
    assert_eq!(copied.report(&hasher).end, noted);
    assert_eq!(copied.report_at_least(&hasher, noted).faults, []);
    assert_eq!(
        copied.report_at_least(&hasher, earlier.state.head).faults,
        []
    );

    assert_eq!(earlier.faults(&hasher), [], "by itself it is whole");
    let behind = |sequence| AuditFault::Behind { sequence };
    let told = earlier.report_at_least(&hasher, noted).faults;
    assert_eq!(told, [behind(noted.sequence)]);

    let other = Copied::of(&five(&hasher).await.0).await;
    let told = other.report_at_least(&hasher, earlier.state.head).faults;
    assert_eq!(told, [behind(earlier.state.head.sequence)]);
}

#[tokio::test]
async fn tables_of_another_store_under_the_same_pepper_are_found() {
    let hasher = peppered(b'p');
    let one = Copied::of(&five(&hasher).await.0).await;
    let mut swapped = Copied::of(&five(&hasher).await.0).await;
    let sequence = swapped.state.head.sequence;
    swapped.state.identity = one.state.identity;
    assert_eq!(swapped.faults(&hasher), [AuditFault::End { sequence }]);
}

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
async fn who_lacks_the_pepper_takes_access_away_and_does_nothing_else() {
    let hasher = peppered(b'p');
    let (store, ids) = five(&hasher).await;
    for lacking in [KeyHasher::new(), peppered(b'q')] {
        let keyring = keyring(&store, &lacking);
        let refused = |error: KeyringError| {
            assert!(matches!(error, KeyringError::WrongPepper(_)), "{error:?}");
        };
        let new = || NewKey::for_client("acme".parse().unwrap());
        let prefix = KeyPrefix::default();
        refused(keyring.issue(&prefix, new()).await.unwrap_err());
        let foreign = || central_logger_keys::ApiKey::parse("from-the-other-service").unwrap();
        refused(keyring.import(foreign(), new()).await.unwrap_err());
        refused(
            keyring
                .preview_import(&foreign().into(), &new())
                .await
                .unwrap_err(),
        );
        let rotation = Rotation {
            grace: Duration::DAY,
            expires_at: None,
        };
        let rotated = keyring.rotate(&ids[0], &prefix, rotation).await;
        refused(rotated.unwrap_err());
        refused(keyring.enable(&ids[0]).await.unwrap_err());
        let acme = "acme".parse().unwrap();
        refused(keyring.set_quota(&acme, |quota| quota).await.unwrap_err());
    }
    assert_eq!(Copied::of(&store).await.faults(&hasher), []);

    let without = keyring(&store, &KeyHasher::new());
    let one = KeySelection::Id(ids[0].clone());
    without
        .revoke(&one, Some(&"leaked".parse().unwrap()))
        .await
        .unwrap()
        .at_commit();
    keyring(&store, &peppered(b'q'))
        .disable(&ids[1])
        .await
        .unwrap()
        .at_commit();
    let copied = Copied::of(&store).await;
    let sequence = copied.state.head.sequence;
    let report = copied.report(&hasher);
    assert_eq!(report.faults, []);
    assert_eq!(report.sealed_without_pepper, [sequence - 1, sequence]);

    // What was cut off before that is found all the same.
    let mut cut = copied.clone();
    cut.entries.truncate(cut.entries.len() - 3);
    let head = cut.entries.last().unwrap().head();
    cut.state.head = head;
    let sequence = head.sequence;
    assert!(cut.faults(&hasher).contains(&AuditFault::End { sequence }));
    // So is another hash, whose seal nobody needs the pepper for any more.
    let mut swapped = copied.clone();
    swapped.key(&ids[0]).proof = copied
        .keys
        .records
        .iter()
        .find(|key| key.record.id == ids[2])
        .unwrap()
        .proof
        .clone();
    assert_eq!(swapped.faults(&hasher).len(), 1);

    // The trail goes on under the pepper.
    issue(&keyring(&store, &hasher), "acme").await;
    let report = Copied::of(&store).await.report(&hasher);
    assert_eq!(
        (report.faults.len(), report.sealed_without_pepper.len()),
        (0, 2)
    );
}

#[tokio::test]
async fn an_entry_without_the_pepper_that_gives_access_is_an_altered_one() {
    let hasher = peppered(b'p');
    let (store, ids) = five(&hasher).await;
    let with = keyring(&store, &hasher);
    with.disable(&ids[0]).await.unwrap().at_commit();
    let honest = Copied::of(&store).await;
    // As one does who can write to the database and knows how seals are made.
    let forge = |alter: fn(&mut AuditEntry, &mut KeyRecord)| {
        let mut forged = honest.clone();
        let last = forged.entries.last().unwrap().clone();
        let mut entry = AuditEntry {
            sequence: last.sequence + 1,
            action: AuditAction::Revoke,
            before: Some(last.after.clone()),
            after: last.after.replace(
                r#""revoked_at":null"#,
                r#""revoked_at":"2026-03-01T12:00:00Z""#,
            ),
            ..last.clone()
        };
        let record = &mut forged.key(&ids[0]).record;
        record.revoked_at = Some(datetime!(2026-03-01 12:00 UTC));
        alter(&mut entry, record);
        let bare = KeyHasher::new();
        let proof = forged.key(&ids[0]).proof.clone();
        let text = serde_json::json!([
            entry.key_id,
            entry.client_id,
            proof.hash().map(|hash| hash.as_phc()),
            proof.fingerprint().map(Fingerprint::to_bytes),
            entry.after,
        ]);
        let key_seal = bare.seal(SealPurpose::Key, text.to_string().as_bytes());
        entry.key_seal = Some(key_seal);
        let text = serde_json::json!([
            last.seal.to_string(),
            entry.sequence,
            entry.at.unix_timestamp() * 1000,
            entry.actor.name(),
            entry.action,
            entry.key_id,
            entry.client_id,
            entry.before,
            entry.after,
            key_seal.to_string(),
            ["host", null, null, "command_line"],
        ]);
        entry.seal = bare.seal(SealPurpose::Entry, text.to_string().as_bytes());
        forged.state.head = entry.head();
        forged.entries.push(entry);
        forged
    };
    let only_revoked = forge(|_, _| {});
    assert_eq!(only_revoked.faults(&hasher), []);
    let alterations: [fn(&mut AuditEntry, &mut KeyRecord); 4] = [
        |entry, _| entry.action = AuditAction::Enable,
        |entry, record| {
            entry.after = entry
                .after
                .replace(r#""is_active":false"#, r#""is_active":true"#);
            record.is_active = true;
        },
        |entry, record| {
            entry.after = entry.after.replace("logs:read", "keys:manage");
            record.scopes = "logs:write keys:manage".parse().unwrap();
        },
        |entry, record| {
            entry.client_id = "other".parse().ok();
            record.owner = "other".parse().unwrap();
        },
    ];
    for alter in alterations {
        let forged = forge(alter);
        let sequence = forged.state.head.sequence;
        let altered = AuditFault::Altered { sequence };
        let found = forged.faults(&hasher);
        assert!(found.contains(&altered), "{found:?}");
    }
}

#[tokio::test]
async fn a_trail_that_was_sealed_anew_without_the_pepper_is_found() {
    let hasher = peppered(b'p');
    let copied = Copied::of(&five(&hasher).await.0).await;
    let later = KeyHasher::with_pepper(pepper(b'q'), Some(pepper(b'p')));
    assert_eq!(copied.faults(&later), []);

    let mut forged = copied.clone();
    let last = forged.entries.last_mut().unwrap();
    last.seal = KeyHasher::new().seal(SealPurpose::Entry, b"a guess");
    let sequence = last.sequence;
    let found = forged.faults(&later);
    assert!(
        found.contains(&AuditFault::Altered { sequence }),
        "{found:?}"
    );

    // Sealing all of it anew, and the end too, has to be done without the pepper.
    let rewritten = Copied::of(&five(&KeyHasher::new()).await.0).await;
    assert_eq!(rewritten.report(&later).unpeppered, 5);

    // Without the pepper nothing can be said of what lies within.
    let report = copied.report(&peppered(b'q'));
    assert_eq!(
        (report.unchecked, report.unchecked_keys),
        (report.entries, 5)
    );
    assert_eq!(report.faults, []);
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
