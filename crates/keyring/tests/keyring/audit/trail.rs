//! What is done to the trail itself.

use super::{Copied, five, keyring, pepper, peppered};
use central_logger_key_store::{
    Actor, AuditAction, AuditEntry, Via,
    audit::{AuditFault, EndSeal},
};
use central_logger_keyring::KeySelection;
use central_logger_keys::{KeyHasher, SealPurpose};
use time::Duration;

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
