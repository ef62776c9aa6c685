//! What programs do that lack the pepper.

use super::{Copied, five, issue, keyring, peppered};
use central_logger_key_store::{AuditAction, AuditEntry, KeyRecord, NewKey, audit::AuditFault};
use central_logger_keyring::{KeySelection, KeyringError, Rotation};
use central_logger_keys::{Fingerprint, KeyHasher, KeyPrefix, SealPurpose};
use time::{Duration, macros::datetime};

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
